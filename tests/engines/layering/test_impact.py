"""Whole trees: resolved and rebased from the top, conflicts grouped."""

import pytest

from engines.layering.samples import form, op
from jalon.engines.layering import TreeBroken, TreeUnit, group_conflicts, rebase, rebase_tree, resolve, resolve_tree
from jalon.engines.layering.model import Level


def tree():
    label = op("set", "mode", "label", "Transport")
    return [
        TreeUnit("a1", "r1", (op("set", "mode", "label", "A1"), op("set", "distance", "maximum", 40))),
        TreeUnit("a2", "r1", (op("set", "mode", "label", "A2"),)),
        TreeUnit("a3", "r2"),
        TreeUnit("r1", "fr", (op("set", "distance", "maximum", 50),)),
        TreeUnit("r2", "fr"),
        TreeUnit("fr", None, (label,)),
    ]


def test_a_tree_gives_what_each_chain_gives():
    found = resolve_tree("form", form(), tree())
    by_code = {unit.code: unit for unit in tree()}
    chain = [Level(code, by_code[code].ops) for code in ("fr", "r1", "a1")]

    assert found["a1"].document == resolve("form", form(), chain).document
    assert found["a3"] is found["fr"]


def test_a_release_at_the_top_is_rebased_down_to_the_leaves():
    units = [
        TreeUnit(u.code, u.parent, u.ops, (op("set", "mode", "label", "Mobilité"),)) if u.code == "fr" else u
        for u in tree()
    ]

    rebased = rebase_tree("form", form(), form(), units)

    assert rebased.units["fr"].resolved.atoms.value("mode", "label") == "Mobilité"
    assert rebased.units["a3"].resolved.atoms.value("mode", "label") == "Mobilité"
    assert rebased.units["a1"].resolved.atoms.value("mode", "label") == "A1"
    (group,) = group_conflicts(rebased.units)
    assert (group.uid, group.prop, group.kind) == ("mode", "label", "both_changed")
    assert sorted(code for code, _ in group.cases) == ["a1", "a2"]


def test_a_release_in_one_region_leaves_the_others_alone():
    units = [TreeUnit(u.code, u.parent, u.ops, ()) if u.code == "r1" else u for u in tree()]

    rebased = rebase_tree("form", form(), form(), units)

    assert rebased.units["r2"].resolved is rebased.before["r2"]
    assert rebased.units["a1"].resolved.atoms.value("distance", "maximum") == 40


def test_a_tree_gives_the_same_outcomes_as_one_rebase_per_unit():
    new = form()
    new["schema"]["properties"]["mode"]["title"] = "Moyen"
    units = tree()
    rebased = rebase_tree("form", form(), new, units)
    region = rebased.units["r1"].resolved
    alone = rebase("form", rebased.before["r1"], region, units[0].ops, unit="a1")

    assert rebased.units["a1"].outcomes == alone.outcomes


def test_a_unit_without_parent_is_named():
    with pytest.raises(TreeBroken) as refusal:
        resolve_tree("form", form(), [TreeUnit("fr", None), TreeUnit("a", "absent")])

    assert refusal.value.text() == "Ces unités n’ont pas de parent connu : a."


def test_the_whole_network_is_resolved_and_rebased():
    from bench.bench_layering import big_form, network

    units, old, new = network(), big_form(), big_form(changes=20)
    rebased = rebase_tree("form", old, new, units)

    assert len(rebased.units) == len(units)
