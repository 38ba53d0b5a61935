"""The pytest checks in their real process. One process serves most of these tests."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.pytest_checks import PytestChecks, judge_pytest, problems
from autograder.checks.stop import Stop
from autograder.errors import GraderFailed
from autograder.model.assignment import Assurance, Visibility
from autograder.model.evidence import Answer, AnswerStatus, Asker, QuestionKind
from autograder.model.ids import END_OF_RUN, CheckpointId
from autograder.model.results import CheckOutcome, CheckResult
from tests.fakes import FakeKernel, a_check, a_holdout, an_assignment, asker_for

FILES = Path(__file__).parent / "files"
IDS = re.findall(r'@check\("([^"]+)"', (FILES / "test_rules.py").read_text())
SPECS = {
    name: a_check(
        name,
        after=CheckpointId(name),  # so that each can be judged by itself
        assurance=Assurance.REPORTED,
        seconds=0.3 if name == "loops" else 60.0,
        visibility=Visibility.VISIBLE if name == "streams" else Visibility.AFTER_PUBLISHED,
    )
    for name in IDS
    if name != "never-declared"
}
EARLY = CheckpointId("early")


def listing(**contents: str) -> list[dict[str, object]]:
    return [
        {
            "site": f"{part}.kernel", "shape": [3], "dtype": "float32", "size": 3, "digest": content,
            "zero": False, "trainable": True,
        }
        for part, content in contents.items()
    ]  # fmt: skip


def a_fit(**changes: object) -> dict[str, object]:
    before = listing(base="b", head="h0")
    return {"cell": 1, "model": "m", "names": ["model"], "before": before, "after": before, **changes}


@pytest.fixture(scope="module")
def checks() -> Iterator[PytestChecks]:
    with PytestChecks(list(SPECS.values()), FILES, a_holdout()) as running:
        running.ready()
        yield running


def a_stop(kernel: Asker, *, notebook: str = "", at: str = END_OF_RUN) -> Stop:
    return Stop(checkpoint=CheckpointId(at), asker_for=asker_for(kernel), notebook=notebook)


def judged(
    checks: PytestChecks, name: str, kernel: Asker | None = None, *, notebook: str = ""
) -> CheckResult:
    """Judge one check of the shared process."""
    (result,) = checks.at(a_stop(kernel or FakeKernel(), notebook=notebook, at=name))
    return result


ANSWER = FakeKernel({"answer": 42})


def test_a_check_that_returns_nothing_passed(checks: PytestChecks) -> None:
    result = judged(checks, "passes", ANSWER)
    assert result.outcome is CheckOutcome.PASSED
    assert result.assurance is Assurance.REPORTED
    assert result.figures == {"answer": 42.0}


def test_a_failed_assert_shows_the_student_the_purpose_and_never_the_expected_value(
    checks: PytestChecks,
) -> None:
    result = judged(checks, "fails", ANSWER)
    assert result.outcome is CheckOutcome.FAILED
    assert result.message == "The answer must be right."
    assert "assert 42 == 43" in result.staff_message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fails.fixed-text", "The answer is another one."),
        ("fails.computed-text", "Look at the answer again."),
        ("fails.library", "The arrays must be equal."),
        ("fails.reason", "Give the answer in metres."),
        ("fails.pytest", "Something is missing."),
        ("fails.silent", "fails.silent: not fulfilled."),
    ],
)
def test_only_words_meant_for_the_student_are_shown(checks: PytestChecks, name: str, message: str) -> None:
    result = judged(checks, name, ANSWER)
    assert (result.outcome, result.message) == (CheckOutcome.FAILED, message)


def test_a_check_can_wait_for_a_person(checks: PytestChecks) -> None:
    result = judged(checks, "waits")
    assert (result.outcome, result.message) == (CheckOutcome.WAITING, "The parts are in another order.")
    assert judged(checks, "skips").outcome is CheckOutcome.WAITING


@pytest.mark.parametrize("name", ["errs", "returns", "exits", "moves.undeclared"])
def test_an_error_of_the_check_is_ours(checks: PytestChecks, name: str) -> None:
    result = judged(checks, name, FakeKernel(weights={"model": []}))
    assert result.outcome is CheckOutcome.ERRORED
    assert result.message == ""
    assert result.staff_message


@pytest.mark.parametrize("name", ["dies", "loops"])
def test_a_check_that_ends_its_process_or_hangs_errs_and_the_next_one_runs(
    checks: PytestChecks, name: str
) -> None:
    assert judged(checks, name).outcome is CheckOutcome.ERRORED
    assert judged(checks, "passes", ANSWER).outcome is CheckOutcome.PASSED


def test_a_share_of_the_points_is_partial(checks: PytestChecks) -> None:
    result = judged(checks, "partial")
    assert (result.outcome, result.fraction) == (CheckOutcome.PARTIAL, Decimal("0.5"))
    assert result.message == "All of it. Half of it is there."
    assert judged(checks, "nothing").outcome is CheckOutcome.FAILED


def test_predictions_are_judged_against_labels_the_kernel_never_gets(checks: PytestChecks) -> None:
    rows = a_holdout()
    kernel = FakeKernel({"predict": lambda inputs: list(rows.labels)})
    result = judged(checks, "graded", kernel)
    assert result.outcome is CheckOutcome.PASSED
    assert result.figures["accuracy"] == 1.0
    assert result.figures["floor"] == 0.5
    assert result.figures["tier:0.7"] == 0.5
    (question,) = kernel.asked
    assert question.hidden
    assert not [label for label in rows.labels if label in question.arguments]


@pytest.mark.parametrize(
    "answer",
    [["neutral"], ["bullish"] * 4, [math.nan] * 4, 1.0, np.zeros((4, 3)), None, {"accuracy": 1.0}, True],
    ids=repr,
)
def test_a_lying_answer_fails_the_check_and_is_no_error(checks: PytestChecks, answer: object) -> None:
    result = judged(checks, "graded", FakeKernel({"predict": lambda inputs: answer}))
    assert result.outcome is CheckOutcome.FAILED
    assert result.message


@pytest.mark.parametrize("answer", ["42", True, None, [42], math.nan, math.inf, {"a": 1}])
def test_a_value_of_another_kind_fails_the_check_and_is_no_error(
    checks: PytestChecks, answer: object
) -> None:
    result = judged(checks, "number", FakeKernel({"answer": answer}))
    assert (result.outcome, result.message) == (CheckOutcome.FAILED, "`answer` must be a finite number.")


@pytest.mark.parametrize(
    ("matrix", "outcome"),
    [
        ([[1, 2, 3], [4, 5, 6]], CheckOutcome.PASSED),
        (np.arange(1.0, 7.0).reshape(2, 3), CheckOutcome.PASSED),
        ([[1, 2], [3]], CheckOutcome.FAILED),
        ([["1", "2", "3"]], CheckOutcome.FAILED),
        (np.zeros(3), CheckOutcome.FAILED),
        ({}, CheckOutcome.FAILED),
    ],
    ids=repr,
)
def test_an_array_may_come_as_lists_and_must_have_its_shape(
    checks: PytestChecks, matrix: object, outcome: CheckOutcome
) -> None:
    assert judged(checks, "array", FakeKernel({"matrix": matrix})).outcome is outcome


def test_a_number_is_no_text(checks: PytestChecks) -> None:
    assert judged(checks, "text", ANSWER).message == "`answer` must be a text."


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (AnswerStatus.ABSENT, "has no `answer`"),
        (AnswerStatus.RAISED, "`answer` raised"),
        (AnswerStatus.REFUSED, "too large or"),
        (AnswerStatus.NO_ANSWER, "gave no answer"),
    ],
)
def test_no_value_fails_the_check_and_what_the_kernel_said_is_for_staff(
    checks: PytestChecks, status: AnswerStatus, words: str
) -> None:
    kernel = FakeKernel(answers={"answer": Answer(status=status, message="expected 43")})
    result = judged(checks, "passes", kernel)
    assert result.outcome is CheckOutcome.FAILED
    assert words in result.message
    assert "43" not in result.message
    assert "expected 43" in result.staff_message


@pytest.mark.parametrize("name", ["passes", "swallows"])
def test_a_question_that_was_never_asked_needs_a_new_run(checks: PytestChecks, name: str) -> None:
    kernel = FakeKernel(
        answers={key: Answer(status=AnswerStatus.NEVER_ASKED) for key in ("answer", "unheard_of")}
    )
    result = judged(checks, name, kernel)
    assert result.outcome is CheckOutcome.NOT_RUN
    assert "new run" in result.message


def test_what_moved_is_judged_from_the_first_fit_of_the_model(checks: PytestChecks) -> None:
    now = {"model": listing(base="b", head="h1")}
    fits = [a_fit(names=["other"], before=[]), a_fit(), a_fit(before=listing(base="b", head="h1"))]
    assert judged(checks, "moves", FakeKernel(weights=now, fits=fits)).outcome is CheckOutcome.PASSED
    too_much = {"model": listing(base="b1", head="h1")}
    result = judged(checks, "moves", FakeKernel(weights=too_much, fits=fits))
    assert (result.outcome, result.message) == (CheckOutcome.FAILED, "Only the head may move.")


def test_a_training_that_was_not_recorded_waits_for_a_person(checks: PytestChecks) -> None:
    result = judged(checks, "moves", FakeKernel(weights={"model": listing(head="h1")}))
    assert result.outcome is CheckOutcome.WAITING


@pytest.mark.parametrize("weights", [{}, {"model": "lie"}, {"model": [{"site": 1}]}])
def test_weights_that_are_missing_or_no_listing_fail_the_check(
    checks: PytestChecks, weights: dict[str, object]
) -> None:
    assert judged(checks, "moves", FakeKernel(weights=weights)).outcome is CheckOutcome.FAILED


def test_what_moved_since_an_earlier_checkpoint_compares_with_the_weights_listed_there() -> None:
    with PytestChecks([SPECS["moves.since"]], FILES, None) as running:
        early = FakeKernel(weights={"model": listing(base="b0", head="h")})
        assert running.at(a_stop(early, at=EARLY)) == ()
        assert [question.kind for question in early.asked] == [QuestionKind.WEIGHTS]
        now = FakeKernel(weights={"model": listing(base="b1", head="h")})
        (result,) = running.at(a_stop(now, at="moves.since"))
    assert result.outcome is CheckOutcome.PASSED


def test_without_the_earlier_checkpoint_the_comparison_waits_for_a_person(checks: PytestChecks) -> None:
    result = judged(checks, "moves.since", FakeKernel(weights={"model": listing(base="b1")}))
    assert result.outcome is CheckOutcome.WAITING
    assert "early" in result.message


def test_arrays_that_are_not_wanted_are_not_asked_for(checks: PytestChecks) -> None:
    kernel = FakeKernel(
        weights={"model": listing(base="b", head="h")},
        arrays={("model", "head.kernel"): np.ones(3, "f4")},
    )
    assert judged(checks, "arrays-at-sites", kernel).outcome is CheckOutcome.PASSED
    parts = [question.part for question in kernel.asked if question.kind is QuestionKind.ARRAY]
    assert parts == ["head.kernel"]


def test_arrays_are_streamed_one_by_one(checks: PytestChecks) -> None:
    arrays = {
        ("model", "base.kernel"): np.array([1, 2, 3], "f4"),
        ("model", "head.kernel"): np.ones(3, "f4"),
    }
    kernel = FakeKernel(weights={"model": listing(base="b", head="h")}, arrays=arrays)
    assert judged(checks, "streams", kernel).outcome is CheckOutcome.PASSED
    assert [question.part for question in kernel.asked] == ["", "base.kernel", "head.kernel"]
    kernel.arrays["model", "head.kernel"] = np.ones(4, "f4")
    assert judged(checks, "streams", kernel).outcome is CheckOutcome.FAILED


def test_the_executed_notebook_can_be_read(checks: PytestChecks) -> None:
    cell = (
        '{"cell_type": "code", "id": "a", "metadata": {}, "source": "x = 1", "outputs": [],'
        ' "execution_count": null}'
    )
    text = f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    assert judged(checks, "reads", notebook=text).outcome is CheckOutcome.PASSED


def test_what_a_check_prints_is_for_staff(checks: PytestChecks) -> None:
    result = judged(checks, "prints")
    assert result.message == "It printed."
    assert "process " in result.staff_message


def test_own_fixtures_work(checks: PytestChecks) -> None:
    assert judged(checks, "fixture", ANSWER).outcome is CheckOutcome.PASSED


def test_answers_may_together_take_as_long_as_the_check() -> None:
    now = [0.0]

    def slow(question: object) -> Answer:
        now[0] += 25.0
        return Answer(status=AnswerStatus.ANSWERED, value="1")

    spec = SPECS["many-answers"]
    with PytestChecks([spec], FILES, None, clock=lambda: now[0]) as running:
        result = judged(running, "many-answers", slow)
    assert result.outcome is CheckOutcome.FAILED
    assert "took too long" in result.message
    assert now[0] == 75.0 >= spec.seconds


def test_arguments_of_a_hidden_check_are_hidden_and_references_alone_are_not(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from autograder.checks.api import check\n"
        "@check('q1')\n"
        "def it(student):\n"
        "    student.call('f', (1, 2))\n"
        "    student.call('f', model=student.ref('model'))\n"
    )
    for visibility, hidden in ((Visibility.HIDDEN, [True, False]), (Visibility.VISIBLE, [False, False])):
        kernel = FakeKernel({"f": lambda *given, **named: 1})
        specs = [a_check("q1", visibility=visibility)]
        (result,) = judge_pytest(specs, tmp_path, None, asker_for(kernel))
        assert result.outcome is CheckOutcome.PASSED
        assert [question.hidden for question in kernel.asked] == hidden
        assert kernel.asked[0].arguments == "[[[1,2]],{}]"


def test_a_check_file_that_does_not_import_stops_the_grading_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    with (
        PytestChecks([a_check("q1")], tmp_path, None) as running,
        pytest.raises(GraderFailed, match="no_such_module"),
    ):
        running.ready()


def test_verify_is_told_everything_that_does_not_agree(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_it.py").write_text(
        "from autograder.checks.api import check\n"
        "@check('q1')\ndef a(): pass\n"
        "@check('more')\ndef b(): pass\n"
        "def test_c(): pass\n"
    )
    found = problems(an_assignment(checks=["q1"], folder=tmp_path))
    assert len(found) == 2
    assert found[0].startswith("more: ")
    assert "test_c" in found[1]
    (found_missing,) = problems(an_assignment(checks=["q1", "q2"], folder=tmp_path))
    assert found_missing.startswith("q2: ")


def test_two_functions_with_one_id_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_it.py").write_text(
        "from autograder.checks.api import check\n@check('q1')\ndef a(): pass\n@check('q1')\ndef b(): pass\n"
    )
    (found,) = problems(an_assignment(checks=["q1"], folder=tmp_path))
    assert "two functions" in found


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    (found,) = problems(an_assignment(checks=["q1"], folder=tmp_path))
    assert "not a folder" in found


def test_without_pytest_checks_no_process_is_started(tmp_path: Path) -> None:
    with PytestChecks([], tmp_path / "absent", None) as running:
        running.ready()
        assert running.at(a_stop(FakeKernel())) == ()
        assert running.problems() == ()


def test_the_check_process_gets_no_secret_and_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_GRADEBOOK", "secret")
    (tmp_path / "test_it.py").write_text(
        "import os\n"
        "from autograder.checks.api import check\n"
        "@check('env')\ndef env(): assert 'secret' not in ''.join(os.environ.values())\n"
        "@check('memory')\ndef memory(): bytearray(3 << 30)\n"
    )
    env, memory = judge_pytest([a_check("env"), a_check("memory")], tmp_path, None, asker_for(FakeKernel()))
    assert env.outcome is CheckOutcome.PASSED
    assert memory.outcome is CheckOutcome.ERRORED
    assert "MemoryError" in memory.staff_message


def test_the_check_process_ends_with_the_block() -> None:
    with PytestChecks([SPECS["prints"]], FILES, None) as running:
        said = re.search(r"process (\d+)", judged(running, "prints").staff_message)
        assert said is not None
        os.kill(int(said[1]), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(said[1]), 0)


def test_the_check_files_folder_is_left_as_it_was() -> None:
    assert sorted(path.name for path in FILES.iterdir()) == ["judge", "sites.py", "test_rules.py"]
