"""Check answers against a form: the effective schema, closed lists, staged obligations."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jalon.base.i18n import fr
from jalon.engines.forms.computing import computed_into, deep_copy
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.messages import pointer, sentence_for
from jalon.engines.forms.model import Checked, Form, Question, Stage
from jalon.engines.forms.schemas import HIDDEN, validator_for
from jalon.engines.forms.texts import same
from jalon.engines.forms.visibility import located, value_at, visible, without

MAX_ERRORS = 200
Keys = tuple[str | int, ...]
ListValues = Mapping[str, Sequence[Mapping[str, Any]]]

REQUIRED = fr("Répondez à cette question : elle est obligatoire.")
REQUIRED_TO_SAVE = fr("Répondez à cette question : il le faut pour enregistrer.")
REQUIRED_FOR_SCHEME = fr("Répondez à cette question : il le faut pour entrer dans le dispositif.")
NOT_LISTED = fr("Choisissez une des réponses proposées : celle-ci n’est pas dans la liste.")
CLOSED = fr("Cette réponse n’est plus proposée : choisissez-en une autre.")
ENDLESS = fr("Ce formulaire se rappelle lui-même sans fin : prévenez votre administrateur.")
PERIOD = fr("La fin vient avant le début : corrigez l’une des deux dates.")

_EMPTY: tuple[Any, ...] = (ABSENT, None, "", [])

_STAGES: Mapping[str, Mapping[str, str]] = {
    "save": {"save": REQUIRED_TO_SAVE},
    "step": {"save": REQUIRED, "step": REQUIRED},
    "scheme": {"save": REQUIRED, "step": REQUIRED, "scheme": REQUIRED_FOR_SCHEME},
}


def validate(
    form: Form,
    data: Any,
    *,
    lists: ListValues | None = None,
    stage: Stage = "step",
    now: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
    section: str | None = None,
    stored: Mapping[str, Any] | None = None,
) -> Checked:
    """Check answers; hidden fields leave the data and are not required.

    `lists` maps a list key to its values (`code`, `label`, `parent`, `closed`); a list that is not given is not
    checked. `stored` are the answers already kept: their closed values stay valid, and what the person may not
    write keeps its stored value. With `section`, only the errors of that page are reported.
    """
    if not isinstance(data, Mapping):
        return Checked(False, {}, {"": fr("Les réponses d’un formulaire sont un objet.")}, {})
    given = dict(data)
    seen = visible(form, given, facts, now)
    if stored is not None and seen.disabled:
        given = _kept_where_disabled(form, given, stored, seen.disabled)
        seen = visible(form, given, facts, now)
    hidden = {where: value for where in sorted(seen.hidden) if (value := _at(given, where)) is not ABSENT}
    gone = seen.hidden | _hidden_objects(form, seen.hidden)
    reduced = without(given, gone)
    reduced, warnings = computed_into(form, reduced, facts or {}, now)
    reduced = without(reduced, gone)  # a computed value may be hidden too
    errors: dict[str, str] = {}
    for where, message in _all_errors(form, reduced, gone, lists or {}, stage, stored):
        errors.setdefault(where, message)
    if section is not None:
        errors = _of_section(form, section, errors)
    return Checked(not errors, reduced, errors, hidden, warnings)


def _all_errors(
    form: Form,
    data: dict[str, Any],
    hidden: frozenset[str],
    lists: ListValues,
    stage: Stage,
    stored: Mapping[str, Any] | None,
) -> Iterator[tuple[str, str]]:
    yield from _obligations(form, data, hidden, stage)
    bare = _without_ids(form, data)
    token = HIDDEN.set(_hidden_names(bare, hidden))
    try:
        for number, error in enumerate(validator(form).iter_errors(bare)):
            if number >= MAX_ERRORS:
                break
            if stage != "save" or error.validator not in {"required", "dependentRequired"}:
                at = pointer(error.absolute_path)
                asked = _asked(form, at, hidden) if error.validator == "required" else [at]
                yield from ((where, sentence_for(error)) for where in asked)
    except RecursionError:
        yield "", ENDLESS
    finally:
        HIDDEN.reset(token)
    for question, keys, value in answered(form, data):
        if question.list_key in lists:
            yield from _list_errors(keys, value, lists[question.list_key], stored)
    for nested in form.objects.values():
        if nested.kind == "period":
            yield from _period_errors(data, nested.path)


def validator(form: Form) -> Any:
    """Return the validator of a form, made once per content hash."""
    kept = _validators.get(form.hash)
    if kept is None:
        if len(_validators) >= MAX_VALIDATORS:
            _validators.clear()
        kept = _validators.setdefault(form.hash, validator_for(form.schema, ours=True))
    return kept


MAX_VALIDATORS = 512
_validators: dict[str, Any] = {}


def _hidden_objects(form: Form, hidden: frozenset[str]) -> frozenset[str]:
    """Return the pointers of the objects in which every question is hidden: they are absent as a whole."""
    found = set()
    for path in form.objects:
        if hidden and "*" not in path:
            inside = [pointer(question.path) for question in form.questions if question.path[: len(path)] == path]
            if inside and hidden.issuperset(inside):
                found.add(pointer(path))
    return frozenset(found)


def _asked(form: Form, where: str, hidden: frozenset[str]) -> list[str]:
    """Return where to answer: in a missing object, its required questions, else its first one."""
    path = tuple(piece.replace("~1", "/").replace("~0", "~") for piece in where.split("/")[1:])
    if path not in form.objects:
        return [where]
    inside = [q for q in form.questions if q.path[: len(path)] == path and pointer(q.path) not in hidden]
    chosen = [question for question in inside if question.required] or inside[:1]
    return [pointer(question.path) for question in chosen] or [where]


def _hidden_names(data: Any, hidden: frozenset[str]) -> dict[int, frozenset[str]]:
    """Return the hidden names of each object, by the identity of that object."""
    if not hidden:
        return {}
    found: dict[str, set[str]] = {}
    for where in hidden:
        holder, _, name = where.rpartition("/")
        found.setdefault(holder, set()).add(name.replace("~1", "/").replace("~0", "~"))
    named = {}
    for holder, names in found.items():
        owner = _at(data, holder)
        if isinstance(owner, dict):
            named[id(owner)] = frozenset(names)
    return named


def _at(data: Any, where: str) -> Any:
    keys = [piece.replace("~1", "/").replace("~0", "~") for piece in where.split("/")[1:]]
    for key in keys:
        if isinstance(data, list):
            data = data[int(key)] if key.isdigit() and int(key) < len(data) else ABSENT
        elif isinstance(data, Mapping):
            data = data.get(key, ABSENT)
        else:
            return ABSENT
    return data


def _without_ids(form: Form, data: Any) -> Any:
    """Return the answers without the `_id` of rows, which the schema need not know."""
    if not any(question.elements for question in form.questions):
        return data
    paths = {q.path for q in form.every_question() if q.elements and "_id" not in _item_properties(q)}
    return _bare(data, (), paths)


def _item_properties(question: Question) -> Mapping[str, Any]:
    items = question.schema.get("items")
    return items.get("properties", {}) if isinstance(items, Mapping) else {}


def _bare(value: Any, path: tuple[str, ...], rows: set[tuple[str, ...]]) -> Any:
    if isinstance(value, Mapping):
        dropped = "_id" if path and path[-1] == "*" and path[:-1] in rows else None
        return {key: _bare(item, (*path, key), rows) for key, item in value.items() if key != dropped}
    if isinstance(value, list):
        return [_bare(item, (*path, "*"), rows) for item in value]
    return value


def answered(form: Form, data: Mapping[str, Any]) -> Iterator[tuple[Question, Keys, Any]]:
    """Yield every question with the keys of its answer and the answer (ABSENT when none), rows entered."""
    yield from _answered(form.questions, data, ())


def _answered(
    questions: Sequence[Question], data: Mapping[str, Any], row: Keys
) -> Iterator[tuple[Question, Keys, Any]]:
    for question in questions:
        keys = located(question.path, row)
        value = value_at(data, keys)
        yield question, keys, value
        if question.is_rows and isinstance(value, list):
            for index in range(len(value)):
                yield from _answered(question.columns(), data, (*keys, index))


def _obligations(form: Form, data: dict[str, Any], hidden: frozenset[str], stage: Stage) -> Iterator[tuple[str, str]]:
    demanded = _STAGES[stage]
    if not any(question.obligation in demanded for question in form.by_uid.values()):
        return
    for question, keys, value in answered(form, data):
        message = demanded.get(question.obligation)
        if message and value in _EMPTY and pointer(keys) not in hidden:
            yield pointer(keys), message


def unanswered(
    form: Form,
    data: Mapping[str, Any],
    obligations: Collection[str],
    *,
    facts: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> dict[str, Question]:
    """Return the questions of these obligations that show and have no answer, by JSON pointer."""
    seen = visible(form, data, facts, now)
    return {
        pointer(keys): question
        for question, keys, value in answered(form, data)
        if question.obligation in obligations and value in _EMPTY and pointer(keys) not in seen.hidden
    }


def _list_errors(
    keys: Keys,
    value: Any,
    values: Sequence[Mapping[str, Any]],
    stored: Mapping[str, Any] | None,
) -> Iterator[tuple[str, str]]:
    if value is ABSENT or value is None:
        return
    known = {str(item["code"]): bool(item.get("closed")) for item in values}
    kept = _stored_at(keys, stored)
    before = kept if isinstance(kept, list) else [kept]
    for code in value if isinstance(value, list) else [value]:
        if any(same(code, old) for old in before):
            continue
        if not isinstance(code, str) or code not in known:
            yield pointer(keys), NOT_LISTED
        elif known[code]:
            yield pointer(keys), CLOSED


def _stored_at(keys: Keys, stored: Mapping[str, Any] | None) -> Any:
    return ABSENT if stored is None else value_at(stored, keys)


def _period_errors(data: Any, path: tuple[str, ...], at: Keys = ()) -> Iterator[tuple[str, str]]:
    """Yield where a period ends before it starts, in each row when it is inside rows."""
    if path and path[0] == "*":
        for index, row in enumerate(data if isinstance(data, list) else ()):
            yield from _period_errors(row, path[1:], (*at, index))
    elif path:
        if isinstance(data, Mapping) and path[0] in data:
            yield from _period_errors(data[path[0]], path[1:], (*at, path[0]))
    elif isinstance(data, Mapping):
        dates = [(key, value) for key, value in data.items() if isinstance(value, str)]
        start = next((value for key, value in dates if key in {"debut", "du", "start", "from"}), None)
        end = next(((key, value) for key, value in dates if key in {"fin", "au", "end", "to"}), None)
        if start and end and end[1] < start:
            yield pointer((*at, end[0])), PERIOD


def _kept_where_disabled(
    form: Form, data: dict[str, Any], stored: Mapping[str, Any], disabled: frozenset[str]
) -> dict[str, Any]:
    copied: dict[str, Any] = deep_copy(data)
    for question in form.questions:
        if pointer(question.path) in disabled:
            kept = value_at(stored, question.path)
            holder = value_at(copied, question.path[:-1])
            if isinstance(holder, dict):
                holder.pop(question.key, None)
                if kept is not ABSENT:
                    holder[question.key] = kept
    return copied


def _of_section(form: Form, section: str, errors: dict[str, str]) -> dict[str, str]:
    starts = tuple(pointer(question.path) for question in form.section(section).questions)
    return {
        where: message
        for where, message in errors.items()
        if any(where == start or where.startswith(start + "/") for start in starts)
    }
