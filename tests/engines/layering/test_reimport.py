"""A new version of a pack never loses or retypes what is known, unless it says so."""

import pytest

from engines.layering.samples import codes, form, level, modes, op
from jalon.engines.layering import adapter, boundaries, carry_closed, check_reimport, resolve


def without(code):
    document = modes()
    document["values"] = [value for value in document["values"] if value["code"] != code]
    return document


def test_a_known_uid_that_vanishes_is_refused_unless_declared():
    (problem,) = check_reimport("list", modes(), without("bus"), file="modes.csv")

    assert (problem.code, problem.file, problem.element) == ("configuration.uid_disparu", "modes.csv", "bus")
    assert problem.message == ("« Bus » (bus) n’est plus là : déclarez-le dans [closed] ou [aliases] de pack.toml.")
    assert check_reimport("list", modes(), without("bus"), closed=["bus"]) == []
    assert check_reimport("list", modes(), without("bus"), aliases={"bus": "tram"}) == []


def test_a_code_used_in_data_is_named_as_such():
    (problem,) = check_reimport("list", modes(), without("bus"), used={"bus"})

    assert problem.code == "configuration.code_utilise"
    assert "alors que des données l’utilisent" in problem.message


def test_a_uid_retyped_at_reimport_is_refused():
    new = form()
    new["schema"]["properties"]["distance"]["type"] = "string"

    (problem,) = check_reimport("form", form(), new)

    assert (problem.code, problem.element) == ("configuration.uid_retype", "distance")


@pytest.mark.req("A3")
def test_a_value_declared_closed_is_kept_closed_where_it_was():
    atoms = carry_closed("list", modes(), without("velo"), closed=["velo"])

    document = adapter("list").assemble(atoms)
    assert codes(document) == ["bus", "velo", "tram", "velo_electrique"]
    assert document["values"][1] == {"code": "velo", "label": "Vélo", "closed": True}


def test_a_field_declared_closed_is_kept_hidden():
    new = form()
    del new["schema"]["properties"]["cout"]
    new["ui"]["elements"][1]["elements"].pop(2)

    atoms = carry_closed("form", form(), new, closed=["cout"])

    document = adapter("form").assemble(atoms)
    assert "cout" in document["schema"]["properties"]
    assert atoms.value("cout", "hidden") is True
    assert atoms.place("cout") == ("layout:trajet", "distance")


def test_elements_without_a_name_have_nothing_to_keep():
    old, new = form(), form()
    old["ui"]["elements"][1]["elements"].append({"type": "Label", "text": "Bas de page"})

    assert check_reimport("form", old, new) == []


def test_a_chain_changes_by_itself_at_each_of_its_dates():
    levels = [
        level("fr", op("lock", "mode", "label", mode="grandfather", until="2026-09-01"), starts="2026-04-01"),
        level("r", op("set", "mode", "label", "x"), starts="2026-01-01", ends="2026-07-01"),
    ]

    assert boundaries(levels, "2026-02-01") == ["2026-04-01", "2026-07-01", "2026-09-01"]


def test_a_retroactive_revision_counts_from_its_day():
    levels = [level("r", op("close", "bus"), starts="2026-01-01", ends="2026-03-01")]

    assert resolve("list", modes(), levels, at="2026-02-28").document["values"][0]["closed"] is True
    assert resolve("list", modes(), levels, at="2026-03-01").document == modes()
    assert resolve("list", modes(), levels, at="2025-12-31").document == modes()
