"""The whole application on a small network, for benches over HTTP: one person signed in, tasks to do."""

import logging
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask

from factories.dossiers import make_dossier
from factories.people import PASSWORD, make_person
from factories.processes import line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from fakes.browser import Browser
from jalon.app import build, create_app
from jalon.base.clock import MovableClock
from jalon.base.settings import Settings
from jalon.services import processes, worklist
from jalon.store import schema
from jalon.store.wiring import Wiring

NOW = datetime(2026, 1, 12, 8, tzinfo=UTC)
LOGIN = "amina"


def prepare(url: str, folder: Path, form: dict[str, Any], steps: int = 5) -> tuple[Wiring, Flask]:
    """Return the application with that form asked by each of the steps of a process."""
    logging.getLogger("jalon").setLevel(logging.ERROR)
    settings = Settings(database_url=url, secret_key="k" * 40, var_dir=str(folder), second_factor=False)
    wiring = build(settings, MovableClock(NOW))
    schema.upgrade(wiring.database)
    with wiring.database.transaction() as session:
        publish_basics(session)
        publish(session, "form", "long", deepcopy(form))
        body = line(*(user_task(f"e{n}", "long") for n in range(steps)))
        publish(session, "process", "p", process("p", body, dossierType="personne"))
        unit = make_network(session)["ml_toulouse"]
        make_person(session, unit, "agent", password=True, login=LOGIN)
    return wiring, create_app(wiring)


def open_tasks(wiring: Wiring, count: int) -> list[UUID]:
    """Start that many runs and return the first task of each."""
    found = []
    with wiring.database.transaction() as session:
        unit = make_network(session)["ml_toulouse"]
        amina = worker(unit)
        for _ in range(count):
            files = {"principal": make_dossier(session, unit).id}
            run = processes.start(session, amina, "p", unit.id, dossiers=files, now=NOW)
            found.append(worklist.next_tasks(session, amina, run.id)[0].id)
    return found


def signed_in(app: Flask) -> Browser:
    """Return a browser at work."""
    return Browser(app).sign_in(LOGIN, PASSWORD)
