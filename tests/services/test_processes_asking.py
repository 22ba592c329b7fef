"""A step that evaluates a decision, or produces a paper: told, done, refused in a sentence, and once only."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from factories.dossiers import make_dossier
from factories.packs import administrator, make_pack, start
from factories.processes import HEAD, NOW, action, line, process, publish_basics, user_task
from factories.publishing import publish
from factories.units import make_network
from jalon.base.actor import SYSTEM
from jalon.engines.decisions import from_dmn
from jalon.engines.layering import Op
from jalon.gateways.files import FileFolder
from jalon.services import configuration, processes, publication
from jalon.services.processes.actions import ACTIONS, INFOS, ActionInfo
from jalon.store import dossiers as files
from jalon.store import processes as store
from jalon.store.processes import DecisionLog

AID = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="aide" name="Aide" namespace="n">
<inputData id="i" name="age"><variable name="age" typeRef="number"/></inputData>
<decision id="aide" name="Aide">
<informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
<decisionTable id="t" hitPolicy="UNIQUE">
<input id="t_age"><inputExpression id="t_e" typeRef="number"><text>age</text></inputExpression></input>
<output id="t_droit" name="droit" typeRef="boolean"/><output id="t_montant" name="montant" typeRef="number"/>
<rule id="jeune"><inputEntry id="a"><text>&lt; 26</text></inputEntry>
<outputEntry id="b"><text>true</text></outputEntry><outputEntry id="c"><text>120</text></outputEntry></rule>
<rule id="autre"><inputEntry id="d"><text>&gt;= 26</text></inputEntry>
<outputEntry id="e"><text>false</text></outputEntry><outputEntry id="f"><text>0</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
TODAY = date(2026, 1, 12)
LETTER = {"title": "Attestation de {{nom}}", "text": "{{nom}} est suivi depuis le {{depuis}}."}


@pytest.fixture
def toulouse(session, tmp_path):
    publish_basics(session)
    publish(session, "decision", "aide", from_dmn(AID, "aide.dmn")[0])
    publish(session, "document", "attestation", LETTER)
    session.info["files"] = FileFolder(tmp_path)
    return make_network(session)["ml_toulouse"]


def run(session, unit, *steps, **variables):
    publish(session, "process", "p", process("p", line(*steps, user_task("relire", ""))))
    about = {"principal": make_dossier(session, unit).id}
    return processes.start(session, SYSTEM, "p", unit.id, dossiers=about, variables=variables, now=NOW)


def papers(session, instance):
    return list(files.documents(session, store.roles_of(session, [instance.id])[instance.id]["principal"]))


def why(session):
    ((stopped, _),) = processes.incidents(session, SYSTEM)
    return stopped.message


def decide(**parameters):
    return action("juger", "decision.evaluer", **parameters)


def produce(**parameters):
    return action("produire", "document.produire", **parameters)


def variables(instance):
    return instance.variables["0"]


def test_a_decision_reads_the_variables_and_writes_its_outputs_or_one_result(session, toulouse):
    spread = run(session, toulouse, decide(decision='"aide"'), age=19)
    assert variables(spread) == {"age": 19, "droit": True, "montant": 120}

    kept = run(session, toulouse, decide(decision='"aide"', age="30", resultat='"aide"'), age=19)
    assert variables(kept) == {"age": 19, "aide": {"droit": False, "montant": 0}}

    logged = session.scalars(select(DecisionLog).where(DecisionLog.instance_id == kept.id)).one()
    assert (logged.decision, logged.inputs["age"], logged.matched, logged.outputs["droit"]) == (
        "aide",
        30,
        ["autre"],
        False,
    )


def test_a_decision_that_cannot_be_taken_stops_the_step_in_a_sentence(session, toulouse):
    run(session, toulouse, decide(decision='"inconnue"'))
    assert why(session).startswith("L’action « decision.evaluer » n’a pas pu être faite : ")
    assert "inconnue" in why(session)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({}, "le paramètre « decision » (décision) est vide."),
        ({"decision": "3"}, "le paramètre « decision » doit être un texte."),
    ],
)
def test_what_a_decision_is_told_is_checked_first(session, toulouse, parameters, sentence):
    run(session, toulouse, decide(**parameters))
    assert why(session) == f"L’action « decision.evaluer » n’a pas pu être faite : {sentence}"
    assert session.scalars(select(DecisionLog)).all() == []


def test_a_paper_is_filled_and_kept_with_the_case_file(session, toulouse, tmp_path):
    made = run(session, toulouse, produce(modele='"attestation"', nom='"Léa Petit"', depuis="annee"), annee=2024)

    (paper,) = papers(session, made)
    assert (paper.name, variables(made)["document"]) == ("Attestation de Léa Petit.txt", str(paper.id))
    text = FileFolder(tmp_path).get(paper.content_hash).decode()
    assert text == "Attestation de Léa Petit\n\nLéa Petit est suivi depuis le 2024.\n"

    other = run(session, toulouse, produce(modele='"attestation"', titre='"Lettre"', resultat='"lettre"'))
    assert [paper.name for paper in papers(session, other)] == ["Lettre.txt"]
    assert set(variables(other)) == {"lettre"}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"modele": '"rien"'}, "le modèle « rien » n’existe pas."),
        ({"modele": '"attestation"', "role": '"employeur"'}, "aucun dossier ne tient le rôle « employeur »."),
        ({}, "le paramètre « modele » (clé du modèle de document) est vide."),
    ],
)
def test_a_paper_that_cannot_be_made_stops_the_step_in_a_sentence(session, toulouse, parameters, sentence):
    made = run(session, toulouse, produce(**parameters))
    assert why(session).endswith(sentence)
    assert why(session).count("n’a pas pu être faite") == 1
    assert papers(session, made) == []


def test_a_step_done_again_gives_one_paper_and_one_result(session, toulouse):
    steps = (produce(modele='"attestation"', nom='"Léa"'), decide(decision="laquelle", resultat='"aide"'))
    made = run(session, toulouse, *steps, age=19, laquelle="inconnue")
    first = papers(session, made)
    processes.edit_variables(session, SYSTEM, made.id, {"laquelle": "aide"}, NOW, "corrigé")
    ((stopped, _),) = processes.incidents(session, SYSTEM)

    processes.move_token(session, SYSTEM, stopped.id, "produire", NOW, "tout reprendre")

    assert papers(session, made) == first
    assert len(first) == 1
    assert (variables(made)["document"], variables(made)["aide"]) == (str(first[0].id), {"droit": True, "montant": 120})


SAYING = f"""{HEAD}<process id="dire" name="Dire" isExecutable="true"><startEvent id="debut"/>
<serviceTask id="parler" name="Parler"><extensionElements><jalon:action name="essai.dire">
<jalon:param name="texte" expression='"Bonjour"' open="true" label="Ce qui est dit" type="text"/>
<jalon:param name="fois" expression="2"/></jalon:action></extensionElements></serviceTask><endEvent id="fin"/>
<sequenceFlow id="f1" sourceRef="debut" targetRef="parler"/><sequenceFlow id="f2" sourceRef="parler" targetRef="fin"/>
</process></definitions>"""


def test_an_open_parameter_is_set_by_a_unit_in_a_draft_and_used_by_its_runs_only(session, monkeypatch):
    monkeypatch.setitem(ACTIONS, "essai.dire", lambda _session, _context, given: {"dit": given["texte"]})
    monkeypatch.setitem(INFOS, "essai.dire", ActionInfo("essai.dire", "Dire", others="*"))
    units = start(session, make_pack(artifacts={("process", "dire"): {"bpmn": SAYING}}))
    occitanie = units["occitanie"]
    chief = administrator(session, occitanie)
    draft = configuration.open_draft(session, chief, occitanie.id, "process", "dire")
    wanted = Op(id="", verb="set", uid="param:parler:texte", prop="value", value="Adieu", reason="mot d’usage")

    draft = configuration.change_draft(session, chief, draft.id, [wanted], draft.row_version)
    seen = publication.impact(session, chief, [draft.id], effective_from=TODAY)
    publication.publish(session, chief, [draft.id], effective_from=TODAY, reason="Mot d’usage")

    assert seen.sentences == ("La valeur de « Ce qui est dit » : « Adieu » au lieu de « Bonjour ».",)
    now = datetime(2026, 1, 12, 9, tzinfo=UTC)
    said = {
        code: variables(processes.start(session, SYSTEM, "dire", units[code].id, now=now))["dit"]
        for code in ("ml_toulouse", "ml_brest")
    }
    assert said == {"ml_toulouse": "Adieu", "ml_brest": "Bonjour"}
