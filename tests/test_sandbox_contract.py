"""The contract of `jalon.sandbox` (architecture, section 6), where `test_sandbox.py` does not already say it."""

import io
import json
import zipfile
from contextlib import suppress
from typing import Any

import pytest

from engines.processes.conformance.writing import bpmn
from jalon.sandbox import JalonError, Sandbox

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}, "required": ["a"]}
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<inputData id="i" name="age"><variable name="age" typeRef="number"/></inputData>
<decision id="majeur" name="Est majeur"><variable name="Est majeur" typeRef="boolean"/>
<informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>age &gt;= 18</text></literalExpression></decision>
<decision id="jour" name="Jour"><literalExpression><text>date("2026-01-05")</text></literalExpression></decision>
<decision id="rate" name="Raté"><literalExpression><text>1 +</text></literalExpression></decision></definitions>"""


def running(*files: bytes, **options: Any) -> tuple[Sandbox, Any]:
    box = Sandbox(**options)
    report = box.deploy({f"{number}.bpmn": content for number, content in enumerate(files)})
    assert report.ok, report.problems
    return box, box.start("p")


def test_kinds_are_read_from_content_not_from_names() -> None:
    box = Sandbox()
    report = box.deploy({"x": bpmn("start s | task a | end e", "s>a>e"), "y": DMN, "f.schema.json": json.dumps(SCHEMA)})
    assert [process.key for process in report.processes] == ["p"]
    assert [tuple(decision) for decision in report.decisions] == [
        ("majeur", "Est majeur", True),
        ("jour", "Jour", True),
        ("rate", "Raté", False),
    ]
    assert report.forms == ("f",)


def test_one_bad_decision_refuses_that_decision_not_its_file() -> None:
    box = Sandbox()
    report = box.deploy({"rules.dmn": DMN})
    assert report.ok
    assert {problem.element for problem in report.problems} == {"rate"}
    assert box.decide("Est majeur", {"age": "19"}).value is True
    assert box.decide("majeur", {"age": 12}).outputs == {"Est majeur": False}
    assert box.decide("jour").value == "2026-01-05"
    unknown = box.decide("majeur", {})
    assert unknown.value is None
    with pytest.raises(JalonError):
        box.decide("rate")


def test_a_failure_while_running_never_raises() -> None:
    box, run = running(bpmn("start s | script c do='x = inconnu.y; z = 1 / 0' | xor g | end e", "s>c>g; g>e: x > 3"))
    state = box.state(run)
    assert (state.status, state.variables) == ("incident", {"x": None, "z": None})
    assert [incident[:2] for incident in state.incidents] == [("g", "processus.aucun_chemin")]


def test_a_missing_called_process_or_decision_is_an_incident() -> None:
    box, run = running(bpmn("start s | call c calls=absent | end e", "s>c>e"))
    assert [incident[0] for incident in box.state(run).incidents] == ["c"]
    assert box.state(run).status == "incident"
    box.cancel(run.id)
    assert box.state(run).status == "terminated"


def test_abstract_tasks_are_human_and_implicit_ends_run() -> None:
    box, run = running(bpmn("task a | manual b", "a>b"))
    assert [task.kind for task in box.tasks(run)] == ["task"]
    box.complete(box.tasks(run)[0].id)
    box.complete(box.tasks(run)[0].id)
    assert (box.state(run).status, box.trace(run)) == ("completed", ["a", "b"])


def test_messages_are_named_else_known_by_id_and_sent_ones_are_listed() -> None:
    box, run = running(bpmn("start s | throw t message=bonjour | catch c message=retour | end e", "s>t>c>e"))
    assert [(one.name, one.element) for one in box.sent(run.id)] == [("bonjour", "t")]
    found = box.send("message_1", {"x": 1}, run=run)
    assert tuple(found) == (1, 0, 0)
    assert box.state(run).variables == {"x": 1}


def test_end_events_of_all_levels_are_kept_up_to_a_thousand() -> None:
    box, run = running(
        bpmn("start s | sub u while='loopCounter < 1100' | start u.s | end u.e | end e", "s>u>e; u.s>u.e")
    )
    ended = box.state(run).ended_at
    assert (len(ended), ended[0], ended[-1]) == (1000, "u.e", "e")


def test_waiting_is_told_with_its_instant() -> None:
    box, run = running(
        bpmn(
            "start s | event g | catch t duration=P1D | catch m message=m | catch i signal=i | end e",
            "s>g; g>t>e; g>m>e; g>i>e",
        )
    )
    waiting = {tuple(one) for one in box.state(run).waiting}
    assert waiting == {
        ("timer", "", "2026-01-06T08:00:00.000000Z", "t", run.id),
        ("message", "m", None, "m", run.id),
        ("signal", "i", None, "i", run.id),
    }


@pytest.mark.parametrize(
    ("kind", "good", "normal"),
    [
        ("nir", "2 55 08 14 168 025 38", "255081416802538"),
        ("siren", "732 829 320", "732829320"),
        ("siret", "732 829 320 00074", "73282932000074"),
        ("rna", "W751004076", "W751004076"),
        ("iban", "FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
        ("phone_fr", "06 12 34 56 78", "+33612345678"),
        ("postcode_fr", "97410", "97410"),
        ("insee_commune", "2A004", "2A004"),
        ("email", "ines@exemple.fr", "ines@exemple.fr"),
        ("duration", "P1M", "P1M"),
    ],
)
def test_values_of_known_kinds(kind: str, good: str, normal: str) -> None:
    assert Sandbox().check_value(kind, good) == (True, normal, "")
    ok, _, message = Sandbox().check_value(kind, "zz")
    assert (ok, message.endswith(".")) == (False, True)


def test_durations_are_added_in_civil_time() -> None:
    box = Sandbox()
    assert box.add_duration("2026-03-29T01:30:00", "PT1H", "Europe/Paris") == "2026-03-29T03:30:00"
    assert box.add_duration("2026-01-31", "P1M") == "2026-02-28"
    assert box.add_duration("2026-01-31T09:00:00+01:00", "P1M") == "2026-02-28T09:00:00+01:00"


def test_plain_schemas_need_no_keyword_of_ours_and_formats_can_be_off() -> None:
    box = Sandbox()
    assert box.validate({"format": "email"}, "x", formats=False) == []
    assert [problem.code for problem in box.validate({"format": "email"}, "x")] == ["schema.format"]
    meta = "https://json-schema.org/draft/2020-12/schema"
    assert box.validate({"$ref": meta}, {"minLength": 1}) == []
    assert box.validate({"$ref": meta}, {"minLength": -1})


@pytest.mark.parametrize("data", [{"a": "x"}, {"a": "é\n« »", "n": -3}, {"a": "", "n": 0}, {"a": "=1"}])
def test_what_is_posted_is_what_is_stored(data: dict[str, Any]) -> None:
    box = Sandbox()
    assert tuple(box.submit(SCHEMA, box.post(SCHEMA, data))) == (True, data, {})


def test_a_pack_is_checked_with_its_scenarios() -> None:
    scenario = {"title": "t", "process": "p", "steps": [{"do": "start", "expect": {"tasks": ["b"]}}]}
    files = {"a.bpmn": bpmn("start s | task a | end e", "s>a>e"), "scenarios/x.json": json.dumps(scenario).encode()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    report = Sandbox().check_pack(written.getvalue())
    assert not report.ok
    assert {problem.file for problem in report.problems} == {"scenarios/x.json"}
    assert not Sandbox().check_pack(b"PK\x03\x04").ok


JUNK: list[Any] = [
    None, "", "x", 0, -1, 1.5, float("nan"), float("inf"), True, [], {}, [1], {"a": 1}, {1: 2}, b"\xff\x00", "\ud800",
    "\x00", "P99999999999Y", object(), (1, 2), {"$ref": "#"}, [["a", "b"]], [("a",)], 10**400, {"a": float("nan")},
    "9999-12-31T23:59:59+00:00", "0001-01-01", {"a": "\ud800"}, {"properties": {"a": {"pattern": "("}}},
]  # fmt: skip
USUAL: dict[str, Any] = {
    "deploy": [{}],
    "start": ["p", {}, None, None],
    "tasks": [None],
    "complete": ["?", {}],
    "fail": ["?", "C", "", None],
    "escalate": ["?", "C"],
    "cancel": ["?"],
    "advance": ["P1D"],
    "send": ["m", {}, {}, None],
    "signal": ["s", {}, None],
    "state": ["?"],
    "trace": ["?"],
    "sent": ["?"],
    "save": ["?"],
    "load": [b""],
    "decide": ["d", {}],
    "evaluate": ["1", {}],
    "validate": [{}, {}, True],
    "render": [SCHEMA, None, {}, {}],
    "post": [SCHEMA, {"a": "x"}, None],
    "submit": [SCHEMA, [], None],
    "check_value": ["nir", "1"],
    "add_duration": ["2026-01-01", "P1D", None],
    "is_working_day": ["2026-01-01"],
    "export_csv": [[{"a": 1}], ","],
    "check_pack": [b""],
}


def nested() -> list[Any]:
    deep: list[Any] = []
    inner = deep
    for _ in range(3000):
        inner.append([])
        inner = inner[0]
    return deep


@pytest.mark.req("R17")
@pytest.mark.parametrize("call", USUAL)
def test_only_our_errors_escape_whatever_is_given(call: str) -> None:
    box, run = running(bpmn("start s | user a | end e", "s>a>e"))
    answers = 0
    for place in range(len(USUAL[call])):
        for junk in [*JUNK, nested()]:
            arguments = [run.id if value == "?" else value for value in USUAL[call]]
            arguments[place] = junk
            with suppress(JalonError):
                getattr(box, call)(*arguments)
            answers += 1
    assert answers == len(USUAL[call]) * (len(JUNK) + 1)
    for options in ({"now": "x"}, {"zone": 3}, {"calendar": []}, {"services": {}}, {"max_steps": "a"}):
        with pytest.raises(JalonError):
            Sandbox(**options)
