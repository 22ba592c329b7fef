"""The inbox of one person: the same time with a hundred times more open tasks in their unit."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

from sqlalchemy import insert, text

from bench.bench_forms import forty
from bench.bench_publication import postgresql
from bench.ours import NOW, prepare, signed_in
from factories.processes import line, process, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.ids import new_id
from jalon.services import worklist
from jalon.store.processes import Instance
from jalon.store.wiring import Wiring
from jalon.store.worklist import Task

TURNS, FEW, MANY = 21, 1_000, int(os.environ.get("JALON_BENCH_TASKS", "100000"))
"""Rounds, and how many open tasks each of the two databases has; a million takes some minutes to fill."""


def run() -> list[tuple[str, str, str]]:
    """Return (name, measured, bar) on SQLite, then PostgreSQL: the service alone, the page over HTTP, one's day.

    Both databases are asked in turn, round after round, so that what else the machine does weighs on both alike; the
    ratio is the median of the rounds' own.
    """
    with tempfile.TemporaryDirectory() as folder:
        rows = _compared("SQLite", [f"sqlite:///{folder}/{count}.db" for count in (FEW, MANY)])
    with postgresql() as few, postgresql() as many:
        return [*rows, *_compared("PostgreSQL", [few, many])]


def _compared(kind: str, urls: list[str]) -> list[tuple[str, str, str]]:
    schema, _, _ = forty()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        few, many = (_prepared(url, Path(folder), count, schema) for url, count in zip(urls, (FEW, MANY), strict=True))
        for name in few.works:
            pairs = _rounds(few.works[name], many.works[name])
            ratio = median(after / before for before, after in pairs)
            before, after = (median(times) for times in zip(*pairs, strict=True))
            figures = f"{ratio:.2f} x ({before:.1f} -> {after:.1f} ms)"
            rows.append((f"tâches d’une personne, {MANY} contre {FEW}, {name} ({kind})", figures, "<= 1,5 x"))
        for one in (few, many):
            one.wiring.database.close()
    return rows


@dataclass(frozen=True)
class Prepared:
    """An application with so many open tasks, and what is timed on it."""

    wiring: Wiring
    works: dict[str, Callable[[], None]]


def _prepared(url: str, folder: Path, count: int, schema: dict) -> Prepared:
    wiring, app = prepare(url, folder, {"schema": schema, "ui": {}})
    _fill(wiring, count)
    with wiring.database.transaction() as session:
        amina = worker(make_network(session)["ml_toulouse"])
    browser = signed_in(app)

    def listed() -> None:
        with wiring.database.transaction() as session:
            page = worklist.inbox(session, amina, now=NOW)
            assert len(page.rows) == 25

    def second() -> None:
        with wiring.database.transaction() as session:
            worklist.inbox(session, amina, cursor=worklist.inbox(session, amina, now=NOW).cursor, now=NOW)

    def over_http(address: str) -> Callable[[], None]:
        def act() -> None:
            assert browser.client.get(address).status_code == 200

        return act

    works = {
        "une page": listed,
        "deux pages": second,
        "/taches": over_http("/taches"),
        "/taches libres": over_http("/taches?qui=libres"),
        "/ma-journee": over_http("/ma-journee"),
    }
    return Prepared(wiring, works)


def _rounds(one: Callable[[], None], other: Callable[[], None]) -> list[tuple[float, float]]:
    """Time both in turn, in milliseconds; the first goes second every other round."""
    for warm in (one, other, one, other):
        warm()
    pairs = []
    for turn in range(TURNS):
        if turn % 2:
            after, before = _timed(other), _timed(one)
        else:
            before, after = _timed(one), _timed(other)
        pairs.append((before, after))
    return pairs


def _timed(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def _fill(wiring: Wiring, count: int) -> UUID:
    """Add open tasks, each of a run of its own, due over the next weeks or never, to one unit."""
    with wiring.database.transaction() as session:
        unit = make_network(session)["ml_toulouse"]
        process_hash = publish(session, "process", "essai", process("essai", line(user_task("t"))))
        for start in range(0, count, 10_000):
            runs, tasks = [], []
            for number in range(start, min(count, start + 10_000)):
                run_id, due = new_id(), NOW + timedelta(hours=number % 2_000) if number % 3 else None
                runs.append(_run(run_id, unit.id, process_hash))
                tasks.append(_task(run_id, unit.id, number, due))
            session.execute(insert(Instance), runs)
            session.execute(insert(Task), tasks)
        if wiring.database.is_postgres:
            session.execute(text("ANALYZE"))  # what a server does by itself, a minute later
        return unit.id


def _run(run_id: UUID, unit_id: UUID, process_hash: str) -> dict[str, object]:
    return {
        "id": run_id,
        "unit_id": unit_id,
        "process_key": "essai",
        "process_hash": process_hash,
        "status": "running",
        "root_id": run_id,
        "conversation": str(run_id),
        "version": 1,
        "depth": 0,
        "suspended": False,
        "started_at": NOW,
        "state": b"{}",
        "variables": {"0": {}},
    }


def _task(run_id: UUID, unit_id: UUID, number: int, due) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": new_id(),
        "instance_id": run_id,
        "root_id": run_id,
        "token": 1,
        "element": "t",
        "title": f"Tâche {number}",
        "kind": "userTask",
        "unit_id": unit_id,
        "opened_at": NOW,
        "rank": 1,
        "role": ("agent", "chef")[number % 2],
        "form": "long",
        "state": "ready",
        "due_at": due,
        "assignee_name": "",
    }
    return facts | ({"urgent_at": due} if due else {})


if __name__ == "__main__":
    for row in run():
        print(*row)
