"""A real installation for drills: the commands in processes of their own, killed and restarted at will."""

import http.client
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from drills import commands
from factories.people import PASSWORD, make_membership, make_person
from factories.processes import action, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.app import build
from jalon.base.clock import SystemClock
from jalon.base.settings import Settings
from jalon.services import dossiers, processes, worklist
from jalon.store import schema
from jalon.store.organisations import unit_by_code
from jalon.store.wiring import Wiring

ROOT = Path(__file__).parent.parent.parent
KEY = "clé-des-exercices-" * 3
LOGIN = "agent"
ANSWERS = {"nom": "Durand", "age": 19}
STEPS = line(user_task("recevoir"), action("compter", "dossier.noter", suivi__age="age"), user_task("relire", ""))
COMMAND = "from jalon.app import main; main()"
JALON = "jalon.app:main"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__", "jalon.app"])  # a process killed three hundred times imports nothing again
SHARE = float(os.environ.get("JALON_DRILL_SHARE", "1"))
"""How much of the full size a drill plays: less than 1 to try it out."""


def size(full: int) -> int:
    """Return how many of something a drill plays."""
    return max(1, round(full * SHARE))


class AheadClock:
    """The machine's clock, some time ahead."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        """Return the instant it shows."""
        return SystemClock().now() + self.by


@dataclass
class Installation:
    """A database with published content, one person who may do everything, and runs waiting for her."""

    url: str
    folder: Path
    tasks: list[UUID] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the commands read."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("JALON_")}
        return kept | {
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("platform", "admin", "tests")),
            "JALON_DATABASE_URL": self.url,
            "JALON_SECRET_KEY": KEY,
            "JALON_VAR_DIR": str(self.folder),
            "JALON_SECOND_FACTOR": "non",
            **self.more,
        }

    @property
    def settings(self) -> Settings:
        """The same, for this process."""
        return Settings(database_url=self.url, secret_key=KEY, var_dir=str(self.folder), second_factor=False)

    def wiring(self) -> Wiring:
        """The same installation, from here."""
        return build(self.settings)

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `jalon …` to its end."""
        return subprocess.run(
            [sys.executable, "-c", COMMAND, *words],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def prepare(self, runs: int = 0) -> "Installation":
        """Make the tables, publish, open an account and start runs, each waiting at its first task."""
        wiring = self.wiring()
        schema.upgrade(wiring.database)
        wiring.jobs.prepare()
        with wiring.database.transaction() as session:
            publish_basics(session)
            publish(session, "process", "chaine", process("chaine", STEPS, dossierType="personne"))
            unit = make_network(session)["ml_toulouse"]
            person = make_person(session, unit, password=True, login=LOGIN, name="Amina K.")
            make_membership(session, person, unit, "agent")
        for start in range(0, runs, 50):
            with wiring.database.transaction() as session:
                self.tasks += [self.started(session) for _ in range(min(50, runs - start))]
        wiring.database.close()
        return self

    def started(self, session: Any) -> UUID:
        """Start a run; return its first task, its answers drafted."""
        now = SystemClock().now()
        unit = unit_by_code(session, "ml_toulouse")
        amina = worker(unit)
        values = {"identite.prenom": "Léa", "identite.nom": "Martin"}
        file = dossiers.create(session, amina, "personne", unit.id, values, now=now)
        run = processes.start(session, amina, "chaine", unit.id, dossiers={"principal": file.id}, now=now)
        (task,) = worklist.next_tasks(session, amina, run.id)
        worklist.save_draft(session, amina, task.id, ANSWERS, now=now)
        return task.id


class Process:
    """A command at work, restarted when asked; its log is in a file."""

    def __init__(self, installation: Installation, *words: str, place: str = JALON, name: str = "process") -> None:
        self._installation, self._words, self._place = installation, words, place
        self.log = installation.folder / f"{name}.log"
        self.starts = 0
        self.start()

    def start(self) -> None:
        """Start it, once more."""
        self.starts += 1
        arguments = (self._place, list(self._words), self._installation.environment, str(self.log))
        self.process = FORKS.Process(target=commands.run, args=arguments, daemon=True)
        self.process.start()

    @property
    def pid(self) -> int:
        """Its number, for signals."""
        assert self.process.pid is not None
        return self.process.pid

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()
        self.process.join()

    def stop(self, timeout: float = 60) -> int | None:
        """Ask it to stop, and return its exit code: None if it goes on, and its log says what it was doing."""
        self.process.terminate()
        self.process.join(timeout)
        if self.process.exitcode is None:
            os.kill(self.pid, signal.SIGUSR1)
            self.process.join(1)
        return self.process.exitcode


class Server(Process):
    """`jalon serve` on a port of its own."""

    def __init__(self, installation: Installation, *words: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        super().__init__(installation, "serve", "--port", str(self.port), *words, name=f"serve-{self.port}")

    def ready(self) -> bool:
        """Tell whether it answers."""
        try:
            return Client(self.port).get("/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait(self, seconds: float = 120) -> "Server":
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > end or not self.process.is_alive():
                raise AssertionError(f"not ready: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    location: str
    body: str
    headers: dict[str, str]


class Client:
    """A browser without a script: keeps its cookies, follows nothing by itself."""

    def __init__(self, *ports: int) -> None:
        self.ports = list(ports)
        self._cookies: dict[str, str] = {}
        self._csrf = ""

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form, with this session's token."""
        body = urlencode({"csrf_token": self._csrf, **fields})
        return self._send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def sign_in(self) -> "Client":
        """Open a session."""
        self.open("/connexion")
        assert self.post("/connexion", {"login": LOGIN, "password": PASSWORD}).status == 303
        self.open("/ma-journee")
        return self

    def open(self, path: str) -> Answer:
        """Ask for a page and keep its token for the forms sent next."""
        page = self.get(path)
        self._csrf = re.findall(r'name="csrf_token" value="([^"]+)"', page.body)[0]
        return page

    def turn(self) -> None:
        """Speak to the next server from now on."""
        self.ports.append(self.ports.pop(0))

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[0], timeout=40)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            connection.request(method, path, body, {"Cookie": cookies, **headers})
            response = connection.getresponse()
            content = response.read().decode()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(response.status, response.headers.get("Location", ""), content, dict(response.headers))


class Crowd:
    """People who complete tasks through servers that may vanish; each goes on until her submission is acknowledged."""

    def __init__(self, ports: list[int], tasks: list[UUID], people: int) -> None:
        self.acknowledged: dict[UUID, str] = {}
        self.refused: list[Answer] = []
        self.outages: list[Answer] = []
        self.retries = 0
        self.last_at = time.monotonic()
        self.longest_wait = 0.0
        self._left = list(reversed(tasks))
        self._lock = threading.Lock()
        self._clients = [Client(*ports) for _ in range(people)]
        for client in self._clients:
            client.sign_in()
        self._threads = [threading.Thread(target=self._work, args=(client,), daemon=True) for client in self._clients]

    def start(self) -> "Crowd":
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def join(self) -> None:
        """Wait until everybody is done."""
        for thread in self._threads:
            thread.join(7_200)
            assert not thread.is_alive()

    @property
    def busy(self) -> bool:
        """Tell whether submissions are left."""
        return any(thread.is_alive() for thread in self._threads)

    def _work(self, client: Client) -> None:
        while True:
            with self._lock:
                if not self._left:
                    return
                task = self._left.pop()
            self._submit(client, task)

    def _submit(self, client: Client, task: UUID) -> None:
        token = f"jeton-{task}"
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                answer = client.post(f"/taches/{task}/terminer", {"submission": token})
            except (OSError, http.client.HTTPException):  # killed before, during or after the work
                answer = None
            if answer is not None and answer.status == 303 and "/connexion" not in answer.location:
                with self._lock:
                    self.acknowledged[task] = token
                    now = time.monotonic()
                    self.longest_wait = max(self.longest_wait, now - self.last_at)
                    self.last_at = now
                return
            if answer is not None:
                (self.outages if answer.status == 503 else self.refused).append(answer)
                if answer.status != 503:
                    return
            with self._lock:
                self.retries += 1
            client.turn()
            time.sleep(0.05)
        self.refused.append(Answer(0, "", "gave up", {}))
