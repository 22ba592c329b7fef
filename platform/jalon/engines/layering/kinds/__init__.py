"""The kinds of artifacts; importing this package fills the registry."""

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.engines.layering.kinds import (
    deadlines,
    decision,
    dossier_type,
    form,
    lists,
    parameters,
    process,
    roles,
    texts,
)
from jalon.engines.layering.kinds.base import Adapter, Prop, registered

__all__ = ["Adapter", "KindUnknown", "Prop", "adapter", "kinds"]

_FILLED = (deadlines, decision, dossier_type, form, lists, parameters, process, roles, texts)


class KindUnknown(JalonError):
    """No such kind of artifact."""

    code, message, status = "configuration.genre_inconnu", fr("« {kind} » n’est pas un genre de configuration."), 404


def adapter(kind: str) -> Adapter:
    """Return the adapter of a kind; raises KindUnknown."""
    found = registered().get(kind)
    if found is None:
        raise KindUnknown(kind=kind)
    return found


def kinds() -> list[str]:
    """Return the kinds there are, in alphabetical order."""
    return sorted(registered())
