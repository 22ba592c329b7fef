"""BPMN from a few words: `start s | user a | end e` and `s>a>e`; a dot in an id puts the node in a sub-process."""

import itertools
import re
import shlex
from xml.sax.saxutils import escape, quoteattr

TAGS = {
    "start": "startEvent", "end": "endEvent", "catch": "intermediateCatchEvent", "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent", "task": "task", "user": "userTask", "manual": "manualTask", "script": "scriptTask",
    "service": "serviceTask", "send": "sendTask", "receive": "receiveTask", "rule": "businessRuleTask",
    "call": "callActivity", "sub": "subProcess", "transaction": "transaction", "esub": "subProcess",
    "xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway", "event": "eventBasedGateway",
    "complex": "complexGateway", "adhoc": "adHocSubProcess",
}  # fmt: skip
NAMED = {"message": "messageRef", "signal": "signalRef", "error": "errorRef", "escalation": "escalationRef"}
NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:jalon="urn:jalon:bpmn:1" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
)


def bpmn(nodes: str, flows: str, key: str = "p", executable: str | None = "true", extra: str = "") -> bytes:
    """Write a file with one process."""
    body, declared = process_body(nodes, flows)
    attribute = "" if executable is None else f' isExecutable="{executable}"'
    process = f'<process id="{key}" name="Processus {key}"{attribute}>{extra}{body}</process>'
    return (
        f"<?xml version='1.0'?><definitions {NAMESPACES} id='definitions_1'>{declared}{process}</definitions>".encode()
    )


def process_body(nodes: str, flows: str) -> tuple[str, str]:
    """Return the inside of a process, and the messages, signals, errors and escalations it names."""
    declared: dict[tuple[str, str], str] = {}
    inside: dict[str, list[str]] = {}
    found: list[tuple[str, str, list[str], str]] = []
    for text in re.split(r"[|\n]", nodes):
        words = shlex.split(text, posix=True)
        if words:
            kind, name, *rest = words
            found.append((kind, name, rest, _node(kind, name, rest, declared)))
    for number, text in enumerate(t.strip() for t in re.split(r"[;\n]", flows)):
        if text:
            _flow(text, number, inside)
    body = _assemble("", found, inside)
    lines = [_declare(kind, name, code) for (kind, name), code in declared.items()]
    return body, "".join(lines)


def _declare(kind: str, name: str, code: str) -> str:
    if kind in {"error", "escalation"}:
        return f"<{kind} id={quoteattr(code)} {kind}Code={quoteattr(name)}/>"
    return f"<{kind} id={quoteattr(code)} name={quoteattr(name)}/>"


def _assemble(container: str, found: list, inside: dict[str, list[str]]) -> str:
    parts = []
    for kind, name, _, xml in found:
        if name.rpartition(".")[0] == container:
            content = _assemble(name, found, inside) if kind in {"sub", "transaction", "esub", "adhoc"} else ""
            parts.append(xml.replace("@@", content))
    return "".join(parts) + "".join(inside.get(container, ()))


def _flow(text: str, number: int, inside: dict[str, list[str]]) -> None:
    chain, _, condition = text.partition(": ")
    ends = [part.strip() for part in chain.split(">")]
    for index, (source, target) in enumerate(itertools.pairwise(ends)):
        name = f"f_{source}_{target}" if condition == "default" else f"f{number}_{index}"
        inner = ""
        if condition and condition != "default":
            inner = f"<conditionExpression>{escape(condition)}</conditionExpression>"
        xml = f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        inside.setdefault(source.rpartition(".")[0], []).append(xml)


