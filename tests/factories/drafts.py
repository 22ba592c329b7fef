"""Drafts and publications of the small pack, in as few words as a test needs."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from factories.packs import administrator
from jalon.base.actor import Actor
from jalon.engines.layering import Op
from jalon.services.configuration import Draft, change_draft, open_draft
from jalon.services.publication import Published, publish
from jalon.store.organisations import Unit

DAY = date(2026, 1, 12)


def op(verb: Any, uid: str, prop: str = "", **words: Any) -> Op:
    """An operation as a person asks for it: who, when and what it was made on are filled in later."""
    return Op(id="", verb=verb, uid=uid, prop=prop, **words)


def draft_of(session: Session, unit: Unit, kind: str, key: str, *ops: Op) -> tuple[Actor, Draft]:
    """An open draft with these changes, and the administrator of the unit who made them."""
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, kind, key)
    return chief, change_draft(session, chief, draft.id, ops, draft.row_version)


def published(session: Session, unit: Unit, kind: str, key: str, *ops: Op, on: date = DAY) -> Published:
    """The release of these changes."""
    chief, draft = draft_of(session, unit, kind, key, *ops)
    return publish(session, chief, [draft.id], effective_from=on, reason="Essai")
