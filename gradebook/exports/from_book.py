"""From what the policies say about every student to the table of grades that is exported. Pure.

It decides nothing: points, the attempt that counts and the reasons are those of `gradebook.policies`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from gradebook.exports.table import WITH_POINTS, Grade, GradeRow, GradeTable, Item
from gradebook.policies.facts import Effective, Standing
from gradebook.policies.lines import Why
from gradebook.roster import DETAILS, Member

_MICRO: Final = Decimal("0.000001")
_NO_REASON: Final = frozenset(
    {Why.DEADLINE, Why.EXTENSION, Why.EXTENSION_NOT_USED, Why.COUNTED, Why.CHOSEN, Why.LATEST, Why.POINTS}
)
"""Lines that say which attempt counts and until when, not why there are these points."""


def grade_table(titles: Mapping[str, str], students: Iterable[tuple[Member, Standing]]) -> GradeTable:
    """The table of the assignments in `titles`, in their order, for every student in `students`."""
    maxima: dict[str, Decimal] = {}
    rows = []
    for member, standing in students:
        found = standing.assignments
        maxima.update({name: one.maximum for name, one in found.items() if name in titles})
        rows.append(
            GradeRow(
                student=member.student,
                grades={name: _grade(found[name]) for name in titles if name in found},
                **{name: str(getattr(member, name)) for name in (*DETAILS, "section")},
            )
        )
    return GradeTable(
        items=tuple(
            Item(assignment=name, title=title, maximum=maxima[name])
            for name, title in titles.items()
            if name in maxima
        ),
        rows=tuple(rows),
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
