"""`grade --published` asks for nobody's deadline, and says so before anything runs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from rich.progress import Progress

from autograder.app.grading import NO_DEADLINES, GradeRequest, grade_all

ASSIGNMENT = Path(__file__).parents[2] / "adversarial" / "assignment_tiny"


class Told(Exception):
    """What was said first."""


def test_who_publishes_while_grading_is_warned(tmp_path: Path) -> None:
    def warn(text: str) -> NoReturn:
        raise Told(text)

    site: Any = SimpleNamespace(sandbox_name="docker")
    work = tmp_path / "ab1234.ipynb"
    work.write_text("{}")
    request = GradeRequest(assignment=ASSIGNMENT, submissions=(work,), out=tmp_path / "out", published=True)
    with Progress(disable=True) as bar, pytest.raises(Told, match="who may still hand in") as told:
        next(grade_all(site, request, bar=bar, warn=warn))
    assert NO_DEADLINES in str(told.value)
