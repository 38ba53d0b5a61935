"""What a notebook prints of its accuracy is read beside what was measured, and earns nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.execution.claims import claimed_accuracy, with_claims
from autograder.model.assignment import Assignment, Assurance, CheckKind, Checkpoint, CheckSpec
from autograder.model.execution import CellRecord, Execution, ReachedCheckpoint, RunOutcome
from autograder.model.ids import AssignmentId, CheckId, CheckpointId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, CheckResult
from autograder.model.submission import Submission


def notebook(*printed: str) -> str:
    cells = [
        {
            "cell_type": "code", "id": f"c{number}", "source": "", "metadata": {},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": text}] if text else [],
        }
        for number, text in enumerate(printed)
    ]  # fmt: skip
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


@pytest.mark.parametrize(
    ("printed", "claimed"),
    [
        ("accuracy 0.913, macro-F1 0.88", 0.913),
        ("Test accuracy: 91.3%", 0.913),
        ("loss: 0.3 - accuracy: 0.80\nval_loss: 0.4 - val_accuracy: 0.91", 0.80),
        ("Epoch 3: acc = .75", 0.75),
        ("Accuracy score of the model is 1.0", 1.0),
        ("no number for accuracy here", None),
        ("accurate to 3 digits", None),
        ("the precision is 0.9", None),
        ("accuracy 4711", None),
    ],
)
def test_an_accuracy_is_read_from_what_was_printed(printed: str, claimed: float | None) -> None:
    assert claimed_accuracy(notebook(printed)) == (None if claimed is None else pytest.approx(claimed))


def test_the_last_claim_up_to_the_cell_counts() -> None:
    text = notebook("accuracy 0.5", "accuracy 0.6", "accuracy 0.7")
    assert claimed_accuracy(text) == 0.7
    assert claimed_accuracy(text, until="c1") == 0.6
    assert claimed_accuracy(text, before=1) == 0.5


def graded(
    stored: str, executed: str, *, embargo: int | None = None, hidden: str = "n.ipynb"
) -> float | None:
    spec = CheckSpec(
        id=CheckId("a"), kind=CheckKind.PYTEST, points=Decimal(1), title="A", assurance=Assurance.SEPARATED,
        after=CheckpointId("p"),
    )  # fmt: skip
    assignment = Assignment(
        id=AssignmentId("x"), title="X", version="", folder=Path(), notebooks=("n.ipynb",), checks=(spec,),
        checkpoints=(Checkpoint(id=CheckpointId("p"), cell="c1"),),
    )  # fmt: skip
    result = CheckResult(
        check_id=CheckId("a"), kind=CheckKind.PYTEST, assurance=Assurance.SEPARATED,
        outcome=CheckOutcome.PASSED, figures={"model.accuracy": 0.9},
    )  # fmt: skip
    submission = Submission(
        id=SubmissionId("s"), student=StudentId("t"), attempt=1, digest="", received=datetime.now(UTC),
        archive_name="", notebooks={"n.ipynb": executed}, stored={"n.ipynb": stored},
    )  # fmt: skip
    place = ReachedCheckpoint(
        id=CheckpointId("p"), recognised=True, reached=True, notebook="n.ipynb", position=1
    )
    execution = Execution(
        outcome=RunOutcome.COMPLETED, checkpoints=(place,),
        executed={"m.ipynb": notebook(), "n.ipynb": executed, "o.ipynb": notebook()},
        cells=(
            CellRecord(notebook="m.ipynb", position=0, cell_id="m0"),
            *(CellRecord(notebook="n.ipynb", position=n, cell_id=f"c{n}") for n in range(3)),
        ),
        embargo_from=None if embargo is None else (hidden, embargo),
    )  # fmt: skip
    (found,) = with_claims([result], submission, execution, assignment)
    assert replace(found, figures=result.figures) == result
    return found.figures.get("model.claimed")


def test_what_was_handed_in_claims_first() -> None:
    assert graded(notebook("", "accuracy 0.99", "accuracy 0.1"), notebook("", "accuracy 0.7", "")) == 0.99


def test_without_stored_outputs_our_own_run_claims() -> None:
    assert graded(notebook("", "", ""), notebook("", "accuracy 0.7", "accuracy 0.2")) == 0.7


def test_nothing_is_read_from_what_was_printed_after_a_hidden_test() -> None:
    assert graded(notebook("", "", ""), notebook("", "accuracy 0.7", ""), embargo=1) is None


@pytest.mark.parametrize(("hidden", "claimed"), [("m.ipynb", None), ("o.ipynb", 0.7)])
def test_a_hidden_test_of_an_earlier_notebook_counts_as_well(hidden: str, claimed: float | None) -> None:
    ours = notebook("", "accuracy 0.7", "")
    assert graded(notebook("", "", ""), ours, embargo=0, hidden=hidden) == claimed
