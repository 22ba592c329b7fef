"""Other information systems: a simulator that answers from declared examples, and HTTPS to allowed hosts only."""

import base64
import http.client
import socket
import ssl
import threading
import tomllib
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jalon.base.clock import Clock
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.json import NotJson, canonical, read_json
from jalon.base.settings import SettingInvalid
from jalon.gateways.signing import SIGNATURE, Signer
from jalon.runtime.connectors import ConnectorFailed, Reply, expected_statuses, simulated, title_of, understood
from jalon.services.processes import connecting
from jalon.services.processes.connecting import Request
from jalon.store import outside
from jalon.store.database import Database
from jalon.store.jobs import OutsideCall
from jalon.store.outside import ConnectorCall

MAX_ANSWER = 1_000_000
MAX_TIMEOUT = 30.0


class HttpConnector:
    """POSTs JSON to `base/operation` on one host of the allow-list: no redirect, bounded time and size.

    With a `signer`, requests are sealed and an answer that is not is a failure.
    """

    def __init__(
        self,
        base: str,
        *,
        allowed: frozenset[str],
        system: str,
        headers: Mapping[str, str] | None = None,
        signer: Signer | None = None,
    ) -> None:
        parsed = urlsplit(base)
        if parsed.scheme != "https" or parsed.hostname is None or parsed.hostname not in allowed:
            raise SettingInvalid(name=f"connecteur {system}", reason="hôte absent de la liste autorisée, ou sans HTTPS")
        self._host, self._port, self._path = parsed.hostname, parsed.port or 443, parsed.path.rstrip("/")
        self._system, self._headers, self._signer = system, dict(headers or {}), signer

    def exchange(
        self,
        operation: str,
        payload: Mapping[str, Any],
        *,
        key: str,
        timeout: float,
        expected: Collection[int] = (200,),
    ) -> Reply:
        """Return what came back, a JSON object under an expected status; else ConnectorFailed.

        `key` travels as Idempotency-Key.
        """
        if not operation.replace("-", "").replace("_", "").isalnum():
            raise ConnectorFailed(system=self._system, reason=fr("opération inconnue"))
        path, body = f"{self._path}/{operation}", canonical(dict(payload)).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key}
        headers |= self._headers | (self._signer.sealed(path, body) if self._signer else {})
        status, seal, content = self._exchanged(path, body, headers, min(timeout, MAX_TIMEOUT))
        if self._signer and not self._signer.knows(seal, headers["Jalon-Nonce"], status, content):
            raise ConnectorFailed(system=self._system, reason=fr("réponse sans signature valable"))
        return Reply(status, self._answer(status, content, expected))

    def _exchanged(self, path: str, body: bytes, headers: Mapping[str, str], timeout: float) -> tuple[int, str, bytes]:
        """Return the status, the seal and the body of an answer; one that drips in is cut once the time is over."""
        connection, late = self._connection(timeout), threading.Event()
        try:
            connection.connect()
            timer = threading.Timer(timeout, _cut, (connection.sock, late))
            timer.start()
            try:
                connection.request("POST", path, body, dict(headers))
                with connection.getresponse() as response:
                    content = response.read(MAX_ANSWER + 1)
            finally:
                timer.cancel()
        except (OSError, http.client.HTTPException) as error:
            raise ConnectorFailed(system=self._system, reason=fr("pas de réponse")) from error
        except ValueError:  # a header HTTP does not allow; the fault quotes it, and it may be the secret
            raise ConnectorFailed(system=self._system, reason=fr("ses réglages ne conviennent pas ici")) from None
        finally:
            connection.close()
        if late.is_set():
            raise ConnectorFailed(system=self._system, reason=fr("pas de réponse"))
        return response.status, response.headers.get(SIGNATURE, ""), content

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout, context=ssl.create_default_context()
        )

    def _answer(self, status: int, content: bytes, expected: Collection[int] = (200,)) -> Mapping[str, Any]:
        if status not in expected:
            raise ConnectorFailed(system=self._system, reason=fr("réponse inattendue"), http_status=status)
        if status != 200:
            return {}
        if len(content) > MAX_ANSWER:
            raise ConnectorFailed(system=self._system, reason=fr("réponse trop grande"))
        try:
            answer = read_json(content)
        except NotJson as error:
            raise ConnectorFailed(system=self._system, reason=fr("réponse illisible")) from error
        if not isinstance(answer, dict):
            raise ConnectorFailed(system=self._system, reason=fr("réponse illisible"))
        return answer


