"""What an operator does: examine, save, restore, upgrade, mend, start and stop."""

import json
import re
import shlex
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from drills.rig import ANSWERS, KEY, LOGIN, Installation
from factories.databases import fresh_database
from factories.people import PASSWORD
from factories.processes import action, line, process, worker
from factories.publishing import publish
from jalon.app import build, create_app
from jalon.base.clock import SystemClock
from jalon.base.errors import Refused
from jalon.base.settings import SettingInvalid, Settings, read_settings
from jalon.doors import cli, jobs
from jalon.doors.cli.data import load_backup, write_backup
from jalon.doors.cli.doctor import examine
from jalon.services import audit, processes, worklist
from jalon.services.processes import register_action
from jalon.services.processes.actions import ACTIONS
from jalon.store import backups, schema
from jalon.store import jobs as ledger
from jalon.store.backups import BackupExists, BackupUnreadable, DatabaseNotEmpty, TableSummary
from jalon.store.base import Table
from jalon.store.database import Database
from jalon.store.organisations import unit_by_code
from jalon.store.wiring import Wiring

NEEDED = {"JALON_PRODUCTION": "oui", "JALON_SECRET_KEY": "k" * 32, "JALON_BASE_URL": "https://jalon.exemple.fr"}
KINDS = ["sqlite", "postgresql"]


@pytest.fixture(params=KINDS)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """A small installation on each kind of database."""
    for database in fresh_database(request, request.param, tmp_path):
        yield Installation(database.url, tmp_path / "var").prepare(1)


@pytest.fixture
def wiring(installation: Installation) -> Iterator[Wiring]:
    """The same, from inside."""
    found = installation.wiring()
    yield found
    found.database.close()


def jalon(settings: Settings, *words: str) -> Result:
    """Run a command here, on these settings."""
    composition = cli.Composition(lambda: settings, build, create_app, jobs.run_worker)
    result = CliRunner().invoke(cli.main, words, obj=composition)
    composition.wiring.database.close()
    return result


# --- settings -----------------------------------------------------------------------------------------------


@pytest.mark.req("S19")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"JALON_SECRET_KEY": ""}, "32 caractères"),
        ({"JALON_SECRET_KEY": "courte"}, "32 caractères"),
        ({"JALON_BASE_URL": "http://jalon.exemple.fr"}, "https://"),
        ({"JALON_SECOND_FACTOR": "non"}, "second facteur"),
    ],
)
def test_production_refuses_dangerous_settings(changed: dict[str, str], said: str) -> None:
    assert read_settings(NEEDED).production
    with pytest.raises(SettingInvalid) as refusal:
        read_settings(NEEDED | changed)
    assert said in refusal.value.text()


def test_a_command_says_which_setting_is_refused_and_ends_with_1(tmp_path: Path) -> None:
    made = Installation("sqlite://", tmp_path).command("serve", JALON_PRODUCTION="oui")
    assert (made.returncode, made.stdout) == (1, "")
    said = "Le réglage JALON_BASE_URL est invalide : une adresse https:// est nécessaire en production."
    assert made.stderr == f"{said} [reglage.invalide]\n"


def test_the_demo_is_refused_in_production(tmp_path: Path) -> None:
    settings = replace(read_settings(NEEDED), database_url=f"sqlite:///{tmp_path / 'a.db'}", var_dir=str(tmp_path))
    refused = jalon(settings, "demo", "--no-serve")
    assert (refused.exit_code, "[demo.production]" in refused.output) == (1, True)


