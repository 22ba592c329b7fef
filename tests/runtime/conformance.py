"""The conformance suite for any RunStore: `for model in MODELS: run_model(store_factory, model)`."""

from engines.processes.conformance.driving import Model, Seen, run_model
from engines.processes.conformance.suite import MODELS

__all__ = ["MODELS", "Model", "Seen", "run_model"]
