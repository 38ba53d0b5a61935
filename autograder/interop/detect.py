"""Tell what somebody calls an assignment: our own folder, nbgrader's, otter's, or a notebook without marks.

Only names, archive entries and notebook cells are looked at; nothing is executed and nothing is written. What
carries the marks of two formats is refused instead of guessed.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from autograder.config.assignment_file import FILE_NAME, SOURCE
from autograder.errors import AuthoringError
from autograder.formats.notebook import Notebook, NotebookRejected, read

NBGRADER_CONFIG: Final = "nbgrader_config.py"
OTTER_CONFIG: Final = "otter_config.json"
TIMESTAMP: Final = "timestamp.txt"
_OTTER_CELL: Final = re.compile(
    r"\s*#\s*(ASSIGNMENT\s+CONFIG|BEGIN\s+(QUESTION|TESTS|PROMPT))", re.IGNORECASE
)
_OTTER_FENCE: Final = re.compile(rf"^\s*```otter\s*\n({_OTTER_CELL.pattern})", re.MULTILINE | re.IGNORECASE)
_LEFT_BY_TOOLS: Final = ".ipynb_checkpoints"
HINT: Final = (
    "ASSIGNMENT is a folder with an assignment.toml, an nbgrader source folder (COURSE/source/NAME), "
    "an otter autograder.zip, or an otter master notebook."
)


class Dialect(StrEnum):
    """In which format an assignment is written."""

    OWN = "own"
    NBGRADER_SOURCE = "nbgrader_source"
    OTTER_ZIP = "otter_zip"
    OTTER_MASTER = "otter_master"
    PLAIN_NOTEBOOK = "plain_notebook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found. `why` is one sentence: what it is, and by what it was known."""

    dialect: Dialect
    why: str


def detect(path: Path) -> Found:
    """Say in which format the assignment at `path` is written.

    Raises AuthoringError when it is none, or carries the marks of two formats.
    """
    if not path.exists():
        raise AuthoringError(f"{path}: there is no such file or folder", hint=HINT)
    if path.name == FILE_NAME:
        return Found(dialect=Dialect.OWN, why=f"our own assignment: the file is called {FILE_NAME}")
    for owner in {path.parent, path.parent.parent if path.parent.name == SOURCE else path.parent}:
        if (owner / FILE_NAME).is_file() and (path.suffix == ".ipynb" or path.name == SOURCE):
            raise AuthoringError(
                f"{path}: is a part of our own assignment {owner.absolute().name}", hint=f"Give {owner}."
            )
    if path.is_dir():
        return _folder(path)
    if path.suffix == ".ipynb":
        return _notebook(path)
    if zipfile.is_zipfile(path):
        return _archive(path)
    raise AuthoringError(f"{path}: is neither a folder, nor a notebook, nor a zip file", hint=HINT)


def _folder(path: Path) -> Found:
    if (path / FILE_NAME).is_file():
        return Found(dialect=Dialect.OWN, why=f"our own assignment: the folder holds {FILE_NAME}")
    if (path / NBGRADER_CONFIG).is_file() or _assignments_of(path / "source"):
        names = ", ".join(_assignments_of(path / "source")[:5])
        raise AuthoringError(
            f"{path}: is a whole nbgrader course, not one assignment"
            + (f" (it has {names})" if names else ""),
            hint=f"Give one of its assignments, such as {path}/source/NAME.",
        )
    if (path / OTTER_CONFIG).is_file():
        raise AuthoringError(
            f"{path}: is an otter autograder that was unpacked ({OTTER_CONFIG} is there)",
            hint="Give the autograder.zip itself.",
        )
    notebooks = notebooks_below(path)
    if not notebooks and not _assignments_of(path):
        raise AuthoringError(f"{path}: holds no {FILE_NAME} and no notebook", hint=HINT)
    found = {name: _notebook(name) for name in notebooks}
    kinds = {each.dialect for each in found.values()} - {Dialect.PLAIN_NOTEBOOK}
    if len(kinds) > 1:
        raise AuthoringError(_both(path, found))
    if not kinds and (inner := _assignments_of(path)):
        raise AuthoringError(
            f"{path}: holds a course's assignments ({', '.join(inner[:5])}) and is none itself",
            hint=f"Give one of them, such as {path / inner[0]}.",
        )
    if not kinds:
        return Found(
            dialect=Dialect.PLAIN_NOTEBOOK,
            why=f"{_named(notebooks, path)} without any marks of nbgrader or otter",
        )
    (dialect,) = kinds
    if dialect is Dialect.NBGRADER_SOURCE and (path / TIMESTAMP).is_file():
        raise AuthoringError(
            f"{path}: is what a student handed in ({TIMESTAMP} is there), and no source", hint=HINT
        )
    telling = next(each for each in found.values() if each.dialect is dialect)
    if dialect is Dialect.OTTER_MASTER and len(notebooks) > 1:
        raise AuthoringError(
            f"{path}: holds several notebooks and an otter master among them",
            hint="Give the master notebook itself.",
        )
    return Found(dialect=dialect, why=telling.why)


