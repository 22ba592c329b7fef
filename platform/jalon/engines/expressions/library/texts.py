"""Functions on texts; patterns run in linear time (re2)."""

from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import re2

from jalon.engines.expressions.registry import Unfit, builtin
from jalon.engines.expressions.run import Run
from jalon.engines.expressions.values import Value

_text = partial(builtin, family="texte")
MAX_PATTERN = 1000


@_text(
    "substring", "string: text", "start position: integer", "length: integer?", aliases=("sous chaine",),
    fr="Une partie du texte, à partir d’une position comptée depuis 1 (depuis la fin si elle est négative).",
    en="A part of the text, from a position counted from 1 (from the end when negative).",
    example='substring("bonjour", 4)', result='"jour"',
)  # fmt: skip
def _substring(run: Run, text: str, start: int, length: int | None = None) -> Value:
    if start == 0 or (length is not None and length < 0):
        raise Unfit("la position commence à 1, la longueur est positive.")
    begin = start - 1 if start > 0 else max(len(text) + start, 0)
    found = text[begin:] if length is None else text[begin : begin + length]
    run.write(len(found))
    return found


@_text(
    "string length", "string: text", aliases=("longueur",),
    fr="Le nombre de caractères.", en="The number of characters.", example='string length("été")', result="3",
)  # fmt: skip
def _length(_: Run, text: str) -> Value:
    return Decimal(len(text))


@_text(
    "upper case", "string: text", aliases=("majuscules",),
    fr="Le texte en majuscules.", en="The text in capitals.", example='upper case("été")', result='"ÉTÉ"',
)  # fmt: skip
def _upper(run: Run, text: str) -> Value:
    run.write(len(text) * 3)
    return text.upper()


@_text(
    "lower case", "string: text", aliases=("minuscules",),
    fr="Le texte en minuscules.", en="The text in small letters.", example='lower case("ÉTÉ")', result='"été"',
)  # fmt: skip
def _lower(run: Run, text: str) -> Value:
    run.write(len(text) * 3)
    return text.lower()


@_text(
    "trim", "string: text", aliases=("sans espaces",),
    fr="Le texte sans espaces au début ni à la fin.", en="The text without spaces at either end.",
    example='trim("  oui ")', result='"oui"',
)  # fmt: skip
def _trim(run: Run, text: str) -> Value:
    run.write(len(text))
    return text.strip()


@_text(
    "substring before", "string: text", "match: text", aliases=("texte avant",),
    fr="Ce qui précède un morceau du texte ; vide s’il n’y est pas.",
    en="What comes before a piece of the text; empty when it is not there.",
    example='substring before("nom@exemple.fr", "@")', result='"nom"',
)  # fmt: skip
def _before(run: Run, text: str, match: str) -> Value:
    run.write(len(text))
    return text.partition(match)[0] if match and match in text else ""


@_text(
    "substring after", "string: text", "match: text", aliases=("texte apres",),
    fr="Ce qui suit un morceau du texte ; vide s’il n’y est pas.",
    en="What comes after a piece of the text; empty when it is not there.",
    example='substring after("nom@exemple.fr", "@")', result='"exemple.fr"',
)  # fmt: skip
def _after(run: Run, text: str, match: str) -> Value:
    run.write(len(text))
    return text.partition(match)[2] if match else text


@_text(
    "contains", "string: text", "match: text", aliases=("contient",),
    fr="Vrai si le texte contient ce morceau.", en="True when the text contains this piece.",
    example='contains("formation", "forma")', result="true",
)  # fmt: skip
def _contains(_: Run, text: str, match: str) -> Value:
    return match in text


@_text(
    "starts with", "string: text", "match: text", aliases=("commence par",),
    fr="Vrai si le texte commence par ce morceau.", en="True when the text starts with this piece.",
    example='starts with("31000", "31")', result="true",
)  # fmt: skip
def _starts(_: Run, text: str, match: str) -> Value:
    return text.startswith(match)


@_text(
    "ends with", "string: text", "match: text", aliases=("finit par",),
    fr="Vrai si le texte finit par ce morceau.", en="True when the text ends with this piece.",
    example='ends with("photo.png", ".png")', result="true",
)  # fmt: skip
def _ends(_: Run, text: str, match: str) -> Value:
    return text.endswith(match)


