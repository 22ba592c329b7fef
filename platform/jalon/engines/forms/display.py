"""Show answers to a person, in French."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jalon.engines.forms.checking import answered
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.kinds import KINDS, write_text
from jalon.engines.forms.model import Choice, Form, Question
from jalon.engines.forms.visibility import value_at

ListValues = Mapping[str, Sequence[Mapping[str, Any]]]


def display(question: Question, value: Any, lists: ListValues | None = None) -> str:
    """Return an answer as a person reads it: « 12/03/2008 », « Oui », « 1 250,50 € »; empty when unanswered."""
    if value is None or value is ABSENT or value == "":
        return ""
    if isinstance(value, list) and question.item:
        return ", ".join(display(question.item, item, lists) for item in value)
    if isinstance(value, list) and question.kind == "choices":
        return ", ".join(display(question, item, lists) for item in value)
    if question.is_rows and isinstance(value, list):
        return f"{len(value)} {'lignes' if len(value) > 1 else 'ligne'}"
    if question.list_key and lists and question.list_key in lists:
        label = labels_of(lists[question.list_key]).get(str(value))
        if label is not None or question.kind != "dossier":
            return label or str(value)
    if question.kind == "computed":
        return _computed(question, value)
    try:
        return KINDS[question.kind].show(question, value)
    except (TypeError, ValueError, AttributeError):
        return write_text(question, value)


def in_words(question: Question, value: Any, lists: ListValues | None = None) -> str:
    """Return an answer in full, rows included: one line of text per row, « Rayan · 12/03/2008 »."""
    if not (question.elements and isinstance(value, list)):
        return display(question, value, lists)
    rows = (_row_in_words(question, row, lists) for row in value)
    return "\n".join(f"{number}. {text}" for number, text in enumerate(rows, start=1))


def _row_in_words(question: Question, row: Any, lists: ListValues | None) -> str:
    shown = []
    for column in question.columns():
        value = value_at(row, column.path[len(question.path) + 1 :])
        shown.append(in_words(column, value, lists).replace("\n", " ; "))
    return " · ".join(text for text in shown if text)


def _computed(question: Question, value: Any) -> str:
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, int | float):
        kind = "money" if question.schema.get("x-jalon-kind") == "money" else "decimal"
        return KINDS[kind].show(question, value)
    return KINDS["date"].show(question, value) if question.schema.get("format") == "date" else str(value)


def labels_of(values: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return {code: label}; the label of a child is led by its parents': « Transport › Vélo »."""
    by_code = {str(value["code"]): value for value in values}
    labels = {}
    for code in by_code:
        chain: list[str] = []
        at, seen = code, set[str]()
        while at in by_code and at not in seen:
            seen.add(at)
            chain.insert(0, str(by_code[at].get("label") or at))
            at = str(by_code[at].get("parent") or "")
        labels[code] = " › ".join(chain)
    return labels


def choices_for(question: Question, lists: ListValues | None = None, kept: Any = None) -> tuple[Choice, ...]:
    """Return what may be chosen: the schema's own values or the open values of the list, the kept ones besides.

    A choice between own values is marked `closed` when it shows only because it is already stored.
    """
    if not question.list_key:
        return question.choices
    held = {str(item) for item in (kept if isinstance(kept, list) else [kept]) if item not in (None, ABSENT)}
    found = [
        Choice(
            str(value["code"]),
            str(value.get("label") or value["code"]),
            str(value["code"]),
            bool(value.get("closed")),
            str(value.get("parent") or ""),
            str(value.get("help") or ""),
        )
        for value in (lists or {}).get(question.list_key, ())
        if not value.get("closed") or str(value["code"]) in held
    ]
    known = {choice.code for choice in found}
    found.extend(Choice(code, code, code, True) for code in sorted(held - known))
    return tuple(found)


def summary(form: Form, data: Mapping[str, Any], lists: ListValues | None = None) -> list[tuple[str, str]]:
    """Return (label, displayed value) for every answered question, rows entered."""
    return list(_lines(form, data, lists))


def _lines(form: Form, data: Mapping[str, Any], lists: ListValues | None) -> Iterator[tuple[str, str]]:
    for question, keys, value in answered(form, data):
        shown = display(question, value, lists)
        if shown and not (question.is_rows and question.elements) and keys[-1] != "*" and not isinstance(keys[-1], int):
            yield question.label, shown
