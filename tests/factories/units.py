"""Units: a small network made in one line."""

from sqlalchemy.orm import Session

from jalon.store.organisations import Unit, unit_by_code


def make_unit(session: Session, code: str = "fr", parent: Unit | None = None, **words: object) -> Unit:
    """A unit of that code, the one already there if any."""
    found = unit_by_code(session, code)
    if found is not None:
        return found
    facts: dict[str, object] = {"level": "agence" if parent else "nation", "title": code.title(), **words}
    path = f"{parent.path if parent else '/'}{code}/"
    unit = Unit(code=code, parent_id=parent.id if parent else None, path=path, **facts)
    session.add(unit)
    session.flush()
    return unit


def make_network(session: Session) -> dict[str, Unit]:
    """fr > occitanie > d31 > ml_toulouse > ml_toulouse_centre, and fr > bretagne > ml_brest; by code."""
    fr = make_unit(session, "fr", zone="Europe/Paris", calendar="metropole")
    occitanie = make_unit(session, "occitanie", fr, level="region")
    d31 = make_unit(session, "d31", occitanie, level="departement")
    toulouse = make_unit(session, "ml_toulouse", d31)
    centre = make_unit(session, "ml_toulouse_centre", toulouse, level="site")
    bretagne = make_unit(session, "bretagne", fr, level="region")
    brest = make_unit(session, "ml_brest", bretagne)
    return {unit.code: unit for unit in (fr, occitanie, d31, toulouse, centre, bretagne, brest)}
