"""What Gradescope is told: by its specification, by our visibility, and never a false zero."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from autograder.errors import GraderFailed
from autograder.model.assignment import CheckKind, Visibility
from autograder.model.execution import RunOutcome, Usage
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome, FindingState, Score
from autograder.reporting.gradescope import results_json
from autograder.reporting.wording import RUN, WAS_RUN
from tests import fakes
from tests.unit.reporting import samples
from tests.unit.reporting.gradescope_schema import RESULTS

VISIBLE = fakes.a_check("seen", visibility=Visibility.VISIBLE, title="Seen at once")
LATER = fakes.a_check("later", visibility=Visibility.AFTER_PUBLISHED, points=Decimal(5))
NEVER = fakes.a_check("never", visibility=Visibility.HIDDEN, points=Decimal(3))
MANUAL = fakes.a_check("essay", kind=CheckKind.MANUAL, points=Decimal(7))
EXTRA = fakes.a_check("extra", points=Decimal(2), optional=True)
SECRETS = (samples.SECRET_TEST, "368640", samples.SMUGGLED, samples.HOLDOUT_ROW, "11,720,448")


def told(*checks: Any, outcomes: dict[str, CheckOutcome] | None = None, **changes: Any) -> dict[str, Any]:
    """What Gradescope is told of a submission whose checks passed, or ended as `outcomes` says."""
    assignment = fakes.an_assignment(checks=checks or (VISIBLE, LATER, NEVER))
    ended = outcomes or {}
    results = tuple(
        fakes.a_result(
            spec.id, ended.get(spec.id, CheckOutcome.PASSED), kind=spec.kind, message=f"m-{spec.id}"
        )
        for spec in assignment.checks
    )
    known = {
        CheckOutcome.WAITING: None, CheckOutcome.FAILED: Decimal(0), CheckOutcome.ERRORED: None,
    }  # fmt: skip
    earned = {spec.id: known.get(ended.get(spec.id), spec.points) for spec in assignment.checks}  # type: ignore[arg-type]
    score = Score(earned=earned, deducted=Decimal(0), total=None, max_score=assignment.max_score)
    graded = fakes.a_graded(assignment, **{"results": results, "score": score, **changes})
    return results_json(graded, fakes.an_execution(), assignment)


def entry(found: dict[str, Any], start: str) -> dict[str, Any]:
    (one,) = [test for test in found["tests"] if test["name"].startswith(start)]
    return dict(one)


@pytest.mark.parametrize(
    "found",
    [
        told(),
        told(VISIBLE, MANUAL, outcomes={"seen": CheckOutcome.WAITING, "essay": CheckOutcome.WAITING}),
        told(status=Status.REJECTED, reason="It is no zip file.", results=(), score=None),
        told(MANUAL, outcomes={"essay": CheckOutcome.WAITING}),
        results_json(samples.a_graded(), samples.an_execution(), samples.an_assignment()),
    ],
    ids=["graded", "waiting", "rejected", "manual only", "with a bit of everything"],
)
def test_what_is_told_is_what_the_specification_says(found: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(RESULTS).validate(json.loads(json.dumps(found, allow_nan=False)))


def test_each_check_is_shown_when_its_visibility_says() -> None:
    found = told()
    assert [(test["name"], test["visibility"]) for test in found["tests"]] == [
        ("Seen at once", "visible"),
        ("later", "after_published"),
        ("never", "hidden"),
        ("1 check not shown, worth 3 points together", "after_published"),
    ]
    assert found["score"] == 18


def test_the_total_is_held_back_until_publication_where_a_check_is_never_shown() -> None:
    """Gradescope shows no total while a test waits for publication; a hidden test alone would not hold it."""
    found = told(VISIBLE, NEVER)
    assert [test["visibility"] for test in found["tests"]] == ["visible", "hidden", "after_published"]


def test_where_everything_is_shown_nothing_holds_the_total_back() -> None:
    assert [test["visibility"] for test in told(VISIBLE)["tests"]] == ["visible"]


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_hidden_is_in_any_text(secret: str) -> None:
    found = results_json(samples.a_graded(), samples.an_execution(), samples.an_assignment())
    assert secret not in json.dumps(found)


@pytest.mark.parametrize("outcome", [CheckOutcome.PASSED, CheckOutcome.FAILED])
def test_a_check_that_passed_or_failed_says_so(outcome: CheckOutcome) -> None:
    assert entry(told(VISIBLE, outcomes={"seen": outcome}), "Seen")["status"] == outcome.value


def test_a_partly_passed_check_leaves_its_look_to_its_points() -> None:
    found = results_json(samples.a_graded(), samples.an_execution(), samples.an_assignment())
    part = entry(found, "The fine-tuned model")
    assert (part["score"], part["max_score"], "status" in part) == (10, 20, False)


def test_a_check_that_waits_has_no_score_and_says_so() -> None:
    found = told(VISIBLE, LATER, outcomes={"seen": CheckOutcome.WAITING})
    waits = entry(found, "Seen at once: waits for a person (10 points)")
    assert "score" not in waits and "status" not in waits
    assert "person" in waits["output"] and "Seen at once" in found["output"]
    assert found["score"] == 5


def test_that_a_check_waits_which_is_not_shown_yet_is_not_told_at_the_top() -> None:
    found = told(VISIBLE, LATER, outcomes={"later": CheckOutcome.WAITING})
    assert "later" not in found["output"]


def test_manual_parts_are_left_to_gradescope() -> None:
    found = told(VISIBLE, MANUAL, outcomes={"essay": CheckOutcome.WAITING})
    assert [test["name"] for test in found["tests"]] == ["Seen at once"]
    assert "1 part of 7 points together: read and graded by a person." in found["output"]
    assert found["score"] == 10


def test_deductions_are_taken_from_the_score_and_told() -> None:
    assignment = fakes.an_assignment(checks=(VISIBLE,), deduction_cap=Decimal(5))
    graded = fakes.a_graded(assignment, findings=(fakes.a_finding(points=2),))
    assert graded.score is not None
    graded = replace(graded, score=replace(graded.score, deducted=Decimal(2)))
    found = results_json(graded, fakes.an_execution(), assignment)
    assert found["score"] == 8
    assert "An absolute path. (guideline paths: costs 2 points)" in found["output"]


@pytest.mark.parametrize(("passed", "score"), [(True, 12), (False, 10), (None, 10)])
def test_extra_credit_counts_once_the_basic_part_is_known_to_have_succeeded(
    passed: bool | None, score: int
) -> None:
    gate = replace(samples.an_assignment().gate, checks=(VISIBLE.id,))  # type: ignore[type-var]
    assignment = fakes.an_assignment(checks=(VISIBLE, EXTRA), gate=gate)
    graded = fakes.a_graded(assignment)
    assert graded.score is not None
    graded = replace(graded, score=replace(graded.score, gate_passed=passed))
    assert results_json(graded, fakes.an_execution(), assignment)["score"] == score


def test_a_rejected_submission_reads_what_to_change_at_once() -> None:
    found = told(VISIBLE, status=Status.REJECTED, reason="It is no zip file.", results=(), score=None)
    (only,) = found["tests"]
    assert found["score"] == 0 and (only["max_score"], only["visibility"]) == (10, "visible")
    assert "It is no zip file." in found["output"] and "It is no zip file." in only["output"]


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED])
def test_a_failure_on_our_side_is_never_a_score(status: Status) -> None:
    with pytest.raises(GraderFailed, match="on our side"):
        told(VISIBLE, status=status, reason="the engine is gone", results=(), score=None)


def test_a_check_that_failed_on_our_side_is_never_a_score() -> None:
    with pytest.raises(GraderFailed, match="seen"):
        told(VISIBLE, LATER, status=Status.PENDING, outcomes={"seen": CheckOutcome.ERRORED})


def test_no_text_is_read_as_html_and_no_output_of_the_program_is_shown() -> None:
    found = told()
    formats = {found[key] for key in ("output_format", "test_output_format", "test_name_format")}
    assert formats == {"text"} and found["stdout_visibility"] == "hidden"


def test_control_characters_of_a_kernel_s_message_are_taken_out() -> None:
    assignment = fakes.an_assignment(checks=(VISIBLE,))
    result = fakes.a_result("seen", CheckOutcome.FAILED, message="\x1b[31mred\x1b[0m \u202eturned\x00")
    graded = fakes.a_graded(assignment, results=(result,))
    assert entry(results_json(graded, None, assignment), "Seen")["output"] == "red [U+202E]turned"


def of_run(outcome: RunOutcome, *, found: bool = False, **run: Any) -> dict[str, Any]:
    """What is told of a run of ten seconds, with something that a guideline found in it."""
    assignment = fakes.an_assignment(checks=(VISIBLE, LATER))
    finding = fakes.a_finding(from_run=True, message="It trains on labels.", state=FindingState.CONFIRMED)
    graded = fakes.a_graded(
        assignment, run_outcome=outcome, usage=Usage(wall_seconds=10.0), findings=(finding,) if found else ()
    )
    return results_json(graded, fakes.an_execution(outcome=outcome, **run), assignment)


SAW_HIDDEN: dict[str, dict[str, Any]] = {
    "a hidden cell or question": {"embargo_from": ("lab.ipynb", 0)},
    "the run was lost": {"cells": ()},
}


@pytest.mark.parametrize("run", SAW_HIDDEN.values(), ids=SAW_HIDDEN)
@pytest.mark.parametrize("outcome", [RunOutcome.TIMED_OUT, RunOutcome.CELL_FAILED, RunOutcome.KERNEL_DIED])
def test_what_a_notebook_can_steer_once_it_saw_a_hidden_test_waits_for_publication(
    run: dict[str, Any], outcome: RunOutcome
) -> None:
    found = of_run(outcome, found=True, **run)
    well = of_run(RunOutcome.COMPLETED, embargo_from=("lab.ipynb", 0))
    assert "execution_time" not in found
    assert found["output"] == well["output"] == WAS_RUN
    later, well_later = entry(found, "How the run ended"), entry(well, "How the run ended")
    assert later["visibility"] == well_later["visibility"] == "after_published" and "score" not in later
    said = WAS_RUN if outcome is RunOutcome.CELL_FAILED else RUN[outcome]
    assert later["output"].startswith(said) and "It trains on labels." in later["output"]


def test_where_nothing_hidden_was_sent_all_is_told_at_once() -> None:
    found = of_run(RunOutcome.TIMED_OUT, cells=(fakes.a_cell(),), found=True)
    assert found["execution_time"] == 10.0
    assert RUN[RunOutcome.TIMED_OUT] in found["output"] and "It trains on labels." in found["output"]
    assert not [test for test in found["tests"] if test["name"] == "How the run ended"]


def test_an_error_before_anything_hidden_is_told_at_once() -> None:
    found = results_json(samples.a_graded(), samples.an_execution(), samples.an_assignment())
    assert found["output"].startswith(RUN[RunOutcome.CELL_FAILED])
