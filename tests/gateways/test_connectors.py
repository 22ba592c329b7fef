"""What a compromised or slow system may send: nothing of it is followed, waited for without end, or believed."""

import http.client
import json
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jalon.gateways.connectors import MAX_ANSWER, HttpConnector
from jalon.gateways.signing import SIGNATURE, Signer
from jalon.runtime.connectors import ConnectorFailed

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
SIGNER = Signer("partagé", lambda: NOW)
Answer = Callable[[BaseHTTPRequestHandler], None]


class Outside(ThreadingHTTPServer):
    """Another system on this machine: `answer` is what it does, `asked` what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answer: Answer = lambda handler: say(handler, b"{}")
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Outside

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.server.answer(self)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Plain(HttpConnector):
    """The connector of the product, to this machine without TLS."""

    port = 0

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)


def say(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def outside() -> Iterator[Outside]:
    server = Outside()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def system(outside: Outside, signer: Signer | None = None, **headers: str) -> Plain:
    hosts = frozenset({"registre.exemple.test"})
    address = "https://registre.exemple.test/v1"
    made = Plain(address, allowed=hosts, system="Registre", signer=signer, headers=headers)
    made.port = outside.server_port
    return made


def ask(connector: Plain, timeout: float = 10, expected: tuple[int, ...] = (200,)) -> dict[str, object]:
    found = connector.exchange("chercher", {"numero": "1"}, key="cle", timeout=timeout, expected=expected)
    return dict(found.body)


def why(connector: Plain, timeout: float = 10) -> str:
    with pytest.raises(ConnectorFailed) as refusal:
        ask(connector, timeout)
    return str(refusal.value.facts["reason"])


def test_what_is_sent_is_json_under_a_key_that_lets_the_system_do_it_once(outside: Outside) -> None:
    outside.answer = lambda handler: say(handler, b'{"droits": true}')

    assert ask(system(outside)) == ask(system(outside)) == {"droits": True}
    assert [path for path, _headers, _body in outside.asked] == ["/v1/chercher"] * 2
    assert {headers["Idempotency-Key"] for _path, headers, _body in outside.asked} == {"cle"}
    assert json.loads(outside.asked[0][2]) == {"numero": "1"}


@pytest.mark.req("S7")
def test_a_redirect_is_never_followed(outside: Outside) -> None:
    outside.answer = lambda handler: say(handler, b"", 302, Location=f"http://127.0.0.1:{outside.server_port}/ailleurs")

    assert why(system(outside)) == "réponse inattendue"
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b" " * (MAX_ANSWER + 1), "réponse trop grande"),
        (b"[" * 100_000, "réponse illisible"),
        (b'{"a": 1', "réponse illisible"),
        (b'"texte"', "réponse illisible"),
        (b'{"a": NaN}', "réponse illisible"),
    ],
)
def test_an_answer_too_big_too_deep_or_not_an_object_is_a_failure(outside: Outside, body: bytes, reason: str) -> None:
    outside.answer = lambda handler: say(handler, body)

    assert why(system(outside)) == reason


@pytest.mark.req("S18")
def test_a_secret_no_header_can_hold_is_not_quoted(outside: Outside) -> None:
    secret = "\n".join(("cl", "ef"))
    with pytest.raises(ConnectorFailed) as refusal:
        ask(system(outside, Authorization=secret))
    assert refusal.value.facts["reason"] == "ses réglages ne conviennent pas ici"
    assert r"cl\nef" not in "".join(traceback.format_exception(refusal.value))


def test_an_answer_that_never_comes_or_drips_in_is_cut(outside: Outside) -> None:
    def silent(_handler: BaseHTTPRequestHandler) -> None:
        outside.over.wait(30)

    def dripping(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not outside.over.wait(0.05):
            handler.wfile.write(b" ")

    for answer in (silent, dripping):
        outside.answer = answer
        assert why(system(outside), timeout=0.3) == "pas de réponse"


def test_a_sealed_exchange_says_who_asks_and_refuses_what_the_system_did_not_seal(outside: Outside) -> None:
    kept: list[str] = []

    def seal(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, replayed: bool = False) -> None:
        nonce = handler.headers["Jalon-Nonce"]
        kept.append(SIGNER._seal(nonce, str(status), sha256(body).hexdigest()))
        say(handler, body, status, Jalon_Signature=kept[0] if replayed else kept[-1])

    outside.answer = lambda handler: seal(handler, b'{"droits": true}')
    sealed = system(outside, SIGNER)
    assert ask(sealed) == {"droits": True}
    path, headers, body = outside.asked[0]
    digest = sha256(body).hexdigest()
    assert headers[SIGNATURE] == SIGNER._seal("POST", path, headers["Jalon-Nonce"], NOW.isoformat(), digest)
    assert "partagé" not in str(headers)

    for forged in (
        lambda handler: say(handler, b'{"droits": true}'),
        lambda handler: say(handler, b'{"droits": true}', Jalon_Signature="é" * 64),
        lambda handler: seal(handler, b'{"droits": true}', replayed=True),
    ):
        outside.answer = forged
        assert why(sealed) == "réponse sans signature valable"
    outside.answer = lambda handler: seal(handler, b"", 404)
    assert ask(sealed, expected=(200, 404)) == {}
    assert len({headers["Jalon-Nonce"] for _path, headers, _body in outside.asked}) == 5
