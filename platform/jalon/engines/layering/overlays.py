"""Overlay files: what one unit changes in several artifacts, as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from jalon.base.json import Json
from jalon.engines.layering.model import Op


@dataclass(frozen=True, slots=True)
class Overlay:
    """The changes of one unit: "kind/key" -> its ops."""

    unit: str
    artifacts: Mapping[str, tuple[Op, ...]]


def read_op(document: Json, number: int = 1) -> Op:
    """Read one op; its id defaults to its number in the list. Raises ContentRefused."""
    raise NotImplementedError


def write_op(op: Op) -> dict[str, Json]:
    """Write one op, leaving out what is empty."""
    raise NotImplementedError


def read_overlay(document: Json, file: str = "") -> Overlay:
    """Read an overlay file already parsed; raises ContentRefused naming every wrong op."""
    raise NotImplementedError


def write_overlay(overlay: Overlay) -> dict[str, Json]:
    """Write an overlay as the file holds it."""
    raise NotImplementedError
