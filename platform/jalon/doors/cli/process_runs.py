"""`jalon process runs|show|suspend|resume|cancel|set`: runs in progress, for whoever looks after them."""

import json
from typing import Any
from uuid import UUID

import click

from jalon.base.actor import SYSTEM
from jalon.base.clock import instant_text
from jalon.base.errors import Refused
from jalon.base.json import NotJson, read_json
from jalon.doors.cli.group import Composition, as_json, composed, listing
from jalon.doors.cli.operating import REASON, report
from jalon.doors.cli.process import process
from jalon.services import processes
from jalon.services.processes import Wanted

RUN = click.argument("run_id", type=click.UUID)
STATES = ["running", "incident", "completed", "terminated", "suspended", "live"]


@process.command()
@click.option("--process", "key", default="", help="Clé du processus.")
@click.option("--state", default="live", type=click.Choice(STATES), help="État cherché ; par défaut, non terminé.")
@click.option("--limit", default=100, help="Nombre de lignes au plus.")
@as_json
@composed
def runs(composition: Composition, key: str, state: str, limit: int, as_json: bool) -> None:
    """Lister des parcours, les plus récents d’abord."""
    with composition.ready.database.transaction() as session:
        rows = [
            {
                "id": run.id,
                "process": run.process_key,
                "status": run.status,
                "suspended": run.suspended,
                "started_at": instant_text(run.started_at),
            }
            for run in processes.find_runs(session, SYSTEM, Wanted(process=key, state=state), limit=limit)
        ]
    columns = {"id": "identifiant", "process": "processus", "status": "état", "suspended": "suspendu"}
    listing(rows, {**columns, "started_at": "démarré"}, as_json, "Aucun parcours ne correspond.")


@process.command()
@RUN
@as_json
@composed
def show(composition: Composition, run_id: UUID, as_json: bool) -> None:
    """Montrer un parcours : ses jetons, ce qu’ils attendent, ses incidents, ses durées, son histoire."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        found = processes.examine(session, SYSTEM, run_id, wiring.clock.now())
        facts = processes.facts_of(found)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str))
        return
    held = ", suspendu" if facts["suspended"] else ""
    click.echo(f"{found.seen.title}, {facts['unit']} : {facts['status']}{held}")
    for one in facts["tokens"]:
        waits = "".join(f", {wait['kind']} {wait['name']} {wait['due'] or ''}".rstrip() for wait in one["waits"])
        click.echo(
            f"→ {one['name']} ({one['element']}, jeton {one['token']}) depuis {one['since']:%d/%m/%Y %H:%M}{waits}"
        )
    for one in facts["incidents"]:
        click.echo(f"incident {one['id']} : {one['message']} [{one['code']}], {one['tries']} essais")
    for one in facts["history"]:
        click.echo(f"{one['at']:%d/%m/%Y %H:%M}  {one['text']}" + (f" ({one['who']})" if one["who"] else ""))


@process.command()
@RUN
@REASON
@composed
def suspend(composition: Composition, run_id: UUID, reason: str) -> None:
    """Suspendre un parcours et ceux qu’il a appelés."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        report(processes.suspend(session, SYSTEM, run_id, wiring.clock.now(), reason), "Le parcours est suspendu.")


@process.command()
@RUN
@REASON
@composed
def resume(composition: Composition, run_id: UUID, reason: str) -> None:
    """Reprendre un parcours suspendu."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        report(processes.resume(session, SYSTEM, run_id, wiring.clock.now(), reason), "Le parcours reprend.")


@process.command()
@RUN
@REASON
@composed
def cancel(composition: Composition, run_id: UUID, reason: str) -> None:
    """Annuler un parcours : ses réponses restent dans le dossier ; sa page permet de le rouvrir."""
    wiring = composition.ready
    with wiring.database.transaction() as session:
        report(processes.cancel(session, SYSTEM, run_id, reason, wiring.clock.now()), "Le parcours est annulé.")


@process.command(name="set")
@RUN
@click.argument("values", nargs=-1, required=True, metavar="NOM=VALEUR...")
@REASON
@composed
def set_values(composition: Composition, run_id: UUID, values: tuple[str, ...], reason: str) -> None:
    """Corriger des données d’un parcours ; chaque valeur s’écrit en JSON."""
    wiring = composition.ready
    given = dict(_read(one) for one in values)
    with wiring.database.transaction() as session:
        done = processes.edit_variables(session, SYSTEM, run_id, given, wiring.clock.now(), reason)
        report(done, "Les données sont corrigées.")


def _read(written: str) -> tuple[str, Any]:
    name, equal, text = written.partition("=")
    if not equal or not name:
        raise click.UsageError(f"« {written} » n’est pas de la forme NOM=VALEUR.")
    try:
        return name, read_json(text)
    except NotJson as error:
        raise Refused(
            reason=f"la valeur de « {name} » n’est pas du JSON ; un texte s’écrit entre guillemets"
        ) from error
