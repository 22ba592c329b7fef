"""The registry of field kinds: how each is read, written in a field and displayed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jalon.base.json import NotJson, canonical, read_json
from jalon.engines.forms import kinds_numeric as numeric
from jalon.engines.forms import kinds_temporal as temporal
from jalon.engines.forms.model import Question
from jalon.engines.forms.numbers import check_value, grouped
from jalon.engines.forms.texts import Unreadable, clean

Read = Callable[[Question, str], Any]
Write = Callable[[Question, Any], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of field.

    `read` turns a clean, non-empty text into a value or raises Unreadable; `write` gives the text put in the
    field; `show` the text a person reads. `widget` is the macro that draws it; `inputmode` and `autocomplete` are
    defaults of the HTML attributes; `personal` kinds always hold personal data.
    """

    name: str
    title: str
    read: Read
    write: Write
    show: Write
    widget: str = "text"
    inputmode: str = ""
    autocomplete: str = ""
    personal: bool = False
    options: frozenset[str] = frozenset()


def _as_is(_: Question, value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _text(_: Question, text: str) -> str:
    return text


def _boolean(_: Question, text: str) -> bool:
    known = {"true": True, "oui": True, "on": True, "1": True, "false": False, "non": False, "0": False}
    if text.lower() not in known:
        raise Unreadable("Répondez par Oui ou par Non.")
    return known[text.lower()]


def _write_boolean(_: Question, value: Any) -> str:
    return "true" if value is True else "false" if value is False else canonical(value)


def _show_boolean(question: Question, value: Any) -> str:
    return {"true": "Oui", "false": "Non"}.get(_write_boolean(question, value), "")


def _choice(question: Question, text: str) -> Any:
    for choice in question.choices:
        if choice.code == text:
            return choice.value
    if question.list_key or not question.choices:
        return text
    raise Unreadable("Choisissez une des réponses proposées.")


def _write_choice(question: Question, value: Any) -> str:
    for choice in question.choices:
        if choice.value == value and isinstance(choice.value, bool) == isinstance(value, bool):
            return choice.code
    return _as_is(question, value)


def _show_choice(question: Question, value: Any) -> str:
    code = _write_choice(question, value)
    return next((choice.label for choice in question.choices if choice.code == code), code)


def _show_dossier(_: Question, value: Any) -> str:
    """Display the short number of a case file, for want of its name."""
    return f"Dossier {str(value).replace('-', '')[-8:].upper()}"


def _json(_: Question, text: str) -> Any:
    try:
        return read_json(text)
    except NotJson as error:
        raise Unreadable("Ce fichier n’a pas été reçu correctement : joignez-le de nouveau.") from error


def _file(question: Question, text: str) -> Any:
    return _json(question, text) if question.schema.get("type") == "object" else text


def _show_file(_: Question, value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("nom") or "Fichier joint")
    return "Fichier joint" if value else ""


def _checked(check: str, kind: str) -> tuple[Read, Write]:
    """Return reader and display of a number of the administration: normalised when right, kept as typed when not."""

    def read(_: Question, text: str) -> str:
        ok, normal, message = check_value(check, text)
        if not ok:
            raise Unreadable(message)
        return normal

    return read, lambda question, value: grouped(kind, _as_is(question, value))


def _email(question: Question, text: str) -> str:
    read, _ = _checked("email", "email")
    normal: str = read(question, text)
    return normal


def _make() -> dict[str, Kind]:
    kinds = [
        Kind("text", "texte", _text, _as_is, _as_is, options=frozenset({"multi"})),
        Kind("long_text", "texte long", _text, _as_is, _as_is, "textarea", options=frozenset({"rows"})),
        Kind("integer", "nombre entier", numeric.read_integer, numeric.write, numeric.show, inputmode="numeric"),
        Kind("decimal", "nombre décimal", numeric.read_decimal, numeric.write, numeric.show, inputmode="decimal"),
        Kind("money", "montant", numeric.read_money, numeric.write_money, numeric.show_money, "money", "decimal"),
        Kind("boolean", "oui ou non", _boolean, _write_boolean, _show_boolean, "boolean"),
        Kind("date", "date", temporal.read_date, temporal.write_date, temporal.write_date, "date", "numeric"),
        Kind("time", "heure", temporal.read_time, temporal.write_time, temporal.write_time, "time"),
        Kind(
            "datetime",
            "date et heure",
            temporal.read_instant,
            temporal.write_instant,
            temporal.show_instant,
            "datetime",
        ),
        Kind("choice", "choix unique", _choice, _write_choice, _show_choice, "choice"),
        Kind("choices", "choix multiple", _choice, _write_choice, _show_choice, "choices"),
        Kind("dossier", "référence à un dossier", _choice, _write_choice, _show_dossier, "choice"),
        Kind("email", "adresse électronique", _email, _as_is, _as_is, "email", "email", "email", True),
        Kind("file", "fichier", _file, _as_is, _show_file, "file"),
        Kind("image", "image", _file, _as_is, _show_file, "file"),
        Kind("signature", "signature", _text, _as_is, _as_is, "text", "", "name", True),
        Kind("computed", "valeur calculée", _text, _as_is, _as_is, "computed"),
        Kind("rows", "groupe répétable", _json, _as_is, _as_is, "rows"),
        Kind("table", "tableau", _json, _as_is, _as_is, "table"),
        Kind("values", "liste de réponses", _json, _as_is, _as_is, "values"),
    ]
    for name, check, title, mode, token, personal in (
        ("phone", "phone_fr", "téléphone", "tel", "tel", True),
        ("postal_code", "postcode_fr", "code postal", "numeric", "postal-code", False),
        ("commune", "insee_commune", "commune", "", "", False),
        ("nir", "nir", "numéro de sécurité sociale", "numeric", "", True),
        ("siren", "siren", "SIREN", "numeric", "", False),
        ("siret", "siret", "SIRET", "numeric", "", False),
        ("rna", "rna", "RNA", "", "", False),
        ("iban", "iban", "IBAN", "", "", True),
    ):
        read, show = _checked(check, name)
        kinds.append(
            Kind(name, title, read, _as_is, show, "choice" if name == "commune" else "text", mode, token, personal)
        )
    return {kind.name: kind for kind in kinds}


KINDS: Mapping[str, Kind] = _make()
"""Every kind of question; `period`, `group` and `info` are elements, not questions."""

DECLARABLE = frozenset(KINDS) - {"rows", "values", "computed"} | {"period", "info"}
"""What `x-jalon-kind` may say."""


def read_text(question: Question, text: str) -> Any:
    """Return the value of a posted text, None when it is empty; Unreadable says how to write it."""
    if question.choices and any(choice.code == text for choice in question.choices):
        return _choice(question, text)
    cleaned = clean(text)
    return KINDS[question.kind].read(question, cleaned) if cleaned else None


def write_text(question: Question, value: Any) -> str:
    """Return the text a field holds for a value, whatever its type."""
    if value is None:
        return ""
    try:
        return KINDS[question.kind].write(question, value)
    except (TypeError, ValueError, AttributeError):
        return json.dumps(value)
