# ruff: noqa: E501 - a diagram reads best on one line
"""Small models with the trace BPMN 2.0 gives them; each runs over every RunStore, saved and reloaded at each act."""

from typing import Any

from engines.processes.conformance.driving import Act, Model
from engines.processes.conformance.writing import bpmn

MODELS: list[Model] = []


def model(
    name: str, nodes: str, flows: str, trace: str, *acts: Act, more: tuple[bytes, ...] = (), **options: Any
) -> None:
    """Add a model of one process, with further files if it calls others."""
    MODELS.append(Model(name, (bpmn(nodes, flows), *more), acts, tuple(trace.split()), **options))


def do(*elements: str) -> tuple[Act, ...]:
    return tuple(("do", element) for element in elements)


# -- sequences, implicit starts and ends ---------------------------------------------------------------------------
model("sequence", "start s | user a | task b | end e", "s>a>b>e", "s a b e", *do("a", "b"))
model("manual task is human", "start s | manual a | end e", "s>a>e", "s a e", ("open", ["a"]), *do("a"))
model("empty", "start s | end e", "s>e", "s e")
model("implicit start and end", "user a | user b", "a>b", "a b", *do("a", "b"))
model("two implicit starts", "user a | user b", "", "a b", ("open", ["a", "b"]), *do("a", "b"))
model("script", "start s | script c do='x = 1; y = x + 1' | end e", "s>c>e", "s c e", variables={"x": 1, "y": 2})
model(
    "script writes inside a structure",
    "start s | script c do='a.b.c = 5' | end e",
    "s>c>e",
    "s c e",
    variables={"a": {"b": {"c": 5}}},
)
model("service task asks", "start s | service a | end e", "s>a>e", "s a e", ("open", ["a"]), *do("a"))
model("send without message asks", "start s | send a | end e", "s>a>e", "s a e", *do("a"))
model(
    "two ends",
    "start s | xor g default=b | user a | user b | end e | end f",
    "s>g; g>a: x = 1; g>b: default; a>e; b>f",
    "s g a e",
    *do("a"),
    start={"x": 1},
)
model(
    "implicit split out of a task",
    "start s | user a | user b | user c | end e",
    "s>a>b>e; a>c>e",
    "s a b e c e",
    ("do", "a"),
    ("open", ["b", "c"]),
    *do("b", "c"),
)
model(
    "implicit merge runs what follows twice",
    "start s | and g | user a | user b | task c | end e",
    "s>g>a>c>e; g>b>c",
    "s g a c e b c e",
    *do("a", "c", "b", "c"),
)
model(
    "two processes' variables stay apart",
    "start s | user a | end e",
    "s>a>e",
    "s a e",
    ("do", "a", {"x": [1, {"y": None}]}),
    variables={"x": [1, {"y": None}]},
)

