"""Placing an element anywhere in a form: in a section, a group, after another element."""

from flask_babel import gettext as _

from jalon.engines.layering import ROOT, Op
from jalon_admin.changing import Asked, Posted, Wrong, action, arranged
from jalon_admin.labels import label_problem
from jalon_admin.looking import Situation


@action("ranger")
def place(situation: Situation, posted: Posted) -> Asked:
    """Put an item in a container (`dans`), after another of its items (`apres`), first when that is empty."""
    uid, container, after = ((posted.get(name) or [""])[0] for name in ("element", "dans", "apres"))
    atoms = situation.now.atoms
    if uid not in atoms.homes:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    container = atoms.homes.get(after, container or ROOT)
    inside = [one for one in atoms.children(container) if one != uid]
    if container not in atoms.shelves or after not in ("", *inside) or _holds(situation, uid, container):
        raise Wrong({"apres": _("Choisissez une autre place : celle-ci n’existe pas, ou est dans l’élément déplacé.")})
    if problem := label_problem(situation, situation.label(uid), container, uid):
        raise Wrong({"apres": problem})
    rank = inside.index(after) + 1 if after else 0
    wanted = [*inside[:rank], uid, *inside[rank:]]
    ops = []
    if atoms.homes[uid] != container or wanted != atoms.children(container):
        first = Op(id="", verb="move_after", uid=uid, container=container, after=after)
        ops = arranged(situation, [first], container, wanted)
    said = _("« {label} » : position {place} sur {count}.")
    return Asked(ops, uid, said.format(label=situation.label(uid), place=rank + 1, count=len(wanted)))


def _holds(situation: Situation, uid: str, container: str) -> bool:
    step = container
    while step and step != ROOT:
        if step == uid:
            return True
        step = situation.now.atoms.homes.get(step, ROOT)
    return False
