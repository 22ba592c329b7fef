"""Great loops, rows and widths over SQL, as over dictionaries."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from engines.processes.conformance.driving import Driver, Model
from engines.processes.conformance.writing import bpmn
from factories.units import make_unit
from jalon.store.runs import SqlRunStore

Run = Callable[..., Driver]


@pytest.fixture
def begin(session: Session) -> Run:
    make_unit(session, "u")

    def build(*diagrams: bytes, key: str = "p", **start: object) -> Driver:
        run = Driver(SqlRunStore(session), Model("limits", diagrams, (), (), start=start, key=key))
        run.max_steps = 5000
        run.run()
        session.flush()
        return run

    return build


def finished(run: Driver) -> bool:
    record = run.store.get_instance(run.root)
    return record is not None and record.status == "completed" and not run.store.open_incidents(root=run.root)


def turns(run: Driver, count: int) -> list[int]:
    sizes = []
    for turn in range(count):
        run._do("a", {"n": turn + 1})
        record = run.store.get_instance(run.root)
        assert record is not None
        sizes.append(len(record.state))
    return sizes


LOOP = bpmn("start s | xor m | user a | xor g default=m | end e", "s>m>a>g; g>e: n >= fin; g>m: default")


@pytest.mark.req("R16")
def test_a_loop_stays_small(begin: Run) -> None:
    run = begin(LOOP, fin=60)
    sizes = turns(run, 60)
    assert finished(run)
    assert max(sizes) <= min(sizes[:5]) + 12


@pytest.mark.req("R16")
def test_twenty_parallel_blocks(begin: Run) -> None:
    numbers = range(20)
    nodes = " | ".join(f"and g{n} | script a{n} | script b{n} | and j{n}" for n in numbers) + " | start s | end e"
    flows = "s>" + ">".join(f"g{n}>a{n}>j{n}" for n in numbers) + ">e; " + "; ".join(f"g{n}>b{n}>j{n}" for n in numbers)
    assert finished(begin(bpmn(nodes, flows)))


@pytest.mark.req("R16")
def test_a_hundred_at_once(begin: Run) -> None:
    wide(begin, 100)


def wide(begin: Run, count: int) -> None:
    run = begin(bpmn("start s | task a 'many=x:liste>res:r' | end e", "s>a>e"), liste=list(range(count)))
    for task in run.store.open_tasks(root=run.root):
        run.runtime().complete_task(task.id, {"r": task.iteration})
    assert finished(run)
    record = run.store.get_instance(run.root)
    assert record is not None
    assert record.variables["0"]["res"] == list(range(1, count + 1))


@pytest.mark.req("R16")
def test_calls_ten_deep(begin: Run) -> None:
    files = [
        bpmn(f"start s{n} | call c{n} calls=p{n + 1} | end e{n}", f"s{n}>c{n}>e{n}", key=f"p{n}") for n in range(10)
    ]
    run = begin(*files, bpmn("start s | user a | end e", "s>a>e", key="p10"), key="p0")
    run._do("a", {"x": 1})
    assert finished(run)


@pytest.mark.req("R16")
def test_fifty_tasks_in_a_row(begin: Run) -> None:
    row(begin, 50)


def row(begin: Run, count: int) -> None:
    names = [f"a{number}" for number in range(count)]
    run = begin(bpmn("start s | end e | " + " | ".join(f"user {name}" for name in names), ">".join(["s", *names, "e"])))
    for name in names:
        run._do(name)
    assert finished(run)


@pytest.mark.drill
@pytest.mark.req("R16")
def test_three_thousand_turns(begin: Run, figure: Callable[..., None]) -> None:
    run = begin(LOOP, fin=3000)
    sizes = turns(run, 3000)
    assert finished(run)
    assert max(sizes) <= min(sizes[:5]) + 12
    figure(turns=3_000, state_bytes_first=sizes[0], state_bytes_most=max(sizes))


@pytest.mark.drill
@pytest.mark.req("R16")
def test_a_thousand_at_once(begin: Run, figure: Callable[..., None]) -> None:
    wide(begin, 1000)
    figure(branches=1_000, finished="yes")


@pytest.mark.drill
@pytest.mark.req("R16")
def test_five_hundred_tasks_in_a_row(begin: Run, figure: Callable[..., None]) -> None:
    row(begin, 500)
    figure(tasks_in_a_row=500, finished="yes")