# -- exclusive, inclusive, parallel -----------------------------------------------------------------------------------
model(
    "xor true",
    "start s | xor g default=b | task a | task b | end e",
    "s>g; g>a: x > 1; g>b: default; a>e; b>e",
    "s g a e",
    *do("a"),
    start={"x": 2},
)
model(
    "xor default",
    "start s | xor g default=b | task a | task b | end e",
    "s>g; g>a: x > 1; g>b: default; a>e; b>e",
    "s g b e",
    *do("b"),
    start={"x": 0},
)
model(
    "xor first of two",
    "start s | xor g default=c | task a | task b | task c | end e",
    "s>g; g>a: x > 1; g>b: x > 0; g>c: default; a>e; b>e; c>e",
    "s g a e",
    *do("a"),
    start={"x": 9},
)
model(
    "xor without condition is the default",
    "start s | xor g | task a | task b | end e",
    "s>g; g>a: x > 1; g>b; a>e; b>e",
    "s g b e",
    *do("b"),
    start={"x": 0},
)
model(
    "xor no flow",
    "start s | xor g | task a | task b | end e",
    "s>g; g>a: x > 1; g>b: x < 0; a>e; b>e",
    "s",
    start={"x": 0},
    status="incident",
    incidents=("processus.aucun_chemin",),
)
model(
    "xor no flow, mended",
    "start s | xor g | task a | task b | end e",
    "s>g; g>a: x > 1; g>b: x < 0; a>e; b>e",
    "s g a e",
    ("set", {"x": 5}),
    ("retry",),
    *do("a"),
    start={"x": 0},
)
model(
    "xor no flow, skipped",
    "start s | xor g | task a | task b | end e",
    "s>g; g>a: x > 1; g>b: x < 0; a>e; b>e",
    "s g a e",
    ("skip",),
    *do("a"),
    start={"x": 0},
)
model(
    "xor merge",
    "start s | xor g default=b | task a | task b | xor m | task c | end e",
    "s>g; g>a: x = 1; g>b: default; a>m; b>m; m>c>e",
    "s g a m c e",
    *do("a", "c"),
    start={"x": 1},
)
model(
    "unknown name is null",
    "start s | xor g default=b | task a | task b | end e",
    "s>g; g>a: inconnu > 1; g>b: default; a>e; b>e",
    "s g b e",
    *do("b"),
)
model(
    "loop by gateway",
    "start s | xor m | task a | xor g default=m | end e",
    "s>m>a>g; g>e: n = 3; g>m: default",
    "s m a g m a g m a g e",
    ("do", "a", {"n": 1}),
    ("do", "a", {"n": 2}),
    ("do", "a", {"n": 3}),
)
model(
    "and split and join",
    "start s | and g | task a | task b | and j | end e",
    "s>g>a>j>e; g>b>j",
    "s g b a j e",
    *do("b", "a"),
)
model(
    "and join in a loop",
    "start s | xor m | and g | task a | task b | and j | xor x default=m | end e",
    "s>m>g>a>j>x; g>b>j; x>e: n = 2; x>m: default",
    "s m g a b j x m g b a j x e",
    ("do", "a"),
    ("do", "b", {"n": 1}),
    ("do", "b"),
    ("do", "a", {"n": 2}),
)
model(
    "and join waits",
    "start s | and g | task a | task b | and j | task c | end e",
    "s>g>a>j>c>e; g>b>j",
    "s g a",
    ("do", "a"),
    ("open", ["b"]),
    status="running",
)
model(
    "nested and",
    "start s | and g | and h | task a | task b | task c | and i | and j | end e",
    "s>g>h>a>i>j>e; h>b>i; g>c>j",
    "s g h c a b i j e",
    *do("c", "a", "b"),
)
model(
    "xor into and join is stuck",
    "start s | xor g default=b | task a | task b | and j | end e",
    "s>g; g>a: x = 1; g>b: default; a>j; b>j; j>e",
    "s g a",
    *do("a"),
    start={"x": 1},
    status="incident",
    incidents=("processus.blocage",),
)
model(
    "stuck and moved",
    "start s | xor g default=b | task a | task b | and j | end e",
    "s>g; g>a: x = 1; g>b: default; a>j; b>j; j>e",
    "s g a j e",
    *do("a"),
    ("skip",),
    start={"x": 1},
)
model(
    "and gateway with three branches",
    "start s | and g | task a | task b | task c | and j | end e",
    "s>g>a>j>e; g>b>j; g>c>j",
    "s g c b a j e",
    *do("c", "b", "a"),
)
model(
    "or both",
    "start s | or g | task a | task b | or j | end e",
    "s>g; g>a: x > 0; g>b: x > 1; a>j; b>j; j>e",
    "s g a b j e",
    *do("a", "b"),
    start={"x": 2},
)
model(
    "or one",
    "start s | or g | task a | task b | or j | end e",
    "s>g; g>a: x > 0; g>b: x > 1; a>j; b>j; j>e",
    "s g a j e",
    *do("a"),
    start={"x": 1},
)
model(
    "or default",
    "start s | or g default=c | task a | task b | task c | or j | end e",
    "s>g; g>a: x > 0; g>b: x > 1; g>c: default; a>j; b>j; c>j; j>e",
    "s g c j e",
    *do("c"),
    start={"x": 0},
)
model(
    "or none",
    "start s | or g | task a | task b | or j | end e",
    "s>g; g>a: x > 0; g>b: x > 1; a>j; b>j; j>e",
    "s",
    start={"x": 0},
    status="incident",
    incidents=("processus.aucun_chemin",),
)
model(
    "or join in a loop",
    "start s | xor m | or g | task a | task b | or j | xor x default=m | end e",
    "s>m>g; g>a: true; g>b: n = 1; a>j; b>j; j>x; x>e: n = 2; x>m: default",
    "s m g a j x m g a b j x e",
    ("do", "a", {"n": 1}),
    ("do", "a"),
    ("do", "b", {"n": 2}),
)
model(
    "or join waits for what can still come",
    "start s | and g | task a | task b | xor x default=k | or j | end e | end k",
    "s>g>a>j>e; g>b>x; x>j: go; x>k: default",
    "s g a b x k j e",
    ("do", "a"),
    ("do", "b", {"go": False}),
)
model(
    "or join after parallel",
    "start s | and g | task a | task b | or j | end e",
    "s>g>a>j>e; g>b>j",
    "s g a b j e",
    *do("a", "b"),
)
model(
    "conditional flows leave a task",
    "start s | task a default=d | task b | task c | task d | end e",
    "s>a; a>b: x > 0; a>c: x > 1; a>d: default; b>e; c>e; d>e",
    "s a b e c e",
    ("do", "a", {"x": 2}),
    *do("b", "c"),
)
model(
    "default flow leaves a task",
    "start s | task a default=d | task b | task d | end e",
    "s>a; a>b: x > 0; a>d: default; b>e; d>e",
    "s a d e",
    ("do", "a", {"x": 0}),
    *do("d"),
)
model(
    "conditional flow with an unconditional one",
    "start s | task a | task b | task c | end e",
    "s>a; a>b: x > 0; a>c; b>e; c>e",
    "s a c e",
    ("do", "a", {"x": 0}),
    *do("c"),
)
model(
    "conditional flows leave a task nowhere",
    "start s | task a | task b | task c | end e",
    "s>a; a>b: x > 0; a>c: x > 1; b>e; c>e",
    "s",
    ("do", "a", {"x": 0}),
    status="incident",
    incidents=("processus.aucun_chemin",),
)
model(
    "conditional flow out of an event", "start s | task b | task c | end e", "s>b>e; s>c: x = 1; c>e", "s b e", *do("b")
)

