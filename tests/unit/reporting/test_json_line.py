"""The JSON of `grade --json`: its keys are a promise, and the committed schema is the one we keep."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import Place, Score
from autograder.reporting.json_line import number, schema, to_json, to_line
from tests.unit.reporting.samples import NOTEBOOK, a_class, a_graded, an_assignment

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "reference" / "grade-json.schema.json"
KEYS = {
    "submission", "student", "attempt", "status", "reason", "run_outcome", "score", "max_score", "checks",
    "findings", "resources", "provenance",
}  # fmt: skip
CHECK_KEYS = {
    "id", "kind", "assurance", "visibility", "outcome", "points", "max_points", "message",
}  # fmt: skip
FINDING_KEYS = {"rule", "severity", "state", "file", "cell", "line", "message", "points"}


def validated(graded: GradedSubmission) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(to_line(graded, an_assignment()))
    jsonschema.Draft202012Validator(schema()).validate(read)
    return read


def test_the_committed_schema_is_the_one_we_keep() -> None:
    assert json.loads(COMMITTED.read_text()) == schema(), "write it again: make docs"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_keys_are_exactly_the_promised_ones() -> None:
    line = validated(a_graded())
    assert set(line) == KEYS
    assert {frozenset(check) for check in line["checks"]} == {frozenset(CHECK_KEYS)}
    assert {frozenset(finding) for finding in line["findings"]} == {frozenset(FINDING_KEYS)}


@pytest.mark.parametrize("graded", a_class(), ids=lambda one: str(one.submission))
def test_every_kind_of_result_keeps_the_schema(graded: GradedSubmission) -> None:
    validated(graded)


def test_one_submission_is_one_line_of_ascii() -> None:
    line = to_line(a_graded(reason="zwei\nZeilen\u2028\U0001f600"), an_assignment())
    assert line.isascii()
    assert "\n" not in line


@pytest.mark.parametrize("status", list(Status))
def test_a_score_that_nobody_knows_is_null(status: Status) -> None:
    line = validated(a_graded(status=status, score=None, run_outcome=None, results=()))
    assert (line["score"], line["run_outcome"], line["max_score"], line["checks"]) == (None, None, 45, [])


def test_points_that_nobody_knows_are_null_and_others_numbers() -> None:
    points = {check["id"]: check["points"] for check in validated(a_graded())["checks"]}
    assert points["part2.discussion"] is None
    assert points["part2.generalises"] == 10


@pytest.mark.parametrize(
    ("points", "shown"),
    [
        ("10", "10"), ("10.000", "10"), ("0", "0"), ("0.1", "0.1"), ("3.3333333333", "3.3333"),
        ("2.00005", "2"), ("2.00015", "2.0002"), ("100", "100"), ("0.3", "0.3"), ("123456.789", "123456.789"),
    ],
)  # fmt: skip
def test_points_have_at_most_four_decimals(points: str, shown: str) -> None:
    assert json.dumps(number(Decimal(points))) == shown


def test_a_finding_is_one_object_whose_message_names_its_other_places() -> None:
    line = validated(a_graded())
    paths = line["findings"][0]
    assert (paths["file"], paths["cell"], paths["line"], paths["points"]) == (NOTEBOOK, 1, 3, 2)
    assert paths["message"].endswith("(also: cell 7 line 1)")
    archive = line["findings"][2]
    assert (archive["cell"], archive["line"], archive["points"]) == (None, None, 0.5)


def test_a_finding_with_very_many_places_keeps_a_short_message() -> None:
    finding = replace(a_graded().findings[0], places=tuple(Place(file="a.py", line=n) for n in range(1, 900)))
    message = validated(a_graded(findings=(finding,)))["findings"][0]["message"]
    assert "and 878 more" in message
    assert len(message) < 500


def test_a_finding_without_a_place_is_valid() -> None:
    finding = replace(a_graded().findings[0], places=())
    assert validated(a_graded(findings=(finding,)))["findings"][0]["file"] == ""


def test_points_of_a_check_nobody_declared_are_not_printed() -> None:
    score = Score(
        earned={CheckId("ghost"): Decimal(5)}, deducted=Decimal(0), total=None, max_score=Decimal(45)
    )
    assert "ghost" not in to_line(a_graded(score=score), an_assignment())


def test_times_are_in_utc() -> None:
    assert to_json(a_graded(), an_assignment())["provenance"]["started"] == "2026-03-03T07:58:00Z"
