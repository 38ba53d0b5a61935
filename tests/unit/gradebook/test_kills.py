"""kill -9 at any moment: the gradebook opens, and is complete up to the last write that was acknowledged."""

from __future__ import annotations

import os
import random
import select as polling
import signal
import time
from pathlib import Path

from sqlalchemy import func, select, text

from autograder.model.ids import CheckId
from gradebook import offering_tables, tables
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.database import Database, database_url
from gradebook.policies.facts import Target
from gradebook.values import Decision
from tests.unit.gradebook.builders import LAB, SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import COLUMNS, POLICIES, a_class, a_row

KILLS = 200
LONGEST_WRITE = 0.006


def test_a_writer_killed_at_any_point_loses_nothing_it_was_told_is_kept(tmp_path: Path) -> None:
    """200 writers are killed, each at another moment of some kind of write."""
    file = tmp_path / "grades.sqlite3"
    with Gradebook.open(file) as book:
        a_class(book, ["anna", "bert"])
    moments = random.Random(5)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        acknowledged += _killed(file, kill, moments)
    assert len(acknowledged) >= KILLS
    with Gradebook.open(file) as book:
        kept = _kept(book)
        lost = set(acknowledged) - kept
        assert not lost
        assert len(kept) <= len(acknowledged) + KILLS, "at most one write per kill was under way"
        assert {name.split("-")[0] for name in kept} == {"score", "points", "extension", "roster", "policies"}
        _complete(book)
    database = Database(database_url(file), survive_power_loss=True)
    with database.reading() as db:
        assert db.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert db.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()


def _killed(file: Path, kill: int, moments: random.Random) -> list[str]:
    """Start a writer, kill it some moments after its first acknowledgement, return what it acknowledged."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _write_until_killed(file, kill, writer)
    os.close(writer)
    ready, _, _ = polling.select([reader], [], [], 60)
    assert ready, "the writer never wrote anything"
    # Not a wait for something: the moment of the kill is what is tried, anywhere within a few writes.
    time.sleep(moments.uniform(0, LONGEST_WRITE))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reader) as told:
        return [line.strip() for line in told if line.endswith("\n")]


def _write_until_killed(file: Path, kill: int, acknowledgements: int) -> None:
    """In the child: write without end, and say the name of each write once it is stored. Never returns."""
    try:
        book = Gradebook.open(file)
        course = CourseBook(book, SPRING)
        for number in range(10_000):
            for what in ("score", "points", "extension", "roster", "policies")[kill % 5 :] or ("score",):
                name = f"{what}-{kill}-{number}"
                _write(book, course, what, name)
                os.write(acknowledgements, f"{name}\n".encode())
    finally:
        os._exit(1)


def _write(book: Gradebook, course: CourseBook, what: str, name: str) -> None:
    decision = Decision(who="ta", why=name)
    match what:
        case "score":
            graded = a_graded(submission=name, student=f"{name}-student", digest=name)
            book.record(graded, an_assignment(), SPRING)
        case "points":
            score_id = book.record(a_graded(student="anna"), an_assignment(), SPRING).score_id
            book.record_manual_points(score_id, CheckId("q1"), FULL_POINTS, decision)
        case "extension":
            course.extend(Target.STUDENT, "anna", "lab1", decision, days=1)
        case "roster":
            rows = [a_row(f"{name}-{one}", name=f"{name} {one}") for one in range(3)]
            course.import_roster(rows, decision, columns=COLUMNS)
        case "policies":
            course.store_policies(f"{POLICIES}# {name}\n", decision)


FULL_POINTS = an_assignment().checks[0].points


def _kept(book: Gradebook) -> set[str]:
    """The names of every write that is there."""
    scores = {str(entry.submission) for entry in book.scores(SPRING, LAB)} - {"s1"}
    found = set(scores)
    with book.reading() as db:
        for table in ("score_changes", "extensions", "roster_changes", "offering_policies"):
            column = tables.metadata.tables[table].c.why
            found |= set(db.execute(select(column)).scalars())
    return found - {"start of term"}


def _complete(book: Gradebook) -> None:
    """No write is there in part: its rows, its audit lines and its names all are."""
    log, roster = tables.audit_log.c, offering_tables.roster_changes.c
    with book.reading() as db:
        sizes = db.execute(
            select(func.count()).where(roster.why != "start of term").group_by(roster.why)
        ).scalars()
        assert set(sizes) == {3}
        events = dict(db.execute(select(log.event, func.count()).group_by(log.event)).all())
        for event, table in (
            ("recorded", tables.scores),
            ("check_points", tables.score_changes),
            ("extended", offering_tables.extensions),
            ("roster_added", offering_tables.roster_changes),
            ("policies", offering_tables.offering_policies),
        ):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == events[event]
        for table in (tables.score_details, tables.submission_names):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == events["recorded"]
        named = db.execute(select(func.count()).select_from(offering_tables.roster_details)).scalar_one()
        assert named == events["roster_added"]
