"""What the gradebook commands do: list, explain, decide and export. Nothing is graded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import GradebookError, UsageError
from autograder.model.graded import is_older
from autograder.model.ids import AssignmentId, CheckId, RuleId, SubmissionId

if TYPE_CHECKING:
    from autograder.config.machine import MachineConfig
    from gradebook.book import Gradebook
    from gradebook.values import Entry, Offering

DEFAULT_COURSE, DEFAULT_TERM = "course", "term"


def offering_of(config: MachineConfig, course: str, term: str) -> Offering:
    """The offering that a command means: its options first, then the machine's settings, then a default."""
    from gradebook.values import Offering

    return Offering(course or config.course or DEFAULT_COURSE, term or config.term or DEFAULT_TERM)


def parent_made(url: str) -> str:
    """Make the folder of an SQLite gradebook, and give the URL back."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
    return url


@contextmanager
def opened(
    url: str | None, config: Path | None, *, create: bool = False
) -> Iterator[tuple[Gradebook, MachineConfig]]:
    """Open the gradebook that a command means. Raises GradebookError when there is none and none is made."""
    from autograder.config.machine import load
    from gradebook.book import Gradebook

    settings = load(config)
    with Gradebook.open(parent_made(url or settings.gradebook_url), create=create) as book:
        yield book, settings


def back_up(target: Path, url: str | None, config: Path | None) -> str:
    """Write a backup of an SQLite gradebook to a new file; one line about it."""
    from autograder.config.machine import load
    from gradebook.backup import back_up as write
    from gradebook.backup import file_of
    from gradebook.database import database_url

    source = file_of(database_url(url or load(config).gradebook_url))
    if not source.is_file():
        raise GradebookError(f"there is no gradebook {source.name}", hint="Check --gradebook.")
    write(source, target)
    return f"{target} holds everything recorded until now"


def restore(backup: Path, url: str | None, config: Path | None) -> str:
    """Put a backup in the gradebook's place, which is kept beside it; one line about it."""
    from autograder.config.machine import load
    from gradebook.backup import file_of
    from gradebook.backup import restore as put_back
    from gradebook.book import utc_now
    from gradebook.database import database_url

    target = file_of(database_url(url or load(config).gradebook_url))
    replaced = put_back(backup, target, now=utc_now())
    kept = "" if replaced is None else f"; what it replaced is {replaced.name}"
    return f"{target.name} is as in {backup.name}{kept}"


def score_lines(assignment: str, url: str | None, course: str, term: str, config: Path | None) -> list[str]:
    """One line per submission: its id, student, attempt, status and points."""
    from gradebook.versions import newest_in

    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        entries = book.scores(offering, AssignmentId(assignment))
        newest = newest_in(book, offering).get(assignment)
    return [_score_line(entry, newest) for entry in entries] or [f"no scores of {assignment} are recorded"]


def _score_line(entry: Entry, newest: str | None) -> str:
    graded = entry.graded
    older = "  older version" if is_older(graded.provenance.assignment_version, newest) else ""
    who = f"{entry.submission}  {graded.student}  attempt {graded.attempt}"
    return f"{who}  {graded.status}  {points_of(entry)}{older}"


def points_of(entry: Entry) -> str:
    """Points as text; a dash while they are not known."""
    if entry.graded.score is None:
        return "-"
    total = "-" if entry.total is None else f"{entry.total.normalize():f}"
    return f"{total}/{entry.graded.score.max_score.normalize():f}"


def the_entry(book: Gradebook, submission: str) -> Entry:
    """The one recorded submission of that id. Raises GradebookError when there is none, or more than one."""
    found = book.locate(SubmissionId(submission))
    if not found:
        raise GradebookError(
            f"no submission {submission!r} is recorded",
            hint="`autograder gradebook list ASSIGNMENT-ID` names them.",
        )
    if len(found) > 1:
        raise GradebookError(f"{submission!r} is recorded in {len(found)} offerings")
    return found[0]


def history_lines(submission: str, url: str | None, config: Path | None) -> list[str]:
    """Everything that happened to a submission, oldest first."""
    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        events = book.history(entry.offering, entry.assignment, entry.submission)
    lines = []
    for event in events:
        when, who = f"{event.at:%Y-%m-%d %H:%M:%SZ}", f"by {event.who}"
        parts = (when, event.kind, event.subject, event.points, event.state, event.comment, who, event.why)
        lines.append("  ".join(str(part) for part in parts if part not in (None, "")))
    return lines


