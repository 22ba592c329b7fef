"""Counts and complexity of a process."""

import warnings

from engines.processes.conformance.writing import bpmn
from jalon.engines.processes import Program, read_bpmn
from jalon.engines.processes.complexity import NAMES, complexity
from jalon.engines.processes.figures import figures


def program(nodes: str, flows: str) -> Program:
    found = read_bpmn({"a.bpmn": bpmn(nodes, flows)}).processes[0].program
    assert found is not None
    return found


def test_counts() -> None:
    looped = program(
        "start s | xor m | user a | boundary b on=a duration=P1D | xor x default=m | sub u | task u.t | end e | end f",
        "s>m>a>x; x>u: fini; x>m: default; u>e; b>f",
    )
    found = figures(looped)
    assert (found.elements, found.activities, found.human_tasks, found.gateways, found.events) == (9, 3, 2, 2, 4)
    assert (found.depth, found.longest, found.paths) == (1, 6, 2)


def test_ways_are_capped_and_counting_never_recurses() -> None:
    numbers = range(400)
    nodes = (
        " | ".join(f"xor g{n} default=b{n} | task a{n} | task b{n} | xor j{n}" for n in numbers) + " | start s | end e"
    )
    flows = "s>g0; " + "; ".join(
        f"g{n}>a{n}: x; g{n}>b{n}: default; a{n}>j{n}; b{n}>j{n}; j{n}>{f'g{n + 1}' if n < 399 else 'e'}"
        for n in numbers
    )
    found = figures(program(nodes, flows))
    assert (found.paths, found.longest) == (1_000_000, 1202)


def test_complexity_by_bpmn_python() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what that library imports is old
        found = complexity(program("start s | and g | task a | task b | and j | end e", "s>g>a>j>e; g>b>j"))
        plain = complexity(program("start s | task a | end e", "s>a>e"))
    assert found is not None
    assert plain is not None
    assert set(found) == set(NAMES)
    assert (found["gateway_kinds"], found["gateway_degree"], plain["gateway_degree"]) == (1.0, 3.0, 0.0)
