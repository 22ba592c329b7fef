"""What commands that act on runs share: the reason, an operation done here and now with its progress, its results."""

from uuid import UUID

import click

from jalon.base.actor import SYSTEM
from jalon.services import processes
from jalon.services.processes import Advanced
from jalon.store.wiring import Wiring

REASON = click.option("--reason", required=True, help="Motif, gardé dans l’historique du parcours.")


def report(done: Advanced, said: str) -> None:
    """Say that an act is done; one that stopped again ends with exit code 1, its new incident kept."""
    click.echo(said)
    for one in done.incidents:
        click.echo(f"Une étape s’est arrêtée : {one.message} [{one.code}]", err=True)


def do_now(wiring: Wiring, operation_id: UUID) -> None:
    """Do an operation piece by piece; its job, when a worker takes it, finds nothing left. Exit code 1 on a refusal."""
    shown = -1
    while True:
        with wiring.database.transaction() as session:
            processes.work(session, {"operation": str(operation_id)}, wiring.clock.now(), follow=False)
        with wiring.database.transaction() as session:
            found = processes.progress(session, SYSTEM, operation_id, limit=1)
        if found.percent // 10 != shown:
            shown = found.percent // 10
            click.echo(
                f"{found.percent} % — faits : {found.done}, refusés : {found.refused}, en attente : {found.waiting}"
            )
        if found.operation.finished_at is not None:
            break
    if not found.refused:
        return
    for result in ("refused", "failed"):
        with wiring.database.transaction() as session:
            for item in processes.progress(session, SYSTEM, operation_id, result=result, limit=100).items:
                click.echo(f"{item.instance_id} : {item.message}", err=True)
    raise SystemExit(1)
