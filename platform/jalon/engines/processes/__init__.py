"""Processes: BPMN read, checked against the profile, compiled, and executed by a token interpreter.

reading = read_bpmn({"accueil.bpmn": content})
program = reading.processes[0].program
run = Execution.begin(program, Host(now=now), {"age": 19})
run.start()
state, variables, changes = run.dump(), run.variables, run.changes
"""

from jalon.engines.processes.changes import (
    CallCancelled,
    Called,
    Change,
    Ended,
    ErrorUncaught,
    EscalationUncaught,
    IncidentClosed,
    IncidentRaised,
    MessageThrown,
    Noted,
    Passed,
    SignalThrown,
    Spread,
    TaskClosed,
    TaskOpened,
    Warned,
)
from jalon.engines.processes.execution import Execution
from jalon.engines.processes.host import ActionCall, ActionResult, Ask, Done, Host, Thrown, ask, no_decision
from jalon.engines.processes.program import Container, Definition, Flow, Node, Program, Repeat
from jalon.engines.processes.reading import Reading, ReadProcess, read_bpmn
from jalon.engines.processes.state import State, Token, Wait, load
from jalon.engines.processes.values import Variables

__all__ = [
    "ActionCall",
    "ActionResult",
    "Ask",
    "CallCancelled",
    "Called",
    "Change",
    "Container",
    "Definition",
    "Done",
    "Ended",
    "ErrorUncaught",
    "EscalationUncaught",
    "Execution",
    "Flow",
    "Host",
    "IncidentClosed",
    "IncidentRaised",
    "MessageThrown",
    "Node",
    "Noted",
    "Passed",
    "Program",
    "ReadProcess",
    "Reading",
    "Repeat",
    "SignalThrown",
    "Spread",
    "State",
    "TaskClosed",
    "TaskOpened",
    "Thrown",
    "Token",
    "Variables",
    "Wait",
    "Warned",
    "ask",
    "load",
    "no_decision",
    "read_bpmn",
]
