"""The version of an assignment: a digest of everything that decides a score.

That is the content of `assignment.toml`, the cells of the source notebooks, the course files, `checks/` and
`rubrics/`. Comments, key order, outputs stored in a source notebook and `samples/` decide nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.config.toml_file import TomlFile
from autograder.errors import ConfigError
from autograder.model.surroundings import rest

DECIDING_FOLDERS = ("checks", "rubrics")
LEFT_BY_TOOLS = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".DS_Store")


def version_of(file: TomlFile, source: Path) -> str:
    """Give the SHA-256, hexadecimal, of what decides a score. Raises ConfigError for a broken notebook."""
    home = file.path.parent
    digest = hashlib.sha256()
    for name, content in _parts(file, source, home):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def files_below(folder: Path) -> tuple[Path, ...]:
    """Give all files below `folder` in a fixed order, without what tools leave behind."""
    found = (
        path
        for path in folder.rglob("*")
        if path.is_file() and not set(path.relative_to(folder).parts) & set(LEFT_BY_TOOLS)
    )
    return tuple(sorted(found, key=lambda path: path.relative_to(folder).as_posix()))


def _parts(file: TomlFile, source: Path, home: Path) -> Iterator[tuple[str, bytes]]:
    yield "assignment.toml", _canonical(file.content)
    for name in file.content.get("notebooks", []):
        yield f"source/{name}", _canonical(_cells(source / name))
    for name in sorted(file.content.get("course_files", [])):
        yield f"source/{name}", (source / rest(name)).read_bytes()
    for folder in DECIDING_FOLDERS:
        for path in files_below(home / folder):
            yield path.relative_to(home).as_posix(), path.read_bytes()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=str).encode()


def _cells(path: Path) -> list[Any]:
    """Give what decides of each cell: type, source and nbgrader's metadata."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return [
            [cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("nbgrader")]
            for cell in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ConfigError(f"{path}: is not a notebook of format 4 ({type(problem).__name__})") from problem
