"""The DMN profile as a page, told by the code that applies it: what runs, what is refused and how to go on."""

import ast
import inspect
from collections.abc import Iterator, Mapping

from jalon.engines.decisions import boxed, checking, compiling, hits, reading, running
from jalon.engines.decisions.model import AGGREGATIONS, HITS
from jalon.engines.decisions.types import PYTHON_TYPES

ELEMENTS = {
    "decision": "Décision : une table, ou une expression de toute forme",
    "inputData": "Donnée d’entrée : son nom et son type ; un texte est lu selon ce type",
    "businessKnowledgeModel": "Fonction, dont le corps est une expression ou une table",
    "informationRequirement, knowledgeRequirement": "Ce qu’il faut calculer avant ; un cercle est refusé",
    "decisionService": "Décisions appelées ensemble, comme une fonction",
    "itemDefinition": "Type : son type de base et ses valeurs permises",
    "variable": "Le nom sous lequel les autres lisent le résultat, et son type",
}
BOXED = {
    "literalExpression": "Expression FEEL",
    "context": "Contexte : des entrées nommées, lues par les suivantes, et un résultat",
    "invocation": "Appel d’une fonction, paramètres par leur nom",
    "list": "Liste",
    "relation": "Relation : des lignes et des colonnes",
    "conditional": "Si, alors, sinon",
    "for": "Pour chaque",
    "some": "Au moins un",
    "every": "Tous",
    "filter": "Filtre d’une liste",
    "functionDefinition": "Fonction (FEEL)",
    "decisionTable": "Table, seule ou à l’intérieur de toute autre forme",
}
POLICIES = {
    "UNIQUE": "Une seule règle répond ; plusieurs donnent nul et un avertissement",
    "ANY": "Les règles qui répondent sont d’accord ; sinon nul et un avertissement",
    "PRIORITY": "La réponse la plus importante, dans l’ordre des valeurs prévues",
    "FIRST": "La première règle",
    "RULE ORDER": "Toutes, dans l’ordre des règles",
    "OUTPUT ORDER": "Toutes, dans l’ordre des valeurs prévues",
    "COLLECT": "Toutes, ou leur agrégat",
}
DOCUMENTATION = (
    ("knowledgeSource, authorityRequirement", "Sources et autorités : gardées, sans effet"),
    ("import", "Autre fichier : gardé ; déployez les décisions dont on a besoin dans le même fichier"),
    ("textAnnotation, association, DMNDI", "Notes et dessin : gardés, sans effet"),
    ("organizationUnit, performanceIndicator, extensions", "Gardés, sans effet"),
)
REFUSED = (
    ("functionDefinition kind Java ou PMML", "Une fonction externe n’est pas appelée : écrivez le calcul en FEEL."),
    ("importedValues", "Des valeurs prises dans un autre fichier ne sont pas lues : recopiez-les."),
    ("expressionLanguage autre que FEEL", "Traduit si rien n’est laissé au doute, sinon refusé : écrivez-le en FEEL."),
)
MODULES = (reading, compiling, checking, running, hits)


def markdown() -> str:
    """Return the page, in French."""
    letters = {name: letter for letter, name in HITS.items()}
    signs = ", ".join(f"`C{sign}` {name}" for sign, name in AGGREGATIONS.items())
    lines = [
        "# Profil DMN exécuté",
        "",
        "Page produite par `python scripts/bpmn_profile.py` à partir du code : ne la modifiez pas à la main.",
        "",
        "DMN 1.1 à 1.5. Une décision mal formée est refusée seule : les autres décisions du fichier restent.",
        "Une erreur pendant un calcul donne nul et un avertissement. Les fonctions de FEEL sont dans `expressions.md`.",
        "",
        "## Éléments",
        "",
        "| élément DMN | état | ce que c’est |",
        "|---|---|---|",
        *(f"| `{name}` | exécuté | {what} |" for name, what in ELEMENTS.items()),
        *(f"| `{name}` | exécuté | {BOXED[name]} |" for name in boxed.FORMS),
        *(f"| {name} | refusé (`decision.refusee`) | {what} |" for name, what in REFUSED),
        *(f"| {name} | documentation seule | {what} |" for name, what in DOCUMENTATION),
        "",
        "## Politiques des tables",
        "",
        "| politique | lettre | ce qu’elle répond |",
        "|---|---|---|",
        *(f"| {name} | `{letters[name]}` | {POLICIES[name]} |" for name in hits.POLICIES),
        "",
        f"Agrégats : {signs}. Une sortie par défaut répond quand aucune règle ne répond.",
        "",
        "Types lus : " + ", ".join(f"`{name}`" for name in PYTHON_TYPES) + ".",
        "",
        "À la publication, une table `U` ou `A` dont les cases sont des constantes, des comparaisons, des intervalles",
        "et leurs négations est vérifiée : chevauchements et trous sont dits avec un exemple.",
        "",
        "## Ce qui est dit",
        "",
        "| code | ce que dit l’éditeur |",
        "|---|---|",
        *(f"| `{code}` | {text} |" for code, text in sorted(said())),
        "",
    ]
    return "\n".join(lines)


def said() -> set[tuple[str, str]]:
    """Return each (code, sentence) that reading, compiling, checking and running may say."""
    return {found for module in MODULES for found in _said(ast.parse(inspect.getsource(module)))}


def _said(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Find the calls that give a code then a message, the message maybe named just before."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            named = sorted(_named(function), key=lambda found: found[0])
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and len(call.args) >= 2 and isinstance(call.args[0], ast.Constant):
                    code, before = (
                        str(call.args[0].value),
                        {name: text for line, name, text in named if line < call.lineno},
                    )
                    sentence = next((found for text in call.args[1:3] if " " in (found := _sentence(text, before))), "")
                    if code.startswith("decision.") and sentence:
                        yield code, sentence.replace("|", "\\|")


def _named(function: ast.FunctionDef) -> Iterator[tuple[int, str, ast.expr]]:
    """List the texts a function gives a name to, with their line."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.lineno, node.targets[0].id, node.value


def _sentence(text: ast.expr, named: Mapping[str, ast.expr]) -> str:
    """Return a text as it is said, « … » standing for what is only known then."""
    if isinstance(text, ast.Constant):
        return str(text.value) if isinstance(text.value, str) else ""
    if isinstance(text, ast.Name) and text.id in named:
        return _sentence(named[text.id], {})
    if isinstance(text, ast.IfExp):
        return _sentence(text.body, named)
    if isinstance(text, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.FormattedValue) else part for part in text.values)
        return "".join(_sentence(part, named) or "…" for part in parts)
    return ""
