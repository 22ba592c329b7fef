"""A form changes while tasks use it: who follows, who keeps their own, nothing typed lost, each move traced."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import MEETING_FORM, NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.services import processes, worklist
from jalon.services.publication import RunningWork
from jalon.store import configuration
from jalon.store.audit import AuditEvent
from jalon.store.organisations import Unit
from jalon.store.worklist import Submission

TOMORROW = NOW + timedelta(days=1)


def form(**changes) -> dict:
    """The form of the tests, with some properties changed, added, or taken away with None."""
    found = deepcopy(MEETING_FORM)
    required = changes.pop("required", None)
    for name, value in changes.items():
        if value is None:
            del found["schema"]["properties"][name]
        else:
            found["schema"]["properties"][name] = {**found["schema"]["properties"].get(name, {}), **value}
    scopes = {f"#/properties/{name}" for name in found["schema"]["properties"]}
    found["ui"]["elements"] = [one for one in found["ui"]["elements"] if one["scope"] in scopes]
    if required:
        found["schema"]["required"] = required
    return found


CHANGES = {
    "cosmetic": form(nom={"title": "Nom de la personne"}),
    "compatible": form(remarque={"type": "string", "title": "Remarque"}),
    "constraining": form(required=["nom", "age", "suivi"]),
    "breaking": form(suivi=None, detail=None),
}


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    publish(session, "process", "p", process("p", line(user_task("recevoir")), dossierType="personne"))
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def amina(toulouse):
    return worker(toulouse)


def open_one(session, amina, toulouse):
    dossier = make_dossier(session, toulouse)
    run = processes.start(session, amina, "p", toulouse.id, dossiers={"principal": dossier.id}, now=NOW)
    (task,) = worklist.next_tasks(session, amina, run.id)
    return task


def republish(session, kind):
    publish(session, "form", "entretien", CHANGES[kind], since=date(2026, 1, 6))


def moves(session):
    return [e.facts["change"] for e in session.scalars(select(AuditEvent)) if e.action == "tache.formulaire_suivi"]


@pytest.mark.parametrize("kind", ["cosmetic", "compatible"])
def test_an_opened_task_follows_wording_and_additions_with_its_draft(session, amina, toulouse, kind):
    task = open_one(session, amina, toulouse)
    pinned = worklist.open_page(session, amina, task.id, NOW).form_hash
    saved = worklist.save_draft(session, amina, task.id, {"age": 19}, now=NOW)
    republish(session, kind)

    page = worklist.task_page(session, amina, task.id, TOMORROW)

    assert page.form_hash != pinned
    assert (page.data["age"], page.form_moved, page.form_kept, page.others) == (19, True, False, ())
    assert task.form_hash == pinned  # looking moves nothing
    worklist.save_draft(session, amina, task.id, {"age": 20}, "", saved.version, now=TOMORROW)
    assert (task.form_hash, moves(session)) == (page.form_hash, [kind])
    worklist.complete_task(session, amina, task.id, {"nom": "Durand", "age": 20}, "j", TOMORROW)
    assert session.scalars(select(Submission)).one().form_hash == page.form_hash
    assert moves(session) == [kind]


@pytest.mark.parametrize("kind", ["constraining", "breaking"])
def test_an_opened_task_keeps_its_form_with_a_banner(session, amina, toulouse, kind):
    task = open_one(session, amina, toulouse)
    pinned = worklist.open_page(session, amina, task.id, NOW).form_hash
    republish(session, kind)
    page = worklist.task_page(session, amina, task.id, TOMORROW)
    assert (page.form_hash, page.form_kept, page.form_moved) == (pinned, True, False)
    worklist.complete_task(session, amina, task.id, {"nom": "Durand", "age": 20, "suivi": False}, "j", TOMORROW)
    assert (task.form_hash, moves(session)) == (pinned, [])


@pytest.mark.parametrize(
    ("kind", "follows"), [("cosmetic", True), ("compatible", True), ("constraining", False), ("breaking", False)]
)
def test_a_task_not_yet_opened_follows_unless_more_is_asked(session, amina, toulouse, kind, follows):
    task = open_one(session, amina, toulouse)
    before = worklist.task_page(session, amina, task.id, NOW).form_hash
    republish(session, kind)
    page = worklist.task_page(session, amina, task.id, TOMORROW)
    assert (page.form_hash != before, page.form_kept) == (follows, not follows)
    later = processes.start(session, amina, "p", toulouse.id, now=TOMORROW)
    (newer,) = worklist.next_tasks(session, amina, later.id)
    fresh = worklist.task_page(session, amina, newer.id, TOMORROW)
    assert (fresh.form_hash != before, fresh.form_kept) == (True, False)


def test_answers_the_form_no_longer_asks_show_apart_and_stay(session, amina, toulouse):
    publish(session, "form", "entretien", CHANGES["compatible"])
    task = open_one(session, amina, toulouse)
    worklist.save_draft(session, amina, task.id, {"age": 19, "remarque": "À rappeler"}, now=NOW)
    task.form_hash = None  # what a plan of migration does: the task takes the form in force
    publish(session, "form", "entretien", MEETING_FORM)
    page = worklist.task_page(session, amina, task.id, NOW)
    assert (page.others, page.data) == ((("Remarque", "À rappeler"),), {"nom": "Martin", "age": 19})
    worklist.complete_task(session, amina, task.id, page.data, "j", NOW)
    assert session.scalars(select(Submission)).one().hidden == {"/remarque": "À rappeler"}


def test_running_work_is_counted_exactly(session, units, amina, toulouse):
    values = {"title": "Modes", "values": [{"code": "bus", "label": "Bus"}]}
    publish(session, "list", "modes", values)
    publish(session, "form", "entretien", form(mode={"type": "string", "title": "Mode", "x-jalon-list": "modes"}))
    brest = worker(units["ml_brest"])
    tasks = [open_one(session, amina, toulouse) for _ in range(5)]
    elsewhere = open_one(session, brest, units["ml_brest"])
    worklist.open_page(session, amina, tasks[0].id, NOW)
    worklist.save_draft(session, amina, tasks[1].id, {"age": 19}, now=NOW)
    worklist.complete_task(session, amina, tasks[2].id, {"nom": "A", "age": 1}, "j", NOW)
    configuration.replace_dependencies(
        session, "process", "p", [("decision", "regles", "."), ("form", "entretien", ".")]
    )
    here, everywhere = frozenset({toulouse.id}), frozenset({toulouse.id, units["ml_brest"].id})

    def count(kind, key, ids=here):
        return worklist.count_running(session, kind, key, ids)

    assert count("form", "entretien") == RunningWork(unopened=2, opened=2, drafts=1, instances=4)
    assert count("form", "entretien", everywhere) == RunningWork(unopened=3, opened=2, drafts=1, instances=5)
    assert count("list", "modes") == count("form", "entretien")
    assert count("process", "p") == RunningWork(unopened=2, opened=2, drafts=1, instances=4)
    assert count("decision", "regles") == count("process", "p")
    assert count("form", "reponse") == count("list", "autre") == RunningWork()
    publish(session, "form", "entretien", MEETING_FORM)  # the tasks opened keep the form that offers the list
    assert count("list", "modes") == RunningWork(unopened=0, opened=2, drafts=1, instances=2)
    assert elsewhere.state == "ready"
