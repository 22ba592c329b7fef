"""What a person may choose, and by which widget."""

from collections.abc import Mapping, Sequence
from typing import Any

from jalon.engines.forms import Choice, Question
from jalon.engines.forms.conditions import ABSENT
from jalon.engines.forms.display import choices_for, labels_of
from jalon.engines.forms.kinds import write_text
from jalon.engines.forms.labelling import MAX_RADIOS
from jalon.ui.forms.views import FieldView, Option

RADIOS = 5
"""Choices shown as buttons unless the form asks for more, up to MAX_RADIOS."""
UNANSWERED = "Sans réponse"

Lists = Mapping[str, Sequence[Mapping[str, Any]]]


def options_for(question: Question, value: Any, lists: Lists, view: FieldView, *, compact: bool) -> list[Option]:
    """Return the options and set the widget of the view: box, boxes, radios, select, or text without a list."""
    if question.kind == "boolean":
        choices: tuple[Choice, ...] = (Choice("true", "Oui", True), Choice("false", "Non", False))
    else:
        choices = choices_for(question, lists, value)
    chosen = _chosen(question, value, view.text)
    if view.widget == "box":
        return [Option(view.id, "true", "Oui", "true" in chosen)]
    if question.kind == "choices":
        view.widget = "boxes"
    elif not choices:
        view.widget = "text"
        return []
    else:
        view.widget = "select" if _selects(question, choices, compact) else "radios"
    options = _options(view.id, choices, chosen, lists.get(question.list_key, ()) if question.list_key else ())
    unanswered = Option(f"{view.id}-vide", "", UNANSWERED, not chosen)
    if view.widget == "select":
        unanswered.label = "Choisissez…" if question.required else UNANSWERED
        return [unanswered, *options]
    return [*options, unanswered] if view.widget == "radios" and not question.required else options


def _chosen(question: Question, value: Any, text: str) -> set[str]:
    if isinstance(value, list) and question.kind == "choices":
        return {write_text(question, item) for item in value}
    return {text} if text and value is not ABSENT else ({text} - {""})


def _selects(question: Question, choices: Sequence[Choice], compact: bool) -> bool:
    wanted = question.options.get("widget")
    if wanted in {"radio", "select"}:
        return bool(wanted == "select") or len(choices) > MAX_RADIOS  # a list of values may grow after publication
    return len(choices) > RADIOS or any(choice.parent for choice in choices) or (compact and len(choices) > 2)


def _options(
    base: str, choices: Sequence[Choice], chosen: set[str], values: Sequence[Mapping[str, Any]]
) -> list[Option]:
    """Return the options in order, children under their parent, values no longer proposed said so."""
    labels = labels_of(values)
    parents = {choice.parent for choice in choices if choice.parent}
    found = []
    for number, choice in enumerate(choices):
        if choice.code in parents and choice.code not in chosen:
            continue  # a heading; it stays an answer where it is one already
        label = f"{choice.label} (n’est plus proposé)" if choice.closed else choice.label
        group = labels.get(choice.parent, "") if choice.parent else ""
        found.append(Option(f"{base}-{number}", choice.code, label, choice.code in chosen, group, choice.help))
    order = {label: place for place, label in enumerate(dict.fromkeys(option.group for option in found))}
    return sorted(found, key=lambda option: order[option.group])
