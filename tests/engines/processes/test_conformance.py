"""Every model of the conformance suite, over the dictionary store."""

from dataclasses import replace

import pytest

from engines.processes.conformance.driving import Driver, Model, run_model
from engines.processes.conformance.suite import MODELS
from engines.processes.conformance.writing import bpmn
from jalon.runtime import MemoryStore


@pytest.mark.req("R16")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_model(model: Model) -> None:
    run_model(MemoryStore, model)


@pytest.mark.req("R16")
def test_a_thousand_people_at_once_cost_a_counter() -> None:
    model = Model("thousand", (bpmn("start s | task a 'many=x:liste>res:r' | end e", "s>a>e"),), (), ())
    driver = Driver(MemoryStore(), replace(model, start={"liste": list(range(1000))}))
    driver.run()
    parent = driver.store.get_instance(driver.root)
    assert parent is not None
    assert len(parent.state) <= 300
    for task in driver.store.open_tasks(root=driver.root):
        driver.runtime().complete_task(task.id, {"r": task.iteration})
    parent = driver.store.get_instance(driver.root)
    assert parent is not None
    assert (parent.status, parent.variables["0"]["res"]) == ("completed", list(range(1, 1001)))
