"""A course of one assignment with two notebooks, as long as a first week's, for measurements on both sides.

The notebooks hold what such an assignment holds: plain text, answers in code with visible and hidden tests, a
cell whose points come in parts, written answers, a task. Submissions are right, wrong or left as handed out.
"""

from __future__ import annotations

import json
from pathlib import Path

from small_assignment import cell

ASSIGNMENT = "ps1"
NOTEBOOKS = ("problem1.ipynb", "problem2.ipynb")
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
SQUARES = "def squares(n):\n    '''The squares of 1 to n.'''\n    {}"
SQUARES_RIGHT = "if n < 1:\n        raise ValueError('n')\n    return [i * i for i in range(1, n + 1)]"
TOTAL = "def total(n):\n    '''The sum of the squares of 1 to n.'''\n    {}"
TOTAL_RIGHT = "return sum(squares(n))"
CLEANED = "def cleaned(rows):\n    '''The rows without those that hold no number.'''\n    {}"
CLEANED_RIGHT = "return [row for row in rows if isinstance(row, (int, float))]"
ANSWER = {"grade": False, "locked": False, "solution": True}
TEST = {"grade": True, "locked": True, "solution": False}
WRITTEN = {"grade": True, "locked": False, "solution": True}
FIXED = {"grade": False, "locked": True, "solution": False}


def region(text: str, right: str, *, source: bool, answer: str) -> str:
    """A solution cell: with its region in the source, with a student's answer in a submission."""
    inside = f"### BEGIN SOLUTION\n    {right}\n    ### END SOLUTION" if source else answer
    return text.format(inside)


def hidden(text: str, *, source: bool) -> str:
    """The hidden part of a test cell, in the source only."""
    return f"### BEGIN HIDDEN TESTS\n{text}\n### END HIDDEN TESTS" if source else ""


def cells_of(name: str, student: int | None) -> list[dict[str, object]]:
    """The cells of one notebook: the author's without a student, else what that student handed in."""
    source = student is None
    stub = STUB.replace("\n", "\n    ")
    kind = "right" if student is None else ("right", "right", "wrong", "stub")[student % 4]

    def answer(right: str, wrong: str) -> str:
        return {"right": right, "wrong": wrong, "stub": stub}[kind]

    def test(visible: str, secret: str) -> str:
        return "\n".join(part for part in (visible, hidden(secret, source=source)) if part)

    if name == NOTEBOOKS[0]:
        made = [
            ("markdown", "# Problem 1\nFill in what is missing and run all cells.", {}),
            ("code", "import math\nimport statistics", dict(grade_id="imports", **FIXED)),
            ("markdown", "## Part A\nWrite `squares`.", {}),
            ("code", region(SQUARES, SQUARES_RIGHT, source=source, answer=answer(SQUARES_RIGHT, "return []")),
             dict(grade_id="squares", **ANSWER)),
            ("code", "print(squares(5))", {}),
            ("code", test("assert squares(1) == [1]\nassert squares(3) == [1, 4, 9]",
                          "assert squares(20)[-1] == 400"), dict(grade_id="test_squares", points=2, **TEST)),
            ("code", "try:\n    squares(0)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError",
             dict(grade_id="test_squares_zero", points=1, **TEST)),
            ("markdown", "## Part B\nWrite `total`.", {}),
            ("code", region(TOTAL, TOTAL_RIGHT, source=source, answer=answer(TOTAL_RIGHT, "return n")),
             dict(grade_id="total", **ANSWER)),
            ("code", test("assert total(1) == 1\nassert total(3) == 14", "assert total(100) == 338350"),
             dict(grade_id="test_total", points=2, **TEST)),
            ("markdown", "A sum of squares is ..." if kind == "right" else "YOUR ANSWER HERE",
             dict(grade_id="why_total", points=2, **WRITTEN)),
            ("code", "print(total(10))" if kind != "stub" else STUB,
             dict(grade_id="show", points=1, **WRITTEN)),
        ]  # fmt: skip
    else:
        made = [
            ("markdown", "# Problem 2\nThis one is about data that is not clean.", {}),
            ("code", "rows = [1, 'two', 3.5, None, 5]", dict(grade_id="rows", **FIXED)),
            ("code",
             region(CLEANED, CLEANED_RIGHT, source=source, answer=answer(CLEANED_RIGHT, "return rows")),
             dict(grade_id="cleaned", **ANSWER)),
            ("code", test("points = 0\nif cleaned(rows) == [1, 3.5, 5]:\n    points += 2\n"
                          "if cleaned([]) == []:\n    points += 1\npoints", ""),
             dict(grade_id="test_cleaned", points=3, **TEST)),
            ("code", test("assert 'two' not in cleaned(rows)", "assert cleaned(['a', 'b']) == []"),
             dict(grade_id="test_cleaned_words", points=1, **TEST)),
            ("markdown", "Explain what you left out, and why." + (
                "\n### BEGIN MARK SCHEME\nOne point for None, one for the words.\n### END MARK SCHEME"
                if source else ""), dict(grade_id="left_out", points=2, task=True, **FIXED)),
        ]  # fmt: skip
    return [cell(kind, text, number, **mark) for number, (kind, text, mark) in enumerate(made)]  # type: ignore[arg-type]


def notebook(name: str, student: int | None) -> str:
    """One notebook as text."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    top = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}}
    return json.dumps({**top, "cells": cells_of(name, student)})


def write_course(folder: Path, students: int) -> Path:
    """Write an nbgrader course with its source and submissions; give its folder."""
    (folder / "source" / ASSIGNMENT).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    for name in NOTEBOOKS:
        (folder / "source" / ASSIGNMENT / name).write_text(notebook(name, None))
        for student in range(students):
            home = folder / "submitted" / f"student{student:02}" / ASSIGNMENT
            home.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(notebook(name, student))
    return folder
