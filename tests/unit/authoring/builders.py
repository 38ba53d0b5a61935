"""Builds small assignment folders for the tests of authoring."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.config.assignment_file import load
from autograder.model.assignment import Assignment

TOML = """schema = 1
id = "lab"
title = "A small lab"
notebooks = ["lab.ipynb"]
contract = ["double"]

[[checks]]
id = "double.visible"
kind = "cells"
cell = "test_double"
points = 2
visibility = "visible"

[[checks]]
id = "double.outside"
kind = "pytest"
assurance = "reported"
points = 3

[[checks]]
id = "why"
kind = "manual"
cell = "why"
points = 5
"""

SOLUTION = """def double(x):
    \"\"\"Give twice x.\"\"\"
    ### BEGIN SOLUTION
    doubled_value = x + x
    return doubled_value
    ### END SOLUTION"""

TESTS = """assert double(1) == 2
### BEGIN HIDDEN TESTS
assert double(-3.5) == -7.0, "negative"
### END HIDDEN TESTS"""

CHECKS = """from autograder.checks.api import check


@check("double.outside")
def doubles(student):
    assert student.call("double", 21) == 42
"""


def a_cell(source: str, cell_type: str = "code", **nbgrader: Any) -> dict[str, Any]:
    metadata = {"nbgrader": {"schema_version": 3, **nbgrader}} if nbgrader else {}
    cell: dict[str, Any] = {"cell_type": cell_type, "source": source, "metadata": metadata}
    if cell_type == "code":
        output = {"output_type": "stream", "name": "stdout", "text": "an output of the author"}
        cell |= {"outputs": [output], "execution_count": 3}
    return cell


def standard_cells() -> list[dict[str, Any]]:
    return [
        a_cell("# A small lab\nDouble a number.", "markdown", grade_id="intro", locked=True),
        a_cell(SOLUTION, grade_id="double", solution=True),
        a_cell(TESTS, grade_id="test_double", grade=True, points=2, locked=True),
        a_cell("Because adding is doubling, says the author.", "markdown", grade_id="why", grade=True,
               solution=True, points=5),
    ]  # fmt: skip


def notebook_text(cells: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": list(cells)})


def an_assignment_folder(
    folder: Path,
    *,
    cells: Sequence[Mapping[str, Any]] | None = None,
    toml: str = TOML,
    checks: str = CHECKS,
    course_files: Mapping[str, str] | None = None,
) -> Path:
    files = {
        "assignment.toml": toml,
        "source/lab.ipynb": notebook_text(standard_cells() if cells is None else cells),
        "checks/test_lab.py": checks,
        **{f"source/{name}": text for name, text in (course_files or {}).items()},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def a_loaded_assignment(folder: Path, **parts: Any) -> Assignment:
    return load(an_assignment_folder(folder, **parts))
