"""Each family is graded once, as one batch; its tests look at the result."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adversarial import harness


@pytest.fixture(scope="session")
def batch_of() -> Iterator[Callable[[str], harness.Batch]]:
    """Grade a family when the first of its tests asks for it. What fails then fails for all of them."""
    folders: list[Path] = []
    known: dict[str, harness.Batch | Exception] = {}

    def graded(family: str) -> harness.Batch:
        if family not in known:
            # Short: a socket's path has at most 107 bytes.
            folders.append(Path(tempfile.mkdtemp(prefix="nbva-")))
            try:
                known[family] = harness.grade_family(family, folders[-1])
            except Exception as error:
                known[family] = error
        found = known[family]
        if isinstance(found, Exception):
            raise found
        return found

    yield graded
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def passing_folder() -> Iterator[Path]:
    """A folder that is gone after the test: some submissions are large."""
    with tempfile.TemporaryDirectory(prefix="nbva-") as name:
        yield Path(name)
