"""Print each numbered requirement with the tests that prove it and how they ended.

Writes docs/reference/exigences.md with `--write` (names only: results belong to a run).
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLANNED = {
    "A": range(1, 18),
    "C": range(1, 20),
    "D": range(1, 11),
    "P": range(1, 9),
    "J": range(1, 10),
    "X": range(1, 10),
    "Y": range(1, 5),
    "R": range(1, 26),
    "S": range(1, 20),
    "G": range(1, 9),
}


class Collector:
    """Notes, for each requirement, its tests and their outcomes."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, str]] = defaultdict(dict)
        self.requirements: dict[str, list[str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep only the tests that prove something numbered."""
        for item in items:
            numbers = [str(number) for mark in item.iter_markers("req") for number in mark.args]
            if numbers:
                self.requirements[item.nodeid] = numbers
                for number in numbers:
                    self.tests[number][item.nodeid] = "not run"
        items[:] = [item for item in items if item.nodeid in self.requirements]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        if report.when == "call" or report.failed:
            for number in self.requirements.get(report.nodeid, []):
                self.tests[number][report.nodeid] = report.outcome


def wanted() -> list[str]:
    """Return every planned requirement in order."""
    return [f"{family}{number}" for family, numbers in PLANNED.items() for number in numbers]


def lines(collector: Collector) -> list[str]:
    """Return one line per requirement: number, state, tests."""
    out = []
    others = sorted(set(collector.tests) - set(wanted()))
    for number in wanted() + others:
        tests = collector.tests.get(number, {})
        outcomes = set(tests.values())
        state = "not yet" if not tests else "failed" if "failed" in outcomes else "/".join(sorted(outcomes))
        names = sorted({re.sub(r"\[.*", "", name) for name in tests})
        out.append(f"{number:5} {state:10} {', '.join(names)}")
    return out


def main() -> int:
    """Run the tests that carry a number, then print the table."""
    collector = Collector()
    arguments = ["-q", "--no-header", "-m", "not drill", "-n0", *sys.argv[1:]]
    code = pytest.main(arguments, plugins=[collector])
    print("\n".join(lines(collector)))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
