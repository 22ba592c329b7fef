"""Every kind of field through a task: kept as answered, written in the case file, read in words, exported in words."""

import pytest
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.kinds import KINDS, LISTS
from factories.processes import NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import FormInvalid
from jalon.services import dossiers, processes, worklist

ASKED = [kind for kind in KINDS if kind.name not in {"file", "image", "dossier"}]


def started(session: Session, schema: dict) -> tuple:
    """Return an actor at work, the task that asks this form, and its case file."""
    publish_basics(session)
    for key, values in LISTS.items():
        publish(session, "list", key, {"title": key, "values": values})
    publish(session, "form", "tout", {"schema": schema, "ui": {}})
    publish(session, "process", "p", process("p", line(user_task("un", "tout")), dossierType="personne"))
    unit = make_network(session)["ml_toulouse"]
    amina, dossier = worker(unit), make_dossier(session, unit)
    run = processes.start(session, amina, "p", unit.id, dossiers={"principal": dossier.id}, now=NOW)
    (task,) = worklist.next_tasks(session, amina, run.id)
    return amina, task, dossier


@pytest.mark.req("C5")
def test_answers_of_every_kind_are_kept_whole_and_read_in_words(session):
    properties = {
        one.name: {"title": one.name, **one.schema, "x-jalon-bind": f"tout.{one.name}"}
        for one in ASKED
        if one.schema.get("type") != "object"
    } | {one.name: {"title": one.name, **one.schema} for one in ASKED if one.schema.get("type") == "object"}
    amina, task, dossier = started(session, {"type": "object", "properties": properties})
    answers = {one.name: one.kept for one in ASKED}

    worklist.complete_task(session, amina, task.id, answers, "jeton", NOW)

    page = worklist.task_page(session, amina, task.id, NOW)
    assert page.data == answers
    shown = {line.path: line.shown for line in dossiers.values_with_provenance(session, dossier)}
    plain = [one for one in ASKED if one.schema.get("type") != "object" and one.name not in {"rows", "table"}]
    assert {one.name: shown[f"tout.{one.name}"] for one in plain} == {one.name: one.shown for one in plain}
    assert {text for path, text in shown.items() if path.startswith("tout.rows")} == {
        "Vendeur",
        "01/02/2026",
        "Mobilité",
    }


def test_a_case_file_is_answered_by_its_name_and_only_one_within_reach(session):
    schema = {"type": "object", "properties": {"lie": {"type": "string", "x-jalon-kind": "dossier", "title": "Lié à"}}}
    amina, task, dossier = started(session, schema)
    other = make_dossier(session, make_network(session)["ml_brest"])
    dossiers.visit(session, amina, dossier.id, NOW)
    page = worklist.task_page(session, amina, task.id, NOW)
    assert page.lists == {"dossier:": [{"code": str(dossier.id), "label": dossier.name}]}
    with pytest.raises(FormInvalid) as refusal:
        worklist.complete_task(session, amina, task.id, {"lie": str(other.id)}, "jeton", NOW)
    assert set(refusal.value.problems) == {"/lie"}
    worklist.complete_task(session, amina, task.id, {"lie": str(dossier.id)}, "jeton", NOW)
    assert worklist.task_page(session, amina, task.id, NOW).data == {"lie": str(dossier.id)}


@pytest.mark.req("C13")
def test_what_a_scheme_or_the_statistics_ask_for_is_told_missing_until_the_case_file_knows_it(session):
    asked = {
        "diplome": {"type": "string", "title": "Diplôme", "x-jalon-obligation": "statistics"},
        "sexe": {"type": "string", "title": "Sexe", "x-jalon-obligation": "scheme", "x-jalon-bind": "identite.sexe"},
        "enfants": {"type": "integer", "title": "Enfants"},
    }
    amina, task, dossier = started(session, {"type": "object", "properties": asked})
    assert worklist.missing(session, amina, dossier.id, NOW) == []
    worklist.complete_task(session, amina, task.id, {"enfants": 0}, "jeton", NOW)

    def told():
        return [(one.obligation, one.label) for one in worklist.missing(session, amina, dossier.id, NOW)]

    assert told() == [("scheme", "Sexe"), ("statistics", "Diplôme")]
    dossiers.edit(session, amina, dossier.id, {"identite.sexe": "f"}, now=NOW, seen_version=dossier.version)
    assert told() == [("statistics", "Diplôme")]
