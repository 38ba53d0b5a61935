"""From which place on a student sees nothing that the kernel made, and when that ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autograder.model.assignment import Assignment, Visibility
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import CellRecord, Execution, ReachedCheckpoint, RunOutcome
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId
from autograder.reporting.embargo import Embargo, embargo_of, public_error_name
from autograder.reporting.visibility import Stage
from tests.unit.reporting.samples import a_spec
from tests.unit.reporting.samples import an_assignment as a_full_assignment

TWO = ("one.ipynb", "two.ipynb")
PLACES = [(name, position) for name in TWO for position in range(4)]


def an_assignment(*visibilities: Visibility) -> Assignment:
    checks = tuple(a_spec(f"q{n}", "t", "1", visibility=v) for n, v in enumerate(visibilities))
    return a_full_assignment(checks=checks, gate=None)


def a_run(hidden: tuple[str, int] | None = None, **changes: Any) -> Execution:
    cells = tuple(
        CellRecord(
            notebook=name, position=position, cell_id=f"c{position}", hidden=(name, position) == hidden
        )
        for name, position in PLACES
    )
    return Execution(outcome=RunOutcome.COMPLETED, cells=cells, **changes)


def a_hidden_question(checkpoint: str) -> Exchange:
    return Exchange(
        checkpoint=CheckpointId(checkpoint),
        check=CheckId("q0"),
        question=Question(kind=QuestionKind.CALL, name="predict", hidden=True),
        answer=Answer(status=AnswerStatus.NO_ANSWER),
    )


def held_back(embargo: Embargo) -> list[tuple[str, int]]:
    return [place for place in PLACES if embargo.covers(*place)]


PUBLIC = an_assignment(Visibility.VISIBLE, Visibility.AFTER_PUBLISHED)


def test_without_anything_hidden_nothing_is_held_back() -> None:
    assert held_back(embargo_of(a_run(), PUBLIC, stage=Stage.DUE)) == []


def test_the_first_hidden_cell_and_all_after_it_in_every_notebook_are_held_back() -> None:
    embargo = embargo_of(a_run(hidden=("one.ipynb", 2)), PUBLIC, stage=Stage.DUE)
    assert held_back(embargo) == PLACES[2:]


def test_the_place_that_the_run_names_counts_when_it_is_earlier() -> None:
    run = a_run(hidden=("two.ipynb", 0), embargo_from=("one.ipynb", 3))
    assert held_back(embargo_of(run, PUBLIC, stage=Stage.DUE)) == PLACES[3:]


def test_after_publication_of_everything_hidden_nothing_is_held_back() -> None:
    run = a_run(hidden=("one.ipynb", 2), embargo_from=("one.ipynb", 2))
    assert held_back(embargo_of(run, PUBLIC, stage=Stage.PUBLISHED)) == []


def test_a_check_that_is_never_shown_keeps_the_embargo_for_ever() -> None:
    secret = an_assignment(Visibility.VISIBLE, Visibility.HIDDEN)
    run = a_run(hidden=("one.ipynb", 2))
    assert held_back(embargo_of(run, secret, stage=Stage.PUBLISHED)) == PLACES[2:]


def test_withheld_rows_are_never_published_so_what_came_after_them_never_is() -> None:
    reached = ReachedCheckpoint(
        id=CheckpointId("part-1"), recognised=True, reached=True, notebook="one.ipynb", position=1
    )
    run = a_run(checkpoints=(reached,), exchanges=(a_hidden_question("part-1"),))
    for stage in Stage:
        assert held_back(embargo_of(run, PUBLIC, stage=stage)) == PLACES[2:]


def test_a_hidden_question_at_the_end_of_the_run_holds_nothing_back() -> None:
    run = a_run(exchanges=(a_hidden_question(END_OF_RUN),))
    assert held_back(embargo_of(run, PUBLIC, stage=Stage.DUE)) == []


def test_a_hidden_question_at_a_place_nobody_knows_holds_everything_back() -> None:
    run = a_run(exchanges=(a_hidden_question("gone"),))
    assert held_back(embargo_of(run, PUBLIC, stage=Stage.PUBLISHED)) == PLACES


def test_an_embargo_from_an_unknown_notebook_holds_everything_back() -> None:
    run = a_run(embargo_from=("three.ipynb", 0))
    assert held_back(embargo_of(run, PUBLIC, stage=Stage.DUE)) == PLACES


def test_a_cell_of_an_unknown_notebook_is_held_back() -> None:
    embargo = embargo_of(a_run(hidden=("two.ipynb", 3)), PUBLIC, stage=Stage.DUE)
    assert embargo.covers("three.ipynb", 0)
    assert not replace(embargo, start=None).covers("three.ipynb", 0)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ValueError", "ValueError"),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("The answer is 368640", "an error"),
        ("MyError", "an error"),
        ("print", "an error"),
        ("__import__", "an error"),
        ("", "an error"),
    ],
)
def test_only_names_of_python_s_own_exceptions_are_shown(name: str, shown: str) -> None:
    assert public_error_name(name) == shown
