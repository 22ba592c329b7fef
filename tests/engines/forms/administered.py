"""Random forms as administrators build them: every kind of question, sections, groups, conditions, French labels."""

from typing import Any

from hypothesis import strategies as st

Node = dict[str, Any]
SUBJECTS = ["Date de début", "Coordonnées", "Où dort la personne", "Âge à l’entrée", "Reste à charge (€)", "N° d’accès"]
MANNERS = ["", " – l’été dernier", " : précisez", " « déclaré »", " ?", " <facultatif>", "/" + "très" * 12, " & suites"]
SENTENCES = ["", "Laissez vide si vous ne savez pas.", "L’adresse où l’on reçoit son courrier ; à défaut, « aucune »."]
LISTS: dict[str, list[Node]] = {
    "courte": [{"code": f"c{n}", "label": f"Réponse nº {n}", "help": "Une aide." * (n == 2)} for n in range(1, 4)],
    "longue": [{"code": f"l{n}", "label": f"Réponse {n}", "closed": n == 3} for n in range(1, 25)],
    "rangee": [
        {"code": "p1", "label": "À pied"},
        {"code": "p2", "label": "Motorisé"},
        *({"code": f"r{n}", "label": f"Mode {n}", "parent": f"p{n % 2 + 1}"} for n in range(5)),
    ],
}
ROW: Node = {
    "type": "object",
    "properties": {
        "intitule": {"type": "string", "title": "Intitulé"},
        "depuis": {"type": "string", "format": "date", "title": "Depuis le"},
        "mode": {"type": "string", "title": "Mode", "x-jalon-list": "courte"},
        "actuel": {"type": "boolean", "title": "C’est l’actuel"},
    },
}
PLAIN: dict[str, Node] = {
    "texte": {"type": "string", "maxLength": 200},
    "texte_long": {"type": "string", "x-jalon-kind": "long_text", "maxLength": 2000},
    "entier": {"type": "integer", "minimum": 0},
    "decimal": {"type": "number"},
    "montant": {"type": "number", "x-jalon-kind": "money"},
    "oui_non": {"type": "boolean"},
    "accord": {"type": "boolean", "const": True},
    "jour": {"type": "string", "format": "date"},
    "heure": {"type": "string", "format": "time"},
    "instant": {"type": "string", "format": "date-time"},
    "courriel": {"type": "string", "format": "email"},
    "fichier": {"type": "string", "x-jalon-kind": "file"},
    "photo": {"type": "string", "x-jalon-kind": "image"},
    "calcul": {"type": "string", "x-jalon-computed": "1 + 1"},
    **{
        kind: {"type": "string", "x-jalon-kind": kind}
        for kind in ("phone", "postal_code", "nir", "siren", "siret", "rna", "iban", "signature", "info")
    },
    "commune": {"type": "string", "x-jalon-kind": "commune", "x-jalon-list": "longue"},
    "dossier": {"type": "string", "x-jalon-kind": "dossier"},
    "enumere": {"enum": ["a", "b", "c"]},
    "plusieurs": {"type": "array", "uniqueItems": True, "items": {"enum": ["x", "y", "z"]}},
    "choix_court": {"type": "string", "x-jalon-list": "courte"},
    "choix_long": {"type": "string", "x-jalon-list": "longue"},
    "choix_range": {"type": "string", "x-jalon-list": "rangee"},
    "choix_multiple": {"type": "array", "uniqueItems": True, "items": {"type": "string"}, "x-jalon-list": "longue"},
    "reponses": {"type": "array", "items": {"type": "string"}},
    "lignes": {"type": "array", "items": ROW},
    "tableau": {"type": "array", "x-jalon-kind": "table", "items": ROW},
    "objet": {**ROW, "title": ""},
}
"""A question of every kind, by its name in the form."""
HELD: dict[str, Any] = {
    "jour": "2026-03-12",
    "oui_non": True,
    "plusieurs": ["x"],
    "choix_long": "l3",
    "reponses": ["une", "deux"],
    "lignes": [{"_id": "r1", "intitule": "Premier"}],
    "tableau": [{"_id": "t1", "actuel": True}, {"_id": "t2"}],
}
"""Answers already given."""


@st.composite
def administered(draw: st.DrawFn) -> tuple[Node, Node, Node, dict[str, str]]:
    """Return (schema, ui, answers, errors by pointer): every kind of question once, arranged at random."""
    names = draw(st.permutations(sorted(PLAIN)))
    properties = {name: _labelled(draw, name, number) for number, name in enumerate(names, 1)}
    required = sorted(draw(st.sets(st.sampled_from(names), max_size=8)))
    controls = [_placed(draw, name, properties[name]) for name in names]
    pages = []
    while controls:
        size = draw(st.integers(4, 14))
        page, controls = controls[:size], controls[size:]
        pages.append({"type": "Category", "label": f"Partie {len(pages) + 1}", "elements": _grouped(draw, page)})
    schema = {"type": "object", "title": "Essai", "properties": properties, "required": required}
    answers = HELD if draw(st.booleans()) else {}
    wrong = draw(st.sets(st.sampled_from(names), max_size=12))
    return schema, {"type": "Categorization", "elements": pages}, answers, {f"/{name}": "À revoir." for name in wrong}


def _labelled(draw: st.DrawFn, name: str, number: int) -> Node:
    label = f"{draw(st.sampled_from(SUBJECTS))} {number}{draw(st.sampled_from(MANNERS))}"
    node = {**PLAIN[name], "title": label}
    if help_text := draw(st.sampled_from(SENTENCES)):
        node["description"] = help_text
    if draw(st.integers(0, 9)) == 0:
        node["readOnly"] = True
    if draw(st.booleans()):
        node["x-jalon-obligation"] = draw(st.sampled_from(["step", "save", "scheme", "statistics"]))
    return node


def _placed(draw: st.DrawFn, name: str, node: Node) -> Node:
    control: Node = {"type": "Control", "scope": f"#/properties/{name}", "options": {"uid": f"e_{name}"}}
    if node.get("x-jalon-list") or "enum" in node:
        widget = draw(st.sampled_from(["", "radio", "select"]))
        control["options"] |= {"widget": widget} if widget else {}
    if name != "oui_non" and draw(st.integers(0, 4)) == 0:
        condition = {"scope": "#/properties/oui_non", "schema": {"const": True}}
        effect = draw(st.sampled_from(["SHOW", "HIDE", "ENABLE", "DISABLE"]))
        control["rule"] = {"effect": effect, "condition": condition}
    return control


def _grouped(draw: st.DrawFn, controls: list[Node]) -> list[Node]:
    """Put runs of questions in groups, some side by side, and a sentence between them."""
    found: list[Node] = []
    while controls:
        size = draw(st.integers(1, 5))
        run, controls = controls[:size], controls[size:]
        match draw(st.sampled_from(["alone", "group", "side", "sentence"])):
            case "group":
                found.append({"type": "Group", "label": f"Groupe {len(controls)}", "elements": run})
            case "side":
                found.append({"type": "HorizontalLayout", "elements": run})
            case "sentence":
                found += [{"type": "Label", "text": "Ce qui suit concerne le mois dernier."}, *run]
            case _:
                found += run
    return found
