"""What check files import. A check file is ordinary pytest in an assignment's private `checks/` folder.

    from autograder.checks.api import accuracy, check, grade_by

    @check("part2.generalises")
    def the_fine_tuned_model_generalises(student, holdout):
        '''The model must predict withheld sentences clearly better than guessing.'''
        predicted = student.call("predict_sentiment", holdout.inputs)
        return grade_by(accuracy(predicted, holdout.labels), {"0.75": "0.5", "0.90": "1"})

Everything is asked for by naming an argument: `student` (`autograder.checks.student.Student`), `run`
(`autograder.checks.run.Run`), `holdout` (`autograder.checks.rows.HoldoutRows`), `judge`
(`autograder.checks.judge.Judge`). Your own fixtures work too.

- A check that returns nothing passed. `grade_by(...)` and `partial("0.5")` give a share of the points.
- A failed `assert` and `fail("reason")` fail it. The student reads the reason of `fail`; of an `assert` the
  text after the comma where it is a plain text (a computed one may hold the expected value and is for staff);
  without either the first paragraph of the docstring. Tracebacks and values are for staff only.
- `waiting("reason")` leaves the check to a person: for work whose structure the check does not recognise.
- What a student sent in the wrong form fails the check by itself when it is fetched with `student.number`,
  `.integer`, `.text`, `.array` or counted by `accuracy` and `macro_f1`. `student["x"]` gives whatever it is.
- Any other exception is an error of the check: nobody loses points, and staff must correct it.

Points, visibility, checkpoint and time stand in `assignment.toml`; the decorator only names the check there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from autograder.checks.figures import accuracy, grade_by, macro_f1, note
from autograder.checks.fits import Fit
from autograder.checks.judge import Judge, JudgeFailed
from autograder.checks.metrics import floor_upper_bound, majority_floor, predictions, wilson_interval
from autograder.checks.rows import HoldoutRows
from autograder.checks.run import Run
from autograder.checks.student import Student, StudentArray
from autograder.checks.verdicts import CheckFailed, Grade, fail, partial, waiting
from autograder.checks.weights import MovedArray, Weight
from autograder.checks.weights import moved as moved_between
from autograder.formats.plain import Table

__all__ = [
    "CheckFailed",
    "Fit",
    "Grade",
    "HoldoutRows",
    "Judge",
    "JudgeFailed",
    "MovedArray",
    "Run",
    "Student",
    "StudentArray",
    "Table",
    "Weight",
    "accuracy",
    "check",
    "fail",
    "floor_upper_bound",
    "grade_by",
    "macro_f1",
    "majority_floor",
    "moved_between",
    "note",
    "partial",
    "predictions",
    "waiting",
    "wilson_interval",
]

DECLARED = "__autograder_check__"
Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the decorator said: the check's id, and the weights it needs listed at earlier checkpoints."""

    id: str
    watch: tuple[tuple[str, str], ...] = ()


def check(id: str, *, watch: Mapping[str, Sequence[str]] | None = None) -> Callable[[Function], Function]:
    """Mark a function as the code of the check `id` of `assignment.toml`.

    `watch` maps earlier checkpoints to names of models whose weights are listed there, so that
    `run.moved(name, since=checkpoint)` can compare with them.

    Raises:
        TypeError: the decorator was used without an id.

    """
    if not isinstance(id, str):
        raise TypeError('name the check of assignment.toml: @check("part1.accuracy")')
    pairs = tuple((place, name) for place, names in (watch or {}).items() for name in names)

    def mark(function: Function) -> Function:
        setattr(function, DECLARED, Declared(id=id, watch=pairs))
        return function

    return mark
