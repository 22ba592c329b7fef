"""The second wall: with the application's own predicate taken away, pages of PostgreSQL show no row of other units."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text, true

from doors.conftest import both
from factories.journeys import person, walk_to
from fakes.browser import Browser
from jalon.doors.cli.doctor import _walls
from jalon.services import access
from jalon.store import dossiers as store
from jalon.store import walls
from jalon.store.dossiers import Dossier, DossierChange, DossierDocument, DossierWord
from jalon.store.processes import InstanceDossier
from jalon.store.wiring import Wiring

Open = Callable[..., Browser]
WALLED = (Dossier, DossierWord, DossierChange, DossierDocument)


@both
@pytest.mark.req("S3")
def test_without_the_predicate_no_case_file_of_another_unit_is_shown(
    wiring: Wiring, browser: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = walk_to(wiring, "explorer_personnel")
    with wiring.database.transaction() as session:
        dossier = session.scalars(
            select(InstanceDossier.dossier_id).where(InstanceDossier.instance_id == task.root_id)
        ).one()
    rennes, toulouse = browser("conseiller.rennes"), browser("conseiller.toulouse")
    monkeypatch.setattr(store, "in_scope", lambda _scope: true())
    monkeypatch.setattr(
        store,
        "_having_word",
        lambda _scope, word: select(DossierWord.dossier_id).where(DossierWord.word.startswith(word)),
    )
    held = wiring.database.is_postgres
    assert ("Delmas" in rennes.get("/dossiers?q=delmas").page.xpath("string(//main//ul)")) is not held
    assert rennes.get(f"/dossiers/{dossier}").status == (404 if held else 200)
    assert "Delmas" in toulouse.get("/dossiers?q=delmas").page.xpath("string(//main//ul)")
    assert toulouse.get(f"/dossiers/{dossier}").status == 200


@pytest.mark.parametrize("wiring", ["postgresql"], indirect=True)
@pytest.mark.req("S3")
def test_the_role_of_pages_sees_what_it_is_told_and_nothing_when_nothing_is_told(wiring: Wiring) -> None:
    walk_to(wiring, "explorer_personnel")

    def seen(login: str) -> list[int]:
        with wiring.database.transaction() as session:
            who = person(session, login) if login else None
            units = access.scope(who) if who else frozenset()
            assert walls.stand_behind(session, units, who.id if who else None)
            return [session.scalar(select(func.count()).select_from(table)) for table in WALLED]

    with wiring.database.transaction() as session:
        everything = [session.scalar(select(func.count()).select_from(table)) for table in WALLED]
        shared = session.scalar(select(func.count()).where(Dossier.audience != "unit"))
    assert everything[0] > shared
    assert seen("") == [0, 0, 0, 0]
    assert seen("conseiller.rennes")[0] == shared
    assert seen("conseiller.toulouse")[0] > shared
    with wiring.database.transaction() as session:  # the next transaction of the same connection is free again
        assert session.scalar(select(func.count()).select_from(Dossier)) == everything[0]


@both
@pytest.mark.req("S3")
def test_doctor_says_whether_the_wall_stands_and_how_to_raise_it(wiring: Wiring) -> None:
    held = wiring.database.is_postgres
    assert _walls(wiring).startswith("en place" if held else "sans objet")
    if not held:
        return
    with wiring.database.transaction() as session:
        session.execute(text("ALTER TABLE document DISABLE ROW LEVEL SECURITY"))
        found = walls.state_of_walls(session)
        assert found is not None
        assert (found.role, found.open_tables) == (True, ("document",))
        session.rollback()
