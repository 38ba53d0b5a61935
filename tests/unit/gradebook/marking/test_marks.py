"""Marks and rubrics in the gradebook: written as a whole, kept for ever, changed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from autograder.errors import GradebookError
from autograder.model.assignment import RubricItem as AuthorsItem
from autograder.model.graded import Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from gradebook import tables
from gradebook.book import Gradebook
from gradebook.marking import tables as marking_tables
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.rubric import Mark, MarkType, Rubric, Worth
from gradebook.values import ChangeKind, Entry
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING
from tests.unit.gradebook.marking.builders import BY_HEAD, Clock, a_marked_class, a_rubric, hand_in, written


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook.open(tmp_path / "g.sqlite3", clock=Clock()) as opened:
        yield opened


def entry(book: Gradebook, student: str) -> Entry:
    (found,) = [one for one in book.scores(SPRING, LAB) if one.graded.student == student]
    return found


def mark(marking: MarkingBook, student: str, *items: str, again: str = "", **how: str) -> Decimal:
    ref = marking.find(f"{student}-1:essay")
    return marking.mark(ref, Mark(items=items, **how), "ann", again=again).points  # type: ignore[arg-type]


def rows(book: Gradebook, table: str) -> int:
    wanted = marking_tables.metadata.tables[table]
    with book.reading() as db:
        return int(db.execute(select(func.count()).select_from(wanted)).scalar_one())


def test_a_mark_changes_points_words_and_status_of_the_submission(book: Gradebook) -> None:
    marking = a_marked_class(book)
    assert mark(marking, "anna", "clear", "sloppy", comment="Name the axes.") == 2
    graded = entry(book, "anna").graded
    assert graded.score is not None
    assert (graded.status, graded.score.total) == (Status.GRADED, Decimal(6))
    assert graded.results[1].message == "+3 It is clear\n-1 It is sloppy\nName the axes."
    assert entry(book, "bert").graded.status is Status.PENDING


def test_points_words_mark_and_audit_are_written_together_or_not_at_all(book: Gradebook) -> None:
    marking = a_marked_class(book)
    before = [rows(book, name) for name in ("marks", "score_changes", "audit_log")]
    with pytest.raises(GradebookError, match="no item 'nope'"):
        mark(marking, "anna", "clear", "nope")
    assert [rows(book, name) for name in ("marks", "score_changes", "audit_log")] == before
    mark(marking, "anna", "clear")
    marks, changes, audit = (rows(book, name) for name in ("marks", "score_changes", "audit_log"))
    assert (marks - before[0], changes - before[1], audit - before[2]) == (1, 2, 3)


def test_a_failed_mark_leaves_the_lease_where_it_was(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    held = marking.next("lab1", "ann")
    assert held is not None
    with pytest.raises(GradebookError):
        marking.mark(held.piece.ref, Mark(items=("nope",)), "ann")
    assert marking.next("lab1", "bob") is None
    marking.mark(held.piece.ref, Mark(items=("clear",)), "ann")
    assert rows(book, "mark_leases") == 0


def test_marking_again_needs_a_reason_and_takes_the_first_words_away(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "clear", comment="Good.")
    with pytest.raises(GradebookError, match="has 3 points already") as caught:
        mark(marking, "anna", "right")
    assert "why" in caught.value.hint
    marking.mark(marking.find("anna-1:essay"), Worth(points=Decimal(1)), "bob", again="misread")
    found = entry(book, "anna")
    assert found.graded.results[1].message == ""
    assert found.changes[-1].why == "misread"
    assert rows(book, "marks") == 2


def test_a_piece_that_changed_after_it_was_looked_at_is_not_marked(book: Gradebook) -> None:
    marking = a_marked_class(book)
    seen = marking.look(marking.find("anna-1:essay")).piece
    hand_in(book, "anna", run_key="run-2")
    with pytest.raises(GradebookError, match="graded again after it was looked at"):
        marking.mark(seen.ref, Mark(items=("clear",)), "ann", seen=seen.state)
    now = marking.look(seen.ref).piece
    assert marking.mark(now.ref, Mark(items=("clear",)), "ann", seen=now.state).points == 3


def test_a_mark_holds_for_later_gradings_of_the_submission(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "clear", "right")
    hand_in(book, "anna", run_key="run-2")
    assert entry(book, "anna").graded.score is not None
    assert entry(book, "anna").total == 9
    assert "anna" not in [desk.piece.student for desk in marking.queue("lab1")]
    assert marking.look(marking.find("anna-1:essay")).given is not None


def test_an_automatic_check_is_overridden_with_a_reason_only(book: Gradebook) -> None:
    marking = a_marked_class(book)
    ref = marking.find("anna-1:q1")
    with pytest.raises(GradebookError, match="has 4 points already"):
        marking.mark(ref, Worth(points=Decimal(1)), "ann")
    marking.mark(ref, Worth(points=Decimal(1)), "ann", again="copied")
    assert entry(book, "anna").graded.results[0].outcome is CheckOutcome.PARTIAL


@pytest.mark.parametrize("points", ["-1", "5.5", "NaN", "0.0000001"])
def test_points_outside_their_range_are_refused(book: Gradebook, points: str) -> None:
    marking = a_marked_class(book)
    with pytest.raises(GradebookError, match="points must"):
        marking.mark(marking.find("anna-1:essay"), Worth(points=Decimal(points)), "ann")


def test_another_rubric_shows_first_and_then_changes_every_mark_that_follows(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "clear")
    mark(marking, "bert", "right", "sloppy")
    dearer = a_rubric(("clear", "4"), ("right", "2"), ("sloppy", "-1"))
    before = rows(book, "marks")
    shown = marking.store_rubric("lab1", dearer, BY_HEAD, dry_run=True)
    assert [(one.piece.student, one.before, one.after) for one in shown.moved] == [("anna", 3, 4)]
    assert (shown.lines, shown.unchanged, rows(book, "marks")) == (("~ clear: +3 -> +4",), 1, before)
    marking.store_rubric("lab1", dearer, BY_HEAD)
    assert (entry(book, "anna").total, entry(book, "bert").total) == (8, 5)
    assert entry(book, "anna").changes[-1].why == BY_HEAD.why
    assert marking.rubrics("lab1")["essay"].same_as(dearer)


def test_marks_of_every_attempt_follow_a_rubric(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    mark(marking, "anna", "clear")
    hand_in(book, "anna", attempt=2)
    shown = marking.store_rubric("lab1", a_rubric(("clear", "1")), BY_HEAD)
    assert [one.piece.submission for one in shown.moved] == ["anna-1"]


def test_points_that_somebody_set_after_the_mark_stay_when_the_rubric_changes(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "clear")
    mark(marking, "bert", "clear")
    book.record_manual_points(entry(book, "anna").score_id, CheckId("essay"), Decimal("2.5"), BY_TA)
    marking.mark(marking.find("zoe-1:essay"), Worth(points=Decimal(5)), "ann")
    shown = marking.store_rubric("lab1", a_rubric(("clear", "4")), BY_HEAD)
    assert [one.piece.student for one in shown.moved] == ["bert"]
    assert {one.student for one in shown.kept} == {"anna", "zoe"}
    points = {one.graded.student: one.total for one in book.scores(SPRING, LAB)}
    assert points == {"anna": Decimal("6.5"), "bert": 8, "zoe": 9}


def test_points_without_items_stay_where_a_rubric_starts_to_deduct(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    marking.mark(marking.find("anna-1:essay"), Worth(points=Decimal(2)), "ann")
    shown = marking.store_rubric("lab1", a_rubric(("wrong", "-3"), marks=MarkType.DEDUCT), BY_HEAD)
    assert (shown.moved, [piece.student for piece in shown.kept]) == ((), ["anna"])
    assert entry(book, "anna").total == 6


def test_an_item_that_a_mark_chose_cannot_be_taken_away(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "clear", "sloppy")
    with pytest.raises(GradebookError, match=r"no item 'sloppy', which the mark of 1:essay chose") as caught:
        marking.store_rubric("lab1", a_rubric(("clear", "4")), BY_HEAD)
    assert "set its points to 0" in caught.value.hint
    assert marking.rubrics("lab1")["essay"].same_as(a_rubric())


def test_a_rubric_may_start_to_deduct(book: Gradebook) -> None:
    marking = a_marked_class(book)
    mark(marking, "anna", "sloppy")
    shown = marking.store_rubric(
        "lab1", a_rubric(("sloppy", "-1"), ("wrong", "-3"), marks=MarkType.DEDUCT), BY_HEAD
    )
    assert "marks deduct instead of add" in shown.lines
    assert [(one.before, one.after) for one in shown.moved] == [(0, 4)]


def test_other_words_of_an_item_reach_the_student_though_the_points_stay(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    mark(marking, "anna", "clear")
    rubric = a_rubric()
    kinder = replace(rubric.items[0], comment="A pleasure to read")
    marking.store_rubric("lab1", Rubric(check="essay", items=(kinder, *rubric.items[1:])), BY_HEAD)
    assert entry(book, "anna").graded.results[1].message == "+3 A pleasure to read"


def test_the_reason_of_an_adjustment_outlives_a_change_of_the_rubric(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    ref = marking.find("anna-1:essay")
    marking.mark(ref, Mark(items=("clear",), adjustment=Decimal(1), reason="an idea of its own"), "ann")
    marking.store_rubric("lab1", a_rubric(("clear", "2")), BY_HEAD)
    given = marking.look(ref).given
    assert given is not None
    assert (given.points, given.mark.reason) == (3, "an idea of its own")


def test_the_same_rubric_again_changes_nothing(book: Gradebook) -> None:
    marking = a_marked_class(book)
    before = rows(book, "rubrics")
    assert not marking.store_rubric("lab1", a_rubric(), BY_HEAD).new
    assert rows(book, "rubrics") == before


def test_a_rubric_for_a_check_that_nobody_has_is_refused(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="has the check 'nope'"):
        a_marked_class(book).store_rubric("lab1", a_rubric(check="nope"), BY_HEAD)


def test_a_version_brings_the_rubrics_of_its_author_and_never_replaces_one(book: Gradebook) -> None:
    plain = written()
    item = AuthorsItem(id="why", text="Says why", points=Decimal(5))
    checks = tuple(replace(one, rubric=(item,) if one.id == "essay" else ()) for one in plain.checks)
    hand_in(book, "anna", assignment=replace(plain, checks=checks))
    marking = MarkingBook(book, SPRING)
    assert [one.id for one in marking.rubrics("lab1")["essay"].items] == ["why"]
    marking.store_rubric("lab1", a_rubric(), BY_HEAD)
    hand_in(book, "bert", assignment=replace(plain, checks=checks, version="v2"))
    assert marking.rubrics("lab1")["essay"].same_as(a_rubric())


def test_every_mark_can_be_traced_to_the_rubric_it_was_given_by(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    mark(marking, "anna", "clear")
    first = marking.look(marking.find("anna-1:essay")).given
    marking.store_rubric("lab1", a_rubric(("clear", "4")), BY_HEAD)
    second = marking.look(marking.find("anna-1:essay")).given
    assert first is not None and second is not None
    assert (first.points, second.points, first.mark.items) == (3, 4, second.mark.items)
    assert first.rubric_id != second.rubric_id
    with book.reading() as db:
        kept = db.execute(select(marking_tables.marks.c.points)).scalars().all()
        kinds = db.execute(select(tables.score_changes.c.kind)).scalars().all()
    assert kept == [3, 4]
    assert kinds.count(ChangeKind.CHECK_POINTS.value) == 2


def test_a_killed_rubric_change_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The change is one transaction: an error at the last mark takes back the rubric and all other marks."""
    with Gradebook.open(tmp_path / "g.sqlite3") as book:
        marking = a_marked_class(book)
        for student in ("anna", "bert", "zoe"):
            mark(marking, student, "clear")
        with book.writing() as db:
            db.execute(
                text(
                    "CREATE TRIGGER last_one BEFORE INSERT ON marks WHEN (SELECT count(*) FROM marks) = 5 "
                    "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
                )
            )
        before = {one.graded.student: one.total for one in book.scores(SPRING, LAB)}
        with pytest.raises(Exception, match="disk is full"):
            marking.store_rubric("lab1", a_rubric(("clear", "5")), BY_HEAD)
        assert {one.graded.student: one.total for one in book.scores(SPRING, LAB)} == before
        assert marking.rubrics("lab1")["essay"].same_as(a_rubric())
