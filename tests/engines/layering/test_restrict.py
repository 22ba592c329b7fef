"""A lock that only lets narrow: what still passes, what does not, and that no chain of levels widens under it."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.layering.samples import level, op
from jalon.base.errors import ContentRefused
from jalon.engines.layering import ALL, explain, read_op, rebase, resolve, write_op
from jalon.engines.layering.kinds.narrowing import OBLIGATIONS, at_most, more_demanding, only_true
from jalon.engines.layering.restricting import RESTRICT

BEFORE, AFTER = "2026-01-05T09:00:00+01:00", "2026-03-01T09:00:00+01:00"
MODES = {
    "title": "Modes",
    "values": [{"code": "velo", "label": "Vélo"}, {"code": "bus", "label": "Autobus"}],
}


def restrict(uid="velo", prop="closed", **more):
    words = {"author": "Awa", "reason": "comparer", "legal": "art. 3", "review": "2027-01-01", "at": AFTER}
    return op("lock", uid, prop, RESTRICT, **(words | more))


@pytest.mark.req("A5")
def test_narrowing_passes_widening_is_refused_with_who_and_why():
    closes, opens = op("close", "velo", at=AFTER), op("reopen", "velo", at=AFTER)
    chain = [level("fr", restrict()), level("r", closes), level("a", opens)]

    here = resolve("list", MODES, chain)

    (refused,) = here.refused
    assert (refused.unit, refused.refusal, refused.lock.unit) == ("a", "widens", "fr")
    assert refused.message == (
        "« Vélo » : peut être resserré, pas élargi, depuis le choix de « fr » (Awa), parce que : comparer ; "
        "référence : art. 3 ; à revoir le 01/01/2027."
    )
    assert here.atoms.value("velo", "closed") is True


def test_under_a_restricted_item_what_cannot_be_compared_does_not_move():
    ops = [op("close", "velo"), op("set", "velo", "label", "Bicyclette"), op("move_after", "velo", after="bus")]

    here = resolve("list", MODES, [level("fr", restrict(prop=ALL)), level("r", *ops)])

    assert [one.op.verb for one in here.refused] == ["set", "move_after"]
    assert here.atoms.value("velo", "closed") is True


def test_under_restricted_items_a_list_only_loses_values():
    ops = [op("close", "velo"), op("add", "r__train", value={"label": "Train"}), op("move_after", "bus", after="")]

    here = resolve("list", MODES, [level("fr", restrict(".", "items")), level("r", *ops)])

    assert [one.op.verb for one in here.refused] == ["add", "move_after"]


def test_what_cannot_be_compared_is_locked_or_free_but_not_restricted():
    (refused,) = resolve("list", MODES, [level("fr", restrict(prop="label"))]).refused

    assert refused.refusal == "malformed"
    assert "ne se compare pas" in refused.message


def test_a_level_below_cannot_ease_a_lock_by_restricting_part_of_it():
    full = op("lock", "velo", ALL, author="Awa", reason="non", at=AFTER)
    chain = [level("fr", full), level("r", restrict()), level("a", op("close", "velo", at=AFTER))]
    (refused,) = resolve("list", MODES, chain).refused
    assert (refused.lock.unit, refused.refusal) == ("fr", "locked")


def test_a_level_below_may_lock_what_was_only_restricted_and_lift_its_own_lock():
    full = op("lock", "velo", "closed", author="Iris", reason="ici non", at=AFTER)
    below = op("close", "velo", at=AFTER)
    chain = [level("fr", restrict()), level("r", full), level("a", below)]
    (refused,) = resolve("list", MODES, chain).refused
    assert refused.lock.unit == "r"
    (refused,) = resolve("list", MODES, [level("fr", restrict()), level("r", op("unlock", "velo", "closed"))]).refused
    assert refused.lock.unit == "fr"

    parent = resolve("list", MODES, [level("fr", restrict())])
    assert [one.state for one in rebase("list", MODES, parent, [full], unit="r").outcomes] == ["kept"]
    assert [one.state for one in rebase("list", MODES, parent, [restrict()], unit="r").outcomes] == ["converged"]


@pytest.mark.parametrize(
    ("mode", "states"),
    [("conflicts", ("conflict", True)), ("force", ("conflict", False)), ("grandfather", ("kept", False))],
)
def test_what_was_widened_before_is_forced_left_until_a_date_or_decided(mode, states):
    closed = {**MODES, "values": [{"code": "velo", "label": "Vélo", "closed": True}, MODES["values"][1]]}
    parent = resolve("list", closed, [level("fr", restrict(mode=mode, until="2026-06-01"))])
    opened = op("reopen", "velo", at=BEFORE)

    (outcome,) = rebase("list", closed, parent, [opened], unit="r", at="2026-03-02").outcomes
    assert (outcome.state, outcome.open) == states
    (later,) = rebase("list", closed, parent, [opened], unit="r", at="2026-06-01").outcomes
    assert (later.state, later.conflict_kind) == ("conflict", "widens")
    (kept,) = rebase("list", MODES, parent, [op("close", "velo", at=BEFORE)], unit="r", at="2026-06-01").outcomes
    assert kept.state == "converged"


@pytest.mark.req("A4")
def test_the_restriction_is_told_to_those_below():
    found = explain("list", MODES, [level("fr", restrict()), level("r")], "velo", "closed")

    assert (found.policy, found.editable, found.standing) == ("restrict", True, "inherited")
    assert found.sentences[-1].startswith("Peut être resserré, pas élargi, depuis le choix de « fr »")


def test_a_restriction_survives_its_file():
    lock = restrict()
    written = write_op(lock)
    assert (written["value"], read_op(written)) == (RESTRICT, lock)
    with pytest.raises(ContentRefused):
        read_op({**written, "value": "peu"})


FIELDS = {"type": "string", "title": "Commune", "maxLength": 40, "x-jalon-obligation": "statistics"}
FORM = {"schema": {"type": "object", "properties": {"commune": FIELDS}}}
WRITTEN = st.one_of(
    st.builds(
        lambda value: op("set", "commune", "obligation", value, at=AFTER),
        st.sampled_from(OBLIGATIONS),
    ),
    st.builds(lambda value: op("set", "commune", "maxLength", value, at=AFTER), st.integers(0, 60)),
    st.sampled_from([op("unset", "commune", name, at=AFTER) for name in ("obligation", "maxLength")]),
)
LISTED = st.sampled_from(
    [op(verb, uid, at=AFTER) for verb in ("close", "reopen") for uid in ("velo", "bus")]
    + [op("set", "velo", "closed", value, at=AFTER) for value in (True, False)]
    + [op("unset", "velo", "closed", at=AFTER), op("unlock", "velo", "closed", at=AFTER)]
    + [restrict(prop=ALL), restrict(".", "items"), op("lock", "velo", "closed", at=AFTER)]
)
CODES = ["r", "d", "a", "s"]
NARROWERS = {"obligation": more_demanding, "maxLength": at_most, "closed": only_true}


def never_widens(kind, document, uid, props, chain):
    """Each level has, under the restriction of the top, what its parent has or less."""
    levels = [level("fr", *(restrict(uid, prop) for prop in props))]
    levels += [level(code, *ops) for code, ops in zip(CODES, chain, strict=True)]
    values = []
    for depth in range(1, len(levels) + 1):
        here = resolve(kind, document, levels[:depth])
        values.append({prop: here.atoms.value(uid, prop) for prop in props})
    for above, mine in pairwise(values):
        for prop in props:
            assert above[prop] == mine[prop] or NARROWERS[prop](above[prop], mine[prop]), (prop, values)


NORMAL = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
CHAINS = st.tuples(*(st.lists(WRITTEN, max_size=3) for _ in CODES))
LISTS = st.tuples(*(st.lists(LISTED, max_size=3) for _ in CODES))


@NORMAL
@given(CHAINS, LISTS)
@pytest.mark.req("A5")
def test_no_chain_of_levels_widens_what_a_level_restricted(chain, lists):
    never_widens("form", FORM, "commune", ["obligation", "maxLength"], chain)
    never_widens("list", MODES, "velo", ["closed"], lists)
