"""Import a pack: a publication at the level above the root unit."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.actor import Actor
from jalon.base.ids import new_id
from jalon.base.json import Json
from jalon.engines.layering import Facts, Op
from jalon.services import audit
from jalon.services.access import UNIT_WORDS, import_units, require, unit_words
from jalon.services.configuration import levels
from jalon.services.configuration.dependencies import reads_of
from jalon.services.configuration.packs.model import Name, Pack, named, wrong
from jalon.services.configuration.packs.signing import signature_document
from jalon.services.configuration.tabular import read_table
from jalon.services.publication.errors import PublicationRefused
from jalon.services.publication.identity import artifact_title, keep_closed, refuse_lost_identity
from jalon.services.publication.model import Published
from jalon.services.publication.moving import rebase_moved
from jalon.services.publication.planning import Change, Plan, plan_release
from jalon.services.publication.readying import Prepared, ready
from jalon.services.publication.releasing import apply, published
from jalon.store import configuration as store
from jalon.store import organisations, snapshots
from jalon.store import publication as releases
from jalon.store.configuration import Artifact
from jalon.store.configuration import Pack as PackRow
from jalon.store.database import now_of
from jalon.store.publication import Release

FIRST_DAY = date(1970, 1, 1)
"""What a pack brings for the first time has always been there: cases and reference dates may be older than us."""
UNITS = "units.csv"
UNIT_COLUMNS = ("code", "parent", *UNIT_WORDS)


def import_pack(
    session: Session,
    actor: Actor,
    pack: Pack,
    *,
    effective_from: date | None = None,
    approver: Actor | None = None,
) -> Published:
    """Publish a pack; the same pack again changes nothing (`unchanged`), another version updates, never duplicates.

    Raises PublicationRefused: a uid that vanished without [closed] or [aliases], a type that changed, a pack missing.
    The units it brings are created or changed first; those it moves are rebased from one chain to the other.
    """
    _check_may_import(session, actor)
    _check_requires(session, pack)
    known = known_version(session, pack)
    if known is not None:
        return known
    bring_units(session, actor, pack)
    prepared = prepare_import(session, actor, pack, effective_from=effective_from)
    return apply(session, actor, replace(prepared, approver_id=approver.id if approver else None))


def bring_units(session: Session, actor: Actor, pack: Pack) -> None:
    """Create, change or move the units of a pack, those moved rebased at once."""
    if UNITS in pack.files:
        paths = {unit.id: unit.path for unit in organisations.units(session)}
        import_units(session, actor, _unit_rows(pack.files[UNITS]))
        rebase_moved(session, actor, paths, f"{pack.title}, version {pack.version}")


def known_version(session: Session, pack: Pack) -> Published | None:
    """Return the release of this very pack when it is the one published, None when it would change something."""
    row = session.get(PackRow, pack.key)
    if row is None or row.checksum != pack.checksum:
        return None
    return replace(published(releases.last_of_pack(session, pack.key)), unchanged=True)


def changes_units(session: Session, pack: Pack) -> bool:
    """Tell whether a pack would create, change or move units: what it says of them is planned once they are there."""
    if UNITS not in pack.files:
        return False
    known = {unit.code: unit for unit in organisations.units(session)}
    codes: dict[UUID | None, str] = {unit.id: unit.code for unit in known.values()}
    for row in _unit_rows(pack.files[UNITS]):
        unit = known.get(row["code"])
        if unit is None or (row["parent"] and codes.get(unit.parent_id) != row["parent"]):
            return True
        if any(getattr(unit, name) != value for name, value in unit_words(row).items()):
            return True
    return False


def prepare_import(session: Session, actor: Actor, pack: Pack, *, effective_from: date | None = None) -> Prepared:
    """Compute and check the publication of a pack whose units are there; writes nothing, `apply` does."""
    _check_may_import(session, actor)
    _check_requires(session, pack)
    epoch = store.epoch(session)
    warnings: list[str] = []
    contents = _contents(session, pack)
    given_up = _given_up(session, pack)
    plans = _plans(session, pack, contents, effective_from, warnings)
    problems = [problem for plan in plans for problem in plan.problems if problem.severity == "error"]
    problems += [wrong("surcharge_refusee", one.message, "", one.op.uid) for plan in plans for one in plan.refused]
    if problems:
        raise PublicationRefused(problems)
    aliases = {(plan.artifact.kind, plan.artifact.key): dict(plan.aliases) for plan in plans}
    root = organisations.root(session)

    def settle(session: Session, actor: Actor, release: Release) -> None:
        for name in given_up:
            levels.known_artifact(session, *name).closed = True
        for name, content in contents.items():
            artifact = levels.known_artifact(session, *name)
            artifact.title, artifact.closed = artifact_title(name, content, pack), False
            artifact.aliases = aliases.get(name, artifact.aliases)
        _remember(session, pack)
        _note_readers(session, contents)
        if pack.signature is not None and pack.signature.signer:
            signer, key = pack.signature.signer, pack.signature.fingerprint
            audit.record(
                session, actor, "paquet.signature_reconnue", target=release.id, pack=pack.key, signer=signer, key=key
            )

    return ready(
        session,
        plans,
        origin="pack",
        epoch=epoch,
        unit=None,
        effective_from=effective_from or store.today(session, None),
        reason=reason_of(pack),
        title=f"Paquet « {pack.title} », version {pack.version}"[:300],
        pack=pack.key,
        warnings=warnings,
        concerned=[root] if root else [],
        settle=settle,
    )


def reason_of(pack: Pack) -> str:
    """Say what an import brings, and who signed it when that is known."""
    signer = pack.signature.signer if pack.signature else ""
    return f"{pack.title}, version {pack.version}" + (f", signé par {signer}" if signer else "")


def _check_may_import(session: Session, actor: Actor) -> None:
    root = organisations.root(session)
    require(actor, "configuration.publier", root.id if root else None)


def _check_requires(session: Session, pack: Pack) -> None:
    known = {row.key for row in store.packs(session)}
    missing = [key for key in pack.requires if key not in known]
    if missing:
        message = f"Le paquet « {pack.key} » a besoin du paquet « {missing[0]} », qui n’est pas publié ici."
        raise PublicationRefused([wrong("paquet_requis", message, "pack.toml", missing[0])])


def _unit_rows(data: bytes) -> list[dict[str, str]]:
    table = read_table(data, UNITS, required=("code", "title"))
    if table.refused:
        first = table.refused[0]
        message = f"{UNITS}, ligne {first.line} : {first.reason}."
        raise PublicationRefused([wrong("structures", message, UNITS, line=first.line)])
    return [{column: str(row.cells.get(column, "")) for column in UNIT_COLUMNS} for row in table.rows]


def _contents(session: Session, pack: Pack) -> dict[Name, Json]:
    """Return what each artifact will be, once its identity with what is published was checked."""
    found: dict[Name, Json] = {}
    problems = []
    for name, content in pack.artifacts.items():
        artifact = store.artifact(session, *name)
        if artifact is None:
            found[name] = content
            continue
        if artifact.pack != pack.key:
            message = f"« {named(name)} » appartient déjà au paquet « {artifact.pack} »."
            problems.append(wrong("autre_paquet", message, element=named(name)))
            continue
        old = _published_content(session, artifact)
        closed, aliases = pack.closed.get(name, ()), pack.aliases.get(name, {})
        problems += refuse_lost_identity(name, old, content, closed, aliases)
        found[name] = keep_closed(name[0], old, content, closed)
    if problems:
        raise PublicationRefused(problems)
    return found


def _published_content(session: Session, artifact: Artifact) -> Json:
    pointer = store.pointer_at(session, artifact.id, None, date.max)
    return snapshots.content(session, pointer.hash) if pointer else {}


def _given_up(session: Session, pack: Pack) -> list[Name]:
    """Return the artifacts a new version says it gave up; refuse those it forgot."""
    problems = []
    found = []
    for artifact in store.artifacts(session, pack=pack.key):
        name = (artifact.kind, artifact.key)
        if name in pack.artifacts:
            continue
        if "." in pack.closed.get(name, ()):
            found.append(name)
            continue
        message = f'« {named(name)} » a disparu du paquet : déclarez-le dans [closed] ({named(name)} = ["."]).'
        problems.append(wrong("element_disparu", message, "pack.toml", named(name)))
    if problems:
        raise PublicationRefused(problems)
    return found


def _plans(
    session: Session, pack: Pack, contents: Mapping[Name, Json], effective_from: date | None, warnings: list[str]
) -> list[Plan]:
    plans = []
    overlays = {unit: dict(artifacts) for unit, artifacts in pack.overlays.items()}
    for name, content in contents.items():
        artifact = store.artifact(session, *name)
        is_new = artifact is None
        if artifact is None:
            title = artifact_title(name, content, pack)
            artifact = Artifact(id=new_id(), kind=name[0], key=name[1], pack=pack.key, title=title, aliases={})
        day = effective_from or (FIRST_DAY if is_new else store.today(session, None))
        changes = []
        if is_new or snapshots.hash_of(name[0], content) != snapshots.hash_of(
            name[0], _published_content(session, artifact)
        ):
            changes.append(Change(None, content=content))
        for code in overlays:
            change = _overlay(session, artifact, code, overlays[code].pop(name, None), day, warnings)
            if change is not None:
                changes.append(change)
        if changes:
            facts = _facts(session, name, contents)
            plans.append(plan_release(session, artifact, changes, day, facts, aliases=pack.aliases.get(name)))
    for code, rest in overlays.items():
        for name in rest:
            warnings.append(f"La surcharge de « {code} » parle de « {named(name)} », que ce paquet ne définit pas.")
    return plans


def _overlay(
    session: Session, artifact: Artifact, code: str, ops: tuple[Op, ...] | None, day: date, warnings: list[str]
) -> Change | None:
    """Return what a pack brings for a unit, unless the unit has since made its own changes."""
    if ops is None:
        return None
    unit = organisations.unit_by_code(session, code)
    if unit is None:
        warnings.append(f"La structure « {code} » n’existe pas ici : sa surcharge n’est pas reprise.")
        return None
    current = levels.latest_revision(session, artifact.id, unit.id)
    if current is not None:
        if [levels.ops_of([op])[0] for op in current.ops] == list(ops):
            return None
        release = session.get(releases.Release, current.release_id) if current.release_id else None
        if release is None or release.origin != "pack":
            title = artifact.title or artifact.key
            warnings.append(f"« {unit.title} » a ses propres changements sur « {title} » : ils sont gardés.")
            return None
        day = max(day, store.today(session, unit.id))
    return Change(unit, ops, fresh=True, reason="Livré avec le paquet")


def _facts(session: Session, name: Name, contents: Mapping[Name, Json]) -> Facts:
    """Return the facts once this pack is there: its own lists and processes count."""
    facts = levels.facts_for(session, *name)
    if name[0] == "process" and facts.published is not None:
        return replace(facts, published=facts.published | {key for kind, key in contents if kind == "process"})
    if name[0] != "form":
        return facts
    lists = dict(facts.lists)
    for (kind, key), content in contents.items():
        if kind == "list":
            codes = frozenset(str(value.get("code")) for value in content.get("values", []))
            lists[key] = lists.get(key, frozenset()) | codes
    return replace(facts, lists=lists)


def _remember(session: Session, pack: Pack) -> None:
    """Keep what the pack says of itself, and the files it carries, so that it can be exported again."""
    files = {path: base64.b64encode(data).decode() for path, data in pack.files.items()}
    carried = snapshots.keep(session, "pack-files", pack.key, {"files": files, "scenarios": dict(pack.scenarios)})
    row = session.get(PackRow, pack.key) or PackRow(key=pack.key)
    row.version, row.checksum, row.title = pack.version, pack.checksum, pack.title
    signature = signature_document(pack.signature) if pack.signature else None
    row.manifest = {**pack.manifest(), "carried": carried, "signature": signature}
    row.published_at = now_of(session)
    session.add(row)
    session.flush()


def _note_readers(session: Session, contents: Mapping[Name, Json]) -> None:
    """Say anew what the artifacts of this pack read, in it and in the parameters of the others."""
    everything = dict(contents)
    for artifact in store.artifacts(session, "parameters"):
        everything.setdefault(("parameters", artifact.key), _published_content(session, artifact))
    for name, content in contents.items():
        store.replace_dependencies(session, *name, reads_of(name, content, everything))
