"""Every kind keeps the law: assembling what was exploded gives the document back."""

from typing import Any

import pytest

from engines.layering.samples import form, level, modes, op
from jalon.base.json import canonical
from jalon.engines.layering import KindUnknown, adapter, kinds, rebase, resolve

DECISION = {
    "id": "droits",
    "name": "Droits",
    "decisions": [
        {
            "id": "droit",
            "name": "Droit",
            "variable": "droit",
            "type": None,
            "requires": [],
            "table": {
                "hit": "FIRST",
                "aggregation": None,
                "inputs": [{"id": "i_age", "label": "Âge", "expression": "age", "type": "number"}],
                "outputs": [{"id": "o_ok", "name": "ok", "label": "Ouvert", "type": "boolean"}],
                "rules": [
                    {"id": "r1", "when": ["< 16"], "then": ["false"], "note": ""},
                    {"id": "r2", "when": ["[16..25]"], "then": ["true"], "note": "droit commun"},
                    {"id": "r9", "when": ["-"], "then": ["false"], "note": ""},
                ],
            },
        },
        {
            "id": "montant",
            "name": "Montant",
            "variable": "montant",
            "type": "number",
            "requires": ["droit"],
            "literal": "12",
        },
    ],
}
ROLES = {
    "roles": {
        "agent": {"label": "Agent", "permissions": ["lire", "ecrire"], "reach": "unit", "second_factor": False},
        "chef": {"label": "Chef", "permissions": ["lire", "publier"], "reach": "below", "second_factor": True},
    }
}
PARAMETERS = {
    "plafond": {
        "label": "Plafond",
        "type": "money",
        "min": 0,
        "max": 600,
        "unit": "€",
        "values": [{"from": "2025-04-01", "value": 500, "source": "arrêté"}],
    },
    "actif": {"label": "Actif", "type": "boolean", "values": [{"from": "2025-01-01", "value": True, "source": "note"}]},
}
DEADLINES = {
    "process": "demande",
    "deadlines": [{"id": "reponse", "element": "repondre", "n": 10, "unit": "ouvres", "franc": False, "remind": [2]}],
}
DOSSIER = {
    "title": "Personne",
    "plural": "Personnes",
    "name": "identite.nom",
    "search": ["identite.nom"],
    "sections": [
        {"title": "Identité", "paths": ["identite.nom"]},
        {"title": "Identité", "paths": ["contact.telephone"]},
    ],
    "labels": {"identite.nom": "Nom"},
    "audience": "unit",
}
DOCUMENTS: list[tuple[str, Any]] = [
    ("form", form()),
    ("form", {"schema": form()["schema"]}),
    ("form", {"schema": {"type": "object"}, "ui": None}),
    ("list", modes()),
    ("list", {"title": "Vide", "values": []}),
    ("list", {"values": [{"code": "a"}, {"code": "a", "label": "bis"}, {"label": "sans code"}, "texte"]}),
    ("parameters", PARAMETERS),
    ("parameters", {}),
    ("decision", DECISION),
    ("decision", {"id": "x"}),
    ("dossier-type", DOSSIER),
    ("roles", ROLES),
    ("deadlines", DEADLINES),
    ("document", {"title": "Contrat", "blocks": [{"uid": "fin", "text": "Fait le"}]}),
    ("message", {"subject": "Bonjour", "text": "{{nom}}"}),
    ("page", {"title": "Accueil", "body": {"cards": []}}),
    ("indicator", {"title": "Entrées", "formula": "count", "series": [{"uid": "total", "label": "Total"}]}),
]


@pytest.mark.parametrize(("kind", "document"), DOCUMENTS)
def test_assembling_what_was_exploded_gives_the_document_back(kind, document):
    found = adapter(kind)
    atoms = found.explode(document)

    assert canonical(found.assemble(atoms)) == canonical(document)
    assert canonical(resolve(kind, document, [level("fr")]).document) == canonical(document)


def test_an_unknown_kind_is_refused_by_name():
    with pytest.raises(KindUnknown) as refusal:
        adapter("recette")

    assert refusal.value.text() == "« recette » n’est pas un genre de configuration."
    assert len(kinds()) == 13


def rules(resolved):
    return [rule["id"] for rule in resolved.document["decisions"][0]["table"]["rules"]]


def test_a_local_rule_goes_before_the_parents_rule_that_accepts_everything():
    cells = {"cell:i_age": "> 60", "cell:o_ok": "true"}
    nation = level("fr", op("add", "fr__b", value=cells), op("add", "fr__a", value=cells, after="r9"))
    region = level("r", op("add", "r__c", value={"cell:i_age": "> 70"}), op("add", "r__d", value=cells, after="r1"))

    here = resolve("decision", DECISION, [nation, region])

    assert here.refused == ()
    assert rules(here) == ["r1", "r__d", "r2", "fr__a", "fr__b", "r__c", "r9"]
    assert here.document["decisions"][0]["table"]["rules"][5] == {"id": "r__c", "when": ["> 70"], "then": ["null"]}


def test_a_cell_is_an_atom_and_a_closed_rule_leaves_the_table():
    here = resolve("decision", DECISION, [level("r", op("set", "r2", "cell:i_age", "[16..29]"), op("close", "r1"))])

    assert rules(here) == ["r2", "r9"]
    assert here.document["decisions"][0]["table"]["rules"][0]["when"] == ["[16..29]"]


