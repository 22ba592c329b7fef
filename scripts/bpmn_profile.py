"""Write docs/reference/profil-bpmn.md and profil-dmn.md from the code that applies the profiles."""

from pathlib import Path

from jalon.engines.decisions import profile as decisions
from jalon.engines.processes import profile as processes

if __name__ == "__main__":
    folder = Path(__file__).parents[1] / "docs" / "reference"
    (folder / "profil-bpmn.md").write_text(processes.markdown(), encoding="utf-8")
    (folder / "profil-dmn.md").write_text(decisions.markdown(), encoding="utf-8")
