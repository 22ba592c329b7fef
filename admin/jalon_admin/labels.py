"""Labels an editor refuses: those that say nothing, and those that another question of the same part has (X9)."""

from flask_babel import gettext as _

from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds.base import is_closed
from jalon.services.configuration.comparing import plain_words
from jalon_admin.looking import Situation

_EMPTY = frozenset({"libelle", "label", "texte", "question", "champ", "nouveauchamp", "nouvellequestion", "sanstitre"})


def label_problem(situation: Situation, label: str, container: str, uid: str = "") -> str:
    """Return why a label of a form cannot be, "" when it can."""
    if situation.kind != "form":
        return ""
    plain = plain_words(label)
    if not plain or plain in _EMPTY:
        return _("Écrivez un libellé qui dise ce qui est demandé.")
    atoms = situation.now.atoms
    for other in atoms.children(container or ROOT):
        item = atoms.items[other]
        if (
            other != uid
            and not is_closed(situation.adapter, item)
            and situation.label(other).strip().casefold() == (label.strip().casefold())
        ):
            return _("« {label} » est déjà le libellé d’une autre question d’ici : précisez-le.").format(label=label)
    return ""
