"""`jalon init`, `upgrade`, `doctor`, `backup`, `restore`: the database as an operator sees it."""

import click

from jalon.base.errors import JalonError
from jalon.doors.cli.group import Composition, composed, main
from jalon.doors.cli.setup import init as prepare
from jalon.services import audit
from jalon.store import schema


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
@composed
def doctor(composition: Composition) -> None:
    """Vérifier réglages, base, journal d’audit et fichiers ; dire comment réparer."""
    sick = 0
    for name, check in _CHECKS.items():
        try:
            click.echo(f"bon      {name} : {check(composition)}")
        except JalonError as refusal:
            sick += 1
            click.echo(f"à revoir {name} : {refusal.text()}")
    raise SystemExit(1 if sick else 0)


def _settings(composition: Composition) -> str:
    return "production" if composition.settings.production else "essai (JALON_PRODUCTION=oui pour la production)"


def _database(composition: Composition) -> str:
    schema.require_ready(composition.wiring.database)
    return composition.wiring.database.engine.dialect.name


def _audit(composition: Composition) -> str:
    with composition.ready.database.transaction() as session:
        report = audit.verify(session)
    if not report.ok:
        raise AuditBroken(count=len(report.breaks))
    return f"{report.checked} lignes vérifiées"


class AuditBroken(JalonError):
    """The audit log does not verify."""

    code, message = "audit.rompu", "Le journal d’audit ne se vérifie pas ({count} ruptures) : prévenez la sécurité."


_CHECKS = {"réglages": _settings, "base de données": _database, "journal d’audit": _audit}
