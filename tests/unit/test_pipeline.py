from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.checks.kinds import kinds_of
from autograder.errors import GraderFailed, SandboxUnavailable, StorageFull
from autograder.execution.prepare import Prepared
from autograder.execution.recorded import recorded
from autograder.model.assignment import Assignment, Assurance, CheckKind, Checkpoint
from autograder.model.execution import CellStatus, Execution, RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import END_OF_RUN, CheckpointId, SubmissionId
from autograder.model.results import CheckOutcome
from autograder.pipeline import ended, grade, rejudge
from autograder.steps import Tools
from tests.fakes import (
    NOON,
    FakeChecks,
    FakeKernel,
    FakeRun,
    a_cell,
    a_check,
    a_finding,
    a_holdout,
    a_reached,
    a_submission,
    an_assignment,
    an_execution,
    fake_tools,
)

PART = CheckpointId("part1")


def graded_by(tools: Tools, assignment: Assignment | None = None) -> GradedSubmission:
    graded, _ = grade(a_submission(), assignment or an_assignment(), tools, run_key="run-1")
    return graded


def outcomes(graded: GradedSubmission) -> dict[str, CheckOutcome]:
    return {result.check_id: result.outcome for result in graded.results}


def test_a_submission_that_does_what_is_asked_earns_its_points() -> None:
    graded = graded_by(fake_tools(passed=["q1"]), an_assignment(checks=["q1", "q2"]))
    assert outcomes(graded) == {"q1": CheckOutcome.PASSED, "q2": CheckOutcome.FAILED}
    assert graded.status is Status.GRADED
    assert graded.score is not None
    assert (graded.score.total, graded.score.max_score) == (Decimal(10), Decimal(20))
    assert graded.run_outcome is RunOutcome.COMPLETED


def test_checks_are_asked_at_their_own_checkpoint() -> None:
    assignment = an_assignment(
        checks=[a_check("early", after=PART), a_check("late")],
        checkpoints=(Checkpoint(id=PART, cell="p1"),),
    )
    run = FakeRun({PART: FakeKernel({"early": True}), END_OF_RUN: FakeKernel({"early": False, "late": True})})
    graded, execution = grade(a_submission(), assignment, fake_tools(run), run_key="run-1")
    assert outcomes(graded) == {"early": CheckOutcome.PASSED, "late": CheckOutcome.PASSED}
    assert execution is not None
    assert [exchange.checkpoint for exchange in execution.exchanges] == [PART, END_OF_RUN]
    assert run.closed


def test_a_check_missing_from_the_results_earns_nothing() -> None:
    run = FakeRun({}, an_execution(outcome=RunOutcome.KERNEL_DIED, checkpoints=()))
    graded = graded_by(fake_tools(run))
    assert outcomes(graded) == {"q1": CheckOutcome.NOT_RUN}
    assert graded.status is Status.GRADED
    assert graded.score is not None
    assert graded.score.total == 0


def test_what_ran_before_the_kernel_died_keeps_its_points() -> None:
    assignment = an_assignment(
        checks=[a_check("early", after=PART), a_check("late")],
        checkpoints=(Checkpoint(id=PART, cell="p1"),),
    )
    execution = an_execution(
        outcome=RunOutcome.OUT_OF_MEMORY, checkpoints=(a_reached(PART), a_reached(reached=False))
    )
    graded = graded_by(fake_tools(FakeRun({PART: FakeKernel({"early": True})}, execution)), assignment)
    assert outcomes(graded) == {"early": CheckOutcome.PASSED, "late": CheckOutcome.NOT_RUN}
    assert graded.score is not None
    assert graded.score.total == 10


@pytest.mark.parametrize(
    "run",
    [
        SandboxUnavailable("no room"),
        FakeRun({}, an_execution(outcome=RunOutcome.SANDBOX_FAILED, detail="it died")),
    ],
    ids=["did not open", "died"],
)
def test_a_broken_sandbox_gives_no_score_and_blames_nobody(run: FakeRun | Exception) -> None:
    graded = graded_by(fake_tools(run), an_assignment(checks=["q1", a_check("essay", kind=CheckKind.MANUAL)]))
    assert graded.status is Status.SANDBOX_FAILED
    assert graded.run_outcome is RunOutcome.SANDBOX_FAILED
    assert graded.score is None
    assert CheckOutcome.FAILED not in outcomes(graded).values()
    assert "sandbox" in graded.reason


