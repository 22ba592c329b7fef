"""DMN decisions: read, checked for gaps and overlaps, run with every hit policy, explained in French."""

from jalon.engines.decisions.checking import check_model
from jalon.engines.decisions.compiling import compile_model
from jalon.engines.decisions.explaining import explain
from jalon.engines.decisions.model import CompiledDecisions, Decided, DecisionFile, DecisionInfo, Model
from jalon.engines.decisions.reading import from_dmn, read_dmn
from jalon.engines.decisions.running import decide
from jalon.engines.decisions.writing import to_dmn

__all__ = [
    "CompiledDecisions",
    "Decided",
    "DecisionFile",
    "DecisionInfo",
    "Model",
    "check_model",
    "compile_model",
    "decide",
    "explain",
    "from_dmn",
    "read_dmn",
    "to_dmn",
]
