"""What changed lately, what a unit follows, a temporary layer that nobody else sees."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from factories.layers import draft_of, label, op, published
from factories.packs import NOW, administrator, list_pack, make_pack, start
from jalon.base.actor import SYSTEM
from jalon.base.errors import Forbidden, NotFound
from jalon.services import configuration, publication
from jalon.services.configuration import (
    ArtifactUnknown,
    follow,
    followed,
    preview,
    recent_changes,
    unfollow,
)
from jalon.store.base import Table

APRIL = date(2026, 4, 1)


def later(session, days):
    session.info["clock"].move_to(NOW + timedelta(days=days))


def told(session, unit, **words):
    return [(one.uid, one.prop, one.new) for one in recent_changes(session, unit.id, **words)]


@pytest.mark.req("A15")
def test_a_change_is_new_for_two_weeks_for_those_it_reaches(session):
    network = start(session)
    published(session, network["occitanie"], "form", "accueil", label("Petit nom"), reason="Plus simple")

    found = recent_changes(session, network["ml_toulouse"].id)

    assert [(one.uid, one.prop, one.old, one.new) for one in found] == [("prenom", "label", "Prénom", "Petit nom")]
    assert (found[0].level, found[0].author, found[0].reason) == (network["occitanie"].id, "Amina K.", "Plus simple")
    assert (found[0].since, found[0].release) == (NOW.date(), 2)
    assert told(session, network["ml_brest"]) == []
    later(session, 14)
    assert told(session, network["ml_toulouse"]) == [("prenom", "label", "Petit nom")]
    later(session, 15)
    assert told(session, network["ml_toulouse"]) == []


@pytest.mark.req("A15")
def test_what_was_changed_back_is_not_new_and_the_last_to_change_is_named(session):
    network = start(session)
    region = network["occitanie"]
    published(session, region, "form", "accueil", label("Petit nom"), label("Transport", uid="mode"))
    published(session, region, "form", "accueil", label("Prénom"), label("Trajet", uid="mode"), reason="Relu")

    found = recent_changes(session, region.id)

    assert [(one.uid, one.new, one.reason) for one in found] == [("mode", "Trajet", "Relu")]


@pytest.mark.req("A15")
def test_a_scheduled_change_is_new_from_its_own_day(session):
    network = start(session)
    published(session, network["fr"], "form", "accueil", label("Petit nom"), on=APRIL)

    assert told(session, network["ml_brest"]) == []
    session.info["clock"].move_to(datetime(2026, 4, 10, 8, tzinfo=UTC))
    assert [one.since for one in recent_changes(session, network["ml_brest"].id)] == [APRIL]


def test_a_unit_with_changes_of_its_own_hears_of_what_it_really_sees(session):
    network = start(session)
    published(session, network["ml_brest"], "form", "accueil", label("Nom d’usage"))
    later(session, 30)
    published(session, network["fr"], "form", "accueil", label("Petit nom"), label("Trajet", uid="mode"))

    assert told(session, network["ml_brest"]) == [("mode", "label", "Trajet")]
    assert {one[0] for one in told(session, network["ml_toulouse"])} == {"prenom", "mode"}


def test_a_new_version_of_a_pack_is_news_its_first_one_is_not(session):
    network = start(session)
    assert told(session, network["ml_brest"]) == []

    values = [{"code": "marche", "label": "Marche"}, {"code": "velo", "label": "Vélo"}, {"code": "bus", "label": "Bus"}]
    publication.import_pack(session, SYSTEM, list_pack("2.0.0", *values))

    assert told(session, network["ml_brest"], names=[("list", "modes")]) == [
        ("marche", "label", "Marche"),
        ("bus", "label", "Bus"),
    ]
    assert told(session, network["ml_brest"], names=[("form", "accueil")]) == []


def test_a_setting_is_followed_until_one_changes_it_oneself(session):
    network = start(session)
    brest = network["ml_brest"]
    chief = administrator(session, brest)
    follow(session, chief, brest.id, "form", "accueil", "prenom", "label")
    follow(session, chief, brest.id, "form", "accueil", "prenom", "label")
    published(session, network["bretagne"], "form", "accueil", label("Petit nom"), label("Trajet", uid="mode"))

    notices = [one for one in publication.notices(session, brest.id) if one.kind == "followed"]

    assert [one.facts["uid"] for one in notices] == ["prenom"]
    assert "Petit nom" in notices[0].sentence
    published(session, brest, "form", "accueil", label("Le nôtre"))
    assert [(one.uid, one.changed_here) for one in followed(session, brest.id)] == [("prenom", True)]
    assert [one for one in publication.notices(session, brest.id) if one.kind == "followed"] == []
    unfollow(session, chief, brest.id, "form", "accueil", "prenom", "label")
    assert followed(session, brest.id) == []


def test_what_does_not_exist_is_not_followed_nor_what_belongs_to_others(session):
    network = start(session)
    brest = network["ml_brest"]
    with pytest.raises(ArtifactUnknown):
        follow(session, administrator(session, brest), brest.id, "form", "accueil", "absent", "label")
    with pytest.raises((Forbidden, NotFound)):
        follow(session, administrator(session, network["occitanie"]), brest.id, "form", "accueil", "prenom")


@pytest.mark.req("A12")
def test_a_temporary_layer_shows_what_would_be_and_writes_nothing(session):
    network = start(session)
    region, toulouse = network["occitanie"], network["ml_toulouse"]
    published(session, toulouse, "form", "accueil", op("set", "mode", "help", value="Le plus fréquent"))
    chief, form = draft_of(session, region, "form", "accueil", label("Petit nom"))
    _, modes = draft_of(session, region, "list", "modes", op("add", "occitanie__tram", value={"label": "Tramway"}))
    session.flush()
    before = {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables()}

    seen = preview(session, chief, [form.id, modes.id], toulouse.id)

    assert seen.touched == [("form", "accueil"), ("list", "modes")]
    properties = seen.content("form", "accueil")["schema"]["properties"]
    assert (properties["prenom"]["title"], properties["mode"]["description"]) == ("Petit nom", "Le plus fréquent")
    closure = seen.form_closure("accueil")
    assert [value["code"] for value in closure.lists["modes"]] == ["marche", "velo", "bus", "occitanie__tram"]
    assert (
        seen.content("parameters", "essai")
        == configuration.content(session, "parameters", "essai", toulouse.id).content
    )
    assert not any((session.new, session.dirty, session.deleted))
    assert {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables()} == before
    published_form = configuration.content(session, "form", "accueil", toulouse.id).content
    assert published_form["schema"]["properties"]["prenom"]["title"] == "Prénom"


@pytest.mark.req("A12")
def test_once_published_the_preview_was_right(session):
    network = start(session)
    chief, draft = draft_of(session, network["fr"], "form", "accueil", label("Petit nom"), op("close", "remarque"))
    seen = preview(session, chief, [draft.id], network["ml_brest"].id)
    closure = seen.form_closure("accueil")

    publication.publish(session, chief, [draft.id], effective_from=NOW.date(), reason="Vu")

    assert configuration.form_closure(session, "accueil", network["ml_brest"].id) == closure


@pytest.mark.req("A12")
def test_a_draft_does_not_count_beside_its_unit_nor_for_strangers(session):
    network = start(session)
    _, draft = draft_of(session, network["occitanie"], "form", "accueil", label("Petit nom"))
    nation = administrator(session, network["fr"])

    assert preview(session, nation, [draft.id], network["ml_brest"].id).touched == []
    with pytest.raises((Forbidden, NotFound)):
        preview(session, administrator(session, network["bretagne"]), [draft.id])


def tables():
    return Table.metadata.sorted_tables


def test_nothing_is_new_in_a_network_that_just_started(session):
    network = start(session, make_pack())
    assert recent_changes(session, network["fr"].id) == []
