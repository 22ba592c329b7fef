"""`jalon process list|lint|run`: processes published, a file checked, a file played without a database."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from jalon.doors.cli.group import Composition, as_json, composed, listing, main, problem_line
from jalon.engines.processes.complexity import complexity
from jalon.engines.processes.figures import figures
from jalon.runtime.deployment import DeployedProcess
from jalon.sandbox import Sandbox
from jalon.services import configuration

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))


@main.group()
def process() -> None:
    """Processus : lister ceux publiés, vérifier et jouer des fichiers."""


@process.command(name="list")
@as_json
@composed
def list_processes(composition: Composition, as_json: bool) -> None:
    """Lister les processus publiés."""
    with composition.ready.database.transaction() as session:
        rows = [
            {"key": one.key, "title": one.title, "pack": one.pack, "version": one.version}
            for one in configuration.process_keys(session)
        ]
    columns = {"key": "clé", "title": "intitulé", "pack": "paquet", "version": "version"}
    listing(rows, columns, as_json, "Aucun processus : lancez « jalon init ».")


@process.command()
@FILES
@as_json
def lint(files: tuple[Path, ...], as_json: bool) -> None:
    """Dire ce qui empêche des fichiers BPMN, DMN ou de formulaire de s’exécuter, élément par élément."""
    box = Sandbox()
    report = box.deploy({file.name: file.read_bytes() for file in files})
    measured = [_measured(box, one) for one in report.processes]
    if as_json:
        found = {"ok": report.ok, "problems": [one._asdict() for one in report.problems], "processes": measured}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for problem in report.problems:
            click.echo(problem_line(problem))
        for one in measured:
            click.echo(f"{one['key']} : {_said(one)}")
        counts = len(report.processes), len(report.decisions), len(report.forms)
        click.echo("{} processus, {} décisions, {} formulaires.".format(*counts))
    raise SystemExit(0 if report.ok else 1)


@process.command()
@FILES
@click.option("--key", default=None, help="Clé du processus, s’il y en a plusieurs.")
@click.option("--variables", default="{}", help="Variables de départ, en JSON.")
@click.option(
    "--answers", default=None, type=click.Path(exists=True, path_type=Path), help="Réponses par élément (JSON)."
)
@click.option("--now", default=None, help="Instant de départ ISO 8601 ; par défaut, maintenant.")
def run(files: tuple[Path, ...], key: str | None, variables: str, answers: Path | None, now: str | None) -> None:
    """Jouer un processus dans le bac à sable : chaque tâche reçoit sa réponse, sinon une réponse vide."""
    box = Sandbox(now=now) if now else Sandbox()
    report = box.deploy({file.name: file.read_bytes() for file in files})
    for problem in report.problems:
        click.echo(problem_line(problem), err=True)
    if not report.ok:
        raise SystemExit(1)
    given: dict[str, Any] = json.loads(answers.read_text(encoding="utf-8")) if answers else {}
    run_ = box.start(key or next(one.key for one in report.processes if one.executable), json.loads(variables))
    for _ in range(1_000):
        tasks = box.tasks(run_)
        if not tasks:
            break
        click.echo(f"→ {tasks[0].title} ({tasks[0].element})")
        box.complete(tasks[0].id, given.get(tasks[0].element, {}))
    state = box.state(run_.id)
    click.echo(f"{state.status} : {', '.join(state.ended_at) or 'aucune fin atteinte'}")
    for waiting in state.waiting:
        click.echo(f"attend : {waiting.kind} {waiting.name} {waiting.due or ''}".rstrip())
    for incident in state.incidents:
        click.echo(f"incident {incident.element} : {incident.message} [{incident.code}]")
    raise SystemExit(0 if state.status == "completed" else 1)


def _measured(box: Sandbox, found: DeployedProcess) -> dict[str, Any]:
    """Return a process with its counts and the figures of bpmn-python; both null when nothing of it runs."""
    program = box.program(found.key) if found.executable else None
    counts = asdict(figures(program)) if program else None
    return {**found._asdict(), "figures": counts, "complexity": complexity(program) if program else None}


def _said(one: dict[str, Any]) -> str:
    counts = one["figures"]
    if counts is None:
        return "ne s’exécute pas"
    words = {
        "elements": "éléments",
        "human_tasks": "tâches humaines",
        "gateways": "branchements",
        "depth": "niveaux emboîtés",
        "longest": "étapes au plus long",
        "paths": "chemins",
    }
    text = ", ".join(f"{counts[name]} {word}" for name, word in words.items())
    measured = one["complexity"] or {}  # none without the extra `atelier`
    ratios = {
        "network_complexity": "flèches par élément",
        "gateway_degree": "flèches par branchement",
        "durfee_square": "carré de Durfee",
        "perfect_square": "carré parfait",
    }
    said = [f"{word} {measured[name]:.2f}".replace(".", ",") for name, word in ratios.items() if name in measured]
    return ", ".join([text, *said])
