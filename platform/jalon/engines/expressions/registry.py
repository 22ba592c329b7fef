"""Every built-in function in one place: what it takes, what it does, its documentation and an example.

A parameter is written `name: kind`, with `?` when it may be left out and `*` when it takes all the
arguments that remain (or one list). The kinds are the keys of KINDS; `any` alone accepts null: for the
others a null argument gives null without a notice.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.moments import read_date, read_length, read_moment, read_time
from jalon.engines.expressions.numbers import whole
from jalon.engines.expressions.operators import kind_of
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Function, Months, Value


@dataclass(frozen=True, slots=True)
class BuiltinDoc:
    """A built-in function as the reference documents it."""

    name: str
    aliases: tuple[str, ...]
    parameters: tuple[str, ...]
    fr: str
    en: str
    example: str
    result: str
    family: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a built-in function."""

    name: str
    kind: str
    optional: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function: its documentation, its parameters and the work."""

    doc: BuiltinDoc
    parameters: tuple[Parameter, ...]
    work: Callable[..., Value]
    least: int
    most: int | None

    @property
    def many(self) -> bool:
        """Tell whether the last parameter takes all the arguments that remain."""
        return self.most is None


class Unfit(Exception):
    """A built-in cannot do its work with these arguments: null, with this notice; never seen by callers."""

    def __init__(self, message: str, code: str = "fonction.valeur") -> None:
        super().__init__(message)
        self.code, self.message = code, message


_BUILTINS: dict[str, Builtin] = {}
_BY_NAME: dict[str, Builtin] = {}


def plain_name(name: str) -> str:
    """Return a function name without accents: `jours ouvrés` is `jours ouvres`."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def builtin(
    name: str, *parameters: str, family: str, fr: str, en: str, example: str, result: str, aliases: tuple[str, ...] = ()
) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a built-in function; its work receives the run, then its arguments."""
    read = tuple(_parameter(text) for text in parameters)
    least = sum(1 for p in read if not p.optional and not p.many)
    most = None if any(p.many for p in read) else len(read)

    def register(work: Callable[..., Value]) -> Callable[..., Value]:
        doc = BuiltinDoc(name, aliases, parameters, fr, en, example, result, family)
        found = Builtin(doc, read, work, least, most)
        for known in (name, *aliases):
            if plain_name(known) in _BY_NAME:
                raise ValueError(known)
            _BY_NAME[plain_name(known)] = found
        _BUILTINS[name] = found
        return work

    return register


def find(name: str) -> Builtin | None:
    """Return the built-in function known by a name or a synonym, accents or not."""
    return _BY_NAME.get(name) or _BY_NAME.get(plain_name(name))


def functions() -> list[BuiltinDoc]:
    """Return the built-in functions, by family then name."""
    return sorted((found.doc for found in _BUILTINS.values()), key=lambda doc: (doc.family, doc.name))


def all_names() -> frozenset[str]:
    """Return every name and synonym of the built-in functions."""
    return frozenset(_BY_NAME)


def invoke(run: Run, function: Builtin, arguments: list[Value]) -> Value:
    """Call a built-in with values, after bringing each to the kind it takes."""
    cost = 1
    for value in arguments:
        if type(value) is list or type(value) is dict:
            cost += len(value)
        elif type(value) is str:
            cost += len(value) >> 4
    run.spend(cost)
    try:
        if function.many:
            arguments = _gather(function, arguments)
        if not function.least <= len(arguments) <= len(function.parameters):
            raise Unfit(f"{function.doc.name}(…) ne prend pas {len(arguments)} valeurs.", "fonction.arguments")
        ready: list[Value] = []
        for parameter, value in zip(function.parameters, arguments, strict=False):
            if value is None and parameter.kind != "any":
                if parameter.optional:
                    ready.append(None)
                    continue
                return None
            ready.append(bring(parameter.kind, value))
        return function.work(run, *ready)
    except Unfit as unfit:
        text = unfit.message
        run.warn(unfit.code, text if "(…)" in text else f"{function.doc.name}(…) : {text}")
    except TemporalInvalid as error:
        run.warn("fonction.valeur", f"{function.doc.name}(…) : {error.text()}")
    except (ArithmeticError, ValueError, TypeError):  # the promise: an evaluation never raises
        run.warn("calcul.impossible", f"{function.doc.name}(…) n’a pas de résultat pour ces valeurs.")
    return None


def bring(kind: str, value: Value) -> Value:
    """Bring a value to a kind of parameter; raises Unfit when it cannot be."""
    convert = KINDS[kind]
    if type(value) is list and len(value) == 1 and kind not in {"list", "any"}:
        value = value[0]
    found = convert(value)
    if found is _UNFIT:
        raise Unfit(f"{_KIND_NAMES.get(kind, kind)} attendu, reçu {kind_of(value)}.", "fonction.type")
    return found


def _gather(function: Builtin, arguments: list[Value]) -> list[Value]:
    """Put the arguments of the last parameter in one list, unless one list is all there is."""
    fixed = len(function.parameters) - 1
    rest = arguments[fixed:]
    if fixed == 0 and len(rest) == 1 and type(rest[0]) is list:
        return arguments
    return [*arguments[:fixed], rest]


def _parameter(text: str) -> Parameter:
    name, kind = text.split(": ")
    return Parameter(name, kind.rstrip("?*"), kind.endswith("?"), kind.endswith("*"))


_UNFIT = object()


def _exactly(kind: type) -> Callable[[Value], Value]:
    return lambda value: value if type(value) is kind else _UNFIT


def _integer(value: Value) -> Any:
    count = whole(value) if type(value) is Decimal else None
    return _UNFIT if count is None else count


def _listed(value: Value) -> Value:
    return value if type(value) is list else [value]


def _date(value: Value) -> Value:
    if type(value) is date:
        return value
    if type(value) is datetime:
        return value.date()
    if type(value) is str:
        moment = read_moment(value)
        return moment.date()
    return _UNFIT


def _moment(value: Value) -> Value:
    if type(value) is str:
        return read_date(value) if len(value) == 10 else read_moment(value)
    return value if type(value) in {date, datetime} else _UNFIT


def _time(value: Value) -> Value:
    if type(value) is str:
        return read_time(value)
    return value if type(value) is time else value.timetz() if type(value) is datetime else _UNFIT


def _length(value: Value) -> Value:
    if type(value) is str:
        return read_length(value)
    return value if type(value) in {timedelta, Months} else _UNFIT


KINDS: dict[str, Callable[[Value], Value]] = {
    "any": lambda value: value,
    "text": _exactly(str),
    "number": _exactly(Decimal),
    "integer": _integer,
    "boolean": _exactly(bool),
    "list": _listed,
    "context": _exactly(dict),
    "function": _exactly(Function),
    "date": _date,
    "moment": _moment,
    "time": _time,
    "length": _length,
}
"""Kind of parameter -> what brings a value to it."""

_KIND_NAMES = {
    "text": "un texte était", "number": "un nombre était", "integer": "un nombre entier était",
    "boolean": "un booléen était", "context": "un contexte était", "function": "une fonction était",
    "date": "une date était", "moment": "une date était", "time": "une heure était", "length": "une durée était",
}  # fmt: skip
