"""Show and complete a 40-field form over HTTP, as a ratio to the floor measured in turn with it.

On a busy machine the ratio of processor times says more than that of clock times. Completing takes 19 statements, the
floor 6. Of the processor's time, in round figures: who is signed in, with which roles, absences and session, 15 %; the
answers checked, which the floor does too, 15 %; the run locked and the task reached, 10 %; the form of the task, its
case files and its draft, 10 %; the step of the engine, 3 %, and what it writes (state, tasks, token log), 15 %; what
comes next, 5 %; the answers and the draft, 5 %; the audit's chain, 7 %; both transactions, 10 %; the rest is Flask's.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from bench.bench_forms import forty
from bench.floor import make_app
from bench.ours import open_tasks, prepare, signed_in
from fakes.browser import Browser
from jalon.engines.forms import compile_form, encode

TURNS = 24
OWN = {"csrf_token", "section", "draft_version", "action"}
"""What our page sends besides the answers."""
Timed = dict[str, list[tuple[float, float]]]


def run() -> list[tuple[str, str, str]]:
    """Return (name, measured, bar) per row, on SQLite, and on PostgreSQL when JALON_TEST_POSTGRES names one."""
    rows = []
    for kind, url in _databases():
        with tempfile.TemporaryDirectory() as folder:
            rows += _measured(
                kind, url or f"sqlite:///{folder}/jalon.db", url or f"sqlite:///{folder}/floor.db", folder
            )
    return rows


def _databases() -> Iterator[tuple[str, str]]:
    yield "SQLite", ""
    given = os.environ.get("JALON_BENCH_POSTGRES")
    if given:
        yield "PostgreSQL", given


def _measured(kind: str, ours_url: str, floor_url: str, folder: str) -> list[tuple[str, str, str]]:
    schema, _, data = forty()
    for one in schema["properties"].values():
        one.pop("multipleOf", None)  # jsonschema divides floats: 19.99 is no multiple of 0.01 for it
    form = {"schema": schema, "ui": {}}  # the floor has no rules: the same plain form on both sides
    wiring, app = prepare(ours_url, Path(folder), form)
    tasks = open_tasks(wiring, TURNS + 1)
    floor = make_app(floor_url, schema, 5, TURNS + 1).test_client()
    floor.get("/in")
    browser = signed_in(app)
    answers = encode(compile_form(schema, {}), data)
    timed: Timed = {}
    for number, task in enumerate(tasks, start=1):
        _floor_turn(timed, floor, number, data)
        _our_turn(timed, browser, f"/taches/{task}", answers)
        if number == 1:
            timed.clear()  # caches fill and templates compile in the first turn
    wiring.database.close()
    shown, done = ("afficher", "<= 2 x"), ("terminer (une requête)", "<= 1,5 x")
    return [
        _row(f"{kind} : {shown[0]}", timed["montrer"], timed["montrer plancher"], shown[1]),
        _row(f"{kind} : {done[0]}", timed["terminer"], timed["terminer plancher"], done[1]),
        _row(f"{kind} : enregistrer puis terminer", timed["remplir"], timed["terminer plancher"], ""),
    ]


def _row(
    name: str, ours: list[tuple[float, float]], floor: list[tuple[float, float]], bar: str
) -> tuple[str, str, str]:
    wall = median(one for one, _ in ours) / median(one for one, _ in floor)
    cpu = median(one for _, one in ours) / median(one for _, one in floor)
    milliseconds = f"{median(o for o, _ in ours) * 1000:.1f} / {median(o for o, _ in floor) * 1000:.1f} ms"
    return f"formulaire de 40 champs, {name}", f"{wall:.1f} x ({milliseconds}, processeur {cpu:.1f} x)", bar


def _floor_turn(timed: Timed, client: Any, number: int, data: dict[str, Any]) -> None:
    address = f"/tasks/{number}"
    posted = {name: ("true" if value is True else value) for name, value in data.items()}
    _take(timed, "montrer plancher", lambda: client.get(address), 200)
    _take(timed, "terminer plancher", lambda: client.post(address, data=posted), 303)


def _our_turn(timed: Timed, browser: Browser, address: str, answers: list[tuple[str, str]]) -> None:
    client = browser.client
    _take(timed, "montrer", lambda: client.get(address), 200)
    page = browser.get(address)
    form = page.form(having="draft_version")
    hidden = [pair for pair in page.pairs(form, {}, "action=continuer") if pair[0] in OWN]
    body = _multi([*hidden, *answers])
    save = _take(timed, "enregistrer", lambda: client.post(address, data=body), 303)
    page.get(f"{address}/verifier")
    done = _multi(page.pairs(page.form("/terminer")))
    complete = _take(timed, "terminer", lambda: client.post(f"{address}/terminer", data=done), 303)
    timed.setdefault("remplir", []).append((save[0] + complete[0], save[1] + complete[1]))


def _take(timed: Timed, name: str, act: Callable[[], Any], status: int) -> tuple[float, float]:
    wall, cpu = perf_counter(), process_time()
    response = act()
    taken = (perf_counter() - wall, process_time() - cpu)
    assert response.status_code == status, (name, response.status_code, response.get_data(as_text=True)[-2000:])
    timed.setdefault(name, []).append(taken)
    return taken


def _multi(pairs: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


if __name__ == "__main__":
    for row in run():
        print(*row)
