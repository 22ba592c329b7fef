"""The configured type of a case file: how it is named, found, laid out, and who may read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from jalon.base.errors import NotFound
from jalon.engines.expressions import evaluate
from jalon.services.dossiers.renaming import Renamed, renamed_paths
from jalon.store.configuration import current_content


@dataclass(frozen=True, slots=True)
class DossierType:
    """A type of case file, as published for a unit. `name` is an expression over the data."""

    key: str
    title: str
    plural: str = ""
    name: str = ""
    search: tuple[str, ...] = ()
    birth_date: str = ""
    sections: tuple[Mapping[str, Any], ...] = ()
    labels: Mapping[str, str] | None = None
    audience: str = "unit"
    renamed: Renamed = field(default_factory=dict)  # former paths, see renaming

    def label_of(self, pattern: str) -> str:
        """Return the label of a path without row ids; the last word of the path when none was written."""
        labels = self.labels or {}
        return labels.get(pattern) or pattern.rpartition(".")[2].replace("_", " ").capitalize()


def dossier_type(session: Session, key: str, unit_id: UUID, on: date | None = None) -> DossierType:
    """Return a type as published for a unit; NotFound when there is none."""
    content = current_content(session, "dossier-type", key, unit_id, on)
    if content is None:
        raise NotFound(type=key)
    return DossierType(
        key=key,
        title=content.get("title", key),
        plural=content.get("plural", ""),
        name=content.get("name", ""),
        search=tuple(content.get("search", ())),
        birth_date=content.get("birth_date", ""),
        sections=tuple(content.get("sections", ())),
        labels=content.get("labels", {}),
        audience=content.get("audience", "unit"),
        renamed=renamed_paths(session, key),
    )


def displayed_name(kind: DossierType, data: Mapping[str, Any], now: datetime) -> str:
    """Return the name of a case file; a name nobody can compute yet says so rather than being empty."""
    value = evaluate(kind.name, data, now=now).value if kind.name else None
    text = " ".join(str(value).split()) if value is not None else ""
    return text[:300] or f"{kind.title} sans nom"
