"""From source to tree: precedence climbing for operators, one method for each other construct.

Priorities, loosest first: or, and, comparison (= < between in instance of), + -, * /, **, unary -, then
path, filter and call. Adjacent words make one name (`date de naissance`), as FEEL allows.
"""

from collections.abc import Callable
from decimal import Decimal

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.errors import TemporalInvalid
from jalon.engines.expressions.moments import read_temporal
from jalon.engines.expressions.reader import Reader, nested

MAX_CHAIN = 120

_COMPARE = {"=", "!=", "<", "<=", ">", ">="}
_CANNOT_START = {",", ")", "]", "}", "..", ":"}
_ENDINGS = {"and", "or", "then", "else", "return", "satisfies"}


def read_expression(source: str, names: tuple[str, ...] = ()) -> n.Node:
    """Return the tree of an expression; raises ExpressionInvalid."""
    parser = _Parser(source, names)
    if parser.token.kind == "end":
        raise parser.error("elle est vide", "Écrivez une expression, par exemple age >= 16")
    return parser.whole(parser.expression)


def read_tests(source: str, names: tuple[str, ...] = ()) -> n.Tests:
    """Return the tree of unary tests (the cell of a decision table); `-` and nothing accept every value."""
    parser = _Parser(source, names)
    return parser.whole(parser.unary_tests)


