"""Configuration in layers: read what is published, draft changes, explain, compare; read and write packs.

    content(session, "list", "modes", unit_id).content["values"]
    draft = open_draft(session, actor, unit_id, "list", "modes")
    draft = change_draft(session, actor, draft.id, [Op(id="", verb="add", uid="occitanie__covoiturage",
                                                       value={"label": "Covoiturage"})], draft.row_version)

Publishing is `jalon.services.publication`; reports on what the levels changed are in `configuration.reports`.
"""

from jalon.services.configuration.comparing import compare, explain, near_duplicates
from jalon.services.configuration.drafts import (
    Draft,
    change_draft,
    discard,
    open_draft,
    open_drafts,
    read_draft,
    redo,
    restore,
    undo,
)
from jalon.services.configuration.errors import (
    ArtifactUnknown,
    ChangeLocked,
    ChangeRefused,
    DraftChanged,
    DraftClosed,
    NothingToUndo,
    PackUnreadable,
)
from jalon.services.configuration.following import Followed, follow, followed, followed_changes, unfollow
from jalon.services.configuration.marking import Mark, marks
from jalon.services.configuration.news import NEWS_DAYS, RecentChange, recent_changes
from jalon.services.configuration.packs import Pack, PackReport, check_pack, read_pack, shipped_packs, write_pack
from jalon.services.configuration.previewing import Preview, preview
from jalon.services.configuration.reading import (
    Configured,
    FormClosure,
    ProcessInfo,
    closure_by_hash,
    closures_by_hash,
    content,
    decision,
    form_closure,
    keep_closure,
    options,
    parameters,
    process,
    process_keys,
)
from jalon.services.configuration.renamed import equivalents, present_name, read_through
from jalon.services.configuration.tabular import RefusedRow, Row, TableRead, TableUnreadable, read_table

__all__ = [
    "NEWS_DAYS",
    "ArtifactUnknown",
    "ChangeLocked",
    "ChangeRefused",
    "Configured",
    "Draft",
    "DraftChanged",
    "DraftClosed",
    "Followed",
    "FormClosure",
    "Mark",
    "NothingToUndo",
    "Pack",
    "PackReport",
    "PackUnreadable",
    "Preview",
    "ProcessInfo",
    "RecentChange",
    "RefusedRow",
    "Row",
    "TableRead",
    "TableUnreadable",
    "change_draft",
    "check_pack",
    "closure_by_hash",
    "closures_by_hash",
    "compare",
    "content",
    "decision",
    "discard",
    "equivalents",
    "explain",
    "follow",
    "followed",
    "followed_changes",
    "form_closure",
    "keep_closure",
    "marks",
    "near_duplicates",
    "open_draft",
    "open_drafts",
    "options",
    "parameters",
    "present_name",
    "preview",
    "process",
    "process_keys",
    "read_draft",
    "read_pack",
    "read_table",
    "read_through",
    "recent_changes",
    "redo",
    "restore",
    "shipped_packs",
    "undo",
    "unfollow",
    "write_pack",
]
