# ruff: noqa: E501 - a diagram reads best on one line
"""Repetitions wide enough to run as instances of their own: the same result as within one instance."""

from dataclasses import replace
from typing import Any

from engines.processes.conformance import models as small
from engines.processes.conformance.driving import Act, Model
from engines.processes.conformance.models import do
from engines.processes.conformance.writing import bpmn

# what a few repetitions do in one instance, they do in instances of their own
MODELS: list[Model] = [
    replace(found, name=f"{found.name}, apart", apart=0)
    for found in small.MODELS
    if any(b"multiInstance" in content and b'isSequential="true"' not in content for content in found.files)
]


def wide(
    name: str, nodes: str, flows: str, trace: str, *acts: Act, more: tuple[bytes, ...] = (), **options: Any
) -> None:
    MODELS.append(Model(name, (bpmn(nodes, flows), *more), acts, tuple(trace.split()), **options))


LIST = list(range(25))
wide(
    "wide, results in the order of the list",
    "start s | task a 'many=x:liste>res:r' | end e",
    "s>a>e",
    "s " + "a " * 25 + "e",
    *[("nth", 24 - number, {"r": number}) for number in LIST],
    start={"liste": LIST},
    variables={"res": LIST[::-1]},
)
wide(
    "wide, scripts add up in one variable",
    "start s | script a many=30 do='n = n + 1' | end e",
    "s>a>e",
    "s " + "a " * 30 + "e",
    start={"n": 0},
    variables={"n": 30},
)
wide(
    "wide, until enough",
    "start s | task a many='30/nrOfCompletedInstances >= 3' | end e",
    "s>a>e",
    "s a a a e",
    *do("a", "a", "a"),
    ("open", []),
)
wide(
    "wide, until a variable that the answers write",
    "start s | task a many=30/assez | end e",
    "s>a>e",
    "s a a e",
    ("do", "a", {"assez": False}),
    ("do", "a", {"assez": True}),
    ("open", []),
)
wide(
    "wide, one fails",
    "start s | task a many=30 | boundary b on=a error=E | end e | end f",
    "s>a>e; b>f",
    "s a b f",
    ("do", "a"),
    ("fail", "a", "E"),
    ("open", []),
)
wide(
    "wide, interrupted by a timer",
    "start s | task a many=30 | boundary b on=a duration=PT1H | end e | end f",
    "s>a>e; b>f",
    "s a b f",
    ("do", "a"),
    ("advance", "PT1H"),
    ("open", []),
)
wide(
    "wide, reminded beside",
    "start s | task a many=21 | boundary b on=a duration=PT1H non | end e | end f",
    "s>a>e; b>f",
    "s b f " + "a " * 21 + "e",
    ("advance", "PT1H"),
    *do(*["a"] * 21),
)
wide(
    "wide, escalated beside",
    "start s | sub u many=21 | start u.s | throw u.t escalation=X | end u.e | boundary b on=u escalation=X non | end e | end f",
    "s>u>e; u.s>u.t>u.e; b>f",
    "s " + "u.s u.t b f u.e u " * 21 + "e",
    any_order=True,
)
wide(
    "wide, each waits for its message",
    "start s | receive r 'many=x:liste' message=m | end e",
    "s>r>e",
    "s " + "r " * 21 + "e",
    *[("send", "m", {}, {"x": number}) for number in reversed(range(21))],
    start={"liste": list(range(21))},
)
wide(
    "wide, each has its own timer",
    "start s | sub u 'many=x:liste' | start u.s | catch u.c duration=x | end u.e | end e",
    "s>u>e; u.s>u.c>u.e",
    "s " + "u.s " * 21 + "u.c u.e u " * 21 + "e",
    ("advance", "P30D"),
    start={"liste": [f"P{number + 1}D" for number in range(21)]},
)
CHOICE = (
    "start s | sub u 'many=x:liste' | start u.s | xor u.g | script u.a | script u.b | end u.e | end e",
    "s>u>e; u.s>u.g; u.g>u.a: x < 5; u.g>u.b: x > 5; u.a>u.e; u.b>u.e",
)
wide(
    "wide, an incident in one",
    *CHOICE,
    "s " + "u.s u.g u.a u.e u " * 5 + "u.s " + "u.s u.g u.b u.e u " * 16,
    start={"liste": list(range(22))},
    incidents=("processus.aucun_chemin",),
    status="running",
)
wide(
    "wide, an incident in one, skipped",
    *CHOICE,
    "s " + "u.s u.g u.a u.e u " * 5 + "u.s " + "u.s u.g u.b u.e u " * 16 + "u.g u.a u.e u e",
    ("skip",),
    start={"liste": list(range(22))},
)
wide(
    "wide, an incident in one, mended for all",
    *CHOICE,
    "s " + "u.s u.g u.a u.e u " * 5 + "u.s " + "u.s u.g u.b u.e u " * 16,
    ("cancel",),
    start={"liste": list(range(22))},
    status="terminated",
)
wide(
    "wide, undone",
    "start s | script a many=21 do='n = n + 1' | boundary b on=a compensate by=c | script c undo do='n = n - 1' | throw t compensate | end e",
    "s>a>t>e",
    "s " + "a " * 21 + "c " * 21 + "t e",
    start={"n": 0},
    variables={"n": 0},
)
wide(
    "wide, within wide",
    "start s | sub u many=21 | start u.s | script u.a many=22 do='n = n + 1' | end u.e | end e",
    "s>u>e; u.s>u.a>u.e",
    "s " + "u.s " * 21 + "u.a " * 462 + "u.e u " * 21 + "e",
    start={"n": 0},
    variables={"n": 462},
    any_order=True,
)
wide(
    "wide, calls",
    "start s | call c 'many=x:liste>res:r' calls=q in=n:=x out=r:=m | end e",
    "s>c>e",
    "s " + "qs qa qe " * 21 + "c " * 21 + "e",
    start={"liste": list(range(21))},
    variables={"res": [number * 2 for number in range(21)]},
    more=(bpmn("start qs | script qa do='m = n * 2' | end qe", "qs>qa>qe", key="q"),),
    any_order=True,
)
wide(
    "wide, in a loop",
    "start s | xor m | script a many=21 do='n = n + 1' | xor g default=m | end e",
    "s>m>a>g; g>e: n = 63; g>m: default",
    "s " + ("m " + "a " * 21 + "g ") * 3 + "e",
    start={"n": 0},
)
wide(
    "wide, a terminate end ends one",
    "start s | sub u many=21 | start u.s | and u.g | task u.a | end u.t terminate | end u.e | end e",
    "s>u>e; u.s>u.g; u.g>u.a>u.e; u.g>u.t",
    "s " + "u.s u.g u.t u " * 21 + "e",
    any_order=True,
)
wide(
    "wide, nobody waits for a cancelled run",
    "start s | task a many=21 | end e",
    "s>a>e",
    "s",
    ("cancel",),
    ("open", []),
    status="terminated",
)
wide(
    "wide, moved with all",
    "start s | task a many=21 | task c | end e",
    "s>a>c>e",
    "s c e",
    ("move", "a", "c"),
    ("open", ["c"]),
    *do("c"),
)
wide(
    "wide, a signal for all",
    "start s | sub u many=21 | start u.s | catch u.c signal=go | end u.e | end e",
    "s>u>e; u.s>u.c>u.e",
    "s " + "u.s " * 21 + "u.c u.e u " * 21 + "e",
    ("signal", "go"),
    any_order=True,
)
wide(
    "wide, a condition inside keeps them together",
    "start s | sub u many=21 | start u.s | catch u.c condition='n = 1' | end u.e | end e",
    "s>u>e; u.s>u.c>u.e",
    "s " + "u.s " * 21 + "u.c u.e u " * 21 + "e",
    ("set", {"n": 1}),
    any_order=True,
)
wide(
    "wide, inputs and outputs of each",
    "start s | task a 'many=x:liste>res:r' in=double:=x*2 out=r:=double+plus | end e",
    "s>a>e",
    "s " + "a " * 21 + "e",
    *[("nth", 0, {"plus": 1})] * 21,
    start={"liste": list(range(21))},
    variables={"res": [number * 2 + 1 for number in range(21)]},
)
