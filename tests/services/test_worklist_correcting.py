"""Answers corrected after completion: a reason, both values kept, the case file follows, decisions outdated listed."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import FormInvalid, NotFound, Stale
from jalon.services import configuration, dossiers, processes, worklist
from jalon.services.worklist import NothingToCorrect, NotYours, ReasonMissing
from jalon.store import worklist as store
from jalon.store.audit import AuditEvent
from jalon.store.organisations import Unit

LATER = NOW + timedelta(days=1)
RULE = '<businessRuleTask id="{0}" name="Décider" jalon:decision="{1}" jalon:result="{1}"/>'
GIVEN = {"nom": "Durand", "age": 17}


def decision(key: str, reads: str, name: str) -> dict:
    table = {
        "hit": "UNIQUE",
        "aggregation": None,
        "inputs": [{"id": "i", "label": "Entrée", "expression": reads, "type": ""}],
        "outputs": [{"id": "o", "name": key, "label": name, "type": "boolean"}],
        "rules": [{"id": "oui", "when": ["-"], "then": ["true"]}],
    }
    one = {"id": key, "name": name, "variable": key, "type": "boolean", "requires": [], "table": table}
    return {"id": f"regles_{key}", "name": name, "decisions": [one]}


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    for key, reads, name in (
        ("majorite", "age", "Majorité"),
        ("salutation", "dossier.identite.nom", "Salutation"),
        ("ailleurs", "dossier.contact.telephone", "Ailleurs"),
    ):
        publish(session, "decision", f"regles_{key}", decision(key, reads, name))
    rules = [RULE.format(f"r{n}", key) for n, key in enumerate(("majorite", "salutation", "ailleurs"))]
    body = line(user_task("recevoir"), *rules, user_task("relire", "reponse", "chef"))
    publish(session, "process", "p", process("p", body, dossierType="personne"))
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def amina(toulouse):
    return worker(toulouse)


@pytest.fixture
def done(session, amina, toulouse):
    """A completed task, its run and its case file."""
    dossier = make_dossier(session, toulouse)
    run = processes.start(session, amina, "p", toulouse.id, dossiers={"principal": dossier.id}, now=NOW)
    (task,) = worklist.next_tasks(session, amina, run.id)
    worklist.complete_task(session, amina, task.id, GIVEN, "jeton", NOW)
    return task, run, dossier


def test_both_values_are_kept_with_the_reason_and_the_case_file_follows(session, amina, done):
    task, run, dossier = done
    karim = worker(session.get(Unit, task.unit_id), name="Karim B.")

    made = worklist.correct(session, karim, task.id, {"nom": "Durant", "age": 19}, "Faute de frappe", LATER)

    assert (made.changed, made.left) == (("age", "nom"), ())
    page = worklist.task_page(session, amina, task.id, LATER)
    assert page.data == {"nom": "Durant", "age": 19}
    (kept,) = worklist.corrections_of(session, amina, task, LATER)
    assert (kept.who, kept.reason) == ("Karim B.", "Faute de frappe")
    assert kept.changes == (("Nom", "Durand", "Durant"), ("Âge", "17", "19"))
    (row,) = store.corrections(session, task.id)
    assert (row.before, row.after) == (GIVEN, {"nom": "Durant", "age": 19})
    name = dossiers.values_with_provenance(session, dossier)[1]
    assert (name.value, name.origin, name.actor, name.task_id) == ("Durant", "correction", "Karim B.", task.id)
    assert run.variables["0"]["age"] == 19  # what comes next in the run reads the right age
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "reponses.corrigees")).one()
    assert event.facts == {"fields": ["age", "nom"], "decisions": 2}


@pytest.mark.req("C5", "S4")
def test_a_correction_names_the_case_files_its_reader_may_read(session, amina, done):
    task, _, dossier = done
    far = make_dossier(session, make_network(session)["ml_brest"], identite__prenom="Zoé", identite__nom="Loin")
    given = store.submission(session, task.id)
    schema = {"type": "object", "properties": {"avec": {"type": "string", "title": "Avec", "x-jalon-kind": "dossier"}}}
    publish(session, "form", "entretien", {"schema": schema, "ui": {}})
    closure = configuration.form_closure(session, "entretien", task.unit_id)
    given.form_hash = task.form_hash = configuration.keep_closure(session, closure)
    given.data = {"avec": str(far.id)}
    session.flush()

    worklist.correct(session, amina, task.id, {"avec": str(dossier.id)}, "Erreur de personne", LATER)

    (kept,) = worklist.corrections_of(session, amina, task, LATER)
    assert kept.changes == (("Avec", f"Dossier {far.id.hex[-8:].upper()}", dossier.name),)


def test_decisions_that_read_the_answers_are_to_be_taken_again(session, amina, done):
    task, _, _ = done
    assert worklist.correct(session, amina, task.id, {"age": 19}, "Erreur", LATER).to_take_again == ("Majorité",)
    made = worklist.correct(session, amina, task.id, {"nom": "Durant"}, "Erreur", LATER)
    assert made.to_take_again == ("Salutation",)
    assert [one.to_take_again for one in worklist.corrections_of(session, amina, task, LATER)] == [
        ("Salutation",),
        ("Majorité",),
    ]


@pytest.mark.req("R8")
def test_a_value_somebody_changed_since_is_left_alone_and_named(session, amina, done):
    task, _, dossier = done
    dossiers.note(session, amina, dossier, {"identite.nom": "Petit"}, origin="agency", now=LATER)
    made = worklist.correct(session, amina, task.id, {"nom": "Durant"}, "Erreur", LATER)
    assert made.left == ("Nom",)
    assert dossier.data["identite"]["nom"] == "Petit"
    assert worklist.task_page(session, amina, task.id, LATER).data["nom"] == "Durant"


def test_no_reason_no_change_or_wrong_answers_correct_nothing(session, amina, done):
    task, _, dossier = done
    with pytest.raises(ReasonMissing):
        worklist.correct(session, amina, task.id, {"age": 19}, "  ", LATER)
    with pytest.raises(NothingToCorrect):
        worklist.correct(session, amina, task.id, dict(GIVEN), "Pour voir", LATER)
    with pytest.raises(FormInvalid) as refusal:
        worklist.correct(session, amina, task.id, {"age": -1}, "Erreur", LATER)
    assert set(refusal.value.problems) == {"/age"}
    with pytest.raises(FormInvalid):
        worklist.correct(session, amina, task.id, {"nom": None}, "Erreur", LATER)
    assert store.corrections(session, task.id) == []
    assert dossier.data["identite"]["nom"] == "Durand"


def test_the_second_of_two_corrections_made_from_the_same_page_is_told(session, amina, done):
    task, _, _ = done
    worklist.correct(session, amina, task.id, {"age": 19}, "Erreur", LATER, seen=0)
    with pytest.raises(Stale):
        worklist.correct(session, amina, task.id, {"age": 20}, "Erreur", LATER, seen=0)


@pytest.mark.req("S4")
def test_only_the_same_role_at_that_unit_corrects(session, units, done):
    task, _, _ = done
    with pytest.raises(NotFound):
        worklist.correct(session, worker(units["ml_brest"]), task.id, {"age": 19}, "Erreur", LATER)
    with pytest.raises(NotFound):
        worklist.correct(session, worker(units["ml_toulouse"], role="chef"), task.id, {"age": 19}, "Erreur", LATER)
    overseer = worker(units["ml_toulouse"], role="chef", more=("tache.attribuer",))
    with pytest.raises(NotYours):
        worklist.correct(session, overseer, task.id, {"age": 19}, "Erreur", LATER)


def test_an_open_task_has_nothing_to_correct(session, done):
    _, run, _ = done
    chef = worker(session.get(Unit, run.unit_id), role="chef")
    (task,) = worklist.next_tasks(session, chef, run.id)
    with pytest.raises(NotFound):
        worklist.correct(session, chef, task.id, {"accord": True}, "Erreur", LATER)
