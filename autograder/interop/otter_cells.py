"""Turn the tests of an otter assignment into test cells of ours, and make the cell that stands in for otter.

A question becomes one cell for each case, so that every case has its points; one that is all or nothing
becomes one cell. Cells run where otter would have run them: behind the last `grader.check` of their question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from doctest import IGNORE_EXCEPTION_DETAIL, SKIP, Example
from typing import Final

from autograder.formats.notebook import Cell
from autograder.formats.place_tags import FIRST, behind_call
from autograder.formats.quoted_tests import EXAMPLE as RUNS_EXAMPLE
from autograder.formats.quoted_tests import FILE as RUNS_FILE
from autograder.interop.otter_cells_text import EXAMPLE, FUNCTION, SAID, STAND_IN
from autograder.interop.otter_tests import OtterCase, OtterQuestion, examples_of
from autograder.model.assignment import CheckKind, CheckSpec, Visibility
from autograder.model.ids import CheckId

SETUP_ID: Final = "otter-stand-in"
MARK: Final = "# otter test: "
_EXPLAINED: Final = "# What is tested stands at the end of this cell; the rest runs it as otter does."
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST_STEM: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OtterCell:
    """A test cell of a converted source, with the check that judges it."""

    cell: Cell
    check: CheckSpec


@dataclass(frozen=True, slots=True)
class _Shown:
    """When students see the results of cases."""

    hidden: Visibility
    public: Visibility


def cells_of(questions: Sequence[OtterQuestion], *, show_hidden: bool = False) -> tuple[OtterCell, ...]:
    """Make the test cells of an assignment, in the order in which they run.

    Checks of hidden cases are never shown, or with `show_hidden` once the results are published. Those of
    public cases are visible at once where nothing is hidden: students place the calls behind which tests run,
    so a public case may follow a hidden one, and code that saw this one could signal by the other.
    """
    hides = any(case.hidden for question in questions for case in question.cases)
    shown = _Shown(
        hidden=Visibility.AFTER_PUBLISHED if show_hidden else Visibility.HIDDEN,
        public=Visibility.AFTER_PUBLISHED if hides else Visibility.VISIBLE,
    )
    names = _check_names(question.stem for question in questions)
    return tuple(
        made
        for question, name in zip(questions, names, strict=True)
        for made in _cells_of(question, name, shown)
    )


def stand_in_cell(
    questions: Iterable[OtterQuestion], *, seed: int | None = None, seed_variable: str | None = None
) -> Cell:
    """Make the locked cell that runs first: `import otter` finds it, and it seeds every student's cell."""
    public = {
        question.stem: [case.name for case in question.cases if not case.hidden] for question in questions
    }
    given = ", ".join([_literal(public), repr(seed), repr(seed_variable), repr(MARK)])
    return Cell(
        id=SETUP_ID,
        cell_type="code",
        source=f"{STAND_IN}_otter_stand_in({given})\ndel _otter_stand_in",
        metadata=_metadata(SETUP_ID, (FIRST,), grade=False),
    )


def _check_names(stems: Iterable[str]) -> list[str]:
    """Give a name that a check can have for each question, none twice."""
    made: list[str] = []
    for stem in stems:
        plain = _NO_NAME.sub("-", stem).lstrip("_-")[:_LONGEST_STEM] or "question"
        name, turn = plain, 2
        while name in made:
            name, turn = f"{plain}-{turn}", turn + 1
        made.append(name)
    return made


def _cells_of(question: OtterQuestion, name: str, shown: _Shown) -> Iterable[OtterCell]:
    if question.all_or_nothing or len(question.cases) == 1:
        yield _cell(question, question.cases, CheckId(name), question.name, question.points, shown)
        return
    for number, case in enumerate(question.cases, start=1):
        yield _cell(question, (case,), CheckId(f"{name}.{number}"), case.name, case.points, shown)


