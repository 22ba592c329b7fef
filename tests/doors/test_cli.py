"""The command `jalon`: what each command says, its exit code, its JSON."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

from factories.journeys import ROOT, person, unit_id, walk_to
from factories.processes import HEAD, action, line, process, user_task
from factories.publishing import publish
from jalon import app as application
from jalon.base.actor import SYSTEM
from jalon.base.settings import Settings
from jalon.doors import cli, jobs
from jalon.services import processes
from jalon.store.wiring import Wiring

Run = Callable[..., Result]


@pytest.fixture
def run(wiring: Wiring) -> Run:
    """Run a command on the application of the test."""

    def ran(*words: str | Path) -> Result:
        composition = cli.Composition(
            lambda: wiring.settings, lambda _settings: wiring, application.create_app, jobs.run_worker
        )
        return CliRunner().invoke(cli.main, [str(word) for word in words], obj=composition)

    return ran


@pytest.fixture
def run_empty(tmp_path: Path) -> Run:
    """Run a command where no database was prepared."""
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'vide.db'}", secret_key="k" * 40, var_dir=str(tmp_path))

    def ran(*words: str) -> Result:
        composition = cli.Composition(lambda: settings, application.build, application.create_app, jobs.run_worker)
        return CliRunner().invoke(cli.main, list(words), obj=composition)

    return ran


def test_processes_are_listed_as_json_after_init(run: Run) -> None:
    found = run("process", "list", "--json")
    assert found.exit_code == 0
    rows = json.loads(found.stdout)
    assert {"key": "premier-accueil", "pack": "premier-accueil"}.items() <= next(
        row for row in rows if row["key"] == "premier-accueil"
    ).items()
    assert all(set(row) == {"key", "title", "pack", "version"} for row in rows)


@pytest.mark.parametrize(
    "words", [("process", "list"), ("unit", "list"), ("user", "list"), ("incident", "list")], ids=" ".join
)
def test_every_listing_has_a_json_of_the_same_length(run: Run, words: tuple[str, ...]) -> None:
    plain, data = run(*words), run(*words, "--json")
    assert (plain.exit_code, data.exit_code) == (0, 0)
    rows = json.loads(data.stdout)
    assert len(plain.stdout.strip().splitlines()) == (len(rows) + 1 if rows else 1)


@pytest.mark.parametrize(
    "words", [("process", "list"), ("unit", "list"), ("worker", "--once"), ("doctor",)], ids=" ".join
)
def test_a_database_not_prepared_is_refused_with_what_to_do(run_empty: Run, words: tuple[str, ...]) -> None:
    found = run_empty(*words)
    assert found.exit_code == 1
    assert "jalon init" in found.output or "jalon upgrade" in found.output
    assert not isinstance(found.exception, OperationalError)


@pytest.mark.parametrize(
    "words", [("inconnue",), ("process", "run"), ("config", "show", "form"), ("serve", "--port", "x")], ids=" ".join
)
def test_wrong_use_ends_with_two(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_refusal_says_why_with_its_code(run: Run) -> None:
    found = run("config", "show", "form", "accueil", "--unit", "nulle_part")
    assert found.exit_code == 1
    assert (
        found.stderr.strip() == "Aucune unité n’a le code « nulle_part ». Voyez « jalon unit list ». [unite.inconnue]"
    )


def test_a_configuration_is_shown_as_a_unit_has_it_and_explained(run: Run) -> None:
    shown = run("config", "show", "list", "modes-de-transport", "--unit", "ml_toulouse")
    assert "covoiturage" in {value["code"] for value in json.loads(shown.stdout)["values"]}
    told = run("config", "explain", "list", "modes-de-transport", "covoiturage.label", "--unit", "ml_toulouse")
    assert told.exit_code == 0
    assert "Covoiturage" in told.stdout
    data = run("config", "explain", "list", "modes-de-transport", "covoiturage.label", "--json")
    assert data.exit_code == 0, data.exception
    assert json.loads(data.stdout)["uid"] == "covoiturage"


def test_the_first_person_is_invited_by_a_link(run: Run, wiring: Wiring) -> None:
    found = run(
        "user", "invite", "claire", "--name", "Claire", "--email", "c@x.example", "--unit", "fr",
        "--role", "administrateur_national",
    )  # fmt: skip
    assert found.exit_code == 0
    assert f"{wiring.settings.base_url}/invitation/" in found.stdout
    again = run(
        "user", "invite", "claire", "--name", "Claire", "--email", "c@x.example", "--unit", "fr",
        "--role", "administrateur_national",
    )  # fmt: skip
    assert (again.exit_code, "compte.identifiant_pris" in again.stderr) == (1, True)
    with wiring.database.transaction() as session:
        assert "configuration.publier" in {p for g in person(session, "claire").grants for p in g.permissions}


def test_a_file_is_linted_element_by_element(run: Run, tmp_path: Path) -> None:
    good = run("process", "lint", *sorted((ROOT / "workflows" / "premier-accueil").glob("*.dmn")))
    assert good.exit_code == 0, good.output
    bad = tmp_path / "mauvais.bpmn"
    bad.write_text(
        f'{HEAD}<process id="p" isExecutable="true"><startEvent id="debut"/><userTask id="perdue"/>'
        '<sequenceFlow id="f" sourceRef="debut" targetRef="absente"/></process></definitions>'
    )
    refused = run("process", "lint", bad)
    assert refused.exit_code == 1
    assert "mauvais.bpmn" in refused.output
    assert "Traceback" not in refused.output


def test_a_process_is_played_without_a_database(run_empty: Run, tmp_path: Path) -> None:
    file = tmp_path / "p.bpmn"
    file.write_text(
        f'{HEAD}<process id="p" isExecutable="true"><startEvent id="debut"/><userTask id="relire" name="Relire"/>'
        '<endEvent id="fin"/><sequenceFlow id="a" sourceRef="debut" targetRef="relire"/>'
        '<sequenceFlow id="b" sourceRef="relire" targetRef="fin"/></process></definitions>'
    )
    found = run_empty("process", "run", str(file), "--now", "2026-01-12T09:00:00+01:00")
    assert found.exit_code == 0, found.output
    assert "→ Relire (relire)" in found.stdout
    assert "completed : fin" in found.stdout
    assert not (tmp_path / "vide.db").exists()


def test_a_pack_exported_then_imported_changes_nothing(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "reseau.zip"
    assert run("pack", "export", "premier-accueil", archive).exit_code == 0
    again = run("pack", "import", archive)
    assert again.exit_code == 0, again.output
    assert "inchangé" in again.stdout


def test_a_pack_is_signed_then_imported_by_those_who_know_its_key(
    run: Run, wiring: Wiring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive, keys = tmp_path / "paquet.zip", tmp_path / "region-nord"
    run("pack", "export", "premier-accueil", archive)
    made = run("pack", "keygen", keys)
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE((tmp_path / "region-nord.key").stat().st_mode) == 0o600
    again = run("pack", "keygen", keys)
    assert (again.exit_code, "existe déjà" in again.output) == (1, True)  # a key is never overwritten
    assert run("pack", "keygen", tmp_path / "Région Nord").exit_code == 1
    required = replace(wiring.settings, pack_signatures="required", pack_signers=str(tmp_path))
    monkeypatch.setattr(cli.Composition, "settings", required)

    refused = run("pack", "import", archive, "--dry-run")
    assert refused.exit_code == 1
    assert "« paquet.zip » est refusé : il n’est pas signé" in refused.output
    assert run("pack", "sign", archive, "--key", f"{keys}.key").exit_code == 0
    assert "Signé par « region-nord »" in run("pack", "verify", archive).stdout
    imported = run("pack", "import", archive)
    assert imported.exit_code == 0, imported.output
    assert "Signé par « region-nord »" in imported.stdout


def test_a_dry_run_says_what_would_be_published_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "workflows" / "fruits"
    (folder / "lists").mkdir(parents=True)
    (folder / "pack.toml").write_text('[pack]\nkey = "fruits"\ntitle = "Fruits"\nversion = "1"\n', encoding="utf-8")
    (folder / "lists" / "fruits.csv").write_text("code,label\npomme,Pomme\n", encoding="utf-8")
    (folder / "units.csv").write_text("code,parent,level,title\nverger,fr,region,Verger\n", encoding="utf-8")
    for _time in range(2):
        dry = run("pack", "import", folder, "--dry-run")
        assert dry.exit_code == 0, dry.output
        assert dry.stdout.splitlines() == [
            "Sans signature.",
            "- Nouveau : fruits (list).",
            "Fruits 1 : essai, rien n’est publié ; l’importer le publierait.",
        ]
    assert "Fruits 1 : publié." in run("pack", "import", folder).stdout
    assert "rien ne changerait" in run("pack", "import", folder, "--dry-run").stdout


def test_a_pack_that_cannot_be_read_is_refused(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "paquet.zip"
    wrong.write_bytes(b"ceci n'est pas un zip")
    for verb in ("check", "import"):
        found = run("pack", verb, wrong)
        assert found.exit_code == 1
        assert "Traceback" not in found.output


def test_doctor_says_that_all_is_well(run: Run, wiring: Wiring) -> None:
    walk_to(wiring, "explorer_personnel")
    found = run("doctor")
    assert found.exit_code == 0, found.output
    assert "journal d’audit" in found.stdout


def test_upgrade_and_init_can_be_run_again(run: Run) -> None:
    assert "La base est à jour." in run("upgrade").stdout
    again = run("init")
    assert again.exit_code == 0, again.output
    assert "inchangé" in again.stdout


def test_the_worker_does_what_is_due_then_stops(run: Run, wiring: Wiring) -> None:
    walk_to(wiring, "repondre_orientation")
    found = run("worker", "--once")
    assert found.exit_code == 0
    assert len(wiring.mailer.mails) == 1  # type: ignore[attr-defined]  # the tests' mailbox
    assert "0 actions faites." in run("worker", "--once").stdout


def test_a_stopped_run_is_shown_corrected_moved_and_held_by_command(run: Run, wiring: Wiring) -> None:
    body = line(action("agir", "action.absente"), user_task("relire", ""))
    with wiring.database.transaction() as session:
        publish(session, "process", "panne", process("panne", body, title="Panne"))
        town = unit_id(session, "ml_toulouse")
        ids = [processes.start(session, SYSTEM, "panne", town, now=wiring.clock.now()).id for _ in range(3)]
    (first, *_) = rows = json.loads(run("incident", "list", "--process", "panne", "--json").stdout)
    assert [row["name"] for row in rows] == ["Agir"] * 3
    shown = run("process", "show", ids[0])
    assert "→ Agir (agir, jeton 1) depuis" in shown.stdout
    assert run("process", "set", ids[0], "age=vingt", "--reason", "x").exit_code == 1
    assert run("process", "set", ids[0], "age=20", "--reason", "x").exit_code == 0
    again = run("incident", "retry", "--all", "--process", "panne")
    assert (again.exit_code, "refusés : 3" in again.stdout, "n’existe pas ici" in again.stderr) == (1, True, True)
    assert run("incident", "retry").exit_code == 2
    newest = json.loads(run("incident", "list", "--process", "panne", "--json").stdout)
    assert {row["id"] for row in newest}.isdisjoint({first["id"]})
    moved = next(row["id"] for row in newest if row["run"] == str(ids[0]))
    assert run("incident", "move", moved, "relire", "--reason", "x").exit_code == 0
    assert run("incident", "skip", "--all", "--process", "panne", "--reason", "x").exit_code == 0
    facts = json.loads(run("process", "show", ids[0], "--json").stdout)
    assert [one["element"] for one in facts["tokens"]] == ["relire"]
    assert run("process", "suspend", ids[0], "--reason", "x").exit_code == 0
    assert [row["id"] for row in json.loads(run("process", "runs", "--state", "suspended", "--json").stdout)] == [
        str(ids[0])
    ]
    assert run("process", "resume", ids[0], "--reason", "x").exit_code == 0
    assert run("process", "cancel", ids[0], "--reason", "x").exit_code == 0
    assert run("incident", "list", "--process", "panne").stdout == "Aucun incident ouvert.\n"


@pytest.mark.req("R22")
def test_runs_move_to_the_version_in_force_by_command(run: Run, wiring: Wiring) -> None:
    with wiring.database.transaction() as session:
        publish(session, "process", "tri", process("tri", line(user_task("trier", "")), title="Tri"))
        town = unit_id(session, "ml_toulouse")
        processes.start(session, SYSTEM, "tri", town, now=wiring.clock.now())
        publish(session, "process", "tri", process("tri", line(user_task("classer", "")), title="Tri"))
    assert run("process", "migrate", "tri").stdout.splitlines() == [
        "Tri : 0 parcours à jour.",
        "1 attendent un choix, à Trier (trier) ; disparue : trier ; possibles : classer, fin",
    ]
    (group,) = json.loads(run("process", "migrate", "tri", "--map", "trier=classer", "--json").stdout)["groups"]
    assert (group["outcome"], group["runs"], group["at"]) == ("moves", 1, ["trier"])
    assert run("process", "migrate", "tri", "--map", "trier=classer", "--apply").exit_code == 2
    done = run("process", "migrate", "tri", "--map", "trier=classer", "--apply", "--reason", "tri")
    assert (done.exit_code, "faits : 1" in done.stdout) == (0, True)
    operation = done.stdout.split()[1]
    assert run("process", "migrate", "tri", "--undo", operation, "--reason", "retour").exit_code == 0
    assert "1 attendent un choix" in run("process", "migrate", "tri").stdout
