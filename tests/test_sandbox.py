"""The public facade, line by line."""

import json
from typing import Any

import pytest

from engines.processes.conformance.writing import bpmn
from jalon.base.errors import FormInvalid, JalonError, NotFound, TaskAlreadyDone
from jalon.sandbox import Run, Sandbox

LINEAR = bpmn("start s | user a | end e", "s>a>e")
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "age": {"type": "integer", "title": "Âge", "minimum": 16},
        "nom": {"type": "string", "title": "Nom"},
    },
    "required": ["age"],
}


def workshop(*files: bytes, **options: Any) -> Sandbox:
    box = Sandbox(**options)
    report = box.deploy({f"{number}.bpmn": content for number, content in enumerate(files)})
    assert report.ok, report.problems
    return box


def do(box: Sandbox, element: str, values: dict[str, Any] | None = None) -> None:
    box.complete(next(task.id for task in box.tasks() if task.element == element), values)


def test_a_report_lists_what_was_deployed() -> None:
    box = Sandbox()
    report = box.deploy({"a.bpmn": LINEAR, "f.schema.json": json.dumps(SCHEMA).encode()})
    assert report.ok
    assert report.problems == ()
    assert report.processes == (("p", "Processus p", "a.bpmn", True, ("s",)),)
    assert report.decisions == ()
    assert report.forms == ("f",)


def test_a_run_starts_waits_and_completes() -> None:
    box = workshop(LINEAR)
    run = box.start("p", {"age": 19})
    task = box.tasks(run.id)[0]
    assert (task.run, task.element, task.kind, task.role, task.form, task.iteration) == (
        run.id,
        "a",
        "userTask",
        None,
        None,
        None,
    )
    assert box.state(run.id).status == "running"
    box.complete(task.id, {"ok": True})
    state = box.state(run.id)
    assert (state.status, state.variables, state.ended_at) == ("completed", {"age": 19, "ok": True}, ["e"])
    assert (state.waiting, state.incidents) == ([], [])
    assert box.trace(run.id) == ["s", "a", "e"]
    with pytest.raises(TaskAlreadyDone):
        box.complete(task.id, {})


def test_unknown_things_are_refused_with_a_code() -> None:
    box = workshop(LINEAR)
    with pytest.raises(NotFound):
        box.start("inconnu")
    with pytest.raises(NotFound):
        box.complete("pas-un-identifiant")
    with pytest.raises(NotFound):
        box.state("00000000-0000-0000-0000-000000000000")
    with pytest.raises(JalonError):
        box.start("p", start_event="inconnu")
    with pytest.raises(JalonError):
        box.advance("pas une durée")
    with pytest.raises(JalonError):
        Sandbox(calendar="mars")
    with pytest.raises(JalonError):
        Sandbox(zone="Mars/Olympus")


def test_only_an_event_start_fires_when_there_is_no_plain_one() -> None:
    box = workshop(bpmn("start s message=m | task a | end e", "s>a>e"))
    assert box.trace(box.start("p")) == ["s"]
    several = workshop(bpmn("start s message=m | start t message=n | task a | end e", "s>a>e; t>a"))
    with pytest.raises(JalonError) as refusal:
        several.start("p")
    assert refusal.value.code == "processus.depart_a_choisir"
    assert several.trace(several.start("p", start_event="t")) == ["t"]


def test_a_form_checks_the_answers_and_nothing_changes_when_it_refuses() -> None:
    diagram = LINEAR.replace(b'<userTask id="a">', b'<userTask id="a" jalon:form="f">')
    box = Sandbox()
    assert box.deploy({"a.bpmn": diagram, "f.schema.json": json.dumps(SCHEMA).encode()}).ok
    run = box.start("p")
    task = box.tasks()[0]
    assert task.form == "f"
    with pytest.raises(FormInvalid) as refusal:
        box.complete(task.id, {"age": 12})
    assert list(refusal.value.problems) == ["/age"]
    assert box.state(run.id).variables == {}
    box.complete(task.id, {"age": 17})
    assert box.state(run.id).variables == {"age": 17}


