"""Move an item: up, down, after another; its neighbours move with it where the order asked for needs it."""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _

from jalon.engines.layering import ROOT, Op
from jalon_admin.changing.asking import Asked, Posted, Wrong, action, element_of, one_of
from jalon_admin.looking import Situation


@action("monter")
def move_up(situation: Situation, posted: Posted) -> Asked:
    """Move an item one place up."""
    return _shift(situation, one_of(posted, "monter") or element_of(situation, posted), -1)


@action("descendre")
def move_down(situation: Situation, posted: Posted) -> Asked:
    """Move an item one place down."""
    return _shift(situation, one_of(posted, "descendre") or element_of(situation, posted), 1)


@action("deplacer")
def move_after(situation: Situation, posted: Posted) -> Asked:
    """Move an item after another, or first."""
    uid, after = element_of(situation, posted), one_of(posted, "apres")
    order = _siblings(situation, uid)
    others = [one for one in order if one != uid]
    if after and after not in others:
        raise Wrong({"apres": _("Choisissez un élément de la même partie.")})
    place = others.index(after) + 1 if after else 0
    return _moved(situation, uid, [*others[:place], uid, *others[place:]])


def _siblings(situation: Situation, uid: str) -> list[str]:
    return situation.now.atoms.children(situation.now.atoms.homes.get(uid, ROOT))


def _shift(situation: Situation, uid: str, step: int) -> Asked:
    if uid not in situation.now.atoms.items:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    order = _siblings(situation, uid)
    place = order.index(uid)
    target = min(max(place + step, 0), len(order) - 1)
    others = [one for one in order if one != uid]
    return _moved(situation, uid, [*others[:target], uid, *others[target:]])


def _moved(situation: Situation, uid: str, wanted: list[str]) -> Asked:
    container = situation.now.atoms.homes.get(uid, ROOT)
    place = wanted.index(uid)
    ops = []
    if wanted != _siblings(situation, uid):
        first = Op(id="", verb="move_after", uid=uid, container=container, after=wanted[place - 1] if place else "")
        ops = arranged(situation, [first], container, wanted)
    said = _("« {label} » : position {place} sur {count}.")
    return Asked(ops, uid, said.format(label=situation.label(uid), place=place + 1, count=len(wanted)))


def arranged(situation: Situation, ops: list[Op], container: str, wanted: list[str]) -> list[Op]:
    """Return the ops, and the moves of its neighbours that are needed for the order asked for.

    What hangs on an item follows it, and two items that hang on the same one keep an order of their own:
    the item out of place, or the one that took its place, is then hung in turn on its right neighbour.
    """
    found = list(ops)
    for _step in range(len(wanted)):
        order = _simulated(situation, found, container)
        broken = next((place for place, uid in enumerate(wanted) if order[place : place + 1] != [uid]), None)
        if broken is None:
            break
        moved = {op.uid for op in found if op.verb == "move_after"}
        waiting = [uid for uid in (wanted[broken], *order[broken : broken + 1]) if uid in wanted and uid not in moved]
        if not waiting:
            break  # the engine has its reasons: a lock, or a row that must stay last
        place = wanted.index(waiting[0])
        after = wanted[place - 1] if place else ""
        found.append(Op(id="", verb="move_after", uid=waiting[0], container=container, after=after))
    return found


def _simulated(situation: Situation, ops: Sequence[Op], container: str) -> list[str]:
    moved = {op.uid for op in ops if op.verb == "move_after"}
    kept = [op for op in situation.ops if not (op.verb == "move_after" and op.uid in moved)]
    named = [replace(op, id=f"essai-{number}") for number, op in enumerate(ops)]
    return situation.with_ops([*kept, *named]).atoms.children(container)
