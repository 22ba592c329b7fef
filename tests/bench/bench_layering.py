"""Resolve and rebase one form for a whole network: 13 regions, 442 agencies, about 12,600 changes."""

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))

from jalon.engines.layering import Op, TreeUnit, adapter, differences, group_conflicts, rebase_tree, resolve_tree

FIELDS, REGIONS, AGENCIES, OPS = 200, 13, 442, 28
Figure = tuple[str, str, str]
Result = TypeVar("Result")


def big_form(changes: int = 0, seed: int = 7) -> dict[str, Any]:
    """A form of 200 fields in ten sections; `changes` of them differ from the first version."""
    random = Random(seed)
    properties: dict[str, Any] = {}
    sections: list[dict[str, Any]] = []
    for number in range(FIELDS):
        if number % 20 == 0:
            uid = f"section_{number // 20}"
            sections.append({"type": "Category", "label": uid, "options": {"uid": uid}, "elements": []})
        name = f"champ_{number}"
        properties[name] = {
            "type": "string",
            "title": f"Champ {number}",
            "description": "Une aide pour répondre.",
            "maxLength": 200,
            "default": "",
            "x-jalon-bind": f"principal.{name}",
        }
        control: dict[str, Any] = {"type": "Control", "scope": f"#/properties/{name}", "options": {"uid": name}}
        if number % 10 == 9:
            scope = f"#/properties/champ_{number - 1}"
            control["rule"] = {"effect": "SHOW", "condition": {"scope": scope, "schema": {"const": "oui"}}}
        sections[-1]["elements"].append(control)
    for number in random.sample(range(FIELDS), changes):
        properties[f"champ_{number}"] |= random.choice(
            [{"title": f"Champ {number} (nouveau)"}, {"description": "Une aide revue."}, {"maxLength": 80}]
        )
    page = {"type": "Categorization", "options": {"uid": "page"}, "elements": sections}
    required = [f"champ_{number}" for number in range(0, FIELDS, 7)]
    return {"schema": {"type": "object", "properties": properties, "required": required}, "ui": page}


def overlay(unit: str, seed: int) -> tuple[Op, ...]:
    """What one unit changes: mostly words, some limits, places, additions and hidden fields."""
    random = Random(seed)
    ops = []
    for number in range(OPS):
        field = f"champ_{random.randrange(FIELDS)}"
        place = {"id": str(number), "uid": field, "author": "Camille", "at": "2026-01-05T09:00:00+01:00"}
        ops.append(
            random.choice(
                [
                    Op(verb="set", prop="label", value=f"{field} selon {unit}", **place),
                    Op(verb="set", prop="help", value=f"Aide de {unit}", **place),
                    Op(verb="set", prop="maxLength", value=random.randrange(60, 200), **place),
                    Op(verb="move_after", after=f"champ_{random.randrange(FIELDS)}", **place),
                    Op(verb="set", prop="default", value="oui", **place),
                    Op(
                        str(number),
                        "add",
                        f"{unit}__champ_{number}",
                        value={"type": "string", "label": f"Champ {number} de {unit}"},
                        after=field,
                    ),
                ]
            )
        )
    return tuple(ops)


def network() -> list[TreeUnit]:
    """One nation without changes, 13 regions and 442 agencies with theirs."""
    regions = [TreeUnit(f"r{number}", "fr", overlay(f"r{number}", number)) for number in range(REGIONS)]
    agencies = [
        TreeUnit(f"a{number}", f"r{number % REGIONS}", overlay(f"a{number}", 1000 + number))
        for number in range(AGENCIES)
    ]
    return [TreeUnit("fr", None), *regions, *agencies]


def run() -> list[Figure]:
    """Return (name, measured, bar), as text."""
    units, old, new = network(), big_form(), big_form(changes=20)
    resolved, before = timed(lambda: resolve_tree("form", old, units))
    rebased, after = timed(lambda: rebase_tree("form", old, new, units))
    compared, _ = timed(lambda: differences("form", old, after.units["a0"].resolved))
    assembled, _ = timed(lambda: adapter("form").assemble(before["a0"].atoms))
    outcomes = [outcome for unit in after.units.values() for outcome in unit.outcomes]
    share = sum(outcome.open for outcome in outcomes) / len(outcomes)
    return [
        ("resolve one form for 455 units", f"{resolved:.3f} s", "0.25 s"),
        ("resolve and rebase it after an upgrade of 20 fields", f"{rebased:.3f} s", "0.50 s"),
        ("differences of one agency, in sentences", f"{compared * 1000:.1f} ms", "20 ms"),
        ("assemble the document of one agency", f"{assembled * 1000:.1f} ms", "20 ms"),
        (f"of {len(outcomes)} operations, to decide", f"{share:.1%}", "6 %"),
        ("decisions once grouped", str(len(group_conflicts(after.units))), "60"),
    ]


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Return the seconds a call takes, and its result."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def main() -> int:
    """Print the figures."""
    for name, measured, bar in run():
        print(f"{name:62} {measured:>22}   {bar}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