def _node(kind: str, name: str, words: list[str], declared: dict[tuple[str, str], str]) -> str:
    options = {word.split("=", 1)[0]: word.split("=", 1)[1] for word in words if "=" in word}
    flags = {word for word in words if "=" not in word}
    attributes = [f"id={quoteattr(name)}"]
    inner = []
    if "on" in options:
        attributes.append(f"attachedToRef={quoteattr(options.pop('on'))}")
    if "default" in options:
        attributes.append(f"default={quoteattr('f_' + name + '_' + options.pop('default'))}")
    if "non" in flags:
        attributes.append('cancelActivity="false"' if kind == "boundary" else 'isInterrupting="false"')
    if kind == "esub":
        attributes.append('triggeredByEvent="true"')
    if "undo" in flags:
        attributes.append('isForCompensation="true"')
    if "instantiate" in flags:
        attributes.append('instantiate="true"')
    for key, value in options.items():
        inner.append(_option(kind, key, value, attributes, declared))
    inner += [f"<{flag}EventDefinition/>" for flag in ("terminate", "cancel") if flag in flags]
    if "compensate" in flags:
        inner.append("<compensateEventDefinition/>")
    inner += [f"<{flag}EventDefinition/>" for flag in ("error", "escalation") if flag in flags]
    after = ""
    if "by" in options:
        after = f'<association id="as_{name}" sourceRef="{name}" targetRef="{options["by"]}"/>'
    return f"<{TAGS[kind]} {' '.join(attributes)}>{''.join(inner)}@@</{TAGS[kind]}>{after}"


def _option(kind: str, key: str, value: str, attributes: list[str], declared: dict[tuple[str, str], str]) -> str:
    if key in NAMED:
        code = declared.setdefault((key, value), f"{key}_{len(declared)}")
        if kind in {"send", "receive"}:
            attributes.append(f'messageRef="{code}"')
            return ""
        return f'<{key}EventDefinition {NAMED[key]}="{code}"/>'
    if key in {"date", "duration", "cycle"}:
        tag = "time" + key.capitalize()
        return f"<timerEventDefinition><{tag}>{escape(value)}</{tag}></timerEventDefinition>"
    if key == "condition":
        return f"<conditionalEventDefinition><condition>{escape(value)}</condition></conditionalEventDefinition>"
    if key == "link":
        return f"<linkEventDefinition name={quoteattr(value)}/>"
    if key == "compensate":
        return f"<compensateEventDefinition activityRef={quoteattr(value)}/>"
    if key == "do":
        return f"<script>{escape(value.replace(';', chr(10)))}</script>"
    if key == "calls":
        attributes.append(f"calledElement={quoteattr(value)}")
        return ""
    if key in {"in", "out"}:
        tag = {"in": "input", "out": "output"}[key]
        lines = (part.split(":=") for part in value.split(","))
        written = [
            f"<jalon:{tag} name={quoteattr(name.strip())} expression={quoteattr(v.strip())}/>" for name, v in lines
        ]
        return "<extensionElements>" + "".join(written) + "</extensionElements>"
    if key in {"many", "seq", "while", "until"}:
        return _loop(key, value)
    return ""


def _loop(key: str, value: str) -> str:
    """`many=3`, `many=item:list`, `many=item:list>result:element`, with `/condition` to stop; `while=condition/max`."""
    value, _, stop = value.partition("/")
    if key in {"while", "until"}:
        maximum = f' loopMaximum="{stop}"' if stop else ""
        before = ' testBefore="true"' if key == "while" else ""
        condition = f"<loopCondition>{escape(value)}</loopCondition>" if value else ""
        return f"<standardLoopCharacteristics{before}{maximum}>{condition}</standardLoopCharacteristics>"
    done = f"<completionCondition>{escape(stop)}</completionCondition>" if stop else ""
    sequential = ' isSequential="true"' if key == "seq" else ""
    if ":" not in value:
        inner = f"<loopCardinality>{escape(value)}</loopCardinality>"
    else:
        source, _, result = value.partition(">")
        item, collection = source.split(":")
        inner = f"<loopDataInputRef>{collection}</loopDataInputRef>"
        outputs = ""
        if result:
            name, element = result.split(":")
            inner += f"<loopDataOutputRef>{name}</loopDataOutputRef>"
            outputs = f'<outputDataItem id="o_{element}" name="{element}"/>'
        inner += f'<inputDataItem id="i_{item}" name="{item}"/>{outputs}'
    return f"<multiInstanceLoopCharacteristics{sequential}>{inner}{done}</multiInstanceLoopCharacteristics>"
