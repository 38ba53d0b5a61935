"""Regrade campaigns with the real command: judged again, run again, applied, undone, and the pages follow."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from .conftest import Command, Done

pytestmark = pytest.mark.docker
BY = ("--by", "prof", "--reason", "the check was wrong")


@pytest.fixture
def regrade(autograder: Command, tmp_path: Path) -> Command:
    """A class of two, graded; gives the command with its gradebook."""
    assert autograder("new", "lab").code == 0
    book = ("--gradebook", f"sqlite:///{tmp_path}/grades.sqlite3")
    source = (tmp_path / "lab" / "source" / "lab.ipynb").read_text()
    for name, spread in (("right", "values.std()"), ("wrong", "values.var()")):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "lab.ipynb").write_text(source.replace("values.std()", spread))
    assert autograder("grade", "lab", "in/right", "in/wrong", "--out", "graded", *book).code == 0

    def command(*words: object, **keywords: object) -> Done:
        return autograder(*words, *book, **keywords)

    return command


def scores(folder: Path) -> dict[str, str]:
    with (folder / "graded" / "grades.csv").open() as table:
        return {row["student"]: row["check:new-numbers"] for row in csv.DictReader(table)}


def test_a_corrected_check_counts_when_it_is_applied_and_not_when_it_is_undone(
    regrade: Command, tmp_path: Path
) -> None:
    before = scores(tmp_path)
    checks = tmp_path / "lab" / "checks" / "test_lab.py"
    text = checks.read_text()
    checks.write_text(text[: text.index("    standard = ")] + "    assert len(drawn) == 40\n")
    drafted = regrade("regrade", "judge", "lab", "graded", *BY, "--json")
    assert drafted.code == 0, drafted.err
    shown = json.loads(drafted.out)
    assert [one["after"]["status"] for one in shown["submissions"]] == ["pending", "pending"]
    changed = [one for one in shown["submissions"] if one["checks"]]
    assert changed and all(one["checks"][0]["check"] == "new-numbers" for one in changed)
    assert regrade("report", "lab", "graded").code == 0
    assert scores(tmp_path) == before, "a draft changes nothing"
    assert regrade("regrade", "apply", "1", *BY).code == 0
    assert regrade("report", "lab", "graded").code == 0
    after = scores(tmp_path)
    assert set(after.values()) == {"4"} and after != before
    done = regrade("regrade", "undo", "1", *BY)
    assert done.code == 0 and "undone" in done.out
    assert regrade("report", "lab", "graded").code == 0
    assert scores(tmp_path) == before

    drafted = regrade("regrade", "run", "lab", "graded", "in/wrong", *BY)
    assert drafted.code == 0, drafted.err
    assert "campaign 2 is a draft" in drafted.out
    page = tmp_path / "graded" / next((tmp_path / "graded").glob("wrong-*")).name / "result.json"
    old = json.loads(page.read_text())["provenance"]["run_key"]
    assert regrade("regrade", "apply", "2", *BY).code == 0
    assert json.loads(page.read_text())["provenance"]["run_key"] != old
    assert "older version" in regrade("gradebook", "list", "lab").out
    assert "2  run  lab  applied" in regrade("regrade", "list").out
