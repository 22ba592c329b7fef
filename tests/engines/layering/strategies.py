"""Random forms, random overlays and random upgrades, valid or not."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from engines.layering.samples import control, shown_if
from jalon.engines.layering import Level, Op

NAMES = [f"f{number}" for number in range(6)]
UNITS = ["fr", "r", "a"]
WORDS = st.sampled_from(["Nom", "Ville", "Mode"])
CHOICES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True)


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """One field of any kind, with what its kind allows."""
    kind = draw(st.sampled_from(["string", "integer", "enum", "computed"]))
    field: dict[str, Any] = {"title": draw(WORDS)}
    if draw(st.booleans()):
        field["description"] = draw(WORDS)
    if kind == "integer":
        field |= {"type": "integer", "minimum": draw(st.integers(0, 5)), "maximum": draw(st.integers(5, 9))}
    elif kind == "enum":
        choices = draw(CHOICES)
        field |= {"type": "string", "enum": choices}
        if draw(st.booleans()):
            field["default"] = draw(st.sampled_from(choices))
    elif kind == "computed":
        field |= {"type": "number", "x-jalon-computed": f"{draw(st.sampled_from(NAMES))} + 1"}
    else:
        field |= {"type": "string", "maxLength": draw(st.integers(1, 9))}
    obligation = draw(st.sampled_from([None, None, "save", "scheme", "statistics", "step"]))
    if obligation:
        field["x-jalon-obligation"] = obligation
    return field


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """A form with sections, groups, conditions, an object and rows; sometimes without a page."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=4, unique=True))
    properties = {name: draw(fields()) for name in names}
    if draw(st.booleans()):
        inner = {name: draw(fields()) for name in draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, unique=True))}
        properties["objet"] = {"type": "object", "title": "Objet", "properties": inner, "required": list(inner)[:1]}
    if draw(st.booleans()):
        inner = {name: draw(fields()) for name in draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, unique=True))}
        properties["lignes"] = {"type": "array", "items": {"type": "object", "properties": inner}, "title": "Lignes"}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if draw(st.booleans()):
        schema["required"] = draw(st.lists(st.sampled_from(names), unique=True))
    document: dict[str, Any] = {"schema": schema}
    if draw(st.integers(0, 4)):
        document["ui"] = draw(pages(list(properties), names))
    return document


@st.composite
def pages(draw: st.DrawFn, shown: list[str], read: list[str]) -> dict[str, Any]:
    """Sections over some of the properties, some hidden, some under a condition."""
    sections: list[dict[str, Any]] = []
    for number, name in enumerate(draw(st.permutations(shown))):
        if number % 3 == 0:
            options = {"uid": f"s{number}"} if draw(st.integers(0, 3)) else {"icon": "x"}
            sections.append({"type": "Category", "label": f"S{number}", "options": options, "elements": []})
        if draw(st.integers(0, 9)):
            sections[-1]["elements"].append(draw(controls(name, read)))
    if draw(st.booleans()):
        sections[-1]["elements"].append({"type": "Label", "text": "Merci", "options": {"uid": "merci"}})
    return {"type": "Categorization", "options": {"uid": "page"}, "elements": sections}


@st.composite
def controls(draw: st.DrawFn, name: str, read: list[str]) -> dict[str, Any]:
    found = control(name)
    rule = draw(st.sampled_from(["", "", "", "hidden", "shown"]))
    if rule == "hidden":
        found["rule"] = {"effect": "HIDE", "condition": {"scope": "#", "schema": {}}}
    elif rule == "shown":
        found["rule"] = shown_if(draw(st.sampled_from(read)), {"const": "a"})
    if draw(st.integers(0, 5)) == 0:
        found["label"] = draw(WORDS)
    return found


def ops(unit: str, number: int) -> st.SearchStrategy[Op]:
    """Any op, sensible or not, on a field, a section or nothing known."""
    return st.builds(lambda draft: Op(**{"id": f"{unit}{number}", **draft}), drafts(unit))


@st.composite
def drafts(draw: st.DrawFn, unit: str) -> dict[str, Any]:
    local = [f"{owner}__x{n}" for owner in UNITS for n in (1,)]
    uid = draw(
        st.sampled_from(
            [*NAMES, *NAMES, *local, "objet", "objet.f0", "lignes.f1", "layout:s0", "layout:page", "absent"]
        )
    )
    verb = draw(
        st.sampled_from(["set"] * 6 + ["add", "add", "unset", "move_after", "close", "reopen", "lock", "unlock"])
    )
    draft: dict[str, Any] = {"verb": verb, "uid": uid, "at": f"2026-01-0{draw(st.integers(1, 9))}T00:00:00+00:00"}
    if verb == "add":
        draft["uid"] = draw(st.sampled_from([f"{unit}__x1", f"{unit}__x2", f"layout:{unit}__g", f"objet.{unit}__o"]))
        value = draw(fields())
        draft["value"] = {"label": value.pop("title"), "type": value["type"]}
        if draft["uid"].startswith("layout:"):
            draft["value"] = {"label": "Groupe", "type": "Group"}
    if verb in ("set", "unset", "lock", "unlock"):
        draft["prop"] = draw(
            st.sampled_from(["label", "help", "maximum", "obligation", "hidden", "enum", "rule", "default", "type"])
        )
    if verb == "set":
        draft["value"] = draw(values(draft["prop"]))
    if verb == "lock":
        draft["prop"] = draw(st.sampled_from([draft["prop"], "*", "items"]))
        draft["mode"] = draw(st.sampled_from(["force", "grandfather", "conflicts"]))
    if verb in ("add", "move_after"):
        draft["after"] = draw(st.sampled_from([None, "", *NAMES, *local, "absent"]))
        draft["container"] = draw(st.sampled_from([None, None, "layout:s0", "layout:s3", "objet", "absent"]))
    return draft


def values(prop: str) -> st.SearchStrategy[Any]:
    return {
        "maximum": st.integers(0, 9),
        "obligation": st.sampled_from(["step", "save", "scheme", "statistics"]),
        "hidden": st.booleans(),
        "enum": CHOICES,
        "rule": st.builds(lambda name: shown_if(name, {"const": "a"}), st.sampled_from(NAMES)),
        "default": st.sampled_from(["a", "b", 3]),
        "type": st.sampled_from(["string", "integer"]),
    }.get(prop, WORDS)


@st.composite
def levels(draw: st.DrawFn, unit: str, most: int = 8) -> Level:
    """What one unit changes."""
    return Level(unit, tuple(draw(ops(unit, number)) for number in range(draw(st.integers(0, most)))))


@st.composite
def upgrades(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The next version of a form: fields reworded, retyped, narrowed, hidden, added or removed."""
    new = deepcopy(document)
    properties = new["schema"]["properties"]
    for name in list(properties):
        change = draw(
            st.sampled_from(["", "", "", "title", "title", "maximum", "maximum", "enum", "computed", "type", "gone"])
        )
        if change == "title":
            properties[name]["title"] = draw(WORDS)
        elif change == "maximum":
            properties[name]["maximum"] = draw(st.integers(0, 9))
        elif change == "type":
            properties[name]["type"] = "boolean"
        elif change == "enum":
            properties[name]["enum"] = draw(CHOICES)
        elif change == "computed":
            properties[name]["x-jalon-computed"] = f"{draw(st.sampled_from(NAMES))} + 2"
        elif change == "gone":
            del properties[name]
    if draw(st.booleans()):
        properties["nouveau"] = draw(fields())
    return new
