"""Reading files anybody may have written: refused by name, never executed, never a hang."""

import random
import time
from typing import Any

import pytest

from engines.processes.conformance.suite import MODELS
from engines.processes.conformance.writing import NAMESPACES, bpmn
from jalon.engines.processes import read_bpmn
from jalon.sandbox import Sandbox

HOSTILE = (
    "__import__('os').system('touch /tmp/jalon_pwned')",
    "().__class__.__bases__[0].__subclasses__()",
    "exec('raise SystemExit')",
    "eval('1/0')",
    "open('/etc/passwd').read()",
    "lambda: 1",
    "[x for x in ().__class__.__mro__]",
    "''.join.__globals__",
    "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "#{facesContext.externalContext}",
    "{{7*7}}{{config}}",
    "globals()['__builtins__']",
)
PLACES = {
    "condition": "start s | xor g default=b | task a | task b | end e",
    "script": "start s | script a do=@ | end e",
    "timer": "start s | catch c duration=@ | end e",
    "event": "start s | catch c condition=@ | end e",
    "cardinality": "start s | task a many=@ | end e",
    "loop": "start s | task a until=@ | end e",
    "input": "start s | task a in=x:=@ | end e",
    "called": "start s | call c calls=@ | end e",
}
FLOWS = {"condition": "s>g; g>a: @; g>b: default; a>e; b>e", "timer": "s>c>e", "event": "s>c>e", "called": "s>c>e"}


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("|", "") + '"'


@pytest.mark.req("S7")
@pytest.mark.parametrize("place", PLACES)
def test_hostile_expressions_are_never_executed(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []

    def spy(*arguments: Any, **options: Any) -> None:
        ran.append(arguments)

    for payload in HOSTILE:
        nodes = PLACES[place].replace("@", quoted(payload))
        flows = FLOWS.get(place, "s>a>e").replace("@", payload.replace(";", ""))
        content = bpmn(nodes, flows)
        with monkeypatch.context() as patched:
            patched.setattr("os.system", spy)
            patched.setattr("builtins.eval", spy)
            patched.setattr("builtins.exec", spy)
            box = Sandbox()
            report = box.deploy({"a.bpmn": content})
            if report.ok:  # a process name nobody has: the call stops with an incident
                run = box.start("p")
                assert box.state(run).status in {"running", "incident", "completed"}
    assert ran == []


@pytest.mark.req("S7")
@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE d [<!ENTITY x "a">]>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd">',
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
    ],
)
def test_entities_and_doctypes_are_refused(prolog: str) -> None:
    content = f"<?xml version='1.0'?>{prolog}<definitions {NAMESPACES}><process id='p'/></definitions>".encode()
    report = Sandbox().deploy({"a.bpmn": content})
    assert [problem.code for problem in report.problems] in (["xml.doctype"], ["xml.illisible"])


@pytest.mark.req("R17")
def test_malformed_files_never_hang_nor_crash() -> None:
    generator = random.Random(17)
    sources = [content for model in MODELS for content in model.files]
    slowest = 0.0
    for number in range(300):
        content = bytearray(generator.choice(sources))
        for _ in range(generator.randint(1, 6)):
            spoil(content, generator)
        began = time.process_time()
        report = Sandbox().deploy({f"{number}.bpmn": bytes(content)})
        slowest = max(slowest, time.process_time() - began)
        assert report.ok or all(problem.message and problem.code for problem in report.problems)
    assert slowest < 2  # of this process alone: other work on the machine is not a hang


def spoil(content: bytearray, generator: random.Random) -> None:
    where = generator.randrange(len(content) or 1)
    match generator.randrange(6):
        case 0:
            del content[where : where + generator.randint(1, 40)]
        case 1:
            content[where:where] = generator.randbytes(3)
        case 2:
            content[where:where] = content[where : where + generator.randint(1, 200)]
        case 3:
            del content[where:]
            content += b"</process></definitions>"
        case 4:
            content[where : where + 1] = generator.choice([b"<", b">", b"&", b'"', b"\x00", b"&x;", b"]]>"])
        case _:
            old, new = generator.choice(
                [(b"userTask", b"startEvent"), (b"sourceRef", b"targetRef"), (b'id="', b'id="x')]
            )
            content[:] = content.replace(old, new, generator.randint(1, 3))


