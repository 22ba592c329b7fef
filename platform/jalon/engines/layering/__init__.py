"""Layered configuration: resolve, rebase, compare and explain artifacts inherited over any number of levels.

A level is a list of ops (`Op`) on the atoms (uid, prop) of its parent's artifact. `resolve` folds levels onto the
base, `rebase` moves a level's ops to a new parent, `rebase_tree` does it for a whole tree, `differences` and
`explain` say it in French. `adapter(kind)` knows how one kind of artifact becomes atoms and back.
"""

from jalon.engines.layering.atoms import Atoms, Shelf
from jalon.engines.layering.differences import Difference, differences, highest_class
from jalon.engines.layering.explain import Explanation, explain
from jalon.engines.layering.fold import ORDER, effect, redirected
from jalon.engines.layering.impact import (
    ConflictGroup,
    TreeBroken,
    TreeRebased,
    TreeUnit,
    group_conflicts,
    rebase_tree,
    resolve_tree,
)
from jalon.engines.layering.kinds import Adapter, KindUnknown, adapter, kinds
from jalon.engines.layering.kinds.lists import near_duplicates
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
from jalon.engines.layering.outcomes import OpOutcome, Rebased
from jalon.engines.layering.overlays import Overlay, read_op, read_overlay, write_op, write_overlay
from jalon.engines.layering.rebase import rebase
from jalon.engines.layering.reimport import carry_closed, check_reimport
from jalon.engines.layering.resolve import boundaries, in_force, resolve
from jalon.engines.layering.resolved import Parent, Resolved

__all__ = [
    "ABSENT",
    "ALL",
    "CLASSES",
    "ITEMS",
    "ORDER",
    "ROOT",
    "VERBS",
    "Adapter",
    "Atom",
    "Atoms",
    "Broken",
    "ChangeClass",
    "ConflictGroup",
    "ConflictKind",
    "Difference",
    "Explanation",
    "Facts",
    "KindUnknown",
    "Level",
    "Lock",
    "LockMode",
    "Op",
    "OpOutcome",
    "Overlay",
    "Parent",
    "Policy",
    "Rebased",
    "Refusal",
    "Refused",
    "Resolved",
    "Shelf",
    "State",
    "Step",
    "TreeBroken",
    "TreeRebased",
    "TreeUnit",
    "Value",
    "Verb",
    "adapter",
    "boundaries",
    "carry_closed",
    "check_reimport",
    "differences",
    "effect",
    "explain",
    "group_conflicts",
    "highest_class",
    "in_force",
    "kinds",
    "near_duplicates",
    "read_op",
    "read_overlay",
    "rebase",
    "rebase_tree",
    "redirected",
    "resolve",
    "resolve_tree",
    "write_op",
    "write_overlay",
]
