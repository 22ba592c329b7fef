"""Compile constants, names, paths, operators and tests."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.closures import Closure, compile_node, compiles, local
from jalon.engines.expressions.jsonvalues import from_json
from jalon.engines.expressions.operators import arithmetic, compare, equal, inside, kind_of, negative
from jalon.engines.expressions.properties import property_of
from jalon.engines.expressions.registry import plain_name
from jalon.engines.expressions.run import Run, Scope
from jalon.engines.expressions.values import Function, Months, Range, Value

TestClosure = Callable[[Run, Scope | None, Value], bool | None]
"""What unary tests compile to: given a value, do they hold?"""

TYPES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,), "nombre": (Decimal,), "string": (str,), "texte": (str,),
    "boolean": (bool,), "booleen": (bool,), "date": (date,), "time": (time,), "heure": (time,),
    "date and time": (datetime,), "date et heure": (datetime,),
    "days and time duration": (timedelta,), "duree": (timedelta, Months),
    "years and months duration": (Months,), "duree en annees et mois": (Months,),
    "list": (list,), "liste": (list,), "context": (dict,), "contexte": (dict,),
    "function": (Function,), "range": (Range,), "intervalle": (Range,), "null": (type(None),),
}  # fmt: skip
"""Type name, accents aside -> the types of value it covers; `Any` covers all but null."""


@compiles(n.Literal)
def _literal(node: n.Literal) -> Closure:
    value = node.value
    return lambda _run, _scope: value


@compiles(n.Name)
def _name(node: n.Name) -> Closure:
    name = node.name

    def read(run: Run, scope: Scope | None) -> Value:
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return run.read(name)

    return read


def dotted(node: n.Node) -> list[str] | None:
    """Return the words of a path that starts at a name (`a.b.c`), or None."""
    words: list[str] = []
    while isinstance(node, n.Path):
        words.append(node.name)
        node = node.target
    return [node.name, *reversed(words)] if isinstance(node, n.Name) else None


@compiles(n.Path)
def _path(node: n.Path) -> Closure:
    words = dotted(node)
    if words is None or words[0] == "?":
        target, name = compile_node(node.target), node.name
        return lambda run, scope: property_of(run, target(run, scope), name)
    root, rest, whole = words[0], words[1:], ".".join(words)

    def read(run: Run, scope: Scope | None) -> Value:
        scope = local(scope, root)
        if scope is None and run.knows(root):
            return _walk(run, rest, whole)
        value = run.read(root) if scope is None else scope.values[root]
        for name in rest:
            value = property_of(run, value, name)
        return value

    def _walk(run: Run, names: Sequence[str], whole: str) -> Value:
        """Go down the caller's own contexts, bringing in only what the path ends on."""
        raw = run.names[root]
        for at, name in enumerate(names):
            if type(raw) is not dict:
                value = run.enter(f"{whole}/{at}", raw)
                for left in names[at:]:
                    value = property_of(run, value, left)
                return value
            if name not in raw:
                run.warn("chemin.absent", f"« {whole} » n’est pas renseigné ou n’existe pas.")
                return None
            raw = raw[name]
        return run.enter(whole, raw) if type(raw) is list or type(raw) is dict else from_json(raw)

    return read


@compiles(n.Negative)
def _negative(node: n.Negative) -> Closure:
    operand = compile_node(node.operand)
    return lambda run, scope: negative(run, operand(run, scope))


@compiles(n.Arithmetic)
def _arithmetic(node: n.Arithmetic) -> Closure:
    op, left, right = node.op, compile_node(node.left), compile_node(node.right)
    return lambda run, scope: arithmetic(run, op, left(run, scope), right(run, scope))


_NUMBERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@compiles(n.Comparison)
def _comparison(node: n.Comparison) -> Closure:
    op, left, right = node.op, compile_node(node.left), compile_node(node.right)
    if op == "=":
        return lambda run, scope: equal(run, left(run, scope), right(run, scope))
    if op == "!=":

        def different(run: Run, scope: Scope | None) -> Value:
            same = equal(run, left(run, scope), right(run, scope))
            return None if same is None else not same

        return different
    fast = _NUMBERS[op]

    def ordered(run: Run, scope: Scope | None) -> Value:
        a, b = left(run, scope), right(run, scope)
        return fast(a, b) if type(a) is Decimal and type(b) is Decimal else compare(run, op, a, b)

    return ordered


@compiles(n.Logic)
def _logic(node: n.Logic) -> Closure:
    operands = [compile_node(operand) for operand in node.operands]
    decisive = node.op == "or"

    def judge(run: Run, scope: Scope | None) -> Value:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(run, scope)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                if value is not None:
                    run.warn("type.booleen", f"« et », « ou » attendent vrai ou faux, pas {kind_of(value)}.")
                result = None
        return result

    return judge


@compiles(n.Between)
def _between(node: n.Between) -> Closure:
    value, low, high = compile_node(node.value), compile_node(node.low), compile_node(node.high)

    def judge(run: Run, scope: Scope | None) -> Value:
        bottom, top = low(run, scope), high(run, scope)
        if bottom is None or top is None:
            return None
        return inside(run, value(run, scope), Range(bottom, top))

    return judge


