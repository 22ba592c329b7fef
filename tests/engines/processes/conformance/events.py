# ruff: noqa: E501 - a diagram reads best on one line
"""Events that meet: handlers within handlers, compensation in order, cycles, messages kept, joins in loops."""

from typing import Any

from engines.processes.conformance.driving import Act, Model
from engines.processes.conformance.models import do
from engines.processes.conformance.writing import bpmn

MODELS: list[Model] = []


def model(
    name: str, nodes: str, flows: str, trace: str, *acts: Act, more: tuple[bytes, ...] = (), **options: Any
) -> None:
    MODELS.append(Model(name, (bpmn(nodes, flows), *more), acts, tuple(trace.split()), **options))


# -- event sub-processes ---------------------------------------------------------------------------------------------
model(
    "handler beside, its own timer goes on after the process waits",
    "start s | task a | end e | esub v | start v.s cycle=R3/PT1H non | script v.c do='n = n + 1' | end v.e",
    "s>a>e; v.s>v.c>v.e",
    "s " + "v.s v.c v.e v " * 3 + "a e",
    ("advance", "PT10H"),
    *do("a"),
    start={"n": 0},
    variables={"n": 3},
)
model(
    "handler interrupts parallel branches",
    "start s | and g | task a | task b | and j | end e | esub v | start v.s message=m | end v.e",
    "s>g>a>j>e; g>b>j; v.s>v.e",
    "s g a v.s v.e v",
    ("do", "a"),
    ("send", "m"),
    ("open", []),
)
model(
    "handler of an outer level takes an inner error",
    "start s | sub u | start u.s | task u.a | end u.e | end e | esub v | start v.s error=E | task v.a | end v.e",
    "s>u>e; u.s>u.a>u.e; v.s>v.a>v.e",
    "s u.s v.s v.a v.e v",
    ("fail", "u.a", "E"),
    *do("v.a"),
)
model(
    "the inner handler wins over the boundary",
    "start s | sub u | start u.s | task u.a | end u.e | esub u.v | start u.v.s error=E | end u.v.e | boundary b on=u error=E | end e | end f",
    "s>u>e; b>f; u.s>u.a>u.e; u.v.s>u.v.e",
    "s u.s u.v.s u.v.e u.v u e",
    ("fail", "u.a", "E"),
)
model(
    "an error thrown by a handler goes to the boundary",
    "start s | sub u | start u.s | task u.a | end u.e | esub u.v | start u.v.s error=E | end u.v.e error=F | boundary b on=u error=F | end e | end f",
    "s>u>e; b>f; u.s>u.a>u.e; u.v.s>u.v.e",
    "s u.s u.v.s u.v.e b f",
    ("fail", "u.a", "E"),
)
model(
    "handler within a handler",
    "start s | task a | end e | esub v | start v.s message=m | task v.a | end v.e | esub v.w | start v.w.s message=n | end v.w.e",
    "s>a>e; v.s>v.a>v.e; v.w.s>v.w.e",
    "s v.s v.w.s v.w.e v.w v",
    ("send", "m"),
    ("send", "n"),
    ("open", []),
)
model(
    "a handler reads what the message brings",
    "start s | task a | end e | esub v | start v.s message=m non | script v.c do='y = x + 1' | end v.e",
    "s>a>e; v.s>v.c>v.e",
    "s v.s v.c v.e v a e",
    ("send", "m", {"x": 1}),
    *do("a"),
    variables={"y": 2},
)

# -- escalation --------------------------------------------------------------------------------------------------------
model(
    "an escalation rises two levels",
    "start s | sub u | start u.s | sub u.v | start u.v.s | throw u.v.t escalation=X | end u.v.e | end u.e | boundary b on=u escalation=X non | end e | end f",
    "s>u>e; b>f; u.s>u.v>u.e; u.v.s>u.v.t>u.v.e",
    "s u.s u.v.s u.v.t b f u.v.e u.v u.e u e",
    any_order=True,
)
model(
    "a named escalation wins over any",
    "start s | sub u | start u.s | end u.e escalation=X | boundary b on=u escalation non | boundary c on=u escalation=X non | end e | end f | end g",
    "s>u>e; b>f; c>g; u.s>u.e",
    "s u.s u.e c g u e",
    any_order=True,
)
model(
    "an escalation caught by a handler that interrupts",
    "start s | sub u | start u.s | throw u.t escalation=X | task u.a | end u.e | esub u.v | start u.v.s escalation=X | task u.v.a | end u.v.e | end e",
    "s>u>e; u.s>u.t>u.a>u.e; u.v.s>u.v.a>u.v.e",
    "s u.s u.t u.v.s u.v.a u.v.e u.v u e",
    *do("u.v.a"),
)
model(
    "escalated twice beside",
    "start s | task a | boundary b on=a escalation=X non | task c | end e | end f",
    "s>a>e; b>c>f",
    "s b b a e c f c f",
    ("escalate", "a", "X"),
    ("escalate", "a", "X"),
    *do("a", "c", "c"),
)

