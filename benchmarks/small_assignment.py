"""A small nbgrader-format notebook and submissions of it, for measurements on both sides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

NOTEBOOK = "small.ipynb"
MARK = {"schema_version": 3, "task": False}
SOLUTION = (
    "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n    ### END SOLUTION\n"
)
TEST = (
    "assert mean([1, 2, 3]) == 2\n### BEGIN HIDDEN TESTS\nassert mean([2.5]) == 2.5\n### END HIDDEN TESTS\n"
)
ASSIGNMENT = f"""schema = 1
id = "small"
title = "Small"
notebooks = ["{NOTEBOOK}"]

[environment]
image = "small"

[[checks]]
id = "mean"
kind = "cells"
cell = "test_mean"
points = 2
title = "The mean of a list"
"""


def cell(kind: str, source: str, number: int, **nbgrader: object) -> dict[str, object]:
    """One notebook cell, with nbgrader metadata when some is given."""
    made: dict[str, object] = {
        "cell_type": kind, "id": f"cell-{number}", "source": source,
        "metadata": {"nbgrader": {**MARK, **nbgrader}} if nbgrader else {},
    }  # fmt: skip
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def source_notebook() -> dict[str, object]:
    """The instructor's notebook: a solution cell, a test cell with a hidden part, and plain cells."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            cell("markdown", "# Small", 0),
            cell("code", "values = list(range(1000))\nprint(sum(values))", 1),
            cell("code", SOLUTION, 2, grade=False, grade_id="mean", locked=False, solution=True),
            cell("code", TEST, 3, grade=True, grade_id="test_mean", locked=True, solution=False, points=2),
            cell("code", "print('done')", 4),
        ],
    }


def submitted_notebook() -> dict[str, object]:
    """What a student hands in: the solution filled in, the hidden part absent."""
    notebook = source_notebook()
    for each in notebook["cells"]:  # type: ignore[attr-defined]
        lines = each["source"].splitlines(keepends=True)
        kept, hidden = [], False
        for line in lines:
            if "BEGIN HIDDEN" in line:
                hidden = True
            elif "END HIDDEN" in line:
                hidden = False
            elif "SOLUTION" not in line and not hidden:
                kept.append(line)
        each["source"] = "".join(kept)
    return notebook


def our_folder(folder: Path) -> Path:
    """Write the assignment in our layout."""
    (folder / "source").mkdir(parents=True)
    (folder / "source" / NOTEBOOK).write_text(json.dumps(source_notebook()))
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    return folder


def submissions(folder: Path, count: int) -> list[Path]:
    """Write `count` submissions, a folder each, which differ by one comment."""
    made = []
    for number in range(count):
        home = folder / f"student{number:02}"
        home.mkdir(parents=True)
        notebook = submitted_notebook()
        notebook["cells"][1]["source"] += f"\n# {number}"  # type: ignore[index]
        (home / NOTEBOOK).write_text(json.dumps(notebook))
        made.append(home)
    return made


def nbgrader_course(folder: Path, students: list[Path]) -> Path:
    """Write an nbgrader course with the source and the same submissions."""
    (folder / "source" / "small").mkdir(parents=True)
    (folder / "source" / "small" / NOTEBOOK).write_text(json.dumps(source_notebook()))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    for student in students:
        target = folder / "submitted" / student.name / "small"
        target.mkdir(parents=True)
        shutil.copy(student / NOTEBOOK, target / NOTEBOOK)
    return folder
