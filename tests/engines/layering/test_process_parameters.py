"""Parameters of actions that a process leaves open: typed, set by levels, compiled into the diagram."""

import pytest

from engines.layering.samples import level, op
from jalon.engines.layering import Facts, adapter, resolve
from jalon.engines.processes import read_bpmn

PARAMETERS = """
<jalon:param name="texte" expression='"Bonjour \\"vous\\""' open="true" label="Objet" type="text"/>
<jalon:param name="seuil" expression="300" open="true" label="Seuil" type="number"/>
<jalon:param name="copie" expression="true" open="true" label="Copie" type="boolean"/>
<jalon:param name="jour" expression='"2026-01-05"' open="true" label="Jour" type="date"/>
<jalon:param name="delai" expression='"P15D"' open="true" label="Délai" type="duration"/>
<jalon:param name="mode" expression='"lent"' open="true" label="Mode" type="choice" choices="lent vite"/>
<jalon:param name="nom" expression="dossier.nom" open="true" label="Nom"/>
<jalon:param name="ferme" expression="dossier.id" label="Fermé"/>"""
XML = f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:jalon="urn:jalon:bpmn:1" id="d"
 targetNamespace="x"><process id="p" isExecutable="true"><startEvent id="debut"/>
<serviceTask id="agir"><extensionElements>
<jalon:action name="dossier.noter">{PARAMETERS}</jalon:action></extensionElements></serviceTask><endEvent id="fin"/>
<sequenceFlow id="f1" sourceRef="debut" targetRef="agir"/><sequenceFlow id="f2" sourceRef="agir" targetRef="fin"/>
</process></definitions>"""
DOCUMENT = {"bpmn": XML}


def settled(*ops):
    return resolve("process", DOCUMENT, [level("r", *ops)])


def expressions(document):
    (found,) = read_bpmn({"p.bpmn": document["bpmn"].encode()}).processes
    return {line.name: line.expression for line in found.program.nodes["agir"].assignments}


def test_what_the_process_leaves_open_is_read_with_its_type_and_the_rest_is_not_an_item():
    items = adapter("process").explode(DOCUMENT).items

    assert {uid: item["value"] for uid, item in items.items() if uid.startswith("param:")} == {
        "param:agir:texte": 'Bonjour "vous"',
        "param:agir:seuil": 300,
        "param:agir:copie": True,
        "param:agir:jour": "2026-01-05",
        "param:agir:delai": "P15D",
        "param:agir:mode": "lent",
        "param:agir:nom": "= dossier.nom",
    }
    assert settled().document == DOCUMENT


def test_a_value_set_by_a_level_becomes_the_expression_the_engine_computes():
    here = settled(
        op("set", "param:agir:texte", "value", "L’objet « local »\nsur deux lignes"),
        op("set", "param:agir:seuil", "value", 250.5),
        op("set", "param:agir:copie", "value", False),
        op("set", "param:agir:mode", "value", "vite"),
        op("set", "param:agir:nom", "value", '= dossier.nom + " (local)"'),
        op("set", "param:agir:delai", "value", "= parametre.delai"),
    )

    assert here.refused == ()
    assert here.problems == ()
    assert expressions(here.document) == {
        **expressions(DOCUMENT),
        "texte": '"L’objet « local »\\nsur deux lignes"',
        "seuil": "250.5",
        "copie": "false",
        "mode": '"vite"',
        "nom": 'dossier.nom + " (local)"',
        "delai": "parametre.delai",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("seuil", "beaucoup", "ce paramètre est un nombre"),
        ("seuil", True, "ce paramètre est un nombre"),
        ("copie", "oui", "ce paramètre est oui ou non"),
        ("jour", "demain", "ce paramètre est une date"),
        ("delai", "quinze jours", "ce paramètre est une durée"),
        ("mode", "moyen", "ce paramètre ne propose pas « moyen »"),
        ("nom", "dossier.nom", "une expression s’écrit après le signe « = »"),
        ("nom", "= 1 +", "l’expression ne se lit pas"),
        ("texte", "", "ce paramètre attend une valeur"),
    ],
)
def test_a_value_of_another_type_is_refused(name, value, said):
    (refused,) = settled(op("set", f"param:agir:{name}", "value", value)).refused
    assert said in refused.message


def test_what_is_not_open_and_what_is_locked_above_stay_as_they_are():
    gone = settled(op("set", "param:agir:ferme", "value", "= 1"))
    locked = resolve(
        "process",
        DOCUMENT,
        [level("fr", op("lock", "param:agir:seuil", "value")), level("r", op("set", "param:agir:seuil", "value", 1))],
    )

    assert [one.refusal for one in gone.refused] == ["gone"]
    assert [one.refusal for one in locked.refused] == ["locked"]
    assert gone.document == locked.document == DOCUMENT


def test_a_parameter_declared_wrong_is_told():
    odd = DOCUMENT["bpmn"].replace('type="number"', 'type="nombre"').replace('"P15D"', '"bientôt"')
    found = resolve("process", {"bpmn": odd}, [], Facts())

    assert [one.element for one in found.problems] == ["param:agir:seuil"]
    assert "« nombre » n’est pas un type" in found.problems[0].message
