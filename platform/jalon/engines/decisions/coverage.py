"""Find overlaps and gaps of a decision table, with a counter-example, by reasoning on regions."""

from dataclasses import dataclass
from functools import cache

from jalon.engines.decisions.model import Table
from jalon.engines.decisions.regions import Regions, cut
from jalon.engines.expressions import Value

MAX_PAIRS = 400_000
MAX_VISITS = 50_000
MAX_OVERLAPS = 10


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules (their places from 0) that answer together, for these inputs."""

    first: int
    second: int
    example: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is certain about a table: its overlaps, and one set of inputs that no rule answers, or None.

    `complete` is False when the search for a gap was too long to conclude: then `gap` says nothing.
    """

    overlaps: tuple[Overlap, ...]
    gap: tuple[Value, ...] | None
    complete: bool = True


def cover(table: Table) -> Coverage:
    """Return the overlaps and a gap of a table; raises TooRich when a cell cannot be reasoned about."""
    columns = [cut(column, [rule.when[at] for rule in table.rules]) for at, column in enumerate(table.inputs)]
    gap, complete = _gap(columns, len(table.rules))
    return Coverage(tuple(_overlaps(columns, len(table.rules))), gap, complete)


def _overlaps(columns: list[Regions], rules: int) -> list[Overlap]:
    found: list[Overlap] = []
    if rules * rules // 2 > MAX_PAIRS:
        rules = int((2 * MAX_PAIRS) ** 0.5)
    for first in range(rules):
        for second in range(first + 1, rules):
            common = [column.masks[first] & column.masks[second] for column in columns]
            if all(common):
                example = tuple(_sample(column, mask) for column, mask in zip(columns, common, strict=True))
                found.append(Overlap(first, second, example))
                if len(found) == MAX_OVERLAPS:
                    return found
    return found


def _sample(column: Regions, mask: int) -> Value:
    """Return the value of the first region of a mask."""
    return column.samples[(mask & -mask).bit_length() - 1]


def _gap(columns: list[Regions], rules: int) -> tuple[tuple[Value, ...] | None, bool]:
    """Look for inputs that no rule covers, column by column, remembering which sets of rules are covered."""
    visits = 0

    @cache
    def search(at: int, alive: int) -> tuple[Value, ...] | None:
        nonlocal visits
        visits += 1
        if visits > MAX_VISITS:
            raise _TooLong
        if at == len(columns):
            return None if alive else ()
        column = columns[at]
        for region, sample in enumerate(column.samples):
            left = sum(1 << rule for rule in range(rules) if alive >> rule & 1 and column.masks[rule] >> region & 1)
            rest = search(at + 1, left)
            if rest is not None:
                return (sample, *rest)
        return None

    try:
        return search(0, (1 << rules) - 1), True
    except _TooLong:
        return None, False


class _TooLong(Exception):
    """The search for a gap is too long."""