@pytest.mark.req("S13", "S19")
def test_production_sends_strict_cookies_and_headers(tmp_path: Path) -> None:
    settings = replace(read_settings(NEEDED), database_url=f"sqlite:///{tmp_path / 'a.db'}", var_dir=str(tmp_path))
    wiring = build(settings)
    schema.upgrade(wiring.database)
    client = create_app(wiring).test_client()
    for path in ("/connexion", "/nulle-part", "/healthz", "/static/manifest.json", "/ma-journee"):
        answer = client.get(path, base_url="https://jalon.exemple.fr")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        answer.close()
    cookie = (
        create_app(wiring).test_client().get("/connexion", base_url="https://jalon.exemple.fr").headers["Set-Cookie"]
    )
    words = {word.strip() for word in cookie.split(";")}
    assert cookie.startswith("__Host-jalon=")
    assert words >= {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert not any(word.lower().startswith("domain") for word in words)
    wiring.database.close()


# --- doctor -------------------------------------------------------------------------------------------------


def findings(settings: Settings) -> dict[str, tuple[bool, str]]:
    composition = cli.Composition(lambda: settings, build, create_app, jobs.run_worker)
    return {one.check: (one.good, one.sentence) for one in examine(composition)}


def test_doctor_finds_a_sound_installation_sound(wiring: Wiring) -> None:
    result = jalon(wiring.settings, "doctor")
    assert result.exit_code == 0, result.output
    assert all(row.startswith("bon ") for row in result.output.splitlines())
    told = json.loads(jalon(wiring.settings, "doctor", "--json").output)
    assert {one["check"] for one in told} == {
        "réglages",
        "base de données",
        "migrations",
        "courriel",
        "pièces jointes",
        "interface",
        "horloge",
        "disque",
        "intégrité",
        "second mur",
        "journal d’audit",
        "dates",
        "messages",
        "travaux",
        "incidents",
    }
    assert all(one["good"] for one in told)


def break_audit(session: Any) -> None:
    session.execute(text("UPDATE audit_event SET action = 'falsifie' WHERE seq = 1"))


def fail_mail(session: Any) -> None:
    session.execute(
        text(
            "INSERT INTO outbox (id, key, channel, recipient, subject, text, state, attempts, next_at, fence, "
            "created_at, error_code) VALUES ('01890000000070008000000000000001', 'k', 'mail', 'a@b.test', '', '', "
            "'failed', 3, '2026-01-05 08:00:00', 3, '2026-01-05 08:00:00', 'erreur.Essai')"
        )
    )


def fail_job(session: Any) -> None:
    job = ledger.defer(session, "essai", {})
    job.state = ledger.JobState.FAILED


def late_job(session: Any) -> None:
    ledger.defer(session, "essai", {}).run_at = SystemClock().now().replace(year=2025)


@pytest.mark.parametrize(
    ("harm", "check", "said"),
    [
        (break_audit, "journal d’audit", "audit seal"),
        (fail_mail, "messages", "erreur.Essai"),
        (fail_job, "travaux", "abandonnés"),
        (late_job, "travaux", "jalon worker"),
    ],
)
def test_doctor_says_what_to_mend(wiring: Wiring, harm: Callable[[Any], None], check: str, said: str) -> None:
    with wiring.database.transaction() as session:
        harm(session)
    found = findings(wiring.settings)
    assert [name for name, (good, _) in found.items() if not good] == [check]
    assert said in found[check][1]
    assert jalon(wiring.settings, "doctor").exit_code == 1


def test_doctor_examines_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "files").write_text("un fichier à la place du dossier")
    settings = replace(
        read_settings(NEEDED | {"JALON_SMTP_URL": "smtp://127.0.0.1:9"}),
        database_url=f"sqlite:///{tmp_path / 'vide.db'}",
        var_dir=str(tmp_path),
    )
    monkeypatch.setattr("jalon.store.health.free_bytes", lambda *_: 3 * 2**20)
    sick = {name: sentence for name, (good, sentence) in findings(settings).items() if not good}
    assert set(sick) == {"réglages", "migrations", "courriel", "pièces jointes", "disque"}
    assert "JALON_PROXY_HOPS" in sick["réglages"]
    assert "jalon upgrade" in sick["migrations"]
    assert "ConnectionRefusedError" in sick["courriel"]
    assert "3 Mo" in sick["disque"]


