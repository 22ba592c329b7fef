"""Say what is wrong in a form before it is published."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jalon.base.errors import JalonError, Problem
from jalon.engines.expressions import parse
from jalon.engines.forms.building import Builder, elements_deep
from jalon.engines.forms.definitions import definition_problems
from jalon.engines.forms.graphs import cycle_in
from jalon.engines.forms.kinds import KINDS
from jalon.engines.forms.labelling import unclear
from jalon.engines.forms.messages import pointer
from jalon.engines.forms.model import Form, Question
from jalon.engines.forms.paths import possible_paths

_NOT_PERSONAL = frozenset({"boolean", "computed", "rows", "table", "values", "dossier", "siren", "siret", "rna"})


def lint(schema: Mapping[str, Any], ui: Mapping[str, Any] | None = None, *, file: str = "") -> list[Problem]:
    """Return every problem of a form, errors first; an error is what publication refuses.

    `compile_form` refuses the same, but for elements that no answer shows and labels nobody could use: what is
    published goes on being read.
    """
    problems = definition_problems(schema, ui)
    if not any(problem.severity == "error" for problem in problems):
        builder = Builder(schema, ui or {})
        form = builder.form("")
        problems += builder.errors
        if not builder.errors:
            problems += [*rule_problems(form), *_contradictions(form), *unclear(form), *_advice(form)]
    problems.sort(key=lambda problem: problem.severity != "error")
    return [replace(problem, file=file) for problem in problems] if file else problems


def rule_problems(form: Form) -> Iterator[Problem]:
    """Yield the conditions that go round in circles and the expressions that cannot be read."""
    graph: dict[str, set[str]] = {}
    for section in form.sections:
        _reads(form, section, (), graph)
    cycle = cycle_in(graph)
    if cycle:
        labels = " → ".join(f"« {form.by_uid[uid].label} »" for uid in cycle)
        message = f"Les conditions tournent en rond : {labels}. Retirez l’une d’elles."
        yield Problem("formulaire.cycle", "error", message, element=pointer(form.by_uid[cycle[0]].path))
    for question in form.every_question():
        if question.computed:
            yield from _unreadable(question.computed, pointer(question.path))
    for section in form.sections:
        for element in (section, *elements_deep(section.elements)):
            for rule in (leaf for whole in element.rules for leaf in whole.leaves):
                if rule.expression:
                    yield from _unreadable(rule.expression, element.uid)


def _unreadable(source: str, where: str) -> Iterator[Problem]:
    try:
        parse(source)
    except JalonError as error:
        yield Problem("formulaire.expression", "error", f"{where} : {error.text()}", element=where)


def _reads(form: Form, element: Any, inherited: tuple[str, ...], graph: dict[str, set[str]]) -> None:
    """Fill {uid: uids its conditions look at}, those of the groups around it included."""
    looked_at = set(inherited)
    for rule in (leaf for whole in element.rules for leaf in whole.leaves):
        if rule.expression:
            looked_at |= _names_read(form, rule.expression)
        elif rule.schema not in (True, {}):  # a condition that always holds looks at nothing
            looked_at |= {q.uid for q in form.by_uid.values() if q.path[: len(rule.path)] == rule.path}
    if isinstance(element, Question):
        graph.setdefault(element.uid, set()).update(looked_at)
    for child in getattr(element, "elements", ()):
        _reads(form, child, tuple(looked_at), graph)


def _names_read(form: Form, source: str) -> set[str]:
    try:
        names = {str(name) for name in parse(source).names}
    except JalonError:  # reported by `_unreadable`
        return set()
    return {uid for uid in form.by_uid if uid in names or uid.split(".")[0] in names}


def _advice(form: Form) -> Iterator[Problem]:
    for question in form.every_question():
        where = pointer(question.path)
        if question.kind == "commune" and not question.list_key:
            message = f"« {question.label} » demande un code INSEE que personne ne lit : indiquez x-jalon-list."
            yield _warning("formulaire.commune_sans_liste", message, where)
        if _holds_personal_data(question):
            missing = [name for name in ("sensitivity", "purpose", "retention") if not getattr(question, name)]
            if missing:
                words = ", ".join(f"x-jalon-{name}" for name in missing)
                message = f"« {question.label} » recueille une donnée personnelle : indiquez {words}."
                yield _warning("formulaire.donnee_personnelle", message, where)
    yield from _not_shown(form)


def _contradictions(form: Form) -> Iterator[Problem]:
    for one in possible_paths(form).never:
        yield Problem("formulaire.jamais_affiche", "error", one.sentence, element=one.uid)


def _holds_personal_data(question: Question) -> bool:
    if question.sensitivity == "none" or question.kind in _NOT_PERSONAL:
        return False
    return KINDS[question.kind].personal or bool(question.bind) or question.sensitivity in {"personal", "sensitive"}


def _not_shown(form: Form) -> Iterator[Problem]:
    shown = {question.path[0] for question in form.questions}
    for name in form.schema.get("required", ()):
        if name in form.schema.get("properties", {}) and name not in shown:
            message = f"« {name} » est obligatoire mais n’est sur aucune page : personne ne pourra terminer."
            yield _warning("formulaire.champ_absent", message, pointer((name,)))


def _warning(code: str, message: str, where: str) -> Problem:
    return Problem(code, "warning", message, element=where)
