"""Packs imported, imported again, exported: what stays itself and what is refused."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from factories.packs import ACCUEIL, MODES, PROCESS, SEUILS, administrator, list_pack, make_pack, start
from jalon.base.actor import SYSTEM
from jalon.base.errors import Forbidden
from jalon.engines.layering import Op
from jalon.services import configuration, publication
from jalon.services.configuration import change_draft, content, open_draft, read_pack
from jalon.services.publication import PublicationRefused, import_pack
from jalon.services.publication.importing import changes_units
from jalon.store.configuration import Artifact, Revision

DAY = date(2026, 1, 12)


def refusal_of(session, pack):
    with pytest.raises(PublicationRefused) as refusal:
        import_pack(session, SYSTEM, pack)
    return [problem.code for problem in refusal.value.problems], refusal.value.text()


def test_the_same_pack_again_changes_nothing(session):
    start(session)
    before = session.scalar(select(func.count()).select_from(Revision))

    again = import_pack(session, SYSTEM, make_pack())

    assert again.unchanged
    assert session.scalar(select(func.count()).select_from(Revision)) == before


def test_another_version_updates_without_duplicating(session):
    network = start(session)
    artifacts = session.scalar(select(func.count()).select_from(Artifact))

    release = import_pack(session, SYSTEM, list_pack("1.1.0", *MODES["values"], {"code": "tram", "label": "Tramway"}))

    assert session.scalar(select(func.count()).select_from(Artifact)) == artifacts
    assert [value["code"] for value in content(session, "list", "modes", network["ml_brest"].id).content["values"]] == [
        "marche",
        "velo",
        "bus",
        "tram",
    ]
    assert release.flips == 1
    assert any("Tramway" in sentence for sentence in release.sentences)


def test_a_uid_that_vanishes_without_a_word_is_refused(session):
    start(session)
    codes, sentence = refusal_of(session, list_pack("2.0.0", *MODES["values"][:2]))
    assert codes == ["paquet.identifiant_disparu"]
    assert "« Autobus » (bus)" in sentence


@pytest.mark.req("A3")
def test_a_value_a_pack_gives_up_stays_closed(session):
    network = start(session)
    pack = list_pack("2.0.0", *MODES["values"][:2], closed={("list", "modes"): ("bus",)})
    import_pack(session, SYSTEM, pack)
    values = content(session, "list", "modes", network["ml_brest"].id).content["values"]
    assert values[2] == {"code": "bus", "label": "Autobus", "closed": True}


def test_a_renamed_uid_keeps_the_local_changes_made_to_it(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)
    draft = open_draft(session, chief, region.id, "list", "modes")
    named = Op(id="", verb="set", uid="bus", prop="label", value="Bus Tisséo")
    draft = change_draft(session, chief, draft.id, [named], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Nom local")

    renamed = [*MODES["values"][:2], {"code": "autobus", "label": "Autobus"}]
    import_pack(session, SYSTEM, list_pack("2.0.0", *renamed, aliases={("list", "modes"): {"bus": "autobus"}}))

    values = content(session, "list", "modes", network["ml_toulouse"].id).content["values"]
    assert values[2] == {"code": "autobus", "label": "Bus Tisséo"}
    assert configuration.explain(session, "list", "modes", "autobus", "label", region.id).value == "Bus Tisséo"
    draft = open_draft(session, chief, region.id, "list", "modes")
    assert draft.outdated == ()


def test_a_uid_that_changes_type_is_refused(session):
    start(session)
    properties = {**ACCUEIL["schema"]["properties"], "permis": {"type": "string", "title": "A le permis"}}
    form = {**ACCUEIL, "schema": {**ACCUEIL["schema"], "properties": properties}}
    codes, sentence = refusal_of(session, make_pack("2.0.0", artifacts={("form", "accueil"): form}))
    assert codes == ["paquet.identifiant_retype"]
    assert "replaces" in sentence


def test_an_artifact_that_vanishes_must_be_declared(session):
    network = start(session)
    pack = make_pack("2.0.0")
    without = {name: content for name, content in pack.artifacts.items() if name != ("list", "modes")}
    codes, _ = refusal_of(session, replace(pack, artifacts=without))
    assert codes == ["paquet.element_disparu"]

    import_pack(session, SYSTEM, replace(pack, artifacts=without, closed={("list", "modes"): (".",)}))
    assert content(session, "list", "modes", network["fr"].id).content == MODES  # those who use it still read it


def test_a_pack_that_needs_an_absent_one_is_refused(session):
    start(session)
    codes, _ = refusal_of(session, replace(make_pack(), key="autre", requires=("absent",), artifacts={}))
    assert codes == ["paquet.paquet_requis"]


def test_a_pack_never_takes_what_belongs_to_another(session):
    start(session)
    codes, _ = refusal_of(session, replace(make_pack(), key="autre", artifacts={("list", "modes"): MODES}))
    assert codes == ["paquet.autre_paquet"]


def test_a_content_with_errors_is_refused_whole(session):
    network = start(session)
    broken = PROCESS.replace('targetRef="remplir"', 'targetRef="nulle_part"')
    pack = list_pack("2.0.0", *MODES["values"], {"code": "tram", "label": "Tramway"})
    codes, _ = refusal_of(
        session, replace(pack, artifacts={**pack.artifacts, ("process", "accueil"): {"bpmn": broken}})
    )
    assert codes
    assert content(session, "process", "accueil", network["fr"].id).content == {"bpmn": PROCESS}


def test_a_pack_brings_changes_for_units_and_leaves_theirs_alone(session):
    closing = Op(id="1", verb="close", uid="bus", reason="Pas de bus ici")
    overlays = {"bretagne": {("list", "modes"): (closing,)}, "inconnue": {("list", "modes"): (closing,)}}
    network = start(session, make_pack(overlays=overlays))
    assert content(session, "list", "modes", network["ml_brest"].id).content["values"][2]["closed"] is True

    brittany = network["bretagne"]
    chief = administrator(session, brittany)
    draft = open_draft(session, chief, brittany.id, "list", "modes")
    reopened = Op(id="", verb="reopen", uid="bus")
    draft = change_draft(session, chief, draft.id, [reopened], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Le bus est revenu")
    other = Op(id="2", verb="close", uid="velo")
    release = import_pack(
        session, SYSTEM, make_pack("1.1.0", overlays={"bretagne": {("list", "modes"): (closing, other)}})
    )

    values = content(session, "list", "modes", network["ml_brest"].id).content["values"]
    assert [value["code"] for value in values if not value.get("closed")] == ["marche", "velo", "bus"]
    assert release.warnings == ("« Bretagne » a ses propres changements sur « Modes de transport » : ils sont gardés.",)


def test_a_local_change_lives_through_a_new_version(session):
    network = start(session)
    region = network["occitanie"]
    chief = administrator(session, region)
    draft = open_draft(session, chief, region.id, "parameters", "essai")
    fewer = Op(id="", verb="set", uid="delai_relance", prop="max", value=15)
    draft = change_draft(session, chief, draft.id, [fewer], draft.row_version)
    publication.publish(session, chief, [draft.id], effective_from=DAY, reason="Plus court")
    longer = {
        "delai_relance": {**SEUILS["delai_relance"], "values": [{"from": "2024-01-01", "value": 20, "source": "R"}]}
    }

    release = import_pack(session, SYSTEM, make_pack("2.0.0", artifacts={("parameters", "essai"): longer}))

    # twenty days do not fit in fifteen: the local bound is set aside, and somebody must decide
    assert dict(release.outcomes) == {"suspended": 1}
    assert configuration.parameters(session, network["ml_toulouse"].id) == {"delai_relance": 20}
    found = publication.conflicts(session, region.id)
    assert [(one.conflict_kind, one.uid, one.prop, one.applied) for one in found] == [
        ("semantic", "delai_relance", "max", False)
    ]


def test_somebody_without_the_right_imports_nothing(session):
    network = start(session)
    with pytest.raises(Forbidden):
        import_pack(session, administrator(session, network["occitanie"]), make_pack("2.0.0"))


def test_exporting_gives_back_what_was_imported(session):
    pack = make_pack(
        vocabulary=("tramway",),
        overlays={"bretagne": {("list", "modes"): (Op(id="1", verb="close", uid="bus", reason="Pas de bus ici"),)}},
        scenarios={"simple": {"title": "Simple", "process": "accueil", "unit": "fr", "steps": []}},
        files={"data/lignes.csv": b"a;b\n1;2\n"},
    )
    start(session, pack)

    back = read_pack(publication.export_pack(session, "essai"))

    assert back == pack
    assert import_pack(session, SYSTEM, back).unchanged


def test_the_units_of_a_pack_are_created_once(session):
    units = (
        b"code,parent,level,title,zone,calendar\nfr,,nation,France,Europe/Paris,metropole\ncorse,fr,region,Corse,,\n"
    )
    network = start(session, make_pack(files={"units.csv": units}))
    import_pack(session, SYSTEM, make_pack("1.0.1", files={"units.csv": units}))
    assert content(session, "list", "modes", network["fr"].id).content == MODES


def test_the_telephone_of_a_unit_comes_back_from_an_export(session):
    units = b"code,parent,level,title,telephone,email\nfr,,nation,France,01 99 00 10 01,contact@reseau.example\n"
    pack = make_pack("1.0.1", files={"units.csv": units})
    network = start(session, pack)
    assert (network["fr"].telephone, network["fr"].email) == ("+33199001001", "contact@reseau.example")

    back = read_pack(publication.export_pack(session, "essai"))

    assert back == pack
    assert not changes_units(session, back)
    assert import_pack(session, SYSTEM, back).unchanged
