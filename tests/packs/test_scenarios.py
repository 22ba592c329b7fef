"""Every scenario of a pack plays in the sandbox, as the unit it names sees the processes."""

import pytest

from jalon.runtime.scenarios import play
from jalon.sandbox import Sandbox
from packs.shipped import ROOT, packs, reachable

SCENARIOS = [(pack, name) for pack in packs() for name in packs()[pack].scenarios]


@pytest.mark.parametrize(("pack", "name"), SCENARIOS, ids=[f"{pack}/{name}" for pack, name in SCENARIOS])
def test_the_scenario_holds(pack: str, name: str):
    scenario = packs()[pack].scenarios[name]
    box = Sandbox(now=scenario["now"], services="pass")
    report = box.deploy(files_of(pack), unit=scenario["unit"])
    assert report.problems == ()
    assert play(box, scenario) == []


def files_of(pack: str) -> dict[str, bytes]:
    """Return the files of a pack and of those it needs, with the tree of units."""
    folders = [ROOT / side / one.key for one in reachable(packs()[pack]) for side in ("workflows", "forms")]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if "data" not in path.parts and "scenarios" not in path.parts
    }
