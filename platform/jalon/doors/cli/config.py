"""`jalon config show|explain|diff|conflicts|report`: what a unit has, where it comes from, what remains to decide."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from jalon.base.errors import NotFound
from jalon.base.i18n import fr
from jalon.doors.cli.group import Composition, as_json, composed, listing, main
from jalon.engines.layering import ABSENT, Difference, Lock, Value
from jalon.engines.layering.restricting import only_restricts
from jalon.engines.layering.wording import shown
from jalon.services import configuration, publication
from jalon.services.configuration import reports
from jalon.store import organisations


class UnitUnknown(NotFound):
    """No unit has this code."""

    code, message = "unite.inconnue", fr("Aucune unité n’a le code « {code} ». Voyez « jalon unit list ».")


unit_option = click.option("--unit", "unit_code", default=None, help="Code de l’unité ; par défaut, le paquet seul.")


@main.group()
def config() -> None:
    """Configuration : ce qu’une unité a, et d’où vient chaque valeur."""


@config.command()
@click.argument("kind")
@click.argument("key")
@unit_option
@composed
def show(composition: Composition, kind: str, key: str, unit_code: str | None) -> None:
    """Montrer un artefact comme l’unité le voit (genres : form, list, parameters, decision, process, roles…)."""
    with composition.ready.database.transaction() as session:
        unit_id = unit_id_of(session, unit_code)
        found = configuration.content(session, kind, key, unit_id)
    click.echo(json.dumps(found.content, ensure_ascii=False, indent=2))


@config.command()
@click.argument("kind")
@click.argument("key")
@click.argument("atom")
@click.option("--unit", "unit_code", default=None, help="Code de l’unité ; par défaut, la racine du réseau.")
@as_json
@composed
def explain(composition: Composition, kind: str, key: str, atom: str, unit_code: str | None, as_json: bool) -> None:
    """Dire d’où vient un atome, écrit UID.PROPRIÉTÉ (par exemple covoiturage.label).

    Chaque niveau est dit, du contenu d’origine à l’unité, valeurs recouvertes comprises, puis ce que donnerait le
    retrait du changement de l’unité.
    """
    uid, _, prop = atom.rpartition(".")
    with composition.ready.database.transaction() as session:
        unit_id = unit_id_of(session, unit_code) or _root_id(session)
        explanation = configuration.explain(session, kind, key, uid, prop, unit_id)
    if as_json:
        row = asdict(explanation) | {
            "value": plain(explanation.value),
            "inherited": plain(explanation.inherited),
            "without_mine": plain(explanation.without_mine),
            "lock": _lock_row(explanation.lock),
            "broken_without": [problem.as_json() for problem in explanation.broken_without],
            "steps": [
                {**step._asdict(), "value": plain(step.value), "shadowed": plain(step.shadowed)}
                for step in explanation.steps
            ],
        }
        click.echo(json.dumps(row, ensure_ascii=False, indent=2, default=str))
        return
    for sentence in explanation.sentences:
        click.echo(sentence)
    if explanation.standing in ("changed", "added"):
        click.echo(f"Si ce changement est retiré : {shown(explanation.without_mine)}.")
    for problem in explanation.broken_without:
        click.echo(f"Attention, sans lui : {problem.message}")


def _lock_row(lock: Lock | None) -> dict[str, Any] | None:
    if lock is None:
        return None
    op = lock.op
    said = {"reason": op.reason, "author": op.author, "legal": op.legal, "review": op.review, "until": op.until}
    return {"unit": lock.unit, "prop": op.prop, "mode": op.mode, "only_restricts": only_restricts(lock), **said}


def _root_id(session: Any) -> Any:
    root = organisations.root(session)
    if root is None:
        raise NotFound
    return root.id


@config.command()
@click.argument("kind")
@click.argument("key")
@unit_option
@click.option("--with", "other", default=None, help="L’unité à laquelle comparer ; par défaut, le paquet.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Un autre jour qu’aujourd’hui.")
@as_json
@composed
def diff(
    composition: Composition,
    kind: str,
    key: str,
    unit_code: str | None,
    other: str | None,
    on: datetime | None,
    as_json: bool,
) -> None:
    """Dire en quoi l’artefact d’une unité diffère de celui du paquet, ou d’une autre unité."""
    day = on.date() if on else None
    with composition.ready.database.transaction() as session:
        found = configuration.compare(
            session, kind, key, unit_id_of(session, other), unit_id_of(session, unit_code), day
        )
    say([difference_row(one) for one in found], as_json, "Aucune différence.")


@config.command()
@unit_option
@click.option("--below", is_flag=True, help="Aussi ceux des unités du dessous.")
@as_json
@composed
def conflicts(composition: Composition, unit_code: str | None, below: bool, as_json: bool) -> None:
    """Lister les changements locaux qu’une publication au-dessus a rendus douteux."""
    with composition.ready.database.transaction() as session:
        found = publication.conflicts(session, unit_id_of(session, unit_code), below=below)
    rows = [
        {
            "id": str(one.id),
            "unit": one.unit.code,
            "kind": one.kind,
            "key": one.key,
            "uid": one.uid,
            "prop": one.prop,
            "conflict": one.conflict_kind,
            "old": plain(one.old),
            "new": plain(one.new),
            "local": plain(one.local),
            "applied": one.applied,
            "state": one.state,
            "group": one.group,
            "from": one.valid_from.isoformat(),
            "release": one.release_number,
            "message": one.message,
        }
        for one in found
    ]
    listing(rows, {"id": "id", "unit": "unité", "message": "à vérifier"}, as_json, "Aucun conflit.")


PLACE = {"unit": "unité", "kind": "genre", "key": "clé", "uid": "élément"}
REPORTS: dict[str, tuple[Callable[..., Sequence[Any]], dict[str, str]]] = {
    "ages": (reports.local_changes, {"age": "jours", "unit": "unité", "kind": "genre", "key": "clé", "uid": "élément"}),
    "clean": (
        reports.to_clean,
        {"unit": "unité", "kind": "genre", "key": "clé", "uid": "élément", "prop": "propriété"},
    ),
    "locks": (reports.locks, {"review": "à revoir", "unit": "unité", "uid": "élément", "reason": "raison"}),
    "needs": (reports.same_needs, {"label": "libellé", "kind": "genre", "key": "clé", "added_by": "ajouté par"}),
    "complexity": (reports.complexity, {"changes": "changements", "unit": "unité", "doubts": "conflits"}),
}
"""Name of a report -> what gives its rows, and the columns shown."""


@config.command()
@click.argument("name", type=click.Choice(sorted(REPORTS)))
@unit_option
@as_json
@composed
def report(composition: Composition, name: str, unit_code: str | None, as_json: bool) -> None:
    """Rapports : âge des changements, ceux devenus inutiles, verrous à revoir, mêmes besoins, complexité."""
    make, columns = REPORTS[name]
    with composition.ready.database.transaction() as session:
        rows = [asdict(one) for one in make(session, unit_id_of(session, unit_code))]
    listing(rows, columns, as_json, "Rien à signaler.")


def difference_row(one: Difference) -> dict[str, Any]:
    """Return a difference as plain data."""
    return {
        "uid": one.uid,
        "prop": one.prop,
        "old": plain(one.old),
        "new": plain(one.new),
        "class": one.change,
        "sentence": one.sentence,
    }


def plain(value: Value) -> Any:
    """Return a value as JSON can say it: nothing at all becomes null."""
    return None if value is ABSENT else value


def say(rows: Sequence[dict[str, Any]], as_json: bool, empty: str) -> None:
    """Print rows as JSON, or their sentences one by line."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    for row in rows:
        click.echo(f"- {row['sentence']}")
    if not rows:
        click.echo(empty)


def unit_id_of(session: Any, code: str | None) -> Any:
    """Return the id of a unit, None for none; a code nobody has is refused."""
    if code is None:
        return None
    unit = organisations.unit_by_code(session, code)
    if unit is None:
        raise UnitUnknown(code=code)
    return unit.id
