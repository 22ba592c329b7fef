"""Labels in several languages: `x-jalon-languages` beside a title, `options.languages` beside a layout label.

{"title": "Prénom", "x-jalon-languages": {"en": {"title": "First name", "description": "As on your papers"}}}
{"type": "Group", "label": "Identité", "options": {"languages": {"en": "Identity"}}}
{"code": "velo", "label": "Vélo", "languages": {"en": "Bicycle"}}          # a value of a list
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

KEYWORD = "x-jalon-languages"
_TEXTS = frozenset({"title", "description", "labels"})
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


def translated(node: Any, language: str) -> Any:
    """Return a schema or a layout with its texts in a language; those nobody translated stay as they are."""
    if isinstance(node, list):
        return [translated(item, language) for item in node]
    if not isinstance(node, Mapping):
        return node
    copied = {key: translated(value, language) for key, value in node.items()}
    texts = node.get(KEYWORD, {}).get(language) if isinstance(node.get(KEYWORD), Mapping) else None
    for name, text in (texts or {}).items():
        copied["x-jalon-labels" if name == "labels" else name] = text
    options = node.get("options")
    label = _said(options.get("languages"), language) if isinstance(options, Mapping) else ""
    if label:
        copied["text" if node.get("type") == "Label" else "label"] = label
    return copied


def lists_in_language(
    lists: Mapping[str, Sequence[Mapping[str, Any]]], language: str
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the values of lists with their labels in a language."""
    if not any("languages" in value for values in lists.values() for value in values):
        return lists
    return {
        key: [{**value, "label": _said(value.get("languages"), language) or value.get("label")} for value in values]
        for key, values in lists.items()
    }


def unreadable(translations: Any) -> Iterator[str]:
    """Yield what is wrong in the value of the keyword, in French."""
    if not isinstance(translations, Mapping):
        yield "un objet est attendu : langue → textes"
        return
    for tag, texts in translations.items():
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            yield f"« {tag} » n’est pas une langue : écrivez par exemple en"
        if not isinstance(texts, Mapping) or not texts.keys() <= _TEXTS:
            yield f"les textes de « {tag} » sont title, description et labels"


def _said(translations: Any, language: str) -> str:
    found = translations.get(language) if isinstance(translations, Mapping) else None
    return found if isinstance(found, str) else ""
