"""Every scenario of the packs holds at the unit it names, and on each different configuration below it."""

from functools import cache

import pytest

from jalon.base.resources import resource_folder
from jalon.doors.cli import scenario_packs
from packs.shipped import packs

FAMILIES = {
    "premier-accueil",
    "allocations",
    "bonnes-pratiques",
    "dispositif",
    "thematique",
    "partenaires",
    "parcours",
    "offres",
}
LEAST = 25


@cache
def checked(pack: str) -> scenario_packs.Checked:
    return scenario_packs.check(resource_folder("workflows") / pack)


@pytest.mark.parametrize("pack", packs())
def test_the_scenarios_hold_on_every_configuration(pack: str):
    found = checked(pack)
    assert found.lines == []  # nothing refused, no warning, no variant that nobody plays
    assert found.ok
    assert found.scenarios == len(packs()[pack].scenarios)
    assert found.plays >= found.scenarios


def test_there_are_enough_scenarios_and_they_cross_the_levels():
    reports = {pack: checked(pack) for pack in packs()}
    assert {pack for pack, report in reports.items() if report.scenarios} >= FAMILIES
    assert sum(reports[pack].scenarios for pack in FAMILIES) >= LEAST
    for pack in FAMILIES:
        assert len(reports[pack].configurations) >= 2, pack


def test_scenarios_refuse_wait_and_err():
    """Among them: answers refused, time that passes, a person or a partner who says no."""
    steps = [
        step for pack in FAMILIES for scenario in packs()[pack].scenarios.values() for step in scenario.get("steps", ())
    ]
    assert sum(bool(step.get("expect", {}).get("invalid")) for step in steps) >= 1
    assert sum(step["do"] == "advance" for step in steps) >= 10
    ends = {end for step in steps for end in step.get("expect", {}).get("ended_at", ())}
    assert {"fin_refus", "fin_non_signe", "fin_sans_accord"} <= ends