@pytest.mark.req("R17")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"\x00" * 1000,
        b"<",
        b"<a/>",
        b"PK\x03\x04",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        "<définitions/>".encode("utf-16"),
        b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>",
        b"<a>" * 500 + b"</a>" * 500,
        b"<a b='" + b"x" * 1_000_000 + b"'/>",
    ],
    ids=lambda content: content[:12].decode("latin-1"),
)
def test_what_is_no_diagram_is_said_so(content: bytes) -> None:
    report = Sandbox().deploy({"a.bpmn": content})
    assert isinstance(report.problems, tuple)
    assert report.processes == ()


@pytest.mark.req("R16")
def test_five_thousand_tasks_in_a_row_deploy() -> None:
    names = [f"a{number}" for number in range(5000)]
    content = bpmn("start s | end e | " + " | ".join(f"script {name}" for name in names), ">".join(["s", *names, "e"]))
    box = Sandbox(max_steps=20_000)
    assert box.deploy({"a.bpmn": content}).ok
    assert box.state(box.start("p")).status == "completed"


def read_one(content: bytes) -> Any:
    reading = read_bpmn({"a.bpmn": content})
    assert reading.ok, reading.problems
    return reading


def test_flows_may_lack_an_id() -> None:
    content = bpmn("start s | task a | end e", "s>a>e").replace(b'id="f0_0" ', b"")
    assert read_one(content).processes[0].executable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${x == 'a'}", 'x = "a"'),
        ("#{x != 'a' && y > 2}", 'x != "a"  and  y > 2'),
        ('=x = "a"', 'x = "a"'),
        ("${!fini}", "not(fini)"),
        ("${a eq 1 || b ge 2}", "a = 1  or  b >= 2"),
        ("x == 'a'", 'x = "a"'),
        ("${execution.getVariable('x') > 1}", "x > 1"),
        ("${ok ? 1 : 2}", "if ok then 1 else 2"),
        ("x > 1", "x > 1"),
    ],
)
def test_conditions_of_other_tools_are_translated(written: str, read: str) -> None:
    content = bpmn(
        "start s | xor g default=b | task a | task b | end e", f"s>g; g>a: {written}; g>b: default; a>e; b>e"
    )
    reading = read_one(content)
    program = reading.processes[0].program
    assert program is not None
    assert next(flow.condition for flow in program.nodes["g"].outgoing if flow.condition) == read
    reported = [problem.code for problem in reading.problems]
    assert reported == ([] if written == read else ["interop.traduit"])


def test_attributes_of_other_tools_are_kept() -> None:
    content = (
        bpmn("start s | user a | call c calls=${cible} | end e", "s>a>c>e")
        .replace(
            b'<userTask id="a">',
            b'<userTask id="a" camunda:formKey="f" camunda:candidateGroups="accueil,x" camunda:dueDate="P2D">',
        )
        .replace(
            b'<callActivity id="c" calledElement="${cible}">',
            b'<callActivity id="c" calledElement="${cible}"><extensionElements>'
            b'<camunda:in source="x" target="y"/><camunda:out sourceExpression="${z + 1}" target="t"/>'
            b"</extensionElements>",
        )
    )
    program = read_one(content).processes[0].program
    assert program is not None
    task, call = program.nodes["a"], program.nodes["c"]
    assert (task.form, task.role, task.due) == ("f", "accueil", "P2D")
    assert call.called == "=cible"
    assert [(line.name, line.expression) for line in (*call.inputs, *call.outputs)] == [("y", "x"), ("t", "z + 1")]
    assert (call.inputs_only, call.outputs_only) == (True, True)


@pytest.mark.parametrize("text", ["P", "1D", "P99999999999Y", "0 0 9 * * ?", "R/PT0S", "2026-13-01"])
def test_impossible_timers_are_refused(text: str) -> None:
    reading = read_bpmn({"a.bpmn": bpmn(f"start s | catch c duration='{text}' | end e", "s>c>e")})
    assert [problem.code[:14] for problem in reading.problems] == ["profil.minuteu"]


