"""JUnit XML: well-formed, in the shape that CIs read, and every outcome in its place."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from autograder.model.assignment import CheckKind, Visibility
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import SubmissionId
from autograder.model.results import CheckOutcome
from autograder.reporting.junit import junit_xml
from tests import fakes
from tests.unit.reporting import samples

ASSIGNMENT = fakes.an_assignment(
    checks=(
        "q1",
        fakes.a_check("q2", visibility=Visibility.HIDDEN),
        fakes.a_check("q3", kind=CheckKind.MANUAL),
    )
)
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
    **{name: set() for name in ("property", "failure", "error", "skipped")},
}
NEEDED = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
}


def parsed(graded: Sequence[GradedSubmission], assignment: Any = ASSIGNMENT) -> Xml.Element:
    """The document, read by the standard library, and its shape checked."""
    root = Xml.fromstring(junit_xml(graded, assignment).encode())
    for element in root.iter():
        assert set(element.attrib) == NEEDED[element.tag], element.tag
        assert {child.tag for child in element} <= CHILDREN[element.tag], element.tag
    for counted in (root, *root):
        cases = list(counted.iter("testcase"))
        assert counted.get("tests") == str(len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert counted.get(name) == str(sum(case.find(tag) is not None for case in cases))
        assert all(len(case) <= 1 for case in cases)
    return root


def graded(outcome: CheckOutcome, message: str = "") -> GradedSubmission:
    results = (
        fakes.a_result("q1", outcome, message=message, staff_message="expected 42"),
        fakes.a_result("q2"),
        fakes.a_result("q3", CheckOutcome.WAITING),
    )
    return fakes.a_graded(ASSIGNMENT, results=results)


def case(root: Xml.Element, name: str) -> Xml.Element:
    (found,) = [case for case in root.iter("testcase") if case.get("name") == name]
    return found


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [
        (CheckOutcome.PASSED, None),
        (CheckOutcome.PARTIAL, "failure"),
        (CheckOutcome.FAILED, "failure"),
        (CheckOutcome.NOT_RUN, "failure"),
        (CheckOutcome.WAITING, "skipped"),
        (CheckOutcome.ERRORED, "error"),
    ],
)
def test_every_outcome_has_its_place(outcome: CheckOutcome, tag: str | None) -> None:
    found = case(parsed([graded(outcome)]), "q1")
    assert [child.tag for child in found] == ([tag] if tag else [])


def test_a_skipped_case_says_that_a_person_has_to_look() -> None:
    skipped = case(parsed([graded(CheckOutcome.PASSED)]), "q3").find("skipped")
    assert skipped is not None and "person" in str(skipped.get("message"))


def test_a_check_without_a_result_is_no_success() -> None:
    root = parsed([fakes.a_graded(ASSIGNMENT, results=())])
    assert [case.find("failure") is not None for case in root.iter("testcase")] == [True] * 3


@pytest.mark.parametrize(
    ("status", "tag"),
    [
        (Status.REJECTED, "failure"),
        (Status.SANDBOX_FAILED, "error"),
        (Status.GRADER_FAILED, "error"),
    ],
)
def test_a_submission_without_results_is_one_case_with_the_reason(status: Status, tag: str) -> None:
    root = parsed([fakes.a_graded(ASSIGNMENT, status=status, reason="why", results=(), score=None)])
    (only,) = root.iter("testcase")
    told = only.find(tag)
    assert told is not None and (told.get("type"), told.get("message")) == (status.value, "why")


def test_no_message_for_staff_and_no_hidden_value_is_in_it() -> None:
    text = junit_xml([graded(CheckOutcome.FAILED, "It did not pass.")], ASSIGNMENT)
    assert "It did not pass." in text and "expected 42" not in text
    assert samples.SECRET_TEST not in junit_xml([samples.a_graded()], samples.an_assignment())


def test_what_xml_cannot_hold_is_left_out() -> None:
    nasty = "a\x00b\x1b[31mc\ud800\uffff<&>]]>\u202e"
    told = case(parsed([graded(CheckOutcome.FAILED, nasty)]), "q1").find("failure")
    assert told is not None and told.text == "abc\ufffd<&>]]>[U+202E]"


def test_sums_are_over_all_submissions() -> None:
    other = fakes.a_graded(ASSIGNMENT, submission=SubmissionId("eve-1"))
    root = parsed([graded(CheckOutcome.FAILED), other])
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "1", "1")


def test_points_are_properties() -> None:
    found = {
        one.get("name"): one.get("value") for one in parsed([fakes.a_graded(ASSIGNMENT)]).iter("property")
    }
    assert (found["score"], found["max_score"], found["status"]) == ("30", str(Decimal(30)), "graded")
