"""Findings are confirmed or waived one by one, or for a whole class."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.errors import GradebookError
from autograder.model.ids import RuleId
from autograder.model.results import FindingState
from gradebook.book import Gradebook
from gradebook.marking.marking_book import MarkingBook
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_finding
from tests.unit.gradebook.marking.builders import Clock, hand_in

CONFIRMED, WAIVED, PROPOSED = FindingState.CONFIRMED, FindingState.WAIVED, FindingState.PROPOSED


@pytest.fixture
def marking(tmp_path: Path) -> Iterator[MarkingBook]:
    with Gradebook.open(tmp_path / "g.sqlite3", clock=Clock()) as book:
        for student in ("anna", "bert", "zoe"):
            hand_in(book, student, waits=(), findings=(a_finding("paths"),))
        hand_in(book, "cleo", waits=(), findings=(a_finding("markdown", "1"),))
        yield MarkingBook(book, SPRING)


def totals(marking: MarkingBook) -> dict[str, Decimal | None]:
    return {entry.graded.student: entry.total for entry in marking.book.scores(SPRING, LAB)}


def test_a_dry_run_lists_whom_a_decision_touches_and_writes_nothing(marking: MarkingBook) -> None:
    before = totals(marking)
    touched = marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, dry_run=True)
    assert [(one.entry.graded.student, one.entry.total, one.total) for one in touched] == [
        (student, 9, 7) for student in ("anna", "bert", "zoe")
    ]
    assert totals(marking) == before


def test_a_whole_class_is_decided_at_once_and_gets_the_totals_that_were_shown(marking: MarkingBook) -> None:
    shown = marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, dry_run=True)
    marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA)
    found = totals(marking)
    assert all(found[one.entry.graded.student] == one.total for one in shown)
    assert found["cleo"] == 9
    (line, _) = sorted(marking.rules("lab1"), key=lambda one: one.rule, reverse=True)
    assert (line.rule, line.states) == ("paths", {CONFIRMED: 3})


def test_what_was_decided_before_stays_unless_it_is_asked_for(marking: MarkingBook) -> None:
    marking.decide_findings("lab1", "paths", WAIVED, BY_TA, submissions=["anna-1"])
    touched = marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA)
    assert [one.entry.graded.student for one in touched] == ["bert", "zoe"]
    again = marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, decided_too=True)
    assert [one.entry.graded.student for one in again] == ["anna"]
    assert marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, decided_too=True) == ()


def test_a_decision_of_one_changes_nobody_else(marking: MarkingBook) -> None:
    marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, submissions=["bert-1"])
    assert totals(marking) == {"anna": 9, "bert": 7, "cleo": 9, "zoe": 9}


def test_a_class_and_its_students_one_by_one_come_to_the_same(marking: MarkingBook) -> None:
    book = marking.book
    for entry in book.scores(SPRING, LAB):
        if any(finding.rule == "paths" for finding in entry.graded.findings):
            book.confirm_finding(entry.score_id, RuleId("paths"), BY_TA)
    one_by_one = totals(marking)
    marking.decide_findings("lab1", "paths", WAIVED, BY_TA, decided_too=True)
    marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, decided_too=True)
    assert totals(marking) == one_by_one


def test_a_rule_or_submission_without_such_findings_is_refused(marking: MarkingBook) -> None:
    with pytest.raises(GradebookError, match="findings of the rule 'path'") as caught:
        marking.decide_findings("lab1", "path", CONFIRMED, BY_TA)
    assert caught.value.hint == "Did you mean paths?"
    with pytest.raises(GradebookError, match="no findings of paths in: cleo-1"):
        marking.decide_findings("lab1", "paths", CONFIRMED, BY_TA, submissions=["anna-1", "cleo-1"])
    assert totals(marking)["anna"] == 9
    with pytest.raises(GradebookError, match="confirmed or waived"):
        marking.decide_findings("lab1", "paths", PROPOSED, BY_TA)
