"""Every model, in one list."""

from engines.processes.conformance import events, models, rarer, wide
from engines.processes.conformance.driving import Model

MODELS: list[Model] = [*models.MODELS, *events.MODELS, *wide.MODELS, *rarer.MODELS]
