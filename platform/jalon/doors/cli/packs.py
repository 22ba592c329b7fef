"""`jalon pack import|export|check`."""

import json
from pathlib import Path

import click

from jalon.base.actor import SYSTEM
from jalon.base.errors import NotFound
from jalon.doors.cli.group import Composition, as_json, composed, main, problem_line
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
    read = configuration.read_pack(place)
    with composition.ready.database.transaction() as session:
        release = publication.import_pack(session, SYSTEM, read)
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
    raise SystemExit(0 if all(report["ok"] for report in reports) else 1)


def _checked(place: Path) -> dict:
    report = Sandbox().check_pack(_zipped(place))
    return {
        "pack": report.pack or place.name,
        "ok": report.ok,
        "scenarios": len(report.scenarios),
        "lines": [problem_line(problem) for problem in report.problems],
    }


def _zipped(place: Path) -> bytes:
    if place.is_file():
        return place.read_bytes()
    return configuration.write_pack(configuration.read_pack(place))
