"""Read nbgrader's gradebook into values. Nothing in it is changed.

Rows that contradict each other (a grade of a cell that is not there, a student nobody knows, two grades for
one cell) are an error: nbgrader's own pages would show a part of them only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from autograder.errors import GradebookError
from gradebook.layout import CellLine, Layout, NotebookLine, SourceText
from gradebook.nbgrader_connection import reading
from gradebook.nbgrader_schema import is_empty, nbgrader_api
from gradebook.nbgrader_values import NbAssignment, NbBook, NbComment, NbGrade, NbPerson, NbWork, Place

Row = Mapping[str, Any]
_MOST_NAMED = 10


def read_book(where: str | Path, *, course: str = "") -> NbBook:
    """Everything in the gradebook at a URL or path, of `course` where it holds several.

    GradebookError when it is not there, is not nbgrader's or of another version, when it holds several
    courses and none is named, and when its rows contradict each other.
    """
    api = nbgrader_api()
    with reading(where) as db:
        if is_empty(db, _called(where)):
            raise GradebookError(f"{_called(where)} is empty: it holds no gradebook")
        return book_in(db, api, course)


def _called(where: str | Path) -> str:
    text = str(where)
    return "this database" if "://" in text and not text.startswith("sqlite") else Path(text).name


def book_in(db: Connection, api: Any, course: str = "") -> NbBook:
    """The gradebook that a connection shows; see `read_book`."""
    rows = {kind.__tablename__: _rows(db, kind) for kind in _kinds(api)}
    courses = sorted({row["course_id"] for row in rows["assignment"]})
    if len(courses) > 1 and not course:
        raise GradebookError(
            f"this gradebook holds several courses: {', '.join(courses)}",
            hint="Say which with --their-course.",
        )
    if course and course not in courses:
        raise GradebookError(f"no assignment is of the course {course!r}; there are: {', '.join(courses)}")
    wanted = [row for row in rows["assignment"] if not course or row["course_id"] == course]
    problems: list[str] = []
    found = _Assembly(rows, problems)
    assignments = tuple(found.assignment(row) for row in sorted(wanted, key=lambda row: row["name"]))
    if problems:
        shown = "\n".join(problems[:_MOST_NAMED])
        more = f"\nand {len(problems) - _MOST_NAMED} more" if len(problems) > _MOST_NAMED else ""
        raise GradebookError(
            f"rows of this gradebook contradict each other:\n{shown}{more}", hint="Restore a backup of it."
        )
    students = sorted(rows["student"], key=lambda row: row["id"])
    handed_in = {work.student for assignment in assignments for work in assignment.works}
    here = [row for row in students if len(courses) <= 1 or row["id"] in handed_in]
    people = {row["id"]: _person(row) for row in here}
    return NbBook(
        students=tuple(people),
        assignments=assignments,
        people={student: person for student, person in people.items() if person != NbPerson()},
        elsewhere=tuple(row["id"] for row in students if row["id"] not in people),
    )


def _person(row: Row) -> NbPerson:
    return NbPerson(
        first=row["first_name"] or "",
        last=row["last_name"] or "",
        email=row["email"] or "",
        lms_id=row["lms_user_id"] or "",
    )


def _kinds(api: Any) -> tuple[Any, ...]:
    return (
        api.Student, api.Assignment, api.Notebook, api.BaseCell, api.GradeCell, api.SolutionCell,
        api.TaskCell, api.SourceCell, api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.Comment,
    )  # fmt: skip


def _rows(db: Connection, kind: Any) -> list[Row]:
    return [row._asdict() for row in db.execute(select(kind.__table__))]


class _Assembly:
    """All rows, and the assignments made of them."""

    def __init__(self, rows: Mapping[str, list[Row]], problems: list[str]) -> None:
        self._problems = problems
        self._students = {row["id"] for row in rows["student"]}
        self._graded = {row["id"]: row for row in (*rows["grade_cells"], *rows["task_cells"])}
        self._by = {
            "notebooks": _grouped(rows["notebook"], "assignment_id"),
            "cells": _grouped(rows["base_cell"], "notebook_id"),
            "sources": _grouped(rows["source_cell"], "notebook_id"),
            "works": _grouped(rows["submitted_assignment"], "assignment_id"),
            "parts": _grouped(rows["submitted_notebook"], "assignment_id"),
            "grades": _grouped(rows["grade"], "notebook_id"),
            "comments": _grouped(rows["comment"], "notebook_id"),
        }

    def assignment(self, row: Row) -> NbAssignment:
        """One assignment with its cells and what students handed in."""
        notebooks = sorted(self._by["notebooks"][row["id"]], key=lambda each: each["name"])
        cells: list[CellLine] = []
        places: dict[str, Place] = {}
        worth: dict[Place, float] = {}
        for notebook in notebooks:
            for cell in self._by["cells"][notebook["id"]]:
                places[cell["id"]] = (notebook["name"], cell["name"])
                if cell["id"] in self._graded:
                    worth[notebook["name"], cell["name"]] = self._graded[cell["id"]]["max_score"]
            cells += self._cells(row["name"], notebook)
        return NbAssignment(
            name=row["name"],
            layout=Layout(
                notebooks=tuple(
                    NotebookLine(name=each["name"], kernelspec=each["kernelspec"]) for each in notebooks
                ),
                cells=tuple(cells),
            ),
            worth=worth,
            works=self._works(row, {each["id"]: each["name"] for each in notebooks}, places),
            duedate=_utc(row["duedate"]),
        )

    def _cells(self, assignment: str, notebook: Row) -> list[CellLine]:
        """The cells of a notebook in the order of its source, those without a source after them."""
        found: dict[str, CellLine] = {}
        for source in self._by["sources"][notebook["id"]]:
            text = SourceText(
                cell_type=source["cell_type"], locked=bool(source["locked"]), text=source["source"] or "",
                checksum=source["checksum"],
            )  # fmt: skip
            found[source["name"]] = CellLine(
                notebook=notebook["name"], name=source["name"], cell_type=source["cell_type"], source=text
            )
        for cell in sorted(self._by["cells"][notebook["id"]], key=lambda each: (each["name"], each["type"])):
            line = found.get(cell["name"]) or CellLine(
                notebook=notebook["name"], name=cell["name"], cell_type="code"
            )
            worth = self._graded.get(cell["id"])
            match cell["type"]:
                case "SolutionCell":
                    line = replace(line, answer=True)
                case "GradeCell" | "TaskCell" if line.graded or line.task or worth is None:
                    where = f"{assignment}, {notebook['name']}"
                    self._problems.append(f"{where}: the cell {cell['name']!r} has points twice, or none")
                case "GradeCell":
                    line = replace(line, graded=True, cell_type=(worth or {})["cell_type"])
                case _:
                    line = replace(line, task=True, cell_type=(worth or {})["cell_type"])
            found[cell["name"]] = line
        return list(found.values())

    def _works(
        self, row: Row, notebooks: Mapping[str, str], places: Mapping[str, Place]
    ) -> tuple[NbWork, ...]:
        works: dict[str, NbWork] = {}
        for work in self._by["works"][row["id"]]:
            student = work["student_id"]
            called = f"{row['name']}, {student}"
            if student not in self._students:
                self._problems.append(f"{called}: nobody of this id is among the students")
            elif student in works:
                self._problems.append(f"{called}: two submissions of one student")
            works[student] = self._work(work, called, notebooks, places)
        return tuple(work for _, work in sorted(works.items(), key=lambda item: str(item[0])))

    def _work(
        self, work: Row, called: str, notebooks: Mapping[str, str], places: Mapping[str, Place]
    ) -> NbWork:
        parts = self._by["parts"][work["id"]]
        grades: dict[Place, NbGrade] = {}
        comments: dict[Place, NbComment] = {}
        for part in parts:
            if part["notebook_id"] not in notebooks:
                self._problems.append(f"{called}: a notebook that is not the assignment's")
            for grade in self._by["grades"][part["id"]]:
                self._placed(grades, grade, places, f"{called}: a grade", NbGrade(
                    auto=grade["auto_score"], manual=grade["manual_score"], extra=grade["extra_credit"],
                    needs_person=bool(grade["needs_manual_grade"]),
                ))  # fmt: skip
            for comment in self._by["comments"][part["id"]]:
                words = NbComment(auto=comment["auto_comment"], manual=comment["manual_comment"])
                self._placed(comments, comment, places, f"{called}: a comment", words)
        known = [part for part in parts if part["notebook_id"] in notebooks]
        return NbWork(
            student=work["student_id"],
            timestamp=_utc(work["timestamp"]),
            grades=grades,
            comments=comments,
            penalties={notebooks[part["notebook_id"]]: part["late_submission_penalty"] for part in known},
            extension=work["extension"],
            flagged=tuple(sorted(notebooks[part["notebook_id"]] for part in known if part["flagged"])),
        )

    def _placed(
        self, into: dict[Place, Any], row: Row, places: Mapping[str, Place], called: str, value: object
    ) -> None:
        place = places.get(row["cell_id"])
        if place is None:
            self._problems.append(f"{called} of a cell that is not the assignment's")
        elif place in into:
            self._problems.append(f"{called} of the cell {place[0]}/{place[1]} is there twice")
        else:
            into[place] = value


def _grouped(rows: Iterable[Row], key: str) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(tzinfo=UTC)
