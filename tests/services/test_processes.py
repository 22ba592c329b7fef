"""Runs: who may start them, timers, messages, actions, decisions, incidents, map and history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.base.errors import Forbidden, NotFound
from jalon.engines.expressions import working_calendar
from jalon.services import processes, worklist
from jalon.services.processes import StartRefused, register_action
from jalon.services.processes.actions import ACTIONS
from jalon.services.processes.deadlines import due_date
from jalon.store.audit import AuditEvent
from jalon.store.messaging import Outbox
from jalon.store.organisations import Unit
from jalon.store.processes import DecisionLog, Due, Instance, decisions_of

WAIT = """<intermediateCatchEvent id="attendre"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">P7D
</timeDuration></timerEventDefinition></intermediateCatchEvent>""".replace("P7D\n", "P7D")
RULE = '<businessRuleTask id="decider" name="Décider" jalon:decision="majeur" jalon:result="majeur"/>'
DECISION = {
    "id": "regles",
    "name": "Règles",
    "decisions": [
        {
            "id": "majeur",
            "name": "majeur",
            "variable": "majeur",
            "type": "boolean",
            "requires": [],
            "table": {
                "hit": "UNIQUE",
                "inputs": [{"id": "e1", "label": "Âge", "expression": "age", "type": "number"}],
                "outputs": [{"id": "s1", "name": "majeur", "label": "Majeur", "type": "boolean"}],
                "rules": [
                    {"id": "oui", "when": [">= parametre.majorite"], "then": ["true"], "note": ""},
                    {"id": "non", "when": ["< parametre.majorite"], "then": ["false"], "note": ""},
                ],
            },
        }
    ],
}
PARAMETERS = {
    "majorite": {
        "label": "Majorité",
        "type": "integer",
        "values": [
            {"from": "1900-01-01", "value": 21, "source": "a"},
            {"from": "1974-07-05", "value": 18, "source": "b"},
        ],
    }
}
MANAGER = ("incident.voir", "incident.gerer", "processus.annuler")


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    publish(session, "decision", "regles", DECISION)
    publish(session, "parameters", "essai", PARAMETERS)
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


def run_of(session, unit, body, actor=SYSTEM, variables=None, dossier=None, **attributes) -> Instance:
    publish(session, "process", "p", process("p", body, **attributes))
    dossiers = {"principal": dossier.id} if dossier else {}
    return processes.start(session, actor, "p", unit.id, dossiers=dossiers, variables=variables, now=NOW)


def test_a_process_about_a_case_file_opens_one_when_none_is_given(session, toulouse):
    amina = worker(toulouse)
    run = run_of(session, toulouse, line(user_task("recevoir")), amina, dossierType="personne")
    (task,) = worklist.next_tasks(session, amina, run.id)
    page = worklist.task_page(session, amina, task.id, NOW)
    assert page.dossier.name == "Personne sans nom"
    worklist.complete_task(session, amina, task.id, {"nom": "Petit", "age": 20}, "j", NOW)
    assert page.dossier.name == "Petit"


def test_only_the_roles_a_diagram_names_start_it(session, toulouse):
    body = line(user_task("recevoir"))
    with pytest.raises(StartRefused) as refusal:
        run_of(session, toulouse, body, worker(toulouse), startRoles="chef")
    assert refusal.value.text().startswith("« Parcours » est démarré par : chef.")
    assert [one.key for one in processes.startable(session, worker(toulouse, role="chef"), toulouse.id, NOW)] == ["p"]
    assert processes.startable(session, worker(toulouse), toulouse.id, NOW) == []


@pytest.mark.req("S4")
def test_nobody_starts_elsewhere_nor_on_a_case_file_of_elsewhere(session, units, toulouse):
    body = line(user_task("recevoir"))
    with pytest.raises(Forbidden):
        run_of(session, toulouse, body, worker(units["ml_brest"]))
    with pytest.raises(NotFound):
        run_of(session, toulouse, body, worker(toulouse), dossier=make_dossier(session, units["ml_brest"]))


def test_a_timer_fires_once_when_it_is_due(session, toulouse):
    run = run_of(session, toulouse, line(WAIT, user_task("relancer", "")))
    assert processes.fire_due(session, NOW + timedelta(days=6)) == 0
    assert processes.fire_due(session, NOW + timedelta(days=7)) == 1
    assert processes.fire_due(session, NOW + timedelta(days=8)) == 0
    assert [task.element for task in worklist.next_tasks(session, SYSTEM, run.id)] == ["relancer"]


def test_actions_read_the_case_file_and_write_it(session, toulouse):
    dossier = make_dossier(session, toulouse)
    noted = action(
        "noter", "dossier.noter", suivi__nom="dossier.identite.nom", suivi__le="aujourdhui", suivi__ou="unite.nom"
    )
    run = run_of(session, toulouse, line(noted), dossier=dossier)
    assert dossier.data["suivi"] == {"nom": "Martin", "le": "2026-01-05", "ou": "Ml_Toulouse"}
    assert run.status == "completed"


def test_a_message_is_queued_from_its_model(session, toulouse):
    publish(session, "message", "bonjour", {"subject": "Bonjour {{nom}}", "text": "À bientôt {{nom}}"})
    mail = action("ecrire", "message.envoyer", modele='"bonjour"', courriel='"lea@exemple.test"', nom='"Léa"')
    run_of(session, toulouse, line(mail))
    (queued,) = session.scalars(select(Outbox))
    assert (queued.recipient, queued.subject, queued.text) == ("lea@exemple.test", "Bonjour Léa", "À bientôt Léa")


def test_what_a_failing_action_wrote_is_undone_and_can_be_retried(session, toulouse):
    dossier = make_dossier(session, toulouse)
    tries = []

    def half_done(session, context, parameters):
        found = session.get(type(dossier), context.dossiers["principal"])
        found.status = "closed"
        session.flush()
        tries.append(1)
        if len(tries) < 2:
            raise RuntimeError("coupure")
        return {"fait": True}

    register_action("essai.moitie", half_done)
    try:
        run = run_of(session, toulouse, line(action("agir", "essai.moitie")), dossier=dossier)
        session.refresh(dossier)
        assert (run.status, dossier.status) == ("incident", "open")
        manager = worker(toulouse, more=MANAGER)
        ((incident, about),) = processes.incidents(session, manager)
        assert (incident.code, about.id) == ("action.en_echec", run.id)
        processes.retry(session, manager, incident.id, NOW)
    finally:
        ACTIONS.pop("essai.moitie")
    assert (run.status, dossier.status) == ("completed", "closed")
    assert processes.incidents(session, manager) == []
    with pytest.raises(NotFound):
        processes.retry(session, manager, incident.id, NOW)


def test_an_incident_is_passed_or_its_token_moved_by_who_may_and_audited(session, units, toulouse):
    body = line(action("agir", "action.absente"), user_task("relire", ""))
    manager = worker(toulouse, more=MANAGER)
    for act, element in (
        (lambda i: processes.skip(session, manager, i, NOW), "relire"),
        (lambda i: processes.move_token(session, manager, i, "relire", NOW), "relire"),
    ):
        run = run_of(session, toulouse, body)
        ((incident, _),) = processes.incidents(session, manager)
        with pytest.raises(Forbidden):
            processes.skip(session, worker(toulouse, more=("incident.voir",)), incident.id, NOW)
        with pytest.raises(NotFound):
            processes.skip(session, worker(units["ml_brest"], more=MANAGER), incident.id, NOW)
        act(incident.id)
        assert [task.element for task in worklist.next_tasks(session, SYSTEM, run.id)] == [element]
    actions = set(session.scalars(select(AuditEvent.action)))
    assert {"incident.passe", "incident.deplace"} <= actions


def test_variables_are_corrected_and_only_their_names_are_audited(session, toulouse):
    run = run_of(session, toulouse, line(user_task("recevoir")), variables={"age": 19})
    processes.edit_variables(session, worker(toulouse, more=MANAGER), run.id, {"age": 20}, NOW)
    assert run.variables["0"]["age"] == 20
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "parcours.variables")).one()
    assert event.facts == {"names": ["age"]}


def test_a_timer_that_breaks_is_put_off_and_counts_as_handled(session, toulouse):
    broken = run_of(session, toulouse, line(WAIT))
    good = processes.start(session, SYSTEM, "p", toulouse.id, now=NOW)
    broken.state = b"{"
    session.flush()
    later = NOW + timedelta(days=8)
    assert [processes.fire_due(session, later, limit=1) for _ in range(3)] == [1, 1, 0]
    assert (broken.status, good.status) == ("running", "completed")
    assert session.scalars(select(Due.at)).all() == [later + timedelta(minutes=10)]


def test_a_suspended_run_fires_no_timer(session, toulouse):
    run = run_of(session, toulouse, line(WAIT))
    manager = worker(toulouse, more=MANAGER)
    processes.suspend(session, manager, run.id, NOW)
    assert processes.fire_due(session, NOW + timedelta(days=8)) == 0
    processes.resume(session, manager, run.id, NOW)
    assert processes.fire_due(session, NOW + timedelta(days=8)) == 1
    assert run.status == "completed"


def test_a_decision_keeps_what_it_read_and_which_version_answered(session, toulouse):
    run = run_of(session, toulouse, line(RULE, user_task("recevoir")), variables={"age": 19})
    assert run.variables["0"]["majeur"] is True
    (taken,) = decisions_of(session, [run.id])
    assert (taken.decision, taken.matched, taken.outputs, taken.reference_date) == (
        "majeur",
        ["oui"],
        {"majeur": True},
        date(2026, 1, 5),
    )
    assert taken.inputs == {"Âge": 19}
    assert len(taken.snapshot_hash) == 32


def test_a_number_that_a_decision_gives_is_read_by_the_next_steps(session, toulouse):
    (decision,) = DECISION["decisions"]
    rules = [rule | {"then": ["age + 1"]} for rule in decision["table"]["rules"]]
    outputs = [{"id": "s1", "name": "majeur", "label": "Âge atteint", "type": "number"}]
    counting = decision | {"type": "number", "table": decision["table"] | {"outputs": outputs, "rules": rules}}
    content = DECISION | {"decisions": [counting]}
    publish(session, "decision", "regles", content)
    run = run_of(session, toulouse, line(RULE, user_task("recevoir")), variables={"age": 19})
    assert run.variables["0"]["majeur"] == 20


def test_a_decision_is_taken_with_the_parameters_of_its_reference_date(session, toulouse):
    dated = DECISION | {"reference_date": "fait_le"}
    publish(session, "decision", "regles", dated)
    publish(session, "decision", "regles", dated, since=date(1900, 1, 1))
    publish(session, "parameters", "essai", PARAMETERS, since=date(1900, 1, 1))
    run = run_of(session, toulouse, line(RULE, user_task("recevoir")), variables={"age": 19, "fait_le": "1970-05-01"})
    assert run.variables["0"]["majeur"] is False
    taken = session.scalars(select(DecisionLog)).one()
    assert (taken.matched, taken.reference_date) == (["non"], date(1970, 5, 1))


def test_a_message_reaches_the_run_that_waits_for_it(session, toulouse):
    body = line('<receiveTask id="attendre" messageRef="m"/>', user_task("lire", ""))
    content = process("p", body)
    content["bpmn"] = content["bpmn"].replace("<process ", '<message id="m" name="reponse"/><process ', 1)
    publish(session, "process", "p", content)
    run = processes.start(session, SYSTEM, "p", toulouse.id, business_key="42", now=NOW)
    sent = processes.send(session, SYSTEM, toulouse.id, "reponse", {"avis": "oui"}, business_key="42", now=NOW)
    assert sent.delivered == 1
    assert [task.element for task in worklist.next_tasks(session, SYSTEM, run.id)] == ["lire"]


@pytest.mark.req("C19")
def test_the_map_says_where_one_is_who_has_the_ball_and_since_when(session, toulouse):
    amina = worker(toulouse)
    body = line(user_task("recevoir"), user_task("relire", "reponse", "chef"), user_task("ranger", ""))
    run = run_of(session, toulouse, body, amina)
    (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.complete_task(session, amina, task.id, {"nom": "Petit", "age": 20}, "j", NOW + timedelta(days=1))
    drawn = processes.map_of(session, amina, run.id)
    states = {one.element: one.state for one in drawn.elements}
    assert states == {"debut": "done", "recevoir": "done", "relire": "current", "ranger": "upcoming"}
    assert drawn.text == (
        "Vous êtes ici : « Relire », à faire par Responsable depuis le 06/01/2026.",
        "« Recevoir » : fait par Amina K. le 06/01/2026.",
    )
    lines = processes.history(session, amina, run.id)
    assert ("Recevoir : fait", "Amina K.", True) in [(one.text, one.who, one.answers) for one in lines]


@pytest.mark.req("S4")
def test_a_run_of_elsewhere_cannot_be_followed(session, units, toulouse):
    run = run_of(session, toulouse, line(user_task("recevoir")))
    with pytest.raises(NotFound):
        processes.map_of(session, worker(units["ml_brest"]), run.id)


def test_deadlines_are_counted_on_working_days(session, toulouse):
    publish(
        session,
        "deadlines",
        "p",
        {"process": "p", "deadlines": [{"id": "d", "element": "recevoir", "n": 5, "unit": "ouvres", "remind": [2]}]},
    )
    run = run_of(session, toulouse, line(user_task("recevoir")))
    (task,) = worklist.next_tasks(session, SYSTEM, run.id)
    assert task.due_at == datetime(2026, 1, 12, 22, 59, tzinfo=UTC)
    assert task.urgent_at == task.due_at


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"n": 10, "unit": "jours"}, date(2026, 1, 15)),
        ({"n": 10, "unit": "jours", "franc": True}, date(2026, 1, 16)),
        ({"n": 5, "unit": "jours"}, date(2026, 1, 12)),  # the 10th is a Saturday
        ({"n": 1, "unit": "mois"}, date(2026, 2, 5)),
        ({"n": 5, "unit": "ouvres"}, date(2026, 1, 12)),
        ({"n": 5, "unit": "ouvrables"}, date(2026, 1, 10)),
    ],
)
def test_delays_end_when_the_law_says(rule, expected):
    assert due_date(date(2026, 1, 5), rule, working_calendar("metropole")) == expected
