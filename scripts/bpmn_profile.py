"""Write docs/reference/profil-bpmn.md from the code that applies the profile."""

from pathlib import Path

from jalon.engines.processes.profile import markdown

if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "reference" / "profil-bpmn.md").write_text(markdown(), encoding="utf-8")
