"""Deadlines of a process: shorter below, never longer."""

from collections.abc import Mapping
from typing import ClassVar

from jalon.engines.layering.kinds import narrowing
from jalon.engines.layering.kinds.base import Prop, adapts
from jalon.engines.layering.kinds.records import Collection, Records


@adapts("deadlines", "les échéances")
class Deadlines(Records):
    """Deadlines: uid = id; a level may shorten a delay and choose its reminders."""

    noun, feminine = "échéance", True
    leaves_closed_out = True
    collections = (Collection("deadlines", by="id"),)
    props: ClassVar[Mapping[str, Prop]] = {
        "label": Prop("le libellé", shape="text", change="cosmetic"),
        "n": Prop("le délai", "restrict", shape="number", narrower=narrowing.at_most),
        "remind": Prop("les rappels", shape="list", change="compatible"),
        "escalate": Prop("les alertes", shape="list", change="compatible"),
        "unit": Prop("l’unité du délai", "locked", "constraining"),
        "franc": Prop("le caractère franc du délai", "locked", "constraining"),
        "element": Prop("l’étape", "locked", "breaking"),
        "process": Prop("le processus", "locked", "breaking"),
        "closed": Prop("la fermeture", shape="yes_no", change="constraining"),
    }
