"""Each family is graded once, as one batch; its tests look at the result."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.adversarial import harness


@pytest.fixture(scope="session")
def batch_of() -> Iterator[Callable[[str], harness.Batch]]:
    """Grade a family when the first of its tests asks for it."""
    folders: list[Path] = []

    @functools.cache
    def graded(family: str) -> harness.Batch:
        # Short: a socket's path has at most 107 bytes.
        folders.append(Path(tempfile.mkdtemp(prefix="nbva-")))
        return harness.grade_family(family, folders[-1])

    yield graded
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
