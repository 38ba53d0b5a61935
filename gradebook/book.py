"""The gradebook: every attempt kept, every score and every human change added and never edited.

It does not judge, and it knows no dates or late policies. It keeps what it was given: who may call what is
decided by its callers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission
from autograder.model.ids import AssignmentId, CheckId, RuleId, StudentId, SubmissionId
from autograder.model.results import FindingState
from gradebook import reading, writing
from gradebook.columns import MOST_POINTS, to_micro
from gradebook.database import Database, database_url
from gradebook.layout import Layout
from gradebook.reading import Version
from gradebook.schema import bring_up_to_date
from gradebook.sheet import sheet_from_json
from gradebook.values import ChangeKind, Decision, Entry, Event, Offering, Receipt, checked_key, checked_time

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


class Gradebook:
    """One gradebook. Use it in a `with` block, or call `close`; one object per process."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        create: bool = True,
        survive_power_loss: bool = True,
        clock: Clock = utc_now,
    ) -> Gradebook:
        """Open the gradebook at a database URL or an SQLite file's path.

        An empty database gets the tables, an older one is upgraded. `create=False` refuses an SQLite file
        that is not there. `survive_power_loss=False` makes SQLite writes a hundred times faster; they still
        survive the death of the process, but the newest may be lost with the power. GradebookError when the
        database cannot be used, belongs to something else, or was written by a newer version.
        """
        address = database_url(url)
        if not create and address.database and address.get_backend_name() == "sqlite":
            file = Path(address.database)
            if not file.is_file():
                raise GradebookError(f"there is no gradebook {file.name}", hint="Check the path.")
        database = Database(address, survive_power_loss=survive_power_loss)
        try:
            bring_up_to_date(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock=clock)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reading(self, state: str = "") -> AbstractContextManager[Connection]:
        """A transaction for `gradebook`'s own modules that reads one consistent state; see `held`."""
        return self._database.reading(state)

    def held(self, patience: float) -> AbstractContextManager[str]:
        """A state in which other processes can begin to read, and what they give to `reading` for it."""
        return self._database.held(patience)

    @property
    def url(self) -> str:
        """The database's URL, with its password: for processes of our own, never for people."""
        return self._database.engine.url.render_as_string(hide_password=False)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction for `gradebook`'s own modules that is written as a whole, or not at all."""
        return self._database.writing()

    def forget_freed(self) -> None:
        """Empty SQLite's write-ahead log, in which erased names may still stand."""
        self._database.empty_log()

    def record(
        self,
        graded: GradedSubmission,
        assignment: Assignment,
        offering: Offering,
        *,
        by: str = "autograder",
        layout: Layout | None = None,
    ) -> Receipt:
        """Add a grading. The same submission, assignment version and run key are recorded once.

        `layout` says where the cells of this version stand; the first one given for a version is kept.
        When this returns, the grading is stored as a whole. GradebookError when the values contradict each
        other (another assignment or version, a result nobody declared) or cannot be stored.
        """
        _consistent(graded, assignment)
        ready = writing.prepared(graded)
        with self._database.writing() as db:
            return writing.add_score(
                db, graded, assignment, offering, by=by, now=self.now(), layout=layout, ready=ready
            )

    def latest(self, offering: Offering, assignment: AssignmentId, submission: SubmissionId) -> Entry | None:
        """The score that counts for one submission, or None if nothing was recorded."""
        found = self._entries(offering, assignment=assignment, submission=submission)
        return found[0] if found else None

    def scores(self, offering: Offering, assignment: AssignmentId) -> tuple[Entry, ...]:
        """The score that counts for every submission, ordered by student and attempt."""
        return self._entries(offering, assignment=assignment)

    def attempts(self, offering: Offering, assignment: AssignmentId, student: StudentId) -> tuple[Entry, ...]:
        """One student's submissions with the score that counts for each, in the order of attempts."""
        return self._entries(offering, assignment=assignment, student=student)

    def locate(self, submission: SubmissionId) -> tuple[Entry, ...]:
        """The submission of this id in every offering that has one; usually there is exactly one."""
        with self._database.reading() as db:
            found = reading.scores(db, submission=submission)
            return tuple(reading.entries(db, reading.latest_of(found)))

    def assignments(self) -> tuple[tuple[Offering, AssignmentId], ...]:
        """Every assignment that is known, with its offering, in the order of their keys."""
        with self._database.reading() as db:
            return reading.assignments(db)

    def versions(self, offering: Offering, assignment: AssignmentId) -> Mapping[str, Version]:
        """Every recorded version of an assignment with its checks and layout, oldest first."""
        with self._database.reading() as db:
            return reading.versions(db, offering, assignment)

    def history(
        self, offering: Offering, assignment: AssignmentId, submission: SubmissionId
    ) -> tuple[Event, ...]:
        """Every score and every human change of one submission, oldest first."""
        where = {"course": offering.course, "term": offering.term, "assignment": assignment}
        with self._database.reading() as db:
            found = reading.scores(db, **where, submission=submission)
            return reading.events(db, [score.id for score in found])

    def record_manual_points(
        self, score_id: int, check: CheckId, points: Decimal, decision: Decision, *, comment: str = ""
    ) -> int:
        """Set a check's points by hand; they hold for later gradings of the submission too.

        `points` lie in [0, the check's points] and have at most 6 decimals. `comment` may be shown to the
        student. Returns the change's number. GradebookError otherwise; nothing is written then.
        """
        return self._change(
            score_id, ChangeKind.CHECK_POINTS, str(check), decision, points=points, comment=comment
        )

    def override_total(self, score_id: int, points: Decimal, decision: Decision, *, comment: str = "") -> int:
        """Set the total by hand; it holds for later gradings too, until it is withdrawn. See `withdraw`."""
        return self._change(score_id, ChangeKind.TOTAL, "", decision, points=points, comment=comment)

    def award_extra(self, score_id: int, check: CheckId, points: Decimal, decision: Decision) -> int:
        """Set the points that a check earns on top of its own, such as extra credit. Returns the number."""
        return self._change(score_id, ChangeKind.EXTRA_POINTS, str(check), decision, points=points)

    def penalise_lateness(self, score_id: int, points: Decimal, decision: Decision) -> int:
        """Set what lateness costs this submission, in points; it never pushes the total below 0."""
        return self._change(score_id, ChangeKind.LATE_PENALTY, "", decision, points=points)

    def comment_on(self, score_id: int, subject: str, words: str, decision: Decision) -> int:
        """Set the words for the student about a check, or about a cell "NOTEBOOK/CELL"."""
        return self._change(score_id, ChangeKind.COMMENT, subject, decision, comment=words)

    def confirm_finding(self, score_id: int, rule: RuleId, decision: Decision) -> int:
        """Confirm the findings of a rule: they cost what the assignment says."""
        return self._change(
            score_id, ChangeKind.FINDING_STATE, str(rule), decision, state=FindingState.CONFIRMED
        )

    def waive_finding(self, score_id: int, rule: RuleId, decision: Decision) -> int:
        """Waive the findings of a rule: they cost nothing."""
        return self._change(
            score_id, ChangeKind.FINDING_STATE, str(rule), decision, state=FindingState.WAIVED
        )

    def withdraw(self, score_id: int, kind: ChangeKind, subject: str, decision: Decision) -> int:
        """Take back a human change: what the grader found counts again. The change stays in the history."""
        return self._change(score_id, kind, subject, decision)

    def _change(
        self,
        score_id: int,
        kind: ChangeKind,
        subject: str,
        decision: Decision,
        *,
        points: Decimal | None = None,
        state: FindingState | None = None,
        comment: str = "",
    ) -> int:
        with self._database.writing() as db:
            row = reading.one_row(db, score_id)
            if row is None:
                raise GradebookError(f"there is no score {score_id}")
            _fits(row, kind, subject, points)
            return writing.add_change(
                db, row, kind=kind, subject=subject, points=points, state=state,
                comment=comment, decision=decision, now=self.now(),
            )  # fmt: skip

    def _entries(self, offering: Offering, **where: str) -> tuple[Entry, ...]:
        with self._database.reading() as db:
            found = reading.scores(db, course=offering.course, term=offering.term, **where)
            return tuple(reading.entries(db, reading.latest_of(found)))

    def now(self) -> datetime:
        """The gradebook's time, in UTC."""
        return checked_time(self._clock(), "the clock")


