"""Resolving a form over levels: policies, refusals, provenance and invariants."""

import pytest

from engines.layering.samples import control, form, level, op, shown_if
from jalon.engines.layering import Facts, Level, Step, resolve


def field(resolved, name):
    return resolved.document["schema"]["properties"][name]


def test_words_are_free_at_every_level():
    nation = level("fr", op("set", "mode", "label", "Moyen de transport"))
    region = level("r", op("set", "mode", "label", "Déplacement"), op("unset", "mode", "help"))

    here = resolve("form", form(), [nation, region])

    assert field(here, "mode")["title"] == "Déplacement"
    assert "description" not in field(here, "mode")


def test_no_overlay_gives_the_parents_document():
    assert resolve("form", form(), [level("fr"), level("r")]).document == form()


def test_narrowing_is_accepted_and_widening_refused():
    ops = [
        op("set", "distance", "maximum", 50),
        op("set", "distance", "minimum", -10),
        op("set", "mode", "oneOf", [{"const": "velo", "title": "À vélo"}]),
        op("unset", "nom", "maxLength"),
        op("unset", "nom", "obligation"),
        op("set", "mode", "obligation", "step"),
        op("set", "mode", "default", "velo"),
    ]

    here = resolve("form", form(), [level("r", *ops)])

    assert [(one.op.uid, one.op.prop, one.refusal) for one in here.refused] == [
        ("distance", "minimum", "widens"),
        ("nom", "maxLength", "widens"),
        ("nom", "obligation", "widens"),
    ]
    assert here.refused[0].message == (
        "« Distance » : un niveau peut resserrer ce qui est fixé au-dessus (la valeur minimale), pas l’élargir."
    )
    assert field(here, "distance") == {"type": "integer", "title": "Distance", "minimum": 0, "maximum": 50}
    assert here.document["schema"]["required"] == ["permis", "nom", "mode"]
    assert here.problems == ()


def test_widening_through_two_restrict_steps_is_impossible():
    region = level("r", op("set", "distance", "maximum", 20))
    agency = level("a", op("set", "distance", "maximum", 80))

    here = resolve("form", form(), [region, agency])

    assert [one.refusal for one in here.refused] == ["widens"]
    assert field(here, "distance")["maximum"] == 20


def test_a_level_may_correct_its_own_narrowing():
    here = resolve(
        "form", form(), [level("r", op("set", "distance", "maximum", 20), op("set", "distance", "maximum", 40))]
    )

    assert (field(here, "distance")["maximum"], here.refused) == (40, ())


def test_technical_truths_are_locked():
    ops = [
        op("set", "nom", "type", "integer"),
        op("set", "nom", "bind", "principal.prenom"),
        op("set", "nom", "foo", 1),
    ]

    here = resolve("form", form(), [level("r", *ops)])

    assert [(one.op.prop, one.refusal) for one in here.refused] == [
        ("type", "locked"),
        ("bind", "locked"),
        ("foo", "locked"),
    ]
    assert here.refused[1].message == "« Nom » : la donnée du dossier ne se modifie pas localement."


def test_what_does_not_exist_or_exists_already_is_refused():
    ops = [
        op("set", "absent", "label", "x"),
        op("add", "r__b", value={"type": "string", "label": "B"}),
        op("add", "r__b", value={"type": "string", "label": "B"}),
        op("set", "nom", "label", 3),
        op("set", "nom", "_required", []),
        op("set", "mode", "obligation", "souvent"),
    ]

    refused = resolve("form", form(), [level("r", *ops)]).refused

    assert [one.refusal for one in refused] == ["duplicate", "gone", "malformed", "malformed", "malformed"]
    assert refused[1].message == "« absent » n’existe pas, ou plus, dans le formulaire."


@pytest.mark.req("A4")
def test_a_field_added_by_a_region_has_its_property_and_its_control():
    added = op("add", "r__velo", value={"type": "boolean", "label": "Vélo ?", "obligation": "step"}, after="permis")

    here = resolve("form", form(), [level("r", added)])

    assert field(here, "r__velo") == {"type": "boolean", "title": "Vélo ?"}
    assert here.document["schema"]["required"] == ["permis", "nom", "r__velo"]
    identity = here.document["ui"]["elements"][0]["elements"]
    assert identity == [control("nom"), control("permis"), control("r__velo")]
    assert [step.unit for step in here.origin("r__velo", "label")] == ["r"]
    assert here.owners == {"r__velo": "r"}


def test_a_field_added_without_place_goes_to_the_last_section():
    here = resolve("form", form(), [level("r", op("add", "r__x", value={"type": "string", "label": "X"}))])

    assert here.document["ui"]["elements"][1]["elements"][-1] == control("r__x")


def test_a_group_added_holds_fields_added():
    ops = [
        op("add", "layout:r__bloc", value={"type": "Group", "label": "Vélo"}, after="mode"),
        op("add", "r__marque", value={"type": "string", "label": "Marque"}, container="layout:r__bloc"),
    ]

    here = resolve("form", form(), [level("r", *ops)])

    assert here.document["ui"]["elements"][1]["elements"][1] == {
        "type": "Group",
        "label": "Vélo",
        "options": {"uid": "r__bloc"},
        "elements": [control("r__marque")],
    }


