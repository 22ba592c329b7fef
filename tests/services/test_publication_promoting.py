"""Promotion upwards: what a unit added, taken over by a level above without anybody losing anything."""

import pytest

from factories.layers import op, published
from factories.packs import administrator, start
from jalon.base.errors import Forbidden, NotFound
from jalon.services import configuration, publication
from jalon.services.configuration import content, equivalents, read_through, reports
from jalon.services.publication import PromotionRefused, accept, decline, offer, offers

NOTE = "Nous le demandons à chaque accueil : il sert à organiser le covoiturage."


def codes(session, unit, kind="list", key="modes"):
    return [value["code"] for value in content(session, kind, key, unit.id).content["values"]]


def value(code, name, **words):
    return op("add", code, value={"label": name, **words})


def field(code, name, **words):
    return op("add", code, value={"type": "string", "label": name, **words})


@pytest.fixture
def network(session):
    """Toulouse and Brest each added car sharing, Brest with other words."""
    network = start(session)
    published(session, network["ml_toulouse"], "list", "modes", value("ml_toulouse__covoiturage", "Covoiturage"))
    published(session, network["ml_brest"], "list", "modes", value("ml_brest__covoit", "Covoiturages", help="À deux"))
    return network


def offered(session, network, **words):
    toulouse = network["ml_toulouse"]
    given = {"note": NOTE, "parent_id": network["fr"].id, **words}
    chief = administrator(session, toulouse)
    return offer(session, chief, toulouse.id, "list", "modes", "ml_toulouse__covoiturage", **given)


def test_an_offer_says_how_much_it_is_used_and_who_has_its_like(session, network):
    def count(session, kind, key, uid, unit_ids):
        assert (kind, key, uid, len(unit_ids)) == ("list", "modes", "ml_toulouse__covoiturage", 2)
        return 37

    found = offered(session, network, count_values=count)

    assert (found.dossiers, found.units, found.label, found.note) == (37, 2, "Covoiturage", NOTE)
    assert [(one.unit.code, one.uid, one.is_same) for one in found.equivalents] == [
        ("ml_brest", "ml_brest__covoit", False)
    ]
    assert [one.id for one in offers(session, network["fr"].id)] == [found.id]
    assert [one.id for one in offers(session, network["ml_toulouse"].id)] == [found.id]


def test_what_is_accepted_is_one_item_above_and_the_local_one_converges(session, network):
    found = offered(session, network)

    release = accept(session, administrator(session, network["fr"]), found.id, reason="Utile à tous")

    assert codes(session, network["fr"]) == ["marche", "velo", "bus", "fr__covoiturage"]
    assert codes(session, network["ml_toulouse"]) == ["marche", "velo", "bus", "fr__covoiturage"]
    assert (release.origin, dict(release.outcomes)) == ("promotion", {"converged": 1, "kept": 2})
    assert publication.conflicts(session, network["ml_toulouse"].id) == []
    assert [one.uid for one in reports.to_clean(session)] == ["ml_toulouse__covoiturage"]
    # Brest keeps its own until somebody merges it
    assert codes(session, network["ml_brest"]) == ["marche", "velo", "bus", "fr__covoiturage", "ml_brest__covoit"]


def test_data_follow_by_being_read_through_the_former_name(session, network):
    accept(session, administrator(session, network["fr"]), offered(session, network).id, reason="Utile à tous")

    names = equivalents(session, "list", "modes")

    assert names == {"ml_toulouse__covoiturage": "fr__covoiturage"}
    assert read_through(names, {"ml_toulouse__covoiturage": "oui", "autre": 1}) == {
        "fr__covoiturage": "oui",
        "autre": 1,
    }
    assert read_through(names, {"ml_toulouse__covoiturage": "avant", "fr__covoiturage": "après"}) == {
        "fr__covoiturage": "après"
    }


