"""Find overlaps and gaps of a decision table, with a counter-example, by reasoning on regions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from jalon.engines.decisions.model import Table
from jalon.engines.decisions.regions import Regions, cut
from jalon.engines.expressions import Value

MAX_VISITS = 500_000
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
    rules = [_rules_of_regions(column) for column in columns]
    gap, complete = _gap(columns, rules, (1 << len(table.rules)) - 1)
    return Coverage(tuple(_overlaps(columns, rules, len(table.rules))), gap, complete)


def _rules_of_regions(column: Regions) -> list[int]:
    """Return, for each region of a column, the bit mask of the rules that cover it."""
    found = [0] * len(column.samples)
    for rule, mask in enumerate(column.masks):
        for region in _bits(mask):
            found[region] |= 1 << rule
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _overlaps(columns: list[Regions], rules: list[list[int]], count: int) -> list[Overlap]:
    """Find pairs of rules that share a region in every column, the first few."""
    found: list[Overlap] = []
    for first in range(count):
        others = ((1 << count) - 1) >> (first + 1) << (first + 1)
        for column, covering in zip(columns, rules, strict=True):
            others &= reduce(or_, (covering[region] for region in _bits(column.masks[first])), 0)
        for second in _bits(others):
            common = [column.masks[first] & column.masks[second] for column in columns]
            example = tuple(column.samples[next(_bits(m))] for column, m in zip(columns, common, strict=True))
            found.append(Overlap(first, second, example))
            if len(found) == MAX_OVERLAPS:
                return found
    return found


def _gap(columns: list[Regions], rules: list[list[int]], every: int) -> tuple[tuple[Value, ...] | None, bool]:
    """Look for inputs that no rule covers, column by column, remembering which sets of rules are covered."""
    visits = 0

    @cache
    def search(at: int, alive: int) -> tuple[Value, ...] | None:
        nonlocal visits
        if at == len(columns):
            return None if alive else ()
        visits += len(rules[at])
        if visits > MAX_VISITS:
            raise _TooLong
        for sample, covering in zip(columns[at].samples, rules[at], strict=True):
            rest = search(at + 1, alive & covering)
            if rest is not None:
                return (sample, *rest)
        return None

    try:
        return search(0, every), True
    except _TooLong:
        return None, False


class _TooLong(Exception):
    """The search for a gap is too long."""
