# ruff: noqa: E501 - a file reads best on one line
"""Hostile expressions in every place that holds one: refused or read as data, never executed."""

import builtins
import itertools
import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engines.processes.conformance.writing import NAMESPACES
from jalon.sandbox import Sandbox

MARK = "jalon_pwned"
PAYLOADS = (
    f"__import__('os').system('touch /tmp/{MARK}')",
    f"__import__('subprocess').Popen(['touch','/tmp/{MARK}'])",
    f"exec(\"import os; os.system('touch /tmp/{MARK}')\")",
    f"eval(\"open('/tmp/{MARK}','w')\")",
    f"().__class__.__base__.__subclasses__()[0]('{MARK}')",
    f"[c for c in ().__class__.__mro__ if '{MARK}']",
    f"(lambda: open('/tmp/{MARK}','w'))()",
    f"''.join.__globals__['{MARK}']",
    f"${{T(java.lang.Runtime).getRuntime().exec('touch /tmp/{MARK}')}}",
    f"#{{''.getClass().forName('java.lang.Runtime').exec('{MARK}')}}",
    f"${{execution.getEngineServices().{MARK}}}",
    f"'touch /tmp/{MARK}'.execute()",
    f"new ProcessBuilder('touch','/tmp/{MARK}').start()",
    f"<script>fetch('http://127.0.0.1:9/{MARK}')</script>",
    f"{{{{ config.__class__.__init__.__globals__['os'].popen('{MARK}') }}}}",
    f"=function({MARK}) external {{ java: {{ class: 'java.lang.Runtime', method signature: 'exec(String)' }} }}",
    f"`touch /tmp/{MARK}`; $(touch /tmp/{MARK})",
    f"import socket; socket.create_connection(('127.0.0.1', 9)) # {MARK}",
)

START, END = '<startEvent id="s"/>', '<endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>'
END += '<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>'


def around(inner: str, declared: str = "") -> str:
    return f"<definitions {NAMESPACES}>{declared}<process id='p' isExecutable='true'>{START}{inner}{END}</process></definitions>"


def extended(tag: str, inside: str, attributes: str = "") -> str:
    return around(f'<{tag} id="a" {attributes}><extensionElements>{inside}</extensionElements></{tag}>')


def event(inside: str, declared: str = "", tag: str = "intermediateCatchEvent") -> str:
    return around(f'<{tag} id="a">{inside}</{tag}>', declared)


def loop(inside: str) -> str:
    return around(f'<userTask id="a">{inside}</userTask>')


