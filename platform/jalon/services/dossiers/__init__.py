"""Case files: creation, values with their provenance, search, relations, import.

create(session, actor, type_key, unit, {path: value}, *, origin="agency", now, key=None) -> Dossier
note(session, actor, dossier, {path: value}, *, origin, form_hash="", task_id=None, now, seen_version=None)
edit(session, actor, dossier_id, {path: value}, *, now, seen_version) ; set_status(session, actor, id, status, now)
read(session, actor, dossier_id) -> Dossier                      # NotFound outside the scope
data_of(dossier) -> {path: value}                               # under their present paths, see renaming
values_with_provenance(session, dossier) -> [ValueLine] ; timeline(session, dossier) -> [TimelineLine]
search(session, actor, text, *, type_key=None, limit=20) -> [Dossier]
possible_duplicates(session, actor, type_key, unit, {path: value}, now) -> [(Dossier, reasons)]
visit(session, actor, dossier_id, now) ; pin(session, actor, dossier_id, pinned, now)
recent(session, actor) -> [(Dossier, pinned)] ; listed(session, actor, type_key, after=(name, id))
relate(session, actor, dossier, kind, other, now) ; related(session, actor, dossier) -> [(kind, Dossier)]
attach(session, files, actor, dossier_id, name, content, now, most_bytes=...) ; documents(session, dossier)
download(session, files, actor, document_id, now) -> (DossierDocument, bytes)
open_exceptionally(session, actor, name, birth_date, reason, now) -> Dossier | None    # outside one's units, a day
alike(session, actor, dossier, now) -> [(Dossier, reasons)] ; undo(session, actor, merge_id, now) -> Dossier
merge(session, actor, kept_id, other_id, reason, now) -> DossierMerge
import_rows(session, actor, type_key, form_key, rows, unit, *, key, now) -> ImportReport
"""

from jalon.services.dossiers.attaching import TooManyDownloads, attach, attach_to, download
from jalon.services.dossiers.exceptions import open_exceptionally, opened_for, openings
from jalon.services.dossiers.filetypes import FileRefused, safe_name, sniff
from jalon.services.dossiers.importing import ImportReport, RefusedRow, import_rows
from jalon.services.dossiers.keeping import (
    Overtaken,
    add_document,
    create,
    edit,
    note,
    open_file,
    relate,
    set_status,
    writable,
)
from jalon.services.dossiers.merging import MergeRefused, alike, merge, merged_here, undo
from jalon.services.dossiers.reading import (
    TimelineLine,
    ValueLine,
    documents,
    is_pinned,
    listed,
    pin,
    read,
    read_some,
    recent,
    related,
    timeline,
    values_with_provenance,
    visit,
)
from jalon.services.dossiers.renaming import data_of, differs, facts_of, present_path, renamed_of, value_of
from jalon.services.dossiers.searching import possible_duplicates, search
from jalon.services.dossiers.types import DossierType, dossier_type

__all__ = [
    "DossierType",
    "FileRefused",
    "ImportReport",
    "MergeRefused",
    "Overtaken",
    "RefusedRow",
    "TimelineLine",
    "TooManyDownloads",
    "ValueLine",
    "add_document",
    "alike",
    "attach",
    "attach_to",
    "create",
    "data_of",
    "differs",
    "documents",
    "dossier_type",
    "download",
    "edit",
    "facts_of",
    "import_rows",
    "is_pinned",
    "listed",
    "merge",
    "merged_here",
    "note",
    "open_exceptionally",
    "open_file",
    "opened_for",
    "openings",
    "pin",
    "possible_duplicates",
    "present_path",
    "read",
    "read_some",
    "recent",
    "relate",
    "related",
    "renamed_of",
    "safe_name",
    "search",
    "set_status",
    "sniff",
    "timeline",
    "undo",
    "value_of",
    "values_with_provenance",
    "visit",
    "writable",
]
