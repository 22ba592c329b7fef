"""What the macros draw: one flat record per element, every decision already made."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value already known: where it comes from and when it was entered."""

    value: Any
    source: str = "dossier"
    date: datetime.date | None = None

    @property
    def note(self) -> str:
        """« Repris du dossier, saisi le 12/03/2026 »."""
        origin = f"Repris du {self.source}" if self.source == "dossier" else f"Repris : {self.source}"
        return f"{origin}, saisi le {self.date:%d/%m/%Y}" if self.date else origin


@dataclass(slots=True)
class Option:
    """One thing to choose; `group` is the label of the group it is listed under."""

    id: str
    code: str
    label: str
    chosen: bool
    group: str = ""
    help: str = ""


@dataclass(slots=True)
class FieldView:
    """One question as drawn: `widget` names its macro, `id` and `name` are unique in the page.

    `described` holds the ids of condition, hint, origin and error, for aria-describedby.
    """

    widget: str
    id: str
    name: str
    label: str
    status: str
    required: bool
    text: str = ""
    help: str = ""
    error: str = ""
    note: str = ""
    sentence: str = ""
    rule: str = ""
    marker: str = ""
    exact: str = ""
    inputmode: str = ""
    autocomplete: str = ""
    maxlength: int | None = None
    lines: int = 5
    accept: str = ""
    disabled: bool = False
    read_only: bool = False
    hide_label: bool = False
    extra: Markup | None = None
    described: str = ""
    options: list[Option] = field(default_factory=list)
    rows: list["RowView"] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)

    @property
    def focus(self) -> str:
        """The id a link to this question points at: its first control."""
        if self.widget in {"radios", "boxes"} and self.options:
            return self.options[0].id
        return self.id


@dataclass(frozen=True, slots=True)
class BlankView:
    """One question without an answer, already drawn; `focus` is the id of its first control."""

    html: Markup
    focus: str
    widget: str = "blank"


@dataclass(slots=True)
class RowView:
    """One row of a repeated group; `token` names it in HTML."""

    token: str
    number: int
    elements: list[Any]


@dataclass(slots=True)
class GroupView:
    """Questions that belong together."""

    id: str
    title: str
    elements: list[Any]
    horizontal: bool = False
    help: str = ""
    sentence: str = ""
    rule: str = ""
    hidden_fields: list[tuple[str, str]] = field(default_factory=list)
    widget: str = "group"


@dataclass(slots=True)
class TextView:
    """A sentence between questions."""

    id: str
    text: str
    sentence: str = ""
    rule: str = ""
    widget: str = "sentence"


@dataclass(slots=True)
class SectionView:
    """One page."""

    id: str
    title: str
    elements: list[Any]
    rule: str = ""
    sentence: str = ""


@dataclass(slots=True)
class FormView:
    """The whole fragment: sections, and (text, id of the control or empty) per error."""

    sections: list[SectionView]
    problems: list[tuple[str, str, str]]
    hidden_fields: list[tuple[str, str]]
    titled: bool


Problems = Mapping[str, str]