def _consistent(graded: GradedSubmission, assignment: Assignment) -> None:
    if graded.assignment != assignment.id:
        raise GradebookError(f"a grading of {graded.assignment!r} is no grading of {assignment.id!r}")
    if graded.provenance.assignment_version != assignment.version:
        raise GradebookError("the grading was made with another version of the assignment")
    declared = {spec.id for spec in assignment.checks}
    reported = [result.check_id for result in graded.results]
    if len(set(reported)) != len(reported) or not declared.issuperset(reported):
        raise GradebookError("the grading has results that nobody declared, or one result twice")
    checked_key(str(assignment.id), "an assignment's id")


def _fits(row: Any, kind: ChangeKind, subject: str, points: Decimal | None) -> None:
    """Refuse a change of something the score does not have, and points outside their range."""
    if kind is ChangeKind.FINDING_STATE:
        if subject not in {finding["rule"] for finding in row["findings"]}:
            raise GradebookError(f"this score has no finding of the rule {subject!r}")
        return
    if kind is ChangeKind.COMMENT:
        checked_key(subject, "what a comment is about")
        return
    sheet = sheet_from_json(row["sheet"])
    most = sheet.max_score + sum((line.points for line in sheet.checks if line.optional), Decimal(0))
    if kind in (ChangeKind.CHECK_POINTS, ChangeKind.EXTRA_POINTS):
        line = sheet.line(subject)
        if line is None:
            known = ", ".join(line.id for line in sheet.checks)
            raise GradebookError(f"the assignment has no check {subject!r}; it has: {known}")
        most = line.points if kind is ChangeKind.CHECK_POINTS else MOST_POINTS
    if points is None:
        return
    if not points.is_finite() or not 0 <= points <= most:
        raise GradebookError(f"points must be between 0 and {most}, not {points}")
    if Decimal(to_micro(points)) != points * 1_000_000:
        raise GradebookError(f"points have at most 6 decimals, not {points}")
