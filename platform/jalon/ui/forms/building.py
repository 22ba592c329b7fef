"""From a compiled form and answers to the records the macros draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from jalon.base.json import canonical
from jalon.engines.forms import Form, Group, Question, Section, Text, Visibility, display, sentence
from jalon.engines.forms.conditions import ABSENT, browser_rule
from jalon.engines.forms.fieldnames import checkbox, companion, exact, marked
from jalon.engines.forms.kinds import KINDS, write_text
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.rows import row_tokens
from jalon.engines.forms.visibility import NOTHING, located, row_uid, value_at
from jalon.ui.forms.environment import template
from jalon.ui.forms.options import options_for
from jalon.ui.forms.views import BlankView, FieldView, GroupView, Prefill, RowView, SectionView, TextView

Keys = tuple[str | int, ...]

FORMAT_HINTS = {
    "date": "JJ/MM/AAAA, par exemple 12/03/2008.",
    "time": "Par exemple 09:30.",
    "datetime": "Par exemple 12/03/2026 09:30.",
    "nir": "15 chiffres.",
    "siret": "14 chiffres.",
    "siren": "9 chiffres.",
    "postal_code": "5 chiffres.",
    "phone": "Par exemple 06 12 34 56 78.",
    "email": "Par exemple nom@exemple.fr.",
    "signature": "Écrivez vos nom et prénom : ils valent signature.",
}
_STATUS = {
    "save": "(obligatoire pour enregistrer)",
    "step": "(obligatoire)",
    "scheme": "(demandé pour entrer dans le dispositif)",
    "statistics": "(demandé pour les statistiques)",
}


@dataclass(slots=True)
class Situation:
    """All that drawing depends on besides the form."""

    data: Mapping[str, Any]
    seen: Visibility
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    prefilled: Mapping[str, Prefill] = field(default_factory=dict)
    extras: Mapping[str, Markup] = field(default_factory=dict)
    with_defaults: bool = False


class ViewBuilder:
    """Draws one form for one situation; `focus` maps the pointer of each drawn question to its label and control."""

    def __init__(self, form: Form, situation: Situation) -> None:
        self.form, self.now = form, situation
        self.focus: dict[str, tuple[str, str]] = {}

    def section(self, section: Section) -> SectionView:
        """Return one page."""
        rule, text = self._condition(section, "")
        elements = self._elements(section.elements, (), "")
        return SectionView(f"section-{section.uid}", section.title, elements, rule, text)

    def nested(self, prefix: str, row: Keys, base: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return the hidden fields that keep objects in which nothing is answered."""
        found = []
        for nested in self.form.objects.values():
            if nested.path[: len(base)] == base and "*" not in nested.path[len(base) :]:
                value = value_at(self.now.data, located(nested.path, row))
                if value is not ABSENT and not (isinstance(value, Mapping) and value):
                    found.append((f"{prefix}{nested.name}_v", exact(value)))
        return found

    def _condition(self, element: Any, prefix: str) -> tuple[str, str]:
        rule, said, is_listed = condition(self.form, element, prefix)
        return rule, sentence(self.form, element, self.now.lists) if is_listed else said

    def _elements(self, elements: Sequence[Any], row: Keys, prefix: str) -> list[Any]:
        views = (self._element(element, row, prefix) for element in elements)
        return [view for view in views if view is not None]

    def _element(self, element: Any, row: Keys, prefix: str) -> Any:
        if isinstance(element, Question):
            return self._question(element, row, prefix)
        rule, text = self._condition(element, prefix)
        if not rule and row_uid(element.uid, row) in self.now.seen.elements:
            return None
        html_id = f"{prefix}{element.uid}" if prefix else f"e-{element.uid}"
        if isinstance(element, Text):
            return TextView(html_id, element.text, text, rule)
        assert isinstance(element, Group)
        inner = self._elements(element.elements, row, prefix)
        return GroupView(html_id, element.title, inner, element.horizontal, element.help, text, rule)

    def _question(
        self, question: Question, row: Keys, prefix: str, *, bare: bool = False
    ) -> FieldView | BlankView | None:
        keys = located(question.path, row)
        where = pointer(keys)
        if where in self.now.seen.hidden and question.uid in judged_by_server(self.form):
            return None
        value, note = self._value(question, keys)
        if value is ABSENT and not (row or bare or note or question.list_key) and self._untouched(question, where):
            blank = blank_of(self.form, question)
            self.focus[where] = (question.label, blank.focus)
            return blank
        view = self._field(question, prefix, row, value, note, bare=bare)
        self.focus[where] = (question.label, view.focus)
        return view

    def _untouched(self, question: Question, where: str) -> bool:
        """Tell whether a question without an answer is drawn as it always is."""
        return not (
            where in self.now.typed
            or where in self.now.errors
            or where in self.now.seen.disabled
            or question.uid in self.now.extras
            or question.is_rows
            or condition(self.form, question, "")[2]  # its sentence says labels of lists
        )

    def _field(
        self, question: Question, prefix: str, row: Keys, value: Any, note: str, *, bare: bool = False
    ) -> FieldView:
        keys = located(question.path, row)
        where = pointer(keys)
        rule, text = self._condition(question, prefix)
        name = prefix + question.name
        kind = KINDS[question.kind]
        view = FieldView(
            widget=kind.widget,
            id=name,
            name=name,
            label=question.label,
            status=_status(question),
            required=question.required,
            text=self.now.typed.get(where, self._text(question, value)),
            help=_help(question),
            error=self.now.errors.get(where, ""),
            note=note,
            sentence=text,
            rule=rule,
            marker=("0" if value is ABSENT else "1") if marked(question) else "",
            exact="" if value is ABSENT or where in self.now.typed else companion(question, value),
            inputmode=str(question.options.get("inputmode") or kind.inputmode),
            autocomplete=str(question.options.get("autocomplete") or kind.autocomplete),
            maxlength=question.schema.get("maxLength"),
            lines=int(question.options.get("rows") or 5),
            accept="image/*" if question.kind == "image" else "",
            disabled=where in self.now.seen.disabled,
            read_only=question.read_only,
            hide_label=bare,
            extra=self.now.extras.get(question.uid),
        )
        view.described = _described(view)
        self._shape(view, question, value, keys, bare)
        return view

    def _text(self, question: Question, value: Any) -> str:
        """Return the text of a field; of a computed value, nobody types it: the words people read."""
        if value is ABSENT:
            return ""
        return display(question, value, self.now.lists) if question.computed else write_text(question, value)

    def _value(self, question: Question, keys: Keys) -> tuple[Any, str]:
        """Return the value to show and where it comes from."""
        value = value_at(self.now.data, keys)
        known = self.now.prefilled.get(question.uid)
        if known is not None and (value is ABSENT or value == known.value):
            return known.value, known.note
        if value is ABSENT and self.now.with_defaults and "default" in question.schema:
            return question.schema["default"], ""
        return value, ""

    def _shape(self, view: FieldView, question: Question, value: Any, keys: Keys, bare: bool) -> None:
        """Fill what depends on the widget: options, rows, columns."""
        if question.is_rows:
            self._rows(view, question, value, keys)
            return
        if question.kind == "text" and ("\n" in view.text or question.options.get("multi")):
            view.widget = "textarea"
        if question.kind == "boolean":
            view.widget = "box" if checkbox(question) else "radios"
        if question.kind in {"boolean", "choice", "choices", "dossier"} or question.list_key:
            view.options = options_for(question, value, self.now.lists, view, compact=bare)
        if question.kind in {"file", "image"}:
            view.columns = [KINDS["file"].show(question, value)] if value is not ABSENT else []

    def _rows(self, view: FieldView, question: Question, value: Any, keys: Keys) -> None:
        view.columns = [column.label for column in question.columns()]
        rows = value if isinstance(value, list) else []
        as_cells = question.kind == "table"
        for index, token in enumerate(row_tokens(rows)):
            prefix, row = f"{view.name}-{token}-", (*keys, index)
            if question.item:
                elements: list[Any] = [self._question(question.item, row, prefix, bare=True)]
            elif as_cells:
                elements = [self._question(column, row, prefix, bare=True) for column in question.columns()]
            else:
                elements = self._elements(question.elements, row, prefix)
            hidden = self.nested(prefix, row, (*question.path, "*"))
            if hidden:
                elements.append(GroupView(f"{prefix}objets", "", [], hidden_fields=hidden, widget="hidden_fields"))
            view.rows.append(RowView(token, index + 1, elements))


