"""From what is published to what runs: diagrams and decisions, compiled once per version."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jalon.base.errors import ContentRefused
from jalon.engines.decisions import CompiledDecisions, compile_model
from jalon.engines.processes.program import Program
from jalon.engines.processes.reading import read_bpmn

KEPT = 256
"""How many versions stay compiled in one worker."""


def program_of(process_key: str, process_hash: str, content: Mapping[str, Any]) -> Program:
    """Return the program of a published process; ContentRefused when its diagram cannot run."""
    return _compiled(process_key, process_hash, str(content["bpmn"]))


def decisions_of(model_hash: str, model: Mapping[str, Any]) -> CompiledDecisions:
    """Return the decisions of a published model, compiled once per version."""
    if model_hash not in _decisions:
        while len(_decisions) >= KEPT:
            _decisions.pop(next(iter(_decisions)), None)
        _decisions[model_hash] = compile_model(dict(model))
    return _decisions[model_hash]


_decisions: dict[str, CompiledDecisions] = {}


@lru_cache(maxsize=KEPT)
def _compiled(process_key: str, process_hash: str, bpmn: str) -> Program:
    reading = read_bpmn({f"{process_key}.bpmn": bpmn.encode()})
    found = next((one.program for one in reading.processes if one.key == process_key and one.program), None)
    if found is None:
        raise ContentRefused([problem for problem in reading.problems if problem.severity == "error"])
    return replace(found, hash=process_hash)
