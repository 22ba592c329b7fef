"""Every value says where it comes from, who may change it, and what happens without one's own change."""

import pytest

from engines.layering.samples import form, level, op
from jalon.engines.layering import explain

TITLES = {"fr": "National", "r": "Région Occitanie", "a": "Agence de Toulouse"}


def told(levels, uid, prop):
    return explain("form", form(), levels, uid, prop, titles=TITLES)


@pytest.mark.req("A4")
def test_an_inherited_value_names_its_level_its_day_its_author_and_why():
    region = op(
        "set", "mode", "label", "Trajet", author="Awa", reason="vocabulaire local", at="2026-03-12T08:00:00+01:00"
    )

    found = told([level("fr"), level("r", region), level("a")], "mode", "label")

    assert (found.value, found.standing, found.policy, found.editable) == ("Trajet", "inherited", "free", True)
    assert found.sentences == (
        "Au départ : « Mode de transport ».",
        "« Région Occitanie », depuis le 12/03/2026, par Awa : « Trajet », parce que : vocabulaire local.",
    )
    assert found.inherited == found.without_mine == "Trajet"


@pytest.mark.req("A4")
def test_a_value_changed_here_shows_what_removing_it_gives():
    levels = [level("r", op("set", "mode", "label", "Trajet")), level("a", op("set", "mode", "label", "Déplacement"))]

    found = told(levels, "mode", "label")

    assert (found.value, found.standing) == ("Déplacement", "changed")
    assert (found.inherited, found.without_mine) == ("Trajet", "Trajet")
    assert found.broken_without == ()


def test_removing_a_change_may_break_something_and_it_is_said():
    levels = [level("fr"), level("r", op("close", "distance"), op("close", "cout"))]

    found = told(levels, "cout", "hidden")

    assert [problem.message for problem in found.broken_without] == [
        "« Coût » dépend de « Distance », qui n’est plus affiché."
    ]


@pytest.mark.req("A4")
def test_an_item_added_here_says_so():
    added = op("add", "a__x", value={"type": "string", "label": "X"}, reason="demandé par l’équipe")

    found = told([level("fr"), level("a", added)], "a__x", "label")

    assert (found.standing, found.editable, found.policy) == ("added", True, "free")
    assert told([level("fr"), level("a", added)], "a__x", "").sentences == (
        "« Agence de Toulouse », depuis le 05/01/2026, par Camille : ajout, parce que : demandé par l’équipe.",
    )


@pytest.mark.req("A5")
def test_a_technical_truth_is_readable_and_explained():
    found = told([level("fr"), level("a")], "nom", "bind")

    assert (found.value, found.standing, found.editable) == ("principal.nom", "locked", False)
    assert found.sentences[-1] == "Donnée technique ou légale : elle ne se modifie pas localement."


def test_what_may_only_be_narrowed_says_so():
    found = told([level("fr"), level("a", op("set", "distance", "maximum", 50))], "distance", "maximum")

    assert (found.policy, found.editable, found.standing, found.inherited) == ("restrict", True, "changed", 100)


def test_the_place_of_an_item_is_explained_too():
    found = told([level("fr"), level("a", op("move_after", "nom", after="permis"))], "nom", "order")

    assert found.value == {"in": "layout:identite", "after": "permis"}
    assert found.without_mine == {"in": "layout:identite", "after": ""}
    assert found.standing == "changed"
