"""Overlay files: read, written, refused with a reason, and documented."""

import re
from pathlib import Path

import pytest

from engines.layering.samples import op
from jalon.base.errors import ContentRefused
from jalon.engines.layering import VERBS, Overlay, kinds, read_op, read_overlay, write_op, write_overlay
from jalon.engines.layering.overlays import KEYS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "overlays.md"


def test_an_overlay_survives_its_file():
    ops = (
        op("add", "r__x", value={"type": "string", "label": "X"}, container="layout:trajet", after="mode"),
        op("set", "nom", "default", None, seen=None),
        op("move_after", "nom", after=""),
        op("lock", "mode", "*", mode="grandfather", until="2026-09-01", review="2027-01-01", legal="art. 3"),
    )
    overlay = Overlay("r", {"form/transport": ops, "list/modes": ()})

    assert read_overlay(write_overlay(overlay)) == overlay


def test_what_is_empty_is_not_written():
    assert write_op(read_op({"verb": "close", "uid": "velo"}, 3)) == {"id": "3", "verb": "close", "uid": "velo"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("texte", "ce n’est pas un objet"),
        ({"verb": "delete", "uid": "a"}, "« delete » n’est pas un verbe connu"),
        ({"verb": "close"}, "« uid » manque"),
        ({"verb": "set", "uid": "a", "prop": "label"}, "« value » manque pour « set »"),
        ({"verb": "add", "uid": "a", "value": 3}, "« value » d’un ajout est l’objet de ses propriétés"),
        ({"verb": "close", "uid": "a", "raison": "x"}, "la clé « raison » n’existe pas"),
        ({"verb": "close", "uid": "a", "at": 3}, "« at » doit être un texte"),
        ({"verb": "lock", "uid": "a", "mode": "jamais"}, "« mode » vaut force, grandfather, conflicts"),
    ],
)
def test_a_wrong_op_is_refused_with_its_number_and_why(document, reason):
    with pytest.raises(ContentRefused) as refusal:
        read_overlay(
            {"unit": "r", "artifacts": {"form/transport": [{"verb": "close", "uid": "a"}, document]}}, "r.json"
        )

    (problem,) = refusal.value.problems
    assert problem.message.startswith(f"form/transport, modification n° 2 : {reason}")
    assert (problem.file, problem.element) == ("r.json", "form/transport/2")


@pytest.mark.parametrize(
    "document", [[], {}, {"unit": "r"}, {"unit": "", "artifacts": {}}, {"unit": "r", "artifacts": {"form": []}}]
)
def test_a_file_of_another_shape_is_refused(document):
    with pytest.raises(ContentRefused) as refusal:
        read_overlay(document)

    assert [problem.code for problem in refusal.value.problems] == ["surcouche.forme"]


def test_two_ops_do_not_share_an_id():
    same = {"id": "a", "verb": "close", "uid": "x"}

    with pytest.raises(ContentRefused) as refusal:
        read_overlay({"unit": "r", "artifacts": {"list/modes": [same, same]}})

    assert "l’identifiant « a » est déjà pris" in refusal.value.problems[0].message


def test_the_reference_page_names_every_key_verb_and_kind():
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    first_cells = {
        section.splitlines()[0]: re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)
        for section in sections[1:]
    }

    assert first_cells["Keys of an operation"] == list(KEYS)
    assert first_cells["Verbs"] == list(VERBS)
    assert sorted(first_cells["Kinds and their names"]) == kinds()


def test_the_example_of_the_reference_page_reads():
    from jalon.base.json import read_json

    (example,) = re.findall(r"```json\n(.+?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    overlay = read_overlay(read_json(example))

    assert read_overlay(write_overlay(overlay)) == overlay
    assert {op.verb for ops in overlay.artifacts.values() for op in ops} >= {"add", "set", "lock", "bind"}
