"""The command `jalon`: exit code 0 done, 1 refused with a reason, 2 usage; every listing has `--json`."""

from jalon.doors.cli import (  # noqa: F401 (each adds its commands)
    config,
    config_changes,
    config_levels,
    data,
    demo,
    doctor,
    imports,
    incidents,
    packs,
    people,
    process,
    process_migration,
    process_runs,
    serving,
)
from jalon.doors.cli.group import Composition, main

__all__ = ["Composition", "main"]
