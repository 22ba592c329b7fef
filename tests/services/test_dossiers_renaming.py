"""Values under a former name: read everywhere under the present one, moved when the case file is next written."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from factories.dossiers import NOW, PERSON, make_dossier, publish_types
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.engines.forms import compile_form
from jalon.services import dossiers
from jalon.services.dossiers.renaming import present_data, present_path
from jalon.services.worklist.filling import known_values
from jalon.store import configuration
from jalon.store import dossiers as files
from jalon.store.processes import Instance

RENAMED = {"contact.telephone": "contact.mobile", "experiences.employeur": "experiences.chez"}


@pytest.fixture
def dossier(session: Session):
    """A case file written before two of its paths were renamed, the second time under a third name."""
    publish_types(session)
    rows = [{"_id": "r1", "employeur": "Café du Nord"}]
    written = make_dossier(
        session, make_network(session)["ml_toulouse"], contact__telephone="0611223344", experiences=rows
    )
    labels = {RENAMED.get(path, path): label for path, label in PERSON["labels"].items()}
    publish(session, "dossier-type", "personne", PERSON | {"labels": labels})
    configuration.artifact(session, "dossier-type", "personne").aliases = {
        "label:contact.telephone": "label:contact.portable",
        "label:contact.portable": "label:contact.mobile",
        "label:experiences.employeur": "label:experiences.chez",
    }
    session.flush()
    configuration.advance_epoch(session, configuration.epoch(session))
    return written


def test_a_renamed_value_shows_with_its_label_and_where_it_comes_from(session, dossier):
    lines = {line.path: line for line in dossiers.values_with_provenance(session, dossier)}
    assert (lines["contact.mobile"].label, lines["contact.mobile"].shown) == ("Téléphone", "0611223344")
    assert lines["contact.mobile"].at == NOW
    assert (lines["experiences/r1/chez"].label, lines["experiences/r1/chez"].shown) == ("Employeur", "Café du Nord")
    assert not {"contact.telephone", "experiences/r1/employeur"} & set(lines)
    told = {label for line in dossiers.timeline(session, dossier) for label, _, _ in line.changes}
    assert {"Téléphone", "Employeur"} <= told


def test_forms_of_both_versions_are_filled_in_with_it(session, dossier):
    run = Instance(started_at=NOW)
    latest = files.latest_changes(session, [dossier.id])
    for path in ("contact.mobile", "contact.telephone"):
        schema = {"type": "object", "properties": {"tel": {"type": "string", "x-jalon-bind": path}}}
        form = compile_form(schema, {})
        (known,) = known_values(form, run, {"principal": dossier}, latest, "Europe/Paris").values()
        assert (known.value, known.date) == ("0611223344", NOW.date())


def test_expressions_read_every_name_and_the_value_moves_at_the_next_writing(session, dossier):
    facts = dossiers.facts_of(dossier)
    assert facts["contact"] == dict.fromkeys(("telephone", "portable", "mobile"), "0611223344")

    later = NOW + timedelta(hours=1)
    dossiers.note(session, SYSTEM, dossier, {"contact.telephone": "0699887766"}, origin="agency", now=later)

    assert dossier.data["contact"] == {"mobile": "0699887766"}
    assert dossier.data["experiences"] == [{"_id": "r1", "chez": "Café du Nord"}]
    (change,) = [one for one in files.changes(session, dossier.id) if one.at == later]
    assert (change.path, change.old, change.new) == ("contact.mobile", "0611223344", "0699887766")


@pytest.mark.parametrize(
    ("path", "now"),
    [
        ("contact.telephone", "contact.mobile"),
        ("contact.telephone.pays", "contact.mobile.pays"),
        ("experiences/r1/employeur", "experiences/r1/chez"),
        ("experiences/r1/employeur.nom", "experiences/r1/chez.nom"),
        ("contact.telephones", "contact.telephones"),
    ],
)
def test_a_path_follows_with_its_rows(path, now):
    renamed = {"contact.telephone": "contact.mobile", "experiences.employeur": "experiences.chez"}
    assert present_path(path, renamed) == now


def test_a_value_given_under_the_present_name_wins():
    data = {"contact": {"telephone": "1", "mobile": "2"}}
    assert present_data(data, {"contact.telephone": "contact.mobile"}) == {"contact": {"mobile": "2"}}
