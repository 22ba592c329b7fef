"""Which instance a message is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jalon.runtime.protocol import BufferedMessage, InstanceRecord, Subscription

BUSINESS_KEYS = frozenset({"business_key", "businessKey"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way. `conversation` is the sender's, None from outside; `target` the run it is meant for."""

    name: str
    payload: Mapping[str, Any]
    correlation: Mapping[str, Any]
    unit: str
    business_key: str | None = None
    conversation: str | None = None
    target: Any = None


def same(first: Any, second: Any) -> bool:
    """Tell whether two keys are the same, 42 and "42" included."""
    return first == second or (first is not None and second is not None and str(first) == str(second))


def accepts(subscription: Subscription, receiver: InstanceRecord, letter: Letter) -> bool:
    """Tell whether a subscription may receive a message: every key given on either side must agree."""
    keys = dict(letter.correlation)
    for name, expected in subscription.correlation.items():
        if name in keys:
            given = keys.pop(name)
        elif name in letter.payload:
            given = letter.payload[name]
        elif len(keys) == 1:
            given = keys.popitem()[1]
        else:
            return False
        if not same(given, expected):
            return False
    variables = receiver.variables.get("0", {})
    for name, given in keys.items():
        if name in variables and name not in BUSINESS_KEYS:
            if not same(variables[name], given):
                return False
        elif not same(receiver.business_key, given):
            return False
    if letter.business_key is not None and not letter.correlation and not subscription.correlation:
        return same(letter.business_key, receiver.business_key) or letter.conversation == receiver.conversation
    if letter.conversation is not None and not letter.correlation and not subscription.correlation:
        # sent by an instance without any key: its own conversation, or somebody who has no key either
        return letter.conversation == receiver.conversation or receiver.business_key is None
    return True


def best(
    candidates: list[tuple[Subscription, InstanceRecord]], letter: Letter
) -> tuple[Subscription, InstanceRecord] | None:
    """Return the receiver: one of the same conversation first, else the oldest."""
    for candidate in candidates:
        if letter.conversation is not None and candidate[1].conversation == letter.conversation:
            return candidate
    return candidates[0] if candidates else None


def from_buffer(message: BufferedMessage) -> Letter:
    """Return a buffered message as one on its way."""
    return Letter(
        message.name,
        message.payload,
        message.correlation,
        message.unit,
        message.business_key,
        message.conversation,
        message.target,
    )