def test_an_equivalent_merged_with_other_settings_is_for_its_unit_to_decide(session, network):
    accept(
        session,
        administrator(session, network["fr"]),
        offered(session, network).id,
        reason="Un seul mot",
        merged=["ml_brest__covoit"],
    )

    brest = network["ml_brest"]
    assert codes(session, brest) == ["marche", "velo", "bus", "fr__covoiturage"]
    assert [one.uid for one in publication.conflicts(session, brest.id)] == ["ml_brest__covoit"]
    doubt = publication.conflicts(session, brest.id)[0]
    publication.decide_conflict(session, administrator(session, brest), doubt.id, "take_new", "D’accord")
    assert codes(session, brest) == ["marche", "velo", "bus", "fr__covoiturage"]
    assert equivalents(session, "list", "modes")["ml_brest__covoit"] == "fr__covoiturage"
    assert reports.same_needs(session) == []


def test_a_field_is_promoted_with_what_its_unit_made_of_it_since(session):
    network = start(session)
    toulouse = network["ml_toulouse"]
    added = field("ml_toulouse__pointure", "Pointure", maxLength=3)
    published(session, toulouse, "form", "accueil", added)
    published(session, toulouse, "form", "accueil", op("set", "ml_toulouse__pointure", "label", value="Pointure (EU)"))
    chief = administrator(session, toulouse)
    found = offer(session, chief, toulouse.id, "form", "accueil", "ml_toulouse__pointure", note=NOTE)
    assert found.parent.code == "d31"

    accept(session, administrator(session, network["d31"]), found.id, reason="Repris")

    properties = content(session, "form", "accueil", toulouse.id).content["schema"]["properties"]
    assert properties["d31__pointure"]["title"] == "Pointure (EU)"
    assert "ml_toulouse__pointure" not in properties
    assert publication.conflicts(session, toulouse.id) == []


def test_what_cannot_be_offered_says_why(session, network):
    toulouse = network["ml_toulouse"]
    chief = administrator(session, toulouse)
    for words, reason in (
        ({"uid": "bus"}, "n’a pas été ajouté"),
        ({"note": " "}, "à quoi cela sert"),
        ({"parent_id": network["bretagne"].id}, "n’est pas au-dessus"),
    ):
        given = {"uid": "ml_toulouse__covoiturage", "note": NOTE, "parent_id": None, **words}
        with pytest.raises(PromotionRefused) as refusal:
            offer(
                session,
                chief,
                toulouse.id,
                "list",
                "modes",
                given["uid"],
                note=given["note"],
                parent_id=given["parent_id"],
            )
        assert reason in refusal.value.text()
    offered(session, network)
    with pytest.raises(PromotionRefused):
        offered(session, network)


def test_only_the_level_above_answers_and_once(session, network):
    found = offered(session, network)
    with pytest.raises((Forbidden, NotFound)):
        accept(session, administrator(session, network["ml_toulouse"]), found.id, reason="Moi")
    with pytest.raises(PromotionRefused):
        accept(session, administrator(session, network["fr"]), found.id, reason="Oui", merged=["inconnu"])

    decline(session, administrator(session, network["fr"]), found.id, "Le bus suffit")

    assert [(one.state, one.reason) for one in offers(session, network["fr"].id, state="")] == [
        ("declined", "Le bus suffit")
    ]
    with pytest.raises(PromotionRefused):
        decline(session, administrator(session, network["fr"]), found.id, "Encore")


def test_the_same_need_met_several_times_is_reported(session, network):
    found = reports.same_needs(session)

    assert [(one.label, {code for code, _ in one.added_by}) for one in found] == [
        ("Covoiturages", {"ml_brest", "ml_toulouse"})
    ]
    assert "a été ajouté 2 fois" in found[0].sentence
    assert reports.same_needs(session, network["occitanie"].id) == []


def test_a_promotion_can_be_undone(session, network):
    release = accept(session, administrator(session, network["fr"]), offered(session, network).id, reason="Oui")

    publication.rollback(session, administrator(session, network["fr"]), release.id, "Trop tôt")

    assert codes(session, network["fr"]) == ["marche", "velo", "bus"]
    assert codes(session, network["ml_toulouse"]) == ["marche", "velo", "bus", "ml_toulouse__covoiturage"]
    assert (
        configuration.explain(
            session, "list", "modes", "ml_toulouse__covoiturage", "label", network["ml_toulouse"].id
        ).value
        == "Covoiturage"
    )
