"""Export a pack as it is published here."""

import base64
from dataclasses import replace

from sqlalchemy.orm import Session

from jalon.base.errors import NotFound
from jalon.base.json import Json
from jalon.engines.layering import Op
from jalon.services.configuration import levels
from jalon.services.configuration.packs import Name, Pack, write_pack
from jalon.services.configuration.packs.signing import holds, signature_of
from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.configuration import Pack as PackRow
from jalon.store.organisations import Unit


def export_pack(session: Session, key: str) -> bytes:
    """Return a pack as a zip that imports back without a difference, the units' changes among its overlays."""
    return write_pack(published_pack(session, key))


def published_pack(session: Session, key: str) -> Pack:
    """Return a pack as it is published here, signed if it still says what was signed; raises NotFound."""
    row = session.get(PackRow, key)
    if row is None:
        raise NotFound(key=key)
    manifest = row.manifest
    carried = snapshots.content(session, manifest["carried"]) or {}
    artifacts: dict[Name, Json] = {}
    overlays: dict[str, dict[Name, tuple[Op, ...]]] = {}
    for artifact in store.artifacts(session, pack=key):
        name = (artifact.kind, artifact.key)
        day = store.today(session, None)
        pointer = store.pointer_at(session, artifact.id, None, day)
        if pointer is None:
            continue
        artifacts[name] = snapshots.content(session, pointer.hash)
        for unit_id, revision in levels.revisions_on(session, artifact.id, day).items():
            if unit_id is not None and revision.ops:
                code = session.get_one(Unit, unit_id).code
                overlays.setdefault(code, {})[name] = levels.ops_of(revision.ops)
    pack = Pack(
        key=key,
        title=manifest["title"],
        version=manifest["version"],
        requires=tuple(manifest["requires"]),
        vocabulary=tuple(manifest["vocabulary"]),
        closed={_name(text): tuple(uids) for text, uids in manifest["closed"].items()},
        aliases={_name(text): dict(renamed) for text, renamed in manifest["aliases"].items()},
        artifacts=artifacts,
        overlays=overlays,
        scenarios=carried.get("scenarios", {}),
        files={path: base64.b64decode(data) for path, data in carried.get("files", {}).items()},
        signature=signature_of(manifest["signature"]) if manifest.get("signature") else None,
    )
    return pack if holds(pack) else replace(pack, signature=None)


def _name(text: str) -> Name:
    kind, _, key = text.partition("/")
    return kind, key
