"""Try drafts on oneself before anybody else: what a unit would have with them, nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.errors import NotFound
from jalon.base.json import Json
from jalon.engines import layering
from jalon.engines.layering import Level, Op, Resolved
from jalon.services.access import require
from jalon.services.configuration import levels
from jalon.services.configuration.errors import ArtifactUnknown, DraftClosed
from jalon.services.configuration.reading import FormClosure, content, list_keys
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store.configuration import Artifact, Revision
from jalon.store.organisations import Unit


@dataclass
class Preview:
    """The configuration of a unit with a temporary layer of drafts; read it within the session that made it."""

    unit_id: UUID
    day: date
    _session: Session = field(repr=False)
    _drafts: Mapping[UUID, Sequence[Revision]] = field(repr=False)
    _resolved: dict[UUID, Resolved] = field(default_factory=dict, repr=False)

    @property
    def touched(self) -> list[tuple[str, str]]:
        """The artifacts (kind, key) that the drafts change."""
        found = (self._session.get_one(Artifact, one) for one in self._drafts)
        return sorted((artifact.kind, artifact.key) for artifact in found)

    def resolved(self, kind: str, key: str) -> Resolved:
        """Return a changed artifact, provenance and problems included; raises ArtifactUnknown for any other."""
        artifact = levels.known_artifact(self._session, kind, key)
        if artifact.id not in self._drafts:
            raise ArtifactUnknown(kind=kind, key=key)
        if artifact.id not in self._resolved:
            self._resolved[artifact.id] = self._resolve(artifact)
        return self._resolved[artifact.id]

    def content(self, kind: str, key: str) -> Json:
        """Return an artifact as the unit would have it; raises ArtifactUnknown."""
        artifact = levels.known_artifact(self._session, kind, key)
        if artifact.id in self._drafts:
            return self.resolved(kind, key).document
        return content(self._session, kind, key, self.unit_id, self.day).content

    def form_closure(self, key: str) -> FormClosure:
        """Return a form and its lists as the unit would have them, under a hash that nobody keeps."""
        form = self.content("form", key)
        lists: dict[str, Json] = {}
        for one in list_keys(form):
            try:
                lists[one] = self.content("list", one)
            except ArtifactUnknown:
                continue
        manifest = {
            "key": key,
            "form": snapshots.hash_of("form", form),
            "lists": {name: snapshots.hash_of("list", found) for name, found in lists.items()},
        }
        values = {name: found.get("values", []) for name, found in lists.items()}
        closure_hash = snapshots.hash_of("closure", manifest)
        return FormClosure(closure_hash, key, form["schema"], form.get("ui") or {}, values, manifest)

    def _resolve(self, artifact: Artifact) -> Resolved:
        unit = levels.known_unit(self._session, self.unit_id)
        chain = levels.chain_of(self._session, artifact, unit, self.day)
        pointers = store.pointers_at(self._session, artifact.id, self.day)
        drafted: dict[str, tuple[Op, ...]] = {}
        for draft in self._drafts[artifact.id]:
            at = self._session.get_one(Unit, draft.unit_id)
            pointer = pointers.get(draft.unit_id)
            aside = pointer.aside if pointer else {}
            ops = levels.draft_ops(self._session, draft, self.day)
            drafted[at.code] = tuple(op for op in ops if op.id not in aside)
        line: list[Level] = [replace(one, ops=drafted.get(one.unit, one.ops)) for one in (*chain.above, chain.own)]
        facts = levels.facts_for(self._session, artifact.kind, artifact.key)
        return layering.resolve(
            artifact.kind, chain.base, line, self.day.isoformat(), facts=facts, aliases=artifact.aliases
        )


def preview(
    session: Session, actor: Actor, draft_ids: Sequence[UUID], unit_id: UUID | None = None, on: date | None = None
) -> Preview:
    """Return what a unit (that of the first draft unless said) would have with these drafts; writes nothing.

    A draft counts for its own unit and those below. Raises NotFound outside the actor's scope, DraftClosed.
    """
    found: dict[UUID, list[Revision]] = {}
    first: UUID | None = None
    for draft_id in dict.fromkeys(draft_ids):
        draft = session.get(Revision, draft_id)
        if draft is None or draft.unit_id is None:
            raise NotFound(id=draft_id)
        require(actor, "configuration.voir", draft.unit_id, hide=True)
        if draft.state not in store.OPEN:
            raise DraftClosed()
        first = first or draft.unit_id
        found.setdefault(draft.artifact_id, []).append(draft)
    seen = unit_id or first
    if seen is None:
        raise NotFound(drafts="")
    require(actor, "configuration.voir", seen, hide=True)
    line = {one.id for one in organisations.ancestors(session, levels.known_unit(session, seen))}
    reaching = {key: [one for one in drafts if one.unit_id in line] for key, drafts in found.items()}
    return Preview(seen, on or store.today(session, seen), session, {key: one for key, one in reaching.items() if one})