def test_a_nested_field_is_added_to_its_object():
    ops = [
        op("add", "adresse.r__etage", value={"type": "integer", "label": "Étage"}, after="adresse.ville"),
        op("add", "nom.r__x", value={"type": "string", "label": "X"}),
    ]

    here = resolve("form", form(), [level("r", *ops)])

    assert field(here, "adresse")["properties"]["r__etage"] == {"type": "integer", "title": "Étage"}
    assert [one.message for one in here.refused] == ["« nom.r__x » : « nom » n’est pas un groupe de champs."]


def test_hiding_writes_a_plain_rule_and_keeps_the_condition_for_later():
    rule = shown_if("permis", {"const": False})
    hidden = resolve("form", form(), [level("fr", op("close", "mode"))])
    shown = resolve("form", form(), [level("fr", op("close", "mode")), level("r", op("reopen", "mode"))])

    assert hidden.document["ui"]["elements"][1]["elements"][0] == {
        "type": "Control",
        "scope": "#/properties/mode",
        "options": {"uid": "mode", "rule_when_shown": rule},
        "rule": {"effect": "HIDE", "condition": {"scope": "#", "schema": {}}},
    }
    assert resolve("form", hidden.document, []).atoms.value("mode", "rule") == rule
    assert shown.document == form()


def test_provenance_tells_every_step_and_what_it_shadows():
    nation = op(
        "set",
        "mode",
        "label",
        "Transport",
        author="Awa",
        reason="plus court",
        at="2026-02-01T08:00:00Z",
        legal="Note 12",
    )
    region = op("set", "mode", "label", "Trajet")

    here = resolve("form", form(), [level("fr", nation), level("r", region)])

    assert here.origin("mode", "label") == (
        Step("", "", "Mode de transport"),
        Step("fr", nation.id, "Transport", "Mode de transport", "Awa", "plus court", "2026-02-01T08:00:00Z", "Note 12"),
        Step("r", region.id, "Trajet", "Transport", "Camille", "", "2026-01-05T09:00:00+01:00"),
    )
    assert here.origin("mode", "help") == (Step("", "", "Le plus fréquent"),)


def test_a_required_field_may_not_be_hidden():
    (problem,) = resolve("form", form(), [level("r", op("close", "nom"))]).problems

    assert problem.message == "« Nom » est obligatoire mais n’est plus affiché : personne ne pourrait répondre."
    assert problem.atoms == {("nom", "obligation"), ("nom", "hidden")}


def test_hiding_a_section_hides_its_fields():
    (problem, read) = resolve("form", form(), [level("r", op("close", "layout:identite"))]).problems[1:]

    assert problem.atoms == {("nom", "obligation"), ("layout:identite", "hidden")}
    assert read.atoms == {("permis", "obligation"), ("layout:identite", "hidden")}


def test_a_hidden_field_may_not_be_read_by_a_shown_one():
    hidden = level("r", op("close", "distance"))
    both = level("r", op("close", "distance"), op("close", "cout"))

    (problem,) = resolve("form", form(), [hidden]).problems

    assert problem.message == "« Coût » dépend de « Distance », qui n’est plus affiché."
    assert resolve("form", form(), [both]).problems == ()


def test_a_local_rule_hides_a_field_a_national_export_reads():
    facts = Facts(read_by={"distance": ("export annuel",)})

    problems = resolve("form", form(), [level("r", op("close", "distance"))], facts=facts).problems

    assert "« Distance » n’est plus affiché, alors qu’il est lu par : export annuel." in [p.message for p in problems]


def test_a_default_must_be_offered():
    narrowed = op("set", "mode", "oneOf", [{"const": "velo", "title": "Vélo"}])

    (problem,) = resolve("form", form(), [level("r", narrowed)]).problems

    assert problem.message == "La valeur par défaut de « Mode de transport » n’est pas parmi les choix proposés."


def test_limits_must_leave_an_answer():
    ops = [op("set", "distance", "maximum", 10), op("set", "distance", "minimum", 20)]

    assert [p.code for p in resolve("form", form(), [level("r", *ops)]).problems] == ["configuration.bornes_croisees"]


def test_a_rule_on_a_field_that_does_not_exist_is_a_problem():
    rule = op("set", "distance", "rule", shown_if("absent", {"const": 1}))

    assert [p.code for p in resolve("form", form(), [level("r", rule)]).problems] == [
        "configuration.condition_sans_champ"
    ]


def test_region_publishes_today_under_a_national_change_scheduled_for_april():
    nation = Level("fr", (op("set", "distance", "maximum", 30),), starts="2026-04-01")
    region = level("r", op("set", "distance", "maximum", 50), starts="2026-01-01")

    today = resolve("form", form(), [nation, region], at="2026-02-01")
    april = resolve("form", form(), [nation, region], at="2026-04-01")

    assert (field(today, "distance")["maximum"], today.refused) == (50, ())
    assert (field(april, "distance")["maximum"], [one.refusal for one in april.refused]) == (30, ["widens"])


def test_going_on_from_a_resolved_parent_is_the_same_as_the_whole_chain():
    nation, region = level("fr", op("set", "mode", "label", "A")), level("r", op("close", "cout"))

    assert resolve("form", resolve("form", form(), [nation]), [region]) == resolve("form", form(), [nation, region])
