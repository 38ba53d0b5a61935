"""Builders of nbgrader courses: every kind of cell, every schema, headers, data files and submissions.

`a_course(folder)` writes a course of two assignments that nbgrader itself accepts. All text is our own.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PS1, SCHEMAS = "ps1", "schemas"
Json = dict[str, Any]

ANSWER = {"grade": False, "locked": False, "solution": True, "task": False}
TESTS = {"grade": True, "locked": True, "solution": False, "task": False}
WRITTEN = {"grade": True, "locked": False, "solution": True, "task": False}
TASK = {"grade": False, "locked": True, "solution": False, "task": True}
FIXED = {"grade": False, "locked": True, "solution": False, "task": False}

SQUARES = """\
def squares(n):
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i * i for i in range(1, n + 1)]
    ### END SOLUTION"""
TEST_SQUARES = """\
assert squares(1) == [1]
assert squares(3) == [1, 4, 9]
### BEGIN HIDDEN TESTS
assert squares(5)[-1] == 25
### END HIDDEN TESTS"""
TEST_ERROR = """\
try:
    squares(0)
except ValueError:
    pass
else:
    raise AssertionError("squares(0) must raise a ValueError")"""
TEST_PARTS = """\
points = 0
if squares(2) == [1, 4]:
    points += 1
if squares(4)[-1] == 16:
    points += 0.5
points"""
MEAN = """\
def mean_of_file(name):
    ### BEGIN SOLUTION
    numbers = [float(line) for line in open(name)]
    return sum(numbers) / len(numbers)
    ### END SOLUTION"""
TEST_MEAN = "assert mean_of_file('data/numbers.txt') == 2.5"
MARK_SCHEME = """\
Draw the graph of your function on paper and describe it.
=== BEGIN MARK SCHEME ===
One point for the axes, one for the shape.
=== END MARK SCHEME ==="""


