"""What was done in a play: where it began, then its steps in the format of scenarios, without expectations."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from jalon.base.json import canonical, read_json

Step = dict[str, Any]
"""A step of a scenario: `say`, `do`, and when they apply `as`, `task`, `with`."""


@dataclass(frozen=True, slots=True)
class Journal:
    """One play: the process, the unit whose configuration it runs (code, empty for files of one's own), its steps.

    `now` is the instant the play began at (ISO with offset), `zone` and `calendar` those of the unit.
    """

    title: str
    process: str
    unit: str
    unit_title: str
    now: str
    zone: str
    calendar: str
    steps: tuple[Step, ...] = ()

    def with_step(self, step: Step) -> "Journal":
        """Return the journal with one more step."""
        return replace(self, steps=(*self.steps, step))

    def without_last(self) -> "Journal":
        """Return the journal without its last step; the start stays."""
        return replace(self, steps=self.steps[: max(1, len(self.steps) - 1)])

    def restarted(self) -> "Journal":
        """Return the journal as it was right after the start."""
        return replace(self, steps=self.steps[:1])


def write_journal(journal: Journal) -> bytes:
    """Return a journal as bytes."""
    return canonical(asdict(journal)).encode()


def read_journal(content: bytes) -> Journal:
    """Return the journal those bytes hold."""
    found = read_json(content)
    return Journal(**{**found, "steps": tuple(found["steps"])})


def scenario(journal: Journal, steps: Iterable[Step]) -> dict[str, Any]:
    """Return the scenario of a play; `steps` are its own, with what each is expected to give."""
    return {
        "title": f"Parcours joué : {journal.title}",
        "process": journal.process,
        "unit": journal.unit,
        "now": journal.now,
        "steps": list(steps),
    }
