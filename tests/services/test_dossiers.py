"""Case files: provenance of each value, scope, search, duplicates, sharing, concurrent writes."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from factories.dossiers import NOW, make_dossier, publish_types
from factories.people import actor_with
from factories.units import make_network
from jalon.base.errors import Forbidden, NotFound
from jalon.services import dossiers
from jalon.services.dossiers import Overtaken
from jalon.services.dossiers.words import understood
from jalon.store.organisations import Unit

ALL = ("dossier.voir", "dossier.creer", "dossier.modifier")


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    publish_types(session)
    return make_network(session)


def test_a_new_case_file_says_where_each_value_comes_from(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,), name="Amina K.")
    dossier = make_dossier(session, units["ml_toulouse"], actor, identite__naissance="2007-11-21")

    lines = dossiers.values_with_provenance(session, dossier)

    assert dossier.name == "Léa Martin"
    assert [(line.label, line.value, line.origin, line.actor, line.at) for line in lines] == [
        ("Prénom", "Léa", "structure", "Amina K.", NOW),
        ("Nom", "Martin", "structure", "Amina K.", NOW),
        ("Date de naissance", "2007-11-21", "structure", "Amina K.", NOW),
    ]


def test_noting_the_same_value_again_leaves_no_trace(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    version = dossier.version
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    assert dossiers.note(session, actor, dossier, {"identite.nom": "Martin"}, origin="agency", now=NOW) == []
    assert dossier.version == version


def test_a_row_has_its_own_path_and_label(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    rows = [{"_id": "r1", "employeur": "Mairie"}]
    dossiers.note(session, actor, dossier, {"experiences": rows}, origin="agency", now=NOW)
    dossiers.note(session, actor, dossier, {"experiences/r1/employeur": "Région"}, origin="agency", now=NOW)
    line = dossiers.values_with_provenance(session, dossier)[-1]
    assert (line.path, line.label, line.value) == ("experiences/r1/employeur", "Employeur", "Région")


@pytest.mark.req("S4")
def test_a_case_file_of_another_agency_does_not_exist(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    stranger = actor_with(*ALL, units=(units["ml_brest"].id,))
    with pytest.raises(NotFound):
        dossiers.read(session, stranger, dossier.id)
    with pytest.raises(NotFound):
        dossiers.edit(session, stranger, dossier.id, {"identite.nom": "X"}, now=NOW, seen_version=1)
    assert dossiers.search(session, stranger, "martin") == []


def test_who_may_not_create_is_refused(session, units):
    with pytest.raises(Forbidden):
        make_dossier(session, units["ml_toulouse"], actor_with("dossier.voir", units=(units["ml_toulouse"].id,)))


def test_a_shared_case_file_is_read_by_the_whole_region_and_no_further(session, units):
    toulouse = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    centre = actor_with(*ALL, units=(units["ml_toulouse_centre"].id,))
    brest = actor_with(*ALL, units=(units["ml_brest"].id,))
    shared = make_dossier(session, units["ml_toulouse"], toulouse, "organisme", nom="Garage Martin")
    assert shared.unit_id == units["occitanie"].id
    assert dossiers.read(session, centre, shared.id) is shared
    assert [found.id for found in dossiers.search(session, centre, "garage")] == [shared.id]
    with pytest.raises(NotFound):
        dossiers.read(session, brest, shared.id)


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "text",
    ["lea martin", "MARTIN Léa", "mart lé", "21/11/2007", "martin 21/11/2007", "06 12 34 56 78", "+33612345678"],
)
def test_search_ignores_accents_and_order(session, units, text):
    make_dossier(session, units["ml_toulouse"], identite__prenom="Hugo", identite__nom="Bernard")
    wanted = make_dossier(
        session, units["ml_toulouse"], identite__naissance="2007-11-21", contact__telephone="+33612345678"
    )
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    assert [found.id for found in dossiers.search(session, actor, text)] == [wanted.id]


def test_search_finds_the_end_of_the_number_and_forgets_former_names(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    dossier = make_dossier(session, units["ml_toulouse"])
    dossiers.note(session, actor, dossier, {"identite.nom": "Durand"}, origin="agency", now=NOW)
    assert [found.id for found in dossiers.search(session, actor, dossier.id.hex[-8:])] == [dossier.id]
    assert dossiers.search(session, actor, "martin") == []


@pytest.mark.parametrize("end", ["3d153729", "153729ab", "12345678", "c1234567"])
def test_the_end_of_a_number_is_one_word_whatever_its_digits(end):
    assert understood(end).words == (end,)
    assert understood(f"{end} martin").words in ((end, "martin"), ("martin", end))


@pytest.mark.req("C18")
def test_look_alikes_are_proposed_with_their_reasons(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    known = make_dossier(session, units["ml_toulouse"], identite__naissance="2007-11-21")
    values = {"identite.prenom": "Lea", "identite.nom": "Martin", "identite.naissance": "2007-11-21"}
    found = dossiers.possible_duplicates(session, actor, "personne", units["ml_toulouse"].id, values, NOW)
    assert found == [(known, ("même date de naissance et nom voisin", "même nom"))]


@pytest.mark.req("R8")
def test_a_value_changed_by_somebody_else_is_never_overwritten_in_silence(session, units):
    amina = actor_with(*ALL, units=(units["ml_toulouse"].id,), name="Amina K.")
    dossier = make_dossier(session, units["ml_toulouse"])
    seen = dossier.version
    dossiers.edit(session, amina, dossier.id, {"identite.nom": "Durand"}, now=NOW, seen_version=seen)
    with pytest.raises(Overtaken) as refusal:
        dossiers.edit(session, amina, dossier.id, {"identite.nom": "Petit"}, now=NOW, seen_version=seen)
    assert refusal.value.facts == {"label": "Nom"}
    assert dossier.data["identite"]["nom"] == "Durand"


@pytest.mark.req("R8")
def test_a_value_the_person_did_not_touch_keeps_the_newer_one(session, units):
    amina = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    dossier = make_dossier(session, units["ml_toulouse"])
    seen = dossier.version
    dossiers.edit(session, amina, dossier.id, {"identite.nom": "Durand"}, now=NOW, seen_version=seen)
    late = {"identite.nom": "Martin", "contact.telephone": "+33612345678"}
    dossiers.edit(session, amina, dossier.id, late, now=NOW, seen_version=seen)
    assert dossier.data == {
        "identite": {"prenom": "Léa", "nom": "Durand"},
        "contact": {"telephone": "+33612345678"},
    }


@pytest.mark.req("C3")
def test_recent_case_files_come_pinned_first(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    first, second, third = (make_dossier(session, units["ml_toulouse"], identite__nom=nom) for nom in ("A", "B", "C"))
    for minutes, dossier in enumerate((first, second, third)):
        dossiers.visit(session, actor, dossier.id, NOW + timedelta(minutes=minutes))
    dossiers.pin(session, actor, first.id, True, NOW)
    assert dossiers.recent(session, actor) == [(first, True), (third, False), (second, False)]
    assert dossiers.is_pinned(session, actor, first.id)


def test_the_timeline_groups_what_was_entered_together(session, units):
    amina = actor_with(*ALL, units=(units["ml_toulouse"].id,), name="Amina K.")
    dossier = make_dossier(session, units["ml_toulouse"], amina)
    later = NOW + timedelta(days=1)
    dossiers.note(session, amina, dossier, {"identite.nom": "Durand"}, origin="partner", now=later)
    lines = dossiers.timeline(session, dossier)
    assert [(line.at, line.actor, line.origin, line.changes) for line in lines] == [
        (later, "Amina K.", "partenaire", (("Nom", "Martin", "Durand"),)),
        (NOW, "Amina K.", "structure", (("Prénom", "", "Léa"), ("Nom", "", "Martin"))),
    ]


def test_relations_show_only_what_one_may_read(session, units):
    toulouse = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    person = make_dossier(session, units["ml_toulouse"], toulouse)
    shared = make_dossier(session, units["ml_toulouse"], toulouse, "organisme")
    elsewhere = make_dossier(session, units["ml_brest"])
    dossiers.relate(session, toulouse, person, "employeur", shared, NOW)
    dossiers.relate(session, toulouse, person, "employeur", shared, NOW)
    dossiers.relate(session, toulouse, person, "ami", elsewhere, NOW)
    assert dossiers.related(session, toulouse, person) == [("employeur", shared)]


def test_listing_goes_on_after_the_last_one_seen(session, units):
    actor = actor_with(*ALL, units=(units["ml_toulouse"].id,))
    for name in ("Chloé", "Adam", "Basile"):
        make_dossier(session, units["ml_toulouse"], identite__prenom=name)
    first = dossiers.listed(session, actor, "personne", limit=2)
    rest = dossiers.listed(session, actor, "personne", after=(first[-1].name, first[-1].id), limit=2)
    assert [found.name for found in [*first, *rest]] == ["Adam Martin", "Basile Martin", "Chloé Martin"]


def test_nobody_reads_without_the_permission(session, units):
    dossier = make_dossier(session, units["ml_toulouse"])
    with pytest.raises(NotFound):
        dossiers.read(session, actor_with("tache.voir", units=(units["ml_toulouse"].id,)), dossier.id)
    with pytest.raises(NotFound):
        dossiers.read(session, actor_with("dossier.voir", units=(units["ml_toulouse"].id,)), UUID(int=1))
