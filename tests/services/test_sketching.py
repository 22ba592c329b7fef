"""From an outline to a process that runs: lanes, a form for each step, kinds guessed from labels."""

import json

import pytest

from jalon.engines.processes.drawing import read_drawing
from jalon.sandbox import Sandbox
from jalon.services.prototyping import OutlineStep, OutlineUnreadable, read_outline, sketch

OUTLINE = """
- Accueil : recevoir la demande | Nom, Date de la demande, Courriel, Téléphone, Nombre d’enfants, Urgent ?
2. Service : étudier « A & B » <ensemble>
vérifier les pièces
Accueil : répondre | Montant accordé
"""


@pytest.mark.req("D1", "D3")
def test_an_outline_becomes_a_process_that_runs() -> None:
    steps = read_outline(OUTLINE)
    files = sketch("Instruire une demande", steps)
    box = Sandbox()
    report = box.deploy(files)
    assert report.ok
    assert {problem.code for problem in report.problems} == {"formulaire.donnee_personnelle"}  # what is left to say
    assert [step.role for step in steps] == ["Accueil", "Service", "Service", "Accueil"]
    run = box.start("parcours")
    seen = []
    while tasks := box.tasks(run):
        seen.append((tasks[0].title, tasks[0].role))
        box.complete(tasks[0].id, {"urgent": True} if len(seen) == 1 else {})
    assert seen == [
        ("Recevoir la demande", "Accueil"),
        ("Étudier « A & B » <ensemble>", "Service"),
        ("Vérifier les pièces", "Service"),
        ("Répondre", "Accueil"),
    ]
    assert box.state(run).status == "completed"
    drawing = read_drawing(files["parcours.bpmn"])
    assert drawing is not None
    assert sorted(shape.kind for shape in drawing.shapes) == [
        "endEvent", "lane", "lane", "participant", "startEvent", "userTask", "userTask", "userTask", "userTask",
    ]  # fmt: skip
    assert len(drawing.lines) == 5


@pytest.mark.req("D3")
def test_kinds_are_guessed_from_labels_and_a_step_without_any_has_notes() -> None:
    files = sketch("x", read_outline(OUTLINE))
    first, second = (json.loads(files[f"etape_{number}.schema.json"])["properties"] for number in (1, 2))
    assert {
        name: (field["type"], field.get("format") or field.get("x-jalon-kind")) for name, field in first.items()
    } == {
        "nom": ("string", None),
        "date_de_la_demande": ("string", "date"),
        "courriel": ("string", "email"),
        "telephone": ("string", "phone"),
        "nombre_d_enfants": ("integer", None),
        "urgent": ("boolean", None),
    }
    assert first["urgent"]["title"] == "Urgent"
    assert list(second) == ["notes"]


@pytest.mark.req("D1")
def test_cells_of_a_spreadsheet_do_as_well() -> None:
    pasted = "Rôle\tÉtape\tChamps\nAccueil\tRecevoir\tNom, Nom\n\tRelire\t\n"
    assert read_outline(pasted) == [
        OutlineStep("Accueil", "Recevoir", ("Nom",)),
        OutlineStep("Accueil", "Relire"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n\n",
        "recevoir",
        "Accueil :",
        ": recevoir",
        "A : b\n" * 101,
        "A : " + "b" * 200,
        "A : b |" + ",".join(map(str, range(40))),
    ],
)
def test_what_is_not_an_outline_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(OutlineUnreadable) as refusal:
        read_outline(text)
    assert refusal.value.text().startswith("Ce plan ne peut pas être dessiné")
