"""What an administrator posts, and the registry of what may be asked: one builder of operations per action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from jalon.engines.layering import Op
from jalon_admin.looking import Situation

Posted = Mapping[str, list[str]]
"""Field -> values, as the browser sent them."""


@dataclass(frozen=True)
class Asked:
    """Operations to put in the draft, the item to show afterwards, what to say."""

    ops: list[Op]
    uid: str
    said: str


class Wrong(Exception):
    """What was typed is to be corrected: field -> sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("wrong")
        self.problems = dict(problems)


Builder = Callable[[Situation, Posted], Asked]
ACTIONS: dict[str, Builder] = {}


def action(name: str) -> Callable[[Builder], Builder]:
    """Put a builder in the registry."""

    def register(builder: Builder) -> Builder:
        ACTIONS[name] = builder
        return builder

    return register


def one_of(posted: Posted, name: str) -> str:
    """Return what was typed in a field, "" when nothing was."""
    found = posted.get(name) or [""]
    return found[0]


def reason_of(posted: Posted) -> str:
    """Return why the person makes the change."""
    return one_of(posted, "motif").strip()


def element_of(situation: Situation, posted: Posted) -> str:
    """Return the item a change is about; raises Wrong when it is not there, or no more."""
    uid = one_of(posted, "element")
    if uid not in situation.now.atoms.items:
        raise Wrong({"element": _("Cet élément n’existe pas, ou plus, ici.")})
    return uid
