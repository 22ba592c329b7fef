"""Lists layer by layer: values added, closed, relabelled and reordered, never deleted."""

import pytest

from engines.layering.samples import codes, level, modes, op
from jalon.engines.layering import ROOT, adapter, differences, near_duplicates, resolve


@pytest.mark.req("A2")
def test_a_region_adds_a_value_for_itself_only():
    added = op("add", "occitanie__trottinette", value={"label": "Trottinette"}, after="velo")

    here = resolve("list", modes(), [level("fr"), level("occitanie", added)])

    assert codes(here.document) == ["bus", "velo", "occitanie__trottinette", "tram", "velo_electrique"]
    assert codes(resolve("list", modes(), [level("fr")]).document) == codes(modes())
    assert here.refused == ()
    assert here.problems == ()


@pytest.mark.req("A2")
def test_a_near_duplicate_label_is_found_whatever_its_case_and_accents():
    atoms = adapter("list").explode(modes())

    assert near_duplicates(atoms, "vélo-électrique") == ["velo_electrique"]
    assert near_duplicates(atoms, "VELO") == ["velo"]
    assert near_duplicates(atoms, "Métro") == []


@pytest.mark.req("A3")
def test_a_closed_value_keeps_its_place_its_label_and_its_code():
    document = resolve("list", modes(), [level("fr", op("close", "velo"))]).document

    assert document["values"][1] == {"code": "velo", "label": "Vélo", "closed": True}
    assert codes(document) == codes(modes())


@pytest.mark.req("A3")
def test_no_verb_removes_a_value():
    everything = [op(verb, "velo", "label", "x") for verb in ("set", "unset", "close", "reopen", "lock", "unlock")]

    assert set(codes(modes())) <= set(codes(resolve("list", modes(), [level("fr", *everything)]).document))


def test_a_closed_value_can_be_reopened_below():
    here = resolve("list", modes(), [level("fr", op("reopen", "tram"))])

    assert here.document["values"][2] == {"code": "tram", "label": "Tramway"}


def test_an_added_value_needs_a_label_and_a_name_of_its_unit():
    nameless = op("add", "occitanie__a", value={})
    foreign = op("add", "trottinette", value={"label": "Trottinette"})

    refused = resolve("list", modes(), [level("occitanie", nameless, foreign)]).refused

    assert [one.refusal for one in refused] == ["malformed", "malformed"]
    assert refused[0].message == "« occitanie__a » : une valeur ajoutée doit avoir un libellé."
    assert refused[1].message == "« trottinette » : son nom doit commencer par « occitanie__ »."


def test_a_locked_branch_holds_for_the_values_under_it():
    lock = op("lock", "velo", "items", reason="nomenclature nationale")
    child = op("add", "occitanie__cargo", value={"label": "Vélo cargo", "parent": "velo"})
    sibling = op("add", "occitanie__rollers", value={"label": "Rollers"})

    here = resolve(
        "list", modes(), [level("fr", lock), level("occitanie", child, sibling, op("close", "velo_electrique"))]
    )

    assert [(one.op.uid, one.refusal) for one in here.refused] == [
        ("occitanie__cargo", "locked"),
        ("velo_electrique", "locked"),
    ]
    assert codes(here.document)[-1] == "occitanie__rollers"


def test_a_value_rolls_up_to_a_code_that_exists():
    lost = op("add", "occitanie__cargo", value={"label": "Cargo", "rolls_up_to": "navire"})

    (problem,) = resolve("list", modes(), [level("occitanie", lost)]).problems

    assert problem.code == "configuration.regroupement_absent"
    assert problem.message == "« Cargo » est comptée avec « navire », qui n’existe pas."


def test_the_title_of_the_list_is_an_atom_too():
    here = resolve("list", modes(), [level("fr", op("set", ROOT, "title", "Déplacements"))])

    assert here.document["title"] == "Déplacements"


@pytest.mark.req("A13")
def test_differences_of_a_list_are_sentences():
    changes = [
        op("add", "occitanie__trottinette", value={"label": "Trottinette"}, after="velo"),
        op("close", "bus"),
        op("set", "velo", "label", "Bicyclette"),
        op("move_after", "velo_electrique", after=""),
    ]
    here = resolve("list", modes(), [level("occitanie", *changes)])

    assert [(one.sentence, one.change) for one in differences("list", modes(), here)] == [
        ("« Vélo électrique » est maintenant placé en premier.", "cosmetic"),
        (
            "La valeur « Bus » est fermée : elle n’est plus proposée, les dossiers qui l’ont déjà la gardent.",
            "constraining",
        ),
        ("Le libellé de « Vélo » : « Bicyclette » au lieu de « Vélo ».", "cosmetic"),
        ("Nouvelle valeur « Trottinette », après « Bicyclette ».", "compatible"),
    ]
