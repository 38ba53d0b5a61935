"""Checks that call the judge sandbox, in their real process; a fake judge answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.pytest_checks import PytestChecks
from autograder.checks.stop import Stop
from autograder.formats import plain
from autograder.model.assignment import Assurance
from autograder.model.ids import END_OF_RUN, CheckpointId
from autograder.model.results import CheckOutcome, CheckResult
from tests.fakes import FakeJudge, FakeKernel, a_check, asker_for

FILES = Path(__file__).parent / "files"
NAMES = ("judged", "judged-within", "judge-out-of-the-folder", "judge-without-a-file")
KERNEL = FakeKernel({"numbers": np.array([1, 2])})


@pytest.fixture(scope="module")
def checks() -> Iterator[PytestChecks]:
    specs = [
        a_check(name, after=CheckpointId(name), assurance=Assurance.SEPARATED, seconds=60.0) for name in NAMES
    ]
    with PytestChecks(specs, FILES, None) as running:
        running.ready()
        yield running


def judged(checks: PytestChecks, name: str, judge: FakeJudge | None) -> CheckResult:
    given = {} if judge is None else {"judge_for": lambda check: judge}
    (result,) = checks.at(Stop(checkpoint=CheckpointId(name), asker_for=asker_for(KERNEL), **given))  # type: ignore[arg-type]
    return result


def test_what_the_judge_says_decides(checks: PytestChecks) -> None:
    right = FakeJudge({"double.py": lambda numbers: (2 * numbers).tolist()})
    wrong = FakeJudge({"double.py": lambda numbers: numbers.tolist()})
    assert judged(checks, "judged", right).outcome is CheckOutcome.PASSED
    failed = judged(checks, "judged", wrong)
    assert (failed.outcome, failed.message) == (CheckOutcome.FAILED, "not what the judge says")


def test_code_and_arguments_reach_the_judge_as_text(checks: PytestChecks) -> None:
    judge = FakeJudge({"double.py": lambda numbers: [2, 4]})
    judged(checks, "judged", judge)
    (call,) = judge.calls
    assert (call.script, call.code) == ("double.py", (FILES / "judge" / "double.py").read_text())
    assert plain.decode(call.arguments)["numbers"].tolist() == [1, 2]  # type: ignore[index,call-overload,union-attr]


def test_the_evidence_names_a_call_by_its_digests(checks: PytestChecks) -> None:
    judge = FakeJudge({"double.py": lambda numbers: [2, 4]})
    judged(checks, "judged", judge)
    (call,) = judge.calls
    assert call.question.part == hashlib.sha256(call.code.encode()).hexdigest()
    assert call.question.arguments == f'"{hashlib.sha256(call.arguments.encode()).hexdigest()}"'
    assert plain.canonical(call.question.arguments) == call.question.arguments


@pytest.mark.parametrize("judge", [None, FakeJudge()], ids=["no judge", "it failed"])
def test_a_judge_that_does_not_answer_is_no_failure_of_the_student(
    checks: PytestChecks, judge: FakeJudge | None
) -> None:
    result = judged(checks, "judged", judge)
    assert (result.outcome, result.message) == (CheckOutcome.ERRORED, "")
    assert "double.py gave no result" in result.staff_message and "judge sandbox" in result.staff_message


def test_the_time_of_a_check_bounds_the_time_of_a_call(checks: PytestChecks) -> None:
    judge = FakeJudge({"double.py": lambda numbers: []})
    assert judged(checks, "judged-within", judge).outcome is CheckOutcome.PASSED
    (call,) = judge.calls
    assert (call.seconds, call.at_most) == (60.0, 1024 * 1024)


@pytest.mark.parametrize("name", ["judge-out-of-the-folder", "judge-without-a-file"])
def test_a_script_that_is_not_there_is_an_error_of_the_check(checks: PytestChecks, name: str) -> None:
    judge = FakeJudge()
    assert judged(checks, name, judge).outcome is CheckOutcome.ERRORED
    assert judge.calls == []


def test_files_of_the_judge_are_no_checks(checks: PytestChecks) -> None:
    assert not [problem for problem in checks.problems() if "double" in problem]


def test_calls_together_may_take_as_long_as_the_check(tmp_path: Path) -> None:
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "one.py").write_text("def judge(n): return n")
    (tmp_path / "test_it.py").write_text(
        "from autograder.checks.api import check\n"
        "@check('q')\n"
        "def it(judge):\n    for n in range(5): judge.run('one.py', n=n)\n"
    )
    gone = [0.0]

    def slow(n: int) -> int:
        gone[0] += 60
        return n

    judge = FakeJudge({"one.py": slow})
    with PytestChecks([a_check("q", seconds=100.0)], tmp_path, None, clock=lambda: gone[0]) as running:
        (result,) = running.at(
            Stop(checkpoint=END_OF_RUN, asker_for=asker_for(KERNEL), judge_for=lambda check: judge)
        )
    assert result.outcome is CheckOutcome.ERRORED
    assert len(judge.calls) == 2 and "took too long" in result.staff_message
