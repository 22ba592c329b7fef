"""Reports on what the levels changed: ages, what became useless, locks to review, same needs, complexity."""

from collections.abc import Callable
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from jalon.base.errors import NotFound
from jalon.engines.layering.kinds import adapter
from jalon.services.configuration import content, reports
from jalon.store import configuration as store
from jalon.store import organisations
from jalon.ui.permissions import permission
from jalon.ui.request import current_actor, reading
from jalon_admin import words
from jalon_admin.blueprint import bp
from jalon_admin.frame import page
from jalon_admin.looking import title_of, unit_at
from jalon_admin.sessions import Session

MOST = 200
REPORTS: dict[str, Callable[..., list[Any]]] = {
    "ages": reports.local_changes,
    "utilite": reports.to_clean,
    "verrous": reports.locks,
    "besoins": reports.same_needs,
    "complexite": reports.complexity,
}
"""What gives the rows of each report, by its name in the address."""


@bp.get("/<unit>/rapports")
@permission("configuration.voir")
def report(unit: str) -> ResponseReturnValue:
    """Show one report about a unit and those below."""
    session = reading()
    at = unit_at(session, current_actor(), unit)
    name = request.args.get("rapport", "ages")
    if name not in REPORTS:
        raise NotFound(id=name)
    rows = REPORTS[name](session, at.id)
    titles = _titles()
    return page(
        "reports.html",
        at,
        (_("Rapports"), ""),
        name=name,
        titles=titles,
        rows=rows[:MOST],
        left_out=max(len(rows) - MOST, 0),
        named=_Names(session),
        asides=words.outcome_states() | words.conflict_kinds(),
    )


def _titles() -> dict[str, tuple[str, str]]:
    """Return the title of each report and what it is for."""
    return {
        "ages": (_("Âge des changements"), _("Les plus anciens d’abord : un vieux changement mérite une relecture.")),
        "utilite": (
            _("Devenus inutiles"),
            _("Un niveau supérieur a fait le même choix : rétablir la valeur héritée ne change rien à l’écran."),
        ),
        "verrous": (_("Verrous"), _("Ce qu’un niveau interdit de changer, avec sa raison et sa date de relecture.")),
        "besoins": (
            _("Même besoin, plusieurs réponses"),
            _("Plusieurs structures ont ajouté presque la même chose : une proposition peut les réunir."),
        ),
        "complexite": (_("Complexité"), _("Combien chaque structure s’écarte de ce dont elle hérite.")),
    }


class _Names:
    """The names of artifacts and of their items, each content read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._titles = {(one.kind, one.key): title_of(one) for one in store.artifacts(session, closed=True)}
        self._units = {one.code: one.title for one in organisations.units(session)}
        self._labels: dict[tuple[str, str, Any], dict[str, str]] = {}

    def unit(self, code: str) -> str:
        """Return the name of a unit."""
        return self._units.get(code, code)

    def artifact(self, kind: str, key: str) -> str:
        """Return the name of an artifact with its kind."""
        return f"{words.kind_names().get(kind, kind)} « {self._titles.get((kind, key), key)} »"

    def item(self, kind: str, key: str, unit_id: Any, uid: str) -> str:
        """Return the name of an item as a unit has it."""
        place = (kind, key, unit_id)
        if place not in self._labels:
            found = adapter(kind)
            items = found.explode(content(self._session, kind, key, unit_id).content).items
            self._labels[place] = {name: found.label(name, item) for name, item in items.items()}
        return self._labels[place].get(uid, uid) if uid != "." else _("réglages généraux")

    def prop(self, kind: str, uid: str, prop: str) -> str:
        """Return the name of a property."""
        special = {"": _("l’élément"), "*": _("tout l’élément"), "order": _("la place")}
        return special.get(prop) or adapter(kind).prop(uid, prop).name
