"""A diagram while it is being read: what was found, and what is wrong with it."""

from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from jalon.base.errors import JalonError, Problem, Severity
from jalon.engines.processes.dialects import NotTranslated, template, translate
from jalon.engines.processes.program import Assign, Container, Flow, Node
from jalon.engines.processes.source import line_of


@dataclass(slots=True)
class Draft:
    """One process of a file. `unsupported` problems refuse it only when it wants to be executed."""

    key: str
    title: str
    element: etree._Element
    file: str
    executable: str | None  # the isExecutable attribute as written
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    sources: dict[str, etree._Element] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unsupported: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # data object or reference id -> variable name
    lanes: dict[str, str] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def problem(
        self, code: str, message: str, element: etree._Element | None = None, severity: Severity = "error"
    ) -> None:
        """Note something wrong whatever the process is for."""
        self.problems.append(self._make(code, message, element, severity))

    def refuse(self, code: str, message: str, element: etree._Element | None = None) -> None:
        """Note something we cannot execute exactly."""
        self.unsupported.append(self._make(code, message, element, "error"))

    def warn(self, code: str, message: str, element: etree._Element | None = None) -> None:
        """Note something the author should know."""
        self.problem(code, message, element, "warning")

    def _make(self, code: str, message: str, element: etree._Element | None, severity: Severity) -> Problem:
        while element is not None and not element.get("id"):
            parent = element.getparent()
            if parent is None:
                break
            element = parent
        name = "" if element is None else element.get("id", "")
        return Problem(code, severity, message, self.file, name, line_of(element))

    def expression(self, text: str | None, element: etree._Element, what: str) -> str:
        """Return an expression in our language, noting a translation or a refusal; "" when there is none."""
        if not text or not text.strip():
            return ""
        try:
            found = translate(text)
        except (NotTranslated, JalonError) as error:
            reason = error.reason if isinstance(error, NotTranslated) else error.text()
            self.refuse(
                "profil.expression",
                f"{what} « {shorten(text)} » n’est pas une expression que nous savons calculer : {reason}. "
                'Écrivez-la par exemple « age >= 18 et statut = "ouvert" ».',
                element,
            )
            return ""
        if found.changed:
            self.warn(
                "interop.traduit", f"{what} « {shorten(text)} » est lu comme « {shorten(found.source)} ».", element
            )
        return found.source

    def template(self, text: str | None, element: etree._Element, what: str) -> str:
        """Return a plain text, or `=expression` when the whole text is one in another tool's writing."""
        if not text or not text.strip():
            return ""
        try:
            found = template(text)
        except (NotTranslated, JalonError) as error:
            reason = error.reason if isinstance(error, NotTranslated) else error.text()
            self.refuse("profil.expression", f"{what} « {shorten(text)} » n’est pas lisible : {reason}.", element)
            return ""
        if found.startswith("="):
            self.warn("interop.traduit", f"{what} « {shorten(text)} » est calculé : « {shorten(found[1:])} ».", element)
        return found

    def assign(self, name: str, text: str | None, element: etree._Element, what: str) -> Assign:
        """Return one mapping line."""
        return Assign(name.strip(), self.expression(text, element, what))

    def change(self, node: str, **values: Any) -> None:
        """Change what is known of a node."""
        self.nodes[node] = replace(self.nodes[node], **values)


def shorten(text: str) -> str:
    """Return a text short enough for a message."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "…"


@dataclass(slots=True)
class Shared:
    """What the processes of a file share: messages, signals, errors, escalations, message flows."""

    messages: dict[str, etree._Element] = field(default_factory=dict)
    signals: dict[str, etree._Element] = field(default_factory=dict)
    errors: dict[str, etree._Element] = field(default_factory=dict)
    escalations: dict[str, etree._Element] = field(default_factory=dict)
    flows_from: dict[str, str] = field(default_factory=dict)  # node -> message name by a message flow
    titles: dict[str, str] = field(default_factory=dict)  # process id -> participant name
    definitions: dict[str, etree._Element] = field(default_factory=dict)  # event definitions several events share
    retrievals: dict[str, dict[str, str]] = field(default_factory=dict)  # message -> correlation property -> its path