@_text(
    "matches", "input: text", "pattern: text", "flags: text?", aliases=("correspond a",),
    fr="Vrai si une partie du texte suit ce modèle (expression régulière ; options i, s, m, x).",
    en="True when a part of the text follows this pattern (regular expression; flags i, s, m, x).",
    example='matches("AB-123", "^[A-Z]{2}-[0-9]+$")', result="true",
)  # fmt: skip
def _matches(_: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    return _pattern(pattern, flags or "").search(text) is not None


@_text(
    "replace", "input: text", "pattern: text", "replacement: text", "flags: text?", aliases=("remplacer",),
    fr="Le texte où chaque partie qui suit le modèle est remplacée ; $1 désigne le premier groupe.",
    en="The text where each part that follows the pattern is replaced; $1 is the first group.",
    example='replace("06 12 34", " ", "")', result='"061234"',
)  # fmt: skip
def _replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    pieces, end = [], 0
    for found in _pattern(pattern, flags or "").finditer(text):
        run.spend(1)
        new = _expand(replacement, found)
        run.write(found.start() - end + len(new))
        pieces += [text[end : found.start()], new]
        end = found.end()
    run.write(len(text) - end)
    return "".join([*pieces, text[end:]])


@_text(
    "split", "string: text", "delimiter: text", aliases=("decouper",),
    fr="Les morceaux du texte entre les séparateurs (modèle).", en="The pieces between delimiters (a pattern).",
    example='split("a;b;c", ";")', result='["a", "b", "c"]',
)  # fmt: skip
def _split(run: Run, text: str, delimiter: str) -> Value:
    pieces, end = [], 0
    for found in _pattern(delimiter, "").finditer(text):
        if found.end() == found.start():
            continue
        run.produce(1)
        pieces.append(text[end : found.start()])
        end = found.end()
    run.write(len(text))
    return [*pieces, text[end:]]


@_text(
    "string join", "list: list", "delimiter: text?", "prefix: text?", "suffix: text?", aliases=("joindre",),
    fr="Les textes de la liste mis bout à bout, avec un séparateur ; les valeurs nulles sont ignorées.",
    en="The texts of the list put together, with a delimiter; nulls are left out.",
    example='string join(["a", "b"], ", ")', result='"a, b"',
)  # fmt: skip
def _join(run: Run, items: list[Value], delimiter: Any = "", prefix: Any = "", suffix: Any = "") -> Value:
    texts = [item for item in items if item is not None]
    around = [part or "" for part in (delimiter, prefix, suffix)]
    if not all(isinstance(text, str) for text in [*texts, *around]):
        raise Unfit("tous les éléments doivent être des textes.", "fonction.type")
    run.write(sum(len(text) + len(around[0]) for text in texts) + len(around[1]) + len(around[2]))
    return around[1] + around[0].join(texts) + around[2]


@lru_cache(maxsize=256)
def _pattern(pattern: str, flags: str) -> Any:
    """Compile a pattern that can neither backtrack nor grow; raises Unfit."""
    if len(pattern) > MAX_PATTERN or set(flags) - set("smix"):
        raise Unfit("ce modèle est trop long, ou ses options sont inconnues.", "fonction.modele")
    if "x" in flags:
        pattern = "".join(pattern.split())
    kept = "".join(sorted(set(flags) - {"x"}))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(f"(?{kept}){pattern}" if kept else pattern, options=options)
    except re2.error as error:
        raise Unfit("ce modèle n’est pas une expression régulière acceptée.", "fonction.modele") from error


def _expand(replacement: str, found: Any) -> str:
    """Put the groups where the replacement names them: `$0` to `$9`; a backslash keeps the next sign."""
    if "$" not in replacement and "\\" not in replacement:
        return replacement
    out, at = [], 0
    while at < len(replacement):
        sign, after = replacement[at], replacement[at + 1 : at + 2]
        if sign == "$" and after in set("0123456789"):
            out.append((found.group(int(after)) or "") if int(after) <= len(found.groups()) else "")
            at += 2
        elif sign == "\\" and after in {"$", "\\"}:
            out.append(after)
            at += 2
        else:
            out.append(sign)
            at += 1
    return "".join(out)
