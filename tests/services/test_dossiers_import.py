"""Rows of a table become case files; what is refused says where, why and what to do."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from factories.people import actor_with
from factories.processes import NOW
from factories.publishing import publish
from factories.units import make_network
from jalon.services import dossiers
from jalon.services.dossiers import RefusedRow

ROOT = Path(__file__).parents[2]
DATA = ROOT / "workflows" / "bonnes-pratiques" / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def place(session: Session):
    forms = ROOT / "forms" / "bonnes-pratiques"
    schema, ui = (json.loads((forms / f"fiche-action.{part}.json").read_text()) for part in ("schema", "ui"))
    publish(session, "form", "fiche-action", {"schema": schema, "ui": ui})
    for file in [*(ROOT / "forms").glob("*/lists/*.csv")]:
        lines = [line for line in file.read_text(encoding="utf-8-sig").splitlines() if not line.startswith("#")]
        values = [{key: value for key, value in row.items() if value} for row in csv.DictReader(lines)]
        publish(session, "list", file.stem, {"title": file.stem, "values": values})
    kind = ROOT / "workflows" / "reseau" / "dossier-types" / "pratique.json"
    publish(session, "dossier-type", "pratique", json.loads(kind.read_text()))
    unit = make_network(session)["ml_toulouse"]
    return unit, actor_with("dossier.creer", "dossier.voir", units=(unit.id,))


def imported(session, place, given):
    unit, actor = place
    return dossiers.import_rows(session, actor, "pratique", "fiche-action", given, unit.id, key="numero", now=NOW)


def test_the_thirteen_cards_come_in_and_a_second_time_changes_nothing(session, place):
    first = imported(session, place, rows("fiches.csv"))
    assert first == dossiers.ImportReport(created=13, updated=0, unchanged=0, refused=())
    second = imported(session, place, rows("fiches.csv"))
    assert second == dossiers.ImportReport(created=0, updated=0, unchanged=13, refused=())
    found = dossiers.listed(session, place[1], "pratique")
    assert len(found) == 13
    assert all(one.audience == "nation" and not one.name.endswith("sans nom") for one in found)


def test_a_corrected_row_updates_its_case_file_only(session, place):
    given = rows("fiches.csv")
    imported(session, place, given)
    given[2]["titre"] = "Autre titre"
    report = imported(session, place, given)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 12)


def test_refused_rows_say_line_column_reason_and_way_out(session, place):
    report = imported(session, place, rows("exemple-avec-erreurs.csv"))
    refused = {(row.line, row.column) for row in report.refused}
    assert {(3, "titre"), (5, "numero")} <= refused
    title = next(row for row in report.refused if row.line == 3)
    assert title.way_out.startswith("Corrigez « ")
    assert all(row.reason and row.way_out for row in report.refused)
    assert report.created >= 1
    twice = next(row for row in report.refused if row.line == 5)
    assert twice == RefusedRow(
        5,
        "numero",
        "Cet identifiant est déjà celui de la ligne 2.",
        "Gardez une seule de ces deux lignes, ou donnez-leur des identifiants différents.",
    )
