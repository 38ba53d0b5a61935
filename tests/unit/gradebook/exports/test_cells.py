"""Cells are harmless in a spreadsheet and come back as they were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from gradebook.exports.cells import neutral, number, restored
from gradebook.exports.delimited import Manner, read_delimited, write_delimited
from tests.unit.gradebook.exports.tables import TEXTS

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "'=1", '="x"']


@pytest.mark.parametrize("text", FORMULAS, ids=repr)
def test_a_formula_begins_with_an_apostrophe_and_is_restored(text: str) -> None:
    assert neutral(text).lstrip(" \u00a0").startswith("'")
    assert restored(neutral(text)) == text


@pytest.mark.parametrize("text", ["a;=1+1", "a,+1+1", "a|@x", 'a;"=1', "a\t=1", "a\r\n=1"], ids=repr)
def test_a_formula_behind_another_separator_is_harmless_too(text: str) -> None:
    assert "'" in neutral(text)
    assert restored(neutral(text)) == text


@pytest.mark.parametrize(
    "text", ["", "7.5", "-1", "+2", "O'Neil", "'quoted'", "#N123", "Zoë Ø", "a-b", "x = y"]
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text
    assert restored(text) == text


@given(TEXTS)
def test_every_text_is_restored(text: str) -> None:
    assert restored(neutral(text)) == text


@given(TEXTS)
def test_no_cell_begins_with_a_sign_of_a_formula(text: str) -> None:
    cell = neutral(text)
    try:
        number(cell)
    except ValueError:
        assert not cell.lstrip(" \u00a0").startswith(tuple("=+-@\t\r\n＝＋－＠"))


@given(TEXTS, TEXTS)
def test_cells_survive_a_file_in_every_manner(one: str, other: str) -> None:
    for manner in (Manner(), Manner(separator=";", bom=True), Manner(separator="\t", newline="\n")):
        file = read_delimited(write_delimited(["a", "b"], [[f"x{one}", one + other + "y"]], manner), "f")
        assert [line.cells for line in file.lines] == [(f"x{one}", one + other + "y")]
        assert file.manner == manner


@pytest.mark.parametrize(
    ("cell", "found"), [("", None), (" ", None), ("7", "7"), ("7.50", "7.5"), ("7,5", "7.5"), ("-1", "-1")]
)
def test_points_have_a_point_or_a_comma(cell: str, found: str | None) -> None:
    assert number(cell) == (None if found is None else Decimal(found))


@pytest.mark.parametrize("cell", ["NaN", "inf", "A-", "1e3", "1,000", "1,000.5", "7 5", "0x1", "١٢", "_1"])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no number of points"):
        number(cell)