class _Parser(Reader):
    """Reads one source."""

    # -- operators ------------------------------------------------------------------------------

    @nested
    def expression(self) -> n.Node:
        return self.logic("or", lambda: self.logic("and", self.comparison))

    def logic(self, op: str, operand: Callable[[], n.Node]) -> n.Node:
        at, operands = self.token.start, [operand()]
        while self.word(op):
            self.next()
            operands.append(operand())
        return operands[0] if len(operands) == 1 else n.Logic(op, tuple(operands), at=at)

    def comparison(self) -> n.Node:
        left = self.additive()
        for _ in range(MAX_CHAIN):
            at = self.token.start
            if self.token.kind == "sign" and self.token.text in _COMPARE:
                op = self.next().text
                left = n.Comparison(op, left, self.additive(), at=at)
            elif self.word("between"):
                self.next()
                low = self.additive()
                self.take("keyword", "and", "et")
                left = n.Between(left, low, self.additive(), at=at)
            elif self.word("in"):
                self.next()
                left = n.In(left, self.in_tests(), at=at)
            elif self.word("instance"):
                self.next()
                if self.token.text not in {"of", "de"}:
                    raise self.error("« instance of » est incomplet", "Écrivez instance of number")
                self.next()
                left = n.InstanceOf(left, self.type_name(), at=at)
            else:
                return left
        raise self.error("trop de comparaisons se suivent", "Reliez-les par « et »")

    def additive(self) -> n.Node:
        return self.chain({"+", "-"}, lambda: self.chain({"*", "/"}, lambda: self.chain({"**"}, self.unary)))

    def chain(self, signs: set[str], operand: Callable[[], n.Node]) -> n.Node:
        left = operand()
        for _ in range(MAX_CHAIN):
            if self.token.kind != "sign" or self.token.text not in signs:
                return left
            token = self.next()
            left = n.Arithmetic(token.text, left, operand(), at=token.start)
        raise self.error(f"plus de {MAX_CHAIN} opérations se suivent", "Utilisez somme([…]) ou découpez le calcul")

    @nested
    def unary(self) -> n.Node:
        if not self.sign("-"):
            return self.postfix(self.primary())
        at = self.next().start
        operand = self.unary()
        if isinstance(operand, n.Literal) and isinstance(operand.value, Decimal):
            return n.Literal(-operand.value, at=at)
        return n.Negative(operand, at=at)

    def postfix(self, node: n.Node) -> n.Node:
        for _ in range(MAX_CHAIN):
            at = self.token.start
            if self.sign("."):
                self.next()
                node = n.Path(node, self.name("un nom après le point"), at=at)
            elif self.sign("[") and not self.closes_range():
                self.next()
                predicate = self.expression()
                self.take("sign", "]")
                node = n.Filter(node, predicate, at=at)
            elif self.sign("("):
                node = self.call(node)
            else:
                return node
        raise self.error("trop de points ou de crochets se suivent", "Découpez l’expression")

    def closes_range(self) -> bool:
        """Tell whether this `[` closes a range written `]1..5[` rather than opens a filter."""
        after = self.peek()
        return (
            after.kind == "end"
            or (after.kind == "sign" and after.text in _CANNOT_START)
            or (after.kind == "keyword" and after.text in _ENDINGS)
        )

    # -- what stands alone ----------------------------------------------------------------------

    def primary(self) -> n.Node:
        token = self.token
        if token.kind in {"number", "text"}:
            return n.Literal(self.next().value, at=token.start)
        if token.kind == "at":
            self.next()
            try:
                return n.Literal(read_temporal(str(token.value)), at=token.start)
            except TemporalInvalid as error:
                raise self.error("cette date ou durée est illisible", error.text(), token) from error
        if token.kind == "name":
            if token.text in {"not", "non"} and self.peek().kind == "name":
                self.next()
                return n.Call(n.Name(token.text, at=token.start), (self.comparison(),), at=token.start)
            return n.Name(self.name("un nom"), at=token.start)
        if token.kind == "keyword" and token.text in _CONSTANTS:
            self.next()
            return n.Literal(_CONSTANTS[token.text], at=token.start)
        read = {"if": self.condition, "for": self.loop, "some": self.quantified, "every": self.quantified,
                "function": self.function, "(": self.parenthesis, "[": self.bracket, "]": self.bracket,
                "{": self.context}.get(token.text if token.kind in {"keyword", "sign"} else "")  # fmt: skip
        if read is None:
            raise self.error(f"une valeur est attendue, trouvé « {self.shown()} »", self.missing_value())
        return read()

    def call(self, function: n.Node) -> n.Node:
        at = self.next().start
        arguments: list[n.Node] = []
        names: list[str] = []
        while not self.sign(")"):
            if arguments:
                self.take("sign", ",")
            if self.is_key():
                names.append(self.name("un nom de paramètre"))
                self.take("sign", ":")
            arguments.append(self.expression())
        self.next()
        if names and len(names) != len(arguments):
            raise self.error("certains paramètres sont nommés, d’autres non", "Nommez-les tous, ou aucun")
        return n.Call(function, tuple(arguments), tuple(names) if names else None, at=getattr(function, "at", at))

    def condition(self) -> n.Node:
        """If, with its else-ifs read in a loop so that a long list of cases is not a deep nest."""
        cases = []
        while True:
            at = self.take("keyword", "if").start
            question = self.expression()
            self.take("keyword", "then", "alors")
            yes = self.expression()
            self.take("keyword", "else", "sinon")
            cases.append((question, yes, at))
            if not self.word("if"):
                break
        result = self.expression()
        for question, yes, at in reversed(cases):
            result = n.If(question, yes, result, at=at)
        return result

    def iterations(self) -> tuple[n.Iteration, ...]:
        found: list[n.Iteration] = []
        while not found or self.sign(","):
            if found:
                self.next()
            at, name = self.token.start, self.name("un nom de variable")
            self.take("keyword", "in", "dans")
            source = self.expression()
            end = None
            if self.sign(".."):
                self.next()
                end = self.expression()
            found.append(n.Iteration(name, source, end, at=at))
        return tuple(found)

    def loop(self) -> n.Node:
        at = self.next().start
        iterations = self.iterations()
        self.take("keyword", "return", "retourner")
        return n.For(iterations, self.expression(), at=at)

    def quantified(self) -> n.Node:
        token = self.next()
        iterations = self.iterations()
        self.take("keyword", "satisfies", "satisfait")
        return n.Quantified(token.text, iterations, self.expression(), at=token.start)

    def function(self) -> n.Node:
        at = self.next().start
        self.take("sign", "(")
        parameters: list[str] = []
        while not self.sign(")"):
            if parameters:
                self.take("sign", ",")
            parameters.append(self.name("un nom de paramètre"))
            if self.sign(":"):
                self.next()
                self.type_name()
        self.next()
        if self.token.text == "external":
            raise self.error("une fonction externe ne peut pas être appelée", "Écrivez le calcul ici")
        return n.FunctionOf(tuple(parameters), self.expression(), at=at)

    def parenthesis(self) -> n.Node:
        at = self.next().start
        inner = self.expression()
        if self.sign(".."):
            return self.range_from(inner, False, at)
        self.take("sign", ")")
        return inner

    def bracket(self) -> n.Node:
        """Read a list, or a range opened by `[` (included) or `]` (excluded)."""
        opening = self.next()
        items: list[n.Node] = []
        if opening.text == "]":
            return self.range_from(self.additive(), False, opening.start)
        while not self.sign("]"):
            if items:
                self.take("sign", ",")
            items.append(self.expression())
            if len(items) == 1 and self.sign(".."):
                return self.range_from(items[0], True, opening.start)
        self.next()
        return n.ListOf(tuple(items), at=opening.start)

    def range_from(self, low: n.Node, included: bool, at: int) -> n.Node:
        self.take("sign", "..")
        high = self.additive()
        if not self.sign("]", ")", "["):
            raise self.error("cet intervalle n’est pas fermé", "Fermez par ] (borne comprise) ou [ (borne exclue)")
        return n.RangeOf(low, high, included, self.next().text == "]", at=at)

    def context(self) -> n.Node:
        at = self.next().start
        entries: list[tuple[str, n.Node]] = []
        while not self.sign("}"):
            if entries:
                self.take("sign", ",")
            key = str(self.next().value) if self.token.kind == "text" else self.name("un nom")
            if key in dict(entries):
                raise self.error(f"« {key} » est défini deux fois", "Renommez l’un des deux")
            self.take("sign", ":")
            entries.append((key, self.expression()))
        self.next()
        return n.ContextOf(tuple(entries), at=at)

    @nested
    def type_name(self) -> n.TypeOf:
        """Read a type, with what its angle brackets hold; what a function returns is read and not kept."""
        name = self.next().text if self.word("function", "null") else self.name("un type")
        parts: list[tuple[str, n.TypeOf]] = []
        if self.sign("<"):
            self.next()
            while not self.sign(">"):
                key = ""
                if self.is_key():
                    key = self.name("un nom")
                    self.take("sign", ":")
                parts.append((key, self.type_name()))
                if not self.sign(">"):
                    self.take("sign", ",")
            self.next()
        if name == "function" and self.sign("->"):
            self.next()
            self.type_name()
        return n.TypeOf(name, tuple(parts))

    # -- tests ----------------------------------------------------------------------------------

    def unary_tests(self) -> n.Tests:
        at = self.token.start
        if self.token.kind == "end":
            return n.Tests((), at=at)
        if self.sign("-") and self.peek().kind == "end":
            self.next()
            return n.Tests((), at=at)
        if self.token.text in {"not", "non"} and self.closes_at_end():
            self.next()
            self.next()
            tests = self.tests()
            self.take("sign", ")")
            return n.Tests(tests, True, at=at)
        return n.Tests(self.tests(), at=at)

    def closes_at_end(self) -> bool:
        """Tell whether the parenthesis after this word is closed by the last sign of the source."""
        if self.peek().text != "(" or self.peek().kind != "sign":
            return False
        level = 0
        for index in range(self.index + 1, len(self.tokens)):
            token = self.tokens[index]
            if token.kind == "sign":
                level += {"(": 1, ")": -1}.get(token.text, 0)
            if level == 0:
                return self.tokens[index + 1].kind == "end"
        return False

    def tests(self) -> tuple[n.Test, ...]:
        found = [self.test(self.expression)]
        while self.sign(","):
            self.next()
            found.append(self.test(self.expression))
        return tuple(found)

    def test(self, read: Callable[[], n.Node]) -> n.Test:
        at = self.token.start
        if self.token.kind == "sign" and self.token.text in _COMPARE:
            op = self.next().text
            return n.Test(op, self.additive(), at=at)
        return n.Test("", read(), at=at)

    @nested
    def in_tests(self) -> n.Tests:
        at = self.token.start
        if not self.sign("("):
            return n.Tests((self.test(self.additive),), at=at)
        self.next()
        tests = self.tests()
        if self.sign("..") and len(tests) == 1 and not tests[0].op:
            return n.Tests((n.Test("", self.range_from(tests[0].operand, False, at), at=at),), at=at)
        self.take("sign", ")")
        return n.Tests(tests, at=at)


_CONSTANTS = {"true": True, "false": False, "null": None}