# -- events ------------------------------------------------------------------------------------------------------------
model("timer duration", "start s | catch c duration=PT1H | end e", "s>c>e", "s c e", ("advance", "PT1H"))
model("timer not yet", "start s | catch c duration=PT1H | end e", "s>c>e", "s", ("advance", "PT59M"), status="running")
model("timer date", "start s | catch c date=2026-01-06T09:00:00+01:00 | end e", "s>c>e", "s c e", ("advance", "P1D"))
model("timer date past", "start s | catch c date=2025-01-06T09:00:00+01:00 | end e", "s>c>e", "s c e")
model(
    "timer from a variable",
    "start s | catch c duration=delai | end e",
    "s>c>e",
    "s c e",
    ("advance", "P2D"),
    start={"delai": "P2D"},
)
model(
    "timer null",
    "start s | catch c duration=delai | end e",
    "s>c>e",
    "s",
    status="incident",
    incidents=("processus.minuteur_invalide",),
)
model(
    "month end",
    "start s | catch c date=2026-01-31T09:00:00+01:00 | catch d duration=P1M | end e",
    "s>c>d>e",
    "s c d e",
    ("advance", "2026-02-28T08:00:00+00:00"),
)
model("message", "start s | catch c message=m | end e", "s>c>e", "s c e", ("send", "m", {"x": 1}), variables={"x": 1})
model(
    "message buffered", "start s | task a | catch c message=m | end e", "s>a>c>e", "s a c e", ("send", "m"), ("do", "a")
)
model(
    "message with another key",
    "start s | catch c message=m | end e",
    "s>c>e",
    "s",
    ("send", "m", {}, {"dossier": "43"}),
    status="running",
    start={"dossier": "42"},
)
model(
    "message with the key",
    "start s | catch c message=m | end e",
    "s>c>e",
    "s c e",
    ("send", "m", {}, {"dossier": "42"}),
    start={"dossier": "42"},
)
model(
    "message to itself",
    "start s | and g | throw t message=m | catch c message=m | and j | end e",
    "s>g>t>j>e; g>c>j",
    "s g t c j e",
)
model("signal", "start s | catch c signal=go | end e", "s>c>e", "s c e", ("signal", "go"))
model(
    "signal is not buffered",
    "start s | task a | catch c signal=go | end e",
    "s>a>c>e",
    "s a",
    ("signal", "go"),
    ("do", "a"),
    status="running",
)
model(
    "signal to itself",
    "start s | and g | throw t signal=go | catch c signal=go | and j | end e",
    "s>g>t>j>e; g>c>j",
    "s g c t j e",
    any_order=True,
)
model("condition already true", "start s | catch c condition='x > 1' | end e", "s>c>e", "s c e", start={"x": 2})
model(
    "condition becomes true",
    "start s | and g | catch c condition='x > 1' | task a | and j | end e",
    "s>g>c>j>e; g>a>j",
    "s g a c j e",
    ("do", "a", {"x": 2}),
    any_order=True,
)
model("condition set from outside", "start s | catch c condition='x > 1' | end e", "s>c>e", "s c e", ("set", {"x": 5}))
model("link", "start s | throw t link=L | catch c link=L | task a | end e", "s>t; c>a>e", "s t c a e", *do("a"))
model("none throw", "start s | throw t | end e", "s>t>e", "s t e")
model("message end", "start s | and g | catch c message=m | end f message=m | end e", "s>g>c>e; g>f", "s g f c e")
model(
    "signal end",
    "start s | and g | catch c signal=x | end f signal=x | end e",
    "s>g>c>e; g>f",
    "s g c e f",
    any_order=True,
)
model(
    "terminate",
    "start s | and g | task a | task b | end t terminate | end e",
    "s>g>a>t; g>b>e",
    "s g a t",
    ("do", "a"),
    ("open", []),
)
model(
    "terminate in a sub-process only",
    "start s | sub u | start u.s | and u.g | task u.a | task u.b | end u.t terminate | end u.e | task c | end e",
    "s>u>c>e; u.s>u.g>u.a>u.t; u.g>u.b>u.e",
    "s u.s u.g u.a u.t u c e",
    *do("u.a", "c"),
)
model("receive task", "start s | receive r message=m | end e", "s>r>e", "s r e", ("send", "m"))
model(
    "send task",
    "start s | and g | send t message=m | receive r message=m | and j | end e",
    "s>g>t>j>e; g>r>j",
    "s g t r j e",
)
model("message start", "start s message=m | task a | end e", "s>a>e", "s a e", *do("a"))
model("start chosen", "start s | start t message=m | task a | end e", "s>a>e; t>a", "t a e", *do("a"), start_event="t")
model("instantiating receive", "receive r message=m instantiate | task a | end e", "r>a>e", "r a e", *do("a"))
model(
    "instantiating event gateway",
    "event g instantiate | catch c message=m | catch d message=n | end e",
    "g>c>e; g>d>e",
    "g d e",
    start_event="d",
)
model(
    "event gateway, message",
    "start s | event g | catch c message=m | catch d duration=PT1H | end e | end f",
    "s>g>c>e; g>d>f",
    "s g c e",
    ("send", "m"),
)
model(
    "event gateway, timer",
    "start s | event g | catch c message=m | catch d duration=PT1H | end e | end f",
    "s>g>c>e; g>d>f",
    "s g d f",
    ("advance", "PT2H"),
)
model(
    "event gateway, receive",
    "start s | event g | receive c message=m | catch d signal=x | end e | end f",
    "s>g>c>e; g>d>f",
    "s g c e",
    ("send", "m", {"y": 1}),
    variables={"y": 1},
)
model(
    "event gateway, condition",
    "start s | event g | catch c condition='x = 1' | catch d signal=z | end e | end f",
    "s>g>c>e; g>d>f",
    "s g c e",
    ("set", {"x": 1}),
)