MANY = "<multiInstanceLoopCharacteristics{}>{}</multiInstanceLoopCharacteristics>"
DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="r" name="r"><decisionTable id="t" hitPolicy="{hit}">
<input id="i"><inputExpression id="ie"><text>{input}</text></inputExpression><inputValues id="iv"><text>{values}</text></inputValues></input>
<output id="o" name="o"><defaultOutputEntry id="de"><text>{default}</text></defaultOutputEntry></output>
<rule id="u"><inputEntry id="ue"><text>{entry}</text></inputEntry><outputEntry id="uo"><text>{output}</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
CELLS = {"hit": "FIRST", "input": "x", "values": "", "default": "1", "entry": "-", "output": "1"}
LITERAL = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="r" name="r"><variable id="v" name="r"/><literalExpression id="l"><text>{}</text></literalExpression></decision></definitions>"""

PLACES: dict[str, tuple[str, str]] = {
    "condition of a flow": (
        "bpmn",
        around('<task id="a"/><task id="b"/>').replace(
            'targetRef="e"/>',
            'targetRef="e"><conditionExpression>@</conditionExpression></sequenceFlow>'
            '<sequenceFlow id="f3" sourceRef="a" targetRef="b"/><sequenceFlow id="f4" sourceRef="b" targetRef="e"/>',
        ),
    ),
    "script": ("bpmn", around('<scriptTask id="a"><script>@</script></scriptTask>')),
    "assignment": ("bpmn", around('<scriptTask id="a"><script>x = @</script></scriptTask>')),
    "script of a language": ("bpmn", around('<scriptTask id="a" scriptFormat="groovy"><script>@</script></scriptTask>')),
    "script of Python": ("bpmn", around('<scriptTask id="a" scriptFormat="python"><script>@</script></scriptTask>')),
    "timer date": ("bpmn", event("<timerEventDefinition><timeDate>@</timeDate></timerEventDefinition>")),
    "timer duration": ("bpmn", event("<timerEventDefinition><timeDuration>@</timeDuration></timerEventDefinition>")),
    "timer cycle": ("bpmn", event("<timerEventDefinition><timeCycle>@</timeCycle></timerEventDefinition>")),
    "condition of an event": (
        "bpmn",
        event("<conditionalEventDefinition><condition>@</condition></conditionalEventDefinition>"),
    ),
    "name of a message": (
        "bpmn",
        event('<messageEventDefinition messageRef="m"/>', '<message id="m" name="@"/>'),
    ),
    "name of a signal": ("bpmn", event('<signalEventDefinition signalRef="m"/>', '<signal id="m" name="@"/>')),
    "key of a message": (
        "bpmn",
        event(
            '<messageEventDefinition messageRef="m"/>',
            '<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="@"/></extensionElements></message>',
        ),
    ),
    "content of a message": (
        "bpmn",
        event(
            '<extensionElements><jalon:param name="x" expression="@"/></extensionElements><messageEventDefinition messageRef="m"/>',
            '<message id="m" name="m"/>',
            "intermediateThrowEvent",
        ),
    ),
    "end of an ad hoc sub-process": (
        "bpmn",
        around('<adHocSubProcess id="a"><task id="b"/><completionCondition>@</completionCondition></adHocSubProcess>'),
    ),
    "activation of a complex gateway": (
        "bpmn",
        around('<complexGateway id="a"><activationCondition>@</activationCondition></complexGateway>').replace(
            '<sequenceFlow id="f2"', '<sequenceFlow id="f3" sourceRef="s" targetRef="a"/><sequenceFlow id="f2"'
        ),
    ),
    "condition of a thrown event": (
        "bpmn",
        event(
            MANY.format(
                ' behavior="Complex"',
                "<loopCardinality>2</loopCardinality><complexBehaviorDefinition><condition>@</condition>"
                '<event><signalEventDefinition signalRef="m"/></event></complexBehaviorDefinition>',
            ),
            '<signal id="m" name="m"/>',
            "userTask",
        ),
    ),
    "value of a correlation": (
        "bpmn",
        event(
            '<messageEventDefinition messageRef="m"/>',
            '<message id="m" name="m"/><collaboration id="k"><correlationProperty id="cp">'
            '<correlationPropertyRetrievalExpression messageRef="m"><messagePath>n</messagePath>'
            "</correlationPropertyRetrievalExpression></correlationProperty></collaboration>",
        ).replace(
            "isExecutable='true'>",
            "isExecutable='true'><correlationSubscription id='cs'><correlationPropertyBinding "
            "correlationPropertyRef='cp'><dataPath>@</dataPath></correlationPropertyBinding></correlationSubscription>",
        ),
    ),
    "cardinality": ("bpmn", loop(MANY.format("", "<loopCardinality>@</loopCardinality>"))),
    "end of a repetition": (
        "bpmn",
        loop(MANY.format("", "<loopCardinality>2</loopCardinality><completionCondition>@</completionCondition>")),
    ),
    "collection": ("bpmn", loop(MANY.format(' camunda:collection="@"', ""))),
    "collection of Zeebe": (
        "bpmn",
        loop(
            MANY.format(
                "",
                '<extensionElements><zeebe:loopCharacteristics inputCollection="@" outputElement="@"/></extensionElements>',
            )
        ),
    ),
    "loop condition": (
        "bpmn",
        loop("<standardLoopCharacteristics><loopCondition>@</loopCondition></standardLoopCharacteristics>"),
    ),
    "loop maximum": ("bpmn", loop('<standardLoopCharacteristics loopMaximum="@"/>')),
    "input": ("bpmn", extended("userTask", '<jalon:input name="x" expression="@"/>')),
    "output": ("bpmn", extended("scriptTask", '<jalon:output name="x" expression="@"/>')),
    "input of Camunda": (
        "bpmn",
        extended("scriptTask", '<camunda:inputOutput><camunda:inputParameter name="x">@</camunda:inputParameter></camunda:inputOutput>'),
    ),
    "script of Camunda": (
        "bpmn",
        extended(
            "scriptTask",
            '<camunda:inputOutput><camunda:inputParameter name="x"><camunda:script scriptFormat="groovy">@</camunda:script></camunda:inputParameter></camunda:inputOutput>',
        ),
    ),
    "mapping of Zeebe": ("bpmn", extended("scriptTask", '<zeebe:ioMapping><zeebe:input source="@" target="x"/></zeebe:ioMapping>')),
    "script of Zeebe": ("bpmn", extended("scriptTask", '<zeebe:script expression="@" resultVariable="x"/>')),
    "listener": ("bpmn", extended("userTask", '<camunda:executionListener event="start"><camunda:script>@</camunda:script></camunda:executionListener>')),
    "expression of a service": ("bpmn", around('<serviceTask id="a" camunda:expression="@"/>')),
    "class of a service": ("bpmn", around('<serviceTask id="a" camunda:class="@"/>')),
    "parameter of an action": (
        "bpmn",
        extended("serviceTask", '<jalon:action name="x"><jalon:param name="y" expression="@"/></jalon:action>'),
    ),
    "called process": ("bpmn", around('<callActivity id="a" calledElement="@"/>')),
    "data of a call": ("bpmn", extended("callActivity", '<camunda:in sourceExpression="@" target="x"/>', 'calledElement="q"')),
    "key of a call": ("bpmn", extended("callActivity", '<camunda:in businessKey="@"/>', 'calledElement="q"')),
    "assignee": ("bpmn", around('<userTask id="a" camunda:assignee="@"/>')),
    "due date": ("bpmn", around('<userTask id="a" camunda:dueDate="@"/>')),
    "priority": ("bpmn", around('<userTask id="a" camunda:priority="@"/>')),
    "recipient": ("bpmn", around('<userTask id="a" jalon:recipient="@"/>')),
    "title": ("bpmn", around('<userTask id="a" jalon:title="{{@}}"/>')),
    "form": ("bpmn", around('<userTask id="a" camunda:formKey="@"/>')),
    "decision": ("bpmn", around('<businessRuleTask id="a" camunda:decisionRef="@"/>')),
    "input of a table": ("dmn", DMN.format(**{**CELLS, "input": "@"})),
    "values of an input": ("dmn", DMN.format(**{**CELLS, "values": "@"})),
    "cell": ("dmn", DMN.format(**{**CELLS, "entry": "@"})),
    "output of a rule": ("dmn", DMN.format(**{**CELLS, "output": "@"})),
    "default of an output": ("dmn", DMN.format(**{**CELLS, "default": "@", "entry": '"z"'})),
    "literal expression": ("dmn", LITERAL.format("@")),
    "computed field": (
        "schema.json",
        '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":{"type":"string","title":"X","x-jalon-computed":"@"}}}',
    ),
    "pattern of a field": (
        "schema.json",
        '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":{"type":"string","title":"X","pattern":"@"}}}',
    ),
    "remote schema": (
        "schema.json",
        '{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":{"$ref":"http://127.0.0.1:9/@"}}}',
    ),
}  # fmt: skip


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What ran: code made from the payload, a command, a process, a connection."""
    found: list[str] = []

    def spy(name: str, real: Any, *, always: bool) -> Any:
        def called(*arguments: Any, **options: Any) -> Any:
            if always or any(MARK in str(argument)[:5000] for argument in arguments[:1]):
                found.append(name)
            return real(*arguments, **options)

        return called

    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(builtins, name, spy(name, getattr(builtins, name), always=False))
    for owner, name in ((os, "system"), (os, "popen"), (subprocess, "run"), (socket, "create_connection")):
        monkeypatch.setattr(owner, name, spy(name, getattr(owner, name), always=True))
    for owner, name in ((subprocess.Popen, "__init__"), (socket.socket, "connect")):
        monkeypatch.setattr(owner, name, spy(name, getattr(owner, name), always=True))
    yield found
    assert not Path(f"/tmp/{MARK}").exists()


