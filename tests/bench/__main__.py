"""`make bench`: each row measured in this run, as a ratio to its own floor, beside its bar.

Each module `bench_*.py` beside this one has `run() -> list[(name, measured, bar)]`, all as text.
"""

import sys
from importlib import import_module
from pathlib import Path


def main() -> int:
    """Run every bench and print its rows."""
    here = Path(__file__).parent
    sys.path[:0] = [str(here.parent), str(here.parent.parent / "platform"), str(here.parent.parent / "admin")]
    for path in sorted(here.glob("bench_*.py")):
        print(f"== {path.stem.removeprefix('bench_')}")
        for name, measured, bar in import_module(f"bench.{path.stem}").run():
            print(f"{name:62} {measured!s:>22}   {bar}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