# -- boundary events ----------------------------------------------------------------------------------------------------
B = "start s | user a | boundary b on=a {} | task c | end e | end f"
BF = "s>a>e; b>c>f"
model(
    "boundary timer interrupts",
    B.format("duration=PT1H"),
    BF,
    "s b c f",
    ("advance", "PT1H"),
    ("open", ["c"]),
    *do("c"),
)
model("boundary timer not reached", B.format("duration=PT1H"), BF, "s a e", ("do", "a"), ("advance", "PT2H"))
model(
    "boundary timer beside",
    B.format("duration=PT1H non"),
    BF,
    "s b a e c f",
    ("advance", "PT1H"),
    ("open", ["a", "c"]),
    *do("a", "c"),
)
model(
    "boundary cycle beside",
    B.format("cycle=R2/PT1H non"),
    BF,
    "s b b a e c f c f",
    ("advance", "PT5H"),
    ("open", ["a", "c", "c"]),
    *do("a", "c", "c"),
)
model(
    "boundary message interrupts",
    B.format("message=m"),
    BF,
    "s b c f",
    ("send", "m", {"x": 1}),
    *do("c"),
    variables={"x": 1},
)
model(
    "boundary message beside, twice",
    B.format("message=m non"),
    BF,
    "s b b a e c f c f",
    ("send", "m"),
    ("send", "m"),
    *do("a", "c", "c"),
)
model("boundary signal", B.format("signal=x"), BF, "s b c f", ("signal", "x"), *do("c"))
model("boundary condition", B.format("condition='x = 1'"), BF, "s b c f", ("set", {"x": 1}), *do("c"))
model(
    "boundary condition beside, each time it becomes true",
    B.format("condition='x = 1' non"),
    BF,
    "s b b a e c f c f",
    ("set", {"x": 1}),
    ("set", {"x": 2}),
    ("set", {"x": 1}),
    *do("a", "c", "c"),
)
model("boundary error", B.format("error=E1"), BF, "s b c f", ("fail", "a", "E1"), *do("c"))
model("boundary error, any code", B.format("error"), BF, "s b c f", ("fail", "a", "AUTRE"), *do("c"))
model(
    "boundary error, other code",
    B.format("error=E1"),
    BF,
    "s",
    ("fail", "a", "E2"),
    status="incident",
    incidents=("processus.erreur_non_interceptee",),
)
model(
    "boundary escalation beside", B.format("escalation=X non"), BF, "s b a e c f", ("escalate", "a", "X"), *do("a", "c")
)
model("boundary escalation interrupts", B.format("escalation=X"), BF, "s b c f", ("escalate", "a", "X"), *do("c"))
model(
    "escalation nobody catches",
    "start s | user a | end e",
    "s>a>e",
    "s a e",
    ("escalate", "a", "X"),
    ("open", ["a"]),
    *do("a"),
)
model(
    "named error wins",
    "start s | user a | boundary b on=a error | boundary c on=a error=E1 | end e | end f | end g",
    "s>a>e; b>f; c>g",
    "s c g",
    ("fail", "a", "E1"),
)
model(
    "boundary on a receive task",
    "start s | receive r message=m | boundary b on=r duration=PT1H | end e | end f",
    "s>r>e; b>f",
    "s b f",
    ("advance", "PT1H"),
)

