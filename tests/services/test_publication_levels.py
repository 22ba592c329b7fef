"""Publishing over the levels below: kept, converged, in conflict, moved under another parent."""

import pytest
from sqlalchemy import select

from factories.drafts import op, published
from factories.packs import MODES, administrator, list_pack, start
from jalon.base.actor import SYSTEM
from jalon.services import configuration, publication
from jalon.services.configuration import content
from jalon.services.publication import (
    rollback,
)
from jalon.store.configuration import Pointer


def field(session, unit, uid="prenom", prop="title", on=None):
    return content(session, "form", "accueil", unit.id, on).content["schema"]["properties"][uid].get(prop)


def codes(session, unit, on=None):
    return [value["code"] for value in content(session, "list", "modes", unit.id, on).content["values"]]


def test_going_back_gives_its_own_value_again_to_who_was_in_conflict(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))
    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))
    assert release.conflicts == 1

    rollback(session, administrator(session, network["fr"]), release.id, "Trop tôt")

    assert field(session, network["ml_brest"]) == "Petit nom"
    assert publication.conflicts(session) == []


@pytest.mark.req("A16")
def test_an_override_in_conflict_is_kept_and_becomes_something_to_check(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))

    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))

    assert (release.conflicts, field(session, network["ml_toulouse"])) == (1, "Prénom usuel")
    assert field(session, network["ml_brest"]) == "Petit nom"
    found = publication.conflicts(session, network["bretagne"].id)
    assert [(one.conflict_kind, one.old, one.new, one.local, one.applied) for one in found] == [
        ("both_changed", "Prénom", "Prénom usuel", "Petit nom", True)
    ]
    notices = publication.notices(session, network["bretagne"].id)
    assert [one.kind for one in notices] == ["conflict", "news", "news"]
    assert notices[0].sentence.startswith("À vérifier")


def test_the_same_change_made_above_makes_the_local_one_useless(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))

    release = published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel"))
    assert dict(release.outcomes) == {"kept": 1, "converged": 1}
    assert "converged" in {one.kind for one in publication.notices(session, network["bretagne"].id)}

    published(session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénoms"))
    assert field(session, network["ml_brest"]) == "Prénoms"


def test_an_anchor_that_goes_away_sends_its_followers_to_the_end(session):
    network = start(session)
    tram = op("add", "occitanie__tram", value={"label": "Tramway"}, after="marche")
    published(session, network["occitanie"], "list", "modes", tram)
    assert codes(session, network["occitanie"]) == ["marche", "occitanie__tram", "velo", "bus"]

    values = [value for value in MODES["values"] if value["code"] != "marche"]
    publication.import_pack(session, SYSTEM, list_pack("2.0.0", *values, closed={("list", "modes"): ("marche",)}))

    assert codes(session, network["ml_brest"]) == ["velo", "bus", "marche"]
    assert sorted(codes(session, network["occitanie"])) == ["bus", "marche", "occitanie__tram", "velo"]


def test_a_unit_that_moves_is_judged_with_both_chains(session):
    network = start(session)
    published(session, network["occitanie"], "form", "accueil", op("set", "prenom", "label", value="Nom d’Oc"))
    published(session, network["bretagne"], "form", "accueil", op("set", "mode", "help", value="En Bretagne"))
    published(session, network["ml_toulouse"], "form", "accueil", op("set", "remarque", "help", value="À nous"))

    publication.move_unit(session, SYSTEM, network["ml_toulouse"].id, network["bretagne"].id, "Nouvelle carte")

    toulouse = network["ml_toulouse"]
    assert field(session, toulouse) == "Prénom"
    assert field(session, toulouse, "mode", "description") == "En Bretagne"
    assert field(session, toulouse, "remarque", "description") == "À nous"
    assert field(session, network["ml_toulouse_centre"], "mode", "description") == "En Bretagne"


def test_a_lock_over_an_override_makes_a_conflict_and_the_level_above_wins_meanwhile(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))

    lock = op("lock", "prenom", "label", reason="Libellé fixé par la convention.")
    published(session, network["fr"], "form", "accueil", lock)

    assert field(session, network["ml_brest"]) == "Prénom"
    found = publication.conflicts(session, network["bretagne"].id)
    assert [(one.conflict_kind, one.applied) for one in found] == [("locked", False)]


def test_only_units_with_changes_have_pointers_of_their_own(session):
    network = start(session)
    published(session, network["occitanie"], "list", "modes", op("close", "bus"))

    rows = session.scalars(select(Pointer).where(Pointer.unit_id.is_not(None))).all()
    assert [row.unit_id for row in rows] == [network["occitanie"].id]
    assert rows[0].provenance == {"bus|closed": [["occitanie", rows[0].provenance["bus|closed"][0][1]]]}


def test_an_option_is_switched_for_a_unit(session):
    network = start(session)
    published(session, network["ml_brest"], "process", "accueil", op("toggle", "option:relecture", value=True))

    assert configuration.options(session, "accueil", network["ml_brest"].id) == {"relecture": True}
    assert configuration.options(session, "accueil", network["ml_toulouse"].id) == {"relecture": False}
    assert [one.key for one in configuration.process_keys(session)] == ["accueil"]
