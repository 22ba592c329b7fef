"""Drafts: what a level may change, what it is told, what is never overwritten."""

from datetime import date

import pytest

from factories.packs import administrator, list_pack, start
from jalon.base.errors import Forbidden, NotFound
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import (
    ArtifactUnknown,
    ChangeLocked,
    ChangeRefused,
    DraftChanged,
    DraftClosed,
    NothingToUndo,
    change_draft,
    content,
    discard,
    explain,
    open_draft,
    open_drafts,
    read_draft,
    redo,
    restore,
    undo,
)

DAY = date(2026, 1, 12)


def op(verb, uid, prop="", **words):
    return Op(id="", verb=verb, uid=uid, prop=prop, **words)


def add_value(code, label, **words):
    return op("add", code, value={"label": label}, **words)


def labels(session, unit):
    return [value["label"] for value in content(session, "list", "modes", unit.id).content["values"]]


@pytest.mark.req("A2")
def test_a_region_adds_a_value_in_three_calls_for_its_own_units_only(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)

    draft = open_draft(session, chief, region.id, "list", "modes")
    draft = change_draft(session, chief, draft.id, [add_value("occitanie__tram", "Tramway")], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Deux lignes ont ouvert.")

    assert labels(session, network["ml_toulouse"]) == ["À pied", "Vélo", "Autobus", "Tramway"]
    assert labels(session, network["ml_brest"]) == ["À pied", "Vélo", "Autobus"]


@pytest.mark.req("A2")
def test_a_label_nearly_the_same_is_warned(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "list", "modes")

    draft = change_draft(session, chief, draft.id, [add_value("occitanie__velos", "VELOS")], draft.row_version)

    assert draft.warnings == ("« VELOS » ressemble beaucoup à « Vélo », qui existe déjà.",)


@pytest.mark.req("A3")
def test_a_closed_value_stays_readable(session):
    network = start(session)
    chief = administrator(session, network["fr"])
    draft = open_draft(session, chief, network["fr"].id, "list", "modes")

    draft = change_draft(session, chief, draft.id, [op("close", "bus")], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Plus de ligne.")

    values = content(session, "list", "modes", network["ml_brest"].id).content["values"]
    assert values[2] == {"code": "bus", "label": "Autobus", "closed": True}


@pytest.mark.req("A4")
def test_an_attribute_says_where_it_comes_from_and_can_be_restored(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)
    draft = open_draft(session, chief, region.id, "form", "accueil")
    renamed = op("set", "prenom", "label", value="Prénom d’usage", reason="Comme sur la carte.")
    draft = change_draft(session, chief, draft.id, [renamed], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Accord régional")

    found = explain(session, "form", "accueil", "prenom", "label", region.id)
    assert (found.value, found.standing, found.inherited) == ("Prénom d’usage", "changed", "Prénom")
    assert [step.unit for step in found.steps] == ["", "occitanie"]
    assert found.steps[-1].reason == "Comme sur la carte."
    below = explain(session, "form", "accueil", "prenom", "label", network["ml_toulouse"].id)
    assert below.standing == "inherited"

    draft = open_draft(session, chief, region.id, "form", "accueil")
    draft = restore(session, chief, draft.id, "prenom", "label", draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Finalement non")
    assert explain(session, "form", "accueil", "prenom", "label", region.id).value == "Prénom"


@pytest.mark.req("A5")
def test_a_locked_attribute_is_refused_with_who_and_why(session):
    network = start(session)
    nation = administrator(session, network["fr"])
    draft = open_draft(session, nation, network["fr"].id, "form", "accueil")
    lock = op("lock", "prenom", "label", reason="Libellé fixé par la convention.")
    draft = change_draft(session, nation, draft.id, [lock], draft.row_version)
    publication.publish(session, nation, [draft.id], effective_from=DAY, reason="Convention")

    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "form", "accueil")
    with pytest.raises(ChangeLocked) as refusal:
        change_draft(session, chief, draft.id, [op("set", "prenom", "label", value="Nom")], draft.row_version)

    assert refusal.value.status == 403
    assert refusal.value.facts["who"] == "fr"
    assert refusal.value.facts["why"] == "Libellé fixé par la convention."
    assert read_draft(session, chief, draft.id).new_ops == ()


@pytest.mark.req("A5")
def test_a_technical_truth_cannot_be_forged(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "form", "accueil")
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [op("set", "prenom", "type", value="number")], draft.row_version)


def test_a_lock_without_a_reason_is_refused(session):
    network = start(session)
    nation = administrator(session, network["fr"])
    draft = open_draft(session, nation, network["fr"].id, "form", "accueil")
    with pytest.raises(ChangeRefused) as refusal:
        change_draft(session, nation, draft.id, [op("lock", "prenom", "label")], draft.row_version)
    assert "un verrou se justifie" in refusal.value.text()


def test_what_a_level_narrowed_cannot_be_widened_below_even_in_two_steps(session):
    network = start(session)
    nation = administrator(session, network["fr"])
    draft = open_draft(session, nation, network["fr"].id, "form", "accueil")
    draft = change_draft(session, nation, draft.id, [op("set", "remarque", "maxLength", value=100)], draft.row_version)
    publication.publish(session, nation, [draft.id], effective_from=DAY, reason="Plus court")

    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "form", "accueil")
    draft = change_draft(session, chief, draft.id, [op("set", "remarque", "maxLength", value=50)], draft.row_version)
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [op("set", "remarque", "maxLength", value=300)], draft.row_version)
    draft = change_draft(session, chief, draft.id, [op("set", "remarque", "maxLength", value=100)], draft.row_version)
    assert draft.new_ops == ()  # back to what is inherited: nothing of one's own is left


