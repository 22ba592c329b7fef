"""What the impact says before publishing: who is reached, who reads, in French sentences."""

import pytest
from sqlalchemy import func, select

from factories.drafts import DAY, draft_of, op, published
from factories.packs import start
from jalon.services.publication import (
    PublicationRefused,
    RunningWork,
    impact,
    publish,
)
from jalon.store.configuration import Revision, RevisionState


@pytest.mark.req("A11")
def test_the_impact_names_those_reached_and_those_who_already_changed_the_same_thing(session):
    network = start(session)
    published(session, network["bretagne"], "form", "accueil", op("set", "prenom", "label", value="Petit nom"))
    published(session, network["ml_toulouse"], "form", "accueil", op("set", "mode", "help", value="Le plus fréquent"))
    chief, draft = draft_of(
        session, network["fr"], "form", "accueil", op("set", "prenom", "label", value="Prénom usuel")
    )

    def count(session, kind, key, unit_ids):
        assert (kind, key, len(unit_ids)) == ("form", "accueil", 7)
        return RunningWork(unopened=2, opened=1, drafts=1)

    seen = impact(session, chief, [draft.id], effective_from=DAY, count_running=count)

    one = seen.artifacts[0]
    assert {unit.code for unit in seen.reached} == set(network)
    assert [(found.unit.code, found.local) for found in one.overriding] == [("bretagne", "Petit nom")]
    assert [found.unit.code for found in one.conflicts] == ["bretagne"]
    assert "ml_toulouse" in {unit.code for unit in one.inheriting}
    assert one.change == "cosmetic"
    assert one.running == RunningWork(unopened=2, opened=1, drafts=1)
    assert one.policy.startswith("Les tâches ouvertes montrent")
    assert (
        session.scalar(select(func.count()).select_from(Revision).where(Revision.state == RevisionState.PUBLISHED)) == 7
    )


@pytest.mark.req("A11")
def test_the_impact_says_who_reads_what_would_be_hidden(session):
    network = start(session)
    chief, draft = draft_of(session, network["occitanie"], "form", "accueil", op("close", "permis"))

    seen = impact(session, chief, [draft.id])

    assert seen.artifacts[0].readers == ("process/accueil",)
    assert any("process/accueil" in problem.message for problem in seen.problems)
    with pytest.raises(PublicationRefused) as refusal:
        publish(session, chief, [draft.id], effective_from=DAY, reason="Inutile ici")
    assert "A le permis" in refusal.value.text()


@pytest.mark.req("A13")
def test_differences_are_french_sentences(session):
    network = start(session)
    chief, draft = draft_of(
        session,
        network["occitanie"],
        "list",
        "modes",
        op("add", "occitanie__tram", value={"label": "Tramway"}),
        op("close", "bus"),
    )

    seen = impact(session, chief, [draft.id])

    assert len(seen.sentences) == 2
    assert any("« Tramway »" in sentence for sentence in seen.sentences)
    assert any("« Autobus » est fermée" in sentence for sentence in seen.sentences)
