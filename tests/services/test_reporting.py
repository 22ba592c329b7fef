"""Answers as a spreadsheet: labels, scope, cells that no spreadsheet runs."""

import json
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import MEETING_FORM, NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.clock import MovableClock
from jalon.base.errors import Forbidden
from jalon.services import processes, reporting, worklist
from jalon.services.reporting import FormAnswered, TooMuchExported, TooMuchToExport
from jalon.store import configuration
from jalon.store.audit import AuditEvent
from jalon.store.organisations import Unit
from jalon.store.worklist import Submission

PERIOD = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=1)}


@pytest.fixture
def unit(session: Session) -> Unit:
    publish_basics(session)
    publish(session, "process", "p", process("p", line(user_task("recevoir")), dossierType="personne"))
    return make_network(session)["ml_toulouse"]


def answered(session: Session, unit: Unit, name: str) -> None:
    amina = worker(unit)
    files = {"principal": make_dossier(session, unit).id}
    run = processes.start(session, amina, "p", unit.id, dossiers=files, now=NOW)
    (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.complete_task(session, amina, task.id, {"nom": name, "age": 19, "suivi": False}, name, NOW)


@pytest.mark.req("S10")
def test_answers_are_exported_with_their_labels_and_without_formulas(session, unit):
    answered(session, unit, "=1+1")
    leader = worker(unit, more=("dossier.exporter",))
    assert reporting.answers_csv(session, leader, "entretien", **PERIOD).splitlines() == [
        "Le;Structure;Étape;Par;Nom;Âge;Souhaite un suivi;Détail",
        "2026-01-05T08:00+00:00;Ml_Toulouse;Recevoir;Amina K.;'=1+1;19;Non;",
    ]
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "reponses.exportees")).one()
    assert event.facts == {"form": "entretien", "rows": 1}


@pytest.mark.req("C5", "S4")
def test_case_files_referred_to_are_named_to_who_may_read_them_only(session, unit):
    garage = make_dossier(session, unit, identite__prenom="Paul", identite__nom="Garage")
    far = make_dossier(session, make_network(session)["ml_brest"], identite__prenom="Zoé", identite__nom="Loin")
    asked = json.loads(json.dumps(MEETING_FORM)) | {"ui": {}}
    asked["schema"]["properties"]["avec"] = {"type": "string", "title": "Avec", "x-jalon-kind": "dossier"}
    publish(session, "form", "entretien", asked)
    for one in (garage, far):
        answered(session, unit, str(one.id))
    for given in session.scalars(select(Submission)):
        given.data = given.data | {"avec": given.data["nom"], "nom": "Diallo"}

    rows = reporting.answers_csv(session, worker(unit, more=("dossier.exporter",)), "entretien", **PERIOD).splitlines()

    place = rows[0].split(";").index("Avec")
    assert sorted(row.split(";")[place] for row in rows[1:]) == [f"Dossier {far.id.hex[-8:].upper()}", "Paul Garage"]


def test_a_question_renamed_since_is_one_column(session, unit):
    answered(session, unit, "Durand")
    renamed = json.loads(
        json.dumps(MEETING_FORM).replace('"age"', '"age_revolu"').replace("properties/age", "properties/age_revolu")
    )
    publish(session, "form", "entretien", renamed)
    configuration.artifact(session, "form", "entretien").aliases = {"age": "age_revolu"}
    amina, files = worker(unit), {"principal": make_dossier(session, unit).id}
    run = processes.start(session, amina, "p", unit.id, dossiers=files, now=NOW)
    (task,) = worklist.next_tasks(session, amina, run.id)
    answers = {"nom": "Diallo", "age_revolu": 20, "suivi": False}
    worklist.complete_task(session, amina, task.id, answers, "seconde", NOW)

    rows = reporting.answers_csv(session, worker(unit, more=("dossier.exporter",)), "entretien", **PERIOD).splitlines()

    assert rows[0].count("Âge") == 1
    assert sorted(row.split(";")[4:6] for row in rows[1:]) == [["Diallo", "20"], ["Durand", "19"]]


@pytest.mark.req("S4")
def test_only_ones_own_units_are_exported_by_who_may(session, unit):
    answered(session, unit, "Durand")
    elsewhere = worker(make_network(session)["ml_brest"], more=("dossier.exporter",))
    assert len(reporting.answers_csv(session, elsewhere, "entretien", **PERIOD).splitlines()) == 1
    with pytest.raises(Forbidden):
        reporting.answers_csv(session, worker(unit), "entretien", **PERIOD)


@pytest.mark.req("S16")
def test_too_much_at_once_is_refused(session, unit, monkeypatch):
    monkeypatch.setattr(sys.modules[reporting.answers_csv.__module__], "MOST_ROWS", 1)
    answered(session, unit, "A")
    answered(session, unit, "B")
    with pytest.raises(TooMuchToExport):
        reporting.answers_csv(session, worker(unit, more=("dossier.exporter",)), "entretien", **PERIOD)


@pytest.mark.req("S16")
def test_a_day_of_small_exports_is_bounded_too(session, unit, monkeypatch):
    monkeypatch.setattr(sys.modules[reporting.answers_csv.__module__], "MOST_ROWS", 3)
    session.info["clock"] = MovableClock(NOW)
    answered(session, unit, "A")
    answered(session, unit, "B")
    leader = worker(unit, more=("dossier.exporter",))
    reporting.answers_csv(session, leader, "entretien", **PERIOD)
    with pytest.raises(TooMuchExported):
        reporting.answers_csv(session, leader, "entretien", **PERIOD)
    session.info["clock"] = MovableClock(NOW + timedelta(days=1, minutes=1))
    assert reporting.answers_csv(session, leader, "entretien", **PERIOD).count("\r\n") == 3


@pytest.mark.req("S4")
def test_forms_answered_are_told_with_their_number_where_one_may_export(session, unit):
    answered(session, unit, "A")
    answered(session, unit, "B")
    leader = worker(unit, more=("dossier.exporter",))
    assert reporting.forms_answered(session, leader, **PERIOD) == [FormAnswered("entretien", "entretien", 2)]
    elsewhere = worker(make_network(session)["ml_brest"], more=("dossier.exporter",))
    assert reporting.forms_answered(session, elsewhere, **PERIOD) == []
    with pytest.raises(Forbidden):
        reporting.forms_answered(session, worker(unit), **PERIOD)