def test_a_level_cannot_grant_itself_rights(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "roles", "roles")
    wider = op("set", "agent", "permissions", value=["tache.voir", "tache.terminer", "dossier.exporter"])
    with pytest.raises(ChangeLocked):
        change_draft(session, chief, draft.id, [wider], draft.row_version)


def test_an_item_added_here_bears_the_name_of_its_level(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    draft = open_draft(session, chief, network["occitanie"].id, "list", "modes")
    with pytest.raises(ChangeRefused) as refusal:
        change_draft(session, chief, draft.id, [add_value("tram", "Tramway")], draft.row_version)
    assert "occitanie__" in refusal.value.text()


@pytest.mark.req("R7")
def test_the_second_of_two_administrators_never_overwrites_the_first(session):
    network = start(session)
    region = network["occitanie"]
    amina = administrator(session, region, "Amina K.")
    bruno = administrator(session, region, "Bruno L.")
    draft = open_draft(session, amina, region.id, "form", "accueil")

    for round_number in range(20):
        seen = read_draft(session, bruno, draft.id)
        mine = op("set", "prenom", "help", value=f"Aide {round_number}")
        draft = change_draft(session, amina, draft.id, [mine], seen.row_version)
        with pytest.raises(DraftChanged) as refusal:
            change_draft(session, bruno, draft.id, [op("set", "prenom", "help", value="Autre")], seen.row_version)
        assert refusal.value.facts["who"] == "Amina K."
        assert [one.value for one in refusal.value.theirs] == [f"Aide {round_number}"]
        assert [one.value for one in refusal.value.mine] == ["Autre"]
        assert [one.value for one in read_draft(session, bruno, draft.id).new_ops] == [f"Aide {round_number}"]


def test_undo_and_redo_walk_through_the_changes(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)
    draft = open_draft(session, chief, region.id, "form", "accueil")
    for text in ("Un", "Deux"):
        draft = change_draft(session, chief, draft.id, [op("set", "prenom", "help", value=text)], draft.row_version)

    draft = undo(session, chief, draft.id, draft.row_version)
    assert [one.value for one in draft.new_ops] == ["Un"]
    draft = undo(session, chief, draft.id, draft.row_version)
    assert draft.new_ops == ()
    with pytest.raises(NothingToUndo):
        undo(session, chief, draft.id, draft.row_version)
    draft = redo(session, chief, draft.id, draft.row_version)
    draft = redo(session, chief, draft.id, draft.row_version)
    assert [one.value for one in draft.new_ops] == ["Deux"]
    assert not draft.can_redo


def test_a_discarded_draft_changes_nothing_and_is_over(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)
    draft = open_draft(session, chief, region.id, "list", "modes")
    draft = change_draft(session, chief, draft.id, [op("close", "bus")], draft.row_version)

    discard(session, chief, draft.id, draft.row_version)

    assert labels(session, region) == ["À pied", "Vélo", "Autobus"]
    with pytest.raises(DraftClosed):
        read_draft(session, chief, draft.id)
    assert open_drafts(session, chief) == []


def test_a_unit_has_one_draft_for_an_artifact(session):
    network = start(session)
    region = network["occitanie"]
    amina, bruno = administrator(session, region, "Amina K."), administrator(session, region, "Bruno L.")

    draft = open_draft(session, amina, region.id, "list", "modes")

    assert open_draft(session, bruno, region.id, "list", "modes").id == draft.id


def test_the_draft_of_another_region_does_not_exist_for_me(session):
    network = start(session)
    draft = open_draft(session, administrator(session, network["bretagne"]), network["bretagne"].id, "list", "modes")
    chief = administrator(session, network["occitanie"])

    with pytest.raises(NotFound):
        read_draft(session, chief, draft.id)
    with pytest.raises((NotFound, Forbidden)):
        open_draft(session, chief, network["fr"].id, "list", "modes")


def test_an_unknown_artifact_says_so(session):
    network = start(session)
    chief = administrator(session, network["occitanie"])
    with pytest.raises(ArtifactUnknown):
        open_draft(session, chief, network["occitanie"].id, "list", "absente")


def test_what_a_colleague_published_meanwhile_is_carried_into_the_draft(session):
    network = start(session, list_pack("1.0.0", {"code": "bus", "label": "Bus"}, {"code": "velo", "label": "Vélo"}))
    nation = network["fr"]
    chief = administrator(session, nation)
    draft = open_draft(session, chief, nation.id, "list", "modes")
    draft = change_draft(session, chief, draft.id, [op("set", "bus", "label", value="Car")], draft.row_version)
    publication.import_pack(
        session,
        chief,
        list_pack(
            "1.1.0", {"code": "bus", "label": "Bus"}, {"code": "velo", "label": "Vélo"}, {"code": "x", "label": "X"}
        ),
    )

    draft = read_draft(session, chief, draft.id)

    assert [value["label"] for value in draft.content["values"]] == ["Car", "Vélo", "X"]
    assert draft.outdated == ()
