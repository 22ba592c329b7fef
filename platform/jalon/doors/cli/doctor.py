"""`jalon doctor`: what an operator must know is well, and for the rest the sentence that says how to mend it."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from jalon.base.actor import SYSTEM
from jalon.base.clock import SystemClock
from jalon.base.errors import JalonError
from jalon.base.i18n import fr
from jalon.base.ports import Reachable
from jalon.base.settings import Settings
from jalon.doors.cli.group import Composition, as_json, composed, main
from jalon.services import audit, configuration, processes
from jalon.store import health, jobs, messaging, schema, walls
from jalon.store.database import outage
from jalon.store.wiring import Wiring
from jalon.ui import assets

FREE_BYTES = 500 * 1024 * 1024
SKEW = timedelta(seconds=30)
LATE = timedelta(minutes=10)


class Sick(JalonError):
    """Something to mend: the sentence says what is wrong and what to do."""

    code, message = "sante.a_reparer", fr("{what}")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `good`, and the sentence."""

    check: str
    good: bool
    sentence: str


@main.command()
@as_json
@composed
def doctor(composition: Composition, as_json: bool) -> None:
    """Vérifier réglages, base, droits par ligne, audit, travaux, courriel et disque ; dire comment réparer."""
    findings = examine(composition)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=2))
    else:
        for one in findings:
            click.echo(f"{'bon      ' if one.good else 'à réparer'} {one.check} : {one.sentence}")
    raise SystemExit(0 if all(one.good for one in findings) else 1)


def examine(composition: Composition) -> list[Finding]:
    """Run every check that can be; those that need the database wait until it is ready."""
    try:
        wiring = composition.wiring
    except JalonError as refusal:
        return [Finding("réglages", False, refusal.text())]
    findings = [_finding(name, check, wiring) for name, check in _WITHOUT_TABLES.items()]
    reached = all(one.good for one in findings if one.check in {"base de données", "migrations"})
    if reached:
        findings += [_finding(name, check, wiring) for name, check in _WITH_TABLES.items()]
    wiring.database.close()
    return findings


def _finding(name: str, check: Callable[[Wiring], str], wiring: Wiring) -> Finding:
    try:
        return Finding(name, True, check(wiring))
    except Exception as error:  # whatever a check meets is what it found
        refusal = error if isinstance(error, JalonError) else outage(error)
        return Finding(name, False, refusal.text() if refusal else f"Vérification impossible ({type(error).__name__}).")


def _settings(wiring: Wiring) -> str:
    settings = wiring.settings
    configuration.read_trust(settings)  # a key that cannot be read is found now, not on the day of an import
    if not settings.production:
        return "réglages d’essai ; pour servir de vraies personnes, JALON_PRODUCTION=oui"
    faults = _production_faults(settings)
    if faults:
        raise Sick(what=" ".join(faults))
    return "réglages de production"


def _production_faults(settings: Settings) -> list[str]:
    faults = []
    if not settings.proxy_hops:
        faults.append(
            "Aucun serveur mandataire n’est déclaré : mettez-en un qui porte le HTTPS, puis JALON_PROXY_HOPS=1."
        )
    if not settings.smtp_url:
        faults.append("Les courriels ne partent pas, ils sont écrits dans un dossier : donnez JALON_SMTP_URL.")
    if settings.mail_from.endswith("@localhost"):
        faults.append("L’adresse d’expédition est celle d’un essai : donnez JALON_MAIL_FROM.")
    return faults


def _reach(wiring: Wiring) -> str:
    found = health.server(wiring.database)
    if found.kind == "PostgreSQL" and found.major < health.POSTGRES_MINIMUM:
        wanted = health.POSTGRES_MINIMUM
        raise Sick(what=f"PostgreSQL {found.version} est trop ancien : installez la version {wanted} ou une suivante.")
    return f"{found.kind} {found.version}"


def _migrations(wiring: Wiring) -> str:
    schema.require_ready(wiring.database)
    return "à jour"


def _integrity(wiring: Wiring) -> str:
    found = health.integrity(wiring.database)
    if found:
        raise Sick(
            what=f"La base est abîmée ({len(found)} fautes, d’abord : {found[0]}). "
            "Arrêtez le service et restaurez la dernière sauvegarde avec « jalon restore »."
        )
    return "intacte"


