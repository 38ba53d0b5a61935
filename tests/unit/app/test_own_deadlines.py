"""Grades are published, and one student has an extension: that student's page shows nothing hidden yet."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from rich.progress import Progress

from autograder.app.authoring import new_assignment
from autograder.app.own_deadlines import still_open
from autograder.app.reports import write_all_reports
from autograder.app.results_folder import FEEDBACK, ResultsFolder
from autograder.config.assignment_file import load
from autograder.model.assignment import Visibility
from autograder.model.ids import AssignmentId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, CheckResult, Score
from gradebook.book import Gradebook
from gradebook.policies.facts import Target
from tests.unit.gradebook.builders import LAB
from tests.unit.gradebook.course_builders import BY_PROF, POLICIES, a_class
from tests.unit.reporting.samples import a_graded

LONG_AGO = POLICIES.replace("2026-03-01", "2001-03-01")


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'gradebook.sqlite3'}"
    with Gradebook.open(url, create=True) as book:
        course = a_class(book)
        course.store_policies(LONG_AGO, BY_PROF)
        course.extend(Target.STUDENT, "anna", LAB, BY_PROF, until=datetime(2199, 1, 1, tzinfo=UTC))
    return url


def test_who_has_an_extension_may_still_hand_in(url: str) -> None:
    assert still_open(url, "deep-learning", "2026-spring", None, LAB) == {"anna"}


def test_an_assignment_without_dates_is_open_for_nobody(url: str) -> None:
    assert still_open(url, "deep-learning", "2026-spring", None, AssignmentId("other")) == frozenset()
    assert still_open(url, "another-course", "2026-spring", None, LAB) == frozenset()


def test_pages_of_those_who_may_still_hand_in_are_as_before_publication(tmp_path: Path) -> None:
    new_assignment(tmp_path / "lab")
    assignment, results = load(tmp_path / "lab"), ResultsFolder(tmp_path / "graded")
    hidden = next(spec for spec in assignment.checks if spec.visibility is Visibility.AFTER_PUBLISHED)
    for student in ("anna", "bert"):
        found = CheckResult(
            check_id=hidden.id, kind=hidden.kind, assurance=hidden.assurance, outcome=CheckOutcome.PASSED
        )
        score = Score(earned={}, deducted=Decimal(0), total=Decimal(1), max_score=assignment.max_score)
        results.save(
            a_graded(
                submission=SubmissionId(student), student=StudentId(student), assignment=assignment.id,
                results=(found,), score=score,
            )
        )  # fmt: skip

    def write(*, published: bool) -> dict[str, bool]:
        with Progress(disable=True) as bar:
            write_all_reports(
                tmp_path / "lab", results.root, published=published, bar=bar,
                decided=lambda _: lambda one: one, still_open=lambda _: {StudentId("anna")},
            )  # fmt: skip
        return {
            student: hidden.title in (results.root / student / FEEDBACK).read_text()
            for student in ("anna", "bert")
        }

    assert write(published=False) == {"anna": False, "bert": False}
    assert write(published=True) == {"anna": False, "bert": True}