# -- sub-processes -----------------------------------------------------------------------------------------------------------
U = "start s | sub u | start u.s | task u.a | end u.e {} | task c | end e"
UF = "s>u>c>e; u.s>u.a>u.e"
model("sub-process", U.format(""), UF, "s u.s u.a u.e u c e", *do("u.a", "c"))
model(
    "sub-process without events",
    "start s | sub u | task u.a | task u.b | end e",
    "s>u>e; u.a>u.b",
    "s u.a u.b u e",
    *do("u.a", "u.b"),
)
model(
    "sub-process with two implicit starts",
    "start s | sub u | task u.a | task u.b | end e",
    "s>u>e",
    "s u.b u.a u e",
    *do("u.b", "u.a"),
)
model(
    "nested sub-processes",
    "start s | sub u | start u.s | sub u.v | start u.v.s | task u.v.a | end u.v.e | end u.e | end e",
    "s>u>e; u.s>u.v>u.e; u.v.s>u.v.a>u.v.e",
    "s u.s u.v.s u.v.a u.v.e u.v u.e u e",
    *do("u.v.a"),
)
model(
    "error end caught outside",
    U.format("error=E") + " | boundary b on=u error=E | end f",
    UF + "; b>f",
    "s u.s u.a u.e b f",
    *do("u.a"),
)
model(
    "error end caught by nobody",
    U.format("error=E"),
    UF,
    "s u.s u.a u.e",
    *do("u.a"),
    status="incident",
    incidents=("processus.erreur_non_interceptee",),
)
model(
    "error passes a level",
    "start s | sub u | start u.s | sub u.v | start u.v.s | end u.v.e error=E | end u.e | boundary b on=u error=E | end e | end f",
    "s>u>e; u.s>u.v>u.e; u.v.s>u.v.e; b>f",
    "s u.s u.v.s u.v.e b f",
)
model(
    "escalation end beside",
    U.format("escalation=X") + " | boundary b on=u escalation=X non | task d | end f",
    UF + "; b>d>f",
    "s u.s u.a u.e b u c e d f",
    *do("u.a", "c", "d"),
    any_order=True,
)
model(
    "escalation throw interrupts",
    "start s | sub u | start u.s | throw u.t escalation=X | task u.a | end u.e | boundary b on=u escalation=X | end e | end f",
    "s>u>e; u.s>u.t>u.a>u.e; b>f",
    "s u.s u.t b f",
)
model(
    "timer interrupts a sub-process",
    U.format("") + " | boundary b on=u duration=PT1H | end f",
    UF + "; b>f",
    "s u.s b f",
    ("advance", "PT1H"),
    ("open", []),
)
model(
    "message interrupts a nested task",
    U.format("") + " | boundary b on=u message=m | task d | end f",
    UF + "; b>d>f",
    "s u.s b d f",
    ("send", "m"),
    ("open", ["d"]),
    *do("d"),
)
model(
    "sub-process in a loop",
    "start s | xor m | sub u | start u.s | task u.a | end u.e | xor g default=m | end e",
    "s>m>u>g; g>e: n = 2; g>m: default; u.s>u.a>u.e",
    "s m u.s u.a u.e u g m u.s u.a u.e u g e",
    ("do", "u.a", {"n": 1}),
    ("do", "u.a", {"n": 2}),
)

