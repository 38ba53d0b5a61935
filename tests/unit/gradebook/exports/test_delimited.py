"""Files as systems and spreadsheets write them are read; broken ones are refused by line."""

from __future__ import annotations

import pytest

from autograder.errors import GradebookError
from gradebook.exports.delimited import read_delimited

ROWS = "id,name\r\n1,Zoë\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        ROWS.encode(),
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        ROWS.replace("\r\n", "\n").encode(),
        ROWS.replace(",", ";").encode(),
        ROWS.replace(",", "\t").encode(),
        b'"id","name"\r\n"1","' + "Zoë".encode() + b'"\r\n\r\n,\r\n',
    ],
)
def test_encodings_separators_and_line_ends_are_told(raw: bytes) -> None:
    file = read_delimited(raw, "grades.csv")
    assert file.header == ("id", "name")
    assert [(line.number, line.cells) for line in file.lines] == [(2, ("1", "Zoë"))]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"id,name\n1,\xe9\n", "line 2: this is not UTF-8"),
        (b"id,name\n1\n", "line 2 has 1 cells, the header has 2"),
        (b'id,name\n1,x\n2,"y\n', "line 3: unexpected end of data"),
        (b'id,name\n1,"x"y\n', "line 2"),
        (b"id,id\n1,2\n", "line 1: two columns 'id'"),
    ],
)
def test_broken_files_are_refused_by_line(raw: bytes, said: str) -> None:
    with pytest.raises(GradebookError, match=said):
        read_delimited(raw, "grades.csv")


def test_a_line_is_counted_where_it_begins() -> None:
    file = read_delimited(b'id,name\n1,"a\nb"\n2,c\n', "grades.csv")
    assert [line.number for line in file.lines] == [2, 4]
