"""Forms at work: which closure, what is known already, what the answers change in case files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from jalon.base.i18n import fr
from jalon.base.ids import new_id
from jalon.engines.forms import Checked, Form, bindings, compile_form, needs, validate, visible, with_row_ids
from jalon.engines.forms.model import Question, Stage

PRINCIPAL = "principal"
"""The role of the case file a run is about, unless a binding names another."""

NOT_ASKED = fr("Cette question ne fait pas partie du formulaire.")

KEPT = 512
"""How many forms stay compiled in one worker."""

_compiled: dict[str, Form] = {}

Day = date
"""A civil date, under a name that a field called `date` does not hide."""


class Closure(Protocol):
    """A form as published for a unit: the form and the lists it needs, named by one hash."""

    @property
    def hash(self) -> str:
        """The name of this form with these lists."""
        ...

    @property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema."""
        ...

    @property
    def ui(self) -> Mapping[str, Any]:
        """The JSON Forms layout."""
        ...

    @property
    def lists(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The values of each list, by list key."""
        ...


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value already known: where it comes from, when it was entered, and whether it was in the course of this run."""

    value: Any
    source: str = "dossier"
    date: Day | None = None
    of_this_run: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """A question and the value of a case file it shows and changes."""

    question: Question
    role: str
    path: str


def compiled(closure: Closure) -> Form:
    """Return the compiled form of a closure; remembered by its hash, which costs nothing to compare."""
    if closure.hash not in _compiled:
        while len(_compiled) >= KEPT:
            _compiled.pop(next(iter(_compiled)), None)
        _compiled[closure.hash] = compile_form(closure.schema, closure.ui)
    return _compiled[closure.hash]


def check(
    closure: Closure,
    data: Mapping[str, Any],
    *,
    stage: Stage = "step",
    stored: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
    section: str | None = None,
) -> Checked:
    """Check answers against a closure; rows without `_id` receive one, answers nobody asked for are refused."""
    form = compiled(closure)
    named = with_row_ids(form, data, lambda: str(new_id()))
    checked = validate(
        form, named, lists=closure.lists, stage=stage, stored=stored, facts=facts, now=now, section=section
    )
    strangers = dict.fromkeys(not_asked(form.schema, data), NOT_ASKED)
    return replace(checked, ok=False, errors={**strangers, **checked.errors}) if strangers else checked


def not_asked(schema: Mapping[str, Any], data: Any, pointer: str = "") -> Iterator[str]:
    """Yield the JSON pointers of answers to questions the form does not ask."""
    asked = schema.get("properties")
    if isinstance(data, Mapping) and isinstance(asked, Mapping):
        for key, value in data.items():
            if key in asked:
                yield from not_asked(asked[key], value, f"{pointer}/{key}")
            elif key != "_id" and "$ref" not in schema:
                yield f"{pointer}/{key}"
    elif isinstance(data, list) and isinstance(schema.get("items"), Mapping):
        for place, row in enumerate(data):
            yield from not_asked(schema["items"], row, f"{pointer}/{place}")


def inside_and_outside(form: Form, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the answers a form asks for, and by JSON pointer those it does not: a form may have lost questions."""
    outside = {where: value_at(data, tuple(where.strip("/").split("/"))) for where in not_asked(form.schema, data)}
    return _without(data, "", outside), outside


def _without(data: Any, pointer: str, outside: Mapping[str, Any]) -> Any:
    if isinstance(data, Mapping):
        return {
            key: _without(value, f"{pointer}/{key}", outside)
            for key, value in data.items()
            if f"{pointer}/{key}" not in outside
        }
    if isinstance(data, list):
        return [_without(row, f"{pointer}/{place}", outside) for place, row in enumerate(data)]
    return data


def facts_for(form: Form, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts the expressions of a form read, among the names of a run; the others are not fetched."""
    return {name: names[name] for name in needs(form).facts if name in names}


def bound(form: Form, roles: Sequence[str] = ()) -> list[Binding]:
    """Return the questions bound to a case file, those inside rows excepted: rows are written as a whole.

    A binding starts with a role of the run (`employeur.contact.nom`), or belongs to the principal case file.
    """
    found = []
    for uid, path in bindings(form).items():
        question = form.by_uid.get(uid)
        if question is None or "*" in question.path:
            continue
        role, _, rest = path.partition(".")
        if rest and (role == PRINCIPAL or role in roles):
            found.append(Binding(question, role, rest))
        else:
            found.append(Binding(question, PRINCIPAL, path))
    return found


def prefilled(form: Form, roles: Sequence[str], known: Callable[[str, str], Prefill | None]) -> dict[str, Prefill]:
    """Return what is known already, by question uid; `known` gives a value with its source by role and path.

    A question whose layout says `"prefill": false` is about one request: it shows what this run wrote, nothing older.
    """
    found = {}
    for binding in bound(form, roles):
        value = known(binding.role, binding.path)
        if value is None or (_about_one_request(binding.question) and not value.of_this_run):
            continue
        if value.value not in (None, "", [], {}):
            found[binding.question.uid] = value
    return found


def asks_about_one_request(form: Form) -> bool:
    """Tell whether a question of a form shows only what its own run wrote."""
    return any(_about_one_request(question) for question in form.questions)


def _about_one_request(question: Question) -> bool:
    return question.options.get("prefill") is False


def starting_data(form: Form, known: Mapping[str, Prefill], draft: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the answers to show first: what is known, then the draft on top, emptied answers included."""
    data: dict[str, Any] = {}
    for uid, value in known.items():
        question = form.by_uid[uid]
        if draft is None or not _has(draft, question.path):
            _put(data, question.path, value.value)
    return answered(merged(data, draft or {}))


def with_emptied(form: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers where None marks the questions emptied since `before`: a draft must remember them.

    Without the mark, a value the case file knows would be filled in again at the next display.
    """
    marked = merged(after, {})
    for question in form.questions:
        if value_at(before, question.path) is not None and not _has(after, question.path):
            _put(marked, question.path, None)
    return marked


def answered(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers without the marks of those that were emptied, nor the objects that held nothing else."""
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            inside = answered(value)
            if inside or not value:
                kept[key] = inside
        elif value is not None:
            kept[key] = value
    return kept


def stored_values(form: Form, roles: Sequence[str], known: Callable[[str, str], Any]) -> dict[str, Any]:
    """Return what case files hold already as answers of a form: their closed values stay valid."""
    found: dict[str, Any] = {}
    for binding in bound(form, roles):
        value = known(binding.role, binding.path)
        if value is not None:
            _put(found, binding.question.path, value)
    return found


def changes_for(
    form: Form, data: Mapping[str, Any], roles: Sequence[str], facts: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Return what checked answers say of each case file: `{role: {path: value}}`; None takes a value away.

    A question that was visible and left empty empties the value; one hidden by a rule leaves it as it is.
    """
    hidden = visible(form, data, facts).hidden
    found: dict[str, dict[str, Any]] = {}
    for binding in bound(form, roles):
        question = binding.question
        if question.kind == "info" or pointer_of(question) in hidden:
            continue
        found.setdefault(binding.role, {})[binding.path] = _whole(question, value_at(data, question.path))
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return old answers with newer ones on top, object by object; lists are replaced."""
    result = dict(old)
    for key, value in new.items():
        kept = result.get(key)
        if isinstance(value, Mapping):
            value = merged(kept if isinstance(kept, Mapping) else {}, value)
        result[key] = value
    return result


def apart(form: Form, data: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the answers hidden for now, by JSON pointer: kept in the draft, never submitted."""
    return {
        pointer: value
        for pointer in visible(form, data, facts).hidden
        if (value := value_at(data, tuple(pointer.strip("/").split("/")))) is not None
    }


def pointer_of(question: Question) -> str:
    """Return the JSON pointer of the answer to a question of the root."""
    return "/" + "/".join(question.path)


def _whole(question: Question, value: Any) -> Any:
    """Name each property of an object answer, so that an emptied line is emptied in the case file too."""
    properties = question.schema.get("properties")
    if isinstance(value, Mapping) and isinstance(properties, Mapping):
        return {**dict.fromkeys(properties), **value}
    return value


def value_at(data: Any, path: Sequence[str]) -> Any:
    """Return the answer at a path, None when there is none."""
    for step in path:
        if isinstance(data, list):
            data = data[int(step)] if step.isdigit() and int(step) < len(data) else None
        else:
            data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _has(data: Any, path: Sequence[str]) -> bool:
    for step in path:
        if not isinstance(data, Mapping) or step not in data:
            return False
        data = data[step]
    return True


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        data = data.setdefault(step, {})
    data[path[-1]] = value


def instance_key(instance_id: UUID) -> str:
    """Return the short number people may quote on the telephone: the last eight digits of a run's id."""
    return instance_id.hex[-8:].upper()
