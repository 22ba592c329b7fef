"""Conditions as sentences: from what people choose in lists to a rule of the form, and back; never code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from jalon.base.json import Json
from jalon.engines import forms
from jalon.engines.forms.model import Form, Question
from jalon.engines.layering import ABSENT, Op, Value
from jalon.engines.layering.kinds.form_words import LAYOUT
from jalon_admin import outlines, values
from jalon_admin.changing import Asked, Posted, Wrong, action
from jalon_admin.looking import Situation

MAX_PARTS = 6
SEVERAL = frozenset({"est", "n_est_pas", "contient", "ne_contient_pas"})
ANSWERED: dict[str, Json] = {"type": ["string", "number", "boolean", "array", "object"]}
_BOUNDS = {"au_moins": "minimum", "au_plus": "maximum", "plus_de": "exclusiveMinimum", "moins_de": "exclusiveMaximum"}
_LINKS = {"et": "AND", "ou": "OR"}


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison: the uid of the question, the code of the comparison, what is compared with."""

    on: str
    comparison: str
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons held together by `et` or `ou`; not `readable` when a designer wrote more than lists can say."""

    link: str
    parts: tuple[Part, ...]
    readable: bool = True


def comparisons() -> dict[str, str]:
    """Return the comparisons, as they read after the label of a question."""
    return {
        "est": _("est"),
        "n_est_pas": _("n’est pas"),
        "contient": _("contient"),
        "ne_contient_pas": _("ne contient pas"),
        "au_moins": _("est au moins"),
        "au_plus": _("est au plus"),
        "plus_de": _("est plus de"),
        "moins_de": _("est moins de"),
        "repond": _("a une réponse"),
        "ne_repond_pas": _("n’a pas de réponse"),
    }


FITTING = {
    "boolean": ("est", "repond", "ne_repond_pas"),
    "choice": ("est", "n_est_pas", "repond", "ne_repond_pas"),
    "choices": ("contient", "ne_contient_pas", "repond", "ne_repond_pas"),
    "number": ("est", "au_moins", "au_plus", "plus_de", "moins_de", "repond", "ne_repond_pas"),
    "text": ("repond", "ne_repond_pas", "est", "n_est_pas"),
}
"""What a question of each sort may be compared with, the most usual first."""


def sort_of(question: Question) -> str:
    """Return how a question is compared: boolean, choice, choices, number or text."""
    if question.kind in ("boolean", "choices"):
        return question.kind
    if question.kind in ("integer", "decimal", "money"):
        return "number"
    return "choice" if question.choices or question.list_key else "text"


def offered(form: Form, uid: str) -> list[Question]:
    """Return the questions an element may depend on, in reading order: not itself, nor what it holds."""
    inside = set(_inside(form, uid))
    target = form.by_uid.get(uid)
    row = _row(target.path) if target else ()
    known = form.every_question()
    return [one for one in known if one.uid not in inside and not one.is_rows and _row(one.path) == row]


def _row(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path of the row a question stands in, () outside rows."""
    last = max((place for place, piece in enumerate(path) if piece == "*"), default=-1)
    return path[: last + 1]


def _inside(form: Form, uid: str) -> Iterator[str]:
    """Yield the questions an element holds, itself included."""
    name = uid.removeprefix(LAYOUT)
    stack: list[tuple[Any, bool]] = [(one, False) for one in form.sections]
    while stack:
        element, within = stack.pop()
        within = within or element.uid == (name if uid.startswith(LAYOUT) else uid)
        if within and isinstance(element, Question):
            yield element.uid
        stack.extend((child, within) for child in getattr(element, "elements", ()))


def choices_of(question: Question, lists: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, str]]:
    """Return what a question offers, (code, label); what is closed is not offered."""
    if question.kind == "boolean":
        return [("true", _("Oui")), ("false", _("Non"))]
    own = [(one.code, one.label) for one in question.choices if not one.closed]
    listed = lists.get(question.list_key, ())
    return own or [(str(one["code"]), str(one.get("label"))) for one in listed if not one.get("closed")]


def written(question: Question, comparison: str, texts: Sequence[str]) -> Json:
    """Return the schema of one comparison; raises Unreadable when what is compared with cannot be read."""
    if comparison == "repond":
        return ANSWERED
    if comparison == "ne_repond_pas":
        return {"not": ANSWERED}
    given = [_read(question, text) for text in texts if text.strip()]
    if not given:
        raise values.Unreadable(_("Choisissez la réponse attendue."))
    if comparison in _BOUNDS:
        return {_BOUNDS[comparison]: given[0]}
    named: Json = {"const": given[0]} if len(given) == 1 else {"enum": given}
    if comparison in ("contient", "ne_contient_pas"):
        named = {"contains": named}
    return {"not": named} if comparison in ("n_est_pas", "ne_contient_pas") else named


def _read(question: Question, text: str) -> Json:
    sort = sort_of(question)
    if sort == "boolean":
        return text == "true"
    if sort == "number":
        return values.number(text)
    by_code = {one.code: one.value for one in question.choices}
    return by_code.get(text, text.strip())