def test_a_missing_form_is_a_warning() -> None:
    report = Sandbox().deploy({"a.bpmn": LINEAR.replace(b'<userTask id="a">', b'<userTask id="a" jalon:form="f">')})
    assert [(problem.code, problem.severity, problem.element) for problem in report.problems] == [
        ("profil.formulaire_inconnu", "warning", "a")
    ]


def test_services_ask_or_pass() -> None:
    diagram = bpmn("start s | service a | end e", "s>a>e")
    asking = workshop(diagram)
    asking.start("p")
    assert [task.kind for task in asking.tasks()] == ["serviceTask"]
    passing = workshop(diagram, services="pass")
    assert passing.state(passing.start("p").id).status == "completed"


def test_an_error_is_caught_or_becomes_an_incident() -> None:
    box = workshop(bpmn("start s | user a | boundary b on=a error=E | end e | end f", "s>a>e; b>f"))
    caught, missed = box.start("p"), box.start("p")
    box.fail(box.tasks(caught)[0].id, "E", "raté", {"x": 1})
    assert box.trace(caught) == ["s", "b", "f"]
    assert box.state(caught).variables == {"x": 1}
    box.fail(box.tasks(missed)[0].id, "AUTRE")
    state = box.state(missed)
    assert state.status == "incident"
    assert [incident[:2] for incident in state.incidents] == [("a", "processus.erreur_non_interceptee")]


def test_escalation_and_cancel() -> None:
    box = workshop(bpmn("start s | user a | boundary b on=a escalation=X non | task c | end e | end f", "s>a>e; b>c>f"))
    run = box.start("p")
    box.escalate(box.tasks(run)[0].id, "X")
    assert [task.element for task in box.tasks(run)] == ["a", "c"]
    box.cancel(run.id)
    assert box.state(run.id).status == "terminated"
    assert box.tasks() == []
    box.cancel(run.id)
    assert box.trace(run.id) == ["s", "b"]


@pytest.mark.req("R14")
def test_advance_walks_each_timer_at_its_own_instant() -> None:
    box = workshop(
        bpmn(
            "start s | user a | boundary b on=a cycle=R3/P1D non | script c do='jour = aujourdhui' | end e | end f",
            "s>a>e; b>c>f",
        )
    )
    run = box.start("p")
    assert box.state(run.id).waiting == [("timer", "", "2026-01-06T08:00:00.000000Z", "b", run.id)]
    box.advance("P7D")
    assert box.now == "2026-01-12T09:00:00+01:00"
    assert box.trace(run.id) == ["s", "b", "c", "f", "b", "c", "f", "b", "c", "f"]
    assert box.state(run.id).variables == {"jour": "2026-01-08"}
    box.advance("2026-01-01T00:00:00+01:00")
    assert box.now == "2026-01-12T09:00:00+01:00"
    box.advance("2026-02-01")
    assert box.now == "2026-02-01T00:00:00+01:00"


def test_messages_are_delivered_start_or_wait() -> None:
    box = workshop(
        bpmn("start s | catch c message=reponse | end e", "s>c>e"),
        bpmn("start qs message=demande | task qa | end qe", "qs>qa>qe", key="q").replace(b"message_0", b"message_9"),
    )
    run = box.start("p", {"dossier": "42"})
    other = box.start("p", {"dossier": "43"})
    assert box.send("demande", {"x": 1}) == (0, 1, 0)
    assert [task.element for task in box.tasks()] == ["qa"]
    assert box.send("reponse", {"x": 1}, correlation={"dossier": "42"}) == (1, 0, 0)
    assert (box.state(run.id).status, box.state(other.id).status) == ("completed", "running")
    assert box.send("reponse", {}, correlation={"dossier": "44"}) == (0, 0, 1)
    late = box.start("p", {"dossier": "44"})
    assert box.state(late.id).status == "completed"
    assert box.send("reponse", {}, run=other.id) == (1, 0, 0)
    assert box.send("message_0", {}) == (0, 0, 1)


