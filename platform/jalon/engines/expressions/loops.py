"""Compile what repeats or is called: for, some, every, filters, functions and calls."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.closures import Closure, compile_node, compiles, local, size
from jalon.engines.expressions.errors import ExpressionExhausted
from jalon.engines.expressions.numbers import whole
from jalon.engines.expressions.operators import kind_of
from jalon.engines.expressions.registry import Builtin, find, invoke, plain_name
from jalon.engines.expressions.run import MAX_CALLS, Run, Scope
from jalon.engines.expressions.values import Function, Range, Value

Source = Callable[[Run, Scope | None], Iterator[Value] | None]


@compiles(n.For)
def _for(node: n.For) -> Closure:
    sources = [(iteration.name, _source(iteration)) for iteration in node.iterations]
    body, cost = compile_node(node.body), size(node.body) + 1
    wants_partial = any(isinstance(part, n.Name) and part.name == "partial" for part in _parts(node.body))

    def turn(run: Run, scope: Scope | None, level: int, results: list[Value]) -> bool:
        """Run the loops from a level on; False when a source is null."""
        if level == len(sources):
            run.spend(cost)
            run.produce(1)
            if wants_partial:
                run.produce(len(results))
                scope = Scope({"partial": list(results)}, scope)
            results.append(body(run, scope))
            return True
        name, source = sources[level]
        values = source(run, scope)
        if values is None:
            return False
        for value in values:
            run.spend(1)
            if not turn(run, Scope({name: value}, scope), level + 1, results):
                return False
        return True

    def loop(run: Run, scope: Scope | None) -> Value:
        results: list[Value] = []
        return results if turn(run, scope, 0, results) else None

    return loop


@compiles(n.Quantified)
def _quantified(node: n.Quantified) -> Closure:
    sources = [(iteration.name, _source(iteration)) for iteration in node.iterations]
    condition, cost = compile_node(node.condition), size(node.condition) + 1
    decisive = node.kind == "some"

    def judge(run: Run, scope: Scope | None, level: int) -> bool | None:
        if level == len(sources):
            run.spend(cost)
            found = condition(run, scope)
            return found if type(found) is bool else None
        name, source = sources[level]
        values = source(run, scope)
        if values is None:
            return None
        result: bool | None = not decisive
        for value in values:
            run.spend(1)
            found = judge(run, Scope({name: value}, scope), level + 1)
            if found is decisive:
                return decisive
            if found is None:
                result = None
        return result

    return lambda run, scope: judge(run, scope, 0)


def _source(iteration: n.Iteration) -> Source:
    """Return what gives the values of one iteration, one by one; None when it has none to give."""
    first = compile_node(iteration.source)
    last = None if iteration.end is None else compile_node(iteration.end)

    def values(run: Run, scope: Scope | None) -> Iterator[Value] | None:
        value = first(run, scope)
        if last is not None:
            return _count(run, value, last(run, scope))
        if type(value) is Range:
            return _count(run, value.low, value.high, value.low_included, value.high_included)
        if type(value) is list:
            return iter(value)
        return None if value is None else iter([value])

    return values


def _count(run: Run, low: Value, high: Value, from_low: bool = True, to_high: bool = True) -> Iterator[Value] | None:
    """Count between two whole numbers or two dates, up or down."""
    if type(low) is Decimal and type(high) is Decimal:
        a, b = whole(low), whole(high)
        if a is not None and b is not None:
            step = 1 if a <= b else -1
            return map(Decimal, range(a + (0 if from_low else step), b + (step if to_high else 0), step))
    if isinstance(low, date) and isinstance(high, date) and not {type(low), type(high)} - {date}:
        days, step = (high - low).days, 1 if low <= high else -1
        return (low + timedelta(d) for d in range(0 if from_low else step, days + (step if to_high else 0), step))
    if low is not None and high is not None:
        run.warn("type.intervalle", f"On ne peut pas compter de {kind_of(low)} à {kind_of(high)}.")
    return None


@compiles(n.Filter)
def _filter(node: n.Filter) -> Closure:
    target, predicate, cost = compile_node(node.target), compile_node(node.predicate), size(node.predicate) + 1

    def select(run: Run, scope: Scope | None) -> Value:
        values = target(run, scope)
        if values is None:
            return None
        if type(values) is not list:
            values = [values]
        if isinstance(node.predicate, n.Literal) and type(node.predicate.value) is Decimal:
            return _element(run, values, node.predicate.value)
        kept = []
        for value in values or [None]:
            run.spend(cost)
            inner = Scope({"item": value}, scope)
            found = predicate(run, Scope(value, inner) if type(value) is dict else inner)
            if type(found) is Decimal:
                return _element(run, values, found)
            if found is True and values:
                run.produce(1)
                kept.append(value)
        return kept

    return select


def _element(_: Run, values: list[Value], place: Decimal) -> Value:
    """Return the element at a place counted from 1, or from the end when negative; null outside."""
    index = whole(place)
    if index is None or not 1 <= abs(index) <= len(values):
        return None
    return values[index - 1] if index > 0 else values[index]


@compiles(n.FunctionOf)
def _function(node: n.FunctionOf) -> Closure:
    body, cost = compile_node(node.body), size(node.body) + 1

    def build(_: Run, scope: Scope | None) -> Value:
        def call(run: Run, arguments: list[Value]) -> Value:
            if len(arguments) != len(node.parameters):
                run.warn("fonction.arguments", f"Cette fonction attend {len(node.parameters)} valeurs.")
                return None
            run.spend(cost)
            run.calls += 1
            if run.calls > MAX_CALLS:
                raise ExpressionExhausted("appels imbriqués")
            result = body(run, Scope(dict(zip(node.parameters, arguments, strict=True)), scope))
            run.calls -= 1
            return result

        return Function(node.parameters, call)

    return build


@compiles(n.Call)
def _call(node: n.Call) -> Closure:
    arguments = [compile_node(argument) for argument in node.arguments]
    target = compile_node(node.function)
    if not isinstance(node.function, n.Name):
        return lambda run, scope: _apply(run, target(run, scope), [a(run, scope) for a in arguments], node.names)
    name = node.function.name
    if plain_name(name) in {"is defined", "est defini"} and len(arguments) == 1:
        return _is_defined(arguments[0])
    function = find(name)
    ordered = None if function is None else _ordered(function, node.names, len(arguments))

    def call(run: Run, scope: Scope | None) -> Value:
        values = [argument(run, scope) for argument in arguments]
        found = local(scope, name)
        if found is not None or run.knows(name):
            own = run.read(name) if found is None else found.values[name]
            if type(own) is Function or function is None:
                return _apply(run, own, values, node.names)
        if function is None:
            run.warn("fonction.inconnue", f"La fonction « {name} » n’existe pas.")
            return None
        if ordered is None:
            run.warn("fonction.arguments", f"« {name} » n’a pas ces paramètres nommés.")
            return None
        return invoke(run, function, [None if place is None else values[place] for place in ordered])

    return call


def _is_defined(argument: Closure) -> Closure:
    """Compile the one function that reads a name without complaining that it is missing."""

    def defined(run: Run, scope: Scope | None) -> Value:
        before = len(run.notices)
        value = argument(run, scope)
        del run.notices[before:]
        return value is not None

    return defined


def _ordered(function: Builtin, names: tuple[str, ...] | None, count: int) -> list[int | None] | None:
    """Return which given argument goes at each place of a built-in, None when a name is not one of its own."""
    if names is None:
        return list(range(count))
    places = [plain_name(parameter.name) for parameter in function.parameters]
    given = {plain_name(name): index for index, name in enumerate(names)}
    if len(given) < count or not given.keys() <= set(places):
        return None
    last = max((places.index(name) for name in given), default=-1)
    return [given.get(place) for place in places[: last + 1]]


def _apply(run: Run, function: Value, values: list[Value], names: tuple[str, ...] | None) -> Value:
    """Call a function that is a value."""
    if type(function) is not Function:
        if function is not None:
            run.warn("fonction.inconnue", f"On ne peut pas appeler {kind_of(function)}.")
        return None
    if names is not None:
        given = dict(zip(names, values, strict=True))
        if not given.keys() <= set(function.parameters):
            run.warn("fonction.arguments", "Cette fonction n’a pas ces paramètres nommés.")
            return None
        values = [given.get(name) for name in function.parameters]
    return function.call(run, values)


def _parts(root: n.Node) -> Iterator[n.Node]:
    left = [root]
    while left:
        node = left.pop()
        yield node
        left.extend(n.children(node))
