"""Every model of the conformance suite, over the dictionary store."""

import pytest

from engines.processes.conformance.driving import Model, run_model
from engines.processes.conformance.models import MODELS
from jalon.runtime import MemoryStore


@pytest.mark.req("R16")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_model(model: Model) -> None:
    run_model(MemoryStore, model)
