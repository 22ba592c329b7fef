"""What a process of a drill runs, once forked from a server that has imported the platform already."""

import faulthandler
import os
import signal
import sys
from importlib import import_module
from pathlib import Path


def run(place: str, words: list[str], environment: dict[str, str], log: str) -> None:
    """Be `jalon …`, or the program `module:function`, with this environment, writing to this file."""
    os.environ.clear()
    os.environ.update(environment)
    with Path(log).open("ab") as written:
        os.dup2(written.fileno(), 1)
        os.dup2(written.fileno(), 2)
    faulthandler.register(signal.SIGUSR1)
    sys.argv = ["jalon", *words]
    module, _, name = place.partition(":")
    getattr(import_module(module), name)()
