"""Import a pack: a publication at the level above the root unit."""

from datetime import date

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.services.configuration.packs import Pack
from jalon.services.publication.model import Published


def import_pack(session: Session, actor: Actor, pack: Pack, *, effective_from: date | None = None) -> Published:
    """Publish a pack; the same pack again changes nothing (`unchanged`), another version updates, never duplicates.

    Raises PublicationRefused: a uid that vanished without [closed] or [aliases], a type that changed, a pack missing.
    """
    raise NotImplementedError
