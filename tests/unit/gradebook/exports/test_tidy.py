"""The tidy table is the same in CSV, Parquet and pandas, and comes back from CSV as it was."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings

from autograder.errors import GradebookError
from gradebook.exports.frame import DTYPES, frame_of
from gradebook.exports.parquet import write_parquet
from gradebook.exports.table import Grade, GradeState, GradeTable
from gradebook.exports.tidy import COLUMNS, read_csv, records, reference, write_csv
from tests.unit.gradebook.exports.tables import RECEIVED, a_grade, a_student, a_table, tables

ZOE = a_student("s01", "7.25", name="=Zoë", net_id="ab1", section="A")
TABLE = a_table(ZOE, a_student("s02", None))


def test_the_csv_has_one_row_for_each_student_and_assignment() -> None:
    assert write_csv(TABLE).decode() == (
        ",".join(COLUMNS) + "\r\n"
        "s01,'=Zoë,ab1,,,A,lab1,Lab 1,10,graded,7.25,7.25,,1,2026-03-01T23:59:59.123456Z,s1,graded,\r\n"
        "s02,,,,,,lab1,Lab 1,10,pending,,,a person has to look,,,,,\r\n"
    )


@given(tables())
@settings(max_examples=60)
def test_every_table_comes_back_from_csv(table: GradeTable) -> None:
    assert read_csv(write_csv(table), "ours.csv") == table


@given(tables())
@settings(max_examples=30)
def test_parquet_keeps_every_value(table: GradeTable) -> None:
    from pyarrow import parquet

    read = parquet.read_table(io.BytesIO(write_parquet(table)))
    assert read.column_names == list(COLUMNS)
    assert list(zip(*(read[name].to_pylist() for name in COLUMNS), strict=True)) == list(records(table))


def test_the_frame_has_the_documented_dtypes() -> None:
    for table in (TABLE, GradeTable(items=(), rows=())):
        frame = frame_of(table)
        assert {name: str(frame.dtypes[name]) for name in frame} == {
            name: DTYPES[column.kind] for name, column in COLUMNS.items()
        }


def test_the_frame_knows_what_nobody_knows() -> None:
    frame = frame_of(TABLE)
    assert frame.points.tolist()[0] == 7.25
    assert frame.points.isna().tolist() == [False, True]
    assert frame.received.tolist()[0] == RECEIVED
    assert frame.groupby("assignment").points.mean().to_dict() == {"lab1": 7.25}


def test_the_page_has_every_column_with_its_types() -> None:
    for name, column in COLUMNS.items():
        assert f"| `{name}` | {column.meaning} |" in reference()
        assert f"| {DTYPES[column.kind]} |" in reference()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("student,name", "student,nickname", "unknown column 'nickname'"),
        (",7.25,7.25,", ",NaN,7.25,", "NaN is no number of points"),
        (",7.25,7.25,", ",7.25,Infinity,", "Infinity is no number of points"),
        (",7.25,7.25,", ",much,7.25,", "line 2: 'much' is no number of points"),
        (",7.25,7.25,", ",-1,7.25,", "-1 points are below 0"),
        (",graded,7.25", ",great,7.25", "line 2: 'great'"),
        ("s02,", "s01,", "two students 's01'"),
        ("Lab 1,10,pending", "Lab 1,11,pending", "line 3: lab1 has another title or maximum"),
        ("Lab 1,10,pending", "Lab 1,,pending", "line 3: there is no maximum"),
        (",graded,7.25,7.25", ",graded,,7.25", "s01, lab1: a grade that is graded has no points"),
        ("2026-03-01T23:59:59.123456Z", "2026-03-01T23:59:59", "has no time zone"),
    ],
)
def test_a_table_that_cannot_be_is_refused(before: str, after: str, said: str) -> None:
    text = write_csv(TABLE).decode()
    assert before in text
    with pytest.raises(GradebookError, match=said):
        read_csv(text.replace(before, after, 1).encode(), "ours.csv")


def test_a_student_has_an_assignment_once() -> None:
    header, first, _ = write_csv(a_table(ZOE)).decode().split("\r\n")
    with pytest.raises(GradebookError, match="line 3: s01 has lab1 twice"):
        read_csv("\r\n".join([header, first, first, ""]).encode(), "ours.csv")


@pytest.mark.parametrize(
    ("grade", "said"),
    [
        (Grade(state=GradeState.GRADED, points=Decimal("NaN")), "s01, lab1: NaN is no number"),
        (Grade(state=GradeState.GRADED, points=Decimal("-1")), "s01, lab1: -1 points are below 0"),
        (Grade(state=GradeState.GRADED), "s01, lab1: a grade that is graded has no points"),
        (Grade(state=GradeState.PENDING, points=Decimal(1), why="?"), "has no final points"),
        (Grade(state=GradeState.PENDING), "nobody says why"),
        (a_grade("1"), ""),
    ],
)
def test_a_grade_that_cannot_be_names_student_and_assignment(grade: Grade, said: str) -> None:
    if not said:
        assert a_table(a_student("s01", grade)).rows[0].grades["lab1"] == grade
        return
    with pytest.raises(GradebookError, match=said):
        a_table(a_student("s01", grade))


def test_students_and_assignments_are_there_once() -> None:
    with pytest.raises(GradebookError, match="two students 's01'"):
        a_table(ZOE, ZOE)
    with pytest.raises(GradebookError, match="no assignment 'lab2'"):
        a_table(a_student("s01", "1", "2"))
    with pytest.raises(GradebookError, match="two assignments 'lab1'"):
        GradeTable(items=TABLE.items * 2, rows=())
    with pytest.raises(GradebookError, match="lab1: NaN is no maximum"):
        a_table(maxima={"lab1": "NaN"})


def test_without_pandas_the_frame_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(GradebookError, match="pandas is not installed"):
        frame_of(TABLE)


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    moment = datetime(2026, 3, 5, 13, tzinfo=timezone(timedelta(hours=1)))
    table = a_table(a_student("s01", replace(a_grade("1"), received=moment)))
    assert b"2026-03-05T12:00:00Z" in write_csv(table)
    assert frame_of(table).received.tolist() == [moment]
