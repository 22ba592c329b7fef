"""The log: one line per request, nobody's data in it, nor in the pages that say something went wrong."""

import io
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from drills.rig import LOGIN, Answer, Client, Installation, Server
from factories.people import PASSWORD
from jalon.app import create_app
from jalon.doors.cli.logs import LineFormatter
from jalon.store.people import LoginAttempt
from jalon.store.wiring import Wiring
from jalon.ui.permissions import public

LINE = re.compile(
    r"request id=[0-9a-f]{16} method=(GET|POST|other) endpoint=[a-z_.-]+ status=[0-9]{3} ms=[0-9]+ "
    r"person=([0-9a-f]{12}|-)"
)
CANARY = "canari"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A small installation on SQLite."""
    return Installation(f"sqlite:///{tmp_path / 'a.db'}", tmp_path).prepare(1)


@pytest.fixture
def wiring(installation: Installation) -> Iterator[Wiring]:
    """The same, from inside."""
    found = installation.wiring()
    yield found
    found.database.close()


@pytest.fixture
def app(wiring: Wiring) -> Flask:
    """The web application with a page that fails and quotes what it received."""
    made = create_app(wiring)

    @public
    def fail(text: str) -> str:
        raise RuntimeError(f"échec avec {text}")

    made.add_url_rule("/essai/<text>", "essai.echec", fail, methods=["GET", "POST"])
    return made


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What production writes in its log, everything that libraries say included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter(texts=False))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def token_of(page: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]


def requests_in(written: io.StringIO) -> list[str]:
    return [line.partition("jalon.request ")[2] for line in written.getvalue().splitlines() if "jalon.request " in line]


@pytest.mark.req("S18")
def test_a_journey_full_of_canaries_leaves_none_in_the_log_nor_in_error_pages(
    app: Flask, installation: Installation, written: io.StringIO
) -> None:
    client = app.test_client()
    client.set_cookie("autre", f"{CANARY}-cookie")
    headers = {"X-Request-Id": f"{CANARY}-identite", "User-Agent": f"{CANARY}-agent", "Referer": f"http://x/{CANARY}"}
    pages = [client.get("/connexion", headers=headers)]
    token = token_of(pages[0].text)

    def post(path: str, **fields: str) -> None:
        pages.append(client.post(path, data={"csrf_token": token, **fields}, headers=headers))

    post("/connexion", login=f"{CANARY}-inconnu", password=f"{CANARY}-secret")
    post("/connexion", login=LOGIN, password=f"{CANARY}-mauvais")
    post("/connexion", login=LOGIN, password=PASSWORD)
    (task,) = installation.tasks
    page = client.get(f"/taches/{task}?section={CANARY}").text
    token = token_of(page)
    names = set(re.findall(r'name="([^"]+)"', page)) - {"csrf_token", "section", "draft_version", "action"}
    version = re.findall(r'name="draft_version" value="([^"]*)"', page)[0]
    post(f"/taches/{task}", draft_version=version, section="", **{name: f"{CANARY}-{name}" for name in names})
    post(f"/taches/{task}/terminer", submission=f"{CANARY}-jeton")
    post(f"/parcours/{task}/annuler", motif=f"{CANARY}-motif")
    for path in (
        f"/dossiers?q={CANARY}",
        f"/invitation/{CANARY}-jeton-de-lien-secret",
        f"/lien/{CANARY}-lien",
        f"/{CANARY}-nulle-part",
        f"/essai/{CANARY}-chemin",
    ):
        pages.append(client.get(path, headers=headers))
    post(f"/essai/{CANARY}-chemin", texte=f"{CANARY}-corps")
    post("/essai/x", csrf_token=f"{CANARY}-jeton-faux")

    log = written.getvalue()
    assert log.count("status=500") == 2
    assert "unexpected RuntimeError" in log
    assert [line for line in log.splitlines() if CANARY in line.lower()] == []
    assert PASSWORD not in log
    assert str(task) not in "".join(requests_in(written))
    failures = [page for page in pages if page.status_code in {400, 404, 500}]
    assert len(failures) >= 5
    assert [page.request.path for page in failures if CANARY in page.text.replace(f"/{CANARY}", "")] == []


def test_one_line_per_request(app: Flask, written: io.StringIO) -> None:
    client = app.test_client()
    token = token_of(client.get("/connexion").text)
    client.post("/connexion", data={"csrf_token": token, "login": LOGIN, "password": PASSWORD})
    client.get("/ma-journee")
    client.get("/nulle-part")
    client.open("/connexion", method="FAUX\tMETHODE")
    lines = requests_in(written)
    assert [re.sub(r"^.*endpoint=(\S+) status=(\d+).*$", r"\1 \2", line) for line in lines] == [
        "identity.sign_in 200",
        "identity.sign_in 303",
        "worklist.my_day 200",
        "- 404",
        "- 405",
    ]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    people = [line.rpartition("person=")[2] for line in lines]
    assert people[0] == people[1] == "-"
    assert people[2] == people[3] != "-"


def test_a_request_is_named_by_a_proxy_we_trust_only(app: Flask, wiring: Wiring) -> None:
    given = "0123456789abcdef-proxy"
    answer = app.test_client().get("/healthz", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] != given
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_the_error_page_gives_the_reference_of_the_log(app: Flask, written: io.StringIO) -> None:
    answer = app.test_client().get("/essai/x")
    reference = answer.headers["X-Request-Id"]
    assert (answer.status_code, reference in answer.text) == (500, True)
    assert f"request={reference}" in written.getvalue()
    assert f"id={reference} " in written.getvalue()


def test_a_line_is_one_line_whatever_it_holds() -> None:
    def line(texts: bool) -> str:
        try:
            raise ValueError("première\nseconde")
        except ValueError:
            record = logging.getLogger("jalon").makeRecord(
                "jalon", logging.ERROR, __file__, 1, "faux\n2026 INFO", (), sys.exc_info()
            )
        return LineFormatter(texts=texts).format(record)

    kept, full = line(texts=False), line(texts=True)
    assert "\n" not in kept + full
    assert "première" not in kept
    assert re.search(r"ERROR jalon faux\\n2026 INFO error=ValueError at \S+test_request_log.py:\d+$", kept)
    assert "ValueError: première" in full


def test_the_address_that_waitress_quotes_is_left_out() -> None:
    record = logging.LogRecord(
        "waitress", logging.ERROR, __file__, 1, "Exception while serving /invitation/secret", (), None
    )
    assert LineFormatter(texts=False).format(record).endswith("Exception while serving")


class TestServe:
    """The command itself, in a process of its own."""

    def test_behind_a_proxy_its_headers_are_read(self, installation: Installation, wiring: Wiring) -> None:
        installation.more["JALON_PROXY_HOPS"] = "1"
        server = Server(installation, "--without-worker").wait()
        given = {"X-Request-Id": "proxy-0123456789", "X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
        person = Client(server.port)
        person.open("/connexion")
        answer = person.post("/connexion", {"login": LOGIN, "password": "faux"}, **given)
        assert answer.headers["X-Request-Id"] == "proxy-0123456789"
        assert server.stop() == 0
        line = f"request id=proxy-0123456789 method=POST endpoint=identity.sign_in status={answer.status}"
        assert line in server.log.read_text()
        with wiring.database.transaction() as session:
            assert session.scalars(select(LoginAttempt.address)).all() == ["203.0.113.9"]

    @pytest.mark.req("R23")
    def test_a_server_told_to_stop_answers_what_it_was_asked(self, installation: Installation) -> None:
        server = Server(installation).wait()
        people = [Client(server.port) for _ in range(4)]
        for person in people:
            person.open("/connexion")
        answers: list[Answer] = []

        def sign_in(person: Client) -> None:
            answers.append(person.post("/connexion", {"login": LOGIN, "password": PASSWORD}))

        threads = [threading.Thread(target=sign_in, args=(person,)) for person in people]
        for thread in threads:
            thread.start()
        time.sleep(0.3)  # long enough for all to be received; checking four passwords takes about as long
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        assert [answer.status for answer in answers] == [303] * 4
        assert not server.ready()
