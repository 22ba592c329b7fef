"""Case files read from elsewhere for a reason; case files put together and taken apart."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories.dossiers import NOW, make_dossier, publish_types
from factories.people import actor_with, make_membership, make_person
from factories.processes import ROLES, make_task
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import Actor, Grant
from jalon.base.errors import Forbidden, NotFound
from jalon.services import dossiers
from jalon.services.dossiers.exceptions import ReasonNeeded, TooManyExceptions
from jalon.services.dossiers.merging import MergeRefused
from jalon.store import merges
from jalon.store.audit import AccessLog, AuditEvent
from jalon.store.messaging import Outbox
from jalon.store.organisations import Unit

ALL = ("dossier.voir", "dossier.creer", "dossier.modifier")
BORN = date(2007, 11, 21)
WHY = "Hébergement d’urgence ce soir à Brest"


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_types(session)
    publish(session, "message", "acces-exceptionnel", {"subject": "Lu ailleurs", "text": "{{motif}} {{lien}}"})
    watcher = {"label": "Garant", "permissions": ["audit.voir"], "reach": "below", "external": False}
    publish(session, "roles", "roles", {"roles": {**ROLES["roles"], "garant": watcher}})
    session.info["clock"] = SimpleNamespace(now=lambda: NOW)
    return make_network(session)


def somebody(session: Session, unit: Unit, *permissions: str) -> Actor:
    person = make_person(session, unit, name="Yann")
    grant = Grant("essai", unit.id, frozenset(permissions), frozenset({unit.id}))
    return Actor(id=person.id, name=person.name, grants=(grant,))


@pytest.mark.req("S4")
def test_a_case_file_of_another_unit_opens_for_a_day_with_a_reason_and_its_unit_is_told(session, units):
    dossier = make_dossier(session, units["ml_toulouse"], identite__naissance=BORN.isoformat())
    make_membership(session, make_person(session, units["fr"], name="Garante"), units["fr"], "garant")
    yann = somebody(session, units["ml_brest"], *ALL, "dossier.exceptionnel")
    with pytest.raises(NotFound):
        dossiers.read(session, yann, dossier.id)
    assert dossiers.open_exceptionally(session, yann, "martin LÉA", BORN, WHY, NOW).id == dossier.id
    assert dossiers.read(session, yann, dossier.id).id == dossier.id
    with pytest.raises(NotFound):
        dossiers.writable(session, yann, dossier.id)
    assert dossiers.search(session, yann, "Martin") == []
    (opening,) = dossiers.openings(session, dossier)
    assert (opening.person_name, opening.reason, opening.expires_at) == ("Yann", WHY, NOW + timedelta(hours=24))
    (mail,) = session.scalars(select(Outbox)).all()
    assert WHY in mail.text
    assert "Martin" not in mail.text
    assert "dossier.acces_exceptionnel" in session.scalars(select(AuditEvent.action)).all()
    session.info["clock"] = SimpleNamespace(now=lambda: NOW + timedelta(hours=24))
    with pytest.raises(NotFound):
        dossiers.read(session, yann, dossier.id)


@pytest.mark.req("S4")
def test_names_are_not_for_guessing(session, units):
    make_dossier(session, units["ml_toulouse"], identite__naissance=BORN.isoformat())
    yann = somebody(session, units["ml_brest"], "dossier.voir", "dossier.exceptionnel")
    with pytest.raises(ReasonNeeded):
        dossiers.open_exceptionally(session, yann, "Léa Martin", BORN, "urgent", NOW)
    for name, born in [("Léa", BORN), ("Léa Martin", date(2007, 11, 22)), ("", BORN), ("Paul Martin", BORN)] * 2:
        if len(session.scalars(select(AccessLog)).all()) < 5:
            assert dossiers.open_exceptionally(session, yann, name, born, WHY, NOW) is None
    with pytest.raises(TooManyExceptions):
        dossiers.open_exceptionally(session, yann, "Léa Martin", BORN, WHY, NOW)
    with pytest.raises(Forbidden):
        dossiers.open_exceptionally(session, actor_with(*ALL), "Léa Martin", BORN, WHY, NOW)


@pytest.mark.req("C18")
def test_two_case_files_become_one_and_two_again(session, units):
    toulouse = units["ml_toulouse"]
    actor = actor_with(*ALL, units=(toulouse.id,))
    kept = make_dossier(session, toulouse, contact__telephone="0601020304", identite__naissance=BORN.isoformat())
    other = make_dossier(session, toulouse, contact__telephone="0611111111", experiences=[{"employeur": "Garage"}])
    before = (dict(kept.data), dict(other.data))
    task = make_task(session, toulouse, other)
    paper = dossiers.add_document(
        session, actor, other, content_hash="a" * 64, name="cv.pdf", media_type="application/pdf", size=9, now=NOW
    )
    assert [one.id for one, _ in dossiers.alike(session, actor, kept, NOW)] == [other.id]

    made = dossiers.merge(session, actor, kept.id, other.id, "Même jeune, deux accueils", NOW)

    assert kept.data["contact"]["telephone"] == "0601020304"
    assert [row["employeur"] for row in kept.data["experiences"]] == ["Garage"]
    assert merges.runs_of(session, kept.id) == [(task.instance_id, "principal")]
    session.refresh(paper)
    assert paper.dossier_id == kept.id
    assert [one.id for one in dossiers.search(session, actor, "martin")] == [kept.id]
    assert [one.id for _, one in dossiers.merged_here(session, kept)] == [other.id]
    origins = {line.path.partition("/")[0]: line.origin for line in dossiers.values_with_provenance(session, kept)}
    assert origins["experiences"] == "dossier réuni"
    with pytest.raises(MergeRefused):
        dossiers.merge(session, actor, kept.id, other.id, "Encore", NOW)

    dossiers.undo(session, actor, made.id, NOW)

    session.refresh(paper)
    assert (dict(kept.data) | {"experiences": []}, dict(other.data)) == (before[0] | {"experiences": []}, before[1])
    assert (paper.dossier_id, other.status, other.merged_into) == (other.id, "open", None)
    assert merges.runs_of(session, other.id) == [(task.instance_id, "principal")]
    assert len(dossiers.search(session, actor, "martin")) == 2
    with pytest.raises(NotFound):
        dossiers.undo(session, actor, made.id, NOW)


def test_case_files_of_two_units_types_or_beyond_reach_are_not_merged(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id, units["ml_toulouse_centre"].id))
    one = make_dossier(session, units["ml_toulouse"])
    elsewhere = make_dossier(session, units["ml_toulouse_centre"])
    foreign = make_dossier(session, units["ml_brest"])
    for other, refusal in [(one, MergeRefused), (elsewhere, MergeRefused), (foreign, NotFound)]:
        with pytest.raises(refusal):
            dossiers.merge(session, actor, one.id, other.id, "Doublon", NOW)
    with pytest.raises(MergeRefused):
        dossiers.merge(session, actor, one.id, make_dossier(session, units["ml_toulouse"]).id, " ", NOW)