@pytest.mark.parametrize(
    ("nodes", "flows", "code"),
    [
        (
            "start s | and w | task a | task b | complex g | end e",
            "s>w; w>a>g; w>b>g; g>e",
            "profil.passerelle",
        ),
        ("start s | adhoc h | start h.s | end h.e | end e", "s>h>e; h.s>h.e", "profil.ad_hoc"),
        ("start s | adhoc a | end e", "s>a>e", "profil.vide"),
        ("start s | xor g | task a | task b | end e", "s>g>a>e; g>b>e", "profil.condition"),
        ("start s | and g | task a | task b | end e", "s>g; g>a: x; g>b: y; a>e; b>e", "profil.condition"),
        ("start s | catch c | end e", "s>c>e", "profil.evenement_vide"),
        ("start s | receive r | end e", "s>r>e", "profil.message_absent"),
        ("start s | event g | task a | task b | end e", "s>g>a>e; g>b>e", "profil.passerelle"),
        ("start s | sub u | start u.s | start u.t | end u.e | end e", "s>u>e; u.s>u.e; u.t>u.e", "profil.departs"),
        ("start s | task a while= | end e", "s>a>e", "profil.boucle"),
        (
            "start s | task a | boundary b on=a error non | end e | end f",
            "s>a>e; b>f",
            "profil.erreur_non_interruptive",
        ),
    ],
)
def test_what_is_not_executed_is_refused_by_name(nodes: str, flows: str, code: str) -> None:
    reading = read_bpmn({"a.bpmn": bpmn(nodes, flows)})
    assert code in {problem.code for problem in reading.problems if problem.severity == "error"}
    assert all(problem.element and problem.line for problem in reading.problems)


@pytest.mark.parametrize(
    ("line", "cycle"),
    [
        ("0 8 * * 1", "R/2024-01-01T08:00:00/P7D"),
        ("0 8 * * 0", "R/2024-01-07T08:00:00/P7D"),
        ("30 17 * * *", "R/2024-01-01T17:30:00/P1D"),
        ("0 0 9 ? * FRI", "R/2024-01-05T09:00:00/P7D"),
        ("0 0 9 1 * ?", "R/2024-01-01T09:00:00/P1M"),
        ("*/15 * * * *", "R/2024-01-01T00:00:00/PT15M"),
        ("0 */2 * * *", "R/2024-01-01T00:00:00/PT2H"),
        ("0 0 9 * * 2", None),
        ("0 8 * * 1-5", None),
        ("0 8 31 * *", None),
        ("*/7 * * * *", None),
        ("0 8 1 1 *", None),
    ],
)
def test_cron_lines_that_are_cycles(line: str, cycle: str | None) -> None:
    reading = read_bpmn({"a.bpmn": bpmn(f"start s | catch c cycle='{line}' | end e", "s>c>e")})
    program = reading.processes[0].program
    if cycle is None:
        assert program is None
        assert [problem.code for problem in reading.problems] == ["profil.minuteur_cron"]
    else:
        assert program is not None
        assert program.nodes["c"].definitions[0].expression == cycle


def test_a_cron_line_begins_at_its_next_turn() -> None:
    box = Sandbox(now="2026-01-07T10:00:00")
    assert box.deploy({"a.bpmn": bpmn("start s cycle='0 8 * * 1' | user a | end e", "s>a>e")}).ok
    box.advance("P15D")
    assert [box.passed(run)[0].at for run in box.runs()] == [
        "2026-01-12T07:00:00.000000Z",
        "2026-01-19T07:00:00.000000Z",
    ]
    assert box.deploy({"b.bpmn": bpmn("start s | catch c cycle='*/5 * * * *' | end e", "s>c>e", key="q")}).ok
    box.advance("PT1M")
    assert box.state(box.start("q")).waiting[0].due == "2026-01-22T09:05:00.000000Z"
