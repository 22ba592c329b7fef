"""Values of a case file by their present paths: a path that a pack or a level renamed is read under both names.

A type of case file says so by the alias of a label (`label:contact.tel` = `label:contact.telephone`). Nothing is
rewritten: a value moves when the case file is next written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session, object_session

from jalon.services.configuration import present_name
from jalon.services.dossiers.paths import differences, is_rows, value_at
from jalon.store import configuration as store
from jalon.store.dossiers import Dossier
from jalon.store.epochs import remembered

LABEL = "label:"

Renamed = Mapping[str, str]
"""Former path -> present path, both without row ids."""


def renamed_paths(session: Session, type_key: str) -> Renamed:
    """Return the paths of a type of case file that changed name, remembered until the next publication."""
    known, asked = remembered(session), ("renamed", type_key)
    if known is not None and asked in known:
        found: Renamed = known[asked]
        return found
    artifact = store.artifact(session, "dossier-type", type_key)
    aliases = artifact.aliases if artifact else {}
    found = {
        former.removeprefix(LABEL): present_name(aliases, former).removeprefix(LABEL)
        for former in aliases
        if former.startswith(LABEL)
    }
    if known is not None:
        known[asked] = found
    return found


def data_of(dossier: Dossier) -> Mapping[str, Any]:
    """Return the values of a case file at hand under their present paths."""
    return present_data(dossier.data, renamed_of(dossier))


def facts_of(dossier: Dossier) -> Mapping[str, Any]:
    """Return the same under the former paths as well: runs under way go on reading the names they know."""
    data = data_of(dossier)
    for former, now in renamed_of(dossier).items():
        value = _at(data, now.split("."))
        data = data if value is None else _with(data, former.split("."), value)
    return data


def value_of(dossier: Dossier, path: str) -> Any:
    """Return a value of a case file by a present or a former path, None when there is none."""
    return value_at(data_of(dossier), present_path(path, renamed_of(dossier)))


def differs(dossier: Dossier, path: str, value: Any) -> bool:
    """Tell whether writing a value by a present or a former path would change a case file."""
    return bool(differences(data_of(dossier), {present_path(path, renamed_of(dossier)): value}))


def renamed_of(dossier: Dossier) -> Renamed:
    """Return the paths of a case file at hand that changed name."""
    session = object_session(dossier)
    return renamed_paths(session, dossier.type) if session else {}


def present_data(data: Mapping[str, Any], renamed: Renamed) -> Mapping[str, Any]:
    """Return values under their present paths, rows included; one given under it wins over a former one."""
    for former, now in renamed.items():
        data = _moved(data, former.split("."), now.split("."))
    return data


def present_path(path: str, renamed: Renamed) -> str:
    """Return the name a path has now, row ids kept; a path inside one that was renamed follows it."""
    for former, now in renamed.items():
        path = _renamed(path, former, now)
    return path


def present_paths(values: Mapping[str, Any], renamed: Renamed) -> dict[str, Any]:
    """Return values by present path: one given under it wins over a former one."""
    found: dict[str, Any] = {}
    for path, value in values.items():
        name = present_path(path, renamed)
        if name == path or name not in values:
            found[name] = value
    return found


def _renamed(path: str, former: str, now: str) -> str:
    """Rename the beginning of a path; row ids stand between slashes, every second part."""
    parts, wanted, told = path.split("/"), former.split("."), now.split(".")
    names = [(name, place) for place, part in enumerate(parts) if place % 2 == 0 for name in part.split(".") if name]
    if [name for name, _ in names[: len(wanted)]] != wanted:
        return path
    last = names[len(wanted) - 1][1]
    inside = sum(place < last for _, place in names)
    if wanted[:inside] != told[:inside]:
        return path  # a value cannot leave its row
    rest = [name for name, place in names[len(wanted) :] if place == last]
    return "/".join([*parts[:last], ".".join([*told[inside:], *rest]), *parts[last + 1 :]])


def _moved(data: Any, former: Sequence[str], now: Sequence[str]) -> Any:
    if is_rows(data):
        return [_moved(row, former, now) for row in data]
    if not isinstance(data, Mapping) or former[0] not in data:
        return data
    if len(former) > 1 and len(now) > 1 and former[0] == now[0]:
        return {**data, former[0]: _moved(data[former[0]], former[1:], now[1:])}
    value = _at(data, former)
    if value is None:
        return data
    rest = _without(data, former)
    return rest if _at(rest, now) is not None else _with(rest, now, value)


def _at(data: Any, names: Sequence[str]) -> Any:
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _without(data: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    rest = {key: value for key, value in data.items() if key != names[0]}
    if len(names) > 1 and (inside := _without(data[names[0]], names[1:])):
        rest[names[0]] = inside
    return rest


def _with(data: Any, names: Sequence[str], value: Any) -> Any:
    if not names:
        return value
    kept = data if isinstance(data, Mapping) else {}
    return {**kept, names[0]: _with(kept.get(names[0]), names[1:], value)}
