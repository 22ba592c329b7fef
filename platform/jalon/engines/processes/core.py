"""The working copy of an instance during one step: tokens, scopes, a queue, and nothing of BPMN's meaning."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from jalon.base.clock import instant_from
from jalon.base.errors import JalonError
from jalon.engines.processes import faults
from jalon.engines.processes.changes import (
    CallCancelled,
    Change,
    IncidentClosed,
    IncidentRaised,
    Noted,
    Passed,
    TaskClosed,
    Warned,
)
from jalon.engines.processes.host import Host
from jalon.engines.processes.program import Node, Program
from jalon.engines.processes.state import CALL, JOIN, OPEN, READY, ROOT, STOP, Scope, State, Token, Wait
from jalon.engines.processes.values import Sight, Variables

Operation = Callable[["Core", Token, int], None]
"""What a queue item does; the number is a wait or scope it concerns (0: none)."""


class Core(ABC):
    """Tokens and scopes with their indexes; `changes` tells what happened, in order."""

    operations: ClassVar[Mapping[str, Operation]] = {}

    def __init__(
        self,
        program: Program,
        state: State,
        variables: Variables,
        host: Host,
        outer: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.program, self.state, self.host = program, state, host
        self.sight = Sight(variables, state.scopes, host, outer)
        self.changes: list[Change] = []
        self.steps = 0
        self._ready: deque[tuple[str, int, int, int]] = deque()
        self._later: deque[tuple[str, int, int, int]] = deque()
        self._in: dict[int, dict[int, None]] = {}
        self._owned: dict[int, dict[int, None]] = {}
        self.joins: dict[tuple[int, str], list[int]] = {}
        for token in state.tokens.values():
            self._in.setdefault(token.scope, {})[token.id] = None
            if token.doing == JOIN:
                self.joins.setdefault((token.scope, token.element), []).append(token.id)
        for scope in state.scopes.values():
            if scope.owner:
                self._owned.setdefault(scope.owner, {})[scope.id] = None

    # -- looking ------------------------------------------------------------------------------

    def node(self, token: Token) -> Node:
        """Return the node a token is at."""
        return self.program.nodes[token.element]

    def place(self, token: Token) -> int:
        """Return the scope from which the token's activity sees variables."""
        return token.local or token.scope

    def compute(self, token: Token, source: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression where the token is; what it did not know is noted."""
        return self.compute_in(self.place(token), token.element, source, extra)

    def compute_in(self, scope: int, element: str, source: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression seen from a scope."""
        value, notices = self.sight.compute(source, scope, extra)
        if notices:
            self.changes.append(Warned(element, notices))
        return value

    def tokens_in(self, scope: int) -> list[Token]:
        """Return the tokens directly in a scope."""
        return [self.state.tokens[number] for number in self._in.get(scope, ())]

    def scopes_of(self, token: Token) -> list[Scope]:
        """Return the scopes a token opened."""
        return [self.state.scopes[number] for number in self._owned.get(token.id, ())]

    def is_body(self, token: Token) -> bool:
        """Tell whether the token is one repetition of its activity."""
        scope = self.state.scopes[token.scope]
        return scope.kind == "i" and scope.element == token.element

    # -- tokens -------------------------------------------------------------------------------

    def add_token(self, element: str, scope: int, flow: str = "") -> Token:
        """Put a new token on a node."""
        token = Token(self.state.number(), element, scope, flow=flow)
        self.state.tokens[token.id] = token
        self._in.setdefault(scope, {})[token.id] = None
        return token

    def move(self, token: Token, element: str, flow: str = "") -> None:
        """Carry a token to another node of the same scope."""
        token.element, token.flow, token.doing = element, flow, READY

    def join(self, token: Token) -> list[Token]:
        """Leave a token at a gateway and return all that wait there, itself included, oldest first."""
        token.doing = JOIN
        waiting = self.joins.setdefault((token.scope, token.element), [])
        waiting.append(token.id)
        return [self.state.tokens[number] for number in waiting]

    def unjoin(self, token: Token) -> None:
        """Take a token out of those that wait at its gateway."""
        key = (token.scope, token.element)
        self.joins[key].remove(token.id)
        if not self.joins[key]:
            del self.joins[key]
        token.doing = READY

    def remove(self, token: Token) -> None:
        """Take a token away with its own variables; its scope may then be over (see `settle`)."""
        if token.doing == JOIN:
            self.unjoin(token)
        if token.local:
            self.close_scope(token.local)
        del self.state.tokens[token.id]
        del self._in[token.scope][token.id]

    def end(self, token: Token) -> None:
        """Take a token away where its path ends, and its scope with it when it was the last."""
        self.remove(token)
        self.settle(token.scope)

    def settle(self, scope: int) -> None:
        """Close a scope nobody is in any more."""
        if self._in.get(scope) or self.state.status != "running":
            return
        known = self.state.scopes.get(scope)
        if scope == ROOT:
            self.finish("completed")
        elif known and known.kind == "s":
            self.push("inner", self.state.tokens[known.owner], scope)

    def finish(self, status: str) -> None:
        """End the instance."""
        for token in list(self.state.tokens.values()):
            if token.id in self.state.tokens and token.scope == ROOT:
                self.kill(token)
        self.state.status = status
        root = self.state.scopes[ROOT]
        root.waits.clear()
        root.done.clear()
        self._ready.clear()
        self._later.clear()
        if root.kind != "i":
            self.changes.append(Noted(status, ""))

    def kill(self, token: Token) -> None:
        """Cancel a token with all that runs inside it."""
        self.empty(token)
        self.remove(token)

    def empty(self, token: Token) -> None:
        """Cancel what a token holds: its open task, its call, its incident, its inner tokens, its waits."""
        waiting = [token]
        order = []
        while waiting:
            current = waiting.pop()
            order.append(current)
            for scope in self.scopes_of(current):
                waiting.extend(self.tokens_in(scope.id))
        for current in reversed(order):
            self._release(current)
            for scope in self.scopes_of(current):
                if scope.kind != "l":
                    self.close_scope(scope.id)
            if current is not token:
                self.remove(current)
        if token.local:
            self.close_scope(token.local)
            token.local = 0

    def _release(self, token: Token) -> None:
        if token.doing == OPEN:
            self.changes.append(TaskClosed(token.id, token.element, done=False))
        elif token.doing == CALL:
            self.changes.append(CallCancelled(token.id, token.element))
        elif token.doing == STOP:
            self.changes.append(IncidentClosed(token.id, token.element, "cancelled"))
        if "apart" in token.many:
            self.changes.append(CallCancelled(token.many["apart"], token.element))
        if token.doing == JOIN:
            self.unjoin(token)
        token.waits, token.many, token.incident, token.plan, token.after = [], {}, {}, [], ""
        token.doing = READY
        token.turn += 1

    # -- scopes -------------------------------------------------------------------------------

    def open_scope(self, kind: str, element: str, parent: int, owner: int) -> Scope:
        """Open a scope inside another one."""
        scope = Scope(self.state.number(), kind, element, parent, owner)
        self.state.scopes[scope.id] = scope
        if owner:
            self._owned.setdefault(owner, {})[scope.id] = None
        return scope

    def close_scope(self, number: int) -> None:
        """Close a scope and forget its variables."""
        scope = self.state.scopes.pop(number)
        self._owned.get(scope.owner, {}).pop(number, None)
        self._in.pop(number, None)
        self.sight.drop(number)

    def adopt(self, scope: int, before: int, after: int) -> None:
        """Hand a scope over from one token to another."""
        self._owned.get(before, {}).pop(scope, None)
        self._owned.setdefault(after, {})[scope] = None
        self.state.scopes[scope].owner = after

    def local(self, token: Token) -> int:
        """Return the scope of the activity's own variables, opened on first use."""
        if not token.local:
            token.local = self.open_scope("l", token.element, token.scope, token.id).id
        return token.local

    # -- waits --------------------------------------------------------------------------------

    def holder(self, wait: int) -> tuple[Token | None, Scope | None, Wait] | None:
        """Return the token or scope that holds a wait, and the wait."""
        for token in self.state.tokens.values():
            for found in token.waits:
                if found.id == wait:
                    return token, None, found
        for scope in self.state.scopes.values():
            for found in scope.waits:
                if found.id == wait:
                    return None, scope, found
        return None

    # -- the queue ----------------------------------------------------------------------------

    def push(self, operation: str, token: Token, number: int = 0) -> None:
        """Do this next."""
        token.turn += 1
        self._ready.append((operation, token.id, number, token.turn))

    def push_later(self, operation: str, token: Token | None, number: int = 0) -> None:
        """Do this once every other branch has gone as far as it can."""
        if token is None:
            self._later.append((operation, 0, number, 0))
            return
        token.turn += 1
        self._later.append((operation, token.id, number, token.turn))

    def drain(self) -> bool:
        """Do what is queued; tell whether anything was. What fails stops its token only."""
        worked = False
        while self._ready or self._later:
            operation, number, argument, turn = self._ready.popleft() if self._ready else self._later.popleft()
            if operation == "fire":
                worked = self._fire(argument) or worked
                continue
            token = self.state.tokens.get(number)
            if token is None or token.turn != turn:
                continue
            worked = True
            self.steps += 1
            if self.steps > self.host.max_steps:
                fault = faults.HotLoop(steps=self.host.max_steps, element=self.label(token.element))
                self.stop(token, fault, operation)
                continue
            try:
                self.operations[operation](self, token, argument)
            except JalonError as error:
                self.stop(token, error, operation)
            if self.state.status != "running":
                break
        return worked

    def _fire(self, wait: int) -> bool:
        found = self.holder(wait)
        self.steps += 1
        if found is None or self.steps > self.host.max_steps:
            return False
        token = found[0]
        try:
            self.fire(wait)
        except JalonError as error:
            if token is not None and token.id in self.state.tokens:
                self.stop(token, error)
            else:
                self.changes.append(Warned(found[2].element, (error.text(),)))
        return True

    @abstractmethod
    def fire(self, wait: int) -> None:
        """Let a wait happen; given by the engine, which knows what it means."""

    def stop(self, token: Token, error: JalonError, operation: str = "enter") -> None:
        """Turn a token into an incident that remembers where to go on."""
        if operation == "enter":
            self.empty(token)
        token.doing = STOP
        token.incident = {"code": error.code, "message": error.text(), "at": operation}
        self.changes.append(IncidentRaised(token.id, token.element, error.code, token.incident["message"]))

    def passed(self, token: Token, element: str | None = None) -> None:
        """Note that a node completed."""
        node = self.program.nodes[element or token.element]
        self.changes.append(Passed(node.id, node.kind, token.id))

    def label(self, element: str) -> str:
        """Return how to name an element to a person."""
        node = self.program.nodes.get(element)
        return node.name if node and node.name else element

    @property
    def now(self) -> datetime:
        """The instant of this step."""
        return self.host.now

    def is_due(self, wait: Wait) -> bool:
        """Tell whether a timer's instant has come."""
        return wait.kind == "timer" and instant_from(wait.at) <= self.host.now
