"""A class whose written answers wait for a person; only what matters needs to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from autograder.model.assignment import Assignment, Gate
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome, Finding
from gradebook.book import Gradebook
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.rubric import MarkType, Rubric, RubricItem
from gradebook.values import Decision
from tests.unit.gradebook.builders import SPRING, a_graded, an_assignment

BY_HEAD = Decision(who="head", why="agreed in the meeting")
NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    time: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


def a_rubric(
    *items: tuple[str, str], check: str = "essay", marks: MarkType = MarkType.ADD, number: int = 0
) -> Rubric:
    """A rubric of items (id, points): by default one that gives 3 and 2 points and takes 1."""
    lines = items or (("clear", "3"), ("right", "2"), ("sloppy", "-1"))
    return Rubric(
        check=check,
        items=tuple(
            RubricItem(id=name, text=f"It is {name}", points=Decimal(points)) for name, points in lines
        ),
        mark_type=marks,
        id=number,
    )


def written(
    points: Mapping[str, str] | None = None, *, optional: Sequence[str] = (), gate: Gate | None = None
) -> Assignment:
    """An assignment with an automatic question and an essay of 5 points."""
    manual = [name for name in points or ("essay",) if name != "q1"]
    return an_assignment(points or {"q1": "4", "essay": "5"}, manual=manual, optional=optional, gate=gate)


def hand_in(
    book: Gradebook,
    student: str,
    *,
    assignment: Assignment | None = None,
    attempt: int = 1,
    waits: Sequence[str] = ("essay",),
    findings: tuple[Finding, ...] = (),
    run_key: str = "run-1",
    status: Status = Status.PENDING,
) -> int:
    """Record a submission `STUDENT-ATTEMPT` whose written answers wait. Returns the score's number."""
    graded = a_graded(
        submission=f"{student}-{attempt}",
        student=student,
        attempt=attempt,
        digest=f"{student}{attempt}",
        assignment=assignment or written(),
        outcomes=dict.fromkeys(waits, CheckOutcome.WAITING),
        findings=findings,
        status=status,
        run_key=run_key,
        received=NOON + timedelta(minutes=attempt),
    )
    return book.record(graded, assignment or written(), SPRING).score_id


def a_marked_class(book: Gradebook, students: Sequence[str] = ("anna", "bert", "zoe")) -> MarkingBook:
    """Everybody's essay waits, and there is a rubric."""
    for student in students:
        hand_in(book, student)
    marking = MarkingBook(book, SPRING)
    marking.store_rubric("lab1", a_rubric(), BY_HEAD)
    return marking
