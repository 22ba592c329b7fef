"""`jalon config`: change, look at the impact, publish, decide, promote; exit codes and JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jalon import app as application
from jalon.doors import cli, jobs
from jalon.store import people
from jalon.store.wiring import Wiring

ROOT = Path(__file__).parent.parent.parent
LIST = ("list", "modes-de-transport")
TRAM = "occitanie__tram_train"


@pytest.fixture
def run(wiring: Wiring) -> Callable[..., Result]:
    """Run a `jalon config` command on the application of the test."""

    def ran(*words: str) -> Result:
        composition = cli.Composition(
            lambda: wiring.settings, lambda _settings: wiring, application.create_app, jobs.run_worker
        )
        return CliRunner().invoke(cli.main, ["config", *words], obj=composition)

    return ran


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def documented(section: str) -> set[str]:
    """The keys that the reference gives for a section of JSON."""
    page = (ROOT / "docs/reference/configuration-json.md").read_text(encoding="utf-8")
    _, found, rest = page.partition(f"\n## {section}\n")
    assert found, section
    return set(re.findall(r"(?m)^\| `(\w+)` \|", rest.partition("\n## ")[0]))


def add_tram(run: Callable[..., Result], label: str = "Tram-train", unit: str = "occitanie") -> Result:
    why = ("--reason", "Une ligne a ouvert")
    return run("set", *LIST, f"{unit}__tram_train", label, "--do", "add", "--unit", unit, *why)


def codes(run: Callable[..., Result], unit: str) -> list[str]:
    return [value["code"] for value in read(run("show", *LIST, "--unit", unit))["values"]]


@pytest.mark.req("A13", "A14")
def test_a_change_is_drafted_looked_at_published_and_seen_below(run):
    drafted = add_tram(run)
    assert drafted.exit_code == 0
    assert "Tram-train" in drafted.stdout
    assert TRAM not in codes(run, "ml_toulouse")

    seen = read(run("impact", "--unit", "occitanie", "--json"))
    assert "ml_toulouse" in seen["reached"]
    assert "ml_brest" not in seen["reached"]
    assert [one["class"] for one in seen["artifacts"]] == ["compatible"]
    assert seen["scenarios"]["failing"] == []
    assert set(seen) == documented("impact")
    assert set(seen["artifacts"][0]) == documented("impact : artifacts")
    assert seen["artifacts"][0]["running"] == {"unopened": 0, "opened": 0, "drafts": 0, "instances": 0}
    assert "Unités atteintes" in run("impact", "--unit", "occitanie").stdout

    done = read(run("publish", "--unit", "occitanie", "--reason", "Une ligne a ouvert", "--json"))
    assert (done["state"], done["conflicts"], done["origin"]) == ("published", 0, "publication")
    assert TRAM in codes(run, "ml_toulouse")
    assert TRAM not in codes(run, "ml_brest")

    told = read(run("diff", *LIST, "--unit", "ml_toulouse", "--with", "ml_brest", "--json"))
    assert TRAM in {one["uid"] for one in told}
    assert (set(told[0]), set(done)) == (documented("diff"), documented("release"))
    assert "Tram-train" in run("diff", *LIST, "--unit", "ml_toulouse").stdout
    assert run("diff", *LIST, "--unit", "fr", "--with", "fr").stdout == "Aucune différence.\n"


def test_nothing_to_publish_and_what_cannot_be_read_are_refused_with_a_reason(run):
    nothing = run("publish", "--unit", "occitanie", "--reason", "Rien")
    assert (nothing.exit_code, "publication.sans_changement" in nothing.stderr) == (1, True)
    malformed = run("set", *LIST, "car", "Bus", "--unit", "occitanie", "--reason", "x")
    assert (malformed.exit_code, "UID.PROPRIÉTÉ" in malformed.stderr) == (1, True)
    unknown = run("set", "list", "absente", "car.label", "Autocar de ligne", "--unit", "occitanie", "--reason", "x")
    assert (unknown.exit_code, "configuration.inconnu" in unknown.stderr) == (1, True)
    stranger = run("impact", "--unit", "occitanie", "--as", "personne")
    assert stranger.exit_code == 1


def test_nobody_acts_under_an_account_out_of_service(run, wiring):
    words = ("impact", "--unit", "occitanie", "--as", "admin.national")
    assert "introuvable" not in run(*words).stderr
    with wiring.database.transaction() as session:
        person = people.person_by_login(session, "admin.national")
        assert person is not None
        person.state = people.PersonState.DISABLED
    assert "introuvable" in run(*words).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("set", *LIST, "car.label", "Autocar de ligne", "--unit", "fr"),
        ("publish", "--unit", "fr"),
        ("set", *LIST, "car", "--do", "effacer", "--unit", "fr", "--reason", "x"),
        ("decide", "pas-un-id", "--choice", "keep_mine", "--reason", "x"),
        ("promote", "offer", *LIST),
        ("report", "inconnu"),
    ],
    ids=" ".join,
)
def test_a_wrong_use_says_how_to_use_it(run, words):
    assert run(*words).exit_code == 2


@pytest.mark.req("A5")
def test_a_locked_value_is_refused_by_the_command_too(run):
    lock = ("set", *LIST, "car.label", "--do", "lock", "--unit", "fr", "--reason", "Convention nationale")
    assert run(*lock).exit_code == 0
    assert run("publish", "--unit", "fr", "--reason", "Convention nationale").exit_code == 0

    refused = run("set", *LIST, "car.label", "Autocar de ligne", "--unit", "occitanie", "--reason", "Chez nous")

    assert (refused.exit_code, "Convention nationale" in refused.stderr) == (1, True)
    rows = read(run("report", "locks", "--json"))
    assert [(one["unit"], one["uid"], one["reason"]) for one in rows] == [("fr", "car", "Convention nationale")]
    assert "Convention nationale" in run("explain", *LIST, "car.label", "--unit", "occitanie").stdout


@pytest.mark.req("A16")
def test_a_conflict_is_listed_then_decided(run):
    for unit, label in (("bretagne", "Autocar de ligne"), ("fr", "Autobus urbain")):
        assert run("set", *LIST, "car.label", label, "--unit", unit, "--reason", "Nos mots").exit_code == 0
        assert run("publish", "--unit", unit, "--reason", "Nos mots").exit_code == 0

    rows = read(run("conflicts", "--unit", "fr", "--below", "--json"))

    assert [(one["unit"], one["new"], one["local"]) for one in rows] == [
        ("bretagne", "Autobus urbain", "Autocar de ligne")
    ]
    assert set(rows[0]) == documented("conflicts")
    assert "bretagne" in run("conflicts").stdout
    decided = run("decide", rows[0]["id"], "--choice", "take_new", "--reason", "Un seul mot", "--json")
    assert read(decided) == {"decided": 1}
    assert read(run("conflicts", "--json")) == []
    assert run("decide", rows[0]["id"], "--choice", "keep_mine", "--reason", "Encore").exit_code == 1


def test_what_a_unit_added_is_promoted(run):
    for unit in ("occitanie", "bretagne"):
        assert add_tram(run, unit=unit).exit_code == 0
        assert run("publish", "--unit", unit, "--reason", "Ouverture").exit_code == 0
    needs = read(run("report", "needs", "--json"))
    assert ("Tram-train", 2) in {(one["label"], len(one["added_by"])) for one in needs}

    offered = read(run("promote", "offer", *LIST, TRAM, "--unit", "occitanie", "--note", "Très demandé", "--json"))[0]
    assert offered["equivalents"] == [{"unit": "bretagne", "uid": "bretagne__tram_train"}]
    assert set(offered) == documented("promote")
    assert offered["id"] in run("promote", "list", "--unit", "fr").stdout
    accepted = run(
        "promote", "accept", offered["id"], "--reason", "Pour tous", "--merge", "bretagne__tram_train", "--json"
    )

    assert read(accepted)["origin"] == "promotion"
    assert {"fr__tram_train"} == {code for code in codes(run, "ml_toulouse") if "tram_train" in code}
    assert {"fr__tram_train"} == {code for code in codes(run, "ml_brest") if "tram_train" in code}
    assert read(run("promote", "list", "--unit", "fr", "--json")) == []
    assert run("promote", "decline", offered["id"], "--reason", "Trop tard").exit_code == 1
    assert {one["unit"] for one in read(run("report", "clean", "--json"))} >= {"occitanie", "bretagne"}


@pytest.mark.parametrize("name", ["ages", "clean", "locks", "needs", "complexity"])
def test_every_report_has_a_json_of_the_same_length(run, name):
    rows = read(run("report", name, "--json"))
    lines = run("report", name).stdout.strip().splitlines()
    assert len(lines) == (len(rows) + 1 if rows else 1)


@pytest.mark.req("A4")
def test_an_explanation_tells_each_level_and_what_removing_ones_change_gives(run):
    for unit, label in (("fr", "Autocar de ligne"), ("occitanie", "Car liO")):
        assert run("set", *LIST, "car.label", label, "--unit", unit, "--reason", "Nos mots").exit_code == 0
        assert run("publish", "--unit", unit, "--reason", "Nos mots").exit_code == 0

    said = run("explain", *LIST, "car.label", "--unit", "occitanie").stdout
    told = read(run("explain", *LIST, "car.label", "--unit", "occitanie", "--json"))

    for value in ("Car interurbain", "Autocar de ligne", "Car liO", "parce que : Nos mots"):
        assert value in said
    assert "Si ce changement est retiré : « Autocar de ligne »." in said
    assert (told["standing"], told["inherited"], told["without_mine"]) == ("changed", *["Autocar de ligne"] * 2)
    assert (set(told), told["lock"]) == (documented("explain"), None)
    assert [step["value"] for step in told["steps"]] == ["Car interurbain", "Autocar de ligne", "Car liO"]


def test_a_setting_is_followed_a_unit_moved_and_who_is_not_reached_named(run):
    assert run("follow", *LIST, "car", "--unit", "ml_brest").exit_code == 0
    for unit, label in (("ml_brest", "Car breton"), ("fr", "Autocar de ligne")):
        assert run("set", *LIST, "car.label", label, "--unit", unit, "--reason", "Nos mots").exit_code == 0
        done = read(run("publish", "--unit", unit, "--reason", "Nos mots", "--json"))

    rows = read(run("reached", done["id"], "--json"))
    assert [(one["unit"], one["wanted"], one["has"]) for one in rows] == [
        ("ml_brest", "Autocar de ligne", "Car breton")
    ]
    moved = read(run("move", "--unit", "ml_toulouse", "--to", "bretagne", "--reason", "Nouvelle carte", "--json"))
    assert moved["origin"] == "move"
    assert run("follow", *LIST, "car", "--unit", "ml_brest", "--stop").stdout == "Ce réglage n’est plus suivi.\n"


def test_a_hotfix_says_what_it_would_do_before_doing_it(run):
    words = ("hotfix", "premier-accueil", "--name", "Mot", "--reason", "x", "--approved-by", "admin.national")
    assert read(run(*words, "--json")) == {
        "process": "premier-accueil",
        "runs": 0,
        "left": 0,
        "because": [],
        "sentences": [],
        "operation": None,
    }
    assert run(*words, "--apply").exit_code == 1


@pytest.mark.req("A14", "S15")
def test_what_waits_for_a_second_reader_is_listed_and_approved_by_command(run):
    changed = run("set", "roles", "roles", "..second_reader", '["nation"]', "--unit", "fr", "--reason", "Deux regards")
    assert changed.exit_code == 0, changed.output
    assert run("publish", "--unit", "fr", "--reason", "Deux regards").exit_code == 0
    asked = read(run("move", "--unit", "ml_toulouse", "--to", "fr", "--reason", "Nouvelle carte", "--json"))

    assert set(asked[0]) == documented("reading")
    assert [(one["act"], one["unit"], one["state"]) for one in asked] == [("move", "fr", "waiting")]
    assert read(run("reading", "list", "--unit", "fr", "--json")) == asked
    reader = ("--as", "admin.national", "--json")
    assert read(run("reading", "again", asked[0]["id"], *reader)) == asked
    assert read(run("reading", "approve", asked[0]["id"], *reader))["origin"] == "move"
    again = run("reading", "decline", asked[0]["id"], "--reason", "Trop tard", "--as", "admin.national")
    assert (again.exit_code, "quelqu’un a déjà répondu" in again.stderr) == (1, True)
    assert "Rien n’attend" in run("reading", "list", "--unit", "fr").stdout