@compiles(n.If)
def _if(node: n.If) -> Closure:
    condition, yes, no = compile_node(node.condition), compile_node(node.yes), compile_node(node.no)

    def choose(run: Run, scope: Scope | None) -> Value:
        return yes(run, scope) if condition(run, scope) is True else no(run, scope)

    return choose


@compiles(n.InstanceOf)
def _instance_of(node: n.InstanceOf) -> Closure:
    value, wanted = compile_node(node.value), node.type
    return lambda run, scope: _conforms(run, value(run, scope), wanted)


def _conforms(run: Run, value: Value, wanted: n.TypeOf) -> Value:
    """Tell whether a value is of a type; null with a notice when no such type exists."""
    kind = plain_name(wanted.name)
    if kind in {"Any", "any"}:
        return value is not None
    kinds = TYPES.get(kind)
    if kinds is None:
        run.warn("type.inconnu", f"Le type « {wanted.name} » n’existe pas.")
        return None
    if type(value) not in kinds:
        return False
    run.spend(1)
    if type(value) is list:
        return all(_conforms(run, item, part) is True for _, part in wanted.parts for item in value)
    if type(value) is dict:
        return all(name in value and _conforms(run, value[name], part) is True for name, part in wanted.parts)
    if type(value) is Range:
        bounds = [bound for bound in (value.low, value.high) if bound is not None]
        return all(_conforms(run, bound, part) is True for _, part in wanted.parts for bound in bounds)
    return True


@compiles(n.ListOf)
def _list(node: n.ListOf) -> Closure:
    items = [compile_node(item) for item in node.items]

    def build(run: Run, scope: Scope | None) -> Value:
        run.produce(len(items))
        return [item(run, scope) for item in items]

    return build


@compiles(n.ContextOf)
def _context(node: n.ContextOf) -> Closure:
    entries = [(key, compile_node(value)) for key, value in node.entries]

    def build(run: Run, scope: Scope | None) -> Value:
        run.produce(len(entries))
        values: dict[str, Value] = {}
        inner = Scope(values, scope)
        for key, value in entries:
            values[key] = value(run, inner)
        return values

    return build


@compiles(n.RangeOf)
def _range(node: n.RangeOf) -> Closure:
    low, high = compile_node(node.low), compile_node(node.high)
    return lambda run, scope: Range(low(run, scope), high(run, scope), node.low_included, node.high_included)


@compiles(n.In)
def _in(node: n.In) -> Closure:
    value, tests = compile_node(node.value), compile_tests(node.tests)
    return lambda run, scope: tests(run, scope, value(run, scope))


def compile_tests(node: n.Tests) -> TestClosure:
    """Return what tells whether a value satisfies unary tests; none at all accept every value."""
    if not node.tests:
        return lambda _run, _scope, _value: True
    tests = [_test(test) for test in node.tests]
    if len(tests) == 1 and not node.negated:
        return tests[0]
    negated = node.negated

    def judge(run: Run, scope: Scope | None, value: Value) -> bool | None:
        result: bool | None = False
        for test in tests:
            found = test(run, scope, value)
            if found is True:
                return not negated
            if found is None:
                result = None
        return result if result is None else not result if negated else result

    return judge


def _test(node: n.Test) -> TestClosure:
    operand = compile_node(node.operand)
    if node.op == "=" or (not node.op and isinstance(node.operand, n.Literal)):
        return lambda run, scope, value: equal(run, value, operand(run, scope))
    if node.op == "!=":

        def different(run: Run, scope: Scope | None, value: Value) -> bool | None:
            same = equal(run, value, operand(run, scope))
            return None if same is None else not same

        return different
    if node.op:
        return lambda run, scope, value: compare(run, node.op, value, operand(run, scope))
    if _mentions_input(node.operand):

        def holds(run: Run, scope: Scope | None, value: Value) -> bool | None:
            found = operand(run, Scope({"?": value}, scope))
            return found if type(found) is bool else None

        return holds
    return lambda run, scope, value: among(run, value, operand(run, scope))


def among(run: Run, value: Value, tested: Value) -> bool | None:
    """Tell whether a value equals what is tested, is in it when it is a list or an interval, or if it is true."""
    if type(tested) is Range:
        return inside(run, value, tested)
    if type(tested) is list and type(value) is not list:
        run.spend(len(tested))
        found = [inside(run, value, one) if type(one) is Range else equal(run, value, one) for one in tested]
        return True if True in found else None if None in found and False not in found else False
    if type(tested) is list and any(type(one) is list for one in tested):
        return any(type(one) is list and equal(run, value, one) is True for one in tested)
    if type(tested) is bool and type(value) is not bool and value is not None:
        return tested
    return equal(run, value, tested)


def _mentions_input(root: n.Node) -> bool:
    left = [root]
    while left:
        node = left.pop()
        if isinstance(node, n.Name) and node.name == "?":
            return True
        left.extend(n.children(node))
    return False
