"""Turn one nbgrader source notebook into one of ours: header, footer, markers and names of cells.

Tests come in the place of AUTOTEST lines. What needs no change stays byte for byte as it was, outputs and
metadata of other tools included. Whether the regions pair up is not asked here; `verify` and `release` find
out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autograder.errors import AuthoringError
from autograder.formats.nbgrader import Grading, MetadataRejected, gradings, qualified
from autograder.formats.notebook import Notebook, NotebookRejected, read, to_text
from autograder.interop.autotest import has_autotests, instantiated
from autograder.interop.nbgrader_settings import Course

_COMMENT_ONLY: Final = re.compile(r"[\s#%/*<>!=-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNotebook:
    """One notebook of a source folder. `raw` is what the imported one holds; `gradings` are by grade_id."""

    name: str
    raw: bytes
    notebook: Notebook
    gradings: Mapping[str, tuple[int, Grading]]
    notes: tuple[str, ...] = ()


def source_notebook(path: Path, course: Course, taken: Mapping[str, str]) -> SourceNotebook:
    """Read a source notebook and make it ours. `taken` maps grade_ids of earlier notebooks to their names.

    Raises AuthoringError that names file and cell: a notebook that cannot be read, another language, a newer
    schema, an id that is given twice.
    """
    raw, notebook = _read(path)
    if notebook.language not in ("python", "python3", "ipython"):
        raise AuthoringError(
            f"{path}: is written in {notebook.language}; only Python notebooks can be run",
            hint="Leave this assignment in nbgrader.",
        )
    _graded(path, notebook)
    top = _top(raw, notebook)
    cells = list(top["cells"])
    for place, named in ((0, course.header), (None, course.footer)):
        if named:
            around = _around(course.root / named)
            cells = around + cells if place == 0 else cells + around
    tested = _with_autotests(path, {**top, "cells": cells}, course)
    cells = [_with_our_markers(cell, course) for cell in tested]
    renamed = _made_unique(cells, path.stem, taken)
    changed = cells != top["cells"] or top["nbformat"] != _format_of(raw)
    made = _dumped({**top, "cells": cells}) if changed else raw
    again = read(made)
    notes = [
        f'{path.name}: the cell "{old}" is called "{new}" here, since {taken[old]} has one of that name; '
        "submissions are understood all the same"
        for old, new in renamed.items()
    ]
    return SourceNotebook(
        name=path.name, raw=made, notebook=again, gradings=_graded(path, again), notes=tuple(notes)
    )


def _read(path: Path) -> tuple[bytes, Notebook]:
    try:
        raw = path.read_bytes()
        return raw, read(raw)
    except NotebookRejected as problem:
        raise AuthoringError(f"{path}: {problem.reason}") from problem
    except OSError as problem:
        raise AuthoringError(f"{path}: cannot be read: {problem.strerror}") from problem


def _graded(path: Path, notebook: Notebook) -> Mapping[str, tuple[int, Grading]]:
    try:
        return gradings(notebook)
    except MetadataRejected as problem:
        raise AuthoringError(f"{path}: {problem.reason}") from problem


def _top(raw: bytes, notebook: Notebook) -> dict[str, Any]:
    """Give the notebook's JSON in format 4; one of format 3 without what only that had."""
    top = json.loads(raw.decode("utf-8-sig")) if _format_of(raw) == 4 else None
    if not isinstance(top, dict):
        top = json.loads(to_text(notebook, outputs=False))
    return dict(top)


def _format_of(raw: bytes) -> int:
    found = json.loads(raw.decode("utf-8-sig"))["nbformat"]
    return int(found)


