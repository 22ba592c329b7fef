"""The command `jalon`: exit code 0 done, 1 refused with a reason, 2 usage; every listing has `--json`."""

from jalon.doors.cli import (
    config,
    config_changes,
    config_levels,
    config_readings,
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

__all__ = [  # the modules too: importing each adds its commands
    "Composition",
    "config",
    "config_changes",
    "config_levels",
    "config_readings",
    "data",
    "demo",
    "doctor",
    "imports",
    "incidents",
    "main",
    "packs",
    "people",
    "process",
    "process_migration",
    "process_runs",
    "serving",
]
