"""A generated course in a gradebook: students, assignments, attempts, and what people decided about them.

Rows are written in bulk, past the library, because recording 600,000 gradings one by one takes half an hour.
They are what the library would have written: `tests/unit/app/test_gradebook_scale.py` reads them with it.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from gradebook_values import START, a_grading, an_assignment

from autograder.model.assignment import Assignment
from gradebook.book import Gradebook
from gradebook.columns import to_micro
from gradebook.course_book import CourseBook
from gradebook.json_values import as_json, details
from gradebook.sheet import sheet_of, sheet_to_json
from gradebook.values import Decision, Offering

OFFERING = Offering("scale", "2026-fall")
WHERE = (OFFERING.course, OFFERING.term)
VARIANTS = 40
CHANGED_EVERY, EXTENDED_EVERY, CHOSEN_EVERY, EXTRA_EVERY, PAIRED_EVERY = 20, 20, 100, 50, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the course is. Every assignment has `checks` checks of one point each."""

    students: int
    assignments: int = 20
    attempts: int = 3
    checks: int = 10


def policies(size: Size) -> str:
    """The rules of the course: a grace, 10 % a day, four late days, the two lowest dropped, letters."""
    lines = [
        'zone = "America/New_York"\ncounts = "last"\ndecimals = 2\n',
        "[late]\ngrace_minutes = 10\npercent_per_day = 10\naccept_days = 5\n",
        "[late_days]\nbudget = 4\nper_assignment = 2\n",
        f"[categories.labs]\nweight = 70\ndrop_lowest = {min(2, size.assignments // 4)}\n",
        "[categories.project]\nweight = 30\ncap_percent = 110\n",
    ]
    for number in range(size.assignments):
        due = (START + timedelta(days=5 * number)).replace(tzinfo=None)
        best = 'counts = "best"\n' if number % 2 else ""
        category = "project" if number % 5 == 4 or number == 0 else "labs"
        extras = "extras_points = 2\n" if category == "project" else ""
        lines.append(
            f'[assignments.lab{number:02}]\ncategory = "{category}"\ndue = {due.isoformat()}\n{best}{extras}'
        )
    lines.append("[letters]\nA = 90\nB = 80\nC = 70\nD = 60\nF = 0\n")
    return "\n".join(lines)


def fill(file: Path, size: Size) -> int:
    """Make the gradebook `file` of a whole course. Returns the number of gradings."""
    by = Decision(who="prof", why="start of term")
    with Gradebook.open(file) as book:
        CourseBook(book, OFFERING).store_policies(policies(size), by)
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA synchronous=OFF")
        with db:
            _people(db, size)
        chosen = random.Random(size.students)
        number = 0
        for place in range(size.assignments):
            assignment = an_assignment(place, size.checks)
            with db:
                _version(db, assignment)
            for attempt in range(1, size.attempts + 1):
                for first in range(0, size.students, 500):
                    some = range(first, min(first + 500, size.students))
                    with db:
                        _gradings(db, assignment, place, attempt, some, number, chosen)
                    number += len(some)
        with db:
            _decisions(db, size)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return number


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _insert(
    db: sqlite3.Connection, table: str, columns: str, rows: Iterator[tuple[Any, ...]] | list[Any]
) -> None:
    marks = ", ".join("?" * len(columns.split()))
    db.executemany(f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})", rows)


def _people(db: sqlite3.Connection, size: Size) -> None:
    now = _text(START)
    everybody, told = range(size.students), ("prof", "start of term")
    _insert(db, "people", "id student pseudonym created_at",
            [(n + 1, f"student{n:05}", f"p-{n:016x}", now) for n in everybody])  # fmt: skip
    _insert(db, "sections", "course term section created_at",
            [(*WHERE, f"S{n:02}", now) for n in range(20)])  # fmt: skip
    _insert(db, "roster_changes", "course term person_id section enrolled who why at",
            [(*WHERE, n + 1, f"S{n % 20:02}", 1, *told, now) for n in everybody])  # fmt: skip
    _insert(db, "roster_details", "person_id name net_id email lms_id changed_at",
            [(n + 1, f"Student Number {n}", f"sn{n:05}", f"sn{n:05}@example.org", f"{90000 + n}", now)
             for n in everybody])  # fmt: skip
    _insert(db, "audit_log", "at who event why course term about about_id",
            [(now, "prof", "roster_added", "start of term", *WHERE, "roster_changes", n + 1)
             for n in everybody])  # fmt: skip


def _version(db: sqlite3.Connection, assignment: Assignment) -> None:
    now = _text(START)
    _insert(db, "assignments", "course term assignment created_at", [(*WHERE, assignment.id, now)])
    sheet = json.dumps(sheet_to_json(sheet_of(assignment)))
    most = to_micro(assignment.max_score)
    _insert(db, "assignment_versions", "course term assignment version title max_score sheet created_at",
            [(*WHERE, assignment.id, assignment.version, assignment.title, most, sheet, now)])  # fmt: skip


