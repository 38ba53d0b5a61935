"""Figures of what the grader gives to a run: made from the store, and none where the store cannot tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import numpy as np
import pytest

from autograder.app.supplied import rows_of, supplied_to, weights_of
from autograder.assets import safetensors
from autograder.assets.store import Store
from autograder.errors import AssetMissing
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.guidelines.rule import Supplied
from autograder.model.assignment import AssetNeeds, Assignment, RuleSpec
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, AssignmentId, CheckId, RuleId, StudentId, SubmissionId
from autograder.model.submission import Submission

LARGE = np.arange(12_000, dtype="<f4").reshape(100, 120)
TABLE = np.arange(24_000, dtype="<f4").reshape(10, 20, 120)
SMALL = np.ones((3, 3), dtype="<f4")


def sha(array: np.ndarray[Any, Any]) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


EXPECTED = {sha(LARGE), sha(LARGE.T), sha(TABLE)}


def a_store(folder: Path, *names: str) -> Store:
    model = folder / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    safetensors.write(model / "model.safetensors", {"a": LARGE, "b": TABLE, "c": SMALL}, metadata={})
    store = Store(folder / "store")
    for name in names:
        store.add_model(model, name)
    return store


def a_rule(**settings: tuple[str, ...]) -> RuleSpec:
    return RuleSpec(id=RuleId("base_model"), points=Decimal(1), settings=settings)


def an_assignment(*models: str, rules: tuple[RuleSpec, ...] = ()) -> Assignment:
    return Assignment(
        id=AssignmentId("a"), title="A", version="1", folder=Path("a"), notebooks=("Lab.ipynb",), rules=rules,
        assets=AssetNeeds(models=models),
    )  # fmt: skip


def a_submission(code: str = "x = 1") -> Submission:
    cells = (Cell(id="c", cell_type="code", source=code),)
    return Submission(
        id=SubmissionId("s"), student=StudentId("ab1234"), attempt=1, digest="0" * 64,
        received=datetime(2025, 1, 31, tzinfo=UTC), archive_name="s.zip",
        notebooks={"Lab.ipynb": to_text(Notebook(cells=cells), outputs=False)}, files=(),
    )  # fmt: skip


def never() -> NoReturn:
    raise AssertionError("nothing needs this")


def test_digests_are_those_of_the_large_weights_as_they_are_and_transposed(tmp_path: Path) -> None:
    store = a_store(tmp_path, "distilbert-base-uncased")
    assert weights_of(an_assignment("distilbert-base-uncased"), a_rule(), store) == EXPECTED


def test_a_model_without_figures_leaves_nothing_to_compare_with(tmp_path: Path) -> None:
    store = a_store(tmp_path, "one")
    assert weights_of(an_assignment("one", "two"), a_rule(), store) == frozenset()
    keras = tmp_path / "keras"
    keras.mkdir()
    (keras / "config.json").write_text("{}")
    (keras / "tf_model.h5").write_bytes(b"x")
    store.add_model(keras, "two")
    assert weights_of(an_assignment("one", "two"), a_rule(), store) == frozenset()
    (keras / "tf_model.h5").rename(keras / "model.h5")
    head = json.dumps({"a": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}).encode()
    (keras / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + b"xx")
    store.add_model(keras, "two")
    assert weights_of(an_assignment("one", "two"), a_rule(), store) == frozenset()
    assert weights_of(an_assignment(), a_rule(), store) == frozenset()


def test_only_models_that_may_be_graded_count(tmp_path: Path) -> None:
    store = a_store(tmp_path, "one", "ProsusAI/finbert")
    both = an_assignment("one", "ProsusAI/finbert")
    assert weights_of(an_assignment("ProsusAI/finbert"), a_rule(), store) == frozenset()
    assert weights_of(both, a_rule(), store) == EXPECTED
    assert weights_of(both, a_rule(allowed=("one",)), store) == EXPECTED
    # A model of the list that is not in the store may still come with the archive.
    assert weights_of(both, a_rule(allowed=("one", "two")), store) == frozenset()


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("x = 1", {"o/bank/all": 90}),
        ("load_dataset('bank', 'all').select(range(100))", {"o/bank/all": 100}),
    ],
)
def test_rows_are_those_the_run_could_load(code: str, rows: dict[str, int]) -> None:
    view: Any = SimpleNamespace(shown={"o/bank/all": 90}, withheld={"o/bank/all": 10})
    assert rows_of(a_submission(code), lambda: view) == rows


def test_rows_are_unknown_without_the_assets() -> None:
    def missing() -> NoReturn:
        raise AssetMissing("not here")

    assert rows_of(a_submission(), missing) == {}


def test_figures_are_made_only_where_a_rule_and_a_ledger_can_use_them(tmp_path: Path) -> None:
    store = a_store(tmp_path, "one")
    question = Question(kind=QuestionKind.FITS, name="")
    answer = Answer(status=AnswerStatus.ANSWERED, value="[]")
    exchange = Exchange(checkpoint=END_OF_RUN, check=CheckId(""), question=question, answer=answer)

    def given(run: Execution, *rules: RuleSpec, view: Callable[[], Any] = never) -> Supplied:
        return supplied_to(a_submission(), run, an_assignment("one", rules=rules), store, view)

    run = Execution(outcome=RunOutcome.COMPLETED, exchanges=(exchange,))
    data = RuleSpec(id=RuleId("data"), points=Decimal(1))
    assert given(Execution(outcome=RunOutcome.COMPLETED), a_rule(), data) == Supplied()
    assert given(run) == Supplied()
    assert given(run, a_rule()) == Supplied(weights=frozenset(EXPECTED))
    view: Any = SimpleNamespace(shown={"o/bank/all": 90}, withheld={})
    assert given(run, data, view=lambda: view) == Supplied(rows={"o/bank/all": 90})
