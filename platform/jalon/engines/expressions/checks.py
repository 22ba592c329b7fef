"""What can be said of an expression before it runs."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from jalon.base.errors import Problem
from jalon.engines.expressions import nodes as n
from jalon.engines.expressions.errors import ExpressionInvalid
from jalon.engines.expressions.expression import Expression, Kind, parse
from jalon.engines.expressions.names import readings
from jalon.engines.expressions.registry import all_names, find, plain_name
from jalon.engines.expressions.run import NOW, TODAY
from jalon.engines.expressions.tokens import place


def check(
    source: str | Expression,
    known: Collection[str] | None = None,
    kind: Kind = "expression",
    functions: Collection[str] = (),
) -> list[Problem]:
    """Return the problems of an expression: unreadable, names outside `known` (dotted paths), unknown functions.

    A path is known when it is in `known`, stands above or below a known path; with `known` None names are
    not checked. `functions` are more names that may be called.
    """
    try:
        expression = parse(source, kind) if isinstance(source, str) else source
    except ExpressionInvalid as error:
        return [Problem(error.code, "error", error.text(), line=error.line)]
    source = expression.source
    problems = list(_functions(expression.tree, source, {*(known or ()), *functions}))
    if known is not None:
        for reading in readings(expression.tree):
            if not reading.maybe_item and not _is_known(reading.path, known):
                problems.append(_unknown(reading.path, known, place(source, reading.at)[0]))
    return problems


def _is_known(path: str, known: Collection[str]) -> bool:
    if path in known or path in TODAY or path in NOW:
        return True
    words = path.split(".")
    if any(".".join(words[:count]) in known for count in range(1, len(words))):
        return True
    return any(name.startswith(path + ".") for name in known)


def _unknown(path: str, known: Collection[str], line: int) -> Problem:
    near = get_close_matches(path, list(known), n=1, cutoff=0.7)
    advice = f"Vouliez-vous dire « {near[0]} » ?" if near else "Vérifiez son orthographe."
    return Problem("expression.nom_inconnu", "error", f"Le nom « {path} » n’existe pas ici. {advice}", line=line)


def _functions(root: n.Node, source: str, known: Collection[str]) -> Iterator[Problem]:
    """List the calls that cannot work: a function that does not exist, too many or too few values."""
    own = _defined(root)
    left = [root]
    while left:
        node = left.pop()
        left.extend(n.children(node))
        if not isinstance(node, n.Call) or not isinstance(node.function, n.Name):
            continue
        name, line = node.function.name, place(source, node.at)[0]
        if name in own or name in known:
            continue
        function = find(name)
        if function is None:
            near = get_close_matches(plain_name(name), all_names(), n=1, cutoff=0.6)
            advice = f"Vouliez-vous dire « {near[0]} » ?" if near else "Consultez la liste des fonctions."
            message = f"La fonction « {name} » n’existe pas. {advice}"
            yield Problem("expression.fonction_inconnue", "error", message, line=line)
        elif not _fits(function.least, function.most, len(node.arguments)):
            expected = ", ".join(function.doc.parameters) or "rien"
            message = f"« {name} » ne prend pas {len(node.arguments)} valeur(s). Elle attend : {expected}."
            yield Problem("expression.arguments", "error", message, line=line)


def _fits(least: int, most: int | None, count: int) -> bool:
    return least <= count and (most is None or count <= most)


def _defined(root: n.Node) -> frozenset[str]:
    """Return every name an expression defines somewhere: calling it cannot be judged from outside."""
    found: set[str] = set()
    left = [root]
    while left:
        node = left.pop()
        left.extend(n.children(node))
        match node:
            case n.Iteration(name=name):
                found.add(name)
            case n.FunctionOf(parameters=parameters):
                found.update(parameters)
            case n.ContextOf(entries=entries):
                found.update(key for key, _ in entries)
    return frozenset(found)