# -- event sub-processes ---------------------------------------------------------------------------------------------------------
V = "start s | task a | end e | esub v | start v.s {} | task v.a | end v.e"
VF = "s>a>e; v.s>v.a>v.e"
model(
    "event sub-process interrupts",
    V.format("message=m"),
    VF,
    "s v.s v.a v.e v",
    ("send", "m"),
    ("open", ["v.a"]),
    *do("v.a"),
)
model("event sub-process beside", V.format("message=m non"), VF, "s v.s a e v.a v.e v", ("send", "m"), *do("a", "v.a"))
model(
    "event sub-process beside, twice",
    V.format("signal=x non"),
    VF,
    "s v.s v.s a e v.a v.e v v.a v.e v",
    ("signal", "x"),
    ("signal", "x"),
    *do("a", "v.a", "v.a"),
)
model("event sub-process never triggered", V.format("message=m"), VF, "s a e", *do("a"))
model("event sub-process timer", V.format("duration=PT1H"), VF, "s v.s v.a v.e v", ("advance", "PT1H"), *do("v.a"))
model(
    "event sub-process condition", V.format("condition='x = 1'"), VF, "s v.s v.a v.e v", ("set", {"x": 1}), *do("v.a")
)
model("event sub-process error", V.format("error=E"), VF, "s v.s v.a v.e v", ("fail", "a", "E"), *do("v.a"))
model(
    "event sub-process escalation beside",
    V.format("escalation=X non"),
    VF,
    "s v.s a e v.a v.e v",
    ("escalate", "a", "X"),
    *do("a", "v.a"),
)
model(
    "event sub-process inside a sub-process",
    "start s | sub u | start u.s | task u.a | end u.e | esub u.v | start u.v.s error=E | task u.v.a | end u.v.e | task c | end e",
    "s>u>c>e; u.s>u.a>u.e; u.v.s>u.v.a>u.v.e",
    "s u.s u.v.s u.v.a u.v.e u.v u c e",
    ("fail", "u.a", "E"),
    *do("u.v.a", "c"),
)
model(
    "an event sub-process does not catch its own error",
    "start s | sub u | start u.s | task u.a | end u.e | esub u.v | start u.v.s error=E | end u.v.e error=E | boundary b on=u error=E | end e | end f",
    "s>u>e; u.s>u.a>u.e; u.v.s>u.v.e; b>f",
    "s u.s u.v.s u.v.e b f",
    ("fail", "u.a", "E"),
)

# -- compensation and transactions -----------------------------------------------------------------------------------------------
C = "start s | task a | boundary ab on=a compensate by=ua | task ua undo | task b | boundary bb on=b compensate by=ub | task ub undo | throw t {} | end e"
CF = "s>a>b>t>e"
model(
    "compensation undoes in reverse",
    C.format("compensate"),
    CF,
    "s a b ub ua t e",
    *do("a", "b"),
    ("open", ["ub"]),
    *do("ub", "ua"),
)
model("compensation of one", C.format("compensate=a"), CF, "s a b ua t e", *do("a", "b", "ua"))
model(
    "compensation of nothing",
    "start s | task a | boundary ab on=a compensate by=ua | task ua undo | throw t compensate | xor m | end e",
    "s>t>m>a>e",
    "s t m a e",
    *do("a"),
)
model(
    "compensation end",
    "start s | task a | boundary ab on=a compensate by=ua | task ua undo | end e compensate",
    "s>a>e",
    "s a ua e",
    *do("a", "ua"),
)
model(
    "compensation of a finished sub-process",
    "start s | sub u | start u.s | task u.a | boundary u.b on=u.a compensate by=u.c | task u.c undo | end u.e | throw t compensate | end e",
    "s>u>t>e; u.s>u.a>u.e",
    "s u.s u.a u.e u u.c t e",
    *do("u.a", "u.c"),
)
model(
    "compensation event sub-process",
    "start s | sub u | start u.s | task u.a | end u.e | esub u.v | start u.v.s compensate | task u.v.a | end u.v.e | throw t compensate=u | end e",
    "s>u>t>e; u.s>u.a>u.e; u.v.s>u.v.a>u.v.e",
    "s u.s u.a u.e u u.v.s u.v.a u.v.e u.v t e",
    *do("u.a", "u.v.a"),
)
model(
    "transaction cancelled",
    "start s | transaction u | start u.s | task u.a | boundary u.b on=u.a compensate by=u.c | task u.c undo | end u.e cancel | boundary b on=u cancel | end e | end f",
    "s>u>e; u.s>u.a>u.e; b>f",
    "s u.s u.a u.e u.c b f",
    *do("u.a", "u.c"),
)
model(
    "transaction completed",
    "start s | transaction u | start u.s | task u.a | xor u.g default=u.e | end u.e | end u.x cancel | boundary b on=u cancel | end e | end f",
    "s>u>e; u.s>u.a>u.g; u.g>u.x: ko; u.g>u.e: default; b>f",
    "s u.s u.a u.g u.e u e",
    *do("u.a"),
)