def test_business_keys_correlate() -> None:
    box = workshop(bpmn("start s | catch c message=m | end e", "s>c>e"))
    first, second = box.start("p", business_key="A"), box.start("p", business_key="B")
    box.send("m", {}, correlation={"business_key": "B"})
    assert (box.state(first.id).status, box.state(second.id).status) == ("running", "completed")
    box.send("m", {}, correlation={"dossier": "A"})
    assert box.state(first.id).status == "completed"


def test_signals_reach_everybody_and_start() -> None:
    box = workshop(
        bpmn("start s | catch c signal=alerte | end e", "s>c>e"),
        bpmn("start qs signal=alerte | task qa | end qe", "qs>qa>qe", key="q").replace(b"signal_0", b"signal_9"),
    )
    runs = [box.start("p") for _ in range(3)]
    assert box.signal("alerte", {"x": 1})[:2] == (3, 1)
    assert {box.state(run.id).status for run in runs} == {"completed"}
    assert box.state(runs[0].id).variables == {"x": 1}
    assert [task.element for task in box.tasks()] == ["qa"]


def test_two_pools_talk() -> None:
    box = workshop(
        bpmn("start s | throw t message=demande | catch c message=reponse | end e", "s>t>c>e"),
        bpmn("start qs message=demande | task qa | end qe message=reponse", "qs>qa>qe", key="q").replace(
            b"message_", b"autre_"
        ),
    )
    run, other = box.start("p"), box.start("p")
    assert [message.name for message in box.sent(run.id)] == ["demande"]
    box.complete(box.tasks()[1].id)
    assert (box.state(run.id).status, box.state(other.id).status) == ("running", "completed")


def test_called_runs_are_seen_from_the_caller() -> None:
    box = workshop(
        bpmn("start s | call c calls=q | end e", "s>c>e"), bpmn("start qs | user qa | end qe", "qs>qa>qe", key="q")
    )
    run = box.start("p")
    task = box.tasks(run)[0]
    assert task.element == "qa"
    assert [(one.kind, one.element) for one in box.state(run.id).waiting] == [("children", "c")]
    box.complete(task.id, {"x": 1})
    assert box.trace(run.id) == ["s", "qs", "qa", "qe", "c", "e"]
    assert box.state(run.id).ended_at == ["qe", "e"]
    assert box.state(run.id).variables == {"x": 1}


def test_a_saved_run_goes_on_in_a_fresh_workshop() -> None:
    files = (
        bpmn("start s | call c calls=q | catch t duration=P1D | end e", "s>c>t>e"),
        bpmn("start qs | user qa | boundary b on=qa message=m non | end qe | end qf", "qs>qa>qe; b>qf", key="q"),
    )
    box = workshop(*files)
    run = box.start("p", {"é": [1, {"x": None}]})
    saved = box.save(run.id)
    fresh = workshop(*files)
    again = fresh.load(saved)
    assert fresh.state(again) == box.state(run.id)
    assert fresh.send("m", {"y": 2}) == (1, 0, 0)
    do(fresh, "qa")
    fresh.advance("P1D")
    state = fresh.state(again)
    assert (state.status, state.ended_at) == ("completed", ["qf", "qe", "e"])
    assert state.variables == {"é": [1, {"x": None}], "y": 2}
    twin = box.load(saved)
    assert twin != run.id
    assert {task.run for task in box.tasks(twin)}.isdisjoint({task.run for task in box.tasks(run)})
    for content in (b"", b"{}", b"\xff\x00", b'{"format":"jalon-run-1"}', saved[:-20]):
        with pytest.raises(JalonError):
            fresh.load(content)


def test_a_second_deployment_adds_versions_and_runs_keep_theirs() -> None:
    box = workshop(LINEAR)
    old = box.start("p")
    assert box.deploy({"a.bpmn": bpmn("start s | user a | user b | end e", "s>a>b>e")}).ok
    new = box.start("p")
    for task in box.tasks():
        box.complete(task.id)
    assert (box.state(old.id).status, box.state(new.id).status) == ("completed", "running")


def test_a_deployment_is_all_or_nothing() -> None:
    box = Sandbox()
    report = box.deploy({"a.bpmn": LINEAR, "b.bpmn": b"<definitions"})
    assert not report.ok
    with pytest.raises(NotFound):
        box.start("p")


