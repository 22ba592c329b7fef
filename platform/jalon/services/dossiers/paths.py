"""Paths inside a case file: `contact.telephone`, and `experiences/<_id>/employeur` inside repeated rows.

A path alternates dotted keys and row ids: `a.b/<row>/c.d`. A repeated group is a list of objects
that carry `_id`; everything else, lists of plain values included, is one value.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jalon.base.ids import new_id

Step = tuple[str, bool]
"""A key, or a row id when the second part is true."""


def value_at(data: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """Return the value at a path, or the default when any step is absent."""
    current: Any = data
    for name, is_row in _steps(path):
        if is_row:
            current = next((row for row in _rows(current) if row.get("_id") == name), None)
        else:
            current = current.get(name) if isinstance(current, Mapping) else None
        if current is None:
            return default
    return current


def with_value(data: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of the data with a value at a path; None takes the key or the row away."""
    changed: dict[str, Any] = _with(dict(data), _steps(path), value)
    return changed


def differences(data: Mapping[str, Any], changes: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (path, old, new) for each value that really changes, one per leaf inside objects and rows.

    New rows without `_id` receive one; a row that disappears is one change of its own path.
    """
    return [found for path, new in changes.items() for found in _compare(path, value_at(data, path), new)]


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk the (path, value) of a case file's data, entering objects and rows."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key != "_id":
                yield from leaves(value, _under(path, key))
    elif is_rows(data):
        for row in data:
            yield from leaves(row, f"{path}/{row['_id']}")
    else:
        yield path, data


def pattern_of(path: str) -> str:
    """Return a path without its row ids, as labels and bindings name it: `experiences.employeur`."""
    return ".".join(name for name, is_row in _steps(path) if not is_row)


def is_rows(value: Any) -> bool:
    """Tell whether a value is a repeated group: a non-empty list of objects that all carry `_id`."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) and "_id" in row for row in value)


def with_row_ids(value: Any) -> Any:
    """Give an `_id` to each object of each list that lacks one."""
    if isinstance(value, Mapping):
        return {key: with_row_ids(item) for key, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        return [{"_id": str(row.get("_id") or new_id()), **with_row_ids(_without_id(row))} for row in value]
    return value


def _without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in row.items() if key != "_id"}


def _steps(path: str) -> list[Step]:
    steps: list[Step] = []
    for place, part in enumerate(path.split("/")):
        steps += [(part, True)] if place % 2 else [(name, False) for name in part.split(".")]
    return [(name, is_row) for name, is_row in steps if name]


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _under(path: str, key: str) -> str:
    if not path:
        return key
    ends_with_row = path.count("/") % 2 == 1
    return f"{path}/{key}" if ends_with_row else f"{path}.{key}"


def _with(target: Any, steps: Sequence[Step], value: Any) -> Any:
    if not steps:
        return value
    (name, is_row), rest = steps[0], steps[1:]
    if is_row:
        rows = _rows(target)
        old = next((row for row in rows if row.get("_id") == name), None)
        new = _with(old, rest, value)
        if new is None:
            return [row for row in rows if row is not old]
        new = {"_id": name, **_without_id(new)}
        return [new if row is old else row for row in rows] if old is not None else [*rows, new]
    target = dict(target) if isinstance(target, Mapping) else {}
    new = _with(target.get(name), rest, value)
    if new is None:
        target.pop(name, None)
        return target
    return {**target, name: new}


def _compare(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    new = with_row_ids(new)
    if old == new:
        return
    if isinstance(new, Mapping) and (old is None or isinstance(old, Mapping)):
        for key in new:  # a key the change does not name is kept: another form may own it
            if key != "_id":
                yield from _compare(_under(path, key), (old or {}).get(key), new.get(key))
    elif is_rows(new) and (old in (None, []) or is_rows(old)):
        before = {row["_id"]: row for row in old or ()}
        for row in new:
            yield from _compare(f"{path}/{row['_id']}", before.pop(row["_id"], None), row)
        for gone, row in before.items():
            yield f"{path}/{gone}", row, None
    elif new in (None, []) and is_rows(old):
        for row in old:
            yield f"{path}/{row['_id']}", row, None
    else:
        yield path, old, new
