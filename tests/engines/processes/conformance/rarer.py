# ruff: noqa: E501 - a diagram reads best on one line
"""Rarer constructs: ad hoc sub-processes, complex gateways, things awaited together, token quantities, thrown events."""

from typing import Any

from engines.processes.conformance.driving import Act, Model
from engines.processes.conformance.models import do
from engines.processes.conformance.writing import bpmn

MODELS: list[Model] = []


def model(
    name: str, nodes: str, flows: str, trace: str, *acts: Act, change: tuple[str, str] = ("", ""), **options: Any
) -> None:
    """Add a model; `change` replaces a piece of the file that the short writing has no word for."""
    content = bpmn(nodes, flows)
    assert change[0].encode() in content, change
    MODELS.append(
        Model(name, (content.replace(change[0].encode(), change[1].encode()),), acts, tuple(trace.split()), **options)
    )


# -- ad hoc sub-processes --------------------------------------------------------------------------------------------
ADHOC = "start s | adhoc h | user h.a | user h.b | end e"
model("ad hoc, each once in any order", ADHOC, "s>h>e", "s h.b h.a h e", ("open", ["h.a", "h.b"]), *do("h.b", "h.a"))
model(
    "ad hoc, one at a time",
    ADHOC,
    "s>h>e",
    "s h.a h.b h e",
    ("open", ["h.a"]),
    ("do", "h.a"),
    ("open", ["h.b"]),
    ("do", "h.b"),
    change=('<adHocSubProcess id="h">', '<adHocSubProcess id="h" ordering="Sequential">'),
)
UNTIL = "<completionCondition>assez</completionCondition>"
model(
    "ad hoc until a condition, the rest cancelled",
    ADHOC,
    "s>h>e",
    "s h.a h.a h e",
    ("do", "h.a"),
    ("open", ["h.a", "h.b"]),
    ("do", "h.a", {"assez": True}),
    change=('<adHocSubProcess id="h">', '<adHocSubProcess id="h">' + UNTIL),
)
model(
    "ad hoc until a condition, the rest finished first",
    ADHOC,
    "s>h>e",
    "s h.a h.b h e",
    ("do", "h.a", {"assez": True}),
    ("open", ["h.b"]),
    ("do", "h.b"),
    change=('<adHocSubProcess id="h">', '<adHocSubProcess id="h" cancelRemainingInstances="false">' + UNTIL),
)
model(
    "ad hoc one at a time, again until a condition",
    ADHOC,
    "s>h>e",
    "s h.a h.b h.a h e",
    *do("h.a", "h.b"),
    ("do", "h.a", {"assez": True}),
    change=('<adHocSubProcess id="h">', '<adHocSubProcess id="h" ordering="Sequential">' + UNTIL),
)
model(
    "ad hoc of calculations, done by themselves",
    "start s | adhoc h | script h.a do='x = 1' | script h.b do='y = 2' | end e",
    "s>h>e",
    "s h.a h.b h e",
    variables={"x": 1, "y": 2},
)
model(
    "ad hoc of calculations whose condition never comes is an incident, mended and tried again",
    "start s | adhoc h | script h.a do='x = 1' | end e",
    "s>h>e",
    "s h.a h e",
    ("set", {"assez": True}),
    ("retry",),
    change=('<adHocSubProcess id="h">', '<adHocSubProcess id="h">' + UNTIL),
)
model(
    "ad hoc with an order inside",
    "start s | adhoc h | user h.a | user h.b | user h.c | end e",
    "s>h>e; h.a>h.b",
    "s h.a h.c h.b h e",
    ("open", ["h.a", "h.c"]),
    *do("h.a", "h.c", "h.b"),
)
model(
    "ad hoc interrupted",
    ADHOC + " | boundary t on=h duration=PT1H | end f",
    "s>h>e; t>f",
    "s h.a t f",
    ("do", "h.a"),
    ("advance", "PT2H"),
)
model(
    "ad hoc, an activity left by its boundary event",
    "start s | adhoc h | user h.a | boundary h.t on=h.a error=E | user h.b | end e",
    "s>h>e; h.t>h.b",
    "s h.t h.b h e",
    ("fail", "h.a", "E"),
    ("do", "h.b"),
)

