"""Random structured processes against an independent account of what they must do."""

import random
from collections.abc import Callable

import pytest

from engines.processes.conformance.driving import Driver, Model
from engines.processes.conformance.writing import bpmn
from engines.processes.oracle import random_process
from jalon.runtime import MemoryStore


def check(seed: int, apart: int = 20) -> None:
    written, expected = random_process(seed, size=random.Random(seed).randint(2, 16))
    content = bpmn(" | ".join(written.nodes), "; ".join(written.flows))
    driver = Driver(MemoryStore(), Model(str(seed), (content,), (), (), start=written.variables, apart=apart))
    driver.run()
    order = random.Random(seed)
    for _ in range(2000):
        tasks = driver.store.open_tasks(root=driver.root)
        if not tasks:
            break
        driver.runtime().complete_task(order.choice(tasks).id)
    record = driver.store.get_instance(driver.root)
    assert record is not None
    assert record.status == "completed"
    assert sorted(event.element for event in driver.store.events(root=driver.root, kind="passed")) == expected


@pytest.mark.req("R16")
@pytest.mark.parametrize("first", range(0, 200, 50))
def test_random_processes_do_what_they_must(first: int) -> None:
    for seed in range(first, first + 50):
        check(seed)


def test_repetitions_that_run_apart_do_the_same() -> None:
    for seed in range(200, 300):
        check(seed, apart=0)


@pytest.mark.drill
@pytest.mark.req("R16")
def test_five_thousand_random_processes(figure: Callable[..., None]) -> None:
    for seed in range(1000, 6000):
        check(seed)
    figure(random_processes=5_000, divergences=0)
