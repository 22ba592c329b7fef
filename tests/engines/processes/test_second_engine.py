"""SpiffWorkflow itself runs the same random processes, where it is right: both pass the same nodes as often.

Tasks, choices, parallel blocks and sub-processes, without loops: what plain SpiffWorkflow gets wrong elsewhere is
told in docs/decisions/0002-process-engine.md.
"""

import io
import random
import re
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engines.processes import oracle
from engines.processes.conformance.driving import Driver, Model
from engines.processes.conformance.writing import bpmn
from engines.processes.oracle import Block, Written
from jalon.runtime import MemoryStore

KINDS = (oracle.sequence, oracle.sequence, oracle.exclusive, oracle.parallel, "sub")


def block(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    if size <= 1:
        name = written.name("t", inside)
        written.nodes.append(f"user {name}")
        return name, name, [name]
    kind = generator.choice(KINDS)
    return sub(written, generator, size - 1, inside) if kind == "sub" else kind(written, generator, size - 1, inside)


def sub(written: Written, generator: random.Random, size: int, inside: str) -> Block:
    name = written.name("u", inside)
    first, last, passed = block(written, generator, size, name + ".")
    written.nodes += [f"sub {name}", f"start {name}.s", f"end {name}.e"]
    written.flows += [f"{name}.s>{first}", f"{last}>{name}.e"]
    return name, name, [f"{name}.s", *passed, f"{name}.e", name]


@pytest.fixture
def structured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle's blocks made of what both engines run."""
    monkeypatch.setattr(oracle, "block", block)


def by_us(content: bytes, variables: dict[str, Any], order: random.Random) -> list[str]:
    driver = Driver(MemoryStore(), Model("second", (content,), (), (), start=variables))
    driver.run()
    while tasks := driver.store.open_tasks(root=driver.root):
        driver.runtime().complete_task(order.choice(tasks).id)
    record = driver.store.get_instance(driver.root)
    assert record is not None
    assert record.status == "completed"
    return sorted(event.element for event in driver.store.events(root=driver.root, kind="passed"))


def by_spiff(content: bytes, variables: dict[str, Any], order: random.Random) -> list[str]:
    python = re.sub(rb"(<conditionExpression>[^<]*?) = ", rb"\1 == ", content)  # its conditions are Python
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(python)))
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.task_tree.data.update(variables)
    workflow.do_engine_steps()
    while ready := [task for task in workflow.get_tasks(state=TaskState.READY) if task.task_spec.manual]:
        order.choice(ready).run()
        workflow.do_engine_steps()
    assert workflow.is_completed()
    ids = {element.get("id") for element in etree.fromstring(content).iter()}
    done = workflow.get_tasks(state=TaskState.COMPLETED)
    return sorted(task.task_spec.name for task in done if task.task_spec.name in ids)


@pytest.mark.usefixtures("structured")
@pytest.mark.parametrize("first", range(0, 100, 25))
def test_both_engines_pass_the_same_nodes(first: int) -> None:
    for seed in range(first, first + 25):
        written, expected = oracle.random_process(seed, size=random.Random(seed).randint(2, 12))
        content = bpmn(" | ".join(written.nodes), "; ".join(written.flows))
        ours = by_us(content, written.variables, random.Random(seed))
        assert ours == by_spiff(content, written.variables, random.Random(seed + 1)), seed
        assert ours == expected, seed
