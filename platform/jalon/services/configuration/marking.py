"""What a form says of its own questions: which level changed one, since when and why, and what is new (A15)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.engines.layering import Op
from jalon.services.configuration import levels
from jalon.services.configuration.news import recent_changes
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.store.epochs import remembered


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one question, or of a list under its key: `level` is empty for what no unit changed.

    `news` are the sentences of the last two weeks.
    """

    level: str = ""
    since: date | None = None
    author: str = ""
    reason: str = ""
    news: tuple[str, ...] = field(default=())


def marks(session: Session, form_key: str, unit_id: UUID, lists: Collection[str] = ()) -> Mapping[str, Mark]:
    """Return what to say of the questions of a form as a unit has it, by uid; a list is under `list:key`."""
    day = store.today(session, unit_id)
    known = remembered(session)
    asked = ("marks", form_key, unit_id, tuple(sorted(lists)), day)
    if known is None or asked not in known:
        found = _marks(session, form_key, unit_id, lists, day)
        if known is None:
            return found
        known[asked] = found
    answer: Mapping[str, Mark] = known[asked]
    return answer


def _marks(session: Session, form_key: str, unit_id: UUID, lists: Collection[str], day: date) -> dict[str, Mark]:
    news: dict[str, list[str]] = {}
    names = {("form", form_key), *(("list", key) for key in lists)}
    for change in recent_changes(session, unit_id, names=names):
        place = change.uid if change.kind == "form" else f"list:{change.key}"
        news.setdefault(place, []).append(change.sentence)
    found = {uid: Mark(news=tuple(dict.fromkeys(said))) for uid, said in news.items()}
    for uid, (title, op) in _last_ops(session, form_key, unit_id, day).items():
        since = date.fromisoformat(op.at[:10]) if op.at else None
        found[uid] = Mark(title, since, op.author, op.reason, found.get(uid, Mark()).news)
    return found


def _last_ops(session: Session, form_key: str, unit_id: UUID, day: date) -> dict[str, tuple[str, Op]]:
    """Return, for each question a unit of the line changed, the last op that holds and who made it."""
    artifact = levels.known_artifact(session, "form", form_key)
    pointer = store.pointer_at(session, artifact.id, unit_id, day)
    if pointer is None or not pointer.provenance:
        return {}
    line = {one.id: one for one in organisations.ancestors(session, levels.known_unit(session, unit_id))}
    ops: dict[tuple[str, str], Op] = {}
    for level, revision in levels.revisions_on(session, artifact.id, day, list(line)).items():
        if level is not None:
            ops |= {(line[level].code, op.id): op for op in levels.ops_of(revision.ops)}
    titles = {one.code: one.title for one in line.values()}
    found: dict[str, tuple[str, Op]] = {}
    for atom, steps in pointer.provenance.items():
        uid = atom.rpartition("|")[0]
        op = ops.get((steps[-1][0], steps[-1][1])) if steps else None
        if op is not None and (uid not in found or op.at >= found[uid][1].at):
            found[uid] = (titles.get(steps[-1][0], ""), op)
    return found
