"""What becomes of local changes when a parent changes."""

from copy import deepcopy

import pytest

from engines.layering.samples import form, level, modes, op, shown_if
from jalon.engines.layering import rebase, resolve


def changed(**properties):
    """The form with other keywords on its properties."""
    document = deepcopy(form())
    for name, keywords in properties.items():
        node = document["schema"]["properties"][name]
        for keyword, value in keywords.items():
            node[keyword] = value
    return document


def only(rebased):
    (outcome,) = rebased.outcomes
    return outcome


def test_a_parent_that_did_not_change_the_value_keeps_the_local_one():
    outcome = only(
        rebase("form", form(), changed(nom={"title": "Nom de famille"}), [op("set", "mode", "label", "Trajet")])
    )

    assert (outcome.state, outcome.applied, outcome.open) == ("kept", True, False)


def test_the_same_choice_above_converges_and_is_reported():
    rebased = rebase("form", form(), changed(mode={"title": "Trajet"}), [op("set", "mode", "label", "Trajet")])

    assert (only(rebased).state, rebased.ops_to_apply) == ("converged", ())
    assert only(rebased).message == "Le niveau au-dessus a fait le même choix : votre modification n’est plus utile."
    assert rebased.resolved.document == changed(mode={"title": "Trajet"})


@pytest.mark.req("A16")
def test_both_changed_is_a_conflict_that_keeps_the_local_value_and_says_so():
    rebased = rebase("form", form(), changed(mode={"title": "Déplacement"}), [op("set", "mode", "label", "Trajet")])

    outcome = only(rebased)
    assert (outcome.state, outcome.conflict_kind, outcome.default, outcome.open) == (
        "conflict",
        "both_changed",
        "keep",
        True,
    )
    assert (outcome.old_base, outcome.new_base, outcome.local) == ("Mode de transport", "Déplacement", "Trajet")
    assert outcome.message == (
        "« Déplacement » : le niveau au-dessus passe de « Mode de transport » à « Déplacement », "
        "vous aviez choisi « Trajet »."
    )
    assert rebased.resolved.atoms.value("mode", "label") == "Trajet"
    assert rebased.conflicts == rebased.outcomes


@pytest.mark.req("A16")
def test_a_change_above_with_a_legal_reference_is_adopted_until_somebody_decides():
    new = resolve("form", form(), [level("fr", op("set", "mode", "label", "Mobilité", legal="décret 2026-12"))])
    rebased = rebase("form", form(), new, [op("set", "mode", "label", "Trajet")])

    assert (only(rebased).conflict_kind, only(rebased).default, only(rebased).open) == ("both_changed", "adopt", True)
    assert rebased.resolved.atoms.value("mode", "label") == "Mobilité"


def test_a_target_that_is_gone_is_a_conflict():
    document = changed()
    del document["schema"]["properties"]["cout"]
    document["ui"]["elements"][1]["elements"].pop(2)

    changed_there = only(rebase("form", form(), document, [op("set", "cout", "label", "Prix")]))
    moved_there = only(rebase("form", form(), document, [op("move_after", "cout", after="nom")]))

    assert (changed_there.conflict_kind, changed_there.open) == ("gone", True)
    assert changed_there.message == "« Coût » n’existe plus au-dessus."
    assert (moved_there.conflict_kind, moved_there.open) == ("gone", False)  # order never asks anything


def test_an_alias_follows_what_was_renamed():
    document = changed()
    document["schema"]["properties"]["prix"] = document["schema"]["properties"].pop("cout")
    document["ui"]["elements"][1]["elements"][2]["scope"] = "#/properties/prix"
    ops = [op("set", "cout", "label", "Prix du trajet"), op("move_after", "nom", after="cout")]

    rebased = rebase("form", form(), document, ops, aliases={"cout": "prix"})

    assert [one.state for one in rebased.outcomes] == ["kept", "kept"]
    assert rebased.resolved.atoms.value("prix", "label") == "Prix du trajet"
    assert rebased.resolved.atoms.place("nom") == ("layout:trajet", "prix")


def test_a_uid_retyped_at_reimport_is_a_conflict_below():
    outcome = only(rebase("form", form(), changed(distance={"type": "string"}), [op("set", "distance", "label", "Km")]))

    assert (outcome.conflict_kind, outcome.applied) == ("type_changed", False)


def test_a_parent_that_became_stricter_is_a_conflict_not_a_widening():
    rebased = rebase("form", form(), changed(distance={"maximum": 20}), [op("set", "distance", "maximum", 50)])

    assert (only(rebased).conflict_kind, only(rebased).applied) == ("widens", False)
    assert rebased.resolved.atoms.value("distance", "maximum") == 20


def test_a_parent_that_became_less_strict_is_both_changed():
    rebased = rebase("form", form(), changed(distance={"maximum": 80}), [op("set", "distance", "maximum", 50)])

    assert (only(rebased).conflict_kind, only(rebased).applied) == ("both_changed", True)


