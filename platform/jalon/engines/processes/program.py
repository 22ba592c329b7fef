"""A process as the engine runs it: an immutable graph, compiled once per version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

EventKind = Literal[
    "message",
    "signal",
    "timer",
    "condition",
    "error",
    "escalation",
    "compensation",
    "cancel",
    "terminate",
    "link",
]
ContainerKind = Literal["process", "subProcess", "transaction", "eventSubProcess", "adHocSubProcess"]


@dataclass(frozen=True, slots=True)
class Assign:
    """One line of data mapping: the variable `name` receives the value of `expression`."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What an event waits for or throws.

    `name`: message or signal name; error or escalation code (empty: any); activity to compensate (empty: all).
    `expression`: condition, or the timer's ISO text or expression; `timer` is date, duration or cycle.
    `correlation`: variable or path -> expression compared with what the message carries.
    `payload`: what a thrown message carries (None: every visible variable is NOT sent, the message is empty).
    """

    kind: EventKind
    name: str = ""
    expression: str = ""
    timer: Literal["", "date", "duration", "cycle"] = ""
    correlation: tuple[Assign, ...] = ()
    payload: tuple[Assign, ...] = ()
    ids: frozenset[str] = frozenset()
    waits: bool = True  # compensation: what throws it goes on once it is over


@dataclass(frozen=True, slots=True)
class Repeat:
    """A loop on an activity: standard (`while`), or multi-instance, in sequence or in parallel."""

    kind: Literal["while", "sequential", "parallel"]
    condition: str = ""  # standard loop: go on while true; multi-instance: stop when true
    test_before: bool = False
    maximum: str = ""
    cardinality: str = ""
    collection: str = ""
    item: str = ""
    output: str = ""
    output_item: str = ""
    behavior: Literal["", "None", "One", "Complex"] = ""  # when a repetition throws `throws` as it completes
    throws: tuple[tuple[str, Definition], ...] = ()  # condition ("" for always) and what is thrown


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow; `condition` is empty when it has none."""

    id: str
    source: str
    target: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One flow node. `kind` is the BPMN local name; `container` the sub-process it is in ("" for the process)."""

    id: str
    kind: str
    name: str = ""
    container: str = ""
    line: int | None = None
    lane: str | None = None
    role: str | None = None
    documentation: str = ""
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    default: str | None = None
    definitions: tuple[Definition, ...] = ()
    all_of: bool = False  # all its definitions must happen, not one of them
    attached_to: str | None = None
    interrupting: bool = True
    boundaries: tuple[str, ...] = ()
    compensation: str | None = None  # the activity that undoes this one
    for_compensation: bool = False
    repeat: Repeat | None = None
    inputs: tuple[Assign, ...] = ()
    outputs: tuple[Assign, ...] = ()
    inputs_only: bool = False  # call activity: nothing else goes in
    outputs_only: bool = False  # nothing but the outputs comes out
    form: str | None = None
    title: str = ""
    why: str = ""
    recipient: str = ""
    assignee: str = ""
    due: str = ""
    priority: str = ""
    assignments: tuple[Assign, ...] = ()  # script lines
    result: str = ""
    decision: str = ""
    called: str = ""  # process key, `slot:<id>`, or an expression after `=`
    business_key: str = ""
    action: str = ""
    vendor: str = ""  # what a service task is bound to elsewhere, for the report
    instantiate: bool = False
    needs: int = 1  # tokens that must arrive before the activity begins
    gives: int = 1  # tokens it sends along each flow
    condition: str = ""  # complex gateway: when it lets through; ad hoc sub-process: when it is over
    sequential: bool = False  # ad hoc: one activity at a time
    cancels_rest: bool = True  # ad hoc: what still runs stops once its condition is true

    @property
    def is_activity(self) -> bool:
        """Tell whether the node is a task, a call or a sub-process."""
        return self.kind in ACTIVITIES


@dataclass(frozen=True, slots=True)
class Container:
    """The process itself or a sub-process: where its tokens start."""

    id: str
    kind: ContainerKind
    starts: tuple[str, ...] = ()  # plain start events, or the nodes nothing leads to when there is none
    triggered: tuple[str, ...] = ()  # other start events (and instantiating receivers)
    event_subs: tuple[str, ...] = ()
    declares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """One executable process: nodes by id, containers by id ("" is the process)."""

    key: str
    title: str
    nodes: Mapping[str, Node]
    containers: Mapping[str, Container]
    hash: str = ""
    file: str = ""
    options: tuple[Mapping[str, Any], ...] = ()
    slots: tuple[Mapping[str, Any], ...] = ()
    dossier_type: str | None = None
    start_roles: tuple[str, ...] = ()
    _reach: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    _apart: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def runs_apart(self, element: str) -> bool:
        """Tell whether the repetitions of an activity may run as instances of their own.

        Not when something inside waits for a condition (it would have to see every change of the others), nor for a
        transaction, whose cancellation concerns the whole, nor when each repetition throws an event for the activity.
        """
        if element not in self._apart:
            node = self.nodes[element]
            inside = (other for other in self.nodes.values() if self._is_in(other, element))
            waits = any(d.kind == "condition" for other in inside for d in other.definitions)
            throws = node.repeat is not None and bool(node.repeat.throws)
            self._apart[element] = node.kind != "transaction" and not waits and not throws
        return self._apart[element]

    def _is_in(self, node: Node, container: str) -> bool:
        where = node.container
        while where and where != container:
            where = self.nodes[where].container
        return where == container

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """Every way to start, plain first."""
        root = self.containers[""]
        return root.starts + root.triggered

    def reaching(self, gateway: str, flow: Flow) -> frozenset[str]:
        """Return the nodes from which `flow`, entering `gateway`, can be reached without visiting the gateway."""
        key = (gateway, flow.id)
        if key not in self._reach:
            self._reach[key] = frozenset(self._backwards(flow.source, gateway))
        return self._reach[key]

    def _backwards(self, source: str, avoided: str) -> set[str]:
        found: set[str] = set()
        waiting = [source]
        while waiting:
            node = waiting.pop()
            if node == avoided or node in found:
                continue
            found.add(node)
            waiting.extend(flow.source for flow in self.nodes[node].incoming)
            attached = self.nodes[node].attached_to
            if attached:
                waiting.append(attached)
        return found


ACTIVITIES = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "scriptTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }
)
HUMAN_TASKS = frozenset({"task", "userTask", "manualTask"})
CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"})
