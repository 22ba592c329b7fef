"""What a person could not use: labels that say nothing or twice the same, more buttons than anybody reads (X9)."""

import unicodedata
from collections.abc import Iterator, Sequence

from jalon.base.errors import Problem, Severity
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Element, Form, Group, Question
from jalon.engines.forms.paths import put_aside

MAX_RADIOS = 15
UNCLEAR = frozenset({"formulaire.libelle_vide", "formulaire.libelle_double", "formulaire.radios"})
"""Codes of what an author mends before publishing; the form works all the same, so nobody below waits for it."""
_STAND_INS = frozenset(
    {"libelle", "label", "texte", "question", "champ", "nouveauchamp", "nouvellequestion", "sanstitre"}
)


def says_nothing(label: str) -> bool:
    """Tell whether a label is empty, made of signs only, or stands for the one that nobody wrote yet."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKD", label.casefold())))
    return not letters or letters in _STAND_INS


def reading(label: str) -> str:
    """Return what two labels that read the same share: capitals and blanks around make no difference."""
    return label.strip().casefold()


def unclear(form: Form) -> Iterator[Problem]:
    """Yield the labels to write again and the buttons to show as a list; what is put aside is left alone."""
    for section in form.sections:
        parts = [] if put_aside(section) else list(_parts(section.elements, section.title))
        for name, questions in parts:
            for question in questions:
                yield from _silent(question, name)
            yield from _twins(questions, name)
        yield from _far_twins([questions for _name, questions in parts])
    for question in form.every_question():
        if question.options.get("widget") == "radio" and len(question.choices) > MAX_RADIOS:
            message = (
                f"« {question.label} » montrerait {len(question.choices)} boutons, pour {MAX_RADIOS} au plus : "
                "présentez ces choix en liste déroulante, ou réunissez-en."
            )
            yield _problem("formulaire.radios", "error", message, question)


def _parts(elements: Sequence[Element], name: str) -> Iterator[tuple[str, list[Question]]]:
    """Yield (title, questions) of what is read together: a group without a title belongs to what is around it."""
    beside: list[Question] = []
    inside: list[tuple[str, Sequence[Element]]] = []
    waiting = list(reversed(elements))
    while waiting:
        element = waiting.pop()
        if put_aside(element):
            continue
        if isinstance(element, Question):
            beside.append(element)
            inside.append((element.label, element.elements))
        elif isinstance(element, Group) and element.title.strip():
            inside.append((element.title, element.elements))
        elif isinstance(element, Group):
            waiting.extend(reversed(element.elements))
    yield name, beside
    for title, held in inside:
        if held:
            yield from _parts(held, title)


def _silent(question: Question, part: str) -> Iterator[Problem]:
    title = question.schema.get("title")
    is_empty = isinstance(title, str) and not title.strip()
    if is_empty or says_nothing(question.label):
        what = "n’a pas de libellé" if is_empty else "a un libellé qui ne dit rien"
        message = f"Dans « {part} », la question « {question.label} » {what} : écrivez ce qui est demandé."
        yield _problem("formulaire.libelle_vide", "error", message, question)


def _twins(questions: Sequence[Question], part: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for question in questions:
        if reading(question.label) in seen:
            label = question.label.strip()
            message = f"Dans « {part} », deux questions s’appellent « {label} » : dites ce qui les distingue."
            yield _problem("formulaire.libelle_double", "error", message, question)
        seen.add(reading(question.label))


def _far_twins(parts: Sequence[Sequence[Question]]) -> Iterator[Problem]:
    """Yield the labels that come back in another part of a page, the rows of a list being read by themselves."""
    seen: dict[str, int] = {}
    for rank, questions in enumerate(parts):
        for question in questions:
            if "*" not in question.path and seen.setdefault(reading(question.label), rank) != rank:
                message = f"« {question.label} » est le libellé de deux questions de la même page : précisez-les."
                yield _problem("formulaire.libelle_double", "warning", message, question)


def _problem(code: str, severity: Severity, message: str, question: Question) -> Problem:
    return Problem(code, severity, message, element=pointer(question.path))