def award_points(
    submission: str,
    check: str,
    points: str,
    *,
    by: str,
    reason: str,
    words: str,
    extra: bool,
    url: str | None,
    config: Path | None,
) -> str:
    """Set a check's points by hand, or with `extra` the points on top of them.

    Raises UsageError when `points` is no number.
    """
    from gradebook.values import Decision

    value, decision = points_in(points), Decision(who=by, why=reason)
    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        if extra:
            book.award_extra(entry.score_id, CheckId(check), value, decision)
            if words:
                book.comment_on(entry.score_id, check, words, decision)
        else:
            book.record_manual_points(entry.score_id, CheckId(check), value, decision, comment=words)
        total = points_of(the_entry(book, submission))
        return f"{submission}: {check} {'earns extra' if extra else 'is worth'} {value} now, {total} in all"


def penalise(
    submission: str, points: str, *, by: str, reason: str, url: str | None, config: Path | None
) -> str:
    """Set what lateness costs a submission. Raises UsageError when `points` is no number."""
    from gradebook.values import Decision

    value = points_in(points)
    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        book.penalise_lateness(entry.score_id, value, Decision(who=by, why=reason))
        return f"{submission}: lateness costs {value} now, {points_of(the_entry(book, submission))} in all"


def comment(
    submission: str, subject: str, words: str, *, by: str, reason: str, url: str | None, config: Path | None
) -> str:
    """Set the words for the student about a check or a cell; empty words take them back."""
    from gradebook.values import Decision

    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        book.comment_on(entry.score_id, subject, words, Decision(who=by, why=reason))
    return f"{submission}: {'a comment on' if words else 'no comment on'} {subject} now"


def override(
    submission: str, points: str, *, by: str, reason: str, words: str, url: str | None, config: Path | None
) -> str:
    """Set the total of a submission by hand. Raises UsageError when `points` is no number."""
    from gradebook.values import Decision

    value = points_in(points)
    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        book.override_total(entry.score_id, value, Decision(who=by, why=reason), comment=words)
        return f"{submission}: the total is {points_of(the_entry(book, submission))} by hand now"


def withdraw(
    submission: str, what: str, subject: str, *, by: str, reason: str, url: str | None, config: Path | None
) -> str:
    """Take back what a person changed. Raises UsageError when no such change stands."""
    from gradebook.effective import standing_of
    from gradebook.values import ChangeKind, Decision

    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        standing = {(change.kind.value, change.subject) for change in standing_of(entry.changes)}
        if (what, subject) not in standing:
            there = "; ".join(" ".join(filter(None, key)) for key in sorted(standing)) or "nothing"
            raise UsageError(
                f"no person's {' '.join(filter(None, (what, subject)))!r} stands for {submission}",
                hint=f"What stands, as `autograder gradebook history {submission}` names it: {there}.",
            )
        decision = Decision(who=by, why=reason)
        book.withdraw(entry.score_id, ChangeKind(what), subject, decision)
        about = f"{what} {subject}".strip()
        return f"{submission}: {about} is taken back, {points_of(the_entry(book, submission))} in all"


def points_in(text: str) -> Decimal:
    """The number of points in `text`. Raises UsageError when it is no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{text!r} is no number of points", hint="Write it like 7.5.") from None


def decide_finding(
    submission: str, rule: str, decision: str, *, by: str, reason: str, url: str | None, config: Path | None
) -> str:
    """Confirm or waive the findings of a rule. Raises UsageError for any other decision."""
    from gradebook.values import Decision

    if decision not in ("confirm", "waive"):
        raise UsageError(f"{decision!r} is no decision", hint="Write confirm or waive.")
    with opened(url, config) as (book, _):
        entry = the_entry(book, submission)
        change = book.confirm_finding if decision == "confirm" else book.waive_finding
        change(entry.score_id, RuleId(rule), Decision(who=by, why=reason))
        return (
            f"{submission}: {rule} is {decision}ed, {points_of(the_entry(book, submission))} in all".replace(
                "waiveed", "waived"
            )
        )


def export_csv(
    assignment: str, out: Path, url: str | None, course: str, term: str, config: Path | None
) -> Path:
    """Write the scores that count as CSV. Returns the path."""
    from autograder.app.results_folder import write_file
    from autograder.reporting.csv import grades_csv

    with opened(url, config) as (book, settings):
        entries = book.scores(offering_of(settings, course, term), AssignmentId(assignment))
    return write_file(out, grades_csv([entry.graded for entry in entries]))
