"""`jalon process migrate`: runs in progress moved to the version in force; a dry run unless told to apply."""

import json
from uuid import UUID

import click

from jalon.base.actor import SYSTEM
from jalon.doors.cli.group import Composition, as_json, composed
from jalon.doors.cli.operating import do_now
from jalon.doors.cli.process import process
from jalon.services import processes
from jalon.services.processes import Group, Plan

SAID = {"moves": "passeraient", "choice": "attendent un choix", "refused": "refusés"}


@process.command()
@click.argument("key")
@click.option(
    "--map", "mapped", multiple=True, metavar="ANCIENNE=NOUVELLE", help="Étape disparue et celle qui la remplace."
)
@click.option("--apply", "applied", is_flag=True, help="Faire, au lieu de dire ce qui serait fait.")
@click.option("--undo", type=click.UUID, default=None, help="Défaire l’opération de cet identifiant.")
@click.option("--reason", default="", help="Motif, gardé dans l’historique de chaque parcours.")
@as_json
@composed
def migrate(
    composition: Composition,
    key: str,
    mapped: tuple[str, ...],
    applied: bool,
    undo: UUID | None,
    reason: str,
    as_json: bool,
) -> None:
    """Faire passer les parcours en cours à la version en vigueur ; sans --apply, dire seulement ce qui se passerait."""
    wiring = composition.ready
    chosen = dict(_pair(one) for one in mapped)
    if (applied or undo) and not reason:
        raise click.UsageError("Donnez un motif avec --reason.")
    with wiring.database.transaction() as session:
        now = wiring.clock.now()
        if undo is not None:
            operation = processes.undo(session, SYSTEM, undo, reason, now)
        elif applied:
            operation = processes.migrate(session, SYSTEM, key, chosen, reason, now)
        else:
            planned = processes.plan(session, SYSTEM, key, chosen, now)
            click.echo(_as_json(planned) if as_json else _as_text(planned))
            return
        operation_id = operation.id
    click.echo(f"opération {operation_id}")
    do_now(wiring, operation_id)


def _pair(written: str) -> tuple[str, str]:
    was, equal, to = written.partition("=")
    if not (was and equal and to):
        raise click.UsageError(f"« {written} » n’est pas de la forme ANCIENNE=NOUVELLE.")
    return was, to


def _as_json(planned: Plan) -> str:
    groups = [
        {
            "outcome": one.outcome,
            "runs": len(one.runs),
            "from": one.old,
            "to": one.new,
            "at": [element for element, _ in one.at],
            "choices": [element for element, _ in one.choices],
            "targets": [element for element, _ in one.targets],
            "refused": one.refused,
            "units": dict(one.units),
        }
        for one in planned.groups
    ]
    return json.dumps({"process": planned.process_key, "up_to_date": planned.up_to_date, "groups": groups}, indent=2)


def _as_text(planned: Plan) -> str:
    lines = [f"{planned.title} : {planned.up_to_date} parcours à jour."]
    lines += [_group(one) for one in planned.groups]
    if planned.more:
        lines.append("D’autres parcours ne sont pas comptés ici : recommencez après cette opération.")
    return "\n".join(lines)


def _group(one: Group) -> str:
    steps = ", ".join(f"{name} ({element})" for element, name in one.at)
    line = f"{len(one.runs)} {SAID[one.outcome]}, à {steps}"
    if one.choices:
        gone = ", ".join(element for element, _ in one.choices)
        line += f" ; disparue : {gone} ; possibles : {', '.join(element for element, _ in one.targets)}"
    return f"{line} : {one.refused}" if one.refused else line
