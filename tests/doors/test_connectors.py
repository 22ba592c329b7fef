"""Other systems asked by jobs: simulated outside production, refused where the host or the secret is not set."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from doors.conftest import both
from factories.journeys import unit_id
from factories.processes import action, line, process, user_task
from factories.publishing import publish
from jalon.base.actor import SYSTEM
from jalon.base.clock import MovableClock
from jalon.base.settings import SettingInvalid
from jalon.doors.jobs import JOBS
from jalon.gateways.connectors import Systems, read_secrets
from jalon.runtime.connectors import AnswerRefused, ConnectorFailed
from jalon.services import processes
from jalon.services.processes import connecting
from jalon.services.processes.connecting import Request
from jalon.store import outside
from jalon.store.outside import ConnectorCall
from jalon.store.wiring import Wiring

REGISTRY = {
    "title": "Registre",
    "url": "https://registre.exemple.test/v1",
    "auth": "bearer",
    "secret": "registre",
    "operations": {"chercher": {"examples": [{"when": {"numero": "1"}, "answer": {"nom": "Petit"}}]}},
}
ASK = action("demander", "connecteur.appeler", connecteur='"registre"', operation='"chercher"', numero="numero")


def started(wiring: Wiring, number: str):
    with wiring.database.transaction() as session:
        publish(session, "connector", "registre", REGISTRY)
        publish(session, "process", "demande", process("demande", line(ASK, user_task("relire", ""))))
        town = unit_id(session, "ml_toulouse")
        now = wiring.clock.now()
        return processes.start(session, SYSTEM, "demande", town, variables={"numero": number}, now=now).id


def seen(wiring: Wiring, run_id):
    with wiring.database.transaction() as session:
        found = processes.examine(session, SYSTEM, run_id, wiring.clock.now())
        return [(one.element, one.doing) for one in found.places], processes.variables_of(session, run_id)


@both
def test_the_simulator_answers_and_three_failures_are_an_incident(wiring: Wiring, clock: MovableClock) -> None:
    good, bad = started(wiring, "1"), started(wiring, "2")
    for _ in range(3):
        wiring.jobs.run_due(JOBS)
        clock.move_by(timedelta(minutes=5))
        if wiring.database.is_postgres:
            make_wake_ups_due(wiring)
    assert seen(wiring, good) == ([("relire", "o")], {"numero": "1", "reponse": {"nom": "Petit"}})
    assert seen(wiring, bad)[0] == [("demander", "i")]
    with wiring.database.transaction() as session:
        ((stopped, _),) = processes.incidents(session, SYSTEM)
        assert stopped.message == (
            "L’échange avec « Registre » a échoué 3 fois : aucun exemple ne convient au simulateur. Relancez l’étape "
            "quand il répond."
        )
        assert sorted(session.scalars(select(ConnectorCall.tries))) == [0, 3]


@pytest.mark.req("S7")
def test_an_answer_outside_its_schema_counts_as_a_failure_and_says_why(wiring: Wiring) -> None:
    operation = {"out": {"type": "object", "required": ["droits"]}, "examples": [{"answer": {"nom": "Petit"}}]}
    poisoned = {**REGISTRY, "operations": {"chercher": operation}}
    run = started(wiring, "1")
    with wiring.database.transaction() as session:
        asked = session.scalars(select(ConnectorCall).where(ConnectorCall.instance_id == run)).one()
        request = Request("registre", poisoned, "chercher", {}, "k", asked.id)
    systems = Systems(wiring.database, wiring.clock, allowed=frozenset(), secrets={}, simulate=True)
    for _ in range(connecting.MOST_FAILURES):
        with pytest.raises(AnswerRefused):
            systems.call(request, "")
    with wiring.database.transaction() as session:
        asked = session.get_one(ConnectorCall, request.call_id)
        assert (asked.tries, asked.error[:49]) == (5, "La réponse de « Registre » n’a pas la forme prévu")
        assert outside.open_until(session, "registre", wiring.clock.now()) is not None
    assert seen(wiring, run)[1] == {"numero": "1"}


def make_wake_ups_due(wiring: Wiring) -> None:
    """Procrastinate reads the database's own clock."""
    from sqlalchemy import text

    with wiring.database.transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))


@pytest.mark.req("S7")
def test_nothing_leaves_for_a_host_that_is_not_allowed_nor_without_its_secret(wiring: Wiring, tmp_path) -> None:
    run = started(wiring, "1")
    with wiring.database.transaction() as session:
        asked = session.scalars(select(ConnectorCall).where(ConnectorCall.instance_id == run)).one()
        request = Request("registre", REGISTRY, "chercher", {}, "k", asked.id)

    def reason(hosts: set[str], secrets: dict[str, str]) -> str:
        systems = Systems(wiring.database, wiring.clock, allowed=frozenset(hosts), secrets=secrets, simulate=False)
        with pytest.raises(ConnectorFailed) as refusal:
            systems.call(request, "")
        return refusal.value.text()

    assert "son adresse n’est pas autorisée ici" in reason({"ailleurs.test"}, {"registre": "x"})
    assert "son secret n’est pas réglé ici" in reason({"registre.exemple.test"}, {})
    assert "pas de réponse" in reason({"registre.exemple.test"}, {"registre": "x"})
    file = tmp_path / "secrets.toml"
    file.write_text('registre = "x"\n')
    assert read_secrets(str(file)) == {"registre": "x"}
    file.write_text("registre = x\n")
    with pytest.raises(SettingInvalid):
        read_secrets(str(file))
