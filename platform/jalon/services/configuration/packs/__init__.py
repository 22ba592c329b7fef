"""Packs: folders or zip files of content, read and checked without a database, and written back."""

from jalon.services.configuration.packs.archives import shipped_packs
from jalon.services.configuration.packs.checking import check_pack
from jalon.services.configuration.packs.model import Name, Pack, PackReport
from jalon.services.configuration.packs.reading import read_pack
from jalon.services.configuration.packs.writing import write_pack

__all__ = ["Name", "Pack", "PackReport", "check_pack", "read_pack", "shipped_packs", "write_pack"]
