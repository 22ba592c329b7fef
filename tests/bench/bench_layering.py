"""Resolve and rebase one form for a whole network: 13 regions, 442 agencies, about 12,600 changes."""

import sys
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))

from jalon.engines.layering import Op, TreeUnit, adapter, differences, group_conflicts, rebase_tree, resolve_tree

FIELDS, REGIONS, AGENCIES, OPS = 200, 13, 442, 28
Figure = tuple[str, float, float]


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
                    Op(verb="set", prop="label", value=f"Libellé de {unit}", **place),
                    Op(verb="set", prop="help", value=f"Aide de {unit}", **place),
                    Op(verb="set", prop="maxLength", value=random.randrange(60, 200), **place),
                    Op(verb="move_after", after=f"champ_{random.randrange(FIELDS)}", **place),
                    Op(verb="set", prop="default", value="oui", **place),
                    Op(
                        str(number),
                        "add",
                        f"{unit}__champ_{number}",
                        value={"type": "string", "label": "Champ local"},
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
    """Return (name, seconds, bar in seconds)."""
    units, old, new = network(), big_form(), big_form(changes=20)
    start = perf_counter()
    before = resolve_tree("form", old, units)
    resolved = perf_counter() - start
    start = perf_counter()
    after = rebase_tree("form", old, new, units)
    rebased = perf_counter() - start
    start = perf_counter()
    differences("form", old, after.units["a0"].resolved)
    compared = perf_counter() - start
    start = perf_counter()
    adapter("form").assemble(before["a0"].atoms)
    assembled = perf_counter() - start
    outcomes = [outcome for unit in after.units.values() for outcome in unit.outcomes]
    share = sum(outcome.open for outcome in outcomes) / len(outcomes)
    return [
        ("resolve 455 overlays", resolved, 0.25),
        ("rebase 455 overlays (resolve before and after included)", rebased, 0.5),
        ("differences of one agency", compared, 0.02),
        ("assemble one agency", assembled, 0.02),
        (f"share of {len(outcomes)} ops in conflict", share, 0.06),
        ("decisions once grouped", len(group_conflicts(after.units)), 60),
    ]


def main() -> int:
    """Print the figures; exit 1 when a bar is not held."""
    figures = run()
    for name, value, bar in figures:
        print(f"{name:60} {value:10.4f}  bar {bar:8.3f}  {'ok' if value <= bar else 'TOO MUCH'}")
    return int(any(value > bar for _, value, bar in figures))


if __name__ == "__main__":
    sys.exit(main())
