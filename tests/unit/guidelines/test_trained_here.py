"""What the run adds to the rule that models are trained in the notebook: the fit ledger, as far as it reaches."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from autograder.guidelines.engine import inspect, inspect_run
from autograder.model.assignment import Assignment, Firmness, Training
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, CheckId
from autograder.model.results import Finding
from autograder.model.submission import Submission

SubmissionOf = Callable[..., Submission]
AssignmentOf = Callable[..., Assignment]
LOADED = 'part1_all = load_model("best.keras")'
FILES = {"best.keras": b"PK"}


def a_run(*fits: dict[str, object], status: AnswerStatus = AnswerStatus.ANSWERED) -> Execution:
    question = Question(kind=QuestionKind.FITS, name="")
    answer = Answer(status=status, value=json.dumps(fits))
    exchange = Exchange(checkpoint=END_OF_RUN, check=CheckId(""), question=question, answer=answer)
    return Execution(outcome=RunOutcome.COMPLETED, exchanges=(exchange,))


def looked(submission: SubmissionOf, rules: Assignment, source: str, run: Execution | None) -> Finding | None:
    handed_in = submission(source, files=FILES)
    found = inspect(handed_in, None, rules)
    if run is not None:
        found = inspect_run(handed_in, run, rules, before=found)
    assert len(found) <= 1
    return found[0] if found else None


def test_a_model_from_the_archive_is_found_before_the_run_and_after_it(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    rules = assignment("trained_here", contract=("part1_all",))
    before = looked(submission, rules, LOADED, None)
    after = looked(submission, rules, LOADED, a_run())
    assert before is not None and before == after
    assert before.firmness is Firmness.PROPOSED and not before.from_run


def test_a_ledger_that_names_the_model_makes_it_a_hint(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    rules = assignment("trained_here", contract=("part1_all",))
    finding = looked(submission, rules, LOADED, a_run({"names": ["part1_all"], "epochs": 3}))
    assert finding is not None and finding.firmness is Firmness.HINT and finding.from_run
    for fits in ({"names": ["part1_all"], "epochs": 0}, {"names": ["other"], "epochs": 3}, {"names": 7}):
        found = looked(submission, rules, LOADED, a_run(fits))
        assert found is not None and found.firmness is Firmness.PROPOSED


def test_a_model_in_the_archive_and_an_empty_ledger_are_shown_to_a_person(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    rules = assignment("trained_here", contract=("part1_all",))
    hidden = "part1_all = made_somehow()"
    assert looked(submission, rules, hidden, None) is None
    finding = looked(submission, rules, hidden, a_run())
    assert finding is not None and finding.from_run and finding.firmness is Firmness.PROPOSED
    assert looked(submission, rules, hidden, a_run({"names": [], "epochs": 1})) is None
    assert looked(submission, rules, hidden, a_run(status=AnswerStatus.NO_ANSWER)) is None
    by_hand = f"{hidden}\nwith tf.GradientTape() as tape: pass"
    assert looked(submission, rules, by_hand, a_run()) is None


def test_an_assignment_that_asks_for_the_model_is_left_alone(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    rules = replace(assignment("trained_here", "content"), training=Training.SUBMITTED_MODEL)
    assert looked(submission, rules, LOADED, a_run()) is None
