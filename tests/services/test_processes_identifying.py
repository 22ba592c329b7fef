"""Before a new case file: who is asked about, and who already looks like that."""

import pytest
from sqlalchemy.orm import Session

from factories.dossiers import make_dossier
from factories.processes import NOW, line, process, publish_basics, user_task, worker
from factories.publishing import publish
from factories.units import make_network
from jalon.base.errors import Forbidden, FormInvalid
from jalon.services import processes
from jalon.services.processes import StartRefused
from jalon.store.dossiers import Dossier
from jalon.store.organisations import Unit


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_basics(session)
    body = line(user_task("recevoir"))
    publish(session, "process", "p", process("p", body, dossierType="personne"))
    publish(session, "process", "libre", process("libre", body))
    publish(session, "process", "chefs", process("chefs", body, dossierType="personne", startRoles="chef"))
    return make_network(session)


@pytest.fixture
def toulouse(units):
    return units["ml_toulouse"]


@pytest.fixture
def asked(session, toulouse):
    return processes.identification(session, worker(toulouse), "p", toulouse.id, NOW)


def alike(session, unit, asked, **answers):
    found = processes.look_alikes(session, worker(unit), asked, answers, NOW)[1]
    return [(one.name, reasons) for one, reasons in found]


def test_what_identifies_is_asked_the_name_first(asked):
    titles = [(name, one["title"]) for name, one in asked.schema["properties"].items()]
    assert titles == [
        ("identite_prenom", "Prénom"),
        ("identite_nom", "Nom"),
        ("identite_naissance", "Date de naissance"),
        ("contact_telephone", "Téléphone"),
    ]
    assert asked.schema["properties"]["identite_naissance"]["format"] == "date"


def test_a_process_about_nobody_asks_nothing(session, toulouse):
    assert processes.identification(session, worker(toulouse), "libre", toulouse.id, NOW) is None


@pytest.mark.req("S4")
def test_who_may_not_start_is_asked_nothing(session, units, toulouse):
    with pytest.raises(StartRefused):
        processes.identification(session, worker(toulouse), "chefs", toulouse.id, NOW)
    with pytest.raises(Forbidden):
        processes.identification(session, worker(units["ml_brest"]), "p", toulouse.id, NOW)


@pytest.mark.req("C18")
def test_look_alikes_are_told_with_their_reasons(session, toulouse, asked):
    known = {"identite__prenom": "Yanis", "identite__nom": "Delmas", "identite__naissance": "2005-09-14"}
    make_dossier(session, toulouse, **known, contact__telephone="+33612345678")
    make_dossier(session, toulouse, identite__prenom="Lina", identite__nom="Bonnet", identite__naissance="2005-09-14")
    born = {"identite_naissance": "2005-09-14"}
    assert alike(session, toulouse, asked, identite_prenom="Yannis", identite_nom="Dellmas", **born) == [
        ("Yanis Delmas", ("même date de naissance et nom voisin",))
    ]
    assert alike(session, toulouse, asked, identite_prenom="yanis", identite_nom="DELMAS", **born) == [
        ("Yanis Delmas", ("même date de naissance et nom voisin", "même nom"))
    ]
    assert alike(session, toulouse, asked, identite_nom="Autre", contact_telephone="06 12 34 56 78") == [
        ("Yanis Delmas", ("même téléphone",))
    ]
    assert alike(session, toulouse, asked, identite_prenom="Marc", identite_nom="Petit", **born) == []


@pytest.mark.req("C18", "S4")
def test_case_files_of_elsewhere_are_never_told(session, units, toulouse, asked):
    make_dossier(session, units["ml_brest"], identite__prenom="Yanis", identite__nom="Delmas")
    assert alike(session, toulouse, asked, identite_prenom="Yanis", identite_nom="Delmas") == []


def test_answers_that_cannot_be_read_are_refused_and_nothing_is_opened(session, toulouse, asked):
    with pytest.raises(FormInvalid) as refusal:
        processes.look_alikes(session, worker(toulouse), asked, {"identite_naissance": "hier"}, NOW)
    assert set(refusal.value.problems) == {"/identite_naissance"}
    assert processes.look_alikes(session, worker(toulouse), asked, {}, NOW) == ({}, [])
    assert session.query(Dossier).count() == 0


@pytest.mark.req("C14")
def test_what_was_said_opens_the_case_file_and_is_not_asked_again(session, toulouse, asked):
    amina = worker(toulouse)
    values, _ = processes.look_alikes(session, amina, asked, {"identite_prenom": "Léo", "identite_nom": "Roux"}, NOW)
    processes.start(session, amina, "p", toulouse.id, known=values, now=NOW)
    (dossier,) = session.query(Dossier)
    assert (dossier.name, dossier.data) == ("Léo Roux", {"identite": {"prenom": "Léo", "nom": "Roux"}})
