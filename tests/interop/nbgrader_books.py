"""Gradebooks made with nbgrader's own `Gradebook`, and what it says is in one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DUE = "2026-03-01 23:59:59.000000 UTC"
HANDED_IN = "2026-03-01 20:15:30.250000 UTC"
KERNEL = json.dumps({"display_name": "Python 3", "language": "python", "name": "python3"})


@contextmanager
def nbgrader_gradebook(url: str) -> Iterator[Any]:
    """nbgrader's own object. It looks for the command `alembic`, which stands beside our Python."""
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        from nbgrader.api import Gradebook

        with Gradebook(url) as book:
            yield book
    finally:
        os.environ["PATH"] = path


def fill(url: str) -> None:
    """A course in the middle of its term: two notebooks with a cell of the same name, every kind of cell."""
    with nbgrader_gradebook(url) as book:
        book.add_assignment("ps 1", duedate=DUE)
        for name in ("problem1", "problem2"):
            book.add_notebook(name, "ps 1", kernelspec=KERNEL)
        a_test(book, "squares_test", "problem1", 2.5)
        a_test(book, "sum_test", "problem1", 3.0)
        an_answer(book, "squares", "problem1")
        an_answer(book, "essay", "problem1", points=4.0)
        a_test(book, "squares_test", "problem2", 1.0)
        a_task(book, "plot", "problem2", 5.0)
        book.add_source_cell("note", "problem2", "ps 1", cell_type="markdown", locked=True, source="Read me.")
        for student in ("student01", "student02", "student03", "student04"):
            book.add_student(student)
        first = book.add_submission("ps 1", "student01", timestamp=HANDED_IN)
        grade(book, "student01", "problem1", "squares_test", auto=2.5)
        grade(book, "student01", "problem1", "sum_test", auto=1.0 / 3.0, extra=0.5)
        grade(book, "student01", "problem1", "essay", manual=3.5)
        grade(book, "student01", "problem2", "squares_test", auto=0.0, manual=0.5)
        grade(book, "student01", "problem2", "plot", manual=0.0, extra=1.0)
        say(book, "student01", "problem1", "essay", manual="Well argued.\nBut: why?")
        say(book, "student01", "problem1", "squares", manual="Use a comprehension.")
        say(book, "student01", "problem2", "plot", manual="No axes.")
        penalise(book, first, "problem1", 0.25)
        penalise(book, first, "problem2", 0.0)
        book.add_submission("ps 1", "student02", timestamp="2026-03-02 08:00:00.000000 UTC")
        grade(book, "student02", "problem1", "squares_test", auto=0.0)
        grade(book, "student02", "problem1", "sum_test", auto=3.0)
        grade(book, "student02", "problem1", "essay", auto=0.0)
        say(book, "student02", "problem1", "essay", auto="No response.")
        say(book, "student02", "problem1", "squares", auto="No response.")
        grade(book, "student02", "problem2", "squares_test", auto=1.0)
        book.add_submission("ps 1", "student03")
        book.add_assignment("quiz")
        book.add_notebook("quiz", "quiz", kernelspec="{}")
        book.add_grade_cell("q", "quiz", "quiz", max_score=1.0, cell_type="code")
        book.db.commit()


def a_test(book: Any, name: str, notebook: str, points: float, assignment: str = "ps 1") -> None:
    book.add_grade_cell(name, notebook, assignment, max_score=points, cell_type="code")
    book.add_source_cell(
        name, notebook, assignment, cell_type="code", locked=True, checksum="c0ffee",
        source="### BEGIN HIDDEN TESTS\nassert squares(2) == [1, 4]\n### END HIDDEN TESTS",
    )  # fmt: skip


def an_answer(book: Any, name: str, notebook: str, points: float | None = None) -> None:
    kind = "code" if points is None else "markdown"
    if points is not None:
        book.add_grade_cell(name, notebook, "ps 1", max_score=points, cell_type=kind)
    book.add_solution_cell(name, notebook, "ps 1")
    book.add_source_cell(name, notebook, "ps 1", cell_type=kind, locked=False, source="...")


