"""Types of case files: sections, labels and what is searched."""

import re
import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from jalon.base.json import Json
from jalon.engines.layering.atoms import Atoms, AtomsBuilder, Item
from jalon.engines.layering.kinds.base import Adapter, Prop, adapts, is_closed
from jalon.engines.layering.model import ROOT, Op

_SECTIONS, _LABELS = "sections", "labels"


@adapts("dossier-type", "le type de dossier")
class DossierType(Adapter):
    """A type of case file: uid `section:<uid or title>` for sections, `label:<path>` for the names of the data."""

    noun, feminine = "rubrique", True
    props: ClassVar[Mapping[str, Prop]] = {
        "title": Prop("le titre", shape="text", change="cosmetic"),
        "plural": Prop("le pluriel", shape="text", change="cosmetic"),
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "name": Prop("le nom affiché", shape="text", change="constraining"),
        "search": Prop("les données cherchées", shape="list", change="compatible"),
        "paths": Prop("les données montrées", shape="list", change="compatible"),
        "birth_date": Prop("la date de naissance", "locked", "breaking"),
        "audience": Prop("le partage", "locked", "breaking"),
        "closed": Prop("la fermeture", shape="yes_no", change="constraining"),
    }

    def explode(self, document: Json) -> Atoms:
        """Return sections and labels as items; a section without uid is named by its title."""
        builder = AtomsBuilder()
        sections, labels = document.get(_SECTIONS), document.get(_LABELS)
        own = {key: value for key, value in document.items() if key not in (_SECTIONS, _LABELS)}
        own["_has"] = [key for key in (_SECTIONS, _LABELS) if key in document]
        builder.add(ROOT, "", own)
        builder.container(_SECTIONS)
        builder.container(_LABELS)
        for section in sections or []:
            uid = _free_uid(builder, f"section:{section.get('uid') or _slug(str(section.get('title', '')))}")
            builder.add(uid, _SECTIONS, dict(section))
        for path, label in (labels or {}).items():
            builder.add(f"label:{path}", _LABELS, {"label": label})
        return builder.done()

    def assemble(self, atoms: Atoms) -> Json:
        """Put sections and labels back; a closed section is left out of what people see."""
        own = dict(atoms.items[ROOT])
        has = own.pop("_has", [])
        sections = [dict(item) for uid in atoms.children(_SECTIONS) if not is_closed(self, item := atoms.items[uid])]
        labels = {uid.removeprefix("label:"): atoms.items[uid].get("label", "") for uid in atoms.children(_LABELS)}
        if sections or _SECTIONS in has:
            own[_SECTIONS] = sections
        if labels or _LABELS in has:
            own[_LABELS] = labels
        return own

    def default_container(self, atoms: Atoms, op: Op) -> str:
        """The namespace of the uid says which."""
        return _LABELS if op.uid.startswith("label:") else _SECTIONS

    def noun_of(self, uid: str, item: Item) -> tuple[str, bool]:
        """A label is not a section."""
        return ("libellé", False) if uid.startswith("label:") else ("rubrique", True)

    def refuse_addition(self, above: Atoms, op: Op, item: Item) -> str | None:
        """Only sections and labels may be added."""
        known = op.uid.startswith(("section:", "label:"))
        return None if known else "seuls une rubrique (« section: ») ou un libellé (« label: ») s’ajoutent ici"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "sans_titre"


def _free_uid(builder: AtomsBuilder, wanted: str) -> str:
    uid, number = wanted, 2
    while uid in builder.items:
        uid, number = f"{wanted}_{number}", number + 1
    return uid
