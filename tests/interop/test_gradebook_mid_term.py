"""A course that moved in from nbgrader is graded on here: the new grading counts, decisions stay."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import AssignmentId, CheckId, StudentId
from autograder.model.results import CheckOutcome
from gradebook.archive.contents import submitted
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.erasing import Erasing
from gradebook.nbgrader_reading import read_book
from gradebook.nbgrader_values import WHY
from gradebook.values import ChangeKind, Entry, Offering
from tests.interop.moves import move_in, move_out
from tests.interop.nbgrader_books import contents
from tests.unit.gradebook.builders import BY_TA, a_graded, a_layout, an_assignment

ALGEBRA = Offering("algebra", "2026-spring")
PS1 = AssignmentId("ps-1")
WORTH = {"squares_test": "2.5", "sum_test": "3", "essay": "4", "problem2-squares_test": "1", "plot": "5"}
HANDED_IN = datetime(2026, 3, 1, 20, 15, 30, 250000, tzinfo=UTC)
BEST = 'zone = "UTC"\ncounts = "best"\n[categories.all]\nweight = 1\n[assignments.ps-1]\ncategory = "all"\n'


def our_ps1(points: Mapping[str, str] | None = None) -> Assignment:
    made = an_assignment(points or WORTH, manual=["essay", "plot"], version="graded-here")
    return replace(made, id=PS1)


def grade_here(
    book: Gradebook, student: str = "student01", *, received: datetime = HANDED_IN, digest: str = "bytes",
    assignment: Assignment | None = None, **more: object,
) -> GradedSubmission:  # fmt: skip
    """Grade what a student handed in: all tests pass, answers wait. Returns what was recorded."""
    assignment = assignment or our_ps1()
    waiting = {"essay": CheckOutcome.WAITING, "plot": CheckOutcome.WAITING}
    graded = a_graded(
        submission=f"{student}-1-{digest}", student=student, assignment=assignment, outcomes=waiting,
        received=received, digest=digest, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    layout = next(version.layout for version in book.versions(ALGEBRA, PS1).values())
    book.record(graded, assignment, ALGEBRA, layout=layout)
    return graded


def attempts(book: Gradebook, student: str = "student01") -> tuple[Entry, ...]:
    return book.attempts(ALGEBRA, PS1, StudentId(student))


def test_what_moved_in_and_is_graded_here_is_one_submission_with_its_decisions(
    filled: Path, either: str, tmp_path: Path
) -> None:
    move_in(str(filled), either)
    with Gradebook.open(either) as book:
        graded = grade_here(book)
        (entry,) = attempts(book)
        # Ours: 2.5 + 3 for tests; theirs: 3.5 + 0.5 + 0 by hand, 1.5 on top, 0.25 for lateness.
        assert entry.total == Decimal("10.75") and entry.graded.status is Status.GRADED
        assert (entry.submission, entry.recorded) == (graded.submission, graded)
        assert all(change.carried for change in entry.changes)
        (found,) = book.locate(graded.submission)
        assert found == entry
        events = book.history(ALGEBRA, PS1, graded.submission)
        assert [event.who for event in events if event.kind == "recorded"] == ["ta7", "autograder"]
        with book.reading() as db:
            digests = {one.name: one.digest for one in submitted(db)}
        assert digests[graded.submission] == "bytes"
        course = CourseBook(book, ALGEBRA)
        course.store_policies(BEST, BY_TA)
        (attempt,) = course.facts().facts("student01")["ps-1"].attempts
        assert attempt.points == Decimal("10.75")
    said = move_in(str(filled), either)
    assert said[0] == "ps-1: 3 submissions, 0 scores and 0 decisions recorded"
    assert any(line.startswith("not taken over: graded here as well") for line in said)
    said = move_out(either, str(tmp_path / "back.db"))
    assert "older version" not in "\n".join(said) and "earlier attempts" not in "\n".join(said)
    back, there = (contents(f"sqlite:///{file}")["ps 1"]["submissions"]["student01"]
                   for file in (tmp_path / "back.db", filled))  # fmt: skip
    for what in ("comments", "penalties", "timestamp"):
        assert back[what] == there[what]
    assert {k: v[1:3] for k, v in back["grades"].items()} == {k: v[1:3] for k, v in there["grades"].items()}


def test_grading_first_and_importing_afterwards_comes_to_the_same(filled: Path, ours: str) -> None:
    move_in(str(filled), f"{ours}.other")
    with Gradebook.open(ours) as book, Gradebook.open(f"{ours}.other") as other:
        (layout,) = (version.layout for version in other.versions(ALGEBRA, PS1).values())
        waiting = {"essay": CheckOutcome.WAITING, "plot": CheckOutcome.WAITING}
        graded = a_graded(
            submission="student01-1-bytes", student="student01", assignment=our_ps1(), outcomes=waiting,
            received=HANDED_IN, digest="bytes",
        )  # fmt: skip
        book.record(graded, our_ps1(), ALGEBRA, layout=layout)
        grade_here(other)
    assert move_in(str(filled), ours)[0].startswith("ps-1: 3 submissions, 2 scores and 10 decisions")
    with Gradebook.open(ours) as book, Gradebook.open(f"{ours}.other") as other:
        (one,), (two,) = attempts(book), attempts(other)
    assert one.graded == two.graded


def test_what_is_handed_in_later_is_an_attempt_of_its_own(filled: Path, ours: str) -> None:
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        grade_here(book, received=HANDED_IN + timedelta(days=1))
        assert [entry.recorded.provenance.sandbox for entry in attempts(book)] == ["nbgrader", "docker"]
        assert [bool(entry.changes) for entry in attempts(book)] == [True, False]


def test_without_a_time_of_receipt_earlier_work_is_the_same_and_later_work_is_not(
    filled: Path, ours: str
) -> None:
    """student03 has no timestamp; the date of the folder then says when the work came."""
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        before, after = datetime(2026, 3, 1, tzinfo=UTC), book.now() + timedelta(days=1)
        grade_here(book, "student03", received=before)
        (entry,) = attempts(book, "student03")
        assert entry.recorded.provenance.sandbox == "docker"
        grade_here(book, "student03", received=after, digest="newer")
        assert len(attempts(book, "student03")) == 2
    assert move_in(str(filled), ours)[0] == "ps-1: 3 submissions, 0 scores and 0 decisions recorded"


def test_an_export_invents_no_time_of_receipt(filled: Path, ours: str, tmp_path: Path) -> None:
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        grade_here(book, "student03", received=datetime(2026, 3, 1, tzinfo=UTC))
    move_out(ours, str(tmp_path / "back.db"))
    work = read_book(tmp_path / "back.db").assignments[0].works[2]
    assert (work.student, work.timestamp) == ("student03", None)


def test_a_failure_on_our_side_does_not_take_the_place_of_nbgrader_s_points(filled: Path, ours: str) -> None:
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        (came,) = attempts(book)
        grade_here(book, scored=False, status=Status.SANDBOX_FAILED, run_key="aa")
        (entry,) = attempts(book)
        assert (entry.total, entry.score_id) == (came.total, came.score_id)
    assert move_in(str(filled), ours)[0] == "ps-1: 3 submissions, 0 scores and 0 decisions recorded"
    with Gradebook.open(ours) as book:
        grade_here(book, run_key="bb")
        (entry,) = attempts(book)
        assert entry.total == Decimal("10.75")
        Erasing(book).erase(["student01"], BY_TA)
        assert "student01" not in {str(entry.graded.student) for entry in book.scores(ALGEBRA, PS1)}


def test_other_bytes_are_never_recorded_under_the_same_id(filled: Path, ours: str) -> None:
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        graded = grade_here(book)
        again = replace(graded, provenance=replace(graded.provenance, run_key="again"))
        assert book.record(again, our_ps1(), ALGEBRA).new
        assert not book.record(again, our_ps1(), ALGEBRA).new
        other = replace(graded, provenance=replace(graded.provenance, submission_digest="other"))
        with pytest.raises(GradebookError, match="known with other content"):
            book.record(other, our_ps1(), ALGEBRA)


def test_a_total_that_stood_for_nbgrader_s_points_ends_with_them(ours: str, tmp_path: Path) -> None:
    """A total that our own export kept in a cell comes back as an override; a grading here replaces it."""
    assignment = our_ps1()
    with Gradebook.open(ours) as book:
        graded = a_graded(submission="s1", student="student01", assignment=assignment, received=HANDED_IN)
        receipt = book.record(graded, assignment, ALGEBRA, layout=a_layout(*WORTH))
        book.override_total(receipt.score_id, Decimal(7), BY_TA)
    move_out(ours, str(tmp_path / "out.db"))
    again = f"sqlite:///{tmp_path / 'again.sqlite3'}"
    move_in(str(tmp_path / "out.db"), again)
    with Gradebook.open(again) as book:
        (came,) = attempts(book)
        assert came.total == 7 and [c.why for c in came.changes if c.kind is ChangeKind.TOTAL] == [WHY]
        grade_here(book)
        (entry,) = attempts(book)
        assert entry.total is None
        book.record_manual_points(entry.score_id, CheckId("essay"), Decimal(4), BY_TA)
        book.record_manual_points(entry.score_id, CheckId("plot"), Decimal(5), BY_TA)
        assert attempts(book)[0].total == Decimal("15.5")
    move_in(str(tmp_path / "out.db"), again)
    with Gradebook.open(again) as book:
        assert attempts(book)[0].total == Decimal("15.5")


def test_nbgrader_s_version_is_never_newer_than_ours(filled: Path, ours: str) -> None:
    """Graded here first, moved in afterwards: the maximum and the title are those of our version."""
    worth = {**WORTH, "bonus": "2"}
    with Gradebook.open(ours) as book:
        assignment = replace(our_ps1(worth), title="Problem set 1")
        graded = a_graded(submission="s9", student="student09", assignment=assignment, digest="d9")
        book.record(graded, assignment, ALGEBRA)
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        assert [*book.versions(ALGEBRA, PS1)][-1] == "graded-here"
        course = CourseBook(book, ALGEBRA)
        course.store_policies(BEST, BY_TA)
        assert course.facts().maxima["ps-1"] == Decimal("17.5")


def test_what_nbgrader_has_for_an_earlier_submission_is_marked_when_a_later_one_goes_there(
    filled: Path, ours: str, tmp_path: Path
) -> None:
    """As `nbgrader autograde` does: points by hand stay and wait for another look; the penalty ends."""
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        grade_here(book, received=HANDED_IN + timedelta(days=1))
    file = tmp_path / "theirs.db"
    shutil.copy(filled, file)
    said = "\n".join(move_out(ours, str(file), add=True))
    assert "points by hand for an earlier submission: kept there, marked to be looked at again: 2" in said
    assert "late penalties for an earlier submission: they end with it: 1 (ps 1, student01)" in said
    work = read_book(file).assignments[0].works[0]
    assert work.timestamp == HANDED_IN + timedelta(days=1)
    essay = work.grades["problem1", "essay"]
    assert (essay.manual, essay.needs_person) == (3.5, True)
    assert set(work.penalties.values()) == {None}
