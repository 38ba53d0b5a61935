"""A course in nbgrader's own gradebook, made once, and the address of a gradebook of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.nbgrader_books import fill
from tests.unit.gradebook.conftest import empty_postgres


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course in nbgrader's own gradebook. Copy it before you change it."""
    file = tmp_path_factory.mktemp("nbgrader") / "gradebook.db"
    fill(f"sqlite:///{file}")
    return file


@pytest.fixture
def ours(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ours.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a gradebook of ours that is empty, in each kind of database."""
    return empty_postgres() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'ours.sqlite3'}"
