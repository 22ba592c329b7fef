"""Papers of case files: received from people, checked to the last byte, given back only as downloads."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import JalonError, NotFound
from jalon.base.i18n import fr
from jalon.base.ports import FileStore
from jalon.services import audit
from jalon.services.dossiers.filetypes import FileRefused, safe_name, sniff
from jalon.services.dossiers.keeping import add_document, writable
from jalon.services.dossiers.reading import read
from jalon.store import audit as journal
from jalon.store import dossiers as store
from jalon.store.dossiers import Dossier, DossierDocument

DOWNLOADED = "document.telecharge"
MOST_A_DAY = 500
"""How many different papers one account may download in a day: an extraction stops there (S16)."""


class TooManyDownloads(JalonError):
    """Somebody takes away more papers than any work needs."""

    code, status = "document.quota", 429
    message = fr("Vous avez téléchargé {most} pièces en vingt-quatre heures : c’est la limite. Réessayez demain.")


def attach(
    session: Session,
    files: FileStore,
    actor: Actor,
    dossier_id: UUID,
    name: str,
    content: bytes,
    now: datetime,
    *,
    most_bytes: int,
) -> DossierDocument:
    """Keep a paper with a case file the actor may modify; NotFound outside, FileRefused for what is not accepted."""
    found = writable(session, actor, dossier_id)
    return attach_to(session, files, actor, found, name, content, now, most_bytes=most_bytes)


def attach_to(
    session: Session,
    files: FileStore,
    actor: Actor,
    dossier: Dossier,
    name: str,
    content: bytes,
    now: datetime,
    *,
    most_bytes: int,
    task_id: UUID | None = None,
) -> DossierDocument:
    """Keep a paper for a caller that checked the right to, such as a task that asks for it.

    The same content given twice to a case file under the same name is the same paper.
    """
    if len(content) > most_bytes:
        limit = f"il dépasse {most_bytes // (1024 * 1024)} Mo"
        raise FileRefused(name=safe_name(name), reason=limit)
    kind = sniff(name, content)
    shown = safe_name(name)
    content_hash = files.put(content)
    for known in store.documents(session, dossier.id):
        if known.content_hash == content_hash and known.name == shown:
            return known
    return add_document(
        session,
        actor,
        dossier,
        content_hash=content_hash,
        name=shown,
        media_type=kind.media_type,
        size=len(content),
        task_id=task_id,
        now=now,
    )


def download(
    session: Session, files: FileStore, actor: Actor, document_id: UUID, now: datetime
) -> tuple[DossierDocument, bytes]:
    """Return a paper of a case file the actor may read, and note that they took it; TooManyDownloads past the quota."""
    found = session.get(DossierDocument, document_id)
    if found is None:
        raise NotFound(id=document_id)
    dossier = read(session, actor, found.dossier_id)
    if actor.id and journal.reads_since(session, actor.id, now - timedelta(days=1), DOWNLOADED) >= MOST_A_DAY:
        raise TooManyDownloads(most=MOST_A_DAY)
    content = files.get(found.content_hash)
    audit.access_log(session, actor, DOWNLOADED, unit_id=dossier.unit_id, target=found.id)
    return found, content
