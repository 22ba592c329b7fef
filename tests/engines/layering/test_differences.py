"""Differences as French sentences, each with its class."""

import pytest

from engines.layering.samples import form, level, op, shown_if
from jalon.engines.layering import differences, highest_class, resolve


def said(*ops):
    return [
        (one.sentence, one.change) for one in differences("form", form(), resolve("form", form(), [level("r", *ops)]))
    ]


@pytest.mark.req("A13")
@pytest.mark.parametrize(
    ("change", "sentence", "expected"),
    [
        (
            op("set", "mode", "label", "Trajet"),
            "Le libellé de « Mode de transport » : « Trajet » au lieu de « Mode de transport ».",
            "cosmetic",
        ),
        (
            op("set", "nom", "help", "Nom de naissance"),
            "L’aide de « Nom » : « Nom de naissance » (rien jusqu’ici).",
            "cosmetic",
        ),
        (
            op("unset", "mode", "help"),
            "L’aide de « Mode de transport » : rien désormais (« Le plus fréquent » jusqu’ici).",
            "cosmetic",
        ),
        (
            op("move_after", "permis", after=""),
            "« Permis de conduire » est maintenant placé en premier.",
            "cosmetic",
        ),
        (
            op("set", "distance", "maximum", 50),
            "La valeur maximale de « Distance » : 50 au lieu de 100.",
            "constraining",
        ),
        (
            op("set", "mode", "obligation", "step"),
            "« Mode de transport » devient obligatoire pour terminer l’étape (facultatif jusqu’ici).",
            "constraining",
        ),
        (op("close", "mode"), "Le champ « Mode de transport » n’est plus affiché.", "constraining"),
        (op("close", "layout:trajet"), "La section « Trajet » n’est plus affichée.", "constraining"),
        (
            op("add", "r__velo", value={"type": "boolean", "label": "Vélo"}, after="nom"),
            "Nouveau champ « Vélo », après « Nom ».",
            "compatible",
        ),
        (
            op("add", "r__velo", value={"type": "boolean", "label": "Vélo", "obligation": "step"}, after="nom"),
            "Nouveau champ « Vélo », après « Nom ».",
            "constraining",
        ),
        (
            op("set", "mode", "oneOf", [{"const": "bus", "title": "Car"}]),
            "Les choix de « Mode de transport » : Car au lieu de Bus, Vélo.",
            "constraining",
        ),
    ],
)
def test_one_difference_is_one_sentence_with_its_class(change, sentence, expected):
    assert said(change) == [(sentence, expected)]


def reversed_differences(old, new):
    return [(one.sentence, one.change) for one in differences("form", old, new)]


@pytest.mark.req("A13")
def test_what_widens_is_compatible_and_what_breaks_is_breaking():
    wider, retyped, gone = form(), form(), form()
    wider["schema"]["properties"]["distance"]["maximum"] = 200
    wider["schema"]["required"] = ["nom"]
    retyped["schema"]["properties"]["distance"]["type"] = "string"
    del gone["schema"]["properties"]["cout"]
    gone["ui"]["elements"][1]["elements"].pop(2)

    assert reversed_differences(form(), wider) == [
        ("« Permis de conduire » devient facultatif (obligatoire pour terminer l’étape jusqu’ici).", "compatible"),
        ("La valeur maximale de « Distance » : 200 au lieu de 100.", "compatible"),
    ]
    assert reversed_differences(form(), retyped) == [
        ("Le type de « Distance » : « string » au lieu de « integer ».", "breaking")
    ]
    assert reversed_differences(form(), gone) == [("Le champ « Coût » disparaît.", "breaking")]


def test_relabelling_a_choice_is_cosmetic():
    new = form()
    new["schema"]["properties"]["mode"]["oneOf"][0]["title"] = "Autobus"

    assert [change for _, change in reversed_differences(form(), new)] == ["cosmetic"]


def test_a_condition_shown_as_a_difference_is_constraining():
    assert [change for _, change in said(op("set", "distance", "rule", shown_if("permis", {"const": True})))] == [
        "constraining"
    ]


def test_the_highest_class_decides():
    found = differences(
        "form", form(), resolve("form", form(), [level("r", op("close", "mode"), op("set", "nom", "label", "N"))])
    )

    assert highest_class(found) == "constraining"
    assert highest_class([]) is None


def test_two_equal_versions_have_no_difference():
    assert differences("form", form(), form()) == []