# -- loops --------------------------------------------------------------------------------------------------------------------------
model(
    "many in parallel",
    "start s | task a many=3 | end e",
    "s>a>e",
    "s a a a e",
    ("open", ["a", "a", "a"]),
    *do("a", "a", "a"),
)
model("many in sequence", "start s | task a seq=3 | end e", "s>a>e", "s a a a e", ("open", ["a"]), *do("a", "a", "a"))
model("many, none", "start s | task a many=0 | end e", "s>a>e", "s e")
model(
    "many, number from a variable", "start s | task a many=n | end e", "s>a>e", "s a a e", *do("a", "a"), start={"n": 2}
)
model(
    "many, not a number",
    "start s | task a many=n | end e",
    "s>a>e",
    "s",
    status="incident",
    incidents=("processus.repetition_invalide",),
)
model(
    "many, until enough",
    "start s | task a many=5/'nrOfCompletedInstances >= 2' | end e",
    "s>a>e",
    "s a a e",
    *do("a", "a"),
    ("open", []),
)
model(
    "sequence, until a variable",
    "start s | task a seq=5/assez | end e",
    "s>a>e",
    "s a a e",
    ("do", "a", {"assez": False}),
    ("do", "a", {"assez": True}),
)
model(
    "over a list",
    "start s | script a 'seq=x:liste>res:r' do='r = x * 2' | end e",
    "s>a>e",
    "s a a a e",
    start={"liste": [1, 2, 3]},
    variables={"res": [2, 4, 6]},
)
model(
    "over a list in parallel",
    "start s | script a 'many=x:liste>res:r' do='r = x + 1' | end e",
    "s>a>e",
    "s a a e",
    start={"liste": [1, 2]},
    variables={"res": [2, 3]},
)
model(
    "over an empty list",
    "start s | task a 'many=x:liste>res:r' | end e",
    "s>a>e",
    "s e",
    start={"liste": []},
    variables={"res": []},
)
model(
    "over what is not a list",
    "start s | task a 'many=x:liste' | end e",
    "s>a>e",
    "s",
    start={"liste": 3},
    status="incident",
    incidents=("processus.repetition_invalide",),
)
model(
    "human answers gathered",
    "start s | task a 'many=x:liste>res:r' | end e",
    "s>a>e",
    "s a a e",
    ("do", "a", {"r": "un"}),
    ("do", "a", {"r": "deux"}),
    start={"liste": [1, 2]},
    variables={"res": ["un", "deux"]},
)
model(
    "many interrupted",
    "start s | task a many=3 | boundary b on=a duration=PT1H | end e | end f",
    "s>a>e; b>f",
    "s a b f",
    ("do", "a"),
    ("advance", "PT1H"),
    ("open", []),
)
model(
    "many, error in one",
    "start s | task a many=3 | boundary b on=a error=E | end e | end f",
    "s>a>e; b>f",
    "s b f",
    ("fail", "a", "E"),
    ("open", []),
)
model(
    "many sub-processes",
    "start s | sub u many=2 | start u.s | task u.a | end u.e | end e",
    "s>u>e; u.s>u.a>u.e",
    "s u.s u.s u.a u.e u u.a u.e u e",
    *do("u.a", "u.a"),
)
model(
    "sub-processes in sequence",
    "start s | sub u seq=2 | start u.s | task u.a | end u.e | end e",
    "s>u>e; u.s>u.a>u.e",
    "s u.s u.a u.e u u.s u.a u.e u e",
    *do("u.a", "u.a"),
)
model(
    "loop until",
    "start s | task a 'until=n < 3' | end e",
    "s>a>e",
    "s a a a e",
    ("do", "a", {"n": 1}),
    ("do", "a", {"n": 2}),
    ("do", "a", {"n": 3}),
)
model("loop while, never", "start s | task a 'while=n < 3' | end e", "s>a>e", "s e", start={"n": 3})
model("loop at most", "start s | task a 'until=true/2' | end e", "s>a>e", "s a a e", *do("a", "a"))
model(
    "loop of scripts",
    "start s | script a 'until=n < 5' do='n = n + 1' | end e",
    "s>a>e",
    "s a a a a a e",
    start={"n": 0},
    variables={"n": 5},
)
model(
    "hot loop",
    "start s | xor m | script a do='n = 1' | xor g default=m | end e",
    "s>m>a>g; g>e: n = 2; g>m: default",
    " ".join(["s", *["m", "a", "g"] * 83]),
    status="incident",
    incidents=("processus.boucle",),
)

