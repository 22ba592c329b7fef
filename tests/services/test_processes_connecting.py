"""Steps that ask another system: sent once checked, simulated, answered as variables, given up as incidents."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from factories.dossiers import make_dossier
from factories.processes import NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.runtime.connectors import ConnectorFailed, Reply, simulated
from jalon.services import processes, worklist
from jalon.services.configuration.linting import lint_artifact
from jalon.services.processes import connecting
from jalon.store import outside
from jalon.store.jobs import Job
from jalon.store.outside import ConnectorCall

REGISTRY = {
    "title": "Registre",
    "url": "https://registre.exemple.test/v1",
    "operations": {
        "chercher": {
            "in": {"type": "object", "required": ["numero"], "properties": {"numero": {"type": "string"}}},
            "out": {"type": "object", "required": ["droits"]},
            "answer": {"droits_ouverts": "reponse.droits", "fin": "reponse.fin"},
            "errors": {"404": "INCONNU"},
            "examples": [
                {"when": {"numero": "inconnu"}, "status": 404},
                {"when": {"numero": "panne"}, "status": 503},
                {"answer": {"droits": True, "fin": "2026-12-31"}},
            ],
        }
    },
}
ASK = action("demander", "connecteur.appeler", connecteur='"registre"', operation='"chercher"', numero="numero")
STEPS = line(ASK, user_task("relire", ""))
CAUGHT = """<boundaryEvent id="inconnu" attachedToRef="demander"><errorEventDefinition errorRef="e"/></boundaryEvent>
<userTask id="saisir" name="Saisir"/><sequenceFlow id="g1" sourceRef="inconnu" targetRef="saisir"/>"""


@pytest.fixture
def toulouse(session):
    publish_basics(session)
    publish(session, "connector", "registre", REGISTRY)
    return make_network(session)["ml_toulouse"]


def started(session, unit, number, body=STEPS):
    content = process("p", body)
    content["bpmn"] = content["bpmn"].replace('<process id="p"', '<error id="e" errorCode="INCONNU"/><process id="p"')
    publish(session, "process", "p", content)
    return processes.start(session, SYSTEM, "p", unit.id, variables={"numero": number}, now=NOW)


def answer(session, now=NOW, tries=1):
    """Do the waiting job of a call as a worker would, once."""
    job = session.scalars(select(Job).order_by(Job.id.desc())).first()
    try:
        request = connecting.prepare(session, job.arguments, now)
        if request is not None:
            operation = request.declared["operations"][request.operation]
            reply = simulated(operation, request.payload, "Registre")
            connecting.keep(session, job.arguments, reply, now)
    except ConnectorFailed:
        job.attempts = tries
        connecting.give_up(session, job, now)
    return job


def elements(session, run):
    return [task.element for task in worklist.next_tasks(session, SYSTEM, run.id) if task.kind == "userTask"]


def test_an_answer_becomes_variables_and_the_run_goes_on(session, toulouse):
    run = started(session, toulouse, "123")
    assert elements(session, run) == []
    assert worklist.next_tasks(session, worker(toulouse), run.id) == []
    text = processes.map_of(session, SYSTEM, run.id).text
    assert text == ("Vous êtes ici : « Demander », en attente d’un autre système depuis le 05/01/2026.",)
    job = answer(session)
    assert elements(session, run) == ["relire"]
    assert run.variables["0"] == {"numero": "123", "droits_ouverts": True, "fin": "2026-12-31"}
    (asked,) = session.scalars(select(ConnectorCall))
    assert (asked.state, asked.payload, "123" in str(job.arguments)) == ("done", {}, False)
    connecting.keep(session, job.arguments, Reply(200, {"droits": False}), NOW)
    assert run.variables["0"]["droits_ouverts"] is True  # the same job done twice changes nothing


def test_what_is_sent_is_checked_before_and_an_expected_refusal_is_an_error_of_the_diagram(session, toulouse):
    assert "n’a pas la forme prévue" in incident(session, started(session, toulouse, 123))
    run = started(session, toulouse, "inconnu", STEPS + CAUGHT)
    answer(session)
    assert elements(session, run) == ["saisir"]


def incident(session, run):
    return next(one.message for one, of in processes.incidents(session, SYSTEM) if of.id == run.id)


def test_a_call_given_up_is_an_incident_retried_under_the_same_key(session, toulouse):
    run = started(session, toulouse, "panne")
    answer(session, tries=3)
    assert run.status == "incident"
    assert incident(session, run).startswith("L’échange avec « Registre » a échoué 3 fois")
    processes.edit_variables(session, SYSTEM, run.id, {"numero": "123"}, NOW, "corrigé")
    ((stopped, _),) = processes.incidents(session, SYSTEM)
    processes.retry(session, SYSTEM, stopped.id, NOW)
    answer(session)
    assert elements(session, run) == ["relire"]
    calls = session.scalars(select(ConnectorCall).order_by(ConnectorCall.asked_at, ConnectorCall.id)).all()
    assert [one.state for one in calls] == ["failed", "done"]
    assert len({one.key for one in calls}) == 1


def test_a_held_run_waits_and_asks_again_when_it_resumes(session, toulouse):
    run = started(session, toulouse, "123")
    processes.suspend(session, SYSTEM, run.id, NOW, "x")
    answer(session)
    assert session.scalars(select(ConnectorCall)).one().state == "waiting"
    processes.resume(session, SYSTEM, run.id, NOW, "y")
    answer(session)
    assert elements(session, run) == ["relire"]


def test_a_system_that_keeps_failing_is_left_alone_for_a_while(session, toulouse):
    started(session, toulouse, "123")
    for _ in range(connecting.MOST_FAILURES):
        outside.note_failure(session, "registre", NOW, most=connecting.MOST_FAILURES, rest=connecting.REST)
    job = session.scalars(select(Job)).one()
    with pytest.raises(connecting.ConnectorResting):
        connecting.prepare(session, job.arguments, NOW)
    assert connecting.prepare(session, job.arguments, NOW + timedelta(minutes=2)) is not None
    outside.note_answer(session, "registre")
    assert connecting.prepare(session, job.arguments, NOW) is not None


def test_a_declared_connector_is_checked():
    assert lint_artifact("connector", "registre", REGISTRY) == []
    wrong = {**REGISTRY, "url": "http://x", "port": 80, "operations": {"a b": {"out": {"type": "null"}, "sortie": 1}}}
    wrong["operations"]["a b"]["examples"] = [{"answer": {"x": 1}, "quand": {}}]
    assert len(lint_artifact("connector", "registre", wrong)) == 6


def test_actions_evaluate_a_decision_start_a_process_and_refuse_what_is_missing(session, toulouse):
    dossier = make_dossier(session, toulouse)
    publish(session, "process", "suite", process("suite", line(user_task("suivre", ""))))
    body = line(action("lancer", "processus.demarrer", processus='"suite"', origine='"p"', resultat='"suivi"'))
    publish(session, "process", "p", process("p", body))
    run = processes.start(session, SYSTEM, "p", toulouse.id, dossiers={"principal": dossier.id}, now=NOW)
    other = next(one for one, _ in processes.runs_of(session, dossier.id) if one.process_key == "suite")
    assert (run.status, run.variables["0"]["suivi"]) == ("completed", str(other.id))
    assert other.variables["0"] == {"origine": "p"}
    endless = line(action("relancer", "processus.demarrer", processus='"sansfin"'))
    publish(session, "process", "sansfin", process("sansfin", endless))
    processes.start(session, SYSTEM, "sansfin", toulouse.id, now=NOW)
    assert "se démarrent l’un l’autre sans fin" in processes.incidents(session, SYSTEM)[0][0].message
    publish(session, "process", "vide", process("vide", line(action("lancer", "processus.demarrer"))))
    empty = processes.start(session, SYSTEM, "vide", toulouse.id, now=NOW)
    assert incident(session, empty) == (
        "L’action « processus.demarrer » n’a pas pu être faite : le paramètre « processus » (processus) est vide."
    )
