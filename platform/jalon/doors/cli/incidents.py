"""`jalon incident list|retry`: automatic steps that stopped."""

from uuid import UUID

import click

from jalon.base.actor import SYSTEM
from jalon.base.clock import instant_text
from jalon.doors.cli.group import Composition, as_json, composed, listing, main
from jalon.services import processes


@main.group()
def incident() -> None:
    """Incidents : étapes automatiques arrêtées."""


@incident.command(name="list")
@as_json
@composed
def list_incidents(composition: Composition, as_json: bool) -> None:
    """Lister les incidents ouverts."""
    with composition.ready.database.transaction() as session:
        rows = [
            {
                "id": one.id,
                "process": run.process_key,
                "element": one.element,
                "code": one.code,
                "message": one.message,
                "opened_at": instant_text(one.opened_at),
            }
            for one, run in processes.incidents(session, SYSTEM)
        ]
    columns = {"id": "identifiant", "process": "processus", "element": "étape", "code": "code", "message": "message"}
    listing(rows, columns, as_json, "Aucun incident ouvert.")


@incident.command()
@click.argument("incident_id", type=click.UUID)
@composed
def retry(composition: Composition, incident_id: UUID) -> None:
    """Relancer une étape arrêtée."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        done = processes.retry(session, SYSTEM, incident_id, wiring.clock.now())
        stopped = [one.message for one in done.incidents]
    if stopped:  # kept: the new incident tells what happened this time
        click.echo(f"L’étape s’est arrêtée de nouveau : {stopped[0]}", err=True)
        raise SystemExit(1)
    click.echo("L’étape est relancée.")