def test_columns_belong_to_the_parent():
    ops = [
        op("add", "r__col", value={"label": "x"}, container="droit/inputs"),
        op("set", "i_age", "expression", "poids"),
        op("set", "r2", "cell:absente", "-"),
        op("add", "r__z", value={"cell:absente": "-"}),
    ]

    refused = resolve("decision", DECISION, [level("r", *ops)]).refused

    assert [one.refusal for one in refused] == ["malformed", "malformed", "locked", "malformed"]


@pytest.mark.req("A5")
def test_a_roles_overlay_cannot_grant_itself_rights():
    ops = [
        op("set", "agent", "permissions", ["lire", "ecrire", "publier"]),
        op("set", "agent", "reach", "below"),
        op("set", "chef", "second_factor", False),
        op("add", "r__roi", value={"label": "Roi", "permissions": ["lire", "ecrire", "publier"]}),
        op("add", "r__lecteur", value={"label": "Lecteur", "permissions": ["lire"]}),
        op("set", "r__lecteur", "permissions", ["lire", "publier"]),
        op("set", "agent", "permissions", ["lire"]),
        op("add", "r__vide", value={"label": "Vide"}),
        op("set", "r__vide", "permissions", ["publier"]),
    ]

    here = resolve("roles", ROLES, [level("r", *ops)])

    assert [(one.op.uid, one.refusal) for one in here.refused] == [
        ("r__roi", "malformed"),
        ("agent", "widens"),
        ("agent", "widens"),
        ("chef", "widens"),
        ("r__lecteur", "widens"),
        ("r__vide", "widens"),
    ]
    assert here.document["roles"]["agent"]["permissions"] == ["lire"]


def test_parameters_stay_within_their_bounds_and_say_their_source():
    def problems(*values):
        return [
            p.code
            for p in resolve(
                "parameters", PARAMETERS, [level("r", op("set", "plafond", "values", list(values)))]
            ).problems
        ]

    assert problems({"from": "2025-04-01", "value": 700, "source": "x"}) == ["configuration.parametre_bornes"]
    assert problems({"from": "2025-04-01", "value": "cher", "source": "x"}) == ["configuration.parametre_type"]
    assert problems({"from": "bientôt", "value": 1, "source": "x"}) == ["configuration.parametre_date"]
    assert problems({"from": "2025-04-01", "value": 100}) == ["configuration.parametre_source"]
    two = [{"from": day, "value": 1, "source": "x"} for day in ("2025-05-01", "2025-04-01")]
    assert problems(*two) == ["configuration.parametre_dates"]
    assert problems({"from": "2025-04-01", "value": 450, "source": "conseil"}) == []


def test_narrowing_the_bounds_of_a_parameter_below_a_local_value_suspends_it():
    narrowed = {**PARAMETERS, "plafond": {**PARAMETERS["plafond"], "max": 520}}
    local = op("set", "plafond", "values", [{"from": "2025-04-01", "value": 560, "source": "conseil"}])

    (outcome,) = rebase("parameters", PARAMETERS, narrowed, [local]).outcomes

    assert (outcome.state, outcome.conflict_kind) == ("suspended", "semantic")


def test_a_deadline_may_only_be_shortened():
    ops = [op("set", "reponse", "n", 15), op("set", "reponse", "remind", [5, 1]), op("set", "reponse", "unit", "mois")]

    here = resolve("deadlines", DEADLINES, [level("r", *ops)])

    assert [one.refusal for one in here.refused] == ["widens", "locked"]
    assert here.document["deadlines"][0]["remind"] == [5, 1]
    assert (
        resolve("deadlines", DEADLINES, [level("r", op("set", "reponse", "n", 5))]).document["deadlines"][0]["n"] == 5
    )
    assert resolve("deadlines", DEADLINES, [level("r", op("close", "reponse"))]).document["deadlines"] == []


def test_a_dossier_type_takes_sections_and_labels():
    ops = [
        op(
            "add",
            "section:r__mobilite",
            value={"title": "Mobilité", "paths": ["mobilite.permis"]},
            after="section:identite",
        ),
        op("add", "label:mobilite.r__permis", value={"label": "Permis"}),
        op("set", "label:identite.nom", "label", "Nom de famille"),
        op("add", "r__autre", value={"title": "x"}),
    ]

    here = resolve("dossier-type", DOSSIER, [level("r", *ops)])

    assert [one.op.uid for one in here.refused] == ["r__autre"]
    assert [section["title"] for section in here.document["sections"]] == ["Identité", "Mobilité", "Identité"]
    assert here.document["labels"] == {"identite.nom": "Nom de famille", "mobilite.r__permis": "Permis"}


def test_words_of_a_message_are_free_and_a_legal_mention_is_not():
    document = {"subject": "Bonjour", "text": "x", "legal": "Loi"}

    here = resolve("message", document, [level("r", op("set", ".", "subject", "Salut"), op("set", ".", "legal", ""))])

    assert (here.document["subject"], here.document["legal"]) == ("Salut", "Loi")
    assert [one.message for one in here.refused] == ["« . » : la mention légale ne se modifie pas localement."]