# -- calls -----------------------------------------------------------------------------------------------------------------------
CALLED = bpmn("start qs | task qa | end qe {}".format(""), "qs>qa>qe", key="q")
model(
    "call",
    "start s | call c calls=q | end e",
    "s>c>e",
    "s qs qa qe c e",
    ("do", "qa", {"x": 1}),
    more=(CALLED,),
    variables={"x": 1, "y": 2},
    start={"y": 2},
)
model(
    "call with mappings",
    "start s | call c calls=q in=a:=y out=z:=x | end e",
    "s>c>e",
    "s qs qa qe c e",
    ("do", "qa", {"x": 1}),
    more=(CALLED,),
    variables={"z": 1, "x": None},
    start={"y": 2},
)
model(
    "call of nobody",
    "start s | call c calls=inconnu | end e",
    "s>c>e",
    "s",
    status="incident",
    incidents=("processus.appel_inconnu",),
)
model(
    "call interrupted",
    "start s | call c calls=q | boundary b on=c duration=PT1H | end e | end f",
    "s>c>e; b>f",
    "s qs b f",
    ("advance", "PT1H"),
    ("open", []),
    more=(CALLED,),
)
model(
    "error of a called process",
    "start s | call c calls=q | boundary b on=c error=E | end e | end f",
    "s>c>e; b>f",
    "s qs qa qe b f",
    *do("qa"),
    more=(bpmn("start qs | task qa | end qe error=E", "qs>qa>qe", key="q"),),
)
model(
    "failed task of a called process",
    "start s | call c calls=q | boundary b on=c error=E | end e | end f",
    "s>c>e; b>f",
    "s qs b f",
    ("fail", "qa", "E"),
    more=(CALLED,),
)
model(
    "escalation of a called process",
    "start s | call c calls=q | boundary b on=c escalation=X non | end e | end f",
    "s>c>e; b>f",
    "s qs qt b f qa qe c e",
    *do("qa"),
    more=(bpmn("start qs | throw qt escalation=X | task qa | end qe", "qs>qt>qa>qe", key="q"),),
)
model(
    "calls in parallel",
    "start s | call c calls=q many=2 | end e",
    "s>c>e",
    "s qs qs qa qe c qa qe c e",
    *do("qa", "qa"),
    more=(CALLED,),
)

# -- operations -----------------------------------------------------------------------------------------------------------------------
model(
    "cancelled",
    "start s | and g | task a | task b | and j | end e",
    "s>g>a>j>e; g>b>j",
    "s g",
    ("cancel",),
    ("open", []),
    status="terminated",
)
model("moved", "start s | task a | task b | task c | end e", "s>a>b>c>e", "s c e", ("move", "a", "c"), *do("c"))
model(
    "moved back",
    "start s | task a | task b | end e",
    "s>a>b>e",
    "s a a b e",
    ("do", "a"),
    ("move", "b", "a"),
    *do("a", "b"),
)
model(
    "local input is not written outside",
    "start s | task a in=x:=1 | end e",
    "s>a>e",
    "s a e",
    ("do", "a", {"x": 5, "y": 6}),
    start={"x": 0},
    variables={"x": 0, "y": 6},
)
model(
    "outputs are computed from the answers",
    "start s | task a out=z:=x+1 | end e",
    "s>a>e",
    "s a e",
    ("do", "a", {"x": 5}),
    variables={"x": 5, "z": 6},
)
