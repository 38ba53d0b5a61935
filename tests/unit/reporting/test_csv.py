"""Grades as CSV: pandas reads back what was written, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas
import pytest

from autograder.model.ids import CheckId, StudentId
from autograder.model.results import Score
from autograder.reporting.csv import COLUMNS, grades_csv, neutral, reference
from tests.unit.reporting.samples import a_class, a_graded

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "reference" / "grades-csv.md"
FORMULAS = [
    '=HYPERLINK("https://example.org","click")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    " =1", "\u00a0=1", "＝1", "-1", "\x00=1", "\x1b[31m=1", "\u200f=1",
]  # fmt: skip


def read(text: str) -> pandas.DataFrame:
    return pandas.read_csv(io.StringIO(text), dtype={"student": str, "run_key": str}, keep_default_na=True)


def test_pandas_reads_back_every_submission() -> None:
    graded = a_class()
    frame = read(grades_csv(graded))
    assert list(frame.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert list(frame["student"]) == [one.student for one in graded]
    known = [
        float(one.score.total) for one in graded if one.score is not None and one.score.total is not None
    ]
    assert list(frame["score"].dropna()) == pytest.approx(known, abs=0.0001)
    assert list(frame["status"]) == [one.status.value for one in graded]
    received = pandas.to_datetime(frame["received"])
    assert list(received) == [pandas.Timestamp(one.received) for one in graded]


def test_unknown_points_are_empty_and_never_zero() -> None:
    frame = read(grades_csv([a_graded()]))
    assert frame["score"].isna().all()
    assert frame["check:part2.discussion"].isna().all()
    assert list(frame["check:part2.only-adapters-train"]) == [0]


def test_points_have_at_most_four_decimals() -> None:
    third = Score(
        earned={CheckId("part1.contract"): Decimal(10) / 3},
        deducted=Decimal(0),
        total=Decimal(10) / 3,
        max_score=Decimal(45),
    )
    row = next(csv.DictReader(io.StringIO(grades_csv([a_graded(score=third)]))))
    assert (row["score"], row["check:part1.contract"]) == ("3.3333", "3.3333")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_that_could_be_a_formula_is_neutralised(formula: str) -> None:
    graded = replace(
        a_graded(), student=StudentId(formula), reason=formula, suspicions=(formula, "x"),
        results=tuple(replace(r, check_id=CheckId(formula)) for r in a_graded().results[:1]),
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(grades_csv([graded]), newline="")))
    for cell in (cell for row in rows for cell in row):
        assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert len(rows) == 2
    assert read(grades_csv([graded])).shape == (1, len(COLUMNS) + 1)


@pytest.mark.parametrize("text", ["x;=1+1", 'x;"=1+1"', "x; @a", 'x|+1,"-2', "x,\t=1"])
def test_no_formula_begins_where_another_country_s_spreadsheet_splits(text: str) -> None:
    line = grades_csv([replace(a_graded(), student=StudentId(text), reason=text)]).splitlines()[1]
    assert "\t" not in line
    for separator in (";", "|"):
        for cell in line.split(separator):
            assert not cell.lstrip(' "\u00a0').startswith(("=", "+", "-", "@")), line


@pytest.mark.parametrize("text", ["ab123", "Ann-Marie", "a=b", "1 + 1", "O'Neill", "Zoë", "", 'x, "y"'])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text
    rows = list(csv.DictReader(io.StringIO(grades_csv([replace(a_graded(), reason=text)]))))
    assert rows[0]["reason"] == text


def test_a_name_with_quotes_commas_and_line_ends_stays_one_cell_of_one_line() -> None:
    name = 'a",b\r\n"c'
    table = grades_csv([replace(a_graded(), student=StudentId(name))])
    assert len(table.splitlines()) == 2
    assert list(read(table)["student"]) == ['a",b "c']


def test_nobody_gives_a_header() -> None:
    assert grades_csv([]).strip().split(",") == list(COLUMNS)


def test_the_page_of_the_documentation_names_every_column() -> None:
    assert COMMITTED.read_text() == reference(), "write it again: make docs"
    assert all(f"`{name}`" in reference() for name in COLUMNS)
