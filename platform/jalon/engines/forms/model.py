"""What a compiled form is made of: questions, groups, sections, rules; plain frozen records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Stage = Literal["step", "save", "scheme"]
"""How much must be answered: to save, to finish the step, to enter a scheme."""

Effect = Literal["SHOW", "HIDE", "ENABLE", "DISABLE"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a person may choose.

    `code` is what a browser posts, `value` what is stored; they differ only for an `enum` of non-texts.
    """

    code: str
    label: str
    value: Any
    closed: bool = False
    parent: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an element shows or may be filled.

    `path` names what the condition looks at, from the root or from the row the element is in; an empty path is
    the whole object. `expression` replaces path and schema for conditions only the server can judge.
    `parts` replaces them when several conditions are held together: all of them (`link` "and") or one ("or").
    """

    effect: Effect
    path: tuple[str, ...] = ()
    schema: Any = True
    expression: str = ""
    fail_when_undefined: bool = True
    link: Literal["and", "or"] = "and"
    parts: "tuple[Rule, ...]" = ()

    @property
    def leaves(self) -> "tuple[Rule, ...]":
        """The conditions it is made of, itself when it stands alone."""
        return tuple(leaf for part in self.parts for leaf in part.leaves) or (self,)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One thing asked: a field, or a list of rows whose own elements are in `elements`.

    `uid` is the property path joined by points (`adresse.ville`); `path` the same in pieces, where `*` stands
    for the row of a list; `name` the opaque name of the field in HTML (`f3`).
    """

    uid: str
    name: str
    path: tuple[str, ...]
    kind: str
    schema: Mapping[str, Any]
    label: str
    help: str = ""
    required: bool = False
    nullable: bool = False
    read_only: bool = False
    choices: tuple[Choice, ...] = ()
    list_key: str = ""
    bind: str = ""
    obligation: str = ""
    sensitivity: str = ""
    purpose: str = ""
    retention: str = ""
    concept: str = ""
    computed: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    item: "Question | None" = None
    elements: tuple["Element", ...] = ()

    @property
    def key(self) -> str:
        """The property this question fills in its object; `*` for the values of a plain list."""
        return self.path[-1]

    @property
    def is_rows(self) -> bool:
        """Tell whether the answer is a list of rows: objects, or single values of one kind."""
        return self.kind in {"rows", "table", "values"}

    def columns(self) -> tuple["Question", ...]:
        """Return the questions of one row, in order."""
        return (self.item,) if self.item else tuple(questions_of(self.elements))


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A sentence between questions."""

    uid: str
    text: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Questions that belong together; `path` is set when they fill one nested object."""

    uid: str
    title: str
    elements: tuple["Element", ...]
    horizontal: bool = False
    help: str = ""
    kind: str = ""
    rules: tuple[Rule, ...] = ()


Element = Question | Group | Text


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One page of a form."""

    uid: str
    title: str
    elements: tuple[Element, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of this page, in order, without those inside rows."""
        return tuple(questions_of(self.elements))


@dataclass(frozen=True, slots=True)
class Nested:
    """One object inside the answers: `name` marks in HTML that it exists although nothing in it is answered."""

    path: tuple[str, ...]
    name: str
    required: bool
    label: str
    kind: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form ready to be shown, checked and posted; made by `compile_form`, never changed.

    `questions` are those of the root in reading order, without those inside rows; `objects` the nested objects
    by path, parents first.
    """

    hash: str
    title: str
    schema: Mapping[str, Any]
    ui: Mapping[str, Any]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    by_uid: Mapping[str, Question]
    objects: Mapping[tuple[str, ...], Nested]

    def section(self, uid: str) -> Section:
        """Return the section of that uid; KeyError when there is none."""
        for section in self.sections:
            if section.uid == uid:
                return section
        raise KeyError(uid)

    def every_question(self) -> Iterator[Question]:
        """Yield all questions, those inside rows included, parents first."""
        return _deep(self.questions)


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be looked up before a form is shown or checked.

    `lists`: list keys; `lookups`: (uid, kind) of questions answered from elsewhere (dossier, commune);
    `facts`: root names the expressions read, such as `parametre` or `dossier`.
    """

    lists: tuple[str, ...]
    lookups: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visibility:
    """What the rules say for these answers: JSON pointers of questions, uids of groups, sections and texts.

    An element inside a row is named by its uid and the pointer of the row: `uid@/experiences/0`.
    """

    hidden: frozenset[str]
    disabled: frozenset[str]
    elements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """Answers after the check: `data` without hidden values, with computed ones.

    `errors` maps a JSON pointer to a French sentence that says how to fix; `hidden` a pointer to the value set aside.
    """

    ok: bool
    data: dict[str, Any]
    errors: dict[str, str]
    hidden: dict[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a browser posted, as answers: `errors` and `typed` map a JSON pointer to a sentence and to the raw text.

    A value that cannot be read is left out of `data`, its text kept in `typed` so that nothing typed is erased.
    """

    data: dict[str, Any]
    errors: dict[str, str]
    typed: dict[str, str]


def questions_of(elements: tuple[Element, ...]) -> Iterator[Question]:
    """Yield the questions of these elements in reading order, not entering rows."""
    for element in elements:
        if isinstance(element, Question):
            yield element
        elif isinstance(element, Group):
            yield from questions_of(element.elements)


def _deep(questions: tuple[Question, ...]) -> Iterator[Question]:
    for question in questions:
        yield question
        if question.is_rows:
            yield from _deep(question.columns())