def _dumped(top: Mapping[str, Any]) -> bytes:
    return (json.dumps(top, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _with_autotests(path: Path, top: dict[str, Any], course: Course) -> list[dict[str, Any]]:
    """Give the cells, tests in the place of AUTOTEST lines. nbgrader's salts depend on what else is there."""
    if has_autotests(top["cells"]):
        if not course.may_run:
            raise AuthoringError(
                f"{path}: has AUTOTEST lines. nbgrader makes tests of them by running the notebook on this "
                "machine; if you trust the course, `autograder import nbgrader --trust-config` does it"
            )
        names = {"name": str(path), "templates": course.autotest_filename}
        top = instantiated(top, folder=path.parent, root=course.root, **names)
    return list(top["cells"])


def _around(path: Path) -> list[dict[str, Any]]:
    """Give the cells of a header or footer notebook."""
    if not path.is_file():
        raise AuthoringError(
            f"{path}: the course's configuration names it as header or footer, and it is not there"
        )
    raw, notebook = _read(path)
    _graded(path, notebook)
    return list(_top(raw, notebook)["cells"])


def _with_our_markers(cell: dict[str, Any], course: Course) -> dict[str, Any]:
    """Write a course's own markers as the usual ones. What stood on a marker's line stays in the region."""
    pairs = [
        (delimiter, meant)
        for delimiter, meant in (
            (course.begin_solution_delimeter, "BEGIN SOLUTION"),
            (course.end_solution_delimeter, "END SOLUTION"),
            (course.begin_test_delimeter, "BEGIN HIDDEN TESTS"),
            (course.end_test_delimeter, "END HIDDEN TESTS"),
            (course.begin_mark_scheme_delimeter, "BEGIN MARK SCHEME"),
            (course.end_mark_scheme_delimeter, "END MARK SCHEME"),
        )
        if meant not in delimiter
    ]
    source = _source(cell)
    if not any(delimiter in source for delimiter, _ in pairs):
        return cell
    sign = "###" if cell["cell_type"] == "code" else "==="
    lines: list[str] = []
    for line in source.split("\n"):
        found = next(((delimiter, meant) for delimiter, meant in pairs if delimiter in line), None)
        if found is None:
            lines.append(line)
            continue
        indent = line[: len(line) - len(line.lstrip())]
        marker = f"{indent}{sign} {found[1]}" + (f" {sign}" if sign == "===" else "")
        rest = line.replace(found[0], "").rstrip().rstrip("#").rstrip()
        kept = [] if _COMMENT_ONLY.fullmatch(rest) else [rest]
        lines += [marker, *kept] if found[1].startswith("BEGIN") else [*kept, marker]
    return {**cell, "source": "\n".join(lines).splitlines(keepends=True)}


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _made_unique(cells: list[dict[str, Any]], stem: str, taken: Mapping[str, str]) -> dict[str, str]:
    """Give cells whose grade_id an earlier notebook has another one; return which, old and new.

    nbgrader wants ids unique in a notebook, we in an assignment. The new name begins with the notebook's, by
    which `execution.prepare` finds it again in notebooks that were handed out with the old one.
    """
    own = {str(marks.get("grade_id", "")) for marks in map(_marks, cells)}
    renamed: dict[str, str] = {}
    for position, cell in enumerate(cells):
        marks = _marks(cell)
        old = marks.get("grade_id")
        if not isinstance(old, str) or old not in taken:
            continue
        new = qualified(stem, old)
        if new in taken or new in own:
            raise AuthoringError(
                f'{stem}.ipynb: the cell "{old}" needs another name: {taken[old]} has one of that name, and '
                f'"{new}" is taken'
            )
        metadata = {**cell["metadata"], "nbgrader": {**marks, "grade_id": new}}
        cells[position] = {**cell, "metadata": metadata}
        renamed[old] = new
    return renamed


def _marks(cell: Mapping[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    has_role = isinstance(marks, dict) and any(
        marks.get(flag) for flag in ("grade", "solution", "locked", "task")
    )
    return dict(marks) if isinstance(marks, dict) and has_role else {}


def imported_modules(notebooks: Sequence[Notebook]) -> frozenset[str]:
    """Give the names of the modules that code cells import, the first part of each."""
    return frozenset(
        name
        for notebook in notebooks
        for cell in notebook.cells
        if cell.cell_type == "code"
        for line in cell.source.split("\n")
        for name in _imported(line)
    )


def _imported(line: str) -> list[str]:
    """Give what one line imports; lines are read, not parsed, since a cell may hold commands of IPython."""
    if found := re.match(r"\s*from\s+([A-Za-z_]\w*)[\w.]*\s+import\b", line):
        return [found.group(1)]
    if found := re.match(r"\s*import\s+(.+)", line):
        return re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", found.group(1).split("#")[0])
    return []