def read_rule(form: Form, rule: Value) -> Condition | None:
    """Return a rule as comparisons, None without a rule."""
    if rule is ABSENT or not isinstance(rule, Mapping):
        return None
    condition = rule.get("condition")
    unreadable = Condition("et", (), readable=False)
    if rule.get("effect") != "SHOW" or not isinstance(condition, Mapping):
        return unreadable
    links = {code: word for word, code in _LINKS.items()}
    link = links.get(str(condition.get("type")), "")
    listed = condition.get("conditions") if link else [condition]
    parts = [_read_part(form, one) for one in listed] if isinstance(listed, list) else [None]
    found = tuple(one for one in parts if one is not None)
    return Condition(link or "et", found) if len(found) == len(parts) else unreadable


def _read_part(form: Form, condition: Any) -> Part | None:
    if not isinstance(condition, Mapping) or "schema" not in condition:
        return None
    path = tuple(str(condition.get("scope", "")).removeprefix("#/properties/").split("/properties/"))
    question = next((one for one in form.by_uid.values() if one.path[len(_row(one.path)) :] == path), None)
    if question is None:
        return None
    found = _comparison(condition["schema"])
    if found is None or found[0] not in FITTING[sort_of(question)]:
        return None
    return Part(question.uid, found[0], tuple(_code(question, one) for one in found[1]))


def _comparison(schema: Any, negated: bool = False) -> tuple[str, list[Any]] | None:
    if not isinstance(schema, Mapping) or len(schema) != 1:
        return None
    keyword, value = next(iter(schema.items()))
    if keyword == "not" and not negated:
        return _comparison(value, negated=True)
    if keyword == "type" and schema == ANSWERED:
        return ("ne_repond_pas" if negated else "repond"), []
    if keyword == "contains":
        inner = _comparison(value)
        return (("ne_contient_pas" if negated else "contient"), inner[1]) if inner and inner[0] == "est" else None
    if keyword in ("const", "enum"):
        return ("n_est_pas" if negated else "est"), ([value] if keyword == "const" else list(value))
    bound = next((code for code, word in _BOUNDS.items() if word == keyword), None)
    return (bound, [value]) if bound and not negated else None


def _code(question: Question, value: Any) -> str:
    """Return what a browser posts for a value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value}".replace(".", ",")
    return next((one.code for one in question.choices if one.value == value), str(value))


@action("condition")
def condition(situation: Situation, posted: Posted) -> Asked:
    """Say when an element shows: `sur-0`, `comparaison-0`, `valeur-0` (several), `sur-1`…, `lien` et or ou."""
    uid = (posted.get("element") or [""])[0]
    form = outlines.compiled_form(situation.now.document)
    if form is None or uid not in situation.now.atoms.items:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    parts, problems = _parts(form, uid, posted)
    if problems:
        raise Wrong(problems)
    reason = (posted.get("motif") or [""])[0].strip()
    label = situation.label(uid)
    if not parts:
        op = Op(id="", verb="unset", uid=uid, prop="rule", reason=reason)
        has_rule = situation.now.atoms.value(uid, "rule") is not ABSENT
        return Asked([op] if has_rule else [], uid, _("« {label} » s’affiche toujours.").format(label=label))
    link = _LINKS.get((posted.get("lien") or ["et"])[0], "AND")
    together: Json = parts[0] if len(parts) == 1 else {"type": link, "conditions": parts}
    rule = {"effect": "SHOW", "condition": together}
    if rule == situation.now.atoms.value(uid, "rule"):
        return Asked([], uid, "")
    op = Op(id="", verb="set", uid=uid, prop="rule", value=rule, reason=reason)
    _refuse_circles(situation, op)
    return Asked([op], uid, _("« {label} » s’affiche désormais sous condition.").format(label=label))


def _parts(form: Form, uid: str, posted: Posted) -> tuple[list[Json], dict[str, str]]:
    allowed = {one.uid: one for one in offered(form, uid)}
    parts: list[Json] = []
    problems: dict[str, str] = {}
    for number in range(MAX_PARTS):
        on = (posted.get(f"sur-{number}") or [""])[0]
        if not on:
            continue
        question = allowed.get(on)
        if question is None:
            problems[f"sur-{number}"] = _("Choisissez une autre question de ce formulaire.")
            continue
        comparison = (posted.get(f"comparaison-{number}") or [""])[0]
        if comparison not in FITTING[sort_of(question)]:
            problems[f"comparaison-{number}"] = _("Choisissez une comparaison.")
            continue
        try:
            schema = written(question, comparison, posted.get(f"valeur-{number}") or [])
        except values.Unreadable as unreadable:
            problems[f"valeur-{number}"] = str(unreadable)
            continue
        scope = "".join(f"/properties/{piece}" for piece in question.path[len(_row(question.path)) :])
        parts.append({"scope": f"#{scope}", "schema": schema})
    return parts, problems


def _refuse_circles(situation: Situation, op: Op) -> None:
    """Refuse a condition that would make the form unreadable, such as two questions waiting for each other."""
    others = [one for one in situation.ops if not (one.uid == op.uid and one.prop == "rule")]
    document = situation.with_ops([*others, op]).document
    for problem in forms.lint(document["schema"], document.get("ui") or None):
        if problem.code in ("formulaire.cycle", "formulaire.condition"):
            raise Wrong({"sur-0": problem.message})
