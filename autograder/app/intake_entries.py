"""What `grade` finds in an intake folder: submissions whose student, attempt and time are written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from autograder.app.grading import Entry
from autograder.errors import UsageError
from autograder.intake.ledger import Ledger, in_force, is_intake_folder
from autograder.intake.receipts import Receipt, Status
from autograder.model.assignment import Assignment


def entries_of(
    paths: Iterable[Path],
    assignment: Assignment,
    *,
    latest: bool = False,
    warn: Callable[[str], None] | None = None,
) -> list[Entry]:
    """What is to be graded: each path as it is, an intake folder with all that was taken in and rejected.

    The folder where a course of nbgrader collects submissions, given alone, stands for all of them in it.
    With `latest`, of an intake folder only each student's newest attempt, and what was rejected after it.
    `warn` is told of a time of receipt that cannot be read.
    Raises UsageError for a whole course, for an intake folder of another assignment or not given alone, or
    when `latest` is asked without one.
    """
    from autograder.interop.nbgrader_submissions import collected, student_of

    pattern = assignment.origin.submissions if assignment.origin else ""
    found: list[Entry] = []
    folders = 0
    given = list(paths)
    if len(given) == 1 and pattern:
        given = list(collected(given[0], pattern)) or given
        if (inside := given[0] / pattern.split("/")[0]) != given[0] and collected(inside, pattern):
            raise UsageError(
                f"{given[0]}: is a course, and not what one student handed in",
                hint=f"Give {inside} for all of them. If a student handed this in, look at it first.",
            )
    students = {path: student for path in given if (student := student_of(path, pattern)) is not None}
    for path in alone(given, known=students):
        if path in students and path.is_dir():
            found.append(collected_entry(path, students[path], warn))
            continue
        if not is_intake_folder(path):
            found.append(Entry(path=path))
            continue
        folders += 1
        ledger = Ledger(path)
        ledger.refuse_other(assignment.id)
        receipts = in_force(ledger.receipts())
        chosen = newest(receipts) if latest else sorted(receipts, key=_received)
        found += [entry_of(receipt, ledger) for receipt in chosen]
    if latest and not folders:
        raise UsageError(
            "--latest needs a folder that `autograder intake` wrote",
            hint="Only there it is known which attempt is the newest.",
        )
    return found


def collected_entry(path: Path, student: str, warn: Callable[[str], None] | None) -> Entry:
    """A submission where a course of nbgrader keeps it. Whatever lies in it, it is one student's."""
    from autograder.interop.nbgrader_submissions import TimestampUnreadable, received_at

    received = None
    try:
        received = received_at(path)
    except TimestampUnreadable as problem:
        if warn is not None:
            warn(f"warning: {problem}; the time of the folder counts")
    return Entry(path=path, student=student, received=received)


def paths_of(paths: Iterable[Path]) -> list[Path]:
    """The same without an assignment, where only the bytes matter: nothing that was rejected."""
    found: list[Path] = []
    for path in alone(paths):
        if is_intake_folder(path):
            ledger = Ledger(path)
            found += [ledger.path(one) for one in in_force(ledger.receipts()) if one.status is Status.TAKEN]
        else:
            found.append(path)
    return found


def alone(paths: Iterable[Path], *, known: Collection[Path] = ()) -> list[Path]:
    """The same paths. Raises UsageError for an intake folder among others: a student may have made it.

    Its receipts would speak for other students. Of the `known` paths it is known whose they are.
    """
    given = list(paths)
    for path in given if len(given) > 1 else ():
        if path not in known and is_intake_folder(path):
            raise UsageError(
                f"{path} looks like an intake folder, among other submissions",
                hint="Give an intake folder alone. If a student handed this in, look at it first.",
            )
    return given


def newest(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The newest attempt of each student by time of receipt, and rejections that came after it."""
    last: dict[str, Receipt] = {}
    for receipt in sorted(receipts, key=_received):
        if receipt.status is Status.TAKEN:
            last[receipt.student] = receipt
    return [
        receipt
        for receipt in sorted(receipts, key=_received)
        if (best := last.get(receipt.student)) is None
        or receipt is best
        or (receipt.status is Status.REJECTED and _received(receipt) > _received(best))
    ]


def entry_of(receipt: Receipt, ledger: Ledger) -> Entry:
    """What is graded for a receipt."""
    return Entry(
        path=ledger.path(receipt), student=receipt.student, received=receipt.received,
        attempt=receipt.attempt, receipt=receipt,
    )  # fmt: skip


def _received(receipt: Receipt) -> tuple[object, ...]:
    return receipt.received, receipt.order, receipt.attempt, receipt.id
