"""The reference scenario is played through the real services, and a scenario that lies is caught."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from jalon import app
from jalon.base.clock import MovableClock, SystemClock
from jalon.base.resources import resource_folder
from jalon.base.settings import Settings
from jalon.doors import cli, jobs
from jalon.doors.cli import scenario
from jalon.store import schema
from jalon.store.database import Database


def composition(settings: Settings) -> cli.Composition:
    return cli.Composition(lambda: settings, app.build, app.create_app, jobs.run_worker)


def settings_for(folder: Path, url: str = "") -> Settings:
    given = {"database_url": url} if url else {}
    return Settings(var_dir=str(folder), secret_key="d" * 40, **given)


@pytest.fixture
def empty_postgres(postgres_server: str) -> str:
    name = "jalon_demo"
    administration = Database(postgres_server)
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield administration.engine.url.set(database=name).render_as_string(hide_password=False)
    with administration.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    administration.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_reference_scenario_holds(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("empty_postgres") if kind == "postgresql" else ""
    result = CliRunner().invoke(cli.main, ["demo", "--no-serve"], obj=composition(settings_for(tmp_path, url)))
    assert result.exit_code == 0, result.output
    script = json.loads((resource_folder("workflows") / "reseau" / "demo.json").read_text(encoding="utf-8"))
    assert f"{len(script['steps'])} étapes jouées, toutes conformes." in result.output
    for step in script["steps"]:
        assert step["say"] in result.output


def test_the_demo_never_erases_a_database_that_is_not_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'agence.db'}"
    settings = settings_for(tmp_path, url)
    wiring = app.build(settings)
    schema.upgrade(wiring.database)
    wiring.database.close()
    result = CliRunner().invoke(cli.main, ["demo", "--no-serve"], obj=composition(settings))
    assert result.exit_code == 1
    assert "demo.base_occupee" in result.output
    assert (tmp_path / "agence.db").exists()


def test_a_step_that_is_not_as_announced_stops_the_scenario(tmp_path: Path) -> None:
    clock = MovableClock(SystemClock().now())
    wiring = app.build(settings_for(tmp_path, f"sqlite:///{tmp_path / 'vide.db'}"), clock)
    schema.upgrade(wiring.database)
    stage = scenario.Stage(wiring, clock)
    lie = {"steps": [{"say": "Le journal est rompu.", "do": "verify_audit", "expect": {"intact": False}}]}
    with pytest.raises(scenario.ExpectationFailed) as refusal:
        scenario.play(stage, lie, lambda _line: None)
    assert refusal.value.facts["number"] == 1
    with pytest.raises(scenario.StepUnknown):
        scenario.play(stage, {"steps": [{"say": "Autre chose.", "do": "inconnu"}]}, lambda _line: None)
    wiring.database.close()
