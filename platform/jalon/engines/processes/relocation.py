"""Moving a live instance to another version of its process: tokens keep their work, their timers and their data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jalon.engines.processes.program import Node, Program
from jalon.engines.processes.state import CALL, INSIDE, JOIN, OPEN, ROOT, State, Token, Wait

_FAMILIES = ("task", "userTask", "manualTask", "serviceTask", "sendTask", "businessRuleTask")


@dataclass(frozen=True, slots=True)
class Relocation:
    """Where each live element goes; `choices` have no counterpart yet, `refused` says what forbids the move."""

    moves: dict[str, str]
    choices: tuple[str, ...] = ()
    refused: str = ""

    @property
    def possible(self) -> bool:
        """Tell whether the instance can move now."""
        return not self.choices and not self.refused


def plan(state: State, old: Program, new: Program, chosen: Mapping[str, str] | None = None) -> Relocation:
    """Say where each live element would go: the same id unless another one was chosen."""
    chosen = chosen or {}
    live = {token.element for token in state.tokens.values()}
    live |= {scope.element for scope in state.scopes.values() if scope.element}
    moves: dict[str, str] = {}
    choices = []
    for element in sorted(live):
        target = chosen.get(element, element)
        if target in new.nodes:
            moves[element] = target
        else:
            choices.append(element)
    if choices:
        return Relocation(moves, tuple(choices))
    return Relocation(moves, (), _refusal(state, old, new, moves))


def _refusal(state: State, old: Program, new: Program, moves: Mapping[str, str]) -> str:
    for token in state.tokens.values():
        before, after = old.nodes[token.element], new.nodes[moves[token.element]]
        name = after.name or after.id
        if not _alike(token, before, after):
            old_name = before.name or before.id
            return f"« {old_name} » ne peut pas devenir « {name} » : ce ne sont pas des étapes de même nature."
        scope = state.scopes[token.scope]
        inside = scope
        while inside.kind != "s" and inside.id != ROOT:
            inside = state.scopes[state.tokens[inside.owner].scope]
        expected = moves[inside.element] if inside.id != ROOT else ""
        if after.container != expected and inside.kind == "s":  # a repetition that runs apart stays where its caller is
            return f"« {name} » n’est plus dans le même sous-processus : sortez d’abord l’instance de cette étape."
        if token.doing == JOIN and token.flow not in {flow.id for flow in after.incoming}:
            return f"La branche qui attend à « {name} » n’existe plus dans la nouvelle version."
    return ""


def _alike(token: Token, before: Node, after: Node) -> bool:
    if bool(before.repeat) != bool(after.repeat):
        return False
    if token.doing == OPEN:
        return before.kind in _FAMILIES and after.kind in _FAMILIES
    if token.doing in {CALL, INSIDE, JOIN}:
        return before.kind == after.kind
    kinds = {definition.kind for definition in before.definitions}
    return before.kind == after.kind and kinds == {definition.kind for definition in after.definitions}


def relocate(state: State, new: Program, moves: Mapping[str, str]) -> list[tuple[Token, str]]:
    """Carry a state over in place; return (token, boundary event) pairs that are new and still have to be set."""
    fresh: list[tuple[Token, str]] = []
    for scope in state.scopes.values():
        scope.element = moves.get(scope.element, scope.element)
        scope.waits = _kept(scope.waits, new, moves)
        scope.done = [entry for entry in scope.done if entry["e"] in new.nodes]
    for token in state.tokens.values():
        token.element = moves[token.element]
        token.waits = _kept(token.waits, new, moves)
        node = new.nodes[token.element]
        scope = state.scopes[token.scope]
        if not (scope.kind == "i" and scope.element == token.element):
            set_already = {wait.element for wait in token.waits}
            fresh += [(token, name) for name in node.boundaries if name not in set_already]
    return fresh


def _kept(waits: list[Wait], new: Program, moves: Mapping[str, str]) -> list[Wait]:
    """Keep the waits whose event still exists and waits for the same kind of thing, due instants included."""
    kept = []
    for wait in waits:
        node = new.nodes.get(moves.get(wait.element, wait.element))
        if node is not None and wait.index < len(node.definitions) and node.definitions[wait.index].kind == wait.kind:
            kept.append(replace(wait, element=node.id))
    return kept