def _walls(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        found = walls.state_of_walls(session)
    if found is None:
        return "sans objet sur SQLite : l’application seule borne ce que chacun lit"
    if not found.role:
        raise Sick(
            what=f"Les pages lisent la base sans le second mur : le compte n’a pas le rôle {walls.ROLE}. Avec un "
            f"compte d’administration : « CREATE ROLE {walls.ROLE} NOLOGIN; GRANT {walls.ROLE} TO {found.account}; », "
            "puis « jalon upgrade »."
        )
    if found.open_tables:
        tables = ", ".join(found.open_tables)
        raise Sick(what=f"Le second mur ne couvre pas {tables} : lancez « jalon upgrade », puis relancez le service.")
    return f"en place sur {len(walls.POLICIES)} tables"


def _audit(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        report = audit.verify(session)
    if not report.ok:
        raise Sick(
            what=f"Le journal d’audit ne se vérifie pas ({len(report.breaks)} ruptures, d’abord : "
            f"{report.first_break.kind if report.first_break else '?'}). Gardez la base en l’état, comparez avec les "
            "lignes « audit seal » mises de côté, et prévenez la personne chargée de la sécurité."
        )
    return f"{report.checked} lignes vérifiées"


def _outbox(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        failed = messaging.failed_messages(session)
    if failed:
        raise Sick(
            what=f"{len(failed)} messages n’ont pas pu partir (dernier motif : {failed[0].error_code}). "
            "Réparez l’envoi, puis relancez-les depuis l’écran des incidents."
        )
    return "aucun message en échec"


def _jobs(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        failed = jobs.count_jobs(session).get("failed", 0)
        late = health.late_work(session, wiring.clock.now() - LATE)
    if failed:
        raise Sick(what=f"{failed} travaux abandonnés : voyez leur motif et relancez-les depuis l’écran des incidents.")
    if late:
        raise Sick(what=f"{late} travaux ou envois attendent depuis plus de dix minutes : lancez « jalon worker ».")
    return "aucun travail en échec ni en retard"


def _incidents(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        count = len(processes.incidents(session, SYSTEM))
    if count:
        raise Sick(
            what=f"{count} étapes automatiques arrêtées : « jalon incident list », puis « jalon incident retry »."
        )
    return "aucun incident ouvert"


def _mail(wiring: Wiring) -> str:
    if not wiring.settings.smtp_url:
        return "aucun serveur : les courriels sont écrits dans var/mail"
    if not isinstance(wiring.mailer, Reachable):
        return "serveur déclaré"
    try:
        wiring.mailer.reach()
    except Exception as error:
        kind = type(error).__name__
        raise Sick(
            what=f"Le serveur de courriel ne répond pas ({kind}) : vérifiez JALON_SMTP_URL et le pare-feu."
        ) from error
    return "le serveur répond"


def _files(wiring: Wiring) -> str:
    folder = wiring.settings.var / "files"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"essai")
    except OSError as error:
        raise Sick(
            what=f"Le dossier des pièces jointes n’est pas accessible en écriture ({error.strerror}) : {folder}. "
            "Donnez-le au compte du service."
        ) from error
    return str(folder)


def _assets(_wiring: Wiring) -> str:
    return f"{len(assets.manifest())} fichiers construits"


def _clock(wiring: Wiring) -> str:
    now = SystemClock().now()
    other = health.server(wiring.database).now
    ZoneInfo(wiring.settings.zone)
    if other is not None and abs(now - other) > SKEW:
        raise Sick(
            what=f"L’horloge de cette machine et celle de la base diffèrent de {abs(now - other).seconds} s : "
            "mettez les deux à l’heure (chrony ou systemd-timesyncd)."
        )
    return "à l’heure"


def _last_event(wiring: Wiring) -> str:
    with wiring.database.transaction() as session:
        last = health.last_event_at(session)
    if last is not None and last - SystemClock().now() > SKEW:
        raise Sick(what="Un acte du journal est daté du futur : l’horloge a reculé. Mettez la machine à l’heure.")
    return "aucun acte daté du futur"


def _disk(wiring: Wiring) -> str:
    free = health.free_bytes(wiring.database, wiring.settings.var)
    if free < FREE_BYTES:
        raise Sick(what=f"Il ne reste que {free // 2**20} Mo sur le disque : faites de la place.")
    return f"{free // 2**30} Go libres" if free >= 2**30 else f"{free // 2**20} Mo libres"


_WITHOUT_TABLES: dict[str, Callable[[Wiring], str]] = {
    "réglages": _settings,
    "base de données": _reach,
    "migrations": _migrations,
    "courriel": _mail,
    "pièces jointes": _files,
    "interface": _assets,
    "horloge": _clock,
    "disque": _disk,
}
_WITH_TABLES: dict[str, Callable[[Wiring], str]] = {
    "intégrité": _integrity,
    "second mur": _walls,
    "journal d’audit": _audit,
    "dates": _last_event,
    "messages": _outbox,
    "travaux": _jobs,
    "incidents": _incidents,
}
