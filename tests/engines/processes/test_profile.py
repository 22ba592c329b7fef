"""The page of the supported profile is what the code does."""

from pathlib import Path

from engines.processes.conformance.writing import bpmn
from jalon.engines.processes import read_bpmn
from jalon.engines.processes.profile import EVENTS, KINDS, markdown, said, unknown_kinds

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "profil-bpmn.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "lancez `python scripts/bpmn_profile.py`"


def test_every_kind_of_node_is_on_the_page() -> None:
    assert unknown_kinds() == set()


def test_every_refusal_says_what_to_do() -> None:
    refusals = said("refuse")
    assert len(refusals) >= 35
    assert all(code.startswith("profil.") and text for code, text in refusals)


TRIGGERS = {
    "message": "message=m",
    "timer": "duration=PT1H",
    "signal": "signal=x",
    "condition": "condition='x = 1'",
    "error": "error=E",
    "escalation": "escalation=X",
    "compensation": "compensate",
    "cancel": "cancel",
    "terminate": "terminate",
    "link": "link=L",
}
PLACES = {
    "startEvent": ("start s {}| task a | end e", "s>a>e"),
    "intermediateCatchEvent": ("start s | catch c {} | end e", "s>c>e"),
    "intermediateThrowEvent": ("start s | throw c {} | end e", "s>c>e"),
    "endEvent": ("start s | task a | end e {}", "s>a>e"),
    "boundaryEvent": ("start s | task a | boundary b on=a {} | end e | end f", "s>a>e; b>f"),
}


def test_the_table_of_events_is_what_reading_says() -> None:
    """Each cell of the table: « — » is always refused by name; « oui » never for its kind."""
    page = markdown()
    for place, (nodes, flows) in PLACES.items():
        row = next(line for line in page.splitlines() if f"(`{place}`)" in line).split("|")[2:-2]
        assert len(row) == len(KINDS)
        for kind, cell in zip(KINDS, row, strict=True):
            reading = read_bpmn({"a.bpmn": bpmn(nodes.format(TRIGGERS[kind] + " "), flows)})
            refused = {problem.code for problem in reading.problems if problem.severity == "error"}
            if cell.strip() == "oui":
                assert "profil.evenement_interdit" not in refused, (place, kind)
            else:
                assert "profil.evenement_interdit" in refused, (place, kind)
    assert set(PLACES) == set(EVENTS)
