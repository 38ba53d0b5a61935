"""Whose number a test cell displayed."""

from __future__ import annotations

import pytest

from autograder.execution.prepared import PreparedCell
from autograder.execution.shares import number_of
from autograder.model.execution import NumberOf

STUDENTS = "def add(a, b):\n    return a + b\n\nscore = 2"


def the_number_of(source: str, *, results: int = 1, students: str = STUDENTS) -> NumberOf:
    test = PreparedCell(id="t", cell_type="code", source=source, grade_id="t", locked=True)
    outputs = [{"output_type": "execute_result", "data": {"text/plain": "1"}}] * results
    answer = PreparedCell(id="a", cell_type="code", source=students)
    text = PreparedCell(id="m", cell_type="markdown", source="points = 1")
    return number_of(test, [text, answer, test], outputs)


@pytest.mark.parametrize(
    "source",
    [
        "points = 0\nif add(1, 1) == 2:\n    points += 1\npoints",
        "sum([add(1, 1) == 2, add(0, 0) == 0]) / 2",
        "score = 1\nscore",
        "2 if add(1, 1) == 2 else 0",
        "helper_of_the_author(add)",
        "%time add(1, 1)",
    ],
)
def test_what_the_author_computes_at_the_end_is_the_authors_number(source: str) -> None:
    assert the_number_of(source) is NumberOf.AUTHOR


@pytest.mark.parametrize(
    "source", ["add(1, 1)", "score", "assert add(1, 1) == 2\nadd(1, 1).real", "add(1, 1)[0]"]
)
def test_a_bare_call_or_name_of_the_students_shows_the_students_number(source: str) -> None:
    assert the_number_of(source) is NumberOf.STUDENT


@pytest.mark.parametrize("source", ["assert add(1, 1) == 2", "points = 1", "add(1, 1);", "", "# nothing"])
def test_a_cell_that_ends_in_no_expression_has_no_number(source: str) -> None:
    assert the_number_of(source) is NumberOf.NOBODY


def test_two_displayed_values_are_in_doubt() -> None:
    assert the_number_of("points = 1\npoints", results=2) is NumberOf.SEVERAL


def test_a_name_from_a_star_import_is_not_taken_for_the_students() -> None:
    assert the_number_of("grade(3)", students="from helper import *") is NumberOf.AUTHOR


def test_a_function_that_student_and_author_define_gives_a_number_in_doubt() -> None:
    helper = PreparedCell(id="h", cell_type="code", source="def grade(f):\n    return f(1, 1)", locked=True)
    test = PreparedCell(id="t", cell_type="code", source="grade(add)", grade_id="t", locked=True)
    own = PreparedCell(id="a", cell_type="code", source="def grade(f):\n    return 5")
    answer = PreparedCell(id="b", cell_type="code", source=STUDENTS)
    assert number_of(test, [helper, own, answer, test], []) is NumberOf.SEVERAL
    assert number_of(test, [helper, answer, test], []) is NumberOf.AUTHOR


@pytest.mark.parametrize(
    ("students", "whose"),
    [
        ("from mine import *", NumberOf.SEVERAL),
        ("from math import *\nfrom \\\n mine import *", NumberOf.SEVERAL),
        ("from math import *; from numpy.linalg import *", NumberOf.AUTHOR),
        ("import mine", NumberOf.AUTHOR),
    ],
)
def test_a_star_import_of_the_students_may_have_replaced_the_authors_function(
    students: str, whose: NumberOf
) -> None:
    helper = PreparedCell(id="h", cell_type="code", source="def grade(f):\n    return f(1, 1)", locked=True)
    test = PreparedCell(id="t", cell_type="code", source="grade(add)", grade_id="t", locked=True)
    own = PreparedCell(id="a", cell_type="code", source=students)
    output = {"output_type": "execute_result", "data": {"text/plain": "1"}}
    assert number_of(test, [helper, own, test], [output]) is whose