# -- compensation ------------------------------------------------------------------------------------------------------
U3 = "start s | " + " | ".join(
    f"script {n} do='n = n + 1' | boundary {n}b on={n} compensate by={n}u | script {n}u undo do='d = d * 10 + {i}'"
    for i, n in enumerate("abc", 1)
)
model(
    "three undone, the last first",
    U3 + " | throw t compensate | end e",
    "s>a>b>c>t>e",
    "s a b c cu bu au t e",
    start={"n": 0, "d": 0},
    variables={"n": 3, "d": 321},
)
model(
    "one undone by name",
    U3 + " | throw t compensate=b | end e",
    "s>a>b>c>t>e",
    "s a b c bu t e",
    start={"n": 0, "d": 0},
    variables={"d": 2},
)
model(
    "what was not done is not undone",
    U3 + " | xor g default=c | throw t compensate | end e",
    "s>a>g; g>b: n > 5; g>c: default; b>t; c>t; t>e",
    "s a g c cu au t e",
    start={"n": 0, "d": 0},
    variables={"d": 31},
)
model(
    "undone once only",
    U3 + " | throw t compensate | throw w compensate | end e",
    "s>a>b>c>t>w>e",
    "s a b c cu bu au t w e",
    start={"n": 0, "d": 0},
    variables={"d": 321},
)
model(
    "done twice, undone twice",
    "start s | xor m | script a do='n = n + 1' | boundary b on=a compensate by=u | script u undo do='n = n - 1' | xor g default=m | throw t compensate | end e",
    "s>m>a>g; g>t: n = 2; g>m: default; t>e",
    "s m a g m a g u u t e",
    start={"n": 0},
    variables={"n": 0},
)
model(
    "compensation from a handler of the error",
    "start s | sub v | start v.s | task v.a | boundary v.b on=v.a compensate by=v.u | task v.u undo | task v.c | end v.e | esub v.w | start v.w.s error=E | throw v.w.t compensate | end v.w.e | end e",
    "s>v>e; v.s>v.a>v.c>v.e; v.w.s>v.w.t>v.w.e",
    "s v.s v.a v.w.s v.u v.w.t v.w.e v.w v e",
    *do("v.a"),
    ("fail", "v.c", "E"),
    *do("v.u"),
)

# -- transactions --------------------------------------------------------------------------------------------------------
T = "start s | transaction u | start u.s | script u.a do='n = n + 1' | boundary u.ab on=u.a compensate by=u.au | script u.au undo do='n = n - 1' | task u.b | xor u.g default=u.e | end u.e | end u.x cancel | boundary b on=u cancel | task c | end e | end f"
TF = "s>u>e; b>c>f; u.s>u.a>u.b>u.g; u.g>u.x: ko; u.g>u.e: default"
model(
    "a cancelled transaction leaves nothing behind",
    T,
    TF,
    "s u.s u.a u.b u.g u.x u.au b c f",
    ("do", "u.b", {"ko": True}),
    *do("c"),
    start={"n": 0},
    variables={"n": 0},
)
model(
    "a transaction that holds keeps what it did",
    T,
    TF,
    "s u.s u.a u.b u.g u.e u e",
    ("do", "u.b", {"ko": False}),
    start={"n": 0},
    variables={"n": 1},
)
model(
    "an error leaves a transaction without undoing",
    T + " | boundary h on=u error=E | end i",
    TF + "; h>i",
    "s u.s u.a h i",
    ("fail", "u.b", "E"),
    start={"n": 0},
    variables={"n": 1},
)

# -- timers ----------------------------------------------------------------------------------------------------------------
model(
    "a cycle beside stops with its task",
    "start s | user a | boundary b on=a cycle=R/P1D non | script c do='n = n + 1' | end e | end f",
    "s>a>e; b>c>f",
    "s b c f b c f a e",
    ("advance", "P2DT1H"),
    *do("a"),
    ("advance", "P9D"),
    start={"n": 0},
    variables={"n": 2},
)
model(
    "a cycle beside, counted",
    "start s | user a | boundary b on=a cycle=R3/PT10M non | end e | end f",
    "s>a>e; b>f",
    "s b f b f b f a e",
    ("advance", "P1D"),
    *do("a"),
)
model(
    "two timers on one task, the first interrupts",
    "start s | user a | boundary b on=a duration=PT1H | boundary c on=a duration=PT2H | end e | end f | end g",
    "s>a>e; b>f; c>g",
    "s b f",
    ("advance", "P1D"),
)
model(
    "a reminder, then the deadline",
    "start s | user a | boundary b on=a duration=PT1H non | boundary c on=a duration=PT2H | end e | end f | end g",
    "s>a>e; b>f; c>g",
    "s b f c g",
    ("advance", "P1D"),
    ("open", []),
)

