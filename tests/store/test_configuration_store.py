"""Queries of layered configuration: the nearest level that says wins, at its date."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from factories.publishing import make_release, publish
from factories.units import make_network, make_unit
from jalon.base.clock import MovableClock
from jalon.store import configuration as store
from jalon.store import snapshots
from jalon.store.snapshots import Snapshot


def test_the_nearest_level_that_says_wins(session):
    network = make_network(session)
    publish(session, "page", "accueil", {"title": "Réseau"})
    publish(session, "page", "accueil", {"title": "Occitanie"}, network["occitanie"])
    publish(session, "page", "accueil", {"title": "Centre"}, network["ml_toulouse_centre"])

    found = {
        code: store.current_content(session, "page", "accueil", unit.id)["title"] for code, unit in network.items()
    }

    assert found == {
        "fr": "Réseau",
        "occitanie": "Occitanie",
        "d31": "Occitanie",
        "ml_toulouse": "Occitanie",
        "ml_toulouse_centre": "Centre",
        "bretagne": "Réseau",
        "ml_brest": "Réseau",
    }
    assert store.current_content(session, "page", "accueil") == {"title": "Réseau"}
    assert store.current_content(session, "page", "absente") is None


def test_a_pointer_counts_from_its_date_in_the_zone_of_the_unit(session):
    network = make_network(session)
    island = make_unit(session, "la_reunion", network["fr"], zone="Indian/Reunion")
    publish(session, "page", "accueil", {"title": "Avant"})
    publish(session, "page", "accueil", {"title": "Avril"}, since=date(2026, 4, 1))
    session.info["clock"] = MovableClock(datetime(2026, 3, 31, 21, tzinfo=UTC))

    assert store.current_content(session, "page", "accueil", island.id) == {"title": "Avril"}
    assert store.current_content(session, "page", "accueil", network["ml_brest"].id) == {"title": "Avant"}
    assert store.current_content(session, "page", "accueil", on=date(2019, 1, 1)) is None


def test_a_content_is_kept_once_whatever_the_order_of_its_keys(session):
    one = snapshots.keep(session, "page", "p", {"title": "Été", "body": "B"})
    other = snapshots.keep(session, "page", "p", {"body": "B", "title": "Été"})

    assert one == other
    snapshots._cache.clear()
    assert list(snapshots.content(session, one)) == ["title", "body"]
    assert session.get(Snapshot, one).kind == "page"
    assert snapshots.content(session, "0" * 32) is None
    assert snapshots.contents(session, [one, "0" * 32]) == {one: {"title": "Été", "body": "B"}}


def test_an_epoch_is_advanced_by_one_only(session):
    seen = store.epoch(session)
    assert store.advance_epoch(session, seen)
    assert not store.advance_epoch(session, seen)
    assert store.epoch(session) == seen + 1


def test_what_was_resolved_is_remembered_until_the_next_publication_and_never_from_one_undone(session):
    def title():
        return store.current_content(session, "page", "accueil", on=date(2026, 1, 1))["title"]

    publish(session, "page", "accueil", {"title": "Un"})
    session.commit()
    assert title() == "Un"
    sent = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *words: sent.append(words[2]))
    assert title() == "Un"
    assert sent == []
    undone = session.begin_nested()
    publish(session, "page", "accueil", {"title": "Défait"})
    assert title() == "Défait"
    undone.rollback()
    assert title() == "Un"
    session.commit()
    assert title() == "Un"
    publish(session, "page", "accueil", {"title": "Deux"})
    assert title() == "Deux"  # whoever publishes reads what it wrote
    session.commit()
    assert title() == "Deux"


def test_a_version_is_claimed_by_one_only(session):
    network = make_network(session)
    publish(session, "page", "accueil", {"title": "Réseau"})
    artifact = store.artifact(session, "page", "accueil")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    words = {"artifact_id": artifact.id, "unit_id": network["fr"].id, "number": 1, "created_at": now, "changed_at": now}
    revision = store.Revision(**words)
    session.add(revision)
    session.flush()

    assert store.claim(session, revision.id, 1)
    assert not store.claim(session, revision.id, 1)
    assert revision.row_version == 2


def test_releases_are_numbered(session):
    assert make_release(session).number + 1 == make_release(session).number


@pytest.mark.parametrize("count", [1, 3])
def test_reading_a_content_takes_a_constant_number_of_queries(session, count):
    network = make_network(session)
    for number in range(count):
        publish(session, "page", f"p{number}", {"title": str(number)}, network["occitanie"])
    asked = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *words: asked.append(words[2]))
    snapshots._cache.clear()
    store.current_content(session, "page", "p0", network["ml_toulouse"].id)
    assert len(asked) == 3  # its zone, its pointer, the content
