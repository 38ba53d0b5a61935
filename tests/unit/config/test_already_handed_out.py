"""The how-to for an assignment that was already handed out: what it shows is loaded and run here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.authoring.agreement import disagreements
from autograder.authoring.release import released_notebooks
from autograder.authoring.source import source_notebooks
from autograder.checks.api import CheckFailed
from autograder.checks.fits import Fit
from autograder.checks.verdicts import CheckWaiting
from autograder.checks.weights import Weight
from autograder.config.assignment_file import load
from autograder.model.assignment import Assignment, CheckKind

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "already-handed-out.md"
NOTEBOOK = "FineTune_FinancialPhraseBank.ipynb"


def shown_files() -> Mapping[str, str]:
    """The files of the page: a name in backticks and a colon, then the fenced text."""
    return dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL))


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    cells = [{"cell_type": "code", "source": "added_total = 0", "metadata": {}, "outputs": []}]
    plain = json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": cells})
    for name, text in {**shown_files(), f"source/{NOTEBOOK}": plain}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return load(tmp_path)


def check_functions() -> Mapping[str, Any]:
    names: dict[str, Any] = {}
    exec(shown_files()["checks/test_as_handed_out.py"], names)
    return names


def a_fit(moved: int, names: tuple[str, ...] = ("model",)) -> Fit:
    def weight(digest: str, size: int, site: str) -> Weight:
        return Weight(site=site, shape=(size,), dtype="float32", digest=digest, zero=False, trainable=True)

    still = weight("a", 1000, "base")
    before, after = weight("b", moved, "head"), weight("c", moved, "head")
    return Fit(cell=12, model="1", names=names, before=(still, before), after=(still, after), epochs=3)


def test_the_page_shows_a_complete_assignment_whose_parts_agree(assignment: Assignment) -> None:
    assert disagreements(assignment, source_notebooks(assignment)) == ()
    assert assignment.max_score == 100
    (checkpoint,) = assignment.checkpoints
    assert not checkpoint.cell and checkpoint.binds == ("added_total", "added_parms_calc")
    (manual,) = [check for check in assignment.checks if check.kind is CheckKind.MANUAL]
    assert not manual.cell and len(manual.rubric) == 2
    assert released_notebooks(assignment)[NOTEBOOK].cells[0].source == "added_total = 0"


@pytest.mark.parametrize(
    ("fits", "seen"),
    [
        ((a_fit(77),), "cell 12: model: 77 of 1,077 weights moved in 3 epochs"),
        ((a_fit(5, ()),), "a model without a name"),
        ((), "No training"),
    ],
)
def test_trainings_are_listed_and_left_to_a_person(fits: tuple[Fit, ...], seen: str) -> None:
    run = SimpleNamespace(fits=lambda: fits)
    with pytest.raises(CheckWaiting) as ended:
        check_functions()["the_trainings_are_listed_for_the_grader"](run)
    assert seen in ended.value.reason


def test_counts_that_differ_fail_and_counts_nothing_confirms_wait() -> None:
    counts = check_functions()["the_counts_agree_and_just_so_many_weights_moved"]

    def judge(total: int, calculated: int) -> None:
        values = {"added_total": total, "added_parms_calc": calculated}
        counts(SimpleNamespace(integer=values.__getitem__), SimpleNamespace(fits=lambda: (a_fit(8),)))

    judge(8, 8)
    with pytest.raises(CheckFailed, match="differ"):
        judge(8, 9)
    with pytest.raises(CheckWaiting, match="just so many"):
        judge(9, 9)
