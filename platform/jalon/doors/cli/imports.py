"""`jalon dossier import`: rows of a table become case files, through a form; refused rows are told."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from jalon.base.actor import SYSTEM
from jalon.base.errors import NotFound
from jalon.doors.cli.config import unit_id_of
from jalon.doors.cli.group import Composition, as_json, composed, main
from jalon.services import dossiers
from jalon.services.configuration.tabular import TableRead, read_table
from jalon.services.dossiers import ImportReport


@main.group()
def dossier() -> None:
    """Dossiers : importer depuis un tableau."""


@dossier.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "type_key", required=True, help="Type de dossier.")
@click.option("--form", "form_key", required=True, help="Formulaire dont les colonnes sont les questions.")
@click.option("--key", required=True, help="Colonne qui identifie une ligne pour toujours.")
@click.option("--unit", "unit_code", required=True, help="Code de l’unité.")
@as_json
@composed
def import_(
    composition: Composition, file: Path, type_key: str, form_key: str, key: str, unit_code: str, as_json: bool
) -> None:
    """Importer un CSV ou un JSON ; le même fichier deux fois ne change rien. Code 1 si des lignes sont refusées."""
    wiring = composition.ready
    table = read_table(file.read_bytes(), file.name)
    with wiring.database.transaction() as session:
        unit_id = unit_id_of(session, unit_code)
        if unit_id is None:
            raise NotFound
        rows = [row.cells for row in table.rows]
        report = dossiers.import_rows(
            session, SYSTEM, type_key, form_key, rows, unit_id, key=key, now=wiring.clock.now()
        )
    _say(report, table, as_json)
    raise SystemExit(1 if report.refused or table.refused else 0)


def _say(report: ImportReport, table: TableRead, as_json: bool) -> None:
    refused = refusals(report, table)
    if as_json:
        counts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
        click.echo(json.dumps({**counts, "refused": refused}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{report.created} dossiers créés, {report.updated} mis à jour, {report.unchanged} inchangés.")
    for row in refused:
        click.echo(f"ligne {row['line']} refusée — {row['column']} : {row['reason']} {row['way_out']}")


def refusals(report: ImportReport, table: TableRead) -> Sequence[dict[str, Any]]:
    """Return the rows refused by the reader then by the form, as plain data."""
    unread = [{"line": row.line, "column": "", "reason": row.reason, "way_out": ""} for row in table.refused]
    unfit = [
        {"line": row.line, "column": row.column, "reason": row.reason, "way_out": row.way_out} for row in report.refused
    ]
    return [*unread, *unfit]