def _cell(
    question: OtterQuestion,
    cases: Sequence[OtterCase],
    check: CheckId,
    title: str,
    points: Decimal,
    shown: _Shown,
) -> OtterCell:
    hidden = any(case.hidden for case in cases)
    grade_id = f"otter-{check}"
    body = f"{_helpers(cases)}{_body(question, cases)}"
    if hidden:
        # Named, so that no line is also one of a public test: a release that held it would be refused.
        named = "\n".join(f"{line}  # {check}" if line else line for line in body.split("\n"))
        body = f"### BEGIN HIDDEN TESTS\n{named}\n### END HIDDEN TESTS"
    return OtterCell(
        cell=Cell(
            id=grade_id.replace(".", "-")[:64],
            cell_type="code",
            source=f"{MARK}{_one_line(question.name)}, {check}\n{_EXPLAINED}\n{body}",
            metadata=_metadata(grade_id, (behind_call("check", question.stem),), grade=True, points=points),
        ),
        check=CheckSpec(
            id=check,
            kind=CheckKind.CELLS,
            points=points,
            title=title,
            cell=grade_id,
            visibility=shown.hidden if hidden else shown.public,
        ),
    )


def _helpers(cases: Sequence[OtterCase]) -> str:
    parts = []
    if any(not case.function for case in cases):
        parts.append(EXAMPLE)
    if any(case.function for case in cases):
        parts.append(FUNCTION)
    if any(case.success_message for case in cases):
        parts.append(SAID)
    return "".join(parts)


def _body(question: OtterQuestion, cases: Sequence[OtterCase]) -> str:
    parts = [_of_function(question, case) if case.function else _of_examples(case) for case in cases]
    parts += [f"_otter_said({_literal(case.success_message)})\n" for case in cases if case.success_message]
    return "".join(parts).rstrip("\n")


def _of_examples(case: OtterCase) -> str:
    """Run the examples of a case one after the other, then compare: doctest goes on after a failure, too."""
    examples = [each for each in examples_of(case.body, case.name) if not each.options.get(SKIP)]
    runs, compared = [], []
    names = "_otter_names()"
    for number, example in enumerate(examples, start=1):
        flags = sum(flag for flag, is_on in example.options.items() if is_on)
        more = f", {flags}, {example.exc_msg is not None}" if flags or example.exc_msg is not None else ""
        runs.append(f"_otter_{number} = {RUNS_EXAMPLE}({names}, {_literal(example.source)}{more})\n")
        names = f"_otter_{number}.names"
        compared.append(_compared(number, example, flags, case.failure_message))
    return "".join([*runs, *compared])


def _compared(number: int, example: Example, flags: int, message: str) -> str:
    wanted = _literal(example.want if example.exc_msg is None else example.exc_msg)
    told = f"_otter_{number}.told({wanted})"
    if message:
        told = f"{_literal(message + chr(10))} + {told}"
    if flags & IGNORE_EXCEPTION_DETAIL and example.exc_msg is not None:
        # Another detail is as good: no changed copy of this comparison has to fail.
        return f"assert (_otter_{number} == {wanted}) is True, {told}\n"
    return f"assert _otter_{number} == {wanted}, {told}\n"


def _of_function(question: OtterQuestion, case: OtterCase) -> str:
    path = f"tests/{question.stem}.py"
    return f"{RUNS_FILE}({_literal(case.body)}, {_literal(path)}, {_literal(case.function)})\n"


def _metadata(
    grade_id: str, tags: tuple[str, ...], *, grade: bool, points: Decimal = Decimal(0)
) -> dict[str, object]:
    marks: dict[str, object] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": grade,
        "solution": False,
        "locked": True,
        "task": False,
    }
    if grade:
        marks["points"] = float(points)
    return {"nbgrader": marks, "tags": list(tags), "deletable": False, "editable": False}


def _literal(value: object) -> str:
    """Write a value as Python does, so that no line of it looks like the marker of a region."""
    text = repr(value)
    return text.replace("BEGIN ", "\\x42EGIN ").replace("END ", "\\x45ND ")


def _one_line(text: str) -> str:
    return " ".join(text.split())
