"""What an honest submission is made of, and how it becomes the archive a student would hand in."""

from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

HERE = Path(__file__).resolve().parent
HANDED_IN = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
Json = dict[str, Any]


class Prose(NamedTuple):
    """A cell that is not code."""

    source: str
    cell_type: str = "markdown"


Cells = tuple[str | Prose, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HonestCase:
    """Correct work in an unusual dress. It must keep every point and raise no suspicion.

    `first` and `last` are cells around the released notebook, `answers` replaces the usual answers by the
    names of their cells. `change` alters the notebook's JSON, `write` makes bytes of it, `pack` makes the
    archive (or another thing to hand in) of the files; what is left out is done as everybody does it.
    """

    id: str
    title: str
    first: Cells = ()
    last: Cells = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    notebook: str = ""
    change: Callable[[Json], None] | None = None
    write: Callable[[Json], bytes] | None = None
    pack: Callable[[Path, Mapping[str, bytes]], Path] | None = None
    needs: Literal["small", "course"] = "small"


def hand_in(case: HonestCase, folder: Path, assignment: Path, usual: Mapping[str, str]) -> Path:
    """Make what the student hands in below `folder`. `usual` maps answer cells to the usual answers."""
    name, released = released_notebook(assignment)
    notebook = copy.deepcopy(released)
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in usual:
            cell["source"] = case.answers.get(grade_id, usual[grade_id]).strip("\n")
    cells = [*map(as_cell, case.first), *notebook["cells"], *map(as_cell, case.last)]
    notebook["cells"] = [{**cell, "id": f"c{place}"} for place, cell in enumerate(cells)]
    if case.change is not None:
        case.change(notebook)
    written = case.write(notebook) if case.write is not None else json.dumps(notebook, indent=1).encode()
    own = {path: text.encode() if isinstance(text, str) else text for path, text in case.files.items()}
    folder.mkdir(parents=True)
    made = (case.pack or zipped)(folder, {case.notebook or name: written, **own})
    os.utime(made, (HANDED_IN.timestamp(),) * 2)
    return made


def as_cell(piece: str | Prose) -> Json:
    source, kind = piece if isinstance(piece, Prose) else (piece, "code")
    cell: Json = {"cell_type": kind, "metadata": {}, "source": source.strip("\n")}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


@cache
def released_notebook(assignment: Path) -> tuple[str, Json]:
    """The notebook as students get it."""
    from autograder.authoring.release import released_notebooks
    from autograder.config.assignment_file import load
    from autograder.formats.notebook import to_text

    [(name, notebook)] = released_notebooks(load(assignment)).items()
    released = json.loads(to_text(notebook, outputs=False))
    for cell in released["cells"]:
        cell["source"] = "".join(cell["source"])
    return name, released


def archive_name(folder: Path, *, behind: str = "") -> Path:
    """The name that the course asks for; the folder's name is the student's."""
    return folder / f"{folder.name}_{HANDED_IN:%Y%m%d}_1_HW1{behind}.zip"


def zipped(folder: Path, files: Mapping[str, bytes], *, behind: str = "") -> Path:
    """Pack the files as they are."""
    made = archive_name(folder, behind=behind)
    made.write_bytes(zip_of(files))
    return made


def zip_of(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return packed.getvalue()
