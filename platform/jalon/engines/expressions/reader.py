"""Walk through the tokens of a source: what the parser needs before it knows any construct."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.errors import ExpressionInvalid
from jalon.engines.expressions.tokens import Token, refusal, tokenize

MAX_DEPTH = 60
MAX_TREE = 150

T = TypeVar("T", bound=n.Node)
R = TypeVar("R")
P = TypeVar("P", bound="Reader")

_WITH_KEYWORDS = (
    ("years", "and", "months", "duration"), ("days", "and", "time", "duration"), ("date", "and", "time"),
    ("date", "et", "heure"), ("duree", "en", "annees", "et", "mois"), ("durée", "en", "années", "et", "mois"),
)  # fmt: skip
"""Names of functions and types that contain a reserved word."""


def nested(read: Callable[[P], R]) -> Callable[[P], R]:
    """Count the depth of a construct and refuse what would exhaust the stack."""

    @wraps(read)
    def deeper(self: P) -> R:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("trop de niveaux sont imbriqués", "Découpez-la en plusieurs champs calculés")
        try:
            return read(self)
        finally:
            self.depth -= 1

    return deeper


class Reader:
    """The place reached in a source, and how to go on from there."""

    def __init__(self, source: str, names: tuple[str, ...] = ()) -> None:
        self.source, self.tokens, self.index, self.depth = source, tokenize(source, names), 0, 0
        self.token: Token = self.tokens[0]

    def error(self, reason: str, hint: str = "", token: Token | None = None) -> ExpressionInvalid:
        """Return the refusal that points at a token, the next one if none is given."""
        return refusal(self.source, (token or self.token).start, reason, hint)

    def next(self) -> Token:
        """Take the next token, whatever it is."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def peek(self, ahead: int = 1) -> Token:
        """Look at a token further on, without taking it."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def sign(self, *texts: str) -> bool:
        """Tell whether the next token is one of these signs."""
        return self.token.kind == "sign" and self.token.text in texts

    def word(self, *texts: str) -> bool:
        """Tell whether the next token is one of these reserved words."""
        return self.token.kind == "keyword" and self.token.text in texts

    def shown(self) -> str:
        """Return the next token as it is written."""
        return self.source[self.token.start : self.token.end] or "la fin"

    def take(self, kind: str, text: str, shown: str = "") -> Token:
        """Take the token expected here, or refuse."""
        if self.token.kind == kind and self.token.text == text:
            return self.next()
        raise self.error(f"« {shown or text} » attendu, trouvé « {self.shown()} »", f"Ajoutez « {shown or text} »")

    def whole(self, read: Callable[[], T]) -> T:
        """Read everything, refusing what is left over and trees too deep to run."""
        try:
            node = read()
        except RecursionError as error:
            raise self.error("trop de niveaux sont imbriqués", "Découpez-la en plusieurs champs calculés") from error
        if self.token.kind != "end":
            raise self.error(f"« {self.shown()} » n’est pas attendu ici", self.left_over())
        if _height(node) > MAX_TREE:
            raise self.error("trop d’opérations sont imbriquées", "Découpez-la en plusieurs champs calculés")
        return node

    def left_over(self) -> str:
        """Say what to do about what follows a whole expression."""
        previous = self.tokens[self.index - 1].text if self.index else ""
        if self.sign(","):
            return "Une virgule sépare les éléments d’une liste : mettez-les entre crochets"
        if previous == ")":
            return "Retirez-le, ou reliez les conditions par « et » ou « ou »"
        return "Vérifiez les parenthèses, ou reliez les conditions par « et » ou « ou »"

    def missing_value(self) -> str:
        """Say what to do where a value should stand."""
        previous = self.tokens[self.index - 1].text if self.index else ""
        if self.sign("=") and previous == "=":
            return "Écrivez un seul signe ="
        if self.sign(">") and previous == "<":
            return "Écrivez != pour « différent de »"
        return "Complétez l’expression à cet endroit"

    def name(self, what: str) -> str:
        """Join the words of a name; a reserved word may stand alone after a point or before a colon."""
        if self.token.kind not in {"name", "keyword"}:
            raise self.error(f"{what} est attendu, trouvé « {self.shown()} »", "Complétez l’expression à cet endroit")
        for words in _WITH_KEYWORDS:
            if tuple(self.peek(i).value for i in range(len(words))) == words:
                for _ in words:
                    self.next()
                return " ".join(words)
        words_read = [str(self.next().value)]
        while self.token.kind == "name" and words_read[-1] != "?":
            words_read.append(self.next().text)
        return " ".join(words_read)

    def is_key(self) -> bool:
        """Tell whether words then a colon come next."""
        ahead = 0
        while self.peek(ahead).kind in {"name", "keyword"}:
            ahead += 1
        return ahead > 0 and self.peek(ahead).kind == "sign" and self.peek(ahead).text == ":"


def _height(root: n.Node) -> int:
    """Return how many levels a tree has, without recursion."""
    height, level = 0, [root]
    while level:
        height += 1
        level = [child for node in level for child in n.children(node)]
    return height
