"""What is wrong in what a diagram asks of actions: one that does not exist, a parameter it lacks or does not know."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from jalon.base.errors import Problem
from jalon.engines.processes.source import line_of, read_xml
from jalon.services.configuration.linting import LINTS
from jalon.services.processes.actions import INFOS

_ACTION, _PARAM = "{urn:jalon:bpmn:1}action", "{urn:jalon:bpmn:1}param"


def lint_actions(content: Any, file: str = "") -> list[Problem]:
    """Return one error per action or parameter that could not work, naming the step and its line."""
    root = read_xml(str(content["bpmn"]).encode(), file)
    return [found for element in root.iter(_ACTION) for found in _wrong(element, file)]


def _wrong(action: etree._Element, file: str) -> Iterator[Problem]:
    name = action.get("name", "")
    step = next((above for above in action.iterancestors() if above.get("id")), action)
    info = INFOS.get(name)
    if info is None:
        yield _problem("action.inconnue", f"L’action « {name} » n’existe pas.", step, file)
        return
    given = {one.get("name", "") for one in action.iter(_PARAM)}
    known = {one.name for one in info.parameters}
    for one in info.parameters:
        if one.required and one.name not in given:
            message = f"L’action « {name} » demande le paramètre « {one.name} » : {one.label.lower()}."
            yield _problem("action.parametre_absent", message, step, file)
    for strange in sorted(given - known) if not info.others else ():
        message = f"L’action « {name} » ne connaît pas le paramètre « {strange} »."
        yield _problem("action.parametre_inconnu", message, step, file)


def _problem(code: str, message: str, step: etree._Element, file: str) -> Problem:
    return Problem(code, "error", message, file, step.get("id", ""), line_of(step))


def _with_actions(key: str, content: Any, file: str) -> list[Problem]:
    found = _of_diagram(key, content, file)
    return found if any(one.severity == "error" for one in found) else [*found, *lint_actions(content, file)]


_of_diagram = LINTS["process"]
LINTS["process"] = _with_actions
