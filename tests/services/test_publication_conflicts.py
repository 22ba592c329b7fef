"""Conflicts between levels: decided by whoever they concern, alone or in groups."""

from datetime import date

import pytest

from factories.packs import administrator, start
from jalon.base.errors import Forbidden, NotFound
from jalon.engines.layering import Op
from jalon.services import publication
from jalon.services.configuration import change_draft, content, open_draft
from jalon.services.publication import DecisionRefused, conflicts, decide_conflict, decide_conflicts

DAY = date(2026, 1, 12)


def published(session, unit, *ops):
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, "form", "accueil")
    draft = change_draft(session, chief, draft.id, ops, draft.row_version)
    return publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Essai")


def label(value):
    return Op(id="", verb="set", uid="prenom", prop="label", value=value)


def title(session, unit):
    return content(session, "form", "accueil", unit.id).content["schema"]["properties"]["prenom"]["title"]


@pytest.fixture
def network(session):
    """Two regions call the first name differently, then the nation calls it otherwise."""
    network = start(session)
    published(session, network["bretagne"], label("Petit nom"))
    published(session, network["occitanie"], label("Prénom usuel"))
    published(session, network["fr"], label("Prénom de naissance"))
    return network


@pytest.mark.req("A16")
def test_conflicts_of_the_same_thing_are_one_group(session, network):
    found = conflicts(session)
    assert {one.unit.code for one in found} == {"bretagne", "occitanie"}
    assert {one.group for one in found} == {"form/accueil/prenom/label/both_changed"}
    assert [one.unit.code for one in conflicts(session, network["fr"].id)] == []
    assert len(conflicts(session, network["fr"].id, below=True)) == 2


@pytest.mark.parametrize(
    ("choice", "value", "expected"),
    [("keep_mine", None, "Petit nom"), ("take_new", None, "Prénom de naissance"), ("merge", "Prénoms", "Prénoms")],
)
def test_a_conflict_is_decided(session, network, choice, value, expected):
    brittany = network["bretagne"]
    given = {"value": value} if choice == "merge" else {}

    decide_conflict(
        session, administrator(session, brittany), conflicts(session, brittany.id)[0].id, choice, "Vu", **given
    )

    assert title(session, network["ml_brest"]) == expected
    assert conflicts(session, brittany.id) == []
    assert title(session, network["ml_toulouse"]) == "Prénom usuel"


def test_a_decision_is_not_asked_again_until_something_changes(session, network):
    brittany = network["bretagne"]
    decide_conflict(session, administrator(session, brittany), conflicts(session, brittany.id)[0].id, "keep_mine", "Vu")

    published(session, network["fr"], Op(id="", verb="set", uid="mode", prop="help", value="Le plus fréquent"))
    assert conflicts(session, brittany.id) == []
    published(session, network["fr"], label("Prénom d’état civil"))
    assert [one.new for one in conflicts(session, brittany.id)] == ["Prénom d’état civil"]


def test_a_group_is_decided_at_once_by_the_level_above(session, network):
    nation = administrator(session, network["fr"])

    done = decide_conflicts(session, nation, [one.id for one in conflicts(session)], "take_new", "Un seul mot")

    assert done == 2
    assert (title(session, network["ml_brest"]), title(session, network["ml_toulouse"])) == ("Prénom de naissance",) * 2


def test_asking_the_level_above_leaves_the_conflict_open(session, network):
    brittany = network["bretagne"]
    decide_conflict(session, administrator(session, brittany), conflicts(session, brittany.id)[0].id, "ask_parent", "?")
    assert [one.state for one in conflicts(session, brittany.id)] == ["asked"]
    assert title(session, network["ml_brest"]) == "Petit nom"


def test_a_lock_cannot_be_decided_against(session):
    network = start(session)
    brittany = network["bretagne"]
    published(session, brittany, label("Petit nom"))
    published(session, network["fr"], Op(id="", verb="lock", uid="prenom", prop="label", reason="Convention"))

    with pytest.raises(DecisionRefused) as refusal:
        decide_conflict(
            session, administrator(session, brittany), conflicts(session)[0].id, "keep_mine", "Nous d’abord"
        )
    assert "Convention" in refusal.value.text()
    assert title(session, network["ml_brest"]) == "Prénom"


def test_a_decision_needs_a_reason_and_the_right(session, network):
    brittany = network["bretagne"]
    conflict = conflicts(session, brittany.id)[0]
    with pytest.raises(DecisionRefused):
        decide_conflict(session, administrator(session, brittany), conflict.id, "keep_mine", " ")
    with pytest.raises((Forbidden, NotFound)):
        decide_conflict(session, administrator(session, network["occitanie"]), conflict.id, "keep_mine", "Vu")


def test_a_conflict_is_decided_once(session, network):
    brittany = network["bretagne"]
    chief = administrator(session, brittany)
    conflict = conflicts(session, brittany.id)[0]
    decide_conflict(session, chief, conflict.id, "keep_mine", "Vu")
    with pytest.raises(DecisionRefused):
        decide_conflict(session, chief, conflict.id, "take_new", "Revu")
