"""`jalon user` and `jalon unit`: the first accounts, and the tree."""

import click

from jalon.base.actor import SYSTEM
from jalon.doors.cli.config import unit_id_of
from jalon.doors.cli.group import Composition, as_json, composed, listing, main
from jalon.services import access
from jalon.store import organisations, people
from jalon.store.organisations import Unit


@main.group()
def user() -> None:
    """Comptes : inviter la première personne, lister."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Nom affiché.")
@click.option("--email", required=True, help="Adresse électronique.")
@click.option("--unit", "unit_code", required=True, help="Code de l’unité.")
@click.option("--role", required=True, help="Clé du rôle, par exemple administrateur_national.")
@composed
def invite(composition: Composition, login: str, name: str, email: str, unit_code: str, role: str) -> None:
    """Inviter une personne et lui donner un rôle ; écrit le lien où elle choisit son mot de passe."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        unit = session.get_one(Unit, unit_id_of(session, unit_code))
        now = wiring.clock.now()
        sent = access.invite(session, SYSTEM, login=login, name=name, email=email, unit=unit, now=now)
        access.grant(session, SYSTEM, sent.person, unit, role, now=now)
        token = sent.token
    click.echo(f"Lien à transmettre à {name}, valable sept jours :")
    click.echo(f"{wiring.settings.base_url}/invitation/{token}")


@user.command(name="list")
@click.option("--unit", "unit_code", default=None, help="Code de l’unité ; par défaut, tout le réseau.")
@as_json
@composed
def list_users(composition: Composition, unit_code: str | None, as_json: bool) -> None:
    """Lister les comptes d’une unité et de celles qui en dépendent."""
    with composition.ready.database.transaction() as session:
        top = session.get(Unit, unit_id_of(session, unit_code)) if unit_code else organisations.root(session)
        below = organisations.subtree_ids(session, top) if top else frozenset()
        rows = [
            {"login": one.login, "name": one.name, "state": one.state.value} for one in people.people_of(session, below)
        ]
    listing(rows, {"login": "identifiant", "name": "nom", "state": "état"}, as_json, "Aucun compte.")


@main.group()
def unit() -> None:
    """Unités du réseau."""


@unit.command(name="list")
@as_json
@composed
def list_units(composition: Composition, as_json: bool) -> None:
    """Lister l’arbre des unités."""
    with composition.ready.database.transaction() as session:
        rows = [
            {"code": one.code, "level": one.level, "title": one.title, "path": one.path}
            for one in organisations.units(session)
        ]
    columns = {"code": "code", "level": "niveau", "title": "intitulé", "path": "chemin"}
    listing(rows, columns, as_json, "Aucune unité : lancez « jalon init ».")
