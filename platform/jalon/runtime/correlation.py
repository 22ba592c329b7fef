"""Which instance a message is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jalon.runtime.protocol import BufferedMessage, InstanceRecord, Sought, Subscription

PLACE = "#place"  # variable of a repetition that runs apart: the scope of its parent it is in
BUSINESS_KEYS = frozenset({"business_key", "businessKey"})
MAX_VALUES = 20


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
    """Tell whether two keys are the same, 42 and "42" included; lists and objects are no keys."""
    if not _scalar(first) or not _scalar(second):
        return False
    return first == second or (first is not None and second is not None and str(first) == str(second))


def texts_of(value: Any) -> frozenset[str] | None:
    """Return every text under which a store may hold a key that is the same; None when that is not sure."""
    if isinstance(value, bool) or (isinstance(value, int | float) and value in {0, 1}):
        return frozenset({"true", "True", "1", "1.0"} if value else {"false", "False", "0", "0.0"})
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, int):
        return frozenset({str(value), f"{value}.0"})
    return frozenset({"null", "None"}) if value is None else None


def sought(letter: Letter) -> Sought:
    """Return what a store needs to leave aside who cannot receive a message."""
    keys = {name: texts_of(value) for name, value in letter.correlation.items()}
    carried = [texts_of(value) for value in (*letter.correlation.values(), *letter.payload.values()) if _scalar(value)]
    sure = [texts for texts in carried if texts is not None]
    values = frozenset[str]().union(*sure) if len(sure) == len(carried) <= MAX_VALUES else None
    return Sought(letter.name, letter.unit, keys, values, letter.business_key, letter.conversation, letter.target)


def _scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def accepts(
    subscription: Subscription, receiver: InstanceRecord, letter: Letter, variables: Mapping[str, Any] | None = None
) -> bool:
    """Tell whether a subscription may receive a message: every key given on either side must agree.

    `variables` are what the receiver sees, its own when left out.
    """
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
    variables = receiver.variables.get("0", {}) if variables is None else variables
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


def may_receive(subscription: Subscription, receiver: InstanceRecord, sought: Sought) -> bool:
    """Tell whether a subscription is worth asking: what `accepts` would surely refuse is not."""
    if sought.target not in (None, receiver.id, receiver.root):
        return False
    if subscription.correlation:
        return sought.values is None or all(str(value) in sought.values for value in subscription.correlation.values())
    variables = receiver.variables.get("0", {})
    if PLACE in variables:
        return True
    if not sought.keys and subscription.conversation != sought.conversation:
        if sought.business_key is not None:
            return receiver.business_key == sought.business_key
        return sought.conversation is None or receiver.business_key is None
    for name, given in sought.keys.items():
        held = variables[name] if name in variables and name not in BUSINESS_KEYS else receiver.business_key
        if given is not None and "null" not in given and str(held) not in given:
            return False
    return True


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