# -- messages and signals ----------------------------------------------------------------------------------------------------
model(
    "a message is kept a month",
    "start s | task a | catch c message=m | end e",
    "s>a>c>e",
    "s a c e",
    ("send", "m", {"x": 1}),
    ("advance", "P29D"),
    *do("a"),
    variables={"x": 1},
)
model(
    "a message is not kept longer",
    "start s | task a | catch c message=m | end e",
    "s>a>c>e",
    "s a",
    ("send", "m", {"x": 1}),
    ("advance", "P31D"),
    *do("a"),
    status="running",
)
model(
    "two kept messages, the oldest first",
    "start s | task a | catch c message=m | script k do='premier = x' | catch d message=m | end e",
    "s>a>c>k>d>e",
    "s a c k d e",
    ("send", "m", {"x": 1}),
    ("send", "m", {"x": 2}),
    *do("a"),
    variables={"premier": 1, "x": 2},
)
model(
    "a message for one goes to one",
    "start s | and g | catch c message=m | catch d message=m | and j | end e",
    "s>g>c>j>e; g>d>j",
    "s g c",
    ("send", "m"),
    status="running",
)
model(
    "a signal goes to all",
    "start s | and g | catch c signal=x | catch d signal=x | and j | end e",
    "s>g>c>j>e; g>d>j",
    "s g c d j e",
    ("signal", "x"),
)
PINGED = bpmn("start qs message=ping | task qa | end qe message=pong", "qs>qa>qe", key="q")
model(
    "a message starts another run, which answers",
    "start s | throw t message=ping | catch c message=pong | end e",
    "s>t>c>e",
    "s t c e",
    ("elsewhere", "qa"),
    more=(PINGED,),
)
model(
    "a signal reaches another run",
    "start s | throw t message=ping | task a | throw x signal=fini | catch c message=pong | end e",
    "s>t>a>x>c>e",
    "s t a x c e",
    *do("a"),
    more=(bpmn("start qs message=ping | catch qc signal=fini | end qe message=pong", "qs>qc>qe", key="q"),),
)

# -- joins ----------------------------------------------------------------------------------------------------------------------
model(
    "an inclusive join turn after turn",
    "start s | xor m | or g | task a | task b | task c | or j | xor x default=m | end e",
    "s>m>g; g>a: n < 3; g>b: n = 1; g>c: n = 2; a>j; b>j; c>j; j>x; x>e: n = 3; x>m: default",
    "s m g a b j x m g a c j x e",
    ("do", "a", {}),
    ("do", "b", {"n": 2}),
    ("do", "a", {}),
    ("do", "c", {"n": 3}),
    start={"n": 1},
)
model(
    "an inclusive join within a parallel block",
    "start s | and g | or o default=b | task a | task b | or j | task c | and k | end e",
    "s>g>o; g>c>k; o>a: x; o>b: default; a>j; b>j; j>k>e",
    "s g o a j c k e",
    *do("a", "c"),
    start={"x": True},
)
model(
    "an implicit split joined by an inclusive gateway",
    "start s | task a | task b | task c | or j | end e",
    "s>a>b>j>e; a>c>j",
    "s a b c j e",
    *do("a", "b", "c"),
)
model(
    "an implicit split of conditions and a default",
    "start s | task a default=d | task b | task c | task d | or j | end e",
    "s>a; a>b: x > 0; a>c: x > 1; a>d: default; b>j; c>j; d>j; j>e",
    "s a b j e",
    ("do", "a", {"x": 1}),
    ("open", ["b"]),
    *do("b"),
)
model(
    "two implicit splits in a row",
    "start s | task a | task b | task c | task d | end e",
    "s>a>b>d>e; a>c>d",
    "s a b d e c d e",
    *do("a", "b", "d", "c", "d"),
)
model(
    "a sub-process with its own parallel join, repeated",
    "start s | sub u seq=2 | start u.s | and u.g | task u.a | task u.b | and u.j | end u.e | end e",
    "s>u>e; u.s>u.g>u.a>u.j>u.e; u.g>u.b>u.j",
    "s u.s u.g u.a u.b u.j u.e u u.s u.g u.b u.a u.j u.e u e",
    *do("u.a", "u.b", "u.b", "u.a"),
)
