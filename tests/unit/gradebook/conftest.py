"""A gradebook in a file, and in PostgreSQL where the environment names one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradebook.book import Gradebook

POSTGRES = "NBVERDICT_POSTGRES_URL"


def empty_postgres() -> str:
    """The URL of the test database, emptied. Skips the test where none is named."""
    url = os.environ.get(POSTGRES)
    if not url:
        pytest.skip(f"{POSTGRES} names no PostgreSQL database")
    from sqlalchemy import create_engine, text

    from gradebook.database import database_url

    engine = create_engine(database_url(url))
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA public CASCADE"))
        db.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind we support."""
    return empty_postgres() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'grades.sqlite3'}"


@pytest.fixture
def book(url: str) -> Iterator[Gradebook]:
    with Gradebook.open(url) as opened:
        yield opened
