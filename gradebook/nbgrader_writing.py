"""Write values into nbgrader's gradebook: a new one, or what is missing in one that is there.

All of it is written, or nothing. What people decided in nbgrader stays: points and words of a person that
differ from ours are an error, not overwritten. Nothing is ever removed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, text, update

from autograder.errors import GradebookError
from gradebook.database import database_url
from gradebook.layout import CellLine
from gradebook.nbgrader_connection import file_of, writing
from gradebook.nbgrader_merging import merged
from gradebook.nbgrader_reading import book_in
from gradebook.nbgrader_schema import is_empty, known_revisions, nbgrader_api
from gradebook.nbgrader_values import Losses, NbAssignment, NbBook, NbWork
from gradebook.nbgrader_writing_people import write_people

DEFAULT_COURSE = "default_course"
LONGEST_NAME = 128


class _Undone(Exception):
    """Raised to take a dry run back."""


def write_book(
    where: str | Path,
    book: NbBook,
    *,
    add: bool = False,
    course: str = "",
    dry_run: bool = False,
    losses: Losses | None = None,
) -> None:
    """Write `book` to a URL or path. `add` allows a gradebook that is there; a dry run changes nothing.

    Names, addresses and dates that are there stay; `losses` gets those that differ from ours. `course` is
    nbgrader's name of the course for assignments it does not have yet. GradebookError, and nothing written,
    when there is one already and `add` is not given, when it is of another version, and when it holds
    decisions that differ from ours.
    """
    _check_lengths(book)
    address = database_url(where)
    file = file_of(address)
    if file is not None and file.exists() and not add:
        raise GradebookError(
            f"{file} is there already",
            hint="Give another name, or --add to put our results into that gradebook.",
        )
    fresh = file is not None and not file.exists()
    work = file.with_name(f".{file.name}.{secrets.token_hex(4)}") if file and fresh else file
    try:
        with writing(address if work is None else address.set(database=str(work))) as db:
            empty = is_empty(db, "this database" if file is None else file.name)
            if not empty and not add:
                raise GradebookError(
                    "this database holds a gradebook already",
                    hint="Give another one, or --add to put our results into it.",
                )
            writer = _Writer(db, nbgrader_api(), course or DEFAULT_COURSE, losses or Losses())
            writer.write(book, empty=empty)
            if dry_run:
                raise _Undone
        if fresh and file and work:
            _published(work, file)
    except _Undone:
        return
    finally:
        if fresh and work is not None:
            work.unlink(missing_ok=True)


def _published(work: Path, file: Path) -> None:
    """Give the finished file its name, after its bytes are on the disk."""
    with work.open("rb") as written:
        os.fsync(written.fileno())
    try:
        work.replace(file)
    except OSError as error:
        raise GradebookError(f"{file} cannot be written: {error.strerror}") from error


def _check_lengths(book: NbBook) -> None:
    names = [("student", name) for name in book.students]
    for assignment in book.assignments:
        names.append(("assignment", assignment.name))
        names += [("notebook", line.name) for line in assignment.layout.notebooks]
        names += [("cell", line.name) for line in assignment.layout.cells]
    for what, name in names:
        if len(name) > LONGEST_NAME:
            raise GradebookError(f"nbgrader's names have at most {LONGEST_NAME} characters; {what}: {name}")


class _Writer:
    """One transaction's writing."""

    def __init__(self, db: Connection, api: Any, course: str, losses: Losses) -> None:
        self._db, self._api, self._course, self._losses = db, api, course, losses

    def write(self, book: NbBook, *, empty: bool) -> None:
        """Write everything; `empty` says that the database has no tables yet."""
        api = self._api
        if empty:
            api.Base.metadata.create_all(bind=self._db)
            self._db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            head = {"head": known_revisions()[0]}
            self._db.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), head)
        there = self._there()
        write_people(self._db, api.Student.__table__, book, self._losses)
        for assignment in book.assignments:
            self._assignment(assignment, there.get(assignment.name))

    def _there(self) -> dict[str, NbAssignment]:
        """What the database holds by now, of all its courses."""
        table = self._api.Assignment.__table__
        courses = self._db.execute(select(table.c.course_id).distinct()).scalars().all()
        return {
            assignment.name: assignment
            for course in courses
            for assignment in book_in(self._db, self._api, course).assignments
        }

    def _assignment(self, ours: NbAssignment, theirs: NbAssignment | None) -> None:
        api = self._api
        ours = merged(ours, theirs, self._losses)
        if theirs is None:
            self._add_missing(api.Course, "id", {self._course: {"id": self._course}})
        row = {
            "id": _new_id(), "name": ours.name, "duedate": _naive(ours.duedate), "course_id": self._course,
        }  # fmt: skip
        assignment_id = self._add_missing(api.Assignment, "name", {ours.name: row})[ours.name]
        if theirs is not None and theirs.duedate is None and ours.duedate is not None:
            table = api.Assignment.__table__
            due = update(table).where(table.c.id == assignment_id)
            self._db.execute(due.values(duedate=_naive(ours.duedate)))
        notebooks = self._add_missing(
            api.Notebook,
            "name",
            {
                line.name: {"id": _new_id(), "name": line.name, "kernelspec": line.kernelspec or "{}"}
                for line in ours.layout.notebooks
            },
            assignment_id=assignment_id,
        )
        cells: dict[str, dict[tuple[str, str], str]] = {}
        for name, notebook_id in notebooks.items():
            lines = [line for line in ours.layout.cells if line.notebook == name]
            cells[name] = self._cells(ours, notebook_id, lines)
        self._works(ours, assignment_id, notebooks, cells)

    def _cells(
        self, ours: NbAssignment, notebook_id: str, lines: Iterable[CellLine]
    ) -> dict[tuple[str, str], str]:
        """Make the cells of a notebook that are missing; their ids by type and name."""
        api = self._api
        table = api.BaseCell.__table__
        found = {
            (row.type, row.name): row.id
            for row in self._db.execute(select(table).where(table.c.notebook_id == notebook_id))
        }
        sources = {}
        for line in lines:
            roles = {"GradeCell": line.graded, "SolutionCell": line.answer, "TaskCell": line.task}
            for role in (role for role, has in roles.items() if has):
                kind = getattr(api, role).__table__
                values: dict[str, Any] = {}
                if role != "SolutionCell":
                    values = {
                        "max_score": ours.worth.get((line.notebook, line.name), 0.0),
                        "cell_type": line.cell_type,
                    }
                cell_id = found.get((role, line.name))
                if cell_id is None:
                    cell_id = found[role, line.name] = _new_id()
                    base = {"id": cell_id, "name": line.name, "notebook_id": notebook_id, "type": role}
                    self._db.execute(insert(table), base)
                    self._db.execute(insert(kind), {"id": cell_id, **values})
                elif values:
                    points = {"max_score": values["max_score"]}
                    self._db.execute(update(kind).where(kind.c.id == cell_id).values(points))
            if line.source is not None:
                sources[line.name] = {
                    "id": _new_id(), "name": line.name, "cell_type": line.source.cell_type,
                    "locked": line.source.locked, "source": line.source.text,
                    "checksum": line.source.checksum,
                }  # fmt: skip
        self._add_missing(api.SourceCell, "name", sources, notebook_id=notebook_id)
        return found

    def _works(
        self,
        ours: NbAssignment,
        assignment_id: str,
        notebooks: Mapping[str, str],
        cells: Mapping[str, Mapping[tuple[str, str], str]],
    ) -> None:
        """Write every submission; every one gets a row for every cell, as nbgrader itself makes them."""
        api = self._api
        rows = {
            work.student: {
                "id": _new_id(), "student_id": work.student, "timestamp": _naive(work.timestamp),
                "extension": work.extension,
            }
            for work in ours.works
        }  # fmt: skip
        ids = self._add_missing(api.SubmittedAssignment, "student_id", rows, assignment_id=assignment_id)
        table = api.SubmittedAssignment.__table__
        for work in ours.works:
            times = {"timestamp": _naive(work.timestamp), "extension": work.extension}
            self._db.execute(update(table).where(table.c.id == ids[work.student]).values(times))
            parts = self._add_missing(
                api.SubmittedNotebook,
                "notebook_id",
                {
                    notebook_id: {
                        "id": _new_id(),
                        "notebook_id": notebook_id,
                        "flagged": name in work.flagged,
                    }
                    for name, notebook_id in notebooks.items()
                },
                assignment_id=ids[work.student],
            )
            for name, notebook_id in notebooks.items():
                self._part(work, name, parts[notebook_id], cells[name])

    def _part(self, work: NbWork, name: str, part_id: str, cells: Mapping[tuple[str, str], str]) -> None:
        api = self._api
        table = api.SubmittedNotebook.__table__
        penalty = {"late_submission_penalty": work.penalties.get(name)}
        self._db.execute(update(table).where(table.c.id == part_id).values(penalty))
        grades, comments = {}, {}
        for (role, cell), cell_id in cells.items():
            if role != "SolutionCell":
                grade = work.grades[name, cell]
                grades[cell_id] = {
                    "auto_score": grade.auto, "manual_score": grade.manual, "extra_credit": grade.extra,
                    "needs_manual_grade": grade.needs_person,
                }  # fmt: skip
            if role != "GradeCell":
                words = work.comments.get((name, cell))
                comments[cell_id] = {
                    "auto_comment": words.auto if words else None,
                    "manual_comment": words.manual if words else None,
                }
        self._put(api.Grade.__table__, part_id, grades)
        self._put(api.Comment.__table__, part_id, comments)

    def _put(self, table: Table, part_id: str, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """Write one row per cell of a submitted notebook, over the one that is there or as a new one."""
        query = select(table.c.cell_id, table.c.id).where(table.c.notebook_id == part_id)
        there: dict[str, str] = {row.cell_id: row.id for row in self._db.execute(query)}
        new = []
        for cell_id, values in wanted.items():
            if cell_id in there:
                self._db.execute(update(table).where(table.c.id == there[cell_id]).values(values))
            else:
                new.append({"id": _new_id(), "notebook_id": part_id, "cell_id": cell_id, **values})
        if new:
            self._db.execute(insert(table), new)

    def _add_missing(
        self, kind: Any, key: str, wanted: Mapping[str, Mapping[str, Any]], **within: str
    ) -> dict[str, str]:
        """Insert the rows whose `key` is not there yet within a parent; the ids of all of that parent's."""
        table = kind.__table__
        query = select(table.c[key], table.c.id).where(
            *(table.c[name] == value for name, value in within.items())
        )
        found: dict[str, str] = {row[0]: row[1] for row in self._db.execute(query)}
        new = [{**values, **within} for name, values in wanted.items() if name not in found]
        if new:
            self._db.execute(insert(table), new)
        return {**found, **{row[key]: row["id"] for row in new}}


def _new_id() -> str:
    return uuid4().hex


def _naive(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)
