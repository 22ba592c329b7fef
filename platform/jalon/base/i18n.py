"""Mark the sentences of the product so that they can be translated.

The source language is French. `fr` only marks a sentence for extraction; the door that shows it
calls `translate`, which the application points at the catalogue of the person's language.
"""

from collections.abc import Callable, Mapping

Translator = Callable[[str], str]


def fr(sentence: str) -> str:
    """Mark a French sentence as translatable and return it unchanged."""
    return sentence


def untranslated(sentence: str) -> str:
    """Return the source sentence: what a tool without a catalogue shows."""
    return sentence


def fill(sentence: str, facts: Mapping[str, object], translate: Translator = untranslated) -> str:
    """Translate a sentence, then put the facts where it names them as `{name}`.

    A fact the sentence names but nobody gave shows as `?`: a message must never be lost to its
    own formatting.
    """
    return translate(sentence).format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