def test_not_executable_is_documentation() -> None:
    odd = "start s | adhoc a | end e"
    assert not Sandbox().deploy({"a.bpmn": bpmn(odd, "s>a>e")}).ok
    for executable in ("false", None):
        box = Sandbox()
        report = box.deploy({"a.bpmn": bpmn(odd, "s>a>e", executable=executable)})
        assert (report.ok, report.processes[0].executable) == (True, False)
        assert "profil.documentation" in {problem.code for problem in report.problems}
    whole = Sandbox().deploy({"a.bpmn": bpmn("start s | task a | end e", "s>a>e", executable=None)})
    assert whole.processes[0].executable


@pytest.mark.parametrize("executable", ["true", "false", None])
@pytest.mark.parametrize(
    ("nodes", "flows", "code"),
    [
        ("start s | task a", "s>a", "bpmn.sans_fin"),
        ("task a | end e", "a>e", "bpmn.sans_depart"),
        ("start s | task a | task z | end e", "s>a>e", "bpmn.inatteignable"),
        ("start s | task a | end e", "s>a>e>zz", "reference.absente"),
        ("start s | task a | task a | end e", "s>a>e", "bpmn.identifiant_double"),
    ],
)
def test_broken_structure_is_always_refused(nodes: str, flows: str, code: str, executable: str | None) -> None:
    report = Sandbox().deploy({"a.bpmn": bpmn(nodes, flows, executable=executable)})
    assert not report.ok
    assert code in {problem.code for problem in report.problems if problem.severity == "error"}


def test_problems_name_file_element_line_and_speak_french() -> None:
    content = bpmn("start s | script a do='import os' | end e", "s>a>e")
    problem = Sandbox().deploy({"a.bpmn": content}).problems[0]
    assert problem[:5] == ("profil.script", "error", "a.bpmn", "a", 1)
    assert "champ = expression" in problem.message


def test_vendor_tasks_are_warnings_here() -> None:
    content = bpmn("start s | service a | end e", "s>a>e").replace(
        b'<serviceTask id="a">', b'<serviceTask id="a" camunda:class="x.Y">'
    )
    report = Sandbox().deploy({"a.bpmn": content})
    assert [(problem.code, problem.severity) for problem in report.problems] == [("profil.liaison", "warning")]


def test_decisions_expressions_and_values() -> None:
    box = Sandbox()
    assert box.evaluate('si age >= 16 et age < 26 alors "oui" sinon "non"', {"age": 19}).value == "oui"
    unknown = box.evaluate("inconnu + 1", {})
    assert unknown.value is None
    assert unknown.warnings
    assert box.add_duration("2026-01-31T09:00:00", "P1M") == "2026-02-28T09:00:00"
    assert box.is_working_day("2026-07-14") is False
    assert box.is_working_day("2026-07-15") is True
    assert box.check_value("siret", "73282932000074")[0] is True
    assert box.check_value("nir", "1")[0] is False
    with pytest.raises(NotFound):
        box.decide("inconnue", {})


def test_forms_render_post_and_submit() -> None:
    box = Sandbox()
    data = {"age": 19, "nom": "Inès"}
    assert "Âge" in box.render(SCHEMA, data=data)
    ok, answers, errors = box.submit(SCHEMA, box.post(SCHEMA, data))
    assert (ok, answers, errors) == (True, data, {})
    assert box.submit(SCHEMA, box.post(SCHEMA, {"age": 12})).ok is False
    assert box.validate(SCHEMA, {"age": 12})
    assert box.validate(SCHEMA, data) == []


def test_csv_is_harmless() -> None:
    text = Sandbox().export_csv([{"nom": "=1+1", "n": 3}, {"nom": 'a"b,c'}], delimiter=";")
    assert text.splitlines()[0] == "nom;n"
    assert not text.splitlines()[1].startswith("=")


def test_a_run_can_be_given_as_an_object() -> None:
    box = workshop(LINEAR)
    run = box.start("p")
    assert isinstance(run, Run)
    assert box.state(run) == box.state(run.id)
