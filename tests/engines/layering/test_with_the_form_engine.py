"""What layering writes is what the form engine reads."""

from engines.layering.samples import form, level, op
from jalon.engines.forms import compile_form, visible
from jalon.engines.layering import resolve


def test_a_resolved_form_compiles_with_its_additions_and_its_hidden_fields():
    ops = [
        op("close", "mode"),
        op("close", "trajets.duree"),
        op("add", "r__velo", value={"type": "boolean", "label": "Vélo ?", "obligation": "step"}, after="permis"),
        op("add", "adresse.r__etage", value={"type": "integer", "label": "Étage"}, after="adresse.ville"),
        op("add", "layout:r__bloc", value={"type": "Group", "label": "Bloc"}, after="distance"),
        op("add", "r__marque", value={"type": "string", "label": "Marque"}, container="layout:r__bloc"),
    ]

    document = resolve("form", form(), [level("r", *ops)]).document
    compiled = compile_form(document["schema"], document["ui"])

    assert [question.uid for question in compiled.every_question()] == [
        *("nom", "permis", "r__velo", "mode", "distance", "r__marque", "cout"),
        *("adresse.ville", "adresse.r__etage", "adresse.rue", "trajets", "trajets.but", "trajets.duree"),
    ]
    assert compiled.by_uid["r__velo"].required
    assert visible(compiled, {"permis": False, "trajets": [{}]}).hidden == {"/mode", "/trajets/0/duree"}


def test_a_hidden_section_hides_its_questions():
    document = resolve("form", form(), [level("r", op("close", "layout:trajet"))]).document

    hidden = visible(compile_form(document["schema"], document["ui"]), {"permis": False}).hidden

    assert {"/mode", "/distance", "/cout"} <= hidden
