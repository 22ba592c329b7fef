"""The public facade for tools and workshops: the real runtime in memory. No database, no network, no file.

    box = Sandbox(now="2026-01-05T09:00:00+01:00")
    report = box.deploy({"a.bpmn": content})
    run = box.start("key", {"age": 19})
    box.complete(box.tasks()[0].id, {"ok": True})

JSON in, JSON out; only `JalonError` escapes. Stable: extended, never broken (architecture, section 6).
"""

from typing import Any

from jalon.base.errors import FormInvalid, JalonError, Refused, Stale
from jalon.runtime.answers import Run, RunState, Task
from jalon.runtime.deployment import Report
from jalon.runtime.scenarios import check_pack
from jalon.sandbox.arguments import SandboxRefused, guarded
from jalon.sandbox.knowing import Knowing
from jalon.sandbox.looking import Looking
from jalon.sandbox.playing import Playing


class Sandbox(Playing, Looking, Knowing):
    """One workshop: a clock, what was deployed, and the runs."""

    @guarded
    def check_pack(self, content: bytes) -> Any:
        """Check a zipped pack: files, references, scenarios; never raises on bytes."""
        return check_pack(content, Sandbox)


__all__ = [
    "FormInvalid",
    "JalonError",
    "Refused",
    "Report",
    "Run",
    "RunState",
    "Sandbox",
    "SandboxRefused",
    "Stale",
    "Task",
]