# -- complex gateways ------------------------------------------------------------------------------------------------
THREE = "start s | and w | user a | user b | user c | complex g | user z | end e"
TWO_OF = (
    '<complexGateway id="g">',
    '<complexGateway id="g"><activationCondition>activationCount &gt;= 2</activationCondition>',
)
model(
    "complex gateway, two of three",
    THREE,
    "s>w; w>a>g; w>b>g; w>c>g; g>z>e",
    "s w a b g c z e",
    ("do", "a"),
    ("open", ["b", "c"]),
    ("do", "b"),
    ("open", ["c", "z"]),
    *do("c", "z"),
    change=TWO_OF,
)
model(
    "complex gateway, the last branch comes after the end of the rest",
    THREE,
    "s>w; w>a>g; w>b>g; w>c>g; g>z>e",
    "s w a c g z e b",
    *do("a", "c", "z", "b"),
    change=TWO_OF,
)
model(
    "complex gateway, leaving once more when it is made ready",
    THREE + " | user late",
    "s>w; w>a>g; w>b>g; w>c>g; g>z: waitingForStart; g>late: not(waitingForStart); z>e; late>e",
    "s w a b g z e c g late e",
    *do("a", "b", "z", "c", "late"),
    change=TWO_OF,
)
model(
    "complex gateway that can no longer let through is an incident",
    "start s | xor x | user a | user b | complex g | end e",
    "s>x; x>a: v = 1; x>b: v = 2; a>g; b>g; g>e",
    "s x a",
    ("do", "a"),
    start={"v": 1},
    status="incident",
    incidents=("processus.blocage",),
    change=TWO_OF,
)
model(
    "complex gateway, condition on data and flows",
    "start s | and w | user a | user b | complex g | end e",
    "s>w; w>a>g; w>b>g; g>e",
    "s w a g e b",
    ("do", "a", {"urgent": True}),
    ("do", "b"),
    change=(
        '<complexGateway id="g">',
        '<complexGateway id="g"><activationCondition>urgent or activationCount = 2</activationCondition>',
    ),
)
model(
    "complex gateway that splits",
    "start s | complex g default=c | user a | user b | user c | end e",
    "s>g; g>a: x > 1; g>b: x > 2; g>c: default; a>e; b>e; c>e",
    "s g a e b e",
    ("open", ["a", "b"]),
    *do("a", "b"),
    start={"x": 3},
)
model(
    "complex gateway in a loop is made ready at each turn",
    "start s | xor m | and w | user a | user b | complex g | xor x default=e | end e",
    "s>m; m>w; w>a>g; w>b>g; g>x; x>m: n < 2; x>e: default",
    "s m w a g x m w b a g x e b",
    ("do", "a", {"n": 1}),
    ("do", "b"),
    ("do", "a", {"n": 2}),
    ("do", "b"),
    change=(
        '<complexGateway id="g">',
        '<complexGateway id="g"><activationCondition>activationCount &gt;= 1</activationCondition>',
    ),
)

