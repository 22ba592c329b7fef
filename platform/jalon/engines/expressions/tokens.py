"""Cut an expression into words, numbers, texts and signs."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from jalon.engines.expressions.errors import ExpressionInvalid

MAX_LENGTH, MAX_TOKENS = 20_000, 8_000
"""Characters, then words, numbers, texts and signs: it is the latter that cost time to read."""

SHORTER = "Découpez-la en plusieurs champs calculés"

KEYWORDS = {
    "if": "if", "si": "if", "then": "then", "alors": "then", "else": "else", "sinon": "else",
    "and": "and", "et": "and", "or": "or", "ou": "or",
    "true": "true", "vrai": "true", "false": "false", "faux": "false", "null": "null", "nul": "null",
    "in": "in", "dans": "in", "between": "between", "entre": "between",
    "for": "for", "pour": "for", "return": "return", "retourner": "return",
    "some": "some", "quelque": "some", "every": "every", "chaque": "every",
    "satisfies": "satisfies", "satisfait": "satisfies",
    "instance": "instance", "function": "function", "fonction": "function",
}  # fmt: skip
"""Reserved word -> the construct it belongs to; French words are synonyms of the English ones.

`not` and `non` are functions (and the negation of unary tests), so they are not reserved here.
"""

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+)
    |(?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]+)?|\.(?!\.)[0-9]+)(?:[eE][+-]?[0-9]{1,4}(?![^\W_]))?)
    |(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<at>@"[^"\n]*")
    |(?P<name>[^\W\d][\w]*|\?)
    |(?P<sign>\.\.|\*\*|<=|>=|!=|->|[-+*/()\[\]{},:.<>=])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", "/": "/"}

_HINTS = {
    "'": 'Les textes s’écrivent entre guillemets droits : "oui"',
    "«": 'Les textes s’écrivent entre guillemets droits : "oui"',
    "“": 'Les textes s’écrivent entre guillemets droits : "oui"',
    "&": "Écrivez « et » ou « and »",
    "|": "Écrivez « ou » ou « or »",
    "!": "Écrivez « non(…) », ou « != » pour différent",
    "$": "Écrivez le nom seul, sans ${ }",
    "%": "Écrivez modulo(a, b), ou divisez par 100",
    "≤": "Écrivez <=",
    "≥": "Écrivez >=",
    "≠": "Écrivez !=",
    "#": "Retirez ce signe",
    ";": "Séparez les éléments par des virgules",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source: its kind, its text (the keyword's construct for a reserved word) and where it starts."""

    kind: str  # number text at name keyword sign end
    text: str
    start: int
    end: int
    value: object = None


def place(source: str, offset: int) -> tuple[int, int]:
    """Return the line and column, from 1, of an offset."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def refusal(source: str, offset: int, reason: str, hint: str = "") -> ExpressionInvalid:
    """Return the error that points at an offset of the source."""
    line, column = place(source, offset)
    return ExpressionInvalid(reason, hint, line, column)


def tokenize(source: str, names: tuple[str, ...] = ()) -> list[Token]:
    """Cut the source into tokens, ending with one of kind `end`; raises ExpressionInvalid.

    `names` hold signs or reserved words (`Pre-bureau risk`, `price or cost`): where one of them stands, it is a name.
    """
    if len(source) > MAX_LENGTH:
        raise refusal(source, 0, f"elle dépasse {MAX_LENGTH} caractères", SHORTER)
    tokens, at = [], 0
    known = _known(names) if names else None
    while at < len(source):
        if known is not None and (whole := known.match(source, at)) is not None:
            tokens.append(Token("name", " ".join(whole[0].split()), at, whole.end(), " ".join(whole[0].split())))
            at = whole.end()
            continue
        found = _TOKEN.match(source, at)
        if found is None or (found.lastgroup == "sign" and source.startswith("/*", at)):
            raise _unreadable(source, at)
        kind, text, at = str(found.lastgroup), found.group(), found.end()
        if kind != "space":
            if len(tokens) >= MAX_TOKENS:
                raise refusal(source, found.start(), f"elle dépasse {MAX_TOKENS} mots et signes", SHORTER)
            tokens.append(_token(source, kind, text, found.start(), at))
    tokens.append(Token("end", "", len(source), len(source)))
    return tokens


@lru_cache(maxsize=256)
def _known(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds the longest of these names at a place."""
    written = (r"\s+".join(map(re.escape, name.split())) for name in sorted(names, key=len, reverse=True))
    return re.compile("(?:" + "|".join(one + (r"(?!\w)" if one[-1].isalnum() else "") for one in written) + ")")


def _token(source: str, kind: str, text: str, start: int, end: int) -> Token:
    if kind == "number":
        if len(text) > 400:
            raise refusal(source, start, "ce nombre est trop long", "Utilisez 34 chiffres au plus")
        return Token(kind, text, start, end, Decimal(text))
    if kind == "text":
        return Token(kind, text, start, end, _unescape(source, text, start))
    if kind == "at":
        return Token(kind, text, start, end, text[2:-1])
    if kind == "name" and text in KEYWORDS:
        return Token("keyword", KEYWORDS[text], start, end, text)
    return Token(kind, text, start, end, text)


def _unescape(source: str, text: str, start: int) -> str:
    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "uU" and len(code) > 1:
            number = int(code[1:], 16)
            if number > 0x10FFFF:
                raise refusal(source, start, "ce caractère n’existe pas", "Écrivez-le directement")
            return chr(number)
        if code not in _ESCAPES:
            raise refusal(source, start + found.start(), f"« \\{code} » n’est pas connu", "Écrivez \\\\ pour une barre")
        return _ESCAPES[code]

    value = _ESCAPE.sub(one, text[1:-1])
    if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def _unreadable(source: str, at: int) -> ExpressionInvalid:
    sign = source[at]
    if sign == '"':
        return refusal(source, at, "ce texte n’est pas terminé", 'Ajoutez le guillemet droit fermant "')
    if source.startswith("/*", at):
        return refusal(source, at, "ce commentaire n’est pas terminé", "Ajoutez */")
    return refusal(source, at, f"le signe « {sign} » n’a pas de sens ici", _HINTS.get(sign, "Retirez-le"))
