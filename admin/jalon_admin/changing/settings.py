"""Set the properties of an item, close it and open it again, lock what the levels below may not touch."""

from typing import Any

from flask_babel import gettext as _

from jalon.engines.layering import ABSENT, ALL, ROOT, Op
from jalon.engines.layering.atoms import same
from jalon.engines.layering.restricting import RESTRICT
from jalon_admin import outlines, values
from jalon_admin.changing.asking import Asked, Posted, Wrong, action, element_of, one_of, reason_of
from jalon_admin.labels import label_problem
from jalon_admin.looking import Situation


@action("enregistrer")
def save(situation: Situation, posted: Posted) -> Asked:
    """Set the properties of an item that differ from what it has."""
    uid = element_of(situation, posted)
    problems: dict[str, str] = {}
    homes = situation.now.atoms.homes
    ops = []
    for prop in posted.get("props", []):
        if prop not in outlines.visible_props(situation, uid):
            continue
        try:
            value = values.read(situation, uid, prop, posted.get(prop, []))
        except values.Unreadable as unreadable:
            problems[prop] = str(unreadable)
            continue
        if same(value, situation.now.atoms.value(uid, prop)):
            continue
        if prop == "label" and (problem := label_problem(situation, str(value), homes.get(uid, ROOT), uid)):
            problems[prop] = problem
        else:
            ops.append(_set(situation, uid, prop, value, reason_of(posted)))
    if problems:
        raise Wrong(problems)
    return Asked(ops, uid, _("« {label} » est modifié dans le brouillon.").format(label=situation.label(uid)))


@action("fermer")
def close(situation: Situation, posted: Posted) -> Asked:
    """Close an item: it is no more offered, what holds it keeps it."""
    uid = element_of(situation, posted)
    said = _("« {label} » ne sera plus proposé. Les dossiers qui l’ont déjà le gardent.")
    return Asked([_op("close", uid, posted)], uid, said.format(label=situation.label(uid)))


@action("rouvrir")
def reopen(situation: Situation, posted: Posted) -> Asked:
    """Offer an item again, unless another took its label meanwhile."""
    uid = element_of(situation, posted)
    home = situation.now.atoms.homes.get(uid, ROOT)
    if problem := label_problem(situation, situation.label(uid), home, uid):
        raise Wrong({"element": problem})
    said = _("« {label} » sera de nouveau proposé.").format(label=situation.label(uid))
    return Asked([_op("reopen", uid, posted)], uid, said)


@action("verrouiller")
def lock(situation: Situation, posted: Posted) -> Asked:
    """Forbid the levels below to change a property, with the reason they will read."""
    uid, prop = element_of(situation, posted), one_of(posted, "prop") or ALL
    problems: dict[str, str] = {}
    reason = one_of(posted, "motif").strip()
    if not reason:
        problems["motif"] = _("Un verrou se justifie : sa raison sera montrée à chaque niveau.")
    review = None
    if one_of(posted, "revoir").strip():
        try:
            review = values.day(one_of(posted, "revoir")).isoformat()
        except values.Unreadable as unreadable:
            problems["revoir"] = str(unreadable)
    mode = one_of(posted, "mode")
    until = None
    if mode == "grandfather":
        try:
            until = values.day(one_of(posted, "jusqu-au")).isoformat()
        except values.Unreadable as unreadable:
            problems["jusqu-au"] = str(unreadable)
    if problems:
        raise Wrong(problems)
    op = Op(
        id="",
        verb="lock",
        uid=uid,
        prop=prop,
        value=RESTRICT if one_of(posted, "permet") == RESTRICT else ABSENT,
        reason=reason,
        legal=one_of(posted, "reference").strip(),
        review=review,
        mode=mode if mode in ("force", "grandfather") else "conflicts",
        until=until,
    )
    return Asked([op], uid, _("Le verrou est dans le brouillon : il prendra effet à la publication."))


@action("deverrouiller")
def unlock(situation: Situation, posted: Posted) -> Asked:
    """Take back a lock of this level; one of a level above is refused by the service."""
    uid, prop = element_of(situation, posted), one_of(posted, "prop") or ALL
    op = Op(id="", verb="unlock", uid=uid, prop=prop, reason=reason_of(posted))
    return Asked([op], uid, _("Le verrou sera levé à la publication."))


def _set(situation: Situation, uid: str, prop: str, value: Any, reason: str) -> Op:
    if situation.kind == "process" and prop == "default":
        return Op(id="", verb="toggle", uid=uid, value=value, reason=reason)
    if situation.kind == "process" and prop == "bound":
        return Op(id="", verb="bind", uid=uid, value="" if value is ABSENT else value, reason=reason)
    if value is ABSENT:
        return Op(id="", verb="unset", uid=uid, prop=prop, reason=reason)
    return Op(id="", verb="set", uid=uid, prop=prop, value=value, reason=reason)


def _op(verb: Any, uid: str, posted: Posted) -> Op:
    return Op(id="", verb=verb, uid=uid, reason=reason_of(posted))
