"""One share of a class's grades, worked out in a process of its own: `python -m gradebook.exports.share`.

It reads what to do as one line of JSON, says `ready`, is told when to begin and in which state, says `begun`
once it reads that state, then how many students there are. Then it writes lines of JSON, each with some
students' grades, as values or as lines of CSV, and a last one with the items. Only `shares` starts it. It
trusts whoever does: it opens any database it is named.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from autograder.model.graded import Status
from gradebook.exports.table import Grade, GradeRow, GradeTable
from gradebook.policies.facts import GradeState

_AT_ONCE: Final = 400
_STATES: Final = {state.value: state for state in GradeState}
_STATUSES: Final = {status.value: status for status in Status}


def main() -> None:
    """Work out the share that standard input names."""
    from sqlalchemy import select

    from gradebook.book import Gradebook
    from gradebook.exports.from_book import grade_table
    from gradebook.exports.reading import Wanted, standings
    from gradebook.exports.tidy import csv_lines
    from gradebook.tables import people
    from gradebook.values import Offering

    gc.disable()  # a share makes many values that have no cycles, and then ends
    asked = json.loads(sys.stdin.readline())
    wanted = Wanted(
        offering=Offering(asked["course"], asked["term"]),
        now=datetime.fromisoformat(asked["now"]),
        only=tuple(asked["only"]),
        with_course=asked["with_course"],
    )
    with Gradebook.open(asked["url"], create=False) as book:
        _tell("ready")
        with book.reading(sys.stdin.readline().strip()) as db:
            db.execute(select(people.c.id).limit(1))  # from now on everything is as it was at this moment
            _tell("begun")
            found = standings(db, wanted, share=(asked["share"], asked["of"]))
            _tell(f"students {found.students}")
            maxima: dict[str, Decimal] = {}
            while some := list(islice(found.standings, _AT_ONCE)):
                table = grade_table(found.titles, some, with_course=wanted.with_course)
                maxima.update({item.assignment: item.maximum for item in table.items})
                found_here = {"csv": csv_lines(table)} if asked["csv"] else {"rows": plain_rows(table)}
                _tell(json.dumps({"students": len(table.rows), **found_here}))
    items = [[name, title, None if name not in maxima else str(maxima[name])]
             for name, title in found.titles.items()]  # fmt: skip
    _tell(json.dumps({"items": items}))


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def plain_rows(table: GradeTable) -> list[list[Any]]:
    """The students' grades as plain values for JSON, without loss."""
    return [
        [row.student, row.name, row.net_id, row.email, row.lms_id, row.section,
         {name: _plain(grade) for name, grade in row.grades.items()}]
        for row in table.rows
    ]  # fmt: skip


def rows_of(plain: Iterable[list[Any]]) -> Iterator[GradeRow]:
    """The students whose grades `plain_rows` gave."""
    for student, name, net_id, email, lms_id, section, grades in plain:
        yield GradeRow(
            student=student, name=name, net_id=net_id, email=email, lms_id=lms_id, section=section,
            grades={assignment: _grade(*one) for assignment, one in grades.items()},
        )  # fmt: skip


def _plain(grade: Grade) -> Sequence[Any]:
    points, score, received = grade.points, grade.score, grade.received
    return (
        grade.state, None if points is None else str(points), None if score is None else str(score),
        grade.why, grade.attempt, None if received is None else received.isoformat(), grade.submission,
        grade.status, grade.letter,
    )  # fmt: skip


def _grade(
    state: str, points: str | None, score: str | None, why: str, attempt: int | None, received: str | None,
    submission: str, status: str | None, letter: str,
) -> Grade:  # fmt: skip
    return Grade(
        state=_STATES[state],
        points=None if points is None else Decimal(points),
        score=None if score is None else Decimal(score),
        why=why,
        attempt=attempt,
        received=None if received is None else datetime.fromisoformat(received),
        submission=submission,
        status=None if status is None else _STATUSES[status],
        letter=letter,
    )


if __name__ == "__main__":
    main()
