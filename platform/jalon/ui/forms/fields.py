"""WTForms binds what a browser posts and reports what is wrong; coercion and checks are the engine's."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from wtforms import Form as WTForm
from wtforms.fields import Field

from jalon.engines.forms import Decoded, Form, Question, decode, validate
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.kinds import write_text
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.visibility import value_at

Builder = Callable[[Question], Any]
BUILDERS: dict[str, Builder] = {}


class AnswerField(Field):  # type: ignore[misc,unused-ignore]  # WTForms carries no types
    """One question bound: `data` is the JSON value, `raw_data` the posted texts."""

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question

    def _value(self) -> str:
        return write_text(self.question, self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the posted texts only: the engine reads them all together."""
        self.raw_data = valuelist


class RowsField(AnswerField):
    """A list of rows bound as one value: rows are counted by the engine, never cut nor renumbered."""


def builds(*kinds: str) -> Callable[[Builder], Builder]:
    """Register the WTForms builder of some kinds; the others get the plain one."""

    def register(builder: Builder) -> Builder:
        for kind in kinds:
            BUILDERS[kind] = builder
        return builder

    return register


@builds("rows", "table", "values")
def _rows(question: Question) -> Any:
    return RowsField(question.label, question=question, description=question.help)


def _plain(question: Question) -> Any:
    return AnswerField(question.label, question=question, description=question.help)


class BoundForm(WTForm):  # type: ignore[misc,unused-ignore]  # WTForms carries no types
    """Answers bound to a form: `validate` fills `answers`, `problems` and `hidden`; `typed` keeps unreadable texts."""

    compiled: Form
    answers: dict[str, Any]
    problems: dict[str, str]
    hidden: dict[str, Any]
    typed: dict[str, str]

    def take(self, decoded: Decoded, section: str | None, stored: Mapping[str, Any] | None) -> "BoundForm":
        """Spread decoded answers over the fields."""
        self.answers, self.typed = decoded.data, decoded.typed
        self.problems, self.hidden = dict(decoded.errors), {}
        self._section, self._stored = section, stored
        for field in self:
            value = value_at(decoded.data, field.question.path)
            field.data = None if value is ABSENT else value
        return self

    def validate(self, extra_validators: Any = None, **how: Any) -> bool:  # noqa: ARG002 - WTForms calls it so
        """Check the answers; `how` is what `engines.forms.validate` takes (lists, stage, now, facts)."""
        checked = validate(self.compiled, self.answers, section=self._section, stored=self._stored, **how)
        self.answers, self.hidden = checked.data, checked.hidden
        unread = {where: text for where, text in self.problems.items() if where not in checked.hidden}
        self.problems = {**checked.errors, **unread}
        for field in self:
            start = pointer(field.question.path)
            field.errors = [
                text for where, text in self.problems.items() if where == start or where.startswith(start + "/")
            ]
        return not self.problems


@lru_cache(maxsize=256)
def _class_for(form: Form) -> type[BoundForm]:
    members: dict[str, Any] = {"compiled": form}
    for question in form.questions:
        members[question.name] = BUILDERS.get(question.kind, _plain)(question)
    return type("AnswersForm", (BoundForm,), members)


def form_class(form: Form) -> type[BoundForm]:
    """Return the WTForms class of a compiled form, one field per root question, made once."""
    return _class_for(form)


def bind(
    form: Form,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    stored: Mapping[str, Any] | None = None,
    section: str | None = None,
) -> BoundForm:
    """Return a WTForms form holding what was posted over the stored answers, or the stored answers alone."""
    decoded = Decoded(dict(stored or {}), {}, {}) if pairs is None else decode(form, pairs, stored, section)
    return form_class(form)().take(decoded, section, stored)
