"""Changes of levels, drafted or published in one line."""

from datetime import date

from factories.packs import administrator
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import change_draft, open_draft

DAY = date(2026, 1, 12)


def op(verb, uid, prop="", **words):
    """A change as an administrator asks for it."""
    return Op(id="", verb=verb, uid=uid, prop=prop, **words)


def label(value, uid="prenom", **words):
    """Another label."""
    return op("set", uid, "label", value=value, **words)


def draft_of(session, unit, kind, key, *ops):
    """An open draft with these changes: the administrator of the unit, and the draft."""
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, kind, key)
    return chief, change_draft(session, chief, draft.id, ops, draft.row_version)


def published(session, unit, kind, key, *ops, on=DAY, reason="Essai", **words):
    """The same, published."""
    chief, draft = draft_of(session, unit, kind, key, *ops)
    return publication.publish(session, chief, [draft.id], effective_from=on, reason=reason, **words)