# -- things awaited together -------------------------------------------------------------------------------------------
BOTH = ('<intermediateCatchEvent id="c">', '<intermediateCatchEvent id="c" parallelMultiple="true">')
model(
    "a message and a signal, both",
    "start s | catch c message=m signal=i | end e",
    "s>c>e",
    "s c e",
    ("send", "m", {"x": 1}),
    ("open", []),
    ("send", "autre"),
    ("signal", "i"),
    variables={"x": 1},
    change=BOTH,
)
model(
    "a signal twice is not both",
    "start s | catch c message=m signal=i | end e",
    "s>c>e",
    "s",
    ("signal", "i"),
    ("signal", "i"),
    status="running",
    change=BOTH,
)
model(
    "a timer and a condition, both",
    "start s | catch c duration=PT1H condition='ok' | end e",
    "s>c>e",
    "s c e",
    ("set", {"ok": True}),
    ("advance", "PT2H"),
    change=BOTH,
)
model(
    "boundary event that waits for both, then again",
    "start s | user a | boundary b on=a message=m signal=i non | end e | end f",
    "s>a>e; b>f",
    "s b f b f a e",
    ("send", "m"),
    ("signal", "i"),
    ("signal", "i"),
    ("send", "m"),
    ("do", "a"),
    change=('cancelActivity="false"', 'cancelActivity="false" parallelMultiple="true"'),
)
model(
    "boundary event that waits for both and interrupts",
    "start s | user a | boundary b on=a message=m signal=i | end e | end f",
    "s>a>e; b>f",
    "s b f",
    ("signal", "i"),
    ("open", ["a"]),
    ("send", "m"),
    change=('<boundaryEvent id="b"', '<boundaryEvent id="b" parallelMultiple="true"'),
)
model(
    "event sub-process that waits for both",
    "start s | user a | end e | esub v | start v.s message=m signal=i | script v.c do='y = x + 1' | end v.e",
    "s>a>e; v.s>v.c>v.e",
    "s v.s v.c v.e v",
    ("send", "m", {"x": 1}),
    ("open", ["a"]),
    ("signal", "i"),
    change=('<startEvent id="v.s"', '<startEvent id="v.s" parallelMultiple="true"'),
)

# -- quantities of tokens ----------------------------------------------------------------------------------------------
model(
    "an activity that gives two tokens",
    "start s | user a | user b | end e",
    "s>a>b>e",
    "s a b e b e",
    *do("a", "b", "b"),
    change=('<userTask id="a">', '<userTask id="a" completionQuantity="2">'),
)
model(
    "an activity that needs two tokens",
    "start s | and w | user a | user b | user c | end e",
    "s>w; w>a>c; w>b>c; c>e",
    "s w a b c e",
    ("do", "a"),
    ("open", ["b"]),
    *do("b", "c"),
    change=('<userTask id="c">', '<userTask id="c" startQuantity="2">'),
)
model(
    "three tokens given, one needs three",
    "start s | script a do='x = 1' | user b | end e",
    "s>a>b>e",
    "s a b e",
    *do("b"),
    change=(
        '<scriptTask id="a"><script>x = 1</script></scriptTask><userTask id="b">',
        '<scriptTask id="a" completionQuantity="3"><script>x = 1</script></scriptTask><userTask id="b" startQuantity="3">',
    ),
)
model(
    "an activity that lacks a token is an incident",
    "start s | user a | user b | end e",
    "s>a>b>e",
    "s a",
    *do("a"),
    status="incident",
    incidents=("processus.blocage",),
    change=('<userTask id="b">', '<userTask id="b" startQuantity="2">'),
)

# -- compensation that is not waited for ---------------------------------------------------------------------------------
model(
    "what throws a compensation without waiting goes on at once",
    "start s | user a | boundary k on=a compensate by=r | user r undo | throw t compensate=a | user b | end e",
    "s>a>t>b>e",
    "s a t b e r",
    ("do", "a"),
    ("open", ["b", "r"]),
    *do("b", "r"),
    change=(
        '<compensateEventDefinition activityRef="a"/>',
        '<compensateEventDefinition activityRef="a" waitForCompletion="false"/>',
    ),
)

