"""What a workshop accepts as arguments: whatever it is given, only JalonError escapes."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from jalon.base.errors import JalonError, NotFound
from jalon.base.i18n import fr
from jalon.base.json import canonical, read_json

P = ParamSpec("P")
Box = TypeVar("Box")
Given = TypeVar("Given")


class SandboxRefused(JalonError):
    """An argument the sandbox cannot use."""

    code, message, status = "atelier.refus", fr("Cette demande est refusée : {reason}."), 422


def guarded(act: Callable[Concatenate[Box, P], Given]) -> Callable[Concatenate[Box, P], Given]:
    """Turn what an argument of a wrong kind would raise into a refusal that names the call."""

    @wraps(act)
    def call(box: Box, /, *args: P.args, **options: P.kwargs) -> Given:
        try:
            return act(box, *args, **options)
        except JalonError:
            raise
        except Exception as error:
            reason = f"« {act.__name__} » ne sait pas utiliser ces valeurs ({type(error).__name__})"
            raise SandboxRefused(reason=reason) from error

    return call


def readable(value: Any, what: str) -> str:
    """Return a text that can be written in UTF-8."""
    if not isinstance(value, str):
        raise SandboxRefused(reason=f"{what} doit être un texte")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SandboxRefused(reason=f"{what} contient un caractère incomplet") from error
    return value


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name."""
    try:
        return ZoneInfo(readable(name, "le fuseau horaire"))
    except (KeyError, ValueError, OSError) as error:
        raise SandboxRefused(reason=f"« {name[:40]} » n’est pas un fuseau horaire") from error


def number(found: Any) -> UUID:
    """Return the number of a run or a task; what is not one exists nowhere."""
    if isinstance(found, UUID):
        return found
    try:
        return UUID(readable(found, "l’identifiant"))
    except ValueError as error:
        raise NotFound(id=found) from error


def plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a copy of JSON data; refuse what is not JSON."""
    if values is None:
        return {}
    try:
        found = read_json(canonical(dict(values)))
    except (TypeError, ValueError, RecursionError) as error:
        raise SandboxRefused(reason="les valeurs doivent être du JSON") from error
    assert isinstance(found, dict)
    return found


def messages(notices: Iterable[Any]) -> list[str]:
    """Return notices as sentences."""
    return [getattr(notice, "message", str(notice)) for notice in notices]
