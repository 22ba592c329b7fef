"""The second reader: whoever wrote a change is not the only one to have read it when it is published."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.access import require
from jalon.services.publication.errors import ApprovalRefused, SecondReaderNeeded
from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.configuration import Revision, RevisionState
from jalon.store.organisations import Unit


def needs_second_reader(session: Session, unit_id: UUID) -> bool:
    """Tell whether the roles in force at a unit ask for a second reader at its level (`second_reader` names levels)."""
    roles = store.current_content(session, "roles", "roles", unit_id) or {}
    return session.get_one(Unit, unit_id).level in (roles.get("second_reader") or ())


def demanding(session: Session, units: Iterable[Unit]) -> tuple[UUID, ...]:
    """Return which of these units ask for a second reader at their level; one look when no level does."""
    artifact = store.artifact(session, "roles", "roles")
    pointers = store.pointers_of(session, artifact.id) if artifact else ()
    roles = snapshots.contents(session, {one.hash for one in pointers})
    if not any(content.get("second_reader") for content in roles.values()):
        return ()
    return tuple(unit.id for unit in units if needs_second_reader(session, unit.id))


def has_written(draft: Revision, actor: Actor) -> bool:
    """Tell whether a person opened a draft or made one of its changes."""
    if actor.id is None:
        return True  # what the system does, nobody read
    return draft.author_id == actor.id or any(change.get("by") == str(actor.id) for change in draft.changes)


def check_readers(
    session: Session, drafts: Sequence[Revision], actor: Actor, approver: Actor | None = None
) -> Actor | None:
    """Return who read the drafts over, None when nobody had to.

    The approver, or the person who publishes, must have written none of them where a second reading was asked for or
    the level demands it. Raises ApprovalRefused for an approver who may not be one, SecondReaderNeeded.
    """
    if approver is not None:
        for draft in drafts:
            if approver.id == actor.id or has_written(draft, approver):
                raise ApprovalRefused()
            require(approver, "configuration.publier", draft.unit_id)
        return approver
    asked = [one for one in drafts if one.state is RevisionState.IN_REVIEW or _is_demanded(session, one)]
    if any(has_written(draft, actor) for draft in asked):
        raise SecondReaderNeeded()
    return actor if asked else None


def _is_demanded(session: Session, draft: Revision) -> bool:
    return draft.unit_id is not None and needs_second_reader(session, draft.unit_id)
