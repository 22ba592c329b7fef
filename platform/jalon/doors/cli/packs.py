"""`jalon pack import|export|check|keygen|sign|verify`."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import click

from jalon.base.actor import SYSTEM
from jalon.base.errors import NotFound, Refused
from jalon.doors.cli import scenario_packs
from jalon.doors.cli.group import Composition, as_json, composed, main
from jalon.services import configuration, publication
from jalon.services.configuration import Pack

PLACE = click.Path(exists=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@main.group()
def pack() -> None:
    """Paquets : importer, exporter, vérifier, signer."""


@pack.command(name="import")
@click.argument("place", type=PLACE)
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait publié, et par qui c’est signé, sans rien écrire.")
@composed
def import_(composition: Composition, place: Path, dry_run: bool) -> None:
    """Publier le paquet d’un dossier ou d’un fichier zip ; le même paquet deux fois ne change rien."""
    database, trust = composition.ready.database, configuration.read_trust(composition.settings)
    read = configuration.check_signature(_read(place), trust, place.name)
    click.echo(_signature(read))
    if dry_run:
        prepared = publication.rehearse_import(database, SYSTEM, read)
        if prepared is None:
            click.echo(f"{read.title} {read.version} : essai, rien ne changerait.")
            return
        _say(prepared.report["sentences"], prepared.report["warnings"])
        then = " après une seconde lecture" if prepared.demanding else ""
        click.echo(f"{read.title} {read.version} : essai, rien n’est publié ; l’importer le publierait{then}.")
        return
    release = publication.import_with(database, SYSTEM, read)
    if isinstance(release, publication.Waiting):
        _say(release.sentences)
        click.echo(f"{read.title} {read.version} : rien n’est publié, une seconde lecture est exigée ({release.id}).")
        return
    _say(release.sentences, () if release.unchanged else release.warnings)
    click.echo(f"{read.title} {read.version} : {'inchangé' if release.unchanged else 'publié'}.")


@pack.command()
@click.argument("key")
@click.argument("target", type=click.Path(path_type=Path))
@composed
def export(composition: Composition, key: str, target: Path) -> None:
    """Écrire un paquet publié dans un fichier zip, avec sa signature s’il dit toujours ce qui fut signé."""
    with composition.ready.database.transaction() as session:
        exported = publication.published_pack(session, key)
    content = configuration.write_pack(exported)
    target.write_bytes(content)
    signed = ", avec sa signature" if exported.signature else ""
    click.echo(f"{key} : {len(content)} octets dans {target}{signed}.")


@pack.command()
@click.argument("target", type=click.Path(path_type=Path))
def keygen(target: Path) -> None:
    """Faire deux clés : TARGET.key, qui signe et ne se partage jamais ; TARGET.pub, à donner à qui importe vos paquets.

    Le nom de TARGET.pub est celui sous lequel on vous reconnaît : minuscules, chiffres et tirets.
    """
    if not configuration.is_signer_name(target.name):
        raise Refused(reason=f"« {target.name} » attend des minuscules, des chiffres et des tirets")
    private, public, fingerprint = configuration.make_keys()
    for suffix, content, mode in ((".key", private, 0o600), (".pub", public, 0o644)):
        file = target.with_name(target.name + suffix)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
                opened.write(content)
        except OSError as error:
            why = "il existe déjà" if isinstance(error, FileExistsError) else "le dossier ne le permet pas"
            raise Refused(reason=f"« {file} » ne peut pas être écrit, {why}") from error
        click.echo(str(file))
    click.echo(f"Empreinte : {fingerprint}")


@pack.command()
@click.argument("place", type=PLACE)
@click.option("--key", "key", type=FILE, required=True, help="La clé privée, faite par `jalon pack keygen`.")
def sign(place: Path, key: Path) -> None:
    """Signer un paquet, dossier ou fichier zip, en place : le fichier `signature.json` y est mis ou remplacé."""
    signed = configuration.sign_pack(_read(place), key.read_bytes(), key.name)
    assert signed.signature is not None  # just made
    if place.is_file():
        place.write_bytes(configuration.write_pack(signed))
    else:
        (place / configuration.SIGNATURE).write_bytes(configuration.write_signature(signed.signature))
    click.echo(f"{signed.title} {signed.version} : signé (empreinte {signed.signature.fingerprint}).")


@pack.command()
@click.argument("place", type=PLACE)
@composed
def verify(composition: Composition, place: Path) -> None:
    """Dire qui a signé un paquet, d’après les clés de JALON_PACK_SIGNERS ; refusé si personne de connu."""
    trust = replace(configuration.read_trust(composition.settings), required=True)
    read = configuration.check_signature(_read(place), trust, place.name)
    click.echo(f"{read.title} {read.version} : {_signature(read)}")


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


def _read(place: Path) -> Pack:
    return configuration.read_pack(place.read_bytes() if place.is_file() else place)


def _signature(read: Pack) -> str:
    """Say who signed a pack whose signature was checked."""
    if read.signature is None:
        return "Sans signature."
    if not read.signature.signer:
        return f"Signature intacte, d’une clé inconnue ici (empreinte {read.signature.fingerprint})."
    return f"Signé par « {read.signature.signer} » (empreinte {read.signature.fingerprint})."


def _say(sentences: Iterable[str], warnings: Iterable[str] = ()) -> None:
    for sentence in sentences:
        click.echo(f"- {sentence}")
    for warning in warnings:
        click.echo(f"attention : {warning}")
