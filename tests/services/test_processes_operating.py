"""Operators at work: one run examined, moved, held, and many runs at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories.processes import NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.base.errors import Forbidden, NotFound, Refused
from jalon.services import processes, worklist
from jalon.services.processes import Wanted, register_action
from jalon.services.processes.actions import ACTIONS
from jalon.store.audit import AuditEvent
from jalon.store.jobs import Job
from jalon.store.operations import KEPT_IMAGES, images_of

MANAGER = ("incident.voir", "incident.gerer")
WAIT = """<intermediateCatchEvent id="attendre" name="Une semaine"><timerEventDefinition>
<timeDuration>P7D</timeDuration></timerEventDefinition></intermediateCatchEvent>"""
MESSAGE = """<intermediateCatchEvent id="ecouter" name="Réponse"><messageEventDefinition messageRef="m"/>
</intermediateCatchEvent>"""


@pytest.fixture
def units(session):
    publish_basics(session)
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def failing():
    """An action that fails until told otherwise."""
    works = set()

    def act(session, context, parameters):
        if not works:
            raise RuntimeError("coupure")
        return {}

    register_action("essai.casse", act)
    yield works
    ACTIONS.pop("essai.casse")


def started(session, unit, body, **variables):
    publish(session, "process", "p", process("p", body))
    return processes.start(session, SYSTEM, "p", unit.id, variables=variables, now=NOW)


def elements(session, run):
    return [task.element for task in worklist.next_tasks(session, SYSTEM, run.id)]


def do_all(session):
    """Do the jobs of operations as a worker would, one piece after the other."""
    pieces = 0
    while (job := session.scalars(select(Job).order_by(Job.id)).first()) is not None:
        arguments = dict(job.arguments)
        session.delete(job)
        session.flush()
        processes.work(session, arguments, NOW + timedelta(minutes=1))
        pieces += 1
    return pieces


def test_a_run_is_examined_token_by_token(session, units, toulouse, failing):
    titled = user_task("recevoir", "", title="Recevoir Léa Martin")
    run = started(session, toulouse, line(titled, WAIT, action("agir", "essai.casse")), pointure=39)
    manager = worker(toulouse, more=MANAGER)
    later = NOW + timedelta(days=2)
    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
    seen = processes.examine(session, manager, run.id, later)
    assert [(one.name, one.doing, one.since, one.who) for one in seen.places] == [("Recevoir", "o", NOW, "agent")]
    assert [(one.name, one.length) for one in seen.durations] == [("Recevoir", timedelta(days=2))]
    worklist.complete_task(session, SYSTEM, task.id, {}, "j", later)
    seen = processes.examine(session, manager, run.id, later)
    (place,) = seen.places
    assert (place.name, place.since, seen.states["attendre"]) == ("Une semaine", later, "current")
    assert [(one.kind, one.due) for one in place.waits] == [("timer", later + timedelta(days=7))]
    assert processes.fire_due(session, later + timedelta(days=7)) == 1
    seen = processes.examine(session, manager, run.id, later + timedelta(days=9))
    (stopped,) = seen.incidents
    assert (stopped.name, stopped.tries, stopped.incident.opened_at) == ("Agir", 1, later + timedelta(days=7))
    assert stopped.incident.message == "L’action « essai.casse » s’est interrompue (RuntimeError)."
    assert ("recevoir", "Recevoir") in seen.places[0].targets
    told = str(processes.facts_of(seen))
    assert ("pointure" in told, "Martin" in told, "Recevoir : fait" in told) == (False, False, True)
    assert processes.variables_to_edit(session, manager, run.id) == {"pointure": "39"}
    with pytest.raises(Forbidden):
        processes.variables_to_edit(session, worker(toulouse, more=MANAGER[:1]), run.id)
    with pytest.raises(NotFound):
        processes.examine(session, worker(units["ml_brest"], more=MANAGER), run.id, NOW)


def test_a_token_goes_to_another_step_and_what_it_waited_for_is_dropped(session, toulouse):
    run = started(session, toulouse, line(WAIT, user_task("recevoir", ""), user_task("relire", "")))
    manager = worker(toulouse, more=MANAGER)
    (place,) = processes.examine(session, manager, run.id, NOW).places
    processes.move(session, manager, run.id, place.token, "relire", "relance inutile", NOW)
    assert elements(session, run) == ["relire"]
    assert processes.fire_due(session, NOW + timedelta(days=8)) == 0
    texts = [(one.text, one.who) for one in processes.history(session, manager, run.id)]
    assert ("Parcours amené à une autre étape : relance inutile", "Amina K.") in texts
    with pytest.raises(NotFound):
        processes.move(session, manager, run.id, 99, "relire", "encore", NOW)
    assert [one.cause for one in images_of(session, run.id)] == ["parcours.deplace"]
    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
    worklist.complete_task(session, SYSTEM, task.id, {}, "j", NOW)
    assert (run.status, images_of(session, run.id)) == ("completed", [])


def test_images_of_a_run_are_at_most_twenty(session, toulouse):
    run = started(session, toulouse, line(user_task("recevoir", "")))
    for age in range(KEPT_IMAGES + 3):
        processes.edit_variables(session, SYSTEM, run.id, {"age": age}, NOW, "essai")
    images = images_of(session, run.id)
    assert [one.variables["0"].get("age") for one in images] == list(range(21, 1, -1))


def test_a_held_run_keeps_its_messages_and_takes_them_when_it_resumes(session, toulouse):
    body = line(MESSAGE, user_task("relire", ""))
    publish(session, "process", "p", with_message(process("p", body)))
    run = processes.start(session, SYSTEM, "p", toulouse.id, business_key="k", now=NOW)
    manager = worker(toulouse, more=MANAGER)
    processes.suspend(session, manager, run.id, NOW, "vérification")
    processes.send(session, SYSTEM, toulouse.id, "reponse", {}, business_key="k", now=NOW)
    assert elements(session, run) == []
    processes.resume(session, manager, run.id, NOW, "vérifié")
    assert elements(session, run) == ["relire"]
    said = [one.text for one in processes.history(session, manager, run.id)]
    assert {"Parcours suspendu : vérification", "Parcours repris : vérifié"} <= set(said)


def with_message(content):
    bpmn = content["bpmn"].replace('<process id="p"', '<message id="m" name="reponse"/><process id="p"')
    return {**content, "bpmn": bpmn}


def test_a_held_run_holds_what_it_called(session, toulouse):
    publish(session, "process", "dedans", process("dedans", line(user_task("faire", ""))))
    run = started(session, toulouse, line('<callActivity id="appeler" calledElement="dedans"/>'))
    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
    processes.suspend(session, SYSTEM, run.id, NOW, "x")
    with pytest.raises(Refused):
        worklist.complete_task(session, SYSTEM, task.id, {}, "j", NOW)
    processes.resume(session, SYSTEM, run.id, NOW, "y")
    worklist.complete_task(session, SYSTEM, task.id, {}, "j", NOW)
    assert run.status == "completed"


def test_many_incidents_are_retried_at_once_with_a_result_each(session, toulouse, failing):
    runs = [started(session, toulouse, line(action("agir", "essai.casse"))) for _ in range(43)]
    manager = worker(toulouse, more=MANAGER)
    wanted = Wanted(process="p", code="action.en_echec")
    (alike,) = processes.alike(session, manager, wanted)
    assert (alike.process, alike.element, alike.code, alike.count) == ("p", "agir", "action.en_echec", 43)
    targets = processes.matching(session, manager, "relancer", wanted)
    operation = processes.begin(session, SYSTEM, "relancer", targets, "encore", NOW)
    processes.retry(session, manager, targets[0], NOW)  # somebody is quicker: its incident is another one now
    seen = processes.progress(session, SYSTEM, operation.id)
    assert (seen.waiting, seen.percent) == (43, 0)
    failing.add(1)
    assert do_all(session) == 3
    seen = processes.progress(session, SYSTEM, operation.id)
    assert (seen.done, seen.refused, seen.waiting, seen.percent) == (42, 1, 0, 100)
    assert operation.finished_at is not None
    assert sum(run.status == "completed" for run in runs) == 42
    (refused,) = processes.progress(session, SYSTEM, operation.id, result="refused").items
    assert refused.message == "Cet élément n’existe pas, ou n’est pas accessible d’ici."
    assert (
        session.scalars(select(AuditEvent).where(AuditEvent.action == "operation.demandee")).one().facts["runs"] == 43
    )


@pytest.mark.req("S4")
def test_an_operation_takes_a_reason_and_only_runs_one_manages(session, units, toulouse):
    run = started(session, toulouse, line(user_task("recevoir", "")))
    manager, other = worker(toulouse, more=MANAGER), worker(units["ml_brest"], more=MANAGER)
    with pytest.raises(Refused):
        processes.begin(session, manager, "suspendre", [run.id], "  ", NOW)
    with pytest.raises(NotFound):
        processes.begin(session, other, "suspendre", [run.id], "motif", NOW)
    operation = processes.begin(session, manager, "suspendre", [run.id], "motif", NOW)
    with pytest.raises(NotFound):
        processes.progress(session, other, operation.id)
    assert list(processes.operations(session, other)) == []
    # an account that is gone has no right left: nothing is done in its name
    assert do_all(session) == 1
    (item,) = processes.progress(session, manager, operation.id).items
    assert (item.result, run.suspended) == ("refused", False)


@pytest.mark.parametrize(
    ("name", "arguments", "holds"),
    [
        ("suspendre", {}, lambda run: run.suspended),
        ("annuler", {}, lambda run: run.status == "terminated"),
        ("corriger", {"values": {"age": 20}}, lambda run: run.variables["0"]["age"] == 20),
    ],
)
def test_each_act_on_many_runs(session, toulouse, name, arguments, holds):
    runs = [started(session, toulouse, line(user_task("recevoir", "")), age=19) for _ in range(2)]
    operation = processes.begin(session, SYSTEM, name, [run.id for run in runs], "m", NOW, arguments=arguments)
    do_all(session)
    assert (all(map(holds, runs)), operation.arguments) == (True, {})


def test_a_cancelled_run_is_reopened_where_it_was_with_its_draft_and_its_timers(session, toulouse):
    run = started(session, toulouse, line(user_task("recevoir"), WAIT, user_task("suivre", "")))
    amina = worker(toulouse, more=("processus.annuler",))
    (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.save_draft(session, amina, task.id, {"nom": "Durand"}, now=NOW)
    processes.cancel(session, amina, run.id, "Erreur de dossier", NOW)
    assert elements(session, run) == []
    assert processes.reopenable(session, run)

    with pytest.raises(Forbidden):
        processes.reopen(session, worker(toulouse), run.id, "Le bon dossier", NOW)
    later = NOW + timedelta(days=2)
    processes.reopen(session, amina, run.id, "Le bon dossier", later)

    assert (run.status, run.ended_at, elements(session, run)) == ("running", None, ["recevoir"])
    assert worklist.task_page(session, amina, task.id, later).data == {"nom": "Durand"}
    told = [(one.text, one.who) for one in processes.history(session, amina, run.id)]
    assert any("Parcours rouvert" in text and who == "Amina K." for text, who in told)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "parcours.rouvert")).one()
    assert (event.actor_id, event.target_id) == (amina.id, run.id)
    with pytest.raises(NotFound):
        processes.reopen(session, amina, run.id, "Encore", later)

    worklist.complete_task(session, amina, task.id, {"nom": "Durand", "age": 19, "suivi": False}, "jeton", later)
    processes.cancel(session, amina, run.id, "Trop tôt", later)
    processes.reopen(session, amina, run.id, "Il attend", later + timedelta(days=8))
    processes.fire_due(session, later + timedelta(days=8))
    assert elements(session, run) == ["suivre"]  # what was due meanwhile fired at once


def test_a_run_reopened_has_its_incidents_and_the_runs_it_called(session, toulouse, failing):
    publish(session, "process", "appele", process("appele", line(user_task("dedans", ""))))
    call = """<callActivity id="appel" calledElement="appele"/>"""
    run = started(session, toulouse, line(call, action("verser", "essai.casse")))
    assert elements(session, run) == ["dedans"]
    processes.cancel(session, SYSTEM, run.id, "Erreur", NOW)
    processes.reopen(session, SYSTEM, run.id, "Non", NOW)
    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
    worklist.complete_task(session, SYSTEM, task.id, {}, "jeton", NOW)
    (stopped, _) = processes.find_incidents(session, SYSTEM, Wanted())[0]

    processes.cancel(session, SYSTEM, run.id, "Erreur", NOW)
    assert processes.find_incidents(session, SYSTEM, Wanted()) == []
    processes.reopen(session, SYSTEM, run.id, "Non", NOW)
    failing.add(1)
    assert processes.retry(session, SYSTEM, stopped.id, NOW).finished
    with pytest.raises(NotFound):  # it ended by itself
        processes.reopen(session, SYSTEM, run.id, "Encore", NOW)
