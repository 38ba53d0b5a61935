"""The measurement of a large gradebook in small: what it generates is what the library would have written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gradebook.book import Gradebook
from gradebook.exports.reading import read_table

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def course(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    import gradebook_course

    return gradebook_course


def columns_of(file: Path, table: str) -> dict[str, Any]:
    """The columns of the last row of a table, without numbers, names and times."""
    with closing(sqlite3.connect(file)) as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone())
    own = ("id", "submission_id", "score_id", "version_id", "run_key", "provenance", "person_id")
    return {name: value for name, value in row.items() if name not in own and not name.endswith("_at")}


def test_a_generated_grading_is_stored_as_a_recorded_one(tmp_path: Path, course: Any) -> None:
    generated, recorded = tmp_path / "generated.sqlite3", tmp_path / "recorded.sqlite3"
    size = course.Size(students=30, assignments=2, attempts=2, checks=3)
    assert course.fill(generated, size) == 120
    with Gradebook.open(generated) as book:
        assignment = course.an_assignment(1, 3)
        last = book.scores(course.OFFERING, assignment.id)[-1]
        table = read_table(book, course.OFFERING)
    assert [len(table.rows), len(table.items)] == [30, 2]
    with Gradebook.open(recorded) as book:
        book.record(last.recorded, assignment, course.OFFERING)
        again = book.scores(course.OFFERING, assignment.id)[0]
    assert again.recorded == last.recorded
    for name in ("scores", "score_details", "score_checks"):
        assert columns_of(recorded, name).keys() == columns_of(generated, name).keys()
    with closing(sqlite3.connect(generated)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        events = dict(db.execute("SELECT event, count(*) FROM audit_log GROUP BY event").fetchall())
    assert events["recorded"] == 120
    assert events["check_points"] == 6


def test_the_measurement_runs_and_prints_every_goal() -> None:
    script = BENCHMARKS / "gradebook_scale.py"
    small = ["--students", "24", "--against", "12", "--seconds", "0.2", "--rounds", "1", "--skip-nbgrader"]
    done = subprocess.run([sys.executable, script, *small], capture_output=True, text=True, check=False)
    rows = [line for line in done.stdout.splitlines() if line.endswith(("| met |", "| MISSED |"))]
    assert len(rows) == 4, done.stderr
    assert done.returncode == any(row.endswith("MISSED |") for row in rows)