def escaped(kind: str, payload: str) -> str:
    if kind == "schema.json":
        return payload.replace("\\", "\\\\").replace('"', '\\"')
    return payload.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def play(box: Sandbox, kind: str) -> None:
    """Use what was accepted as far as it goes."""
    if kind == "bpmn":
        run = box.start("p", {"x": 1})
        for task in box.tasks(run):
            box.complete(task.id, {"y": 1})
        box.advance("P400D")
        box.state(run)
    elif kind == "dmn":
        box.decide("r", {"x": "a"})


DISGUISES = ("@", "= @", "${@}", "#{@}", "if true then (@) else 0", "[@][1]", "{x: @}.x", "string(@)", "@ = 1 or @")


@pytest.mark.req("S7")
def test_nothing_hostile_is_executed(executed: list[str]) -> None:
    print(play_all(executed, PAYLOADS))


@pytest.mark.drill
@pytest.mark.req("S7")
def test_nothing_hostile_is_executed_in_disguise(executed: list[str], figure: Callable[..., None]) -> None:
    dressed = [shape.replace("@", payload) for shape, payload in itertools.product(DISGUISES, PAYLOADS)]
    figure(seen=play_all(executed, dressed))


def play_all(executed: list[str], payloads: Sequence[str]) -> str:
    """Put each payload in each place, use what is accepted, and see that nothing ran."""
    accepted = refused = 0
    for (place, (kind, text)), payload in itertools.product(PLACES.items(), payloads):
        box = Sandbox(services="pass")
        report = box.deploy({f"a.{kind}": text.replace("@", escaped(kind, payload)).encode()})
        assert executed == [], (place, payload)
        if not report.ok or any(not decision.executable for decision in report.decisions):
            refused += 1
            assert all(problem.message for problem in report.problems), (place, payload)
            continue
        accepted += 1
        play(box, kind)
        assert executed == [], (place, payload)
    assert len(PLACES) >= 21
    assert accepted + refused == len(PLACES) * len(payloads) >= 200
    assert refused > accepted
    return (
        f"{accepted + refused} hostile files in {len(PLACES)} places: {refused} refused, {accepted} read as data, 0 run"
    )


@pytest.mark.req("S7")
def test_the_spies_see_what_they_must(executed: list[str]) -> None:
    eval(f"'{MARK}'")
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", 9), timeout=0.2)
    assert executed[0] == "eval"
    assert "connect" in executed