def a_task(book: Any, name: str, notebook: str, points: float) -> None:
    book.add_task_cell(name, notebook, "ps 1", max_score=points, cell_type="markdown")
    book.add_source_cell(name, notebook, "ps 1", cell_type="markdown", locked=False, source="Draw it.")


def grade(
    book: Any, student: str, notebook: str, cell: str, *,
    auto: float | None = None, manual: float | None = None, extra: float | None = None,
    needs: bool | None = None, assignment: str = "ps 1",
) -> None:  # fmt: skip
    found = book.find_grade(cell, notebook, assignment, student)
    found.auto_score, found.manual_score, found.extra_credit = auto, manual, extra
    found.needs_manual_grade = (auto is None and manual is None) if needs is None else needs


def say(
    book: Any, student: str, notebook: str, cell: str, *, auto: str | None = None, manual: str | None = None
) -> None:
    found = book.find_comment(cell, notebook, "ps 1", student)
    found.auto_comment, found.manual_comment = auto, manual


def penalise(book: Any, submission: Any, notebook: str, points: float) -> None:
    (found,) = [each for each in submission.notebooks if each.name == notebook]
    found.late_submission_penalty = points


def contents(url: str) -> dict[str, Any]:
    """What nbgrader's own objects say is in a gradebook, of what both sides can hold."""
    with nbgrader_gradebook(url) as book:
        return {
            assignment.name: {
                "max_score": assignment.max_score,
                "notebooks": {
                    notebook.name: {
                        "kernelspec": notebook.kernelspec,
                        "tests": {
                            cell.name: (cell.max_score, cell.cell_type) for cell in notebook.grade_cells
                        },
                        "tasks": {
                            cell.name: (cell.max_score, cell.cell_type) for cell in notebook.task_cells
                        },
                        "answers": sorted(cell.name for cell in notebook.solution_cells),
                        "sources": {
                            cell.name: (cell.cell_type, cell.locked, cell.source, cell.checksum)
                            for cell in notebook.source_cells
                        },
                    }
                    for notebook in assignment.notebooks
                },
                "submissions": {work.student.id: submitted(work) for work in assignment.submissions},
            }
            for assignment in book.assignments
        }


def submitted(work: Any) -> dict[str, Any]:
    return {
        "timestamp": work.timestamp,
        "score": work.score,
        "late": work.late_submission_penalty,
        "needs": work.needs_manual_grade,
        "grades": {
            f"{part.name}/{grade.name}": (
                grade.auto_score, grade.manual_score, grade.extra_credit, grade.needs_manual_grade,
                grade.score, grade.max_score,
            )
            for part in work.notebooks
            for grade in part.grades
        },
        "comments": {
            f"{part.name}/{comment.name}": (comment.auto_comment, comment.manual_comment)
            for part in work.notebooks
            for comment in part.comments
        },
        "penalties": {part.name: part.late_submission_penalty for part in work.notebooks},
    }  # fmt: skip


def describe(url: str) -> None:
    """Say more about a course that `fill` made: names, addresses, an extension."""
    with nbgrader_gradebook(url) as book:
        book.update_or_create_student(
            "student01",
            first_name="Maria",
            last_name="Garcia Lopez",
            email="s01@example.edu",
            lms_user_id="77",
        )
        book.update_or_create_student("student02", first_name="Zoë", last_name="Student")
        book.update_or_create_student("student04", last_name="Plato", lms_user_id="78")
        book.grant_extension("ps 1", "student02", days=1, hours=6)


def people_and_dates(url: str) -> dict[str, Any]:
    """What nbgrader's own objects say of students, due dates and extensions."""
    with nbgrader_gradebook(url) as book:
        return {
            "students": {
                one.id: (one.first_name, one.last_name, one.email, one.lms_user_id) for one in book.students
            },
            "due": {one.name: one.duedate for one in book.assignments},
            "extensions": {
                f"{one.name}, {work.student.id}": work.extension
                for one in book.assignments
                for work in one.submissions
            },
        }
