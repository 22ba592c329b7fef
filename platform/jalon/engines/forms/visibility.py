"""Which questions show, and which may be filled, for given answers."""

from collections.abc import Mapping
from typing import Any

from jalon.engines.forms.model import Form, Visibility


def visible(form: Form, data: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Visibility:
    """Judge the rules until nothing changes: a hidden answer counts as absent in the other rules."""
    raise NotImplementedError