def test_a_check_file_that_fails_stops_the_grading_before_a_cell_runs() -> None:
    run = FakeRun({END_OF_RUN: FakeKernel({"q1": True})})
    kind = lambda assignment, holdout: FakeChecks(  # noqa: E731
        assignment, broken=GraderFailed("test_a.py cannot be imported")
    )
    graded, execution = grade(
        a_submission(), an_assignment(), fake_tools(run, kinds=lambda assignment: (kind,)), run_key="run-1"
    )
    assert (graded.status, graded.score, execution) == (Status.GRADER_FAILED, None, None)
    assert "test_a.py" in graded.reason
    assert run.exchanges == []
    assert run.closed


@pytest.mark.parametrize("error", [GraderFailed("oh"), ZeroDivisionError("oh")], ids=repr)
def test_our_own_failure_gives_no_score_and_keeps_the_evidence(error: Exception) -> None:
    run = FakeRun({END_OF_RUN: FakeKernel()})
    tools = fake_tools(run, kinds=lambda assignment: (lambda a, holdout: FakeChecks(a, errs=error),))
    graded, execution = grade(a_submission(), an_assignment(), tools, run_key="run-1")
    assert (graded.status, graded.score) == (Status.GRADER_FAILED, None)
    assert "oh" in graded.reason
    assert graded.run_outcome is None
    assert execution is not None


@pytest.mark.parametrize("error", [MemoryError(), StorageFull("full")], ids=repr)
def test_what_only_the_parent_can_judge_is_handed_up(error: Exception) -> None:
    with pytest.raises(type(error)):
        graded_by(fake_tools(error))


def test_written_work_keeps_a_submission_pending() -> None:
    assignment = an_assignment(checks=[a_check("essay", kind=CheckKind.MANUAL)])
    graded = graded_by(fake_tools(kinds=kinds_of), assignment)
    assert graded.status is Status.PENDING
    assert graded.score is not None
    assert graded.score.total is None


def test_test_cells_are_judged_when_the_run_has_ended() -> None:
    assignment = an_assignment(checks=[a_check("q1", kind=CheckKind.CELLS, cell="q1_test")])
    execution = an_execution(cells=(a_cell("q1_test", CellStatus.ERROR, error_name="AssertionError"),))
    graded = graded_by(fake_tools(FakeRun({}, execution), kinds=kinds_of), assignment)
    assert outcomes(graded) == {"q1": CheckOutcome.FAILED}


def test_findings_before_and_after_the_run_count_together() -> None:
    tools = fake_tools(
        passed=["q1"],
        inspect=lambda submission, assignment: (a_finding("paths", 1),),
        inspect_run=lambda submission, execution, assignment, before: (*before, a_finding("runs", 2)),
    )
    graded = graded_by(tools, an_assignment(deduction_cap=Decimal(10)))
    assert [finding.rule for finding in graded.findings] == ["paths", "runs"]
    assert graded.score is not None
    assert graded.score.total == 7


def test_the_provenance_says_with_what_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_a.py").write_text("a")
    holdout = a_holdout()
    graded = graded_by(fake_tools(holdout=holdout), an_assignment(folder=tmp_path))
    found = graded.provenance
    assert found.run_key == "run-1"
    assert found.submission_digest == a_submission().digest
    assert found.assignment_version == an_assignment().version
    assert found.image_digest == an_execution().image_digest
    assert list(found.check_digests) == ["test_a.py"]
    assert found.holdout_digest == holdout.digest
    assert found.started == found.finished == NOON


def test_suspicions_and_remarks_of_intake_are_handed_on() -> None:
    run = FakeRun({}, an_execution(suspicions=("odd",)))
    graded, _ = grade(a_submission(notes=("renamed",)), an_assignment(), fake_tools(run), run_key="run-1")
    assert (graded.suspicions, graded.notes) == (("odd",), ("renamed",))


def test_what_was_repaired_is_told_and_stays_told_when_judged_again() -> None:
    repaired = Prepared(notebooks=(), notes=("test moved",))
    tools = fake_tools(passed=["q1"], prepare=lambda submission, assignment: repaired)
    submission = a_submission(notes=("renamed",))
    graded, execution = grade(submission, an_assignment(), tools, run_key="run-1")
    assert graded.notes == ("renamed", "test moved") and execution is not None
    assert rejudge(graded, execution, submission, an_assignment(), fake_tools()).notes == graded.notes


def rejudged(checks: list[str], *, before: list[str], passed: list[str]) -> GradedSubmission:
    """Grade with the checks `before`, then judge again with `checks`."""
    tools = fake_tools(passed=passed, recorded=recorded)
    graded, execution = grade(a_submission(), an_assignment(checks=before), tools, run_key="run-1")
    assert execution is not None
    no_run = fake_tools(AssertionError("a kernel was started"), recorded=recorded)
    return rejudge(graded, execution, a_submission(), an_assignment(checks=checks, version="b" * 64), no_run)


