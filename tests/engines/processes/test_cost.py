"""The cost of a step follows what is alive, never what happened: sizes and counts, not timings."""

import pytest

from engines.processes.conformance.driving import Driver, Model
from engines.processes.conformance.writing import bpmn
from jalon.runtime import MemoryStore
from jalon.sandbox import Sandbox

WEEKLY = (
    "start s | xor m | user a | and g | user b | user c | and j | catch t duration=P7D | xor x default=m | end e | "
    + " | ".join(f"user z{number}" for number in range(20)),
    "s>m>a>g>b>j>t>x; g>c>j; x>m: default; x>z0: fini; " + ">".join(f"z{number}" for number in range(20)) + ">e",
)


def driver(nodes: str, flows: str, **start: object) -> Driver:
    return Driver(MemoryStore(), Model("cost", (bpmn(nodes, flows),), (), (), start=start))


def one_turn(run: Driver) -> tuple[int, int]:
    """Take one week; return the size of the state and the highest number of events of one act."""
    most = 0
    for element in "abc":
        happened = run.runtime().complete_task(run._task(element).id, {"semaine": 1})
        most = max(most, len(happened.events))
    run._advance("P8D")  # the timer follows the wall, the driver does not: a change of hour lies between
    record = run.store.get_instance(run.root)
    assert record is not None
    return len(record.state), most


@pytest.mark.req("R16")
def test_three_thousand_weeks_cost_what_one_costs() -> None:
    run = driver(*WEEKLY)
    run.run()
    first = one_turn(run)
    for turn in range(3000):
        if turn % 100 == 0:
            run.store._events.clear()  # the log is not what is measured
        last = one_turn(run)
    assert last[0] <= first[0] + 12  # numbers grow by a few digits
    assert last[0] <= 4096
    assert last[1] == first[1]


@pytest.mark.req("R16")
@pytest.mark.parametrize("blocks", [2, 20])
def test_parallel_blocks_in_a_row_do_not_multiply(blocks: int) -> None:
    numbers = range(blocks)
    nodes = " | ".join(f"and g{n} | user a{n} | user b{n} | and j{n}" for n in numbers) + " | start s | end e"
    flows = "s>" + ">".join(f"g{n}>a{n}>j{n}" for n in numbers) + ">e; " + "; ".join(f"g{n}>b{n}>j{n}" for n in numbers)
    run = driver(nodes, flows)
    run.run()
    assert [event.kind for event in run.store.events()] == ["started", "passed", "passed", "opened", "opened"]


@pytest.mark.req("R16")
def test_five_hundred_tasks_in_a_row() -> None:
    names = [f"a{number}" for number in range(500)]
    run = driver("start s | end e | " + " | ".join(f"user {name}" for name in names), ">".join(["s", *names, "e"]))
    run.run()
    for name in names:
        run._do(name)
    record = run.store.get_instance(run.root)
    assert record is not None
    assert record.status == "completed"


@pytest.mark.req("R16")
def test_fifty_branches() -> None:
    names = [f"a{number}" for number in range(50)]
    run = driver(
        "start s | and g | and j | end e | " + " | ".join(f"user {name}" for name in names),
        "s>g; j>e; " + "; ".join(f"g>{name}>j" for name in names),
    )
    run.run()
    for name in reversed(names):
        run._do(name)
    record = run.store.get_instance(run.root)
    assert record is not None
    assert record.status == "completed"


@pytest.mark.req("R16")
def test_calls_ten_deep_and_calls_without_end() -> None:
    files = {
        f"{n}.bpmn": bpmn(f"start s{n} | call c{n} calls=p{n + 1} | end e{n}", f"s{n}>c{n}>e{n}", key=f"p{n}")
        for n in range(10)
    }
    box = Sandbox()
    assert box.deploy({**files, "last.bpmn": bpmn("start s | user a | end e", "s>a>e", key="p10")}).ok
    run = box.start("p0")
    box.complete(box.tasks(run)[0].id, {"x": 1})
    assert (box.state(run).status, box.state(run).variables) == ("completed", {"x": 1})
    assert len(box.state(run).ended_at) == 11
    assert box.deploy({"self.bpmn": bpmn("start s | call c calls=p | end e", "s>c>e")}).ok
    endless = box.start("p")
    assert [incident[1] for incident in box.state(endless).incidents] == ["processus.appels_trop_profonds"]
    box.cancel(endless)
    assert box.state(endless).status == "terminated"
    assert box.state(endless).incidents == []


@pytest.mark.req("R16")
def test_a_thousand_at_once() -> None:
    run = driver("start s | user a many=1000 | end e", "s>a>e")
    run.max_steps = 2000
    run.run()
    tasks = run.store.open_tasks(root=run.root)
    assert [task.iteration for task in tasks] == list(range(1, 1001))