def test_doctor_survives_an_unreachable_database(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://personne@127.0.0.1:9/rien", secret_key=KEY, var_dir=str(tmp_path))
    found = findings(settings)
    assert found["base de données"] == (
        False,
        "La base de données ne répond pas. Patientez un instant, puis réessayez.",
    )
    assert "intégrité" not in found


def test_doctor_reports_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    made = Installation("sqlite://", tmp_path).command("doctor", "--json", JALON_PORT="huit")
    assert made.returncode == 1
    assert json.loads(made.stdout) == [
        {"check": "réglages", "good": False, "sentence": "Le réglage JALON_PORT est invalide : nombre entier attendu."}
    ]


# --- backup and restore -------------------------------------------------------------------------------------


def working(wiring: Wiring, tasks: list[Any], stop: threading.Event) -> threading.Thread:
    """Somebody who completes tasks without a pause."""

    def work() -> None:
        with wiring.database.transaction() as session:
            amina = worker(unit_by_code(session, "ml_toulouse"))
        for task in tasks:
            if stop.is_set():
                return
            worklist.complete_with_retry(wiring.database, amina, task, ANSWERS, f"j-{task}", SystemClock().now())

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def counts(wiring: Wiring) -> dict[str, int]:
    with wiring.database.transaction() as session:
        return {name: session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in backups.table_names()}


@pytest.mark.req("R20")
@pytest.mark.parametrize("target_kind", KINDS)
def test_a_backup_under_load_is_restored_whole(
    installation: Installation, wiring: Wiring, target_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    attachment = wiring.files.put("pièce jointe".encode())
    tasks = more_runs(installation, wiring, 40)
    stop = threading.Event()
    people = working(wiring, tasks[:-1], stop)
    before = counts(wiring)
    made = write_backup(wiring, tmp_path / "a.zip")
    after = counts(wiring)
    stop.set()
    people.join()
    assert not people.is_alive()
    for name, summary in made.tables.items():
        assert min(before[name], after[name]) <= summary.rows <= max(before[name], after[name]), name
    assert made.notes["audit"]["ok"]

    for database in fresh_database(request, target_kind, tmp_path):
        target = build(replace(wiring.settings, database_url=database.url, var_dir=str(tmp_path / "autre")))
        load_backup(target, tmp_path / "a.zip")
        assert counts(target) == {name: summary.rows for name, summary in made.tables.items()}
        with target.database.transaction() as session:
            report = audit.verify(session)
            assert (report.ok, report.checked) == (True, made.notes["audit"]["checked"])
        assert target.files.get(attachment) == "pièce jointe".encode()
        again = write_backup(target, tmp_path / "b.zip")
        assert shape(again.tables) == shape(made.tables)
        finish_one(target, tasks[-1])
        assert findings(target.settings)["intégrité"][0]
        target.database.close()


def shape(tables: dict[str, TableSummary]) -> dict[str, Any]:
    return {name: (summary.columns, summary.rows) for name, summary in tables.items()}


def more_runs(installation: Installation, wiring: Wiring, count: int) -> list[Any]:
    with wiring.database.transaction() as session:
        return [installation.started(session) for _ in range(count)]


def finish_one(target: Wiring, task: Any) -> None:
    """Work goes on in what was restored."""
    with target.database.transaction() as session:
        amina = worker(unit_by_code(session, "ml_toulouse"))
    completed = worklist.complete_with_retry(target.database, amina, task, ANSWERS, "encore", SystemClock().now())
    assert [one.element for one in completed.next_tasks] == ["relire"]


@pytest.mark.req("R20")
def test_the_same_kind_of_database_gets_back_the_same_lines(
    wiring: Wiring, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = write_backup(wiring, tmp_path / "a.zip")
    kind = "postgresql" if wiring.database.is_postgres else "sqlite"
    for database in fresh_database(request, kind, tmp_path):
        target = build(replace(wiring.settings, database_url=database.url))
        load_backup(target, tmp_path / "a.zip")
        assert write_backup(target, tmp_path / "b.zip").tables == made.tables
        target.database.close()


@pytest.mark.req("R20")
def test_a_filled_database_is_never_restored_over(wiring: Wiring, tmp_path: Path) -> None:
    write_backup(wiring, tmp_path / "a.zip")
    before = counts(wiring)
    with pytest.raises(DatabaseNotEmpty):
        load_backup(wiring, tmp_path / "a.zip")
    assert counts(wiring) == before
    result = jalon(wiring.settings, "restore", str(tmp_path / "a.zip"))
    assert (result.exit_code, "base neuve" in result.output) == (1, True)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
class TestArchive:
    """What does not depend on the kind of database."""

    def target(self, wiring: Wiring, folder: Path, **changes: str) -> Wiring:
        return build(replace(wiring.settings, database_url=f"sqlite:///{folder / 'neuve.db'}", **changes))

    def test_a_backup_never_replaces_another_and_only_its_owner_reads_it(self, wiring: Wiring, tmp_path: Path) -> None:
        file = tmp_path / "a.zip"
        result = jalon(wiring.settings, "backup", str(file))
        assert (result.exit_code, "Sauvegarde écrite" in result.output) == (0, True)
        assert file.stat().st_mode & 0o777 == 0o600
        with pytest.raises(BackupExists):
            write_backup(wiring, file)
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".sauvegarde")]

    def test_a_damaged_archive_is_refused_before_anything_is_written(self, wiring: Wiring, tmp_path: Path) -> None:
        write_backup(wiring, tmp_path / "a.zip")
        target = self.target(wiring, tmp_path)
        rewritten = tmp_path / "b.zip"
        with zipfile.ZipFile(tmp_path / "a.zip") as good, zipfile.ZipFile(rewritten, "w") as bad:
            for name in good.namelist():
                content = good.read(name)
                bad.writestr(name, content.replace(b"Amina", b"Aminb") if name.startswith("tables/") else content)
        cut = tmp_path / "c.zip"
        cut.write_bytes((tmp_path / "a.zip").read_bytes()[:-200])
        for file in (rewritten, cut):
            with pytest.raises(BackupUnreadable):
                load_backup(target, file)
        with target.database.engine.connect() as connection:
            assert schema.current_version(connection) is None
        target.database.close()

    def test_another_key_is_told_unless_it_is_lost(self, wiring: Wiring, tmp_path: Path) -> None:
        write_backup(wiring, tmp_path / "a.zip")
        target = self.target(wiring, tmp_path, secret_key="une autre clé" * 4)
        refused = jalon(target.settings, "restore", str(tmp_path / "a.zip"))
        assert (refused.exit_code, "JALON_SECRET_KEY" in refused.output) == (1, True)
        with target.database.engine.connect() as connection:
            assert schema.current_version(connection) is None
        assert jalon(target.settings, "restore", str(tmp_path / "a.zip"), "--despite-audit").exit_code == 0
        assert counts(target) == counts(wiring)
        target.database.close()

    @pytest.mark.req("S18")
    def test_no_secret_is_in_an_archive(self, wiring: Wiring, tmp_path: Path) -> None:
        write_backup(wiring, tmp_path / "a.zip")
        with zipfile.ZipFile(tmp_path / "a.zip") as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
        assert LOGIN.encode() in content
        assert not [secret for secret in (KEY, PASSWORD) if secret.encode() in content]

    def test_a_damaged_attachment_is_left_out_and_told(self, wiring: Wiring, tmp_path: Path) -> None:
        kept = wiring.files.put(b"bonne")
        damaged = wiring.files.put(b"mauvaise")
        (wiring.settings.var / "files" / damaged[:2] / damaged[2:]).write_bytes(b"autre chose")
        made = write_backup(wiring, tmp_path / "a.zip")
        assert (made.files, made.damaged) == (1, [damaged])
        target = self.target(wiring, tmp_path, var_dir=str(tmp_path / "autre"))
        load_backup(target, tmp_path / "a.zip")
        assert target.files.get(kept) == b"bonne"
        target.database.close()

    def test_every_table_has_columns_an_archive_can_hold(self, wiring: Wiring) -> None:
        assert len(backups.table_names()) == len(Table.metadata.tables) > 40


# --- upgrade and incidents ----------------------------------------------------------------------------------


@pytest.mark.req("R21")
def test_upgrade_refuses_a_newer_database_and_says_why(wiring: Wiring) -> None:
    again = jalon(wiring.settings, "upgrade")
    assert (again.exit_code, again.output) == (0, "La base est à jour.\n")
    with wiring.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for words in (("upgrade",), ("serve",), ("worker", "--once")):
        refused = jalon(wiring.settings, *words)
        assert (refused.exit_code, "plus récente que ce logiciel" in refused.output) == (1, True)


def test_an_incident_is_listed_then_retried(wiring: Wiring) -> None:
    broken = [True]

    def act(_session: object, _context: object, _parameters: object) -> dict[str, Any]:
        if broken[0]:
            raise Refused(reason="coupure")
        return {}

    assert jalon(wiring.settings, "incident", "list").output == "Aucun incident ouvert.\n"
    register_action("essai.couper", act)
    try:
        with wiring.database.transaction() as session:
            publish(session, "process", "p", process("p", line(action("agir", "essai.couper"))))
            unit = unit_by_code(session, "ml_toulouse")
            processes.start(session, worker(unit), "p", unit.id, now=SystemClock().now())
        assert not findings(wiring.settings)["incidents"][0]
        (row,) = json.loads(jalon(wiring.settings, "incident", "list", "--json").output)
        assert (row["process"], row["element"], row["code"]) == ("p", "agir", "action.refusee")
        assert row["id"] in jalon(wiring.settings, "incident", "list").output
        again = jalon(wiring.settings, "incident", "retry", row["id"])
        assert (again.exit_code, "refusés : 1" in again.output, "coupure" in again.output) == (1, True, True)
        (row,) = json.loads(jalon(wiring.settings, "incident", "list", "--json").output)
        broken[0] = False
        done = jalon(wiring.settings, "incident", "retry", row["id"])
        assert (done.exit_code, done.output) == (0, "100 % — faits : 1, refusés : 0, en attente : 0\n")
    finally:
        ACTIONS.pop("essai.couper")
    assert json.loads(jalon(wiring.settings, "incident", "list", "--json").output) == []
    gone = jalon(wiring.settings, "incident", "retry", row["id"])
    assert (gone.exit_code, "[introuvable]" in gone.output) == (1, True)
    assert jalon(wiring.settings, "incident", "retry", "pas-un-identifiant").exit_code == 2


def test_databases_are_named_without_their_password() -> None:
    database = Database("postgresql://quelquun:secret@exemple.test/jalon")
    assert "secret" not in repr(database.engine.url)
    database.close()


# --- the guide ----------------------------------------------------------------------------------------------

GUIDE = (Path(__file__).parent.parent.parent / "docs/guides/exploiter.md").read_text(encoding="utf-8")


def test_every_command_and_option_of_the_guide_exists() -> None:
    written = re.findall(r"(?:^|`|bin/)jalon ([a-z][^`#\n]*)", GUIDE, re.MULTILINE)
    assert {line.split()[0] for line in written} >= {
        "init",
        "serve",
        "worker",
        "backup",
        "restore",
        "upgrade",
        "doctor",
    }
    for said in written:
        words = shlex.split(said)
        command: click.Command = cli.main
        while isinstance(command, click.Group) and words:
            name = words.pop(0)
            assert name in command.commands, said
            command = command.commands[name]
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known, said


def test_every_variable_of_the_guide_is_a_setting() -> None:
    known = {f"JALON_{one.name.upper()}" for one in fields(Settings)}
    assert set(re.findall(r"JALON_[A-Z_]+", GUIDE)) <= known
