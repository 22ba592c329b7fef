"""Check answers against a form: the effective schema, closed lists, staged obligations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jalon.engines.forms.model import Checked, Form, Stage


def validate(
    form: Form,
    data: Mapping[str, Any],
    *,
    lists: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    stage: Stage = "step",
    now: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
    section: str | None = None,
    stored: Mapping[str, Any] | None = None,
) -> Checked:
    """Check answers; hidden fields leave the data and are not required.

    `lists` maps a list key to its values (`code`, `label`, `parent`, `closed`); a list that is not given is not
    checked. `stored` are the answers already kept: their closed values stay valid, and what the person may not
    write keeps its stored value. With `section`, only the errors of that page are reported.
    """
    raise NotImplementedError