def _both(path: Path, found: dict[Path, Found]) -> str:
    lines = [f"{path}: its notebooks are written in two formats"]
    lines += [f"{name.name}: {each.why}" for name, each in found.items()]
    return "\n".join(lines)


def notebooks_below(folder: Path) -> tuple[Path, ...]:
    """Give the notebooks that lie directly in `folder`, in the order of their names."""
    return tuple(sorted(path for path in folder.glob("*.ipynb") if path.is_file()))


def _notebook(path: Path) -> Found:
    try:
        notebook = read(path.read_bytes())
    except NotebookRejected as problem:
        raise AuthoringError(f"{path}: {problem.reason}") from problem
    except OSError as problem:
        raise AuthoringError(f"{path}: cannot be read: {problem.strerror}") from problem
    by_nbgrader, by_otter = _nbgrader_mark(notebook), _otter_mark(notebook)
    if by_nbgrader and by_otter:
        raise AuthoringError(
            f"{path}: carries the marks of nbgrader ({by_nbgrader}) and of otter ({by_otter})",
            hint="Take away the marks of the format that it is not written in.",
        )
    if by_nbgrader:
        return Found(
            dialect=Dialect.NBGRADER_SOURCE, why=f"nbgrader source, known by {by_nbgrader} in {path.name}"
        )
    if by_otter:
        return Found(dialect=Dialect.OTTER_MASTER, why=f"otter master, known by {by_otter} in {path.name}")
    return Found(
        dialect=Dialect.PLAIN_NOTEBOOK, why=f"{path.name}, a notebook without any marks of nbgrader or otter"
    )


def _nbgrader_mark(notebook: Notebook) -> str:
    for position, cell in enumerate(notebook.cells):
        marks = cell.metadata.get("nbgrader", {})
        if cell.grade_id and any(marks.get(flag) for flag in ("grade", "solution", "locked", "task")):
            return f'the grade_id "{cell.grade_id}" of cell {position + 1}'
    return ""


def _otter_mark(notebook: Notebook) -> str:
    for position, cell in enumerate(notebook.cells):
        mark = _OTTER_CELL.match(cell.source) if cell.cell_type == "raw" else None
        fenced = _OTTER_FENCE.search(cell.source) if cell.cell_type == "markdown" else None
        if mark:
            return f'the raw cell "{" ".join(mark.group(0).split())}", cell {position + 1}'
        if fenced:
            return f'the fenced block "{" ".join(fenced.group(1).split())}" of cell {position + 1}'
    return ""


def _archive(path: Path) -> Found:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as problem:
        raise AuthoringError(f"{path}: the zip file cannot be read") from problem
    own = [name for name in names if name.rsplit("/", 1)[-1] == FILE_NAME]
    if own and OTTER_CONFIG in names:
        raise AuthoringError(f"{path}: holds {OTTER_CONFIG} of otter and {own[0]} of ours")
    if OTTER_CONFIG in names:
        return Found(
            dialect=Dialect.OTTER_ZIP, why=f"otter autograder, known by {OTTER_CONFIG} in {path.name}"
        )
    if own:
        raise AuthoringError(
            f"{path}: is an archive of our own assignment or release ({own[0]})",
            hint="Unpack it and give the folder.",
        )
    raise AuthoringError(
        f"{path}: is a zip file without {OTTER_CONFIG}, so no autograder of otter", hint=HINT
    )


def _assignments_of(source: Path) -> list[str]:
    """Give the names of the folders below `source/` that hold notebooks: assignments of a course."""
    if not source.is_dir():
        return []
    return sorted(
        folder.name
        for folder in source.iterdir()
        if folder.is_dir() and folder.name != _LEFT_BY_TOOLS and notebooks_below(folder)
    )


def _named(notebooks: Iterable[Path], folder: Path) -> str:
    return ", ".join(path.relative_to(folder).as_posix() for path in notebooks)
