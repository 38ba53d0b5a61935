"""Every attack has its expected verdict and harms neither this machine nor the next submission."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.model.results import CheckOutcome
from tests.adversarial.harness import (
    FULL_MARKS,
    Batch,
    Case,
    Graded,
    assignment_of,
    cases_of,
    families,
    hidden_texts,
    leaked,
    module_of,
    rows_of_checks,
    student_of,
)
from tests.adversarial.pages import unsafe

CASES = [pytest.param(family, case, id=case.id) for family in families() for case in cases_of(family)]
REJECTED = [
    pytest.param(family, case, id=case.id)
    for family in families()
    for case in cases_of(family)
    if case.expect.status == "rejected"
]
RUN = [
    pytest.param(family, case, id=case.id)
    for family in families()
    for case in cases_of(family)
    if case.expect.status != "rejected"
]
BatchOf = Callable[[str], Batch]
LONGEST = 900
"""Seconds: the first test of a family waits for its whole batch, also on a busy machine."""


def test_no_two_cases_have_one_id_or_one_name() -> None:
    cases = [case for family in families() for case in cases_of(family)]
    assert len({case.id for case in cases}) == len(cases)
    for family in families():
        names = [student_of(case) for case in cases_of(family)]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("family", "case"), REJECTED)
def test_what_must_be_rejected_is_rejected_without_an_engine(
    family: str, case: Case, passing_folder: Path
) -> None:
    from autograder.app.grading import Entry, taken
    from autograder.config.assignment_file import load
    from autograder.model.submission import Rejected

    path = case.build(passing_folder)
    entry = Entry(path=path, student=student_of(case), received=datetime(2026, 1, 1, tzinfo=UTC))
    found = taken(entry, load(assignment_of(family)))
    assert isinstance(found, Rejected), "it was taken in"
    assert case.expect.reason.lower() in found.reason.lower()


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize(("family", "case"), CASES)
def test_an_attack_has_its_expected_verdict(family: str, case: Case, batch_of: BatchOf) -> None:
    found, expect = batch_of(family).attacks[case.id], case.expect
    graded = found.graded
    told = f"{graded.status}: {graded.reason}\n{graded.run_outcome}\n{found.staff_words()}"
    assert graded.status in expect.status.split("|"), told
    assert expect.reason.lower() in graded.reason.lower(), told
    if graded.status == "rejected":
        assert graded.attempt == 0 and graded.score is None, "a rejection costs no attempt"
    if expect.outcome is not None:
        assert str(graded.run_outcome) in expect.outcome.split("|"), told
    outcomes = {str(result.check_id): str(result.outcome) for result in graded.results}
    for check, wanted in expect.checks.items():
        assert outcomes.get(check, "absent") in wanted.split("|"), f"{check}: {outcomes}\n{told}"
    assert expect.flagged.lower() in found.staff_words().lower(), told
    assert_nothing_leaks(found, (*hidden_texts(assignment_of(family)), *expect.absent))


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize(("family", "case"), RUN)
def test_the_next_submission_keeps_full_marks(family: str, case: Case, batch_of: BatchOf) -> None:
    found = batch_of(family).honest[case.id]
    outcomes = {str(result.check_id): str(result.outcome) for result in found.graded.results}
    assert outcomes == FULL_MARKS, found.staff_words()
    assert found.graded.score is not None
    assert found.graded.score.total == found.graded.score.max_score
    assert not found.graded.suspicions
    assert_nothing_leaks(found, hidden_texts(assignment_of(family)))


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("family", families())
def test_a_family_leaves_nothing_on_this_machine(family: str, batch_of: BatchOf) -> None:
    assert batch_of(family).traces == ()


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("family", families())
def test_no_page_of_a_family_can_do_anything(family: str, batch_of: BatchOf) -> None:
    pages = sorted(batch_of(family).out.rglob("*.html"))
    assert pages
    for page in pages:
        assert unsafe(page.read_text()) == [], page.name
        assert page.stat().st_size < 2_000_000


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("family", families())
def test_a_batch_of_attacks_is_recorded_whole(family: str, batch_of: BatchOf) -> None:
    import sqlite3

    import pandas as pd

    batch = batch_of(family)
    everyone = {one.graded.student: one for one in (*batch.attacks.values(), *batch.honest.values())}
    lines = [json.loads(line) for line in (batch.out / "results.jsonl").read_text().splitlines()]
    assert {line["student"] for line in lines} == set(everyone)
    assert len(pd.read_csv(batch.out / "grades.csv")) == len(everyone)
    with sqlite3.connect(batch.gradebook) as book:
        [(count,)] = book.execute("SELECT count(*) FROM scores")
    assert count == sum(one.graded.status != "rejected" for one in everyone.values())
    if check := getattr(module_of(family), "check", None):
        check(batch)


@pytest.mark.docker
@pytest.mark.timeout(LONGEST)
@pytest.mark.parametrize("family", families())
def test_withheld_inputs_and_labels_stay_withheld_after_publication(family: str, batch_of: BatchOf) -> None:
    from autograder.app.reports import load_evidence
    from autograder.app.results_folder import ResultsFolder
    from autograder.reporting.feedback import feedback_for
    from autograder.reporting.html import render_feedback
    from autograder.reporting.visibility import Role

    batch = batch_of(family)
    withheld = rows_of_checks(assignment_of(family))
    for found in batch.attacks.values():
        run = load_evidence(ResultsFolder(batch.out), found.graded)
        shown = feedback_for(found.graded, run, batch.assignment, role=Role.STUDENT, published=True)
        page = render_feedback(shown)
        assert leaked(page, withheld) == [], found.graded.student
        assert unsafe(page) == []


def assert_nothing_leaks(found: Graded, secrets: tuple[str, ...]) -> None:
    page = found.student_page
    assert leaked(page, secrets) == []
    may_read = [check for check in found.line["checks"] if check["visibility"] == "visible"]
    assert leaked(json.dumps([may_read, found.line["findings"], found.line["reason"]]), secrets) == []
    hidden = [check["message"] for check in found.line["checks"] if check["visibility"] != "visible"]
    assert leaked(json.dumps(hidden), secrets) == []
    for check in found.line["checks"]:
        assert check["outcome"] in {outcome.value for outcome in CheckOutcome}
