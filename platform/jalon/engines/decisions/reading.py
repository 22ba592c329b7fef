"""From DMN 1.1 to 1.5 XML to the JSON model: entities and network off, one bad decision refused by name."""

from typing import Any

from lxml import etree

from jalon.base.errors import Problem, Severity
from jalon.engines.decisions.boxed import (
    Element,
    Texts,
    Unsupported,
    boxed,
    child,
    each,
    is_boxed,
    local,
    text_of,
    to_feel,
)
from jalon.engines.decisions.compiling import compile_model, free_names, written_names
from jalon.engines.decisions.model import DecisionFile, DecisionInfo, Model
from jalon.engines.expressions import Kind, odd_names

MAX_BYTES = 5_000_000
MAX_TYPES = 10
_NAMESPACE = "/spec/DMN/"
_NAMED = frozenset(
    (
        "inputData",
        "variable",
        "decision",
        "businessKnowledgeModel",
        "decisionService",
        "formalParameter",
        "itemComponent",
        "column",
        "output",
    )
)
_EMPTY: Model = {"id": "", "name": "", "decisions": []}


def read_dmn(data: bytes, file: str = "") -> DecisionFile:
    """Read a DMN file; never raises on bytes; one bad decision refuses that decision, not the file."""
    reader = _Reader(file)
    model = reader.model(data)
    compiled = compile_model(model, file)
    known = {(problem.element, problem.code) for problem in reader.problems}
    problems = [*reader.problems, *(p for p in compiled.problems if (p.element, "decision.refusee") not in known)]
    problems = [reader.lined(problem) for problem in problems]
    infos = [DecisionInfo(d["id"], d["name"], d["id"] in compiled.decisions) for d in model["decisions"]]
    infos += [DecisionInfo(key, name, False) for key, name in reader.refused]
    return DecisionFile(tuple(infos), tuple(problems), model, compiled)


def from_dmn(data: bytes, file: str = "") -> tuple[Model, list[Problem]]:
    """Return the JSON model of a DMN file and the problems met while reading."""
    read = read_dmn(data, file)
    return read.model, list(read.problems)


