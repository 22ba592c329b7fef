"""Drafts: what a level is about to change, shared by those who administer it, never silently overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import Problem
from jalon.base.json import Json
from jalon.engines.layering import Difference, Op, OpOutcome


@dataclass(frozen=True)
class Draft:
    """The open changes of a unit on an artifact.

    `ops` are all of the unit's, `new_ops` those the published revision does not have. `content` is the artifact with
    them; `differences` against what is published for the unit. `outdated`: changes made before a level above changed
    the same thing, to be looked at again. `warnings`: sentences, such as a label nearly the same as another.
    """

    id: UUID
    kind: str
    key: str
    unit_id: UUID
    row_version: int
    ops: tuple[Op, ...]
    new_ops: tuple[Op, ...]
    content: Json
    problems: tuple[Problem, ...]
    differences: tuple[Difference, ...]
    outdated: tuple[OpOutcome, ...]
    warnings: tuple[str, ...]
    last_author: str
    can_undo: bool
    can_redo: bool


def open_draft(session: Session, actor: Actor, unit_id: UUID, kind: str, key: str) -> Draft:
    """Return the draft of a unit on an artifact, begun from what is published; one per unit and artifact."""
    raise NotImplementedError


def read_draft(session: Session, actor: Actor, draft_id: UUID) -> Draft:
    """Return a draft as it stands; raises NotFound outside the actor's scope, DraftClosed once it is over."""
    raise NotImplementedError


def change_draft(session: Session, actor: Actor, draft_id: UUID, ops: Sequence[Op], row_version: int) -> Draft:
    """Add changes to a draft; raises DraftChanged, ChangeLocked or ChangeRefused, and then keeps nothing.

    Ids, author, instant and the parent's value seen are filled in. Setting twice the same thing keeps the last.
    """
    raise NotImplementedError


def restore(session: Session, actor: Actor, draft_id: UUID, uid: str, prop: str, row_version: int) -> Draft:
    """Take away this level's changes of one property (of the whole item when `prop` is empty): inherit again."""
    raise NotImplementedError


def undo(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> Draft:
    """Undo the last change of a draft; raises NothingToUndo."""
    raise NotImplementedError


def redo(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> Draft:
    """Do again what was last undone; raises NothingToUndo."""
    raise NotImplementedError


def discard(session: Session, actor: Actor, draft_id: UUID, row_version: int) -> None:
    """Give up a draft; what is published does not move."""
    raise NotImplementedError
