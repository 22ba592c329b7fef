"""The house holds: each import contract refuses what it names, and the tree is the one agreed."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
# contract -> (file, line planted in it): one violation of each rule of the architecture
PLANTED = {
    "floors": ("platform/jalon/base/clock.py", "import jalon.store.base"),
    "console": ("platform/jalon/doors/jobs/__init__.py", "import jalon_admin"),
    "doors": ("platform/jalon/doors/jobs/__init__.py", "import jalon.doors.web"),
    "engines": ("platform/jalon/engines/forms/__init__.py", "import jalon.engines.layering"),
    "pure": ("platform/jalon/engines/layering/__init__.py", "import sqlalchemy"),
    "base": ("platform/jalon/base/json.py", "import orjson"),
    "services": ("platform/jalon/services/audit.py", "import jalon.services.forms"),
    "queries": ("platform/jalon/doors/web/__init__.py", "import sqlalchemy"),
    "spiff": ("platform/jalon/runtime/__init__.py", "import SpiffWorkflow"),
    "bpmn_python": ("platform/jalon/engines/processes/__init__.py", "import bpmn_python"),
    "cycles": ("platform/jalon/engines/expressions/errors.py", "import jalon.engines.expressions.expression"),
}


def lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": f"{folder / 'platform'}{os.pathsep}{folder / 'admin'}"}
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    arguments = ["--config", str(folder / "pyproject.toml"), "--contract", contract, "--no-cache"]
    return subprocess.run([*command, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for name in ("platform", "admin"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_contract_refuses_a_planted_violation(contract: str, copy: Path) -> None:
    file, line = PLANTED[contract]
    target = copy / file
    clean = target.read_text()
    target.write_text(f"{clean}\n\n{line}\n")
    try:
        result = lint(copy, contract)
    finally:
        target.write_text(clean)
    assert "BROKEN" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 1


def test_a_module_on_no_floor_is_refused(copy: Path) -> None:
    stray = copy / "platform/jalon/utils.py"
    stray.write_text('"""A drawer for everything."""\n')
    try:
        result = lint(copy, "floors")
    finally:
        stray.unlink()
    assert result.returncode == 1
    assert "jalon.utils" in result.stdout


def test_platform_is_a_bare_source_root() -> None:
    assert not (ROOT / "platform/__init__.py").exists()
    assert not (ROOT / "admin/__init__.py").exists()


def test_no_word_of_the_trade_in_the_engine() -> None:
    packs = [tomllib.loads(path.read_text()) for path in (ROOT / "workflows").glob("*/pack.toml")]
    words = {word for pack in packs for word in pack["vocabulary"]["words"]}
    assert len(words) >= 10
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(word) for word in sorted(words)) + r")(?!\w)", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("platform", "admin")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".html", ".txt", ".js", ".css", ".md", ".json"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_only_the_environment_reader_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "platform").rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))
    ]
    assert readers == ["platform/jalon/base/settings.py"]


def test_nothing_built_or_foreign_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    built = [
        name for name in tracked if re.search(r"(^|/)(node_modules|dist|var|\.venv)/|\.min\.|\.mo$|\.sqlite", name)
    ]
    assert built == []
    lock = (ROOT / "frontend/package-lock.json").read_text()
    assert '"resolved"' not in lock
