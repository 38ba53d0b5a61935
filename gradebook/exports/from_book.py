"""From what the policies say about every student to the table of grades that is exported. Pure.

It decides nothing: points, the attempt that counts and the reasons are those of `gradebook.policies`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from gradebook.exports.table import WITH_POINTS, Grade, GradeRow, GradeTable, Item
from gradebook.policies.facts import CourseGrade, Effective, GradeState, Standing
from gradebook.policies.lines import Why
from gradebook.policies.values import HUNDRED
from gradebook.roster import DETAILS, Member

_MICRO: Final = Decimal("0.000001")
_NO_REASON: Final = frozenset(
    {Why.DEADLINE, Why.EXTENSION, Why.EXTENSION_NOT_USED, Why.COUNTED, Why.CHOSEN, Why.LATEST, Why.POINTS}
)
"""Lines that say which attempt counts and until when, not why there are these points."""

_COURSE_OPEN: Final = frozenset({Why.OPEN, Why.COURSE_EMPTY, Why.FAILED})
"""Lines that say why a course has no final grade."""


COURSE: Final = Item(assignment="course", title="Course", maximum=HUNDRED)
"""The grade of the whole course, in percent, as one more column of grades."""


def grade_table(
    titles: Mapping[str, str], students: Iterable[tuple[Member, Standing]], *, with_course: bool = False
) -> GradeTable:
    """The table of the assignments in `titles`, in their order, for every student in `students`.

    `with_course` adds the grade of the whole course as the last item, `COURSE`.
    """
    maxima: dict[str, Decimal] = {}
    rows = []
    for member, standing in students:
        found = standing.assignments
        maxima.update({name: one.maximum for name, one in found.items() if name in titles})
        rows.append(
            GradeRow(
                student=member.student,
                grades={
                    **{name: _grade(found[name]) for name in titles if name in found},
                    **({COURSE.assignment: _course(standing.course)} if with_course else {}),
                },
                **{name: str(getattr(member, name)) for name in (*DETAILS, "section")},
            )
        )
    items = [
        Item(assignment=name, title=title, maximum=maxima[name])
        for name, title in titles.items()
        if name in maxima
    ]
    return GradeTable(items=(*items, COURSE) if with_course else tuple(items), rows=tuple(rows))


def _course(found: CourseGrade) -> Grade:
    """The course's grade: points once it is final; until then `score` is the percentage so far."""
    final = found.final and found.percent is not None
    return Grade(
        state=GradeState.GRADED if final else GradeState.PENDING,
        points=found.percent if final else None,
        score=found.percent,
        why="" if final else " ".join(line.text for line in found.lines if line.kind in _COURSE_OPEN),
        letter=found.letter if final else "",
    )


def _grade(found: Effective) -> Grade:
    attempt, points = found.attempt, found.points if found.state in WITH_POINTS else None
    if attempt is None:
        return Grade(state=found.state, points=points, why=_why(found))
    score = attempt.points
    return Grade(
        state=found.state,
        points=None if points is None else points.quantize(_MICRO),
        score=score,
        why="" if points is not None and points == score else _why(found),
        attempt=attempt.number,
        received=attempt.received,
        submission=attempt.id,
        status=attempt.status,
    )


def _why(found: Effective) -> str:
    said = [line.text for line in found.lines if line.kind not in _NO_REASON]
    return " ".join(said) or f"The grade is {found.state.replace('_', ' ')}."
