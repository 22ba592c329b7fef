"""`jalon init`, `upgrade`, `backup`, `restore`: the database as an operator sees it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.doors.cli.group import Composition, composed, main
from jalon.doors.cli.setup import init as prepare
from jalon.services import audit
from jalon.store import audit as chains
from jalon.store import backups, jobs, schema
from jalon.store.backups import Manifest
from jalon.store.database import Session
from jalon.store.wiring import Wiring


class AuditUnproven(JalonError):
    """What was restored does not verify with this installation's key."""

    code = "restauration.audit"
    message = fr(
        "Le journal d’audit restauré ne se vérifie pas ({count} ruptures), alors qu’il se vérifiait à la sauvegarde. "
        "La clé JALON_SECRET_KEY est-elle celle d’alors ? Rien n’a été restauré. "
        "Si la clé est perdue : --despite-audit."
    )


@main.command()
@composed
def init(composition: Composition) -> None:
    """Préparer la base et publier les paquets livrés, sans aucun compte."""
    keys = prepare(composition.wiring, click.echo)
    click.echo(f"Base prête : {len(keys)} paquets publiés.")


@main.command()
@composed
def upgrade(composition: Composition) -> None:
    """Mettre la base au niveau de ce logiciel ; une base plus récente est refusée."""
    applied = schema.upgrade(composition.wiring.database)
    composition.wiring.jobs.prepare()
    for name in applied:
        click.echo(f"Appliqué : {name}")
    click.echo("La base est à jour.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, resolve_path=True))
@composed
def backup(composition: Composition, file: Path) -> None:
    """Écrire base et pièces jointes dans une archive, sans arrêter le service. La clé secrète n’y est pas."""
    with _progress("Sauvegarde") as done:
        made = write_backup(composition.ready, file, done)
    click.echo(f"Sauvegarde écrite : {file} ({_summary(made)}).")
    if made.damaged:
        click.echo(f"Attention : {len(made.damaged)} pièces jointes abîmées n’ont pas été prises.", err=True)
    if not made.notes["audit"]["ok"]:
        click.echo("Attention : le journal d’audit ne se vérifie pas ; lancez « jalon doctor ».", err=True)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, resolve_path=True))
@click.option("--despite-audit", is_flag=True, help="Restaurer même si l’audit ne se vérifie plus (clé perdue).")
@composed
def restore(composition: Composition, file: Path, despite_audit: bool) -> None:
    """Rétablir une archive dans une base neuve, SQLite ou PostgreSQL ; une base déjà remplie est refusée."""
    with _progress("Restauration") as done:
        found = load_backup(composition.wiring, file, done, despite_audit=despite_audit)
    click.echo(f"Restauration faite, nombres et audit vérifiés : {_summary(found)}.")


def write_backup(wiring: Wiring, file: Path, done: backups.Step = lambda _: None) -> Manifest:
    """Write an archive of the database as it is at this instant, and of the attachments."""
    if file.exists():
        raise backups.BackupExists(name=file.name)
    with backups.snapshot(wiring.database, file.parent) as session:
        report = audit.verify(session)
        notes = {"audit": {"ok": report.ok, "checked": report.checked}, "seal": _last_seal(session)}
        return backups.write(session, wiring.settings.var / "files", file, notes=notes, done=done)


def load_backup(
    wiring: Wiring, file: Path, done: backups.Step = lambda _: None, *, despite_audit: bool = False
) -> Manifest:
    """Rebuild an archive in an empty database, all or nothing, then bring it up to this release."""
    manifest = backups.read_manifest(file)
    with wiring.database.transaction() as session:
        backups.load(session, file, manifest, done=done)
        report = audit.verify(session)
        if manifest.notes["audit"]["ok"] and not report.ok and not despite_audit:
            raise AuditUnproven(count=len(report.breaks))
        schema.upgrade_connection(session.connection())
        backups.load_files(file, wiring.files.put)
    wiring.jobs.prepare()
    with wiring.database.transaction() as session:
        jobs.wake_all(session)
    return manifest


def _last_seal(session: Session) -> dict[str, Any] | None:
    seal = chains.last_seal(session)
    return None if seal is None else {"number": seal.number, "mac": seal.mac}


def _summary(manifest: Manifest) -> str:
    return f"{len(manifest.tables)} tables, {manifest.rows} lignes, {manifest.files} pièces jointes"


@contextmanager
def _progress(label: str) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal, nothing elsewhere."""
    with click.progressbar(length=len(backups.table_names()) + 1, label=label, hidden=not sys.stdout.isatty()) as bar:
        yield lambda _name: bar.update(1)
