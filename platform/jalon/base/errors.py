"""The one error tree: a stable code, a French sentence saying what happened and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jalon.base.i18n import Translator, fill, fr, untranslated

Severity = Literal["error", "warning"]


class JalonError(Exception):
    """What the product refuses; doors turn `status` into an HTTP status, commands into exit code 1."""

    code, message, status = "erreur", fr("Une erreur est survenue."), 500

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code)  # logs see the code, never the facts
        self.facts = facts

    def text(self, translate: Translator = untranslated) -> str:
        """Return the sentence to show, with its facts."""
        return fill(self.message, self.facts, translate)


class NotFound(JalonError):
    """Nothing by that name in the person's scope: also the answer outside it."""

    code, message, status = "introuvable", fr("Cet élément n’existe pas, ou n’est pas accessible d’ici."), 404


class Forbidden(JalonError):
    """The person may see this but not do that."""

    code = "interdit"
    message = fr("Vous n’avez pas le droit de faire cela ({permission}). Adressez-vous à votre administrateur.")
    status = 403


class Refused(JalonError):
    """A rule of the product says no; subclasses say which."""

    code, message, status = "refus", fr("Cette demande est refusée : {reason}."), 422


class Stale(JalonError):
    """Somebody changed the same thing in between."""

    code = "version.depassee"
    message = fr("Quelqu’un a modifié cet élément entre-temps. Votre saisie est conservée : relisez, puis recommencez.")
    status = 409


class TaskAlreadyDone(JalonError):
    """Somebody completed this task first."""

    code, message, status = "tache.deja_terminee", fr("{who} a déjà terminé cette tâche."), 409


class FormInvalid(JalonError):
    """Answers that the form refuses: `problems` maps a JSON pointer to a French sentence."""

    code, message, status = "formulaire.invalide", fr("Certaines réponses sont à corriger ({count})."), 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(count=len(problems))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a definition: where it is and how to mend it.

    `file`, `element` and `line` are empty or None where the content has no such place;
    `element` is a BPMN id, a JSON pointer or a uid, whichever the kind of content has.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    element: str = ""
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the problem as plain data, for `--json` and reports."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.file,
            "element": self.element,
            "line": self.line,
        }


class ContentRefused(JalonError):
    """A definition that cannot be used: `problems` says where and why."""

    code = "contenu.refuse"
    message = fr("Ce contenu est refusé : {first}")
    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        first = next((p.message for p in problems if p.severity == "error"), "")
        super().__init__(first=first, count=len(problems))
        self.problems = problems
