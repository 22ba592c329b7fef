"""What must hold whatever the form, the overlays and the upgrades (layering.md, section 6)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.layering.strategies import UNITS, forms, levels, upgrades
from jalon.base.json import canonical
from jalon.engines.layering import (
    Facts,
    Level,
    TreeUnit,
    adapter,
    differences,
    read_op,
    rebase,
    rebase_tree,
    resolve,
    write_op,
)
from jalon.engines.layering.resolved import check_all

NORMAL = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
DRILL = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))


def chains():
    return st.tuples(*(levels(unit) for unit in UNITS))


def everything_holds(data):
    form = data.draw(forms())
    chain = data.draw(chains())
    new = data.draw(upgrades(form))
    the_law_holds(form)
    an_empty_overlay_is_the_parent(form, chain)
    resolving_is_deterministic_and_checks_everything(form, chain)
    unrelated_ops_may_come_in_any_order(form, chain, data)
    rebasing_loses_nothing(form, new, chain)
    ops_survive_their_file(chain)


def the_law_holds(form):
    kind = adapter("form")
    assert canonical(kind.assemble(kind.explode(form))) == canonical(form)


def an_empty_overlay_is_the_parent(form, chain):
    parent = resolve("form", form, chain[:2])
    child = resolve("form", parent, [Level("a", ())])
    assert child.atoms == parent.atoms
    assert canonical(child.document) == canonical(parent.document)
    assert differences("form", parent, child) == []


def resolving_is_deterministic_and_checks_everything(form, chain):
    found, again = resolve("form", form, chain), resolve("form", form, chain)
    assert found == again
    broken, readers = check_all(adapter("form"), found.atoms, Facts())
    assert found.broken == broken
    assert {uid: those for uid, those in found.readers.items() if those} == readers
    step_by_step = resolve("form", resolve("form", form, chain[:1]), chain[1:])
    assert step_by_step == found
    known = {op.id for level in chain for op in level.ops} | {""}
    base = adapter("form").explode(form)
    for uid, item in found.atoms.items.items():
        for prop, value in item.items():
            steps = found.origin(uid, prop)
            assert {step.op for step in steps} <= known
            if (uid, prop) in found.provenance:
                assert steps[-1].value == value
            elif uid not in found.owners:
                assert base.value(uid, prop) == value
    placed = sorted(uid for container in found.atoms.shelves for uid in found.atoms.children(container))
    assert placed == sorted(found.atoms.homes)


def unrelated_ops_may_come_in_any_order(form, chain, data):
    level = chain[0]
    uids = [op.uid for op in level.ops]
    named = {name for op in level.ops for name in (op.after, op.container) if name}
    if len(set(uids)) < len(uids) or named & set(uids):
        return
    shuffled = Level(level.unit, tuple(data.draw(st.permutations(level.ops))))
    one, other = resolve("form", form, [level]), resolve("form", form, [shuffled])
    assert canonical(one.document) == canonical(other.document)
    assert one.broken == other.broken


def rebasing_loses_nothing(form, new, chain):
    above_old, above_new = resolve("form", form, chain[:1]), resolve("form", new, chain[:1])
    level = chain[1]
    rebased = rebase("form", above_old, above_new, level.ops, unit=level.unit)
    assert [outcome.op for outcome in rebased.outcomes] == list(level.ops)
    for outcome in rebased.outcomes:
        assert outcome.state in ("kept", "converged", "conflict", "suspended")
        assert outcome.applied == (outcome.op in rebased.ops_to_apply)
        assert (outcome.conflict_kind is None) == (outcome.state in ("kept", "converged"))
        if outcome.state != "kept":
            assert outcome.message
        if outcome.state == "kept":
            assert outcome.applied
    assert rebased.resolved.refused == above_new.refused
    assert rebased.resolved.errors <= above_new.errors
    again = rebase("form", above_new, above_new, rebased.ops_to_apply, unit=level.unit)
    assert again.ops_to_apply == rebased.ops_to_apply
    assert again.resolved == rebased.resolved
    units = [TreeUnit("fr", None, chain[0].ops), TreeUnit("r", "fr", chain[1].ops), TreeUnit("a", "r", chain[2].ops)]
    tree = rebase_tree("form", form, new, units)
    for unit in units:
        assert [outcome.op for outcome in tree.units[unit.code].outcomes] == list(unit.ops)


def ops_survive_their_file(chain):
    for level in chain:
        for op in level.ops:
            assert read_op(write_op(op)) == op


@NORMAL
@given(st.data())
@pytest.mark.req("A4", "A16")
def test_everything_holds(data):
    everything_holds(data)


@DRILL
@given(st.data())
def everything_holds_for_long(data):
    everything_holds(data)


@pytest.mark.drill
@pytest.mark.req("A4", "A16")
def test_everything_holds_for_long(figure):
    everything_holds_for_long()
    figure(chains_of_overlays=5_000, broken_properties=0)
