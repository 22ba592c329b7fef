"""Completing a task: answers kept with their provenance, one winner, the same submission shown again."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import FormInvalid, Stale, TaskAlreadyDone
from jalon.services import dossiers, processes, worklist
from jalon.services.dossiers import Overtaken
from jalon.services.worklist import NotYours, TaskClosed
from jalon.services.worklist.completing import complete_as
from jalon.store.organisations import Unit
from jalon.store.worklist import Draft

TWO_STEPS = line(user_task("recevoir"), user_task("relire", "reponse", "chef"))
NOTED = line(
    user_task("recevoir"),
    action("noter", "dossier.noter", suivi__statut='"reçu"', suivi__age="age"),
    user_task("relire", "", "agent"),
)
BROKEN = line(user_task("recevoir"), action("noter", "action.absente"))
GOOD = {"nom": "Durand", "age": 19}


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    for key, body in (("deux", TWO_STEPS), ("note", NOTED), ("casse", BROKEN)):
        publish(session, "process", key, process(key, body, dossierType="personne"))
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def amina(toulouse):
    return worker(toulouse)


def started(session, actor, unit, key="deux", dossier=None):
    dossier = dossier or make_dossier(session, unit)
    run = processes.start(session, actor, key, unit.id, dossiers={"principal": dossier.id}, now=NOW)
    (task,) = worklist.next_tasks(session, actor, run.id)
    return run, task, dossier


def test_completing_a_task_opens_the_next_and_writes_the_case_file(session, amina, toulouse):
    run, task, dossier = started(session, amina, toulouse)
    chef = worker(toulouse, role="chef", name="Sophie L.")

    done = worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW)

    assert (done.instance_id, done.next_tasks, done.incidents, done.finished) == (run.id, (), (), False)
    assert [one.element for one in worklist.next_tasks(session, chef, run.id)] == ["relire"]
    assert dossier.data["identite"] == {"prenom": "Léa", "nom": "Durand"}
    line_of_name = dossiers.values_with_provenance(session, dossier)[1]
    assert (line_of_name.value, line_of_name.actor, line_of_name.task_id) == ("Durand", "Amina K.", task.id)
    assert (task.state, task.closed_by) == ("done", "Amina K.")


def test_the_run_ends_with_its_last_task(session, amina, toulouse):
    run, task, _ = started(session, amina, toulouse)
    chef = worker(toulouse, role="chef")
    worklist.complete_task(session, amina, task.id, GOOD, "a", NOW)
    (last,) = worklist.next_tasks(session, chef, run.id)
    assert worklist.complete_task(session, chef, last.id, {"accord": True}, "b", NOW).finished
    assert run.status == "completed"


@pytest.mark.req("C12")
def test_answers_to_correct_leave_the_task_and_the_draft_as_they_were(session, amina, toulouse):
    _, task, dossier = started(session, amina, toulouse)
    worklist.save_draft(session, amina, task.id, {"nom": "Durand", "age": -3}, now=NOW)
    with pytest.raises(FormInvalid) as refusal:
        worklist.complete_task(session, amina, task.id, {"nom": "Durand", "age": -3}, "jeton", NOW)
    assert set(refusal.value.problems) == {"/age"}
    assert task.state == "ready"
    assert session.get_one(Draft, task.id).data == {"nom": "Durand", "age": -3}
    assert dossier.data["identite"]["nom"] == "Martin"


@pytest.mark.req("R6")
def test_the_same_submission_sent_five_times_has_one_effect(session, amina, toulouse):
    run, task, dossier = started(session, amina, toulouse, "note")
    results = [worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW) for _ in range(5)]
    assert [one.already for one in results] == [False, True, True, True, True]
    assert {one.next_tasks for one in results} == {results[0].next_tasks}
    assert [one.element for one in results[0].next_tasks] == ["relire"]
    assert len(worklist.next_tasks(session, amina, run.id)) == 1
    assert dossier.data["suivi"] == {"statut": "reçu", "age": 19}


def test_another_submission_is_told_who_came_first(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW)
    with pytest.raises(TaskAlreadyDone) as refusal:
        worklist.complete_task(session, worker(toulouse, name="Karim B."), task.id, GOOD, "autre", NOW)
    assert refusal.value.facts == {"who": "Amina K."}


def test_a_task_closed_by_the_process_says_so(session, amina, toulouse):
    run, task, _ = started(session, amina, toulouse)
    manager = worker(toulouse, more=("processus.annuler",))
    processes.cancel(session, manager, run.id, "doublon", NOW)
    with pytest.raises(TaskClosed):
        worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW)


def test_a_failing_step_keeps_the_answers_and_the_result_says_so(session, amina, toulouse):
    run, task, dossier = started(session, amina, toulouse, "casse")
    done = worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW)
    assert [(one.element, one.code) for one in done.incidents] == [("noter", "action.inconnue")]
    assert task.state == "done"
    assert dossier.data["identite"]["nom"] == "Durand"
    assert run.status == "incident"
    again = worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW)
    assert again.incidents == done.incidents


def test_a_task_given_to_another_function_is_read_not_done(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    chef = worker(toulouse, role="chef", more=("tache.attribuer",))
    assert worklist.task_page(session, chef, task.id, NOW).can_complete is False
    with pytest.raises(NotYours):
        worklist.complete_task(session, chef, task.id, GOOD, "x", NOW)


@pytest.mark.req("C14")
def test_what_is_known_is_shown_with_its_source_and_date(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    page = worklist.task_page(session, amina, task.id, NOW)
    assert page.data == {"nom": "Martin"}
    known = page.prefilled["nom"]
    assert (known.value, known.source, str(known.date)) == ("Martin", "Système", "2026-01-05")
    assert page.dossier_summary == (("Prénom", "Léa"), ("Nom", "Martin"))
    assert task.form_hash is None  # looking pins nothing


@pytest.mark.req("C11")
def test_a_draft_is_resumed_at_its_question_and_taken_over_in_the_open(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    karim = worker(toulouse, name="Karim B.")
    first = worklist.save_draft(session, amina, task.id, {"age": 19}, "f2", now=NOW)
    page = worklist.task_page(session, karim, task.id, NOW)
    assert page.data == {"nom": "Martin", "age": 19}
    assert (page.draft.author, page.draft.at_question, page.draft.mine) == ("Amina K.", "f2", False)
    with pytest.raises(Stale):
        worklist.save_draft(session, karim, task.id, {"age": 20}, now=NOW)
    taken = worklist.save_draft(session, karim, task.id, {"age": 20}, now=NOW, takeover=True)
    assert (taken.taken_over_from, taken.version) == ("Amina K.", first.version + 1)


@pytest.mark.req("C8")
def test_partial_answers_are_laid_over_those_kept_without_any_check(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    first = worklist.save_draft(session, amina, task.id, {"nom": "Du"}, now=NOW)
    second = worklist.save_draft(
        session, amina, task.id, {"age": "dix"}, "", first.version, now=NOW, typed={"/age": "x"}
    )
    page = worklist.task_page(session, amina, task.id, NOW)
    assert (page.data, page.typed) == ({"nom": "Du", "age": "dix"}, {"/age": "x"})
    with pytest.raises(Stale):
        worklist.save_draft(session, amina, task.id, {}, "", first.version, now=NOW)
    assert second.version == first.version + 1


@pytest.mark.req("C9")
def test_only_what_two_people_both_changed_is_asked_about(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    karim = worker(toulouse, name="Karim B.")
    first = worklist.save_draft(session, amina, task.id, {"nom": "Martin", "age": 19}, now=NOW)
    worklist.save_draft(session, karim, task.id, {"age": 20, "detail": "Karim"}, "", first.version, now=NOW)
    page = worklist.task_page(session, amina, task.id, NOW)
    questions = page.form.questions

    def seen(mine, version=first.version):
        found = worklist.differences_since(session, amina, page, version, mine, {}, questions)
        return [(one.question.uid, one.who, one.theirs, one.mine, one.asks) for one in found]

    untouched = {"nom": "Martin", "age": 19}
    assert seen(untouched) == [("age", "Karim B.", "20", "19", False), ("detail", "Karim B.", "Karim", "", False)]
    assert seen({**untouched, "age": 21, "detail": "Karim"}) == [("age", "Karim B.", "20", "21", True)]
    assert seen({**untouched, "age": 20, "detail": "Karim"}) == []
    assert seen(untouched, page.draft.version) == []
    with pytest.raises(worklist.DraftMoved):
        complete_as(session, amina, task, None, "t", NOW, None, first.version, allowed=True)


def test_hidden_answers_are_kept_apart_and_not_submitted(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    answers = {**GOOD, "suivi": True, "detail": "par téléphone"}
    worklist.save_draft(session, amina, task.id, answers, now=NOW)
    worklist.save_draft(session, amina, task.id, {"suivi": False}, now=NOW)
    assert session.get_one(Draft, task.id).hidden == {"/detail": "par téléphone"}
    page = worklist.task_page(session, amina, task.id, NOW)
    worklist.complete_task(session, amina, task.id, page.data, "jeton", NOW)
    assert worklist.task_page(session, amina, task.id, NOW).data == {**GOOD, "suivi": False}


def test_the_form_is_pinned_at_first_opening(session, amina, toulouse):
    _, task, _ = started(session, amina, toulouse)
    pinned = worklist.open_page(session, amina, task.id, NOW).form_hash
    changed = {"schema": {"type": "object", "title": "Autre", "properties": {"x": {"type": "string"}}}, "ui": {}}
    publish(session, "form", "entretien", changed)
    page = worklist.task_page(session, amina, task.id, NOW)
    assert (page.form_hash, page.form.title) == (pinned, "Entretien")


@pytest.mark.req("R8")
def test_a_value_changed_meanwhile_is_refused_then_accepted_knowingly(session, amina, toulouse):
    _, task, dossier = started(session, amina, toulouse)
    seen = worklist.task_page(session, amina, task.id, NOW).seen_version
    later = NOW + timedelta(minutes=1)
    dossiers.note(session, amina, dossier, {"identite.nom": "Petit"}, origin="agency", now=later)
    with pytest.raises(Overtaken), session.begin_nested():
        worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW, seen)
    session.expire_all()
    shown = worklist.task_page(session, amina, task.id, NOW)
    assert shown.prefilled["nom"].value == "Petit"
    worklist.complete_task(session, amina, task.id, GOOD, "jeton", NOW, shown.seen_version)
    assert dossier.data["identite"]["nom"] == "Durand"


def test_history_shows_the_answers_as_people_read_them(session, amina, toulouse):
    run, task, dossier = started(session, amina, toulouse)
    worklist.complete_task(session, amina, task.id, {**GOOD, "suivi": False}, "jeton", NOW)
    (found,) = worklist.history(session, amina, dossier.id)
    assert (found.instance.id, found.title, [one.element for one in found.open_tasks]) == (
        run.id,
        "Parcours",
        ["relire"],
    )
    assert [(one.title, one.who, one.answers) for one in found.answered] == [
        ("Recevoir", "Amina K.", (("Nom", "Durand"), ("Âge", "19"), ("Souhaite un suivi", "Non")))
    ]