def cell(source: str, kind: str = "code", **marks: Any) -> Json:
    """A cell; with marks it has nbgrader's metadata, schema 3 unless `schema_version` says otherwise."""
    metadata = {"nbgrader": {"schema_version": 3, **marks}} if marks else {}
    made: Json = {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True)}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def notebook(cells: Sequence[Json], language: str = "python") -> Json:
    """A notebook of format 4.4: its cells have no ids, as in older courses."""
    kernel = {"display_name": "Python 3", "language": language, "name": "python3"}
    return {"cells": list(cells), "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 4}


def problem1() -> Json:
    """Answers in code, tests of all kinds, a written answer."""
    return notebook(
        [
            cell("# Problem 1\nWrite a function and test it.", "markdown"),
            cell("import math", grade_id="imports", **FIXED),
            cell("## Part A (3 points)\nThe squares of 1 to `n`.", "markdown"),
            cell(SQUARES, grade_id="squares", **ANSWER),
            cell("print(squares(4))"),
            cell(TEST_SQUARES, grade_id="test_squares", points=2, **TESTS),
            cell(TEST_ERROR, grade_id="test_error", points=1, **TESTS),
            cell("## Part B", "markdown"),
            cell(TEST_PARTS, grade_id="test_parts", points=1.5, **TESTS),
            cell("Squares grow.", "markdown", grade_id="why", points=3, **WRITTEN),
        ]
    )


def problem2() -> Json:
    """A data file, code that a person reads, a task with a mark scheme, an id that problem 1 has too."""
    return notebook(
        [
            cell("# Problem 2", "markdown", grade_id="intro", **FIXED),
            cell("import math", grade_id="imports", **FIXED),
            cell(MEAN, grade_id="mean", **ANSWER),
            cell(TEST_MEAN, grade_id="test_mean", points=4, **TESTS),
            cell("# a plot\nprint(mean_of_file('data/numbers.txt'))", grade_id="plot", points=2, **WRITTEN),
            cell(MARK_SCHEME, "markdown", grade_id="graph", points=2, **TASK),
        ]
    )


def header() -> Json:
    """What stands above every notebook of the course."""
    return notebook(
        [cell("Restart the kernel and run all cells before you hand in.", "markdown"), cell('NAME = ""')]
    )


def schemas() -> Mapping[str, Json]:
    """One notebook for each schema of nbgrader's metadata, 0 to 3, as older versions wrote them."""

    def made(number: int) -> Json:
        old = number < 1
        answer: Json = {"grade_id": f"add{number}", "solution": True, "grade": False}
        test: Json = {"grade_id": f"test_add{number}", "solution": False, "grade": True}
        test |= {"points": "2" if old else 2.0}
        empty: Json = {"grade_id": f"unused{number}", "solution": False, "grade": False}
        if not old:
            answer |= {"locked": False, "schema_version": number}
            test |= {"locked": True, "schema_version": number}
            empty |= {"locked": False, "schema_version": number}
        if number == 3:
            answer, test, empty = ({**marks, "task": False} for marks in (answer, test, empty))
        cells = [
            cell(f"def add{number}(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION"),
            cell(f"assert add{number}(1, 2) == 3"),
            cell("1 + 1"),
        ]
        for one, marks in zip(cells, (answer, test, empty), strict=True):
            one["metadata"] = {"nbgrader": marks}
        return notebook(cells)

    return {f"schema{number}.ipynb": made(number) for number in range(4)}


def released(source: Json) -> Json:
    """What students got, roughly: stubs for solutions, no hidden tests. Enough to hand something in."""
    made = copy.deepcopy(source)
    for one in made["cells"]:
        text, kept, inside = "".join(one["source"]), [], ""
        for line in text.split("\n"):
            if "BEGIN " in line:
                inside = "solution" if "SOLUTION" in line else "hidden"
                indent = line[: len(line) - len(line.lstrip())]
                if inside == "solution":
                    kept += [f"{indent}# YOUR CODE HERE", f"{indent}raise NotImplementedError()"]
            elif "END " in line and inside:
                inside = ""
            elif not inside:
                kept.append(line)
        one["source"] = "\n".join(kept).splitlines(keepends=True)
    return made


def solved(source: Json) -> Json:
    """What a student with every right answer hands in: the released cells, with the author's solutions."""
    made = released(source)
    for one, own in zip(made["cells"], source["cells"], strict=True):
        if own["metadata"].get("nbgrader", {}).get("solution"):
            lines = [line for line in own["source"] if "BEGIN SOLUTION" not in line]
            one["source"] = [line for line in lines if "END SOLUTION" not in line]
    return made


def write(path: Path, content: Json | str) -> Path:
    """Write a notebook or a text file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
    return path


CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "course101"
c.IncludeHeaderFooter.header = "source/header.ipynb"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}
"""


def a_course(folder: Path, config: str = CONFIG) -> Path:
    """Write a course folder: `source/ps1` and `source/schemas`, a header, a data file, a configuration."""
    write(folder / "nbgrader_config.py", config)
    write(folder / "source/header.ipynb", header())
    write(folder / "source/ps1/problem1.ipynb", problem1())
    write(folder / "source/ps1/problem2.ipynb", problem2())
    write(folder / "source/ps1/data/numbers.txt", "1\n2\n3\n4\n")
    write(folder / "source/ps1/__pycache__/left.pyc", "")
    for name, content in schemas().items():
        write(folder / "source/schemas" / name, content)
    return folder


def hand_in(
    course: Path,
    student: str,
    notebooks: Mapping[str, Json],
    *,
    assignment: str = PS1,
    timestamp: str = "2026-03-02 10:15:00 UTC",
) -> Path:
    """Write what a student submitted where nbgrader collects it."""
    folder = course / "submitted" / student / assignment
    for name, content in notebooks.items():
        write(folder / name, content)
    if timestamp:
        write(folder / "timestamp.txt", timestamp)
    return folder
