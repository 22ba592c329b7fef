"""Installations for drills, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drills.rig import Installation
from factories.databases import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation on a database of its own, not prepared yet."""
    for database in fresh_database(request, request.param, tmp_path):
        yield Installation(database.url, tmp_path)
