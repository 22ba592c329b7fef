"""Every built-in function in one place, with the documentation generated from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuiltinDoc:
    """A built-in function as the reference documents it."""

    name: str
    aliases: tuple[str, ...]
    parameters: tuple[str, ...]
    fr: str
    en: str
    example: str
    result: str
    family: str


def functions() -> list[BuiltinDoc]:
    """Return the built-in functions, by family then name."""
    raise NotImplementedError
