"""Runs moved to another version: a dry run by group, choices, forms and data of the same release, undo."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories.processes import MEETING_FORM, NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.base.errors import Forbidden, Refused
from jalon.services import processes, worklist
from jalon.store.operations import images_of
from jalon.store.processes import Due
from services.test_processes_operating import do_all

LATER = NOW + timedelta(days=1)
TIMER = """<boundaryEvent id="retard" attachedToRef="recevoir" cancelActivity="false"><timerEventDefinition>
<timeDuration>P7D</timeDuration></timerEventDefinition></boundaryEvent><userTask id="relancer" name="Relancer"/>
<sequenceFlow id="g1" sourceRef="retard" targetRef="relancer"/>"""
FIRST = line(user_task("recevoir"), user_task("relire", ""))
SECOND = line(user_task("recevoir"), user_task("verifier", ""), action("agir", "action.absente"))


@pytest.fixture
def units(session):
    publish_basics(session)
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


def started(session, unit, body=FIRST, steps=0, **variables):
    publish(session, "process", "p", process("p", body))
    run = processes.start(session, SYSTEM, "p", unit.id, variables=variables, now=NOW)
    for _ in range(steps):
        (task,) = worklist.next_tasks(session, SYSTEM, run.id)
        worklist.complete_task(session, SYSTEM, task.id, {"nom": "Petit", "age": 20}, "j", NOW)
    return run


def renamed_form():
    schema = MEETING_FORM["schema"]
    kept = {name: one for name, one in schema["properties"].items() if name != "detail"}
    kept["precisions"] = {"type": "string", "title": "Précisions", "x-jalon-replaces": ["detail"]}
    return {"schema": {**schema, "properties": kept, "required": ["nom", "precisions"]}, "ui": {}}


@pytest.mark.req("R22")
def test_a_dry_run_groups_what_moves_what_needs_a_choice_and_what_is_refused(session, units, toulouse):
    waiting = [started(session, toulouse), started(session, units["ml_brest"])]
    gone = started(session, toulouse, steps=1)
    publish(session, "process", "p", process("p", SECOND))
    up_to_date = processes.start(session, SYSTEM, "p", toulouse.id, now=NOW)
    planned = processes.plan(session, SYSTEM, "p", {}, LATER)
    assert [(one.outcome, one.at, one.runs) for one in planned.groups] == [
        ("moves", (("recevoir", "Recevoir"),), [run.id for run in waiting]),
        ("choice", (("relire", "Relire"),), [gone.id]),
    ]
    assert planned.up_to_date == 1
    assert ("verifier", "Verifier") in planned.groups[1].targets
    assert planned.groups[0].units == {"Ml_Toulouse": 1, "Ml_Brest": 1}
    chosen = processes.plan(session, SYSTEM, "p", {"relire": "agir"}, LATER).groups[1]
    assert chosen.outcome == "moves"  # a task of people may become an automatic one: both are open work
    refused = processes.plan(session, SYSTEM, "p", {"relire": "fin"}, LATER).groups[1]
    assert (refused.outcome, "de même nature" in refused.refused) == ("refused", True)
    local = worker(toulouse, more=("processus.migrer",))
    assert [one.runs for one in processes.plan(session, local, "p", {}, LATER).groups] == [[waiting[0].id], [gone.id]]
    with pytest.raises(Forbidden):
        processes.plan(session, worker(toulouse), "p", {}, LATER)
    assert up_to_date.process_hash == planned.groups[0].new


@pytest.mark.req("R22")
def test_runs_move_with_their_tasks_and_timers_and_come_back(session, toulouse):
    runs = [started(session, toulouse, FIRST + TIMER), started(session, toulouse, FIRST + TIMER)]
    gone = started(session, toulouse, FIRST + TIMER, steps=1)
    before = [(run.process_hash, bytes(run.state), elements(session, run), due(session, run)) for run in runs]
    publish(session, "process", "p", process("p", SECOND))
    operation = processes.migrate(session, SYSTEM, "p", {"relire": "verifier"}, "nouveau circuit", LATER)
    do_all(session)
    assert counts(session, operation) == (3, 0)
    assert len({run.process_hash for run in [*runs, gone]} - {before[0][0]}) == 1
    assert [elements(session, run) for run in [*runs, gone]] == [["recevoir"], ["recevoir"], ["verifier"]]
    assert [due(session, run) for run in runs] == [None, None]
    (task,) = worklist.next_tasks(session, SYSTEM, runs[0].id)
    worklist.complete_task(session, SYSTEM, task.id, {"nom": "Petit", "age": 20}, "j", LATER)
    assert elements(session, runs[0]) == ["verifier"]
    back = processes.undo(session, SYSTEM, operation.id, "erreur de circuit", LATER)
    do_all(session)
    assert counts(session, back) == (2, 1)  # the one that went on stays
    assert (runs[1].process_hash, bytes(runs[1].state)) == before[1][:2]
    assert (elements(session, runs[1]), due(session, runs[1])) == before[1][2:]
    assert elements(session, gone) == ["relire"]
    said = [one.text for one in processes.history(session, SYSTEM, runs[1].id)]
    assert {"Intervention annulée : erreur de circuit", "Parcours passé à une nouvelle version : nouveau circuit"} <= {
        *said
    }


def elements(session, run):
    return [task.element for task in worklist.next_tasks(session, SYSTEM, run.id)]


def due(session, run):
    found = session.scalars(select(Due).where(Due.instance_id == run.id)).one_or_none()
    return found.at if found else None


def counts(session, operation):
    seen = processes.progress(session, SYSTEM, operation.id)
    assert seen.waiting == 0
    return seen.done, seen.refused


def test_the_form_and_the_data_of_the_same_release_move_too(session, toulouse):
    run = started(session, toulouse, detail="déjà dit")
    amina = worker(toulouse)
    (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.save_draft(session, amina, task.id, {"nom": "Pe", "detail": "saisi"}, now=NOW)
    old_form = task.form_hash
    publish(session, "form", "entretien", renamed_form())
    publish(session, "process", "p", process("p", SECOND))
    assert worklist.task_page(session, amina, task.id, LATER).form_kept
    operation = processes.migrate(session, SYSTEM, "p", {}, "nouvelle version", LATER)
    do_all(session)
    page = worklist.task_page(session, amina, task.id, LATER)
    assert (page.form_kept, task.form_hash != old_form) == (False, True)
    assert page.draft is not None
    assert run.variables["0"]["precisions"] == "déjà dit"
    processes.undo(session, SYSTEM, operation.id, "retour", LATER)
    do_all(session)
    assert (task.form_hash, "precisions" in run.variables["0"]) == (old_form, False)


def test_a_run_that_cannot_move_is_refused_alone_and_images_go_with_the_run(session, toulouse):
    moved, gone = started(session, toulouse), started(session, toulouse, steps=1)
    publish(session, "process", "p", process("p", SECOND))
    with pytest.raises(Refused):
        processes.migrate(session, SYSTEM, "p", {"recevoir": "fin"}, "x", LATER)
    operation = processes.begin(session, SYSTEM, "migrer", [moved.id, gone.id], "x", LATER)
    do_all(session)
    assert counts(session, operation) == (1, 1)
    (item,) = processes.progress(session, SYSTEM, operation.id, result="refused").items
    assert item.message.startswith("Ce parcours reste dans sa version : l’étape « relire »")
    assert len(images_of(session, moved.id)) == 1
    processes.cancel(session, SYSTEM, moved.id, "fin", LATER)
    assert [one.cause for one in images_of(session, moved.id)] == ["parcours.annule"]  # to be reopened from
