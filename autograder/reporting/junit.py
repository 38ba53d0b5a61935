"""Write gradings as JUnit XML, which every CI understands: one suite per submission, one case per check.

A check that did not pass is a failure, one that waits for a person is skipped, and what failed on our side is
an error. The file is for staff: it names checks that students do not see yet. It holds no message for staff,
so no expected value and no traceback of a hidden check. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Final
from xml.etree import ElementTree as Xml

from autograder.model.assignment import Assignment, CheckSpec
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Status
from autograder.model.results import CheckOutcome, CheckResult
from autograder.reporting.text import plain, trimmed
from autograder.reporting.wording import OUTCOME, STATUS, points

AT_MOST: Final = 4_000
WAITING: Final = "A person has to look at this."


def junit_xml(graded: Sequence[GradedSubmission], assignment: Assignment) -> str:
    """The whole document. Suites keep the order in which the submissions are given; times are seconds."""
    root = Xml.Element("testsuites", name=_line(assignment.title))
    suites = [_suite(one, assignment) for one in graded]
    root.extend(suites)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _suite(one: GradedSubmission, assignment: Assignment) -> Xml.Element:
    suite = Xml.Element(
        "testsuite",
        name=_line(str(one.submission)),
        timestamp=one.received.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat(),
        time=f"{one.usage.wall_seconds:.3f}",
    )
    suite.append(_properties(one))
    if one.status in OUR_FAILURES or one.status is Status.REJECTED:
        suite.append(_not_graded(one, assignment))
    else:
        results = {result.check_id: result for result in one.results}
        suite.extend(_case(spec, results.get(spec.id), one, assignment) for spec in assignment.checks)
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _properties(one: GradedSubmission) -> Xml.Element:
    """What the numbers of a CI leave out: points, and what they were made with."""
    score = one.score
    found = {
        "student": str(one.student),
        "status": one.status.value,
        "score": "" if score is None or score.total is None else points(score.total),
        "max_score": "" if score is None else points(score.max_score),
        "assignment_version": one.provenance.assignment_version,
        "run_key": one.provenance.run_key,
    }
    properties = Xml.Element("properties")
    for name, value in found.items():
        Xml.SubElement(properties, "property", name=name, value=_line(value))
    return properties


def _not_graded(one: GradedSubmission, assignment: Assignment) -> Xml.Element:
    """The one case of a submission without results: its fault when it was rejected, else ours."""
    case = Xml.Element("testcase", classname=_line(str(assignment.id)), name="grading", time="0")
    rejected = one.status is Status.REJECTED
    told = Xml.SubElement(case, "failure" if rejected else "error", type=one.status.value)
    told.set("message", _line(one.reason or STATUS[one.status]))
    told.text = _text(one.reason)
    return case


def _case(
    spec: CheckSpec, result: CheckResult | None, one: GradedSubmission, assignment: Assignment
) -> Xml.Element:
    case = Xml.Element("testcase", classname=_line(str(assignment.id)), name=_line(str(spec.id)), time="0")
    outcome = CheckOutcome.NOT_RUN if result is None else result.outcome
    message = "" if result is None else result.message
    earned = one.score.earned.get(spec.id) if one.score is not None else None
    words = f"{OUTCOME[outcome]}: {points(earned)} of {points(spec.points)} points"
    match outcome:
        case CheckOutcome.PASSED:
            return case
        case CheckOutcome.WAITING:
            Xml.SubElement(case, "skipped", message=_line(message or WAITING))
        case CheckOutcome.ERRORED:
            _told(case, "error", outcome, "It failed on our side; staff must look.", message)
        case CheckOutcome.FAILED | CheckOutcome.PARTIAL | CheckOutcome.NOT_RUN:
            _told(case, "failure", outcome, words, message)
    return case


def _told(case: Xml.Element, tag: str, outcome: CheckOutcome, words: str, message: str) -> None:
    told = Xml.SubElement(case, tag, type=outcome.value, message=_line(words))
    told.text = _text(message)


def _line(value: str) -> str:
    return " ".join(_text(value).split())


def _text(value: str) -> str:
    """`value` as XML may hold it: no control characters, no lone surrogates, no U+FFFE and U+FFFF."""
    return trimmed(plain(value), AT_MOST).replace("\x1b", "").replace("\ufffe", "").replace("\uffff", "")
