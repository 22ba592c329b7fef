"""What is wrong in a content, whatever its kind: the engines' own checks, gathered."""

from collections.abc import Callable
from typing import Any

from jalon.base.errors import ContentRefused, JalonError, Problem
from jalon.base.json import Json
from jalon.engines import decisions, forms, processes
from jalon.engines.layering import resolve
from jalon.runtime.connectors import check_connector

Lint = Callable[[str, Any, str], list[Problem]]


def lint_artifact(kind: str, key: str, content: Json, file: str = "") -> list[Problem]:
    """Return every problem of a content; an error is what publication refuses."""
    try:
        found = [
            Problem(
                problem.code, problem.severity, problem.message, problem.file or file, problem.element, problem.line
            )
            for problem in resolve(kind, content, []).problems
        ]
        lint = LINTS.get(kind)
        return [*found, *(lint(key, content, file) if lint else [])]
    except ContentRefused as error:
        return error.problems
    except JalonError as error:
        return [Problem(error.code, "error", error.text(), file)]


def _form(_key: str, content: Json, file: str) -> list[Problem]:
    return forms.lint(content["schema"], content.get("ui") or None, file=file)


def _decision(_key: str, content: Json, file: str) -> list[Problem]:
    return decisions.check_model(content, None, file)


def _process(key: str, content: Json, file: str) -> list[Problem]:
    reading = processes.read_bpmn({file or f"{key}.bpmn": content["bpmn"].encode()}, strict_bindings=True)
    # which processes are called is for a level to say, and for `Facts.published` to check
    return [problem for problem in reading.problems if problem.code not in _ELSEWHERE]


_ELSEWHERE = frozenset({"profil.appel_inconnu"})

LINTS: dict[str, Lint] = {"form": _form, "decision": _decision, "process": _process, "connector": check_connector}