def test_a_change_promoted_upwards_converges_and_the_changes_on_it_follow():
    local = op("add", "r__velo", value={"type": "boolean", "label": "Vélo"}, after="permis")
    old = resolve("form", form(), [level("r", local)])
    new_nation = resolve("form", form(), [level("fr", op("add", "fr__velo", value=local.value, after="permis"))])
    aliases = {"r__velo": "fr__velo"}

    region = rebase("form", form(), new_nation, [local], unit="r", aliases=aliases)
    agency = rebase("form", old, region.resolved, [op("set", "r__velo", "label", "À vélo")], unit="a", aliases=aliases)

    assert [one.state for one in region.outcomes] == ["converged"]
    assert [one.state for one in agency.outcomes] == ["kept"]
    assert agency.resolved.atoms.value("fr__velo", "label") == "À vélo"
    again = resolve(
        "form", form(), [level("fr", op("add", "fr__velo", value=local.value)), level("r", local)], aliases=aliases
    )
    assert again.refused == ()


def test_an_overlay_that_merges_op_by_op_but_breaks_a_rule_is_suspended():
    above = changed()
    above["ui"]["elements"][1]["elements"][1]["rule"] = shown_if("permis", {"const": True})
    hide = op("close", "permis")
    free = [op("unset", "permis", "obligation"), op("set", "mode", "label", "Trajet")]
    without_demand = deepcopy(form())
    without_demand["schema"]["required"] = ["nom"]
    without_demand["ui"]["elements"][1]["elements"][0].pop("rule")
    above["schema"]["required"] = ["nom"]
    above["ui"]["elements"][1]["elements"][0].pop("rule")

    rebased = rebase("form", without_demand, above, [hide, free[1]], unit="r")

    assert [(one.state, one.conflict_kind, one.applied) for one in rebased.outcomes] == [
        ("suspended", "semantic", False),
        ("kept", None, True),
    ]
    assert [problem.code for problem in rebased.broken] == ["configuration.masque_mais_lu"]
    assert rebased.resolved.atoms.value("mode", "label") == "Trajet"
    assert rebased.resolved.errors == frozenset()
    assert not rebased.suspended_all


def test_when_setting_aside_what_touches_is_not_enough_the_whole_overlay_is():
    document = {"title": "L", "values": [{"code": "a", "label": "A"}]}
    parent = op("add", "r__p", value={"label": "P"})
    child = op("add", "r__c", value={"label": "C", "parent": "r__p"})
    grandchild = op("add", "r__g", value={"label": "G", "parent": "r__c"})
    other = op("add", "r__o", value={"label": "O", "parent": "a"})

    rebased = rebase("list", document, {"title": "L", "values": []}, [parent, child, grandchild, other], unit="r")

    assert [one.state for one in rebased.outcomes] == ["kept", "kept", "kept", "suspended"]

    chained = [
        op("add", "r__x", value={"label": "X", "parent": "a"}),
        op("add", "r__y", value={"label": "Y", "parent": "r__x"}),
    ]
    rebased = rebase("list", document, {"title": "L", "values": []}, [*chained, parent], unit="r")

    assert rebased.suspended_all
    assert [one.state for one in rebased.outcomes] == ["suspended", "suspended", "suspended"]
    assert rebased.resolved.document == {"title": "L", "values": []}


def test_a_draft_made_against_a_stale_parent_compares_with_what_it_saw():
    draft = op("set", "mode", "label", "Trajet", seen="Mode de transport")
    fresh = op("set", "mode", "label", "Trajet", seen="Déplacement")
    parent = changed(mode={"title": "Déplacement"})

    assert only(rebase("form", None, parent, [draft])).conflict_kind == "both_changed"
    assert only(rebase("form", None, parent, [fresh])).state == "kept"


def test_a_unit_moved_to_another_parent_is_rebased_with_both_chains():
    old_chain = [level("fr"), level("r1", op("set", "mode", "label", "A"), op("set", "distance", "maximum", 90))]
    new_chain = [level("fr"), level("r2", op("set", "mode", "label", "B"), op("set", "distance", "maximum", 30))]
    ops = [op("set", "mode", "label", "C"), op("set", "distance", "maximum", 60), op("set", "nom", "help", "x")]

    rebased = rebase("form", resolve("form", form(), old_chain), resolve("form", form(), new_chain), ops, unit="a")

    assert [(one.state, one.conflict_kind) for one in rebased.outcomes] == [
        ("conflict", "both_changed"),
        ("conflict", "widens"),
        ("kept", None),
    ]


def test_closing_what_the_parent_closed_converges():
    new = modes()
    new["values"][0]["closed"] = True

    assert only(rebase("list", modes(), new, [op("close", "bus")])).state == "converged"


def test_a_dated_value_added_above_is_never_a_silent_change():
    def parameter(*values):
        return {"plafond": {"label": "Plafond", "type": "money", "max": 600, "values": list(values)}}

    first = {"from": "2025-04-01", "value": 500, "source": "arrêté"}
    local = op("set", "plafond", "values", [{"from": "2025-04-01", "value": 450, "source": "conseil"}])
    new = parameter(first, {"from": "2026-04-01", "value": 550, "source": "arrêté"})

    assert only(rebase("parameters", parameter(first), new, [local])).conflict_kind == "both_changed"


def test_aliases_of_earlier_versions_still_lead_to_the_present_name():
    def named(name):
        return {"title": "L", "values": [{"code": name, "label": "Vélo"}]}

    aliases = {"velo": "cycle", "cycle": "bicyclette"}
    ops = [op("set", "velo", "label", "À vélo")]

    for version in ("velo", "cycle", "bicyclette"):
        here = resolve("list", named(version), [level("r", *ops)], aliases=aliases)
        assert here.document["values"] == [{"code": version, "label": "À vélo"}]
    assert only(rebase("list", named("cycle"), named("bicyclette"), ops, aliases=aliases)).state == "kept"
