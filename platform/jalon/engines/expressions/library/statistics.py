"""Functions that sum up a list."""

from decimal import Decimal
from functools import partial

from jalon.engines.expressions.numbers import CONTEXT
from jalon.engines.expressions.operators import compare, equal, kind_of
from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Months, Value

_list = partial(builtin, family="liste")


def _numbers(values: list[Value]) -> list[Decimal]:
    for value in values:
        if type(value) is not Decimal:
            raise Unfit(f"la liste ne doit contenir que des nombres, pas {kind_of(value)}.", "fonction.type")
    return values


def _best(run: Run, values: list[Value], op: str) -> Value:
    best = None
    for value in values:
        if value is None:
            return None
        if best is None:
            best = value
        else:
            better = compare(run, op, value, best)
            if better is None:
                return None
            best = value if better else best
    return best


@_list(
    "min", "list: any*", aliases=("minimum",),
    fr="Le plus petit élément.", en="The smallest element.", example="min(3, 1, 2)", result="1",
)  # fmt: skip
def _min(run: Run, values: list[Value]) -> Value:
    return _best(run, values, "<")


@_list(
    "max", "list: any*", aliases=("maximum",),
    fr="Le plus grand élément.", en="The largest element.", example="max([3, 1, 2])", result="3",
)  # fmt: skip
def _max(run: Run, values: list[Value]) -> Value:
    return _best(run, values, ">")


@_list(
    "sum", "list: any*", aliases=("somme",),
    fr="La somme de nombres ou de durées ; nul pour une liste vide.",
    en="The sum of numbers or durations; null for an empty list.", example="sum([1, 2, 3])", result="6",
)  # fmt: skip
def _sum(_: Run, values: list[Value]) -> Value:
    if not values:
        return None
    kinds = {type(value) for value in values}
    if kinds == {Months}:
        return Months(sum(value.count for value in values))
    if {kind.__name__ for kind in kinds} == {"timedelta"}:
        return sum(values[1:], values[0])
    return total(_numbers(values))


def total(values: list[Decimal]) -> Decimal:
    """Add numbers up."""
    result = Decimal(0)
    for value in values:
        result = CONTEXT.add(result, value)
    return result


@_list(
    "product", "list: any*", aliases=("produit",),
    fr="Le produit des nombres.", en="The product of the numbers.", example="product([2, 3, 4])", result="24",
)  # fmt: skip
def _product(_: Run, values: list[Value]) -> Value:
    result = Decimal(1)
    for value in _numbers(values):
        result = CONTEXT.multiply(result, value)
    return result if values else None


@_list(
    "count", "list: any", aliases=("compter", "nombre d elements"),
    fr="Le nombre d’éléments.", en="The number of elements.", example='count(["a", "b"])', result="2",
)  # fmt: skip
def _count(_: Run, values: Value) -> Value:
    if values is None:
        return None
    return Decimal(len(values)) if type(values) is list else Decimal(1)


@_list(
    "mean", "list: any*", aliases=("moyenne",),
    fr="La moyenne des nombres.", en="The mean of the numbers.", example="mean([1, 2, 6])", result="3",
)  # fmt: skip
def _mean(_: Run, values: list[Value]) -> Value:
    return CONTEXT.divide(total(_numbers(values)), Decimal(len(values))) if values else None


@_list(
    "median", "list: any*", aliases=("mediane",),
    fr="La valeur du milieu, ou la moyenne des deux du milieu.", en="The middle value, or the mean of the middle two.",
    example="median([8, 2, 5, 3, 4])", result="4",
)  # fmt: skip
def _median(_: Run, values: list[Value]) -> Value:
    if not values:
        return None
    ranked, half = sorted(_numbers(values)), len(values) // 2
    if len(ranked) % 2:
        return ranked[half]
    return CONTEXT.divide(CONTEXT.add(ranked[half - 1], ranked[half]), Decimal(2))


@_list(
    "mode", "list: any*", aliases=("valeurs les plus frequentes",),
    fr="Les nombres les plus fréquents, en ordre croissant.", en="The most frequent numbers, in ascending order.",
    example="mode([6, 1, 9, 6, 1])", result="[1, 6]",
)  # fmt: skip
def _mode(_: Run, values: list[Value]) -> Value:
    counts: dict[Decimal, int] = {}
    for value in _numbers(values):
        counts[value] = counts.get(value, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, times in counts.items() if times == most)


@_list(
    "stddev", "list: any*", aliases=("ecart type",),
    fr="L’écart type d’un échantillon d’au moins deux nombres.", en="The sample standard deviation of two or more.",
    example="stddev([2, 4, 7, 5])", result="2.081665999466132735282297706979931",
)  # fmt: skip
def _stddev(_: Run, values: list[Value]) -> Value:
    if len(values) < 2:
        return None
    mean = CONTEXT.divide(total(_numbers(values)), Decimal(len(values)))
    gaps = [CONTEXT.subtract(value, mean) for value in values]
    squares = total([CONTEXT.multiply(gap, gap) for gap in gaps])
    return CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(values) - 1)))


@_list(
    "all", "list: any*", aliases=("tous",),
    fr="Vrai si tout est vrai ; nul si une valeur manque.", en="True when all are; null when a value is missing.",
    example="all([true, false])", result="false",
)  # fmt: skip
def _all(_: Run, values: list[Value]) -> Value:
    if False in [value for value in values if type(value) is bool]:
        return False
    return True if all(value is True for value in values) else None


@_list(
    "any", "list: any*", aliases=("au moins un",),
    fr="Vrai si un élément est vrai ; nul si une valeur manque.", en="True when one is; null when a value is missing.",
    example="any([true, false])", result="true",
)  # fmt: skip
def _any(_: Run, values: list[Value]) -> Value:
    if True in [value for value in values if type(value) is bool]:
        return True
    return False if all(value is False for value in values) else None


@_list(
    "list contains", "list: list", "element: any", aliases=("liste contient",),
    fr="Vrai si la liste contient cet élément.", en="True when the list contains this element.",
    example='list contains(["a", "b"], "b")', result="true",
)  # fmt: skip
def _list_contains(run: Run, values: list[Value], element: Value) -> Value:
    return any(type(value) is type(element) and equal(run, value, element) is True for value in values)
