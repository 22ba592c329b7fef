"""`jalon pack import|export|check`."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from jalon.base.actor import SYSTEM
from jalon.base.errors import NotFound
from jalon.doors.cli import scenario_packs
from jalon.doors.cli.group import Composition, as_json, composed, main
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
    if isinstance(release, publication.Waiting):
        click.echo(f"{read.title} {read.version} : rien n’est publié, une seconde lecture est exigée ({release.id}).")
        return
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
    """Vérifier un paquet, jouer ses scénarios sur chaque configuration ; sans argument, tous. Rien n’est écrit."""
    places = [place] if place else configuration.shipped_packs()
    if not places:
        raise NotFound
    reports = [scenario_packs.check(one) for one in places]
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], ensure_ascii=False, indent=2))
    else:
        for report in reports:
            for line in report.lines:
                click.echo(line)
            verdict = "bon" if report.ok else "refusé"
            where = f" sur {len(report.configurations)} configurations" if report.plays else ""
            click.echo(f"{verdict:7} {report.pack} : {report.scenarios} scénarios joués {report.plays} fois{where}")
        scenarios, plays = sum(one.scenarios for one in reports), sum(one.plays for one in reports)
        click.echo(f"{len(reports)} paquets, {scenarios} scénarios, {plays} parties jouées.")
    raise SystemExit(0 if all(report.ok for report in reports) else 1)
