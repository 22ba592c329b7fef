"""The content says what the sources of the trade ask for."""

import re
import subprocess
from datetime import UTC, datetime

import pytest

from jalon.engines.forms import compile_form, decode, validate
from packs.shipped import BPMN, JALON, ROOT, packs, read_csv, read_json

THEMES = ("emploi", "formation", "sante", "mobilite", "logement", "citoyennete", "loisirs")


@pytest.mark.req("B1")
def test_the_diagnosis_asks_more_than_sixty_questions_in_seven_themes():
    form = packs()["premier-accueil"].forms["diagnostic"]
    compiled = compile_form(form["schema"], form["ui"])
    assert tuple(section.uid for section in compiled.sections) == THEMES
    assert len(compiled.questions) >= 60
    for section in compiled.sections:
        uids = {question.uid for question in section.questions}
        assert {f"{section.uid}_situation", f"{section.uid}_objectif", f"{section.uid}_actions"} <= uids
        assert 5 <= len(section.questions) <= 25


@pytest.mark.req("B2", "B13")
def test_the_six_steps_of_a_first_visit_are_in_the_process():
    tree = packs()["premier-accueil"].processes["premier-accueil"]
    steps = {task.get("id") for task in tree.iter(f"{BPMN}userTask")}
    six = {"accueillir", "explorer_personnel", "explorer_professionnel", "presenter_offre", "partager_diagnostic"}
    assert six | {"convenir_plan", "traiter_urgence"} <= steps


@pytest.mark.req("B3")
def test_a_plan_is_agreed_action_by_action():
    form = packs()["premier-accueil"].forms["plan-actions"]
    row = form["schema"]["properties"]["actions"]["items"]
    assert set(row["required"]) == {"theme", "action", "qui", "echeance"}


@pytest.mark.req("B11", "B51")
def test_soft_skills_and_kinds_of_request_are_asked():
    pack = packs()["premier-accueil"]
    assert "competences_douces" in pack.forms["diagnostic"]["schema"]["properties"]
    assert "categories_demande" in pack.forms["accueil"]["schema"]["properties"]


def test_a_minor_needs_a_legal_representative():
    form = packs()["premier-accueil"].forms["informations-personnelles"]
    compiled = compile_form(form["schema"], form["ui"])
    now = datetime(2026, 1, 12, tzinfo=UTC)
    minor = validate(compiled, {"date_naissance": "2009-06-01", "representant_nom": "Mme Delmas"}, now=now)
    adult = validate(compiled, {"date_naissance": "2005-06-01", "representant_nom": "Mme Delmas"}, now=now)
    assert (minor.data["mineur"], minor.data.get("representant_nom")) == (True, "Mme Delmas")
    assert (adult.data["mineur"], adult.data.get("representant_nom")) == (False, None)


def test_sensitive_answers_say_why_they_are_asked_and_how_long_they_are_kept():
    for pack in packs().values():
        for key, form in pack.forms.items():
            for name, node in form["schema"]["properties"].items():
                if node.get("x-jalon-sensitivity", "none") != "none":
                    assert node["x-jalon-purpose"], (key, name)
                    assert node["x-jalon-retention"], (key, name)


def test_partners_see_no_sensitive_answer_and_no_free_text_of_the_agency():
    roles = read_json(ROOT / "workflows/reseau/roles/roles.json")["roles"]
    for pack in packs().values():
        for tree in pack.processes.values():
            for task in tree.iter(f"{BPMN}userTask"):
                if roles[task.get(f"{JALON}role")]["external"]:
                    form = packs_form(task.get(f"{JALON}form"))
                    assert not [
                        n for n in form["schema"]["properties"].values() if n.get("x-jalon-sensitivity") == "sensitive"
                    ]
                    assert not [n for n in form["schema"]["properties"].values() if n.get("x-jalon-kind") == "nir"]


def packs_form(key: str) -> dict:
    return next(pack.forms[key] for pack in packs().values() if key in pack.forms)


def test_the_thirteen_cards_and_the_fourteen_answers_are_there():
    cards = read_csv(ROOT / "workflows/bonnes-pratiques/data/fiches.csv")
    assert [card["numero"] for card in cards] == [str(n) for n in range(1, 14)]
    assert all(
        card[column]
        for card in cards
        for column in ("titre", "objectif", "contexte", "enjeux", "description", "animation")
    )
    answers = read_csv(ROOT / "workflows/bonnes-pratiques/data/enquete-numerique.csv")
    assert len({answer["region"] for answer in answers}) == 14
    assert sum(answer["q1_plan"] == "oui" for answer in answers) == 6


