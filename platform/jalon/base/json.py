"""JSON as the product stores it: canonical text, content hashes, strict reading."""

import hashlib
import json
from typing import Any

from jalon.base.errors import JalonError
from jalon.base.i18n import fr

MAX_DEPTH = 64

Json = Any
"""None, bool, int, float, str, list[Json] or dict[str, Json]."""


class NotJson(JalonError):
    """Text that is not the JSON we accept."""

    code, message, status = "json.illisible", fr("Ce contenu n’est pas du JSON lisible : {reason}."), 422


class Written(str):
    """A value already written by `canonical`: it is kept as it is."""

    __slots__ = ()


def canonical(value: Json) -> str:
    """Write a value in the one form that equal values share: sorted keys, no spaces, accents kept."""
    if isinstance(value, Written):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(value: Json, version: str = "1") -> str:
    """Return the 32 hexadecimal digits that name this content in this format version."""
    return hashlib.sha256(f"{version}\n{canonical(value)}".encode()).hexdigest()[:32]


def read_json(text: str | bytes, max_depth: int = MAX_DEPTH) -> Json:
    """Read JSON strictly: UTF-8, no repeated key, no NaN, no lone surrogate, bounded depth."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError) as error:
        raise NotJson(reason=_reason(error)) from error
    except RecursionError as error:
        raise NotJson(reason="trop de niveaux imbriqués") from error
    _check(value, max_depth)
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"la clé « {repeated} » est répétée")
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} n’est pas un nombre")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"ligne {error.lineno}, colonne {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "ce n’est pas de l’UTF-8"
    return str(error)


def _check(value: Json, depth: int) -> None:
    if depth < 0:
        raise NotJson(reason="trop de niveaux imbriqués")
    if isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotJson(reason="un caractère est incomplet") from error
