"""`jalon config show|explain`: what a unit's configuration is, and where each value comes from."""

import json
from dataclasses import asdict
from typing import Any

import click

from jalon.base.errors import NotFound
from jalon.base.i18n import fr
from jalon.doors.cli.group import Composition, as_json, composed, main
from jalon.services import configuration
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
    """Dire d’où vient un atome, écrit UID.PROPRIÉTÉ (par exemple covoiturage.label)."""
    uid, _, prop = atom.rpartition(".")
    with composition.ready.database.transaction() as session:
        unit_id = unit_id_of(session, unit_code) or _root_id(session)
        explanation = configuration.explain(session, kind, key, uid, prop, unit_id)
    if as_json:
        click.echo(json.dumps(asdict(explanation), ensure_ascii=False, indent=2, default=str))
        return
    for sentence in explanation.sentences:
        click.echo(sentence)


def _root_id(session: Any) -> Any:
    root = organisations.root(session)
    if root is None:
        raise NotFound
    return root.id


def unit_id_of(session: Any, code: str | None) -> Any:
    """Return the id of a unit, None for none; a code nobody has is refused."""
    if code is None:
        return None
    unit = organisations.unit_by_code(session, code)
    if unit is None:
        raise UnitUnknown(code=code)
    return unit.id
