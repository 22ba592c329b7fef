"""What people read in a case file: labels of lists, Oui or Non, dates and rows, in a constant number of queries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from factories.dossiers import NOW, make_dossier, publish_types
from factories.people import actor_with
from factories.publishing import publish
from factories.units import make_network
from jalon.services import configuration, dossiers
from jalon.store import snapshots

FORM = {
    "type": "object",
    "properties": {
        "demandes": {
            "type": "array",
            "uniqueItems": True,
            "title": "Demandes",
            "items": {"type": "string", "x-jalon-list": "themes"},
            "x-jalon-list": "themes",
            "x-jalon-bind": "demande.categories",
        },
        "accord": {"type": "boolean", "title": "Accord", "x-jalon-bind": "demande.accord"},
        "rendez_vous": {
            "type": "string",
            "format": "date",
            "title": "Rendez-vous",
            "x-jalon-bind": "personne.demande.jour",
        },
        "experiences": {
            "type": "array",
            "title": "Expériences",
            "x-jalon-bind": "experiences",
            "items": {
                "type": "object",
                "properties": {
                    "employeur": {"type": "string", "title": "Chez qui"},
                    "duree": {"type": "string", "title": "Durée", "oneOf": [{"const": "long", "title": "Longue"}]},
                },
            },
        },
    },
}
THEMES = {"title": "Thèmes", "values": [{"code": "mob", "label": "Mobilité"}, {"code": "log", "label": "Logement"}]}


@pytest.fixture
def units(session: Session) -> dict[str, Any]:
    publish_types(session)
    publish(session, "list", "themes", THEMES)
    publish(session, "form", "demande", {"schema": FORM, "ui": {}})
    return make_network(session)


@pytest.fixture
def form_hash(session: Session, units: dict[str, Any]) -> str:
    return configuration.keep_closure(session, configuration.form_closure(session, "demande", units["ml_toulouse"].id))


@pytest.mark.req("C5", "C14")
def test_values_are_read_through_the_form_they_were_entered_with(session, units, form_hash):
    dossier = make_dossier(session, units["ml_toulouse"])
    _note(
        session, dossier, form_hash, {"demande": {"categories": ["mob", "log"], "accord": True, "jour": "2026-03-12"}}
    )
    publish(session, "list", "themes", {"title": "Thèmes", "values": [{"code": "mob", "label": "Se déplacer"}]})

    shown = {line.label: line.shown for line in dossiers.values_with_provenance(session, dossier)}

    assert shown == {
        "Prénom": "Léa",
        "Nom": "Martin",
        "Demandes": "Mobilité, Logement",
        "Accord": "Oui",
        "Rendez-vous": "12/03/2026",
    }


@pytest.mark.req("C5")
def test_rows_are_numbered_when_there_are_several(session, units, form_hash):
    dossier = make_dossier(session, units["ml_toulouse"])
    rows = [{"_id": "r1", "employeur": "Mairie", "duree": "long"}, {"_id": "r2", "employeur": "Région"}]
    _note(session, dossier, form_hash, {"experiences": rows})
    lines = dossiers.values_with_provenance(session, dossier)[2:]
    assert [(line.label, line.shown) for line in lines] == [
        ("Employeur (1)", "Mairie"),
        ("Durée (1)", "Longue"),
        ("Employeur (2)", "Région"),
    ]


@pytest.mark.req("C5")
def test_the_timeline_tells_old_and_new_in_words(session, units, form_hash):
    dossier = make_dossier(session, units["ml_toulouse"])
    rows = [{"_id": "r1", "employeur": "Mairie", "duree": "long"}]
    _note(session, dossier, form_hash, {"demande": {"accord": True}, "experiences": rows})
    _note(session, dossier, form_hash, {"demande": {"accord": False}, "experiences": []}, minutes=1)
    latest = dossiers.timeline(session, dossier)[0]
    assert latest.changes == (("Accord", "Oui", "Non"), ("Expériences", "Mairie · Longue", ""))


def test_a_value_no_form_asked_is_written_plainly(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    _note(session, dossier, "", {"suivi": {"fait": True, "jour": "2026-01-12", "mots": ["a", "b"]}})
    shown = [line.shown for line in dossiers.values_with_provenance(session, dossier)[2:]]
    assert shown == ["Oui", "12/01/2026", "a, b"]


@pytest.mark.req("C5")
def test_a_code_taken_over_from_elsewhere_is_read_as_a_form_asks_it_today(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    _note(session, dossier, "", {"demande": {"categories": ["mob"]}})
    assert [line.shown for line in dossiers.values_with_provenance(session, dossier)[2:]] == ["Mobilité"]
    assert dossiers.timeline(session, dossier)[0].changes == (("Demandes", "", "Mobilité"),)


@pytest.mark.parametrize("forms", [1, 3])
def test_reading_takes_as_many_queries_for_one_form_as_for_three(session, units, forms):
    dossier = make_dossier(session, units["ml_toulouse"])
    for number in range(forms):
        schema = {
            "type": "object",
            "properties": {"x": {"type": "integer", "title": "X", "x-jalon-bind": f"x{number}"}},
        }
        publish(session, "form", f"form{number}", {"schema": schema, "ui": {}})
        closure = configuration.form_closure(session, f"form{number}", units["ml_toulouse"].id)
        _note(session, dossier, configuration.keep_closure(session, closure), {f"x{number}": number}, minutes=number)
    kind = dossiers.dossier_type(session, dossier.type, dossier.unit_id)
    session.flush()
    snapshots._cache.clear()

    with queries(session) as sent:
        lines = dossiers.values_with_provenance(session, dossier, kind)

    assert [line.shown for line in lines[2:]] == [str(number) for number in range(forms)]
    assert len(sent) == 3  # the latest changes, the forms they were entered with, their contents


@contextmanager
def queries(session: Session) -> Iterator[list[str]]:
    """Collect the queries sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _note(session: Session, dossier: Any, form_hash: str, changes: dict[str, Any], minutes: int = 0) -> None:
    actor = actor_with("dossier.modifier", units=(dossier.unit_id,))
    at = NOW + timedelta(minutes=minutes + 1)
    dossiers.note(session, actor, dossier, changes, origin="agency", form_hash=form_hash, now=at)
