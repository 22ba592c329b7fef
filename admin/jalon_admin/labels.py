"""Labels an editor refuses: those that say nothing, and those that another question of the same part has (X9)."""

from flask_babel import gettext as _

from jalon.engines.forms.labelling import reading, says_nothing
from jalon.engines.layering import ROOT
from jalon.engines.layering.kinds.base import is_closed
from jalon_admin.looking import Situation


def label_problem(situation: Situation, label: str, container: str, uid: str = "") -> str:
    """Return why a label of a form cannot be, "" when it can."""
    if situation.kind != "form":
        return ""
    if says_nothing(label):
        return _("Écrivez un libellé qui dise ce qui est demandé.")
    atoms = situation.now.atoms
    for other in atoms.children(container or ROOT):
        item = atoms.items[other]
        if (
            other != uid
            and not is_closed(situation.adapter, item)
            and reading(situation.label(other)) == reading(label)
        ):
            return _("« {label} » est déjà le libellé d’une autre question d’ici : précisez-le.").format(label=label)
    return ""
