"""`jalon pack import|export|check`."""

import json
from pathlib import Path
from typing import Any

import click

from jalon.base.actor import SYSTEM
from jalon.base.errors import NotFound
from jalon.doors.cli.group import Composition, as_json, composed, main, problem_line
from jalon.runtime.scenarios import play, read_pack_zip
from jalon.sandbox import Sandbox
from jalon.services import configuration, publication

PLACE = click.Path(exists=True, path_type=Path)


@main.group()
def pack() -> None:
    """Paquets : importer, exporter, vérifier."""


@pack.command(name="import")
@click.argument("place", type=PLACE)
@composed
def import_(composition: Composition, place: Path) -> None:
    """Publier le paquet d’un dossier ou d’un fichier zip ; le même paquet deux fois ne change rien."""
    read = configuration.read_pack(place.read_bytes() if place.is_file() else place)
    release = publication.import_with(composition.ready.database, SYSTEM, read)
    for sentence in release.sentences:
        click.echo(f"- {sentence}")
    click.echo(f"{read.title} {read.version} : {'inchangé' if release.unchanged else 'publié'}.")


@pack.command()
@click.argument("key")
@click.argument("target", type=click.Path(path_type=Path))
@composed
def export(composition: Composition, key: str, target: Path) -> None:
    """Écrire un paquet publié dans un fichier zip."""
    with composition.ready.database.transaction() as session:
        content = publication.export_pack(session, key)
    target.write_bytes(content)
    click.echo(f"{key} : {len(content)} octets dans {target}.")


@pack.command()
@click.argument("place", type=PLACE, required=False)
@as_json
def check(place: Path | None, as_json: bool) -> None:
    """Vérifier un paquet et jouer ses scénarios ; sans argument, tous ceux livrés. Rien n’est écrit."""
    places = [place] if place else configuration.shipped_packs()
    if not places:
        raise NotFound
    reports = [_checked(one) for one in places]
    if as_json:
        click.echo(json.dumps(reports, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            for line in report["lines"]:
                click.echo(line)
            verdict = "bon" if report["ok"] else "refusé"
            click.echo(f"{verdict:7} {report['pack']} : {report['scenarios']} scénarios joués")
        click.echo(f"{len(reports)} paquets, {sum(report['scenarios'] for report in reports)} scénarios.")
    raise SystemExit(0 if all(report["ok"] for report in reports) else 1)


def _checked(place: Path) -> dict[str, Any]:
    """Lint a pack, then play each of its scenarios at the unit it names, with the packs it needs."""
    report = configuration.check_pack(place)
    lines = [problem_line(problem) for problem in report.problems]
    pack = report.pack
    if pack is None or not report.ok:
        return {"pack": pack.key if pack else place.name, "ok": False, "scenarios": 0, "lines": lines}
    files = {path: data for one in _with_needed(pack) for path, data in _files(one).items()}
    wrong = [f"{name} : {fault}" for name, scenario in pack.scenarios.items() for fault in _played(files, scenario)]
    played = {scenario.get("unit") for scenario in pack.scenarios.values()}
    lines += [f"erreur {line}" for line in wrong]
    unplayed = [unit for unit in pack.overlays if unit not in played]
    lines += [f"attention aucun scénario ne joue la variante de « {unit} »" for unit in unplayed]
    return {"pack": pack.key, "ok": not wrong, "scenarios": len(pack.scenarios), "lines": lines}


def _files(pack: configuration.Pack) -> dict[str, bytes]:
    files = read_pack_zip(configuration.write_pack(pack))
    return {path: data for path, data in files.items() if not {"data", "scenarios"} & set(path.split("/"))}


def _played(files: dict[str, bytes], scenario: Any) -> list[str]:
    box = Sandbox(now=scenario["now"], services="pass") if "now" in scenario else Sandbox(services="pass")
    report = box.deploy(files, unit=scenario.get("unit"))
    return [problem.message for problem in report.problems if problem.severity == "error"] or play(box, scenario)


def _with_needed(pack: configuration.Pack) -> list[configuration.Pack]:
    """Return a pack and the shipped ones it needs, each once, needed ones first."""
    shipped = {folder.name: folder for folder in configuration.shipped_packs()}
    found: dict[str, configuration.Pack] = {}

    def add(one: configuration.Pack) -> None:
        for key in one.requires:
            if key in shipped and key not in found:
                add(configuration.read_pack(shipped[key]))
        found[one.key] = one

    add(pack)
    return list(found.values())
