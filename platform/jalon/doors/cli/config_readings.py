"""`jalon config reading list|approve|again|decline`: what waits for a second reader."""

from uuid import UUID

import click

from jalon.doors.cli.config import config, unit_id_of
from jalon.doors.cli.config_changes import actor_of, reason_option, say_release, say_waiting, unit_option
from jalon.doors.cli.group import Composition, as_json, composed
from jalon.services import publication

reader_option = click.option("--as", "login", required=True, help="La personne qui relit, autre que l’auteur.")


@config.group()
def reading() -> None:
    """Seconde lecture : ce qui attend qu’une autre personne l’ait lu, et sa réponse."""


@reading.command(name="list")
@unit_option
@click.option("--all", "everything", is_flag=True, help="Aussi celles qui ont eu une réponse.")
@as_json
@composed
def list_(composition: Composition, unit_code: str, everything: bool, as_json: bool) -> None:
    """Lister ce qui attend une seconde lecture à une unité et au-dessous."""
    with composition.ready.database.transaction() as session:
        state = "" if everything else "waiting"
        found = publication.second_readings(session, unit_id_of(session, unit_code), below=True, state=state)
    say_waiting(found, as_json)


@reading.command()
@click.argument("reading_id", type=click.UUID)
@reader_option
@as_json
@composed
def approve(composition: Composition, reading_id: UUID, login: str, as_json: bool) -> None:
    """Faire ce qui a été lu, tel qu’il a été lu."""
    database = composition.ready.database
    with database.transaction() as session:
        actor = actor_of(session, login)
    say_release(publication.approve_with(database, actor, reading_id), as_json)


@reading.command()
@click.argument("reading_id", type=click.UUID)
@reader_option
@as_json
@composed
def again(composition: Composition, reading_id: UUID, login: str, as_json: bool) -> None:
    """Recalculer l’effet d’une demande quand autre chose a été publié depuis."""
    with composition.ready.database.transaction() as session:
        found = publication.compute_again(session, actor_of(session, login), reading_id)
    say_waiting([found], as_json)


@reading.command()
@click.argument("reading_id", type=click.UUID)
@reason_option
@reader_option
@composed
def decline(composition: Composition, reading_id: UUID, reason: str, login: str) -> None:
    """Décliner une demande, ou la reprendre quand on l’a faite."""
    with composition.ready.database.transaction() as session:
        publication.decline_reading(session, actor_of(session, login), reading_id, reason)
    click.echo("La demande est déclinée.")