# -- events thrown by repetitions ----------------------------------------------------------------------------------------
SHARED = '<signalEventDefinition id="def" signalRef="signal_0"/>'
MANY = "start s | user a many=3 | boundary b on=a signal=fait non | end e | end f"
model(
    "each repetition throws a signal",
    MANY,
    "s>a>e; b>f",
    "s a b f a b f a b f e",
    *do("a", "a", "a"),
    change=(
        "<multiInstanceLoopCharacteristics>",
        '<multiInstanceLoopCharacteristics behavior="None" noneBehaviorEventRef="def">',
    ),
)
model(
    "the first repetition throws a signal that interrupts",
    MANY.replace(" non", ""),
    "s>a>e; b>f",
    "s a b f",
    *do("a"),
    change=(
        "<multiInstanceLoopCharacteristics>",
        '<multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="def">',
    ),
)
model(
    "a repetition throws when its condition is true",
    MANY,
    "s>a>e; b>f",
    "s a a b f a e",
    *do("a", "a", "a"),
    change=(
        "<loopCardinality>3</loopCardinality>",
        "<loopCardinality>3</loopCardinality><complexBehaviorDefinition><condition>nrOfCompletedInstances = 2</condition>"
        "<event><signalEventDefinition signalRef='signal_0'/></event></complexBehaviorDefinition>",
    ),
)
for made in MODELS[-3:]:
    content = made.files[0].replace(b"<process ", SHARED.encode() + b"<process ")
    content = content.replace(
        b"><loopCardinality>3</loopCardinality><complex",
        b' behavior="Complex"><loopCardinality>3</loopCardinality><complex',
    )
    MODELS[MODELS.index(made)] = Model(made.name, (content,), made.acts, made.trace)

# -- shared definitions, global tasks, parallel event gateways -------------------------------------------------------------
model(
    "two events share one definition",
    "start s | and w | catch a signal=i | catch b signal=i | end e",
    "s>w; w>a>e; w>b>e",
    "s w a b e e",
    ("signal", "i"),
    change=(
        '<intermediateCatchEvent id="b"><signalEventDefinition signalRef="signal_0"/>',
        '<intermediateCatchEvent id="b"><eventDefinitionRef>def</eventDefinitionRef>',
    ),
)
MODELS[-1] = Model(
    MODELS[-1].name,
    (MODELS[-1].files[0].replace(b"<process ", SHARED.encode() + b"<process "),),
    MODELS[-1].acts,
    MODELS[-1].trace,
)
MODELS.append(
    Model(
        "a task that others call",
        (
            bpmn("start s | call c calls=g | end e", "s>c>e").replace(
                b"</definitions>",
                b'<globalScriptTask id="g" name="Calcul"><script>x = y * 2</script></globalScriptTask></definitions>',
            ),
        ),
        (),
        ("s", "g", "c", "e"),
        start={"y": 4},
        variables={"x": 8},
    )
)
EVERY = (
    '<eventBasedGateway id="g" instantiate="true">',
    '<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel">',
)
model(
    "a gateway that begins at one event and waits for the others",
    "event g instantiate | catch a message=m | catch b message=n | user c | user d | end e",
    "g>a>c>e; g>b>d>e",
    "g a c e b d e",
    ("open", ["c"]),
    ("do", "c"),
    ("send", "n"),
    ("do", "d"),
    start_event="a",
    change=EVERY,
)

model(
    "an end that escalates is noted before what it interrupts",
    "start s | sub u | start u.s | end u.e escalation=X | boundary b on=u escalation=X | end e | end f",
    "s>u>e; u.s>u.e; b>f",
    "s u.s u.e b f",
)

# -- correlation keys of BPMN ------------------------------------------------------------------------------------------
KEYS = (
    '<collaboration id="k"><correlationProperty id="cp"><correlationPropertyRetrievalExpression messageRef="message_0">'
    "<messagePath>numero</messagePath></correlationPropertyRetrievalExpression></correlationProperty></collaboration>"
)
SUBSCRIBED = (
    '<correlationSubscription id="cs" correlationKeyRef="ck"><correlationPropertyBinding correlationPropertyRef="cp">'
    "<dataPath>dossier.numero</dataPath></correlationPropertyBinding></correlationSubscription>"
)
MODELS.append(
    Model(
        "a subscription takes only the message that carries its value",
        (
            bpmn("start s | catch c message=m | end e", "s>c>e", extra=SUBSCRIBED).replace(
                b"<process ", KEYS.encode() + b"<process "
            ),
        ),
        (("send", "m", {"numero": "8"}), ("open", []), ("send", "m", {"numero": "7", "x": 1})),
        ("s", "c", "e"),
        start={"dossier": {"numero": "7"}},
        variables={"x": 1, "numero": "7"},
    )
)