class _Reader:
    """Reads one file, keeping what went wrong and on which line each id stands."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.refused: list[tuple[str, str]] = []
        self.lines: dict[str, int | None] = {}
        self.types: dict[str, tuple[str, str]] = {}
        self.inner: list[dict[str, Any]] = []
        self.names: tuple[str, ...] = ()

    def problem(self, code: str, message: str, element: Element | None = None, severity: Severity = "error") -> None:
        """Record a problem, at the line of an element."""
        key = "" if element is None else element.get("id", "")
        line = None if element is None else _line(element)
        self.problems.append(Problem(code, severity, message, self.file, key, line))

    def lined(self, problem: Problem) -> Problem:
        """Add the line of the element a problem names."""
        line = problem.line or self.lines.get(problem.element)
        return Problem(problem.code, problem.severity, problem.message, problem.file, problem.element, line)

    def model(self, data: bytes) -> Model:
        """Return the model of a file, empty when it is not DMN."""
        root = self.root(data)
        if root is None:
            return dict(_EMPTY, decisions=[])
        self.lines = {e.get("id", ""): _line(e) for e in root.iter() if isinstance(e.tag, str)}
        self.types = {str(e.get("name")): _item_type(e) for e in each(root, "itemDefinition")}
        named = (e.get("name", "") for e in root.iter() if isinstance(e.tag, str) and local(e) in _NAMED)
        self.names = odd_names(named)
        model: Model = {"id": root.get("id", ""), "name": root.get("name", "")}
        inputs = [self.input_data(e) for e in each(root, "inputData")]
        functions = [f for e in each(root, "businessKnowledgeModel") if (f := self.guarded(e, self.function))]
        model["decisions"] = [d for e in each(root, "decision") if (d := self.guarded(e, self.decision))]
        if inputs:
            model["inputs"] = inputs
        if functions or self.inner:
            model["functions"] = functions + self.inner
        services = [self.service(e, root) for e in each(root, "decisionService")]
        if services:
            model["services"] = services
        apart = sorted({*self.names} - {*odd_names(written_names(model))})
        if apart:
            model["names"] = apart
        return model

    def root(self, data: bytes) -> Element | None:
        """Return the root of a DMN document, or None with a problem."""
        if len(data) > MAX_BYTES:
            self.problem("decision.fichier", "Ce fichier est trop volumineux pour un fichier DMN.")
            return None
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError, LookupError) as error:
            line = getattr(error, "lineno", None)
            where = f" (ligne {line})" if line else ""
            self.problem("decision.fichier", f"Ce fichier n’est pas du XML lisible{where}.")
            return None
        if str(getattr(root.getroottree().docinfo, "doctype", "")):
            self.problem("decision.fichier", "Ce fichier contient un DOCTYPE : retirez-le.")
            return None
        if local(root) != "definitions" or _NAMESPACE not in (etree.QName(root).namespace or ""):
            self.problem("decision.fichier", "Ce fichier n’est pas un fichier DMN (élément « definitions » attendu).")
            return None
        return root

    def guarded(self, element: Element, read: Any) -> dict[str, Any] | None:
        """Read a decision or a function; None when it uses what we do not execute."""
        name = element.get("name") or element.get("id") or ""
        try:
            found: dict[str, Any] = read(element)
            return found
        except Unsupported as refusal:
            message = f"« {name} » ne peut pas être exécutée : « {refusal} » n’est pas pris en charge."
            self.problem("decision.refusee", message, element)
        if local(element) == "decision":
            self.refused.append((element.get("id", ""), name))
        return None

    def translate(self, text: str, language: str, kind: Kind, element: Element) -> str:
        """Return text in our language, saying so when it was translated."""
        found, translated = to_feel(text, language, kind, self.names)
        if translated and found != text:
            message = f"« {text} » a été traduit en « {found} »."
            self.problem("decision.traduite", message, element, "warning")
        return found

    def input_data(self, element: Element) -> dict[str, Any]:
        """Read an input datum."""
        variable = child(element, "variable")
        declared = "" if variable is None else variable.get("typeRef", "")
        name = element.get("name") or ("" if variable is None else variable.get("name", ""))
        return {"id": element.get("id", ""), "name": name, "type": self.type(declared)}

    def function(self, element: Element) -> dict[str, Any]:
        """Read business knowledge: a function whose body is an expression."""
        logic = child(element, "encapsulatedLogic")
        if logic is None:
            raise Unsupported("encapsulatedLogic")
        if logic.get("kind", "FEEL").upper() != "FEEL":
            raise Unsupported(logic.get("kind", ""))
        body = next((one for one in logic if is_boxed(one)), None)
        if body is None:
            raise Unsupported("encapsulatedLogic")
        parameters = [p.get("name", "") for p in each(logic, "formalParameter")]
        key = element.get("id", "")
        name = element.get("name") or key
        found: dict[str, Any] = {"id": key, "name": name, "parameters": parameters}
        if local(body) == "decisionTable":
            return found | {"table": self.table(body, key or name)}
        return found | {"literal": boxed(body, self.texts(element))}

    def texts(self, element: Element) -> Texts:
        """Return how the parts of an element's logic become text."""
        return Texts(lambda text, language, kind: self.translate(text, language, kind, element), self.inner_table)

    def inner_table(self, element: Element) -> str:
        """Make a table inside an expression a function of the names it reads, and return its call."""
        number = len(self.inner) + 1
        while f"_table_{number}" in self.lines:
            number += 1
        key = f"_table_{number}"
        self.lines[key] = _line(element)
        table = self.table(element, key)
        names = free_names(table, self.names)
        self.inner.append({"id": key, "name": key, "parameters": names, "table": table})
        return f"{key}({', '.join(names)})"

    def service(self, element: Element, root: Element) -> dict[str, Any]:
        """Read decisions that are called together; its parameters are its input data, then its input decisions."""
        named = {e.get("id", ""): e.get("name", "") for e in root.iter() if isinstance(e.tag, str)}

        def ids(name: str) -> list[str]:
            return [one.get("href", "").rpartition("#")[2] for one in each(element, name)]

        given = ids("inputDecision")
        return {
            "id": element.get("id", ""),
            "name": element.get("name") or element.get("id", ""),
            "parameters": [named.get(key, key) for key in (*ids("inputData"), *given)],
            "outputs": ids("outputDecision"),
            "given": given,
        }

    def decision(self, element: Element) -> dict[str, Any]:
        """Read a decision."""
        key = element.get("id", "")
        name = element.get("name") or key
        variable = child(element, "variable")
        declared = "" if variable is None else variable.get("typeRef", "")
        named = name if variable is None else variable.get("name") or name
        logic = next((one for one in element if is_boxed(one)), None)
        if logic is None:
            raise Unsupported("décision sans logique")
        found: dict[str, Any] = {
            "id": key or named,
            "name": name,
            "variable": named,
            "type": self.type(declared),
            "requires": _requires(element),
        }
        if local(logic) == "decisionTable":
            found["table"] = self.table(logic, key or named)
        else:
            before = len(self.inner)
            found["literal"] = boxed(logic, self.texts(element))
            found["requires"] += [one["id"] for one in self.inner[before:]]
        return found

    def table(self, element: Element, key: str) -> dict[str, Any]:
        """Read a decision table."""
        return {
            "hit": element.get("hitPolicy", "UNIQUE"),
            "aggregation": element.get("aggregation"),
            "inputs": [self.input(e, f"{key}_input_{at}") for at, e in enumerate(each(element, "input"), 1)],
            "outputs": [self.output(e, f"{key}_output_{at}") for at, e in enumerate(each(element, "output"), 1)],
            "rules": [self.rule(e, f"{key}_rule_{at}") for at, e in enumerate(each(element, "rule"), 1)],
        }

    def input(self, element: Element, key: str) -> dict[str, Any]:
        """Read an input column."""
        expression = child(element, "inputExpression")
        language = "" if expression is None else expression.get("expressionLanguage", "")
        declared = "" if expression is None else expression.get("typeRef", "")
        source = self.translate(text_of(expression), language, "expression", element)
        column = {
            "id": element.get("id") or key,
            "label": element.get("label", ""),
            "expression": source,
            "type": self.type(declared),
        }
        values = text_of(child(element, "inputValues")) or self.values(declared)
        return column | ({"values": values} if values else {})

    def output(self, element: Element, key: str) -> dict[str, Any]:
        """Read an output column."""
        declared = element.get("typeRef", "")
        column = {
            "id": element.get("id") or key,
            "name": element.get("name", ""),
            "label": element.get("label", ""),
            "type": self.type(declared),
        }
        values = text_of(child(element, "outputValues")) or self.values(declared)
        default = text_of(child(element, "defaultOutputEntry"))
        return column | ({"values": values} if values else {}) | ({"default": default} if default else {})

    def rule(self, element: Element, key: str) -> dict[str, Any]:
        """Read a row."""
        description = child(element, "description")
        note = "" if description is None else "".join(str(part) for part in description.itertext()).strip()
        notes = [text_of(annotation) for annotation in each(element, "annotationEntry")]
        return {
            "id": element.get("id") or key,
            "when": [self.cell(e, "unary_tests") or "-" for e in each(element, "inputEntry")],
            "then": [self.cell(e, "expression") for e in each(element, "outputEntry")],
            "note": note or " ; ".join(filter(None, notes)),
        }

    def cell(self, element: Element, kind: Kind) -> str:
        """Read a cell."""
        return self.translate(text_of(element), element.get("expressionLanguage", ""), kind, element)

    def type(self, declared: str) -> str:
        """Return a declared type, that of its item definition when it names one."""
        found = declared
        for _ in range(MAX_TYPES):
            inner = found[5:-1] if found.startswith("list<") else found
            if inner not in self.types:
                break
            found = f"list<{self.types[inner][0]}>" if inner != found else self.types[inner][0]
        return found

    def values(self, declared: str) -> str:
        """Return the values that the item definition of a type allows."""
        return self.types[declared][1] if declared in self.types else ""


def _line(element: Element) -> int | None:
    found: Any = element.sourceline
    return int(found) if found else None


def _item_type(element: Element) -> tuple[str, str]:
    """Return the base type of an item definition (none for a structure, `list<…>` for several) and its values."""
    base = child(element, "typeRef")
    name = "" if base is None else (base.text or "").strip()
    values = text_of(child(element, "allowedValues"))
    return (f"list<{name}>" if element.get("isCollection") == "true" else name), values


def _requires(element: Element) -> list[str]:
    """Return the ids a decision requires, in the order they are written."""
    found = []
    for requirement in element:
        if local(requirement) in {"informationRequirement", "knowledgeRequirement"}:
            for one in requirement:
                if local(one) in {"requiredDecision", "requiredInput", "requiredKnowledge"}:
                    found.append(one.get("href", "").rpartition("#")[2])
    return found