@lru_cache(maxsize=8192)
def condition(form: Form, element: Any, prefix: str) -> tuple[str, str, bool]:
    """Return (rule for the browser, sentence, whether lists change it): without a rule, only the server can judge."""
    if not element.rules:
        return "", "", False
    judged = browser_rule(form, element.rules[0], prefix)
    read = {leaf.path for leaf in element.rules[0].leaves}
    is_listed = any(one.list_key for one in form.by_uid.values() if one.path in read)
    return (canonical(judged) if judged else ""), sentence(form, element), is_listed


@lru_cache(maxsize=20_000)
def blank_of(form: Form, question: Question) -> BlankView:
    """Return a question nobody answered, drawn once for all the pages that show it so."""
    view = ViewBuilder(form, Situation({}, NOTHING))._field(question, "", (), ABSENT, "")
    macros: Any = template("fields.html").module
    return BlankView(Markup(getattr(macros, view.widget)(view, macros)), view.focus)  # noqa: S704 - our own template


@lru_cache(maxsize=512)
def judged_by_server(form: Form) -> frozenset[str]:
    """Return the uids of questions whose showing no browser can decide: drawn only when they show."""
    found: set[str] = set()
    stack: list[tuple[Any, bool]] = [(section, False) for section in form.sections]
    while stack:
        element, only_server = stack.pop()
        only_server = only_server or any(browser_rule(form, rule) is None for rule in element.rules)
        if only_server and isinstance(element, Question):
            found.add(element.uid)
        stack.extend((child, only_server) for child in getattr(element, "elements", ()))
    return frozenset(found)


def _described(view: FieldView) -> str:
    parts = (
        (view.sentence, "condition"),
        (view.help, "aide"),
        (view.note, "origine"),
        (view.error, "erreur"),
    )
    return " ".join(f"{view.id}-{suffix}" for text, suffix in parts if text)


def _status(question: Question) -> str:
    if question.required:
        return "(obligatoire)"
    if question.kind == "computed":
        return "(calculé)"
    return _STATUS.get(question.obligation, "(facultatif)")


def _help(question: Question) -> str:
    """Return the help of the content, then what to type, unless the content gives its own example."""
    hint = FORMAT_HINTS.get(question.kind, "")
    if not hint or hint in question.help or ("exemple" in hint and "exemple" in question.help.lower()):
        return question.help
    stop = "" if not question.help or question.help.endswith((".", "!", "?", "…")) else "."
    return f"{question.help}{stop} {hint}".strip()
