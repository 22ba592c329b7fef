"""Packs: folders or zip files of content, read and checked without a database, and written back."""

from jalon.services.configuration.packs.archives import shipped_packs
from jalon.services.configuration.packs.checking import check_pack
from jalon.services.configuration.packs.model import Name, Pack, PackReport, Signature
from jalon.services.configuration.packs.reading import read_pack
from jalon.services.configuration.packs.signing import (
    SIGNATURE,
    Trust,
    check_signature,
    is_signer_name,
    make_keys,
    read_trust,
    sign_pack,
    write_signature,
)
from jalon.services.configuration.packs.writing import write_pack

__all__ = [
    "SIGNATURE",
    "Name",
    "Pack",
    "PackReport",
    "Signature",
    "Trust",
    "check_pack",
    "check_signature",
    "is_signer_name",
    "make_keys",
    "read_pack",
    "read_trust",
    "shipped_packs",
    "sign_pack",
    "write_pack",
    "write_signature",
]