def _cut(connected: socket.socket, late: threading.Event) -> None:
    """End an exchange from another thread: whoever reads it gets nothing more."""
    late.set()
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # that of TLS would pull the keys from under the reader


class Systems:
    """Calls the systems packs declare, or plays their examples; a system that keeps failing is left alone."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        allowed: frozenset[str],
        secrets: Mapping[str, str],
        simulate: bool,
    ) -> None:
        self._database, self._clock = database, clock
        self._allowed, self._secrets, self._simulate = allowed, dict(secrets), simulate

    def job(self) -> OutsideCall:
        """Return what does the work of a call."""
        return OutsideCall(connecting.prepare, self.call, connecting.keep)

    def call(self, request: Request, _job: str) -> Reply:
        """Return what a system answers; its failures are counted in a transaction of their own."""
        try:
            reply = self._reply(request)
            self._check(request, reply)
        except JalonError as error:
            with self._database.transaction() as session:
                most, rest = connecting.MOST_FAILURES, connecting.REST
                outside.note_failure(session, request.connector, self._clock.now(), most=most, rest=rest)
                asked = session.get_one(ConnectorCall, request.call_id)
                asked.tries, asked.error = asked.tries + 1, _said(error)
            raise
        with self._database.transaction() as session:
            outside.note_answer(session, request.connector)
        return reply

    def _check(self, request: Request, reply: Reply) -> None:
        """Raise AnswerRefused for an answer that is not as declared: it counts as a failure of the system."""
        operation = request.declared.get("operations", {}).get(request.operation, {})
        understood(operation, reply, title_of(request.declared, request.connector), self._clock.now())

    def _reply(self, request: Request) -> Reply:
        declared = request.declared
        title = title_of(declared, request.connector)
        operation = declared.get("operations", {}).get(request.operation, {})
        if self._simulate:
            return simulated(operation, request.payload, title)
        try:
            system = HttpConnector(
                str(declared.get("url", "")),
                allowed=self._allowed,
                system=title,
                headers=self._headers(declared),
                signer=self._signer(declared),
            )
        except (SettingInvalid, ValueError) as error:
            raise ConnectorFailed(system=title, reason=fr("son adresse n’est pas autorisée ici")) from error
        timeout = float(declared.get("timeout", 10))
        return system.exchange(
            request.operation,
            request.payload,
            key=request.key,
            timeout=timeout,
            expected=expected_statuses(operation),
        )

    def _headers(self, declared: Mapping[str, Any]) -> dict[str, str]:
        how = str(declared.get("auth", "none"))
        if how in ("none", "signature"):
            return {}
        secret = self._secret(declared)
        if how.startswith("header:"):
            return {how.removeprefix("header:"): secret}
        if how == "basic":
            return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
        return {"Authorization": f"Bearer {secret}"}

    def _signer(self, declared: Mapping[str, Any]) -> Signer | None:
        signs = declared.get("auth") == "signature"
        return Signer(self._secret(declared), self._clock.now) if signs else None

    def _secret(self, declared: Mapping[str, Any]) -> str:
        secret = self._secrets.get(str(declared.get("secret", "")))
        if not secret:
            raise ConnectorFailed(system=declared.get("title", ""), reason=fr("son secret n’est pas réglé ici"))
        return secret


def _said(error: JalonError) -> str:
    """Return why a call failed, without the name of the system when the sentence that quotes it says it too."""
    return f"{error.facts['reason']}." if isinstance(error, ConnectorFailed) else error.text()


def read_secrets(file: str) -> dict[str, str]:
    """Return the secrets of a TOML file, `name = "value"` per line; none without a file."""
    if not file:
        return {}
    try:
        found = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingInvalid(name="JALON_CONNECTOR_SECRETS", reason="fichier TOML illisible") from error
    return {name: str(value) for name, value in found.items()}
