"""`jalon demo`: a fresh database, the packs' people, the reference scenario, then the application served."""

import dataclasses
import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import click

from jalon.base.clock import MovableClock, SystemClock
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.settings import Settings
from jalon.doors.cli import scenario, scenario_configuration, scenario_levels, scenario_outside, scenario_work, serving
from jalon.doors.cli.group import Composition, composed, listing, main
from jalon.doors.cli.setup import DEMO_PASSWORD, prepare_demo
from jalon.services import configuration
from jalon.store import schema
from jalon.store.wiring import Wiring

SCENARIO = "demo.json"
STEPS = (
    scenario_configuration,
    scenario_levels,
    scenario_outside,
    scenario_work,
)  # importing them registers their verbs


class DemoRefused(JalonError):
    """The demo would erase a database that is not its own."""

    code = "demo.base_occupee"
    message = fr("La démonstration repart d’une base vide. Celle-ci contient déjà des données : {url}")


class DemoInProduction(JalonError):
    """The demo opens accounts whose password everybody knows."""

    code = "demo.production"
    message = fr("La démonstration ouvre des comptes au mot de passe public : elle ne se lance pas en production.")


@main.command()
@click.option("--serve/--no-serve", "then_serve", default=True, help="Servir l’application après le scénario.")
@composed
def demo(composition: Composition, then_serve: bool) -> None:
    """Jouer le scénario de référence sur une base neuve, pas à pas, puis servir l’application."""
    settings = _settings(composition)
    scripts = scenarios()
    played = scenario.STEP * sum(len(script["steps"]) for script in scripts)
    clock = MovableClock(SystemClock().now() - played)  # it ends now: nothing is dated in the future
    wiring = composition.build(settings, clock)
    _start_afresh(wiring)
    click.echo("Préparation : base neuve, réseau, paquets et comptes fictifs.")
    accounts = prepare_demo(wiring)
    for script in scripts:
        click.echo(f"\n{script['title']}\n{script.get('summary', '')}\n")
        stage = scenario.Stage(wiring, clock, work=partial(composition.run_worker, wiring, True))
        count = scenario.play(stage, script, click.echo)
        click.echo(f"\n{count} étapes jouées, toutes conformes.")
    wiring.database.close()
    if then_serve:
        click.echo(f"\nComptes fictifs (mot de passe : {DEMO_PASSWORD})")
        columns = {"login": "identifiant", "name": "nom", "role": "rôle", "unit": "unité"}
        listing(accounts, columns, False, "")
        serving.run(composition, composition.build(settings))


def scenarios() -> list[dict[str, Any]]:
    """Return the reference scenarios of the packs shipped."""
    files = [folder / SCENARIO for folder in configuration.shipped_packs()]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def _settings(composition: Composition) -> Settings:
    """Return settings where the demo has a database of its own, unless the operator names one."""
    if composition.settings.production:
        raise DemoInProduction
    settings = dataclasses.replace(composition.settings, second_factor=False)
    if settings.database_url == Settings().database_url:
        settings = dataclasses.replace(settings, database_url=f"sqlite:///{settings.var / 'demo.db'}")
    return settings


def _start_afresh(wiring: Wiring) -> None:
    """Erase what an earlier demo left in its own database; any other must be empty."""
    database = Path(wiring.database.engine.url.database or "")
    if not wiring.database.is_postgres and database == wiring.settings.var / "demo.db":
        for suffix in ("", "-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        for name in ("mail", "files"):
            shutil.rmtree(wiring.settings.var / name, ignore_errors=True)
        return
    with wiring.database.engine.connect() as connection:
        if schema.current_version(connection) is not None:
            raise DemoRefused(url=wiring.database.engine.url.render_as_string(hide_password=True))
