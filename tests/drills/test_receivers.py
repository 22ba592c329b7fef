"""Another system that loses one answer in five: each request is processed there once, each run goes on once."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest
from sqlalchemy import select, text

from drills.rig import AheadClock, Installation, size
from factories.processes import action, line, process, user_task
from factories.publishing import publish
from jalon.app import build
from jalon.base.actor import SYSTEM
from jalon.doors.jobs import JOBS
from jalon.gateways.connectors import HttpConnector, Systems
from jalon.services import processes
from jalon.services.processes import connecting
from jalon.store.organisations import unit_by_code
from jalon.store.processes import Instance
from jalon.store.worklist import Task

HOST = "registre.exemple.test"
DECLARED = {"title": "Registre", "url": f"https://{HOST}/v1", "operations": {"inscrire": {}}}
ASK = action("demander", "connecteur.appeler", connecteur='"registre"', operation='"inscrire"', numero="numero")


class LossyRegistry(ThreadingHTTPServer):
    """Processes each Idempotency-Key once, and cuts the line on a share of its answers."""

    def __init__(self, share: float) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.received: Counter[str] = Counter()
        self.processed: Counter[int] = Counter()
        self.share, self.chance, self.lock = share, Random(5), threading.Lock()


class _Desk(BaseHTTPRequestHandler):
    server: LossyRegistry

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key, registry = self.headers["Idempotency-Key"], self.server
        with registry.lock:
            registry.received[key] += 1
            if registry.received[key] == 1:
                registry.processed[sent["numero"]] += 1
            lost = registry.chance.random() < registry.share
        if lost:
            self.close_connection = True
            return
        content = json.dumps({"numero": sent["numero"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[LossyRegistry]:
    """The other system, at the address its connector declares."""
    server = LossyRegistry(0.2)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def here(_self: HttpConnector, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=timeout)

    monkeypatch.setattr(HttpConnector, "_connection", here)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.drill
@pytest.mark.req("R5")
def test_a_system_that_loses_a_fifth_of_its_answers_processes_each_request_once(
    installation: Installation, registry: LossyRegistry, figure: Callable[..., None]
) -> None:
    count, clock = max(50, size(1_000)), AheadClock()
    installation.prepare()
    wiring = build(installation.settings, clock)
    systems = Systems(wiring.database, clock, allowed=frozenset({HOST}), secrets={}, simulate=False)
    handlers = {connecting.JOB: systems.job()}
    with wiring.database.transaction() as session:
        publish(session, "connector", "registre", DECLARED)
        publish(session, "process", "demande", process("demande", line(ASK, user_task("relire", ""))))
        unit_id = unit_by_code(session, "ml_toulouse").id
        for number in range(count):
            variables = {"numero": number}
            processes.start(session, SYSTEM, "demande", unit_id, variables=variables, now=clock.now())
    retried = 0
    for _ in range(40):
        wiring.jobs.run_due(JOBS | handlers)
        clock.by += timedelta(minutes=5)
        with wiring.database.transaction() as session:
            if wiring.database.is_postgres:  # Procrastinate reads the database's own clock
                session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL"))
            stopped = [incident.id for incident, _ in processes.incidents(session, SYSTEM)]
            for incident_id in stopped:
                processes.retry(session, SYSTEM, incident_id, clock.now())
            retried += len(stopped)
            reached = Counter(session.scalars(select(Task.instance_id).where(Task.element == "relire")))
            runs = set(session.scalars(select(Instance.id).where(Instance.process_key == "demande")))
        if len(reached) == count:
            break
    wiring.database.close()
    assert registry.processed == dict.fromkeys(range(count), 1)
    assert reached == dict.fromkeys(runs, 1)
    answers = registry.received.total()
    assert answers > count
    figure(requests=count, received=answers, processed_once=len(registry.processed), incidents_retried=retried)
