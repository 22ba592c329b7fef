"""What each kind of activity does when a token enters it; a registry by BPMN name."""

import re
from collections.abc import Callable
from typing import Any

from jalon.base.errors import JalonError
from jalon.engines.processes import repeats
from jalon.engines.processes.adhoc import begin_ad_hoc
from jalon.engines.processes.catching import throw_error
from jalon.engines.processes.changes import Called, TaskOpened
from jalon.engines.processes.core import Core
from jalon.engines.processes.faults import ActionFailed, CallMissing, DecisionMissing
from jalon.engines.processes.host import ActionCall, Ask, Done, Thrown
from jalon.engines.processes.program import HUMAN_TASKS, Node
from jalon.engines.processes.state import CALL, OPEN, WAIT, Token, Wait
from jalon.engines.processes.timing import is_iso, schedule
from jalon.engines.processes.waiting import answer, listen, open_inner, waits_for

Perform = Callable[[Core, Token, Node], None]
PERFORM: dict[str, Perform] = {}
_PLACE = re.compile(r"\{\{([^{}]{1,500})\}\}")


def performs(*kinds: str) -> Callable[[Perform], Perform]:
    """Register what these kinds of activity do."""

    def register(perform: Perform) -> Perform:
        PERFORM.update(dict.fromkeys(kinds, perform))
        return perform

    return register


def enter_activity(core: Core, token: Token, node: Node) -> None:
    """Wait for the tokens it needs, set boundary events, then repeat or perform the activity."""
    if not core.is_body(token):
        if node.needs > 1 and not gathered(core, token, node.needs):
            return
        listen(core, token)
        if node.repeat is not None:
            repeats.begin(core, token, node)
            return
    if node.inputs and node.kind != "callActivity":
        values = {line.name: core.compute_in(token.scope, node.id, line.expression) for line in node.inputs}
        core.sight.declare(core.local(token), values)
    PERFORM[node.kind](core, token, node)


def gathered(core: Core, token: Token, needed: int) -> bool:
    """Leave a token before the activity; tell whether enough are there: they become one."""
    waiting = core.join(token)
    if len(waiting) < needed:
        return False
    for one in waiting[:needed]:
        core.unjoin(one)
        if one is not token:
            core.remove(one)
    return True


def open_task(core: Core, token: Token, node: Node) -> None:
    """List the activity as something to do."""
    token.doing = OPEN
    recipient = core.compute(token, node.recipient) if node.recipient else None
    assignee = _text(core, token, node.assignee)
    priority = core.compute(token, node.priority) if node.priority else None
    core.changes.append(
        TaskOpened(
            token=token.id,
            element=node.id,
            iteration=repeats.iteration(core, token),
            title=fill_title(core, token, node.title or node.name or node.id),
            form=_text(core, token, node.form or ""),
            recipient=recipient if isinstance(recipient, dict) else None,
            assignee=assignee,
            due_at=_due(core, token, node),
            priority=priority if isinstance(priority, int) else None,
        )
    )


def fill_title(core: Core, token: Token, title: str) -> str:
    """Replace each `{{expression}}` of a title by its value; nothing where it is null."""

    def value(found: re.Match[str]) -> str:
        result = core.compute(token, found[1])
        return "" if result is None else str(result)

    return _PLACE.sub(value, title)


def _text(core: Core, token: Token, text: str) -> str | None:
    """Return a plain text, or the value of one written `=expression`."""
    if text.startswith("="):
        value = core.compute(token, text[1:])
        return None if value is None else str(value)
    return text or None


def _due(core: Core, token: Token, node: Node) -> str | None:
    if not node.due:
        return None
    value: Any = node.due if is_iso(node.due) else core.compute(token, node.due)
    if value is None:
        return None
    wait = Wait(0, "timer", node.id)
    schedule(wait, value, core.now, core.host.zone, core.label(node.id))
    return wait.at


@performs(*HUMAN_TASKS)
def _human(core: Core, token: Token, node: Node) -> None:
    open_task(core, token, node)


@performs("serviceTask")
def _service(core: Core, token: Token, node: Node) -> None:
    visible = core.sight.visible(core.place(token))
    call = ActionCall(
        node.id,
        node.kind,
        node.action,
        node.vendor,
        {line.name: core.compute(token, line.expression) for line in node.assignments},
        visible,
        token.id,
    )
    result = _safely(core, node, lambda: core.host.act(call))
    if isinstance(result, Done):
        core.sight.write(core.place(token), dict(result.variables))
        core.push("leave", token)
    elif isinstance(result, Thrown):
        throw_error(core, token, result.error, result.message)
    else:
        assert isinstance(result, Ask)
        open_task(core, token, node)


def _safely(core: Core, node: Node, work: Callable[[], Any]) -> Any:
    """Do the host's work; whatever it raises becomes a fault of this step."""
    try:
        return work()
    except JalonError:
        raise
    except Exception as error:
        raise ActionFailed(element=core.label(node.id), reason=type(error).__name__) from error


@performs("sendTask")
def _send(core: Core, token: Token, node: Node) -> None:
    if node.definitions:
        core.push_later("throw", token)
    else:
        _service(core, token, node)


@performs("receiveTask")
def _receive(core: Core, token: Token, node: Node) -> None:
    token.doing = WAIT
    token.waits.extend(waits_for(core, node, core.place(token)))


@performs("scriptTask")
def _script(core: Core, token: Token, node: Node) -> None:
    for line in node.assignments:
        core.sight.write_path(core.place(token), line.name, core.compute(token, line.expression))
    core.push("leave", token)


@performs("businessRuleTask")
def _rule(core: Core, token: Token, node: Node) -> None:
    if not node.decision:
        _service(core, token, node)
        return
    name = _text(core, token, node.decision)
    visible = core.sight.visible(core.place(token))
    try:
        value = _safely(core, node, lambda: core.host.decide(name or "", visible))
    except ActionFailed as error:
        if isinstance(error.__cause__, LookupError):
            raise DecisionMissing(element=core.label(node.id), decision=name) from error
        raise
    if node.result:
        core.sight.write_path(core.place(token), node.result, value)
    elif isinstance(value, dict):
        core.sight.write(core.place(token), value)
    else:
        core.sight.write(core.place(token), {name or node.id: value})
    core.push("leave", token)


@performs("subProcess", "transaction")
def _inside(core: Core, token: Token, node: Node) -> None:
    scope = open_inner(core, token)
    container = core.program.containers[node.id]
    if not container.starts:
        core.push("inner", token, scope.id)
    for start in container.starts:
        core.push("enter", core.add_token(start, scope.id))


@performs("adHocSubProcess")
def _ad_hoc(core: Core, token: Token, node: Node) -> None:
    begin_ad_hoc(core, token, node)


@performs("callActivity")
def _call(core: Core, token: Token, node: Node) -> None:
    process = _text(core, token, node.called)
    if not process:
        raise CallMissing(element=core.label(node.id), process=node.called.lstrip("= "))
    place = token.scope
    variables = {} if node.inputs_only else core.sight.visible(place)
    for line in node.inputs:
        variables[line.name] = core.compute_in(place, node.id, line.expression)
    key = core.compute(token, node.business_key) if node.business_key else None
    token.doing = CALL
    core.changes.append(Called(token.id, node.id, process, variables, None if key is None else str(key)))


def answered(core: Core, token: Token, node: Node, values: dict[str, Any]) -> None:
    """Take what completes an activity from outside (a person, a service, a called process), then go on."""
    answer(core, token, node, values)
    core.push("leave", token)
