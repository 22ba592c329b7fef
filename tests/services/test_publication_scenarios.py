"""Scenarios of the packs are played on what a release would give, at each level where it behaves otherwise."""

from datetime import date

import pytest

from factories.packs import administrator, make_pack, start
from jalon.engines.layering import Op
from jalon.sandbox import Sandbox
from jalon.services import publication
from jalon.services.configuration import change_draft, open_draft
from jalon.services.publication import ScenariosFail, rehearsing

DAY = date(2026, 1, 12)
ANSWERS = {"prenom": "Léa", "mode": "bus"}
SCENARIO = {
    "title": "Venir en bus",
    "process": "accueil",
    "unit": "fr",
    "now": "2026-01-12T09:00:00+01:00",
    "steps": [
        {"say": "Léa arrive", "do": "start", "expect": {"tasks": ["remplir"]}},
        {"say": "Elle répond", "do": "complete", "task": "remplir", "with": ANSWERS, "expect": {"status": "completed"}},
    ],
}


class Counted:
    """A workshop like any other, which counts those asked for."""

    made = 0

    def __call__(self, **words):
        self.made += 1
        return Sandbox(**words)


@pytest.fixture
def network(session):
    rehearsing._played.clear()
    return start(session, make_pack(scenarios={"bus": SCENARIO}))


def draft_of(session, unit, kind, key, *ops):
    chief = administrator(session, unit)
    draft = open_draft(session, chief, unit.id, kind, key)
    return chief, change_draft(session, chief, draft.id, ops, draft.row_version).id


def op(verb, uid, prop="", **words):
    return Op(id="", verb=verb, uid=uid, prop=prop, **words)


REQUIRED = op("set", "remarque", "obligation", value="step")


def publish(session, unit, *ops, kind="form", key="accueil", **words):
    chief, draft_id = draft_of(session, unit, kind, key, *ops)
    return publication.publish(
        session, chief, [draft_id], effective_from=DAY, reason="Essai", workshop=Sandbox, **words
    )


@pytest.mark.req("A11")
def test_the_impact_names_the_scenarios_that_would_fail_and_where(session, network):
    chief, draft_id = draft_of(session, network["occitanie"], "form", "accueil", REQUIRED)

    seen = publication.impact(session, chief, [draft_id], effective_from=DAY, workshop=Sandbox)

    assert [(one.title, one.unit.code, one.was_failing) for one in seen.failing_scenarios] == [
        ("Venir en bus", "occitanie", False)
    ]
    assert "les réponses sont refusées (/remarque)" in seen.failing_scenarios[0].sentence
    assert publication.impact(session, chief, [draft_id], effective_from=DAY).failing_scenarios == ()


def test_a_scenario_that_would_fail_refuses_the_publication_unless_somebody_says_why(session, network):
    with pytest.raises(ScenariosFail) as refusal:
        publish(session, network["occitanie"], REQUIRED)
    assert [one.name for one in refusal.value.failing] == ["bus"]
    assert "Venir en bus" in refusal.value.text()

    done = publish(session, network["occitanie"], acknowledge="La remarque est voulue ici.")

    assert done.warnings == (
        "Scénario « Venir en bus », Occitanie : étape 2 : les réponses sont refusées (/remarque) ; étape 2 : "
        "« status » vaut running, attendu completed – accepté : La remarque est voulue ici.",
    )


def test_what_failed_before_does_not_refuse_another_change(session, network):
    publish(session, network["occitanie"], REQUIRED, acknowledge="Voulu")

    done = publish(session, network["occitanie"], op("set", "prenom", "maxLength", value=60))

    assert done.state == "published"


def test_texts_for_people_are_not_played_again(session, network):
    counted = Counted()
    chief, draft_id = draft_of(
        session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Petit nom")
    )

    seen = publication.impact(session, chief, [draft_id], effective_from=DAY, workshop=counted)

    assert (seen.scenarios_played, counted.made) == (0, 0)


def test_each_distinct_result_is_played_once_and_remembered(session, network):
    publish(session, network["bretagne"], op("set", "prenom", "maxLength", value=50))
    publish(session, network["ml_toulouse"], op("set", "prenom", "maxLength", value=70))
    publish(session, network["ml_brest"], op("set", "prenom", "label", value="Petit nom"))
    rehearsing._played.clear()
    counted = Counted()
    chief, draft_id = draft_of(session, network["fr"], "form", "accueil", op("set", "remarque", "maxLength", value=200))

    first = publication.impact(session, chief, [draft_id], effective_from=DAY, workshop=counted)
    again = publication.impact(session, chief, [draft_id], effective_from=DAY, workshop=counted)

    # the nation, Brittany with Brest, Toulouse: three results for seven units
    assert (first.scenarios_played, counted.made) == (3, 3)
    assert again.scenarios_played == 3


def test_a_scenario_of_a_region_is_not_played_elsewhere(session):
    rehearsing._played.clear()
    network = start(session, make_pack(scenarios={"bus": {**SCENARIO, "unit": "occitanie"}}))
    chief, draft_id = draft_of(session, network["bretagne"], "form", "accueil", REQUIRED)

    assert publication.impact(session, chief, [draft_id], workshop=Sandbox).failing_scenarios == ()


def test_a_closed_value_of_a_list_reaches_the_scenarios_of_the_forms_that_offer_it(session, network):
    with pytest.raises(ScenariosFail) as refusal:
        publish(session, network["ml_brest"], op("close", "bus"), kind="list", key="modes")
    assert refusal.value.failing[0].unit.code == "ml_brest"


def test_scenarios_read_the_parameters_of_their_unit(session):
    rehearsing._played.clear()
    timed = {
        "title": "Le délai",
        "process": "accueil",
        "unit": "fr",
        "steps": [{"say": "Le délai du réseau", "do": "check", "expect": {}}],
    }
    network = start(session, make_pack(scenarios={"delai": timed}))
    files: list[dict[str, bytes]] = []

    class Noted(Sandbox):
        def deploy(self, given, unit=None):
            files.append(dict(given))
            return super().deploy(given, unit)

    values = [{"from": "2025-01-01", "value": 5, "source": "Région"}]
    chief, draft_id = draft_of(
        session, network["occitanie"], "parameters", "essai", op("set", "delai_relance", "values", value=values)
    )

    seen = publication.impact(session, chief, [draft_id], effective_from=DAY, workshop=Noted)

    assert seen.failing_scenarios == ()
    assert [b"value = 5" in one["essai/parameters.toml"] for one in files] == [True]
