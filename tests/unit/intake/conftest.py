"""Builders of hand-ins: what does not matter for a test is filled in."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ZipOf = Callable[..., bytes]


def notebook_bytes(*sources: str, minor: int = 5) -> bytes:
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": 3, "source": source, "outputs": []}
        for source in sources or ("print(1)",)
    ]
    for number, cell in enumerate(cells):
        if minor >= 5:
            cell["id"] = f"c{number}"
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}).encode()


def zip_of(
    files: Mapping[str, bytes] | list[tuple[str, bytes]],
    *,
    modes: Mapping[str, int] | None = None,
    method: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression=method) as archive:
        for name, data in files.items() if isinstance(files, Mapping) else files:
            entry = zipfile.ZipInfo("placeholder")
            entry.filename = name
            entry.compress_type = method
            entry.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data)
    return made.getvalue()


@pytest.fixture
def a_notebook() -> Callable[..., bytes]:
    return notebook_bytes


@pytest.fixture
def a_zip() -> ZipOf:
    return zip_of


@pytest.fixture
def upload(tmp_path: Path) -> Callable[[bytes, str], Path]:
    """Write bytes where a hand-in lies."""

    def write(data: bytes, name: str = "abc123_20241122_1_HW3.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
