"""Functions that make lists."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cmp_to_key, partial

from jalon.engines.expressions.operators import compare, equal
from jalon.engines.expressions.registry import Unfit, bring, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Function, Value

_list = partial(builtin, family="liste")


def _new(run: Run, values: list[Value]) -> list[Value]:
    run.produce(len(values))
    return values


def _index(values: list[Value], position: int, extra: int = 0) -> int:
    """Return the Python index of a position counted from 1, or from the end when negative."""
    index = position - 1 if position > 0 else len(values) + position
    if position == 0 or not 0 <= index < len(values) + extra:
        raise Unfit("cette position n’existe pas dans la liste.")
    return index


@_list(
    "append", "list: list", "item: any*", aliases=("ajouter",),
    fr="La liste avec ces éléments à la fin.", en="The list with these elements at the end.",
    example="append([1], 2, 3)", result="[1, 2, 3]",
)  # fmt: skip
def _append(run: Run, values: list[Value], items: list[Value]) -> Value:
    return _new(run, values + items)


@_list(
    "concatenate", "list: any*", aliases=("concatener",),
    fr="Les listes mises bout à bout.", en="The lists put end to end.",
    example="concatenate([1, 2], [3])", result="[1, 2, 3]",
)  # fmt: skip
def _concatenate(run: Run, lists: list[Value]) -> Value:
    result: list[Value] = []
    for values in lists:
        run.produce(len(values) if type(values) is list else 1)
        result += values if type(values) is list else [values]
    return result


@_list(
    "insert before", "list: list", "position: integer", "newItem: any", aliases=("inserer avant",),
    fr="La liste avec un élément inséré avant une position.", en="The list with an element put before a position.",
    example="insert before([1, 3], 2, 2)", result="[1, 2, 3]",
)  # fmt: skip
def _insert(run: Run, values: list[Value], position: int, item: Value) -> Value:
    index = _index(values, position, 1 if position > 0 else 0)
    return _new(run, [*values[:index], item, *values[index:]])


@_list(
    "remove", "list: list", "position: integer", aliases=("retirer",),
    fr="La liste sans l’élément d’une position.", en="The list without the element at a position.",
    example="remove([1, 2, 3], 2)", result="[1, 3]",
)  # fmt: skip
def _remove(run: Run, values: list[Value], position: int) -> Value:
    index = _index(values, position)
    return _new(run, values[:index] + values[index + 1 :])


@_list(
    "list replace", "list: list", "position: any", "newItem: any", aliases=("remplacer element",),
    fr="La liste où l’élément d’une position est remplacé, ou ceux qu’une fonction (élément, nouveau) choisit.",
    en="The list where the element at a position is replaced, or those that a function (item, new item) chooses.",
    example="list replace([1, 2, 3], 2, 9)", result="[1, 9, 3]",
)  # fmt: skip
def _list_replace(run: Run, values: list[Value], position: Value, item: Value) -> Value:
    if position is None:
        return None
    if type(position) is Function:
        return _new(run, [item if position.call(run, [value, item]) is True else value for value in values])
    index = _index(values, bring("integer", position))
    return _new(run, [*values[:index], item, *values[index + 1 :]])


@_list(
    "sublist", "list: list", "start position: integer", "length: integer?", aliases=("sous liste",),
    fr="Une partie de la liste, à partir d’une position.", en="A part of the list, from a position.",
    example="sublist([4, 5, 6], 1, 2)", result="[4, 5]",
)  # fmt: skip
def _sublist(run: Run, values: list[Value], start: int, length: int | None = None) -> Value:
    if length is not None and length < 0:
        raise Unfit("la longueur est positive.")
    index = _index(values, start)
    return _new(run, values[index:] if length is None else values[index : index + length])


@_list(
    "reverse", "list: list", aliases=("inverser",),
    fr="La liste à l’envers.", en="The list backwards.", example="reverse([1, 2, 3])", result="[3, 2, 1]",
)  # fmt: skip
def _reverse(run: Run, values: list[Value]) -> Value:
    return _new(run, values[::-1])


@_list(
    "index of", "list: list", "match: any", aliases=("positions de",),
    fr="Les positions où se trouve cet élément.", en="The positions where this element is.",
    example="index of([1, 2, 3, 2], 2)", result="[2, 4]",
)  # fmt: skip
def _index_of(run: Run, values: list[Value], match: Value) -> Value:
    return [Decimal(at) for at, value in enumerate(values, 1) if _same(run, value, match)]


@_list(
    "union", "list: any*", aliases=("reunion de listes",),
    fr="Les éléments des listes, sans doublon.", en="The elements of the lists, each once.",
    example="union([1, 2], [2, 3])", result="[1, 2, 3]",
)  # fmt: skip
def _union(run: Run, lists: list[Value]) -> Value:
    return _distinct(run, _concatenate(run, lists))


@_list(
    "distinct values", "list: list", aliases=("valeurs distinctes",),
    fr="Les éléments, sans doublon.", en="The elements, each once.",
    example="distinct values([1, 2, 1])", result="[1, 2]",
)  # fmt: skip
def _distinct_values(run: Run, values: list[Value]) -> Value:
    return _distinct(run, values)


@_list(
    "duplicate values", "list: list", aliases=("doublons",),
    fr="Les éléments présents plusieurs fois.", en="The elements that come more than once.",
    example="duplicate values([1, 2, 1])", result="[1]",
)  # fmt: skip
def _duplicates(run: Run, values: list[Value]) -> Value:
    run.spend(len(values))
    return [one for one in _distinct(run, values) if sum(_same(run, one, value) for value in values) > 1]


@_list(
    "flatten", "list: list", aliases=("aplatir",),
    fr="La liste où chaque liste intérieure est remplacée par ses éléments.",
    en="The list where each inner list is replaced by its elements.",
    example="flatten([[1, 2], [[3]], 4])", result="[1, 2, 3, 4]",
)  # fmt: skip
def _flatten(run: Run, values: list[Value]) -> Value:
    return list(_leaves(run, values))


@_list(
    "sort", "list: list", "precedes: function?", aliases=("trier",),
    fr="La liste triée, par ordre croissant ou par une fonction qui dit si l’un précède l’autre.",
    en="The sorted list, ascending or by a function that says whether one precedes the other.",
    example="sort([3, 1, 2], function(x, y) x > y)", result="[3, 2, 1]",
)  # fmt: skip
def _sort(run: Run, values: list[Value], precedes: Function | None = None) -> Value:
    def before(a: Value, b: Value) -> bool:
        run.spend(1)
        found = compare(run, "<", a, b) if precedes is None else precedes.call(run, [a, b])
        if found is None and precedes is None:
            raise Unfit("ces éléments ne se comparent pas.", "fonction.type")
        return found is True

    def order(a: Value, b: Value) -> int:
        return -1 if before(a, b) else 1 if before(b, a) else 0

    return _new(run, sorted(values, key=cmp_to_key(order)))


def _same(run: Run, a: Value, b: Value) -> bool:
    run.spend(1)
    return type(a) is type(b) and equal(run, a, b) is True


def _distinct(run: Run, values: list[Value]) -> list[Value]:
    seen: set[tuple[type, Value]] = set()
    kept: list[Value] = []
    for value in values:
        if type(value) in {Decimal, str, bool, type(None)}:
            if (type(value), value) not in seen:
                seen.add((type(value), value))
                kept.append(value)
        elif not any(_same(run, value, other) for other in kept):
            kept.append(value)
    return _new(run, kept)


def _leaves(run: Run, values: list[Value]) -> Iterator[Value]:
    for value in values:
        run.spend(1)
        if type(value) is list:
            yield from _leaves(run, value)
        else:
            run.produce(1)
            yield value
