"""What a draft changes, as lines a person reads: differences, and the locks no content shows."""

from dataclasses import dataclass

from flask_babel import gettext as _

from jalon.engines.layering import ABSENT, Difference, Op
from jalon.engines.layering.fold import ORDER
from jalon.services.configuration.draftviews import Draft
from jalon_admin import values
from jalon_admin.looking import Situation


@dataclass(frozen=True)
class Line:
    """One change: the sentence, old and new side by side, who made it and why, whether it can be taken back alone."""

    uid: str
    prop: str
    sentence: str
    old: str
    new: str
    change: str
    author: str
    reason: str
    source: str = ""


def lines_of(situation: Situation, draft: Draft) -> list[Line]:
    """Return the changes of a draft in the order of the artifact, locks last."""
    found = [_line(situation, draft, one) for one in draft.differences]
    for op in draft.new_ops:
        if op.verb in ("lock", "unlock"):
            said = lock_line(situation, op)
            found.append(Line(op.uid, op.prop or "*", said, "", "", "", op.author, op.reason))
    return found


def lock_line(situation: Situation, op: Op) -> str:
    """Say that a lock is put or taken away."""
    what = situation.prop_name(op.uid, op.prop or "*")
    sentence = (
        _("Verrou posé sur « {label} » ({what}).") if op.verb == "lock" else _("Verrou levé sur « {label} » ({what}).")
    )
    return sentence.format(label=situation.label(op.uid), what=what)


def op_line(situation: Situation, op: Op) -> str:
    """Say in a few words what one operation does: what a colleague did, what was about to be done."""
    label = situation.label(op.uid)
    if op.verb in ("lock", "unlock"):
        return lock_line(situation, op)
    if op.verb == "add":
        return _("Ajout de « {label} ».").format(label=values.plain(op.value))
    if op.verb == "close":
        return _("Fermeture de « {label} ».").format(label=label)
    if op.verb == "reopen":
        return _("Réouverture de « {label} ».").format(label=label)
    if op.verb == "move_after":
        if not op.after:
            return _("« {label} » placé en premier.").format(label=label)
        return _("« {label} » placé après « {other} ».").format(label=label, other=situation.label(op.after))
    prop = {"toggle": "default", "bind": "bound"}.get(op.verb, op.prop)
    said = _("« {label} », {what} : {value}.")
    value = values.shown(situation, op.uid, prop, op.value)
    return said.format(label=label, what=situation.prop_name(op.uid, prop), value=value)


def count(drafts: list[Draft]) -> int:
    """Count the changes of drafts."""
    return sum(len(draft.differences) + sum(op.verb in ("lock", "unlock") for op in draft.new_ops) for draft in drafts)


def _line(situation: Situation, draft: Draft, one: Difference) -> Line:
    ops = [op for op in draft.new_ops if op.uid == one.uid and one.prop in (_written(situation, op), "")]
    author = ops[-1].author if ops else draft.last_author
    reason = ops[-1].reason if ops else ""
    old, new = ("", "")
    if one.prop not in ("", ORDER):
        old = values.shown(situation, one.uid, one.prop, one.old)
        new = values.shown(situation, one.uid, one.prop, one.new)
        if one.old is ABSENT and one.new is True:
            old, new = _("Non"), _("Oui")
    return Line(one.uid, one.prop, one.sentence, old, new, one.change, author, reason)


def _written(situation: Situation, op: Op) -> str:
    if op.verb == "move_after":
        return ORDER
    if op.verb in ("close", "reopen"):
        return situation.adapter.closing
    return {"toggle": "default", "bind": "bound"}.get(op.verb, op.prop)
