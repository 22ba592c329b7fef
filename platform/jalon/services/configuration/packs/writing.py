"""From a pack to files, and to a zip."""

import io
import re
import zipfile

from jalon.engines.layering import Overlay, write_overlay
from jalon.services.configuration.packs.formats import pretty, write_artifact
from jalon.services.configuration.packs.manifest import FILE, write_manifest
from jalon.services.configuration.packs.model import Pack, named
from jalon.services.configuration.packs.signing import SIGNATURE, write_signature

_FORM_SIDE = re.compile(r"[^/]+\.(schema|ui)\.json|lists/.*|parameters/.*|parameters\.toml")
_MIDNIGHT = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold: the same pack gives the same bytes


def pack_files(pack: Pack) -> dict[str, bytes]:
    """Return the files of a pack by path inside it."""
    files = {FILE: write_manifest(pack), **pack.files}
    for name, content in pack.artifacts.items():
        files |= write_artifact(name, content, pack.key)
    for unit, artifacts in pack.overlays.items():
        overlay = Overlay(unit, {named(name): ops for name, ops in artifacts.items()})
        files[f"overlays/{unit}.json"] = pretty(write_overlay(overlay))
    files |= {f"scenarios/{name}.json": pretty(scenario) for name, scenario in pack.scenarios.items()}
    if pack.signature is not None:
        files[SIGNATURE] = write_signature(pack.signature)
    return files


def write_pack(pack: Pack) -> bytes:
    """Write a pack as a zip that `read_pack` reads back equal; the same pack gives the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(pack_files(pack).items()):
            side = "forms" if _FORM_SIDE.fullmatch(path) else "workflows"
            member = zipfile.ZipInfo(f"{side}/{pack.key}/{path}", _MIDNIGHT)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)
    return stream.getvalue()