def _gradings(
    db: sqlite3.Connection, assignment: Assignment, place: int, attempt: int, students: range, done: int,
    chosen: random.Random,
) -> None:  # fmt: skip
    due = START + timedelta(days=5 * place)
    variants = [_variant(assignment, variant) for variant in range(VARIANTS)]
    submissions, names, scores, kept, checks, log = [], [], [], [], [], []
    for offset, student in enumerate(students):
        number = done + offset + 1
        name = f"{assignment.id}-{student:05}-{attempt}"
        late = timedelta(hours=chosen.uniform(0, 60)) if chosen.random() < 0.1 else timedelta(0)
        received = due - timedelta(hours=chosen.uniform(1, 20) + 24 * (3 - attempt)) + late * 2
        graded_at = _text(received + timedelta(minutes=5))
        variant = variants[chosen.randrange(VARIANTS)]
        digest = sha256(name.encode()).hexdigest()
        submissions.append(
            (number, *WHERE, assignment.id, student + 1, attempt, _text(received), digest, graded_at)
        )
        names.append((number, *WHERE, assignment.id, name))
        provenance = variant.provenance.replace("DIGEST", digest).replace("RUN", f"run-{name}")
        scores.append(
            (number, number, place + 1, f"run-{name}", "graded", "completed", 1, variant.total, 0,
             variant.most, None, variant.usage, provenance, graded_at, "autograder")
        )  # fmt: skip
        kept.append((number, *variant.details))
        checks += [(number, *line) for line in variant.checks]
        log.append((graded_at, "autograder", "recorded", "", number, number))
    _insert(
        db,
        "submissions",
        "id course term assignment person_id attempt received digest recorded_at",
        submissions,
    )
    _insert(db, "submission_names", "submission_id course term assignment submission", names)
    _insert(db, "scores",
            "id submission_id version_id run_key status run_outcome scored total deducted max_score "
            "gate_passed usage provenance recorded_at recorded_by", scores)  # fmt: skip
    _insert(db, "score_details", "score_id reason score results findings suspicions notes", kept)
    _insert(db, "score_checks",
            "score_id check_id position kind assurance outcome earned max_points optional",
            checks)  # fmt: skip
    _insert(db, "audit_log", "at who event why submission_id score_id", log)


@dataclass(frozen=True, slots=True)
class _Variant:
    total: int
    most: int
    usage: str
    provenance: str
    details: tuple[str, ...]
    checks: tuple[tuple[Any, ...], ...]


def _variant(assignment: Assignment, variant: int) -> _Variant:
    graded = a_grading(assignment, variant)
    graded = replace(graded, provenance=replace(graded.provenance, run_key="RUN", submission_digest="DIGEST"))
    score = graded.score
    assert score is not None and score.total is not None
    text = details(graded)
    return _Variant(
        to_micro(score.total),
        to_micro(score.max_score),
        json.dumps(as_json(graded.usage)),
        json.dumps(as_json(graded.provenance)),
        (text.pop("reason"), *(json.dumps(value) for value in text.values())),
        tuple(
            (result.check_id, place, result.kind.value, result.assurance.value, result.outcome.value,
             to_micro(score.earned[result.check_id] or Decimal(0)), to_micro(Decimal(1)), 0)
            for place, result in enumerate(graded.results)
        ),
    )  # fmt: skip


def _decisions(db: sqlite3.Connection, size: Size) -> None:
    """Every 20th submission has points of a person; extensions, chosen attempts, extras and pairs."""
    now = _text(START + timedelta(days=5 * size.assignments))
    total = size.students * size.assignments * size.attempts
    _insert(db, "score_changes", "id submission_id score_id kind subject points comment who why at",
            [(place + 1, n, n, "check_points", "q1", 1_000_000, "Right after all.", "ta", "read again", now)
             for place, n in enumerate(range(1, total + 1, CHANGED_EVERY))])  # fmt: skip
    _insert(db, "audit_log", "at who event why submission_id score_id change_id",
            [(now, "ta", "check_points", "read it again", n, n, place + 1)
             for place, n in enumerate(range(1, total + 1, CHANGED_EVERY))])  # fmt: skip
    labs = [f"lab{n:02}" for n in range(size.assignments)]
    told = ("prof", "was ill", now)
    extended = range(1, size.students + 1, EXTENDED_EVERY)
    _insert(db, "extensions", "course term assignment person_id days excused who why at",
            [(*WHERE, labs[n % len(labs)], n, 2, 0, *told) for n in extended])  # fmt: skip
    _insert(db, "extras", "course term assignment person_id title points who why at",
            [(*WHERE, labs[0], n, "An own idea", 1_500_000, "ta", "a good idea", now)
             for n in range(1, size.students + 1, EXTRA_EVERY)])  # fmt: skip
    _insert(db, "attempt_choices", "course term assignment person_id submission_id who why at",
            [(*WHERE, labs[0], n, n, *told) for n in range(1, size.students + 1, CHOSEN_EVERY)])  # fmt: skip
    _insert(db, "group_changes", "course term assignment person_id group_name who why at",
            [(*WHERE, labs[-1], n + both, f"pair{n}", *told)
             for n in range(1, size.students, PAIRED_EVERY) for both in (0, 1)])  # fmt: skip
    for event, table in (
        ("extended", "extensions"), ("extra", "extras"), ("attempt_chosen", "attempt_choices"),
        ("grouped", "group_changes"),
    ):  # fmt: skip
        db.execute(
            "INSERT INTO audit_log (at, who, event, why, course, term, about, about_id) "
            f"SELECT at, who, '{event}', why, course, term, '{table}', id FROM {table}"
        )
