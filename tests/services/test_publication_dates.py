"""Publishing on a date: scheduled, in the past, under another change already scheduled."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from factories.drafts import DAY, op, published
from factories.packs import MODES, start
from jalon.base.clock import MovableClock
from jalon.services import configuration, publication
from jalon.services.configuration import content
from jalon.services.publication import (
    publish_due,
)
from jalon.store import configuration as store
from jalon.store.configuration import RevisionState

APRIL = date(2026, 4, 1)


def codes_open(session, unit):
    values = content(session, "list", "modes", unit.id).content["values"]
    return [value["code"] for value in values if not value.get("closed")]


def field(session, unit, uid="prenom", prop="title", on=None):
    return content(session, "form", "accueil", unit.id, on).content["schema"]["properties"][uid].get(prop)


def test_a_region_publishes_today_under_a_national_change_scheduled_for_april(session):
    network = start(session)
    nation = published(
        session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"), on=APRIL
    )
    assert nation.state == "scheduled"

    region = published(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Nom"))

    assert field(session, network["ml_toulouse"]) == "Nom"
    assert field(session, network["ml_brest"]) == "Prénom"
    assert field(session, network["ml_brest"], on=APRIL) == "Prénom usuel"
    assert region.conflicts == 1
    found = publication.conflicts(session, network["occitanie"].id)
    assert [(one.valid_from, one.new) for one in found] == [(APRIL, "Prénom usuel")]


def test_a_scheduled_change_waits_for_its_date_in_the_zone_of_its_unit(session):
    network = start(session)
    network["bretagne"].zone = "Indian/Reunion"
    release = published(session, network["bretagne"], "list", "modes", op("close", "bus"), on=APRIL)
    clock: MovableClock = session.info["clock"]

    clock.move_to(datetime(2026, 3, 31, 19, 59, tzinfo=UTC))
    assert publish_due(session, clock.now()) == []
    assert codes_open(session, network["ml_brest"]) == ["marche", "velo", "bus"]

    clock.move_to(datetime(2026, 3, 31, 20, 1, tzinfo=UTC))
    assert [one.id for one in publish_due(session, clock.now())] == [release.id]
    assert codes_open(session, network["ml_brest"]) == ["marche", "velo"]
    assert publish_due(session, clock.now()) == []


def test_what_is_published_before_a_scheduled_change_of_the_same_unit_is_not_lost_then(session):
    network = start(session)
    published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"), on=APRIL)

    published(session, network["fr"], "form", "accueil", op("set", "mode", "help", value="Le plus fréquent"))

    toulouse = network["ml_toulouse"]
    assert (field(session, toulouse), field(session, toulouse, "mode", "description")) == ("Prénom", "Le plus fréquent")
    assert field(session, toulouse, on=APRIL) == "Prénom usuel"
    assert field(session, toulouse, "mode", "description", on=APRIL) == "Le plus fréquent"


def test_no_two_revisions_of_a_level_overlap(session):
    network = start(session)
    published(session, network["fr"], "list", "modes", op("close", "bus"), on=APRIL)
    published(session, network["fr"], "list", "modes", op("set", "velo", "label", value="Bicyclette"))
    published(session, network["fr"], "list", "modes", op("set", "marche", "label", value="Marche"), on=APRIL)

    artifact = store.artifact(session, "list", "modes")
    states = [RevisionState.PUBLISHED, RevisionState.SCHEDULED, RevisionState.SUPERSEDED]
    rows = store.revisions(session, artifact.id, states, units=[network["fr"].id])
    periods = sorted((row.effective_from, row.effective_to or date.max) for row in rows)
    real = [period for period in periods if period[0] < period[1]]
    assert all(first[1] <= second[0] for first, second in pairwise(real))
    values = content(session, "list", "modes", network["fr"].id, APRIL).content["values"]
    assert [value["label"] for value in values] == ["Marche", "Bicyclette", "Autobus"]
    assert values[2]["closed"] is True


def test_a_past_date_is_allowed_and_said(session):
    network = start(session)
    past = DAY - timedelta(days=30)

    release = published(session, network["occitanie"], "list", "modes", op("close", "bus"), on=past)

    assert release.retroactive
    values = content(session, "list", "modes", network["ml_toulouse"].id, past).content["values"]
    assert values[2]["closed"] is True
    assert (
        "closed"
        not in content(session, "list", "modes", network["ml_toulouse"].id, past - timedelta(1)).content["values"][2]
    )


def test_a_form_pinned_before_a_publication_stays_as_it_was(session):
    network = start(session)
    toulouse = network["ml_toulouse"]
    closure = configuration.form_closure(session, "accueil", toulouse.id)
    pinned = configuration.keep_closure(session, closure)
    published(session, network["fr"], "list", "modes", op("close", "bus"))

    assert configuration.closure_by_hash(session, pinned) == closure
    assert configuration.form_closure(session, "accueil", toulouse.id).hash != pinned
    assert closure.lists["modes"] == MODES["values"]


def test_parameters_are_read_at_a_date_and_a_level(session):
    network = start(session)
    values = [{"from": "2025-01-01", "value": 5, "source": "Région"}]
    published(session, network["occitanie"], "parameters", "essai", op("set", "delai_relance", "values", value=values))

    assert configuration.parameters(session, network["ml_brest"].id) == {"delai_relance": 10}
    assert configuration.parameters(session, network["ml_brest"].id, APRIL) == {"delai_relance": 7}
    assert configuration.parameters(session, network["ml_toulouse"].id, APRIL) == {"delai_relance": 5}
    assert configuration.parameters(session, network["ml_brest"].id, date(2023, 1, 1)) == {}