def test_judging_again_needs_no_kernel_and_finds_the_same() -> None:
    graded = rejudged(["q1", "q2"], before=["q1", "q2"], passed=["q2"])
    assert outcomes(graded) == {"q1": CheckOutcome.FAILED, "q2": CheckOutcome.PASSED}
    assert graded.score is not None
    assert graded.score.total == 10
    assert graded.provenance.run_key == "run-1"
    assert graded.provenance.assignment_version == "b" * 64


def test_a_check_that_asks_something_new_is_no_zero_but_needs_a_new_run() -> None:
    graded = rejudged(["q1", "q2"], before=["q1"], passed=["q1"])
    assert outcomes(graded) == {"q1": CheckOutcome.PASSED, "q2": CheckOutcome.NOT_RUN}
    assert graded.status is Status.PENDING
    assert "q2" in graded.reason
    assert graded.score is not None
    assert graded.score.earned["q2"] is None
    assert graded.score.total is None


def test_judging_again_keeps_findings_and_what_people_decided() -> None:
    tools = fake_tools(passed=["q1"], inspect=lambda submission, assignment: (a_finding("paths", 1),))
    assignment = an_assignment(deduction_cap=Decimal(10))
    graded, execution = grade(a_submission(), assignment, tools, run_key="run-1")
    assert execution is not None
    again = rejudge(dataclasses.replace(graded), execution, a_submission(), assignment, fake_tools())
    assert again.findings == graded.findings
    assert again.score == graded.score


def test_a_result_of_another_submission_is_not_judged_again() -> None:
    graded = graded_by(fake_tools())
    other = a_submission(id=SubmissionId("bob-1"))
    with pytest.raises(ValueError, match="ada-1"):
        rejudge(graded, an_execution(), other, an_assignment(), fake_tools())


def test_a_failure_while_judging_again_gives_no_score() -> None:
    kind = lambda a, holdout: FakeChecks(a, broken=GraderFailed("no file"))  # noqa: E731
    graded = graded_by(fake_tools(passed=["q1"]))
    again = rejudge(
        graded, an_execution(), a_submission(), an_assignment(), fake_tools(kinds=lambda a: (kind,))
    )
    assert (again.status, again.score) == (Status.GRADER_FAILED, None)


def test_a_submission_that_took_the_grading_process_with_it_has_its_outcome() -> None:
    execution = Execution(outcome=RunOutcome.OUTPUT_TOO_LARGE, detail="the grading process ran out of memory")
    graded = ended(a_submission(), an_assignment(), fake_tools(), run_key="run-1", execution=execution)
    assert graded.status is Status.GRADED
    assert graded.run_outcome is RunOutcome.OUTPUT_TOO_LARGE
    assert outcomes(graded) == {"q1": CheckOutcome.NOT_RUN}
    assert graded.score is not None
    assert graded.score.total == 0
    assert graded.provenance.sandbox == "fake"


CHECK_FILE = """
from autograder.checks.api import accuracy, check, grade_by

@check("count")
def count(student):
    assert student.integer("added_total") == 4

@check("seen")
def seen(run):
    assert [cell.outputs for cell in run.notebook.cells][1] == ()

@check("predicts")
def predicts(student, holdout):
    return grade_by(accuracy(student.call("predict", holdout.inputs), holdout.labels), {"0.7": "1"})
"""


def test_the_whole_flow_with_real_checks_live_and_from_evidence(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_it.py").write_text(CHECK_FILE)
    names = ("count", "seen", "predicts")
    assignment = an_assignment(
        checks=[a_check(name, after=PART, assurance=Assurance.REPORTED) for name in names],
        checkpoints=(Checkpoint(id=PART, cell="a"),),
        folder=tmp_path,
    )
    holdout = a_holdout()
    kernel = FakeKernel({"added_total": 4, "predict": lambda inputs: list(holdout.labels)})
    output = {"output_type": "stream", "name": "stdout", "text": "late"}
    cells = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": "1", "outputs": outputs,
         "execution_count": None}
        for name, outputs in (("a", []), ("b", [output]))
    ]  # fmt: skip
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    execution = an_execution(checkpoints=(a_reached(PART),), executed={"lab.ipynb": text})
    run = FakeRun({PART: kernel}, execution)
    run.notebook_at[PART] = text.replace(json.dumps(output), "")
    tools = fake_tools(run, kinds=kinds_of, recorded=recorded, holdout=holdout)
    graded, evidence = grade(a_submission(), assignment, tools, run_key="run-1")
    assert set(outcomes(graded).values()) == {CheckOutcome.PASSED}, graded.results
    assert evidence is not None
    again = rejudge(graded, evidence, a_submission(), assignment, tools)
    assert again.results == graded.results
    assert again.score == graded.score
    assert len(kernel.asked) == 2
