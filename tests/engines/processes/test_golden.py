"""States stored by every release still load and finish: one file per release, never changed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engines.processes.conformance.suite import MODELS
from jalon.engines.processes import Execution, Host, read_bpmn
from jalon.engines.processes.state import OPEN

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def record(path: Path) -> None:
    """Write the golden file of a release: the state of each model where it first waits."""
    cases: list[dict[str, Any]] = []
    for model in MODELS:
        reading = read_bpmn({"0.bpmn": model.files[0]})
        program = reading.processes[0].program
        assert program is not None
        run = Execution.begin(program, Host(now=NOW, max_steps=500), model.start)
        run.start(model.start_event)
        if run.state.status == "running" and not any(token.incident for token in run.state.tokens.values()):
            cases.append({"model": model.name, "state": run.dump().decode(), "variables": run.variables})
    path.write_text(json.dumps(cases, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@pytest.mark.req("R21")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_old_states_still_load_and_go_on(path: Path) -> None:
    models = {model.name: model for model in MODELS}
    cases = json.loads(path.read_text(encoding="utf-8"))
    assert len(cases) > 50
    for case in cases:
        program = read_bpmn({"0.bpmn": models[case["model"]].files[0]}).processes[0].program
        assert program is not None
        run = Execution.resume(program, case["state"].encode(), case["variables"], Host(now=NOW))
        assert run.dump().decode() == case["state"]
        token = next((token.id for token in run.state.tokens.values() if token.doing == OPEN), None)
        if token is not None:
            run.complete(token, {})
            assert run.changes
