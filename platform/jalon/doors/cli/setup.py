"""Preparing a database: its tables, the packs shipped, and for the demo a network with people."""

import json
from collections.abc import Callable, Collection, Iterable

from jalon.base.actor import SYSTEM
from jalon.services import access, configuration, publication
from jalon.services.configuration import Pack
from jalon.store import organisations, people, schema
from jalon.store.database import Session
from jalon.store.wiring import Wiring

DEMO_PASSWORD = "jalon-demonstration"  # noqa: S105 (printed by the demo: it protects nothing)
PEOPLE = "personas.json"

Say = Callable[[str], None]


def init(wiring: Wiring, say: Say = lambda _line: None) -> list[str]:
    """Bring the tables up to date, create the units, publish the packs shipped; return the packs' keys."""
    schema.upgrade(wiring.database)
    wiring.jobs.prepare()
    return import_shipped(wiring, _wanted(wiring), say)


def import_shipped(wiring: Wiring, wanted: Collection[str] = (), say: Say = lambda _line: None) -> list[str]:
    """Publish the packs shipped (all, or those wanted), each with its units; return their keys."""
    folders = [folder for folder in configuration.shipped_packs() if not wanted or folder.name in wanted]
    published = []
    for pack in in_order(configuration.read_pack(folder) for folder in folders):
        release = publication.import_with(wiring.database, SYSTEM, pack)
        if isinstance(release, publication.Waiting):
            say(f"{pack.title} {pack.version} : attend une seconde lecture")
            continue
        say(f"{pack.title} {pack.version} : {'inchangé' if release.unchanged else 'publié'}")
        published.append(pack.key)
    return published


def in_order(packs: Iterable[Pack]) -> list[Pack]:
    """Return packs so that each comes after those it requires."""
    left = {pack.key: pack for pack in packs}
    ordered: list[Pack] = []
    while left:
        ready = [pack for pack in left.values() if not set(pack.requires) & set(left)]
        for pack in ready or [next(iter(left.values()))]:  # a circle or a gap: importing says which pack is missing
            ordered.append(left.pop(pack.key))
    return ordered


def prepare_demo(wiring: Wiring, say: Say = lambda _line: None) -> list[dict[str, str]]:
    """Prepare a database with the packs' fictitious people; return their accounts."""
    init(wiring, say)
    accounts = []
    for folder in configuration.shipped_packs():
        file = folder / PEOPLE
        if file.exists():
            with wiring.database.transaction() as session:
                accounts += [_person(session, wiring, row) for row in json.loads(file.read_text(encoding="utf-8"))]
    return accounts


def _person(session: Session, wiring: Wiring, row: dict) -> dict[str, str]:
    now = wiring.clock.now()
    unit = organisations.unit_by_code(session, row["roles"][0]["unit"])
    assert unit is not None, row
    if people.person_by_login(session, row["login"]) is None:
        sent = access.invite(
            session, SYSTEM, login=row["login"], name=row["name"], email=row["email"], unit=unit, now=now
        )
        access.accept_invitation(session, sent.token, DEMO_PASSWORD, now=now)
        for held in row["roles"]:
            place = organisations.unit_by_code(session, held["unit"])
            assert place is not None, held
            access.grant(session, SYSTEM, sent.person, place, held["role"], now=now)
    roles = access.current_roles(session, unit.id)
    label = roles.get(row["roles"][0]["role"], {}).get("label", row["roles"][0]["role"])
    return {"login": row["login"], "name": row["name"], "role": label, "unit": unit.title}


def _wanted(wiring: Wiring) -> set[str]:
    return {key.strip() for key in wiring.settings.packs.split(",") if key.strip()}
