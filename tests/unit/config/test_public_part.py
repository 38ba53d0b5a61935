"""What of the configuration students get."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from autograder.config.assignment_file import load
from autograder.config.public_part import public_part
from autograder.config.reference_time import with_reference_time
from autograder.model.assignment import Limits

EXAMPLE = Path(__file__).parent / "example_assignment.toml"
HIDDEN = """
[[checks]]
id = "secret.trap"
kind = "pytest"
assurance = "reported"
points = 7
title = "Nobody may read this"
visibility = "hidden"
# a comment with the answer swordfish
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("source", "checks", "rubrics"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "Sentiment.ipynb").write_text(json.dumps({"nbformat": 4, "cells": []}))
    (tmp_path / "source" / "helper.py").write_text("")
    rubric = '[[items]]\nid = "why"\ntext = "Only for the grader"\npoints = 10\n'
    (tmp_path / "rubrics" / "part1.toml").write_text(rubric)
    checks = '"part1.example-is-classified", "part1.generalises"'
    text = EXAMPLE.read_text().replace(checks, checks + ', "secret.trap"') + HIDDEN
    (tmp_path / "assignment.toml").write_text(text)
    return tmp_path


def test_hidden_checks_rubrics_and_comments_do_not_reach_students(folder: Path) -> None:
    text = public_part(folder)
    for secret in ("secret.trap", "Nobody may read", "swordfish", "rubric", "Only for the grader"):
        assert secret not in text
    assert tomllib.loads(text)["public"]["hidden_checks"] == 1


def test_the_public_part_is_read_again_with_the_version_and_points_of_the_original(folder: Path) -> None:
    original = load(folder)
    release = folder / "release"
    release.mkdir()
    for name in ("Sentiment.ipynb", "helper.py"):
        (release / name).write_bytes((folder / "source" / name).read_bytes())
    (release / "assignment.toml").write_text(public_part(folder))
    public = load(release)
    assert public.version == original.version
    assert public.rules == original.rules
    assert public.limits == original.limits
    assert public.environment == original.environment
    assert public.holdout == original.holdout
    assert public.contract == original.contract
    assert [check.id for check in public.checks] == [check.id for check in original.checks[:-1]]
    assert public.gate and "secret.trap" not in public.gate.checks
    assert tomllib.loads(public_part(folder))["public"]["total_points"] == original.max_score


def test_the_total_time_is_a_multiple_of_the_references_time_once_that_is_known() -> None:
    limits = Limits(total_seconds=3600, times_reference=4)
    assert with_reference_time(limits, 100).total_seconds == 400
    assert with_reference_time(limits, 2).total_seconds == 60
    assert with_reference_time(limits, None) == limits
    assert with_reference_time(Limits(total_seconds=50), 100).total_seconds == 50
