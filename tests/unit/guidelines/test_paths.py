"""Relative paths only, in the many styles students write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.formats.notebook import Notebook
from autograder.guidelines.path_shapes import is_absolute
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, Severity

Look = Callable[..., Finding | None]
RULE = "paths"


def test_a_path_of_one_machine_is_found(look: Look, breaks: list[str]) -> None:
    finding = look("paths", *breaks)
    assert finding is not None
    assert finding.firmness is Firmness.FIRM and finding.severity is Severity.ERROR
    assert all(place.text for place in finding.places)


def test_what_is_no_such_path_is_clean(look: Look, clean: list[str]) -> None:
    finding = look("paths", *clean)
    assert finding is None, finding


def test_all_places_are_in_one_finding_each_once(look: Look) -> None:
    finding = look("paths", "p = '/home/jane/x'\nopen(p)\nopen(p)", "x = 1", "\nopen('/data/y')")
    assert finding is not None
    assert [(place.cell, place.line) for place in finding.places] == [(0, 1), (2, 2)]


def test_lines_are_those_of_the_cell_as_it_was_written(look: Look) -> None:
    cell = "\n\n!pip install \\\n   a b\n%cd data\nx = 1\n\nopen('/home/jane/x')"
    finding = look("paths", cell)
    assert finding is not None
    assert finding.places[0].line == 8 and finding.places[0].text == "open('/home/jane/x')"


def test_a_released_cell_is_exempt(look: Look, notebook: Callable[..., Notebook]) -> None:
    cell = "%cd /content/course"
    assert look("paths", cell, released={"Lab.ipynb": notebook("x = 1", cell)}) is None


def test_many_places_are_counted(look: Look) -> None:
    finding = look("paths", *(f"open('/data/{number}')" for number in range(70)))
    assert finding is not None
    assert len(finding.places) == 50 and "20 more places" in finding.message


@pytest.mark.parametrize(
    ("text", "anywhere", "expected"),
    [
        ("/home/x", True, True),
        ("/data/x", False, True),
        ("/", False, False),
        ("~", False, True),
        ("C:\\Users\\x", True, True),
        ("f:\\R \\to \\R", False, True),
        ("/tmp/x", False, False),
        ("a/b", False, False),
        ("", False, False),
    ],
)
def test_shapes(text: str, anywhere: bool, expected: bool) -> None:
    assert (is_absolute(text, expected=False), is_absolute(text, expected=True)) == (anywhere, expected)
