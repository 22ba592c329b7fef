"""Other information systems: a simulator that answers from examples, and HTTP to a declared host only."""

import http.client
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.json import NotJson, canonical, read_json
from jalon.base.settings import SettingInvalid

MAX_ANSWER = 1_000_000
MAX_TIMEOUT = 30.0

Answer = Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]


class ConnectorFailed(JalonError):
    """The other system did not answer, or not as agreed; the job will try again."""

    code, message, status = "connecteur.echec", fr("L’échange avec « {system} » a échoué : {reason}."), 502


class SimulatedConnector:
    """Answers each operation from an example or a function; one key is processed once, whatever the number of calls."""

    def __init__(self, answers: Mapping[str, Answer], *, system: str = "simulateur") -> None:
        self._answers, self._system = dict(answers), system
        self.processed: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def call(self, operation: str, payload: Mapping[str, Any], *, key: str, timeout: float) -> Mapping[str, Any]:  # noqa: ARG002 (the port's signature)
        """Return the answer prepared for the operation."""
        if operation not in self._answers:
            raise ConnectorFailed(system=self._system, reason=fr("opération inconnue"))
        if key not in self.processed:
            answer = self._answers[operation]
            self.processed[key] = (operation, answer(payload) if callable(answer) else answer)
        return self.processed[key][1]


class HttpConnector:
    """POSTs JSON to `base/operation` on one host of the allow-list: no redirect, bounded time and size."""

    def __init__(
        self, base: str, *, allowed: frozenset[str], system: str, headers: Mapping[str, str] | None = None
    ) -> None:
        parsed = urlsplit(base)
        if parsed.scheme != "https" or parsed.hostname is None or parsed.hostname not in allowed:
            raise SettingInvalid(name=f"connecteur {system}", reason="hôte absent de la liste autorisée, ou sans HTTPS")
        self._host, self._port, self._path = parsed.hostname, parsed.port or 443, parsed.path.rstrip("/")
        self._system, self._headers = system, dict(headers or {})

    def call(self, operation: str, payload: Mapping[str, Any], *, key: str, timeout: float) -> Mapping[str, Any]:
        """Return the answer, a JSON object; `key` travels as Idempotency-Key."""
        if not operation.replace("-", "").replace("_", "").isalnum():
            raise ConnectorFailed(system=self._system, reason=fr("opération inconnue"))
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key}
        connection = self._connection(min(timeout, MAX_TIMEOUT))
        try:
            body = canonical(dict(payload)).encode()
            connection.request("POST", f"{self._path}/{operation}", body, self._headers | headers)
            response = connection.getresponse()
            content = response.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectorFailed(system=self._system, reason=fr("pas de réponse")) from error
        finally:
            connection.close()
        return self._answer(response.status, content)

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=timeout, context=ssl.create_default_context()
        )

    def _answer(self, status: int, content: bytes) -> Mapping[str, Any]:
        if status != 200:
            raise ConnectorFailed(system=self._system, reason=fr("réponse inattendue"), http_status=status)
        if len(content) > MAX_ANSWER:
            raise ConnectorFailed(system=self._system, reason=fr("réponse trop grande"))
        try:
            answer = read_json(content)
        except NotJson as error:
            raise ConnectorFailed(system=self._system, reason=fr("réponse illisible")) from error
        if not isinstance(answer, dict):
            raise ConnectorFailed(system=self._system, reason=fr("réponse illisible"))
        return answer
