"""Locks: who, why, and what they do to what was already changed below."""

import pytest

from engines.layering.samples import form, level, op
from jalon.engines.layering import ALL, explain, rebase, resolve

BEFORE, AFTER = "2026-01-05T09:00:00+01:00", "2026-03-01T09:00:00+01:00"


def lock(uid="mode", prop="label", **more):
    return op("lock", uid, prop, author="Awa", reason="terme de la loi", legal="art. L. 5131-3", at=AFTER, **more)


@pytest.mark.req("A5")
def test_a_locked_property_is_refused_with_who_and_why():
    here = resolve(
        "form", form(), [level("fr", lock(review="2027-01-01")), level("r", op("set", "mode", "label", "Trajet"))]
    )

    (refused,) = here.refused
    assert refused.refusal == "locked"
    assert refused.lock.unit == "fr"
    assert refused.message == (
        "« Mode de transport » : verrouillé par « fr » (Awa), parce que : terme de la loi ; "
        "référence : art. L. 5131-3 ; à revoir le 01/01/2027."
    )
    assert here.atoms.value("mode", "label") == "Mode de transport"


def test_the_level_that_locks_may_still_change():
    here = resolve("form", form(), [level("fr", lock(), op("set", "mode", "label", "Transport"))])

    assert (here.atoms.value("mode", "label"), here.refused) == ("Transport", ())


def test_locking_an_item_locks_all_its_properties_and_its_place():
    ops = [op("set", "mode", "help", "x"), op("move_after", "mode", after="cout"), op("close", "mode")]

    here = resolve("form", form(), [level("fr", lock(prop=ALL)), level("r", *ops)])

    assert [one.refusal for one in here.refused] == ["locked", "locked", "locked"]


def test_locking_the_items_of_a_section_forbids_adding_closing_and_moving_there():
    ops = [
        op("add", "r__x", value={"type": "string", "label": "X"}, container="layout:trajet"),
        op("close", "cout"),
        op("set", "distance", "hidden", True),
        op("move_after", "nom", after="mode"),
        op("move_after", "mode", after="distance"),
        op("set", "mode", "label", "Trajet"),
    ]

    here = resolve("form", form(), [level("fr", lock("layout:trajet", "items")), level("r", *ops)])

    assert [one.op.verb for one in here.refused] == ["add", "close", "set", "move_after", "move_after"]
    assert {one.refusal for one in here.refused} == {"locked"}
    assert here.atoms.value("mode", "label") == "Trajet"


def test_only_the_level_that_locked_unlocks():
    unlock = op("unlock", "mode", "label")

    below = resolve(
        "form", form(), [level("fr", lock()), level("r", unlock), level("a", op("set", "mode", "label", "x"))]
    )

    assert [(one.unit, one.refusal) for one in below.refused] == [("r", "locked"), ("a", "locked")]


def test_a_lock_over_an_existing_change_may_force():
    parent, ops = form(), [op("set", "mode", "label", "Trajet", at=BEFORE)]

    (outcome,) = rebase("form", parent, resolve("form", parent, [level("fr", lock(mode="force"))]), ops).outcomes

    assert (outcome.state, outcome.conflict_kind, outcome.applied, outcome.open) == ("conflict", "locked", False, False)


def test_a_lock_over_an_existing_change_may_ask():
    parent, ops = form(), [op("set", "mode", "label", "Trajet", at=BEFORE)]

    (outcome,) = rebase("form", parent, resolve("form", parent, [level("fr", lock())]), ops).outcomes

    assert (outcome.conflict_kind, outcome.applied, outcome.open, outcome.default) == ("locked", False, True, "adopt")


def test_a_lock_may_let_earlier_changes_live_until_a_date():
    new = resolve("form", form(), [level("fr", lock(mode="grandfather", until="2026-09-01"))])
    earlier, later = (op("set", "mode", "label", "Trajet", at=at) for at in (BEFORE, "2026-04-01T09:00:00+02:00"))

    assert rebase("form", form(), new, [earlier], at="2026-08-31").outcomes[0].state == "kept"
    assert rebase("form", form(), new, [earlier], at="2026-09-01").outcomes[0].conflict_kind == "locked"
    assert rebase("form", form(), new, [later], at="2026-04-02").outcomes[0].conflict_kind == "locked"


@pytest.mark.req("A5")
def test_a_lock_used_politically_shows_who_why_and_when_to_think_again():
    found = explain(
        "form", form(), [level("fr", lock(review="2027-01-01")), level("r")], "mode", "label", titles={"fr": "National"}
    )

    assert (found.standing, found.editable, found.policy) == ("locked", False, "locked")
    assert found.sentences[-1] == (
        "Verrouillé par « National » (Awa), parce que : terme de la loi ; "
        "référence : art. L. 5131-3 ; à revoir le 01/01/2027."
    )
