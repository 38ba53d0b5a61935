"""Make a small, complete assignment to start from: two functions, tests of each kind, a question, samples.

It needs nothing but numpy and passes `autograder verify` as it is. It is an example whose author replaces
what is in it, not a template engine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.authoring import scaffold_texts as texts
from autograder.errors import UsageError

NOTEBOOK = "lab.ipynb"


def new(folder: Path) -> tuple[Path, ...]:
    """Write a new assignment into `folder` and give the files that were written.

    The assignment's id is made from the folder's name. Raises UsageError when the folder holds anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there already", hint="Give a folder that is not there yet.")
    written = []
    for name, text in _files(assignment_id(folder.absolute().name)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return tuple(written)


def assignment_id(name: str) -> str:
    """Make an assignment's id out of a folder's name: letters, digits, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-") or "lab"


def _files(name: str) -> Mapping[str, str]:
    return {
        "assignment.toml": texts.ASSIGNMENT.format(id=name, notebook=NOTEBOOK),
        f"source/{NOTEBOOK}": _notebook(),
        "checks/test_lab.py": texts.CHECKS,
        "rubrics/reflection.toml": texts.RUBRIC,
        "samples/wrong_window/expected.toml": texts.WRONG_WINDOW,
        "samples/wrong_window/moving_average.py": texts.WRONG_WINDOW_CELL,
        "samples/half_done/expected.toml": texts.HALF_DONE,
        "samples/half_done/standardise.py": texts.HALF_DONE_CELL,
    }


def _notebook() -> str:
    cells = [
        _cell("intro", texts.INTRO, "markdown", locked=True),
        _cell("imports", "import numpy as np", locked=True),
        _cell("standardise_task", texts.STANDARDISE_TASK, "markdown", locked=True),
        _cell("standardise", texts.STANDARDISE, solution=True),
        _cell("test_standardise", texts.TEST_STANDARDISE, grade=True, locked=True, points=3),
        _cell("moving_average_task", texts.MOVING_AVERAGE_TASK, "markdown", locked=True),
        _cell("moving_average", texts.MOVING_AVERAGE, solution=True),
        _cell("test_moving_average", texts.TEST_MOVING_AVERAGE, grade=True, locked=True, points=3),
        _cell("reflection_task", texts.REFLECTION_TASK, "markdown", locked=True),
        _cell("reflection", texts.REFLECTION, "markdown", grade=True, solution=True, points=2),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(
    name: str, source: str, cell_type: str = "code", *, points: int = 0, **flags: bool
) -> dict[str, Any]:
    nbgrader: dict[str, Any] = {"schema_version": 3, "grade_id": name, "task": False}
    nbgrader |= {"grade": False, "solution": False, "locked": False, **flags}
    if flags.get("grade"):
        nbgrader["points"] = points
    cell: dict[str, Any] = {
        "cell_type": cell_type,
        "id": name.replace("_", "-"),
        "metadata": {"nbgrader": nbgrader},
        "source": source.strip("\n").splitlines(keepends=True),
    }
    return cell | ({"execution_count": None, "outputs": []} if cell_type == "code" else {})
