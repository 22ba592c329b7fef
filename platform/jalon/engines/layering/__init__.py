"""Layered configuration: resolve, rebase, compare and explain artifacts inherited over any number of levels.

A level is a list of ops (`Op`) on the atoms (uid, prop) of its parent's artifact. `resolve` folds levels onto the
base, `rebase` moves a level's ops to a new parent, `rebase_tree` does it for a whole tree, `differences` and
`explain` say it in French. `adapter(kind)` knows how one kind of artifact becomes atoms and back.
"""

from jalon.engines.layering.atoms import Atoms, Shelf
from jalon.engines.layering.differences import Difference, differences, highest_class
from jalon.engines.layering.explain import Explanation, explain
from jalon.engines.layering.impact import (
    ConflictGroup,
    TreeRebased,
    TreeUnit,
    group_conflicts,
    rebase_tree,
    resolve_tree,
)
from jalon.engines.layering.model import (
    ABSENT,
    ALL,
    CLASSES,
    ITEMS,
    ROOT,
    VERBS,
    Atom,
    Broken,
    ChangeClass,
    ConflictKind,
    Facts,
    Level,
    Lock,
    LockMode,
    Op,
    Policy,
    Refusal,
    Refused,
    State,
    Step,
    Value,
    Verb,
)
from jalon.engines.layering.overlays import Overlay, read_op, read_overlay, write_op, write_overlay
from jalon.engines.layering.rebase import OpOutcome, Rebased, rebase
from jalon.engines.layering.resolve import Resolved, resolve

__all__ = [
    "ABSENT",
    "ALL",
    "CLASSES",
    "ITEMS",
    "ROOT",
    "VERBS",
    "Atom",
    "Atoms",
    "Broken",
    "ChangeClass",
    "ConflictGroup",
    "ConflictKind",
    "Difference",
    "Explanation",
    "Facts",
    "Level",
    "Lock",
    "LockMode",
    "Op",
    "OpOutcome",
    "Overlay",
    "Policy",
    "Rebased",
    "Refusal",
    "Refused",
    "Resolved",
    "Shelf",
    "State",
    "Step",
    "TreeRebased",
    "TreeUnit",
    "Value",
    "Verb",
    "differences",
    "explain",
    "group_conflicts",
    "highest_class",
    "read_op",
    "read_overlay",
    "rebase",
    "rebase_tree",
    "resolve",
    "resolve_tree",
    "write_op",
    "write_overlay",
]
