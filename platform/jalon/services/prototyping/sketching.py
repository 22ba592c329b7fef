r"""From an outline, one line per step, to files the workshop plays: a diagram with lanes and a form for each step.

    steps = read_outline("Accueil : recevoir la demande | Nom, Date de la demande\\nService : décider | Accord ?")
    files = sketch("Instruire une demande", steps)

A line is `Rôle : étape`, with labels after `|` if any; cells pasted from a spreadsheet (role, step, labels) do as well.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from jalon.base.errors import JalonError
from jalon.base.i18n import fr

MAX_STEPS = 100
MAX_LABELS = 30
MAX_LENGTH = 120
_BULLET = re.compile(r"^\s*(?:[-•*–]\s+|\d{1,3}[.)]\s+)?")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_HEADINGS = ("role", "etape")
_GUESSES: tuple[tuple[re.Pattern[str], dict[str, Any]], ...] = (
    (re.compile(r"\?$"), {"type": "boolean"}),
    (re.compile(r"^date\b|\bdate$|^jour\b"), {"type": "string", "format": "date"}),
    (re.compile(r"^heure\b"), {"type": "string", "format": "time"}),
    (re.compile(r"courriel|e-?mail|adresse electronique"), {"type": "string", "format": "email"}),
    (re.compile(r"telephone|portable"), {"type": "string", "format": "phone"}),
    (re.compile(r"montant|prix|cout"), {"type": "number", "minimum": 0}),
    (re.compile(r"^nombre\b|^age\b|^nb\b"), {"type": "integer", "minimum": 0}),
)
"""What a label, without accents, lets guess of its question; otherwise it is a text."""


class OutlineUnreadable(JalonError):
    """An outline that does not say which steps to draw."""

    code, message, status = "atelier.plan_illisible", fr("Ce plan ne peut pas être dessiné : {reason}."), 422


@dataclass(frozen=True, slots=True)
class OutlineStep:
    """One step: who does it, what it is called, the labels of what is asked."""

    role: str
    title: str
    labels: tuple[str, ...] = ()


def read_outline(text: str) -> list[OutlineStep]:
    """Return the steps of an outline; a line without a role is done by the one before. Raises OutlineUnreadable."""
    steps: list[OutlineStep] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or _is_heading(line):
            continue
        step = _from_cells(line) if "\t" in line else _from_words(line)
        role = step.role or (steps[-1].role if steps else "")
        if not role or not step.title:
            raise OutlineUnreadable(reason=f"la ligne {number} ne s’écrit pas « Rôle : étape »")
        if len(step.labels) > MAX_LABELS or max(map(len, (role, step.title, *step.labels))) > MAX_LENGTH:
            raise OutlineUnreadable(reason=f"la ligne {number} est trop longue")
        steps.append(OutlineStep(role, step.title[0].upper() + step.title[1:], step.labels))
    if not steps:
        raise OutlineUnreadable(reason="écrivez au moins une étape, par exemple « Accueil : recevoir la demande »")
    if len(steps) > MAX_STEPS:
        raise OutlineUnreadable(reason=f"il a plus de {MAX_STEPS} étapes")
    return steps


def _is_heading(line: str) -> bool:
    return tuple(_plain(cell) for cell in line.split("\t")[:2]) == _HEADINGS


def _from_cells(line: str) -> OutlineStep:
    role, title, *labels = (" ".join(cell.split()) for cell in line.split("\t"))
    return OutlineStep(role, title, _labels(",".join(labels)))


def _from_words(line: str) -> OutlineStep:
    head, _, labels = _BULLET.sub("", line).partition("|")
    role, colon, title = head.partition(":")
    if not colon:
        role, title = "", head
    return OutlineStep(" ".join(role.split()), " ".join(title.split()), _labels(labels))


def _labels(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(label.split()) for label in re.split(r"[,;]", text) if label.strip()))


def sketch(title: str, steps: Sequence[OutlineStep]) -> dict[str, bytes]:
    """Return the files of a process that does these steps one after the other."""
    files = {"parcours.bpmn": _diagram(title, steps)}
    for number, step in enumerate(steps, 1):
        files[f"etape_{number}.schema.json"] = json.dumps(_form(step), ensure_ascii=False).encode()
    return files


def _form(step: OutlineStep) -> dict[str, Any]:
    """Return the form of a step: its labels, or a place for notes."""
    properties: dict[str, Any] = {}
    for label in step.labels:
        key, count = slug(label), 2
        while key in properties:
            key, count = f"{slug(label)}_{count}", count + 1
        properties[key] = {"title": label.rstrip(" ?") if guess(label)["type"] == "boolean" else label, **guess(label)}
    if not properties:
        properties["notes"] = {"title": "Notes", "type": "string", "x-jalon-kind": "long_text"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": step.title,
        "properties": properties,
    }


def guess(label: str) -> dict[str, Any]:
    """Return the kind of question a label announces."""
    plain = _plain(label)
    return next((kind for pattern, kind in _GUESSES if pattern.search(plain)), {"type": "string"})


def slug(label: str) -> str:
    """Return a name for expressions: `Date de naissance` gives `date_de_naissance`."""
    found = _NOT_WORD.sub("_", _plain(label)).strip("_")[:60] or "champ"
    return found if found[0].isalpha() else f"champ_{found}"


def _plain(text: str) -> str:
    marks = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(one for one in marks if not unicodedata.combining(one))


WIDTH, HEIGHT, LANE, STRIDE, LEFT, TOP = 120, 80, 140, 170, 160, 40
"""Sizes of the drawing: a task, a lane, the distance between steps, where the first step and lane stand."""


def _diagram(title: str, steps: Sequence[OutlineStep]) -> bytes:
    roles = list(dict.fromkeys(step.role for step in steps))
    ids = ["debut", *(f"etape_{number}" for number in range(1, len(steps) + 1)), "fin"]
    rows = [0, *(roles.index(step.role) for step in steps), roles.index(steps[-1].role)]
    lanes = "".join(
        f'<lane id="couloir_{row}" name={quoteattr(role)}>'
        + "".join(f"<flowNodeRef>{name}</flowNodeRef>" for name, where in zip(ids, rows, strict=True) if where == row)
        + "</lane>"
        for row, role in enumerate(roles)
    )
    tasks = "".join(
        f'<userTask id="etape_{number}" name={quoteattr(step.title)} jalon:form="etape_{number}"/>'
        for number, step in enumerate(steps, 1)
    )
    flows = "".join(
        f'<sequenceFlow id="vers_{target}" sourceRef="{source}" targetRef="{target}"/>'
        for source, target in itertools.pairwise(ids)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:jalon="urn:jalon:bpmn:1"'
        ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
        ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="fichier" targetNamespace="urn:jalon:parcours">'
        f'<collaboration id="ensemble"><participant id="parcours_dessine" name={quoteattr(title)} '
        'processRef="parcours"/></collaboration>'
        f'<process id="parcours" name={quoteattr(title)} isExecutable="true"><laneSet id="couloirs">{lanes}</laneSet>'
        f'<startEvent id="debut"/>{tasks}<endEvent id="fin"/>{flows}</process>'
        f'<bpmndi:BPMNDiagram id="dessin"><bpmndi:BPMNPlane id="plan" bpmnElement="ensemble">'
        f"{''.join(_drawing(ids, rows, len(roles)))}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"
    ).encode()


def _drawing(ids: Sequence[str], rows: Sequence[int], lanes: int) -> Iterable[str]:
    """Draw the pool, its lanes, the nodes from left to right, and a line between each and the next."""
    width = LEFT + STRIDE * len(ids)
    yield _shape("parcours_dessine", 40, TOP, width, LANE * lanes, across=True)
    for row in range(lanes):
        yield _shape(f"couloir_{row}", 70, TOP + LANE * row, width - 30, LANE, across=True)
    boxes = []
    for column, (name, row) in enumerate(zip(ids, rows, strict=True)):
        wide, high = (36, 36) if name in {"debut", "fin"} else (WIDTH, HEIGHT)
        left = LEFT + STRIDE * column + (WIDTH - wide) // 2
        middle = TOP + LANE * row + LANE // 2
        boxes.append((left, middle, wide))
        yield _shape(name, left, middle - high // 2, wide, high)
    for name, before, after in zip(ids[1:], boxes, boxes[1:], strict=False):
        yield _line(f"vers_{name}", before, after)


def _shape(element: str, x: int, y: int, width: int, height: int, *, across: bool = False) -> str:
    turned = ' isHorizontal="true"' if across else ""
    return (
        f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}"{turned}>'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _line(element: str, before: tuple[int, int, int], after: tuple[int, int, int]) -> str:
    start, end = (before[0] + before[2], before[1]), (after[0], after[1])
    turn = (start[0] + end[0]) // 2
    points = [start, end] if start[1] == end[1] else [start, (turn, start[1]), (turn, end[1]), end]
    drawn = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge id="{element}_di" bpmnElement="{element}">{drawn}</bpmndi:BPMNEdge>'