def imported(name: str, key: str = "fiche-action") -> dict[str, dict[str, str]]:
    """Read a table as an import does: the refusals of each line, by line number."""
    form = packs()["bonnes-pratiques"].forms[key]
    compiled = compile_form(form["schema"], form["ui"])
    refusals = {}
    for line, row in enumerate(read_csv(ROOT / "workflows/bonnes-pratiques/data" / name), start=2):
        pairs = [
            (compiled.by_uid[uid].name, text.strip())
            for uid, value in row.items()
            if uid in compiled.by_uid and value
            for text in (value.split("|") if compiled.by_uid[uid].kind == "choices" else [value])
        ]
        decoded = decode(compiled, pairs)
        checked = validate(compiled, decoded.data, lists=all_lists())
        problems = {**checked.errors, **decoded.errors}
        if problems or not row["numero"]:
            refusals[line] = problems
    return refusals


def test_the_cards_fit_their_form():
    assert imported("fiches.csv") == {}


def test_the_imperfect_sample_has_lines_to_refuse_and_lines_to_keep():
    refused = {line: sorted(problems) for line, problems in imported("exemple-avec-erreurs.csv").items()}
    assert refused == {
        3: ["/titre"],
        4: ["/thematique"],
        6: ["/arml_referentes", "/partage"],
        8: [],
        9: ["/dimension_territoriale", "/toutes_arml"],
    }


def test_the_answers_of_the_survey_fit_its_form():
    assert imported("enquete-numerique.csv", "enquete-numerique") == {}


def all_lists() -> dict[str, list[dict]]:
    return {key: rows for pack in packs().values() for key, rows in pack.lists.items()}


def test_allocations_offer_the_three_ways_found_in_the_network():
    tree = packs()["allocations"].processes["allocation-pacea"]
    choices = next(
        option.get("choices").split() for option in tree.iter(f"{JALON}option") if option.get("id") == "mode_decision"
    )
    assert choices == ["conseiller", "commission", "direction_au_dela_du_seuil"]


def test_amounts_follow_the_published_series():
    values = packs()["dispositif"].parameters["cej_plafond_non_imposable"]["values"]
    assert [(value["from"], value["value"]) for value in values] == [
        ("2022-03-01", 500),
        ("2023-04-01", 528),
        ("2024-04-01", 552.29),
        ("2025-04-01", 561.68),
    ]


@pytest.mark.parametrize("path", sorted(ROOT.glob("workflows/*/*.bpmn")), ids=lambda path: path.stem)
def test_diagrams_draw_every_step_without_overlap(path):
    tree = packs()[path.parent.name].processes[path.stem]
    kinds = ("Task", "Event", "Gateway", "Activity")
    nodes = {n.get("id"): n.tag for p in tree.iter(f"{BPMN}process") for n in p if n.tag.endswith(kinds)}
    flows = {flow.get("id") for flow in tree.iter(f"{BPMN}sequenceFlow")}
    shapes = {shape.get("bpmnElement"): shape[0].attrib for shape in tree.iter() if shape.tag.endswith("}BPMNShape")}
    edges = {edge.get("bpmnElement"): len(list(edge)) for edge in tree.iter() if edge.tag.endswith("}BPMNEdge")}
    assert set(nodes) <= set(shapes)
    assert flows == set(edges)
    assert all(count >= 2 for count in edges.values())
    boxes = [
        (key, float(b["x"]), float(b["y"]), float(b["width"]), float(b["height"]))
        for key, b in shapes.items()
        if key in nodes and not nodes[key].endswith("boundaryEvent")
    ]
    overlaps = [
        (one[0], two[0])
        for i, one in enumerate(boxes)
        for two in boxes[i + 1 :]
        if one[1] < two[1] + two[3]
        and two[1] < one[1] + one[3]
        and one[2] < two[2] + two[4]
        and two[2] < one[2] + one[4]
    ]
    assert overlaps == []


def test_words_of_the_trade_are_only_in_the_content():
    words = [word for pack in packs().values() for word in pack.manifest["vocabulary"]["words"]]
    assert {"jeune", "conseiller", "CEJ", "PACEA", "RSA", "mission locale"} <= set(words)
    files = subprocess.run(
        ["git", "ls-files", "platform", "admin"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    patterns = [
        (word, re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", 0 if word.isupper() else re.IGNORECASE)) for word in words
    ]
    found = [
        (name, word)
        for name in files
        if (ROOT / name).is_file() and not name.endswith((".png", ".woff2", ".ico"))
        for text in [(ROOT / name).read_text("utf-8", errors="ignore")]
        for word, pattern in patterns
        if pattern.search(text)
    ]
    assert found == []
