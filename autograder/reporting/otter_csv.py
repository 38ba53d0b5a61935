"""Write grades in the columns of `otter grade`, for spreadsheets and scripts that were made for it.

The first row says what each question is worth. A question is a check, or all checks of one otter question
(`q1.1`, `q1.2`) together. What nobody knows yet is empty, as is everything of a submission that failed on our
side: otter would write a zero there. For staff; nothing is read or written here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from autograder.model.assignment import Assignment, CheckSpec, OriginFormat
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.reporting.csv import neutral
from autograder.reporting.wording import STATUS, rounded

FIRST: Final = "file"
LAST: Final = ("total_points_earned", "percent_correct", "grading_status")
POINTS_ROW: Final = "points-per-question"
COMPLETED: Final = "Completed"
ZERO: Final = Decimal(0)
_CASE: Final = re.compile(r"(?P<question>.+)\.\d+")


def otter_csv(graded: Sequence[GradedSubmission], assignment: Assignment) -> str:
    """The table with its header; lines end as RFC 4180 says. Rows are ordered by submission."""
    questions = _questions(assignment)
    names = sorted(questions)
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([FIRST, *map(neutral, names), *LAST])
    worth = {name: sum((spec.points for spec in specs), ZERO) for name, specs in questions.items()}
    writer.writerow(
        [POINTS_ROW, *(_number(worth[name]) for name in names), _number(assignment.max_score), "1", "--"]
    )
    for one in sorted(graded, key=lambda each: str(each.submission)):
        writer.writerow(_row(one, assignment, [questions[name] for name in names]))
    return written.getvalue()


def _questions(assignment: Assignment) -> Mapping[str, list[CheckSpec]]:
    """The checks by question. Cases are joined only in what came from otter: there `q1.1` is a case of q1."""
    from_otter = assignment.origin is not None and assignment.origin.format is not OriginFormat.NBGRADER
    found: dict[str, list[CheckSpec]] = {}
    for spec in assignment.checks:
        case = _CASE.fullmatch(str(spec.id)) if from_otter else None
        found.setdefault(case["question"] if case else str(spec.id), []).append(spec)
    return found


def _row(one: GradedSubmission, assignment: Assignment, questions: Sequence[list[CheckSpec]]) -> list[str]:
    score = one.score
    rejected = one.status is Status.REJECTED
    earned: Mapping[CheckId, Decimal | None] = {} if score is None else score.earned
    cells = ["0" if rejected else _number(_sum(specs, earned)) for specs in questions]
    total = ZERO if rejected else None if score is None else score.total
    share = None if total is None or not assignment.max_score else total / assignment.max_score
    status = COMPLETED if one.status is Status.GRADED else f"{STATUS[one.status]}. {one.reason}".strip()
    return [neutral(str(one.submission)), *cells, _number(total), _number(share), neutral(status)]


def _sum(specs: Sequence[CheckSpec], earned: Mapping[CheckId, Decimal | None]) -> Decimal | None:
    found = [earned.get(spec.id) for spec in specs]
    known = [points for points in found if points is not None]
    return sum(known, ZERO) if len(known) == len(found) else None


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{rounded(value):f}"
