"""The acts that publish without a draft, as plain data: what one person asked for, another lets happen as it was."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.json import Json
from jalon.engines.layering import ABSENT, Value
from jalon.services.configuration import Pack, read_pack
from jalon.services.configuration.packs import write_pack
from jalon.services.publication.conflicts import prepare_decisions
from jalon.services.publication.importing import prepare_import, reason_of
from jalon.services.publication.model import Choice
from jalon.services.publication.moving import prepare_move
from jalon.services.publication.promoting import prepare_acceptance
from jalon.services.publication.readying import Prepared
from jalon.services.publication.undoing import prepare_rollback
from jalon.store import snapshots

Terms = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Act:
    """What to do, by name, and with what."""

    name: str
    terms: Terms


def rollback_of(release_id: UUID, reason: str) -> Act:
    """The way back before a release."""
    return Act("rollback", {"release": str(release_id), "reason": reason})


def move_of(unit_id: UUID, parent_id: UUID, reason: str) -> Act:
    """A unit put under another parent."""
    return Act("move", {"unit": str(unit_id), "parent": str(parent_id), "reason": reason})


def acceptance_of(offer_id: UUID, reason: str, merged: Sequence[str], on: date | None) -> Act:
    """An offered item taken over."""
    day = on.isoformat() if on else ""
    return Act("promotion", {"offer": str(offer_id), "reason": reason, "merged": list(merged), "on": day})


def decision_of(conflict_ids: Sequence[UUID], choice: Choice, reason: str, value: Value) -> Act:
    """Conflicts decided alike."""
    terms: dict[str, Json] = {"conflicts": [str(one) for one in conflict_ids], "choice": choice, "reason": reason}
    return Act("decision", terms if value is ABSENT else {**terms, "value": value})


def import_of(session: Session, pack: Pack, effective_from: date | None) -> Act:
    """A pack published; it is kept as it was read, with the name of who signed it, as it was known that day."""
    kept = snapshots.keep(session, "pack-asked", pack.key, {"zip": base64.b64encode(write_pack(pack)).decode()})
    day = effective_from.isoformat() if effective_from else ""
    terms = {"archive": kept, "from": day, "reason": reason_of(pack)}
    return Act("pack", {**terms, "signer": pack.signature.signer} if pack.signature else terms)


def prepare_act(session: Session, actor: Actor, act: Act) -> Prepared:
    """Compute what an act would publish; writes nothing. Raises what the act itself would."""
    return ACTS[act.name](session, actor, act.terms)


def asked_pack(session: Session, terms: Terms) -> tuple[Pack, date | None]:
    """Return the pack of an import that was asked for, and the day it takes effect."""
    kept = snapshots.content(session, terms["archive"]) or {}
    pack = read_pack(base64.b64decode(kept["zip"]))
    if pack.signature is not None:
        pack = replace(pack, signature=replace(pack.signature, signer=terms["signer"]))
    return pack, _day(terms["from"])


def _rollback(session: Session, actor: Actor, terms: Terms) -> Prepared:
    return prepare_rollback(session, actor, UUID(terms["release"]), terms["reason"])


def _move(session: Session, actor: Actor, terms: Terms) -> Prepared:
    return prepare_move(session, actor, UUID(terms["unit"]), UUID(terms["parent"]), terms["reason"])


def _accept(session: Session, actor: Actor, terms: Terms) -> Prepared:
    return prepare_acceptance(
        session,
        actor,
        UUID(terms["offer"]),
        reason=terms["reason"],
        merged=terms["merged"],
        on=_day(terms["on"]),
    )


def _decide(session: Session, actor: Actor, terms: Terms) -> Prepared:
    ids = [UUID(one) for one in terms["conflicts"]]
    return prepare_decisions(session, actor, ids, terms["choice"], terms["reason"], terms.get("value", ABSENT))


def _import(session: Session, actor: Actor, terms: Terms) -> Prepared:
    pack, day = asked_pack(session, terms)
    return prepare_import(session, actor, pack, effective_from=day)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


ACTS: Mapping[str, Callable[[Session, Actor, Terms], Prepared]] = {
    "rollback": _rollback,
    "move": _move,
    "promotion": _accept,
    "decision": _decide,
    "pack": _import,
}
"""Name of an act -> what computes it."""
