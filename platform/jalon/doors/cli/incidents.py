"""`jalon incident list|retry|skip|move`: steps that stopped, one or many at a time."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import click

from jalon.base.actor import SYSTEM
from jalon.base.clock import instant_text
from jalon.doors.cli.group import Composition, as_json, composed, listing, main
from jalon.doors.cli.operating import REASON, do_now, report
from jalon.services import processes
from jalon.services.processes import Wanted

MOST = 10_000


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose incidents; the command gets them as one, `wanted`."""

    @wraps(command)
    def gathered(*given: Any, process: str, code: str, element: str, **named: Any) -> Any:
        return command(*given, wanted=Wanted(process=process, code=code, element=element), **named)

    chooser: Callable[..., Any] = gathered
    for name, said in (
        ("element", "Étape du diagramme."),
        ("code", "Code de l’incident."),
        ("process", "Clé du processus."),
    ):
        chooser = click.option(f"--{name}", default="", help=said)(chooser)
    return chooser


@main.group()
def incident() -> None:
    """Incidents : étapes automatiques arrêtées."""


@incident.command(name="list")
@chosen
@as_json
@composed
def list_incidents(composition: Composition, wanted: Wanted, as_json: bool) -> None:
    """Lister les incidents ouverts, les plus récents d’abord."""
    with composition.ready.database.transaction() as session:
        found = processes.find_incidents(session, SYSTEM, wanted, limit=MOST)
        names = processes.element_names(session, found)
        rows = [
            {
                "id": one.id,
                "run": run.id,
                "process": run.process_key,
                "element": one.element,
                "name": names[one.id],
                "code": one.code,
                "message": one.message,
                "opened_at": instant_text(one.opened_at),
            }
            for one, run in found
        ]
    columns = {"id": "identifiant", "process": "processus", "name": "étape", "code": "code", "message": "message"}
    listing(rows, columns, as_json, "Aucun incident ouvert.")


@incident.command()
@click.argument("incident_ids", nargs=-1, type=click.UUID)
@click.option("--all", "everything", is_flag=True, help="Tous ceux que les filtres retiennent.")
@chosen
@click.option("--reason", default="relance par commande", help="Motif, gardé dans l’historique.")
@composed
def retry(
    composition: Composition, incident_ids: tuple[UUID, ...], everything: bool, wanted: Wanted, reason: str
) -> None:
    """Relancer des étapes arrêtées."""
    _together(composition, "relancer", incident_ids, everything, wanted, reason)


@incident.command()
@click.argument("incident_ids", nargs=-1, type=click.UUID)
@click.option("--all", "everything", is_flag=True, help="Tous ceux que les filtres retiennent.")
@chosen
@REASON
@composed
def skip(
    composition: Composition, incident_ids: tuple[UUID, ...], everything: bool, wanted: Wanted, reason: str
) -> None:
    """Passer des étapes arrêtées : les parcours continuent comme si elles étaient faites."""
    _together(composition, "passer", incident_ids, everything, wanted, reason)


@incident.command()
@click.argument("incident_id", type=click.UUID)
@click.argument("target")
@REASON
@composed
def move(composition: Composition, incident_id: UUID, target: str, reason: str) -> None:
    """Amener un parcours arrêté à une autre étape du diagramme."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        done = processes.move_token(session, SYSTEM, incident_id, target, wiring.clock.now(), reason)
        report(done, "Le parcours est à l’étape choisie.")


def _together(
    composition: Composition, act: str, ids: tuple[UUID, ...], everything: bool, wanted: Wanted, reason: str
) -> None:
    if bool(ids) == everything:
        raise click.UsageError("Donnez des identifiants, ou --all avec des filtres.")
    wiring = composition.ready
    with wiring.database.transaction() as session:
        targets = processes.matching(session, SYSTEM, act, wanted) if everything else list(ids)
        if not targets:
            click.echo("Aucun incident ne correspond.")
            return
        operation_id = processes.begin(session, SYSTEM, act, targets, reason, wiring.clock.now()).id
    do_now(wiring, operation_id)
