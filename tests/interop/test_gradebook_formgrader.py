"""nbgrader itself works on with what we wrote: its formgrader, its releases and its CSV."""

from __future__ import annotations

import csv
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from autograder.app.importing import converted, write
from autograder.app.layouts import layout_of
from autograder.app.recording import recorder
from autograder.app.site import open_site
from autograder.config.assignment_file import load
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from autograder.scoring.score import score
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.layout import CellLine
from gradebook.nbgrader_reading import read_book
from gradebook.nbgrader_values import NbGrade
from gradebook.roster import RosterRow
from gradebook.values import Offering
from tests.interop.courses.quickstart import a_course
from tests.interop.moves import move_in, move_out
from tests.interop.nbgrader_books import nbgrader_gradebook
from tests.unit.gradebook.builders import BY_TA, a_graded

ALGEBRA = Offering("algebra", "2026-spring")
TOKEN = "only-for-this-test"
POLICIES = """\
zone = "America/New_York"
[categories.sets]
weight = 1
[assignments.ps1]
category = "sets"
due = 2026-03-01T23:59:00
"""


@dataclass(frozen=True)
class Course:
    """An nbgrader course whose assignment `ps1` was released by nbgrader and graded by us."""

    folder: Path
    assignment: Assignment
    ours: str

    @property
    def database(self) -> Path:
        return self.folder / "gradebook.db"


def nbgrader(folder: Path) -> Any:
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(folder)
    config.IncludeHeaderFooter.header = "source/header.ipynb"
    config.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.CRITICAL)
    return api


def released(folder: Path) -> dict[str, Any]:
    path = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"  # nbgrader looks for `alembic`
    try:
        done: dict[str, Any] = nbgrader(folder).generate_assignment("ps1")
        return done
    finally:
        os.environ["PATH"] = path


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    home = tmp_path_factory.mktemp("interchange")
    folder = a_course(home / "course")
    done = released(folder)
    assert done["success"], done.get("log")
    write(converted(folder / "source" / "ps1").files, home / "ps1")
    assignment = load(home / "ps1")
    made = Course(folder=folder, assignment=assignment, ours=f"sqlite:///{home / 'ours.sqlite3'}")
    with recorder(open_site(None), made.ours, ALGEBRA.course, ALGEBRA.term) as record:
        for student, outcomes in {
            "student01": {},
            "student02": {"test_squares": CheckOutcome.FAILED, "test_mean": CheckOutcome.NOT_RUN},
        }.items():
            record(a_grading(assignment, student, outcomes), assignment)
    with Gradebook.open(made.ours) as book:
        first, _ = book.scores(ALGEBRA, assignment.id)
        book.record_manual_points(first.score_id, CheckId("why"), Decimal("2.5"), BY_TA, comment="Nearly.")
        book.award_extra(first.score_id, CheckId("test_mean"), Decimal("0.5"), BY_TA)
        book.penalise_lateness(first.score_id, Decimal(1), BY_TA)
        here = CourseBook(book, ALGEBRA)
        here.import_roster([RosterRow(student="student01", name="Ada Example")], BY_TA, columns=["name"])
        here.store_policies(POLICIES, BY_TA)
    move_out(made.ours, str(made.database), add=True)
    return made


def a_grading(assignment: Assignment, student: str, outcomes: dict[str, CheckOutcome]) -> Any:
    by_hand = {spec.id: CheckOutcome.WAITING for spec in assignment.checks if spec.kind is CheckKind.MANUAL}
    graded = a_graded(
        submission=f"{student}-1", student=student, assignment=assignment, outcomes={**by_hand, **outcomes},
        digest=student, received=datetime(2026, 3, 2, 10, 15, tzinfo=UTC),
    )  # fmt: skip
    return replace(graded, score=score(assignment, graded.results))


def test_our_cells_are_those_that_nbgrader_saves_when_it_releases(course: Course) -> None:
    """Names, roles, types, texts and checksums: else nbgrader refuses to release or to grade again."""
    theirs = next(each for each in read_book(course.database).assignments if each.name == "ps1")
    layout = layout_of(course.assignment)
    assert layout is not None and layout.called == "ps1"
    assert in_order(replace(line, check="") for line in layout.cells) == in_order(theirs.layout.cells)
    assert layout.notebooks == theirs.layout.notebooks
    worth = {(line.notebook, line.name): line.check for line in layout.cells if line.check}
    points = {str(spec.id): float(spec.points) for spec in course.assignment.checks}
    assert {place: points[check] for place, check in worth.items()} == theirs.worth


def in_order(lines: Any) -> list[CellLine]:
    return sorted(lines, key=lambda line: (line.notebook, line.name))


def test_nbgrader_s_csv_has_our_totals(course: Course, tmp_path: Path) -> None:
    from nbgrader.plugins.export import CsvExportPlugin

    with nbgrader_gradebook(f"sqlite:///{course.database}") as book:
        CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(book)
    lines = list(csv.DictReader((tmp_path / "grades.csv").open()))
    found = {line["student_id"]: line for line in lines if line["assignment"] == "ps1"}
    # student01: 2 + 1 + 1.5 + 2.5 + 4, and 0.5 on top
    assert float(found["student01"]["raw_score"]) == 11.5
    assert float(found["student01"]["score"]) == 10.5
    assert found["student01"]["max_score"] == "15.5"
    assert found["student01"]["timestamp"] == "2026-03-02 10:15:00"
    assert float(found["student02"]["score"]) == 2.5
    assert (found["student01"]["first_name"], found["student01"]["last_name"]) == ("Ada", "Example")
    assert found["student01"]["duedate"] == "2026-03-02 04:59:00"


def test_nbgrader_releases_again_although_our_submissions_are_there(course: Course) -> None:
    done = released(course.folder)
    assert done["success"], done.get("log")


@contextmanager
def formgrader(folder: Path, scratch: Path) -> Iterator[Callable[..., bytes]]:
    """nbgrader's formgrader in a Jupyter server on a loopback port."""
    places = {name: str(scratch / name) for name in ("config", "data", "runtime", "home")}
    own = {
        **os.environ, "JUPYTER_CONFIG_DIR": places["config"], "JUPYTER_DATA_DIR": places["data"],
        "JUPYTER_RUNTIME_DIR": places["runtime"], "HOME": places["home"],
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    for place in places.values():
        Path(place).mkdir()
    extension = "{'nbgrader.server_extensions.formgrader': True}"
    options = [
        f"--ServerApp.jpserver_extensions={extension}",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
        f"--IdentityProvider.token={TOKEN}",
    ]
    with (scratch / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            cwd=folder, env=own, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            address = address_of(server, Path(places["runtime"]))

            def ask(path: str, *, put: dict[str, Any] | None = None) -> bytes:
                request = Request(
                    address + quote(path, safe="/?=&"), method="GET" if put is None else "PUT",
                    data=None if put is None else json.dumps(put).encode(),
                    headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
                )  # fmt: skip
                with urlopen(request, timeout=60) as answer:
                    said: bytes = answer.read()
                    return said

            yield ask
        finally:
            server.terminate()
            server.wait(30)


def address_of(server: subprocess.Popen[bytes], runtime: Path) -> str:
    """The server's address, once it answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                address = str(json.loads(file.read_text())["url"])
                with urlopen(f"{address}api", timeout=5):
                    return address
            except (URLError, ValueError, OSError):
                pass
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def test_formgrader_shows_our_scores_and_what_is_graded_there_comes_back(
    course: Course, tmp_path: Path
) -> None:
    folder = tmp_path / "course"
    shutil.copytree(course.folder, folder)
    for student in ("student01", "student02"):
        shutil.copytree(folder / "release" / "ps1", folder / "autograded" / student / "ps1")
    with formgrader(folder, tmp_path) as ask:
        listed = {each["student"]: each for each in json.loads(ask("formgrader/api/submissions/ps1"))}
        assert listed["student01"]["score"] == 11.5
        assert listed["student01"]["autograded"] is True
        assert (listed["student01"]["first_name"], listed["student01"]["last_name"]) == ("Ada", "Example")
        assert listed["student02"]["needs_manual_grade"] is True
        parts = json.loads(ask("formgrader/api/submitted_notebooks/ps1/problem1"))
        part = next(each for each in parts if each["student"] == "student02")
        assert part["failed_tests"] is True
        page = ask(f"formgrader/submissions/{part['id']}/").decode()
        assert 'class="score' in page and "test_squares" in page
        grades = {
            each["name"]: each
            for each in json.loads(ask(f"formgrader/api/grades?submission_id={part['id']}"))
        }
        assert {name: (grade["auto_score"], grade["manual_score"]) for name, grade in grades.items()} == {
            "test_squares": (0.0, None), "test_error": (1.0, None),
            "test_parts": (1.5, None), "why": (None, None),
        }  # fmt: skip
        ask(f"formgrader/api/grade/{grades['why']['id']}", put={"manual_score": 1.5, "extra_credit": 0.25})
    again = f"sqlite:///{tmp_path / 'again.sqlite3'}"
    move_in(str(folder / "gradebook.db"), again)
    with Gradebook.open(again) as book:
        _, second = book.scores(ALGEBRA, course.assignment.id)
    assert second.graded.student == "student02"
    assert second.graded.score is not None and second.graded.score.earned[CheckId("why")] == Decimal("1.5")
    theirs = next(each for each in read_book(folder / "gradebook.db").assignments if each.name == "ps1")
    assert theirs.works[1].grades["problem1", "why"] == NbGrade(manual=1.5, extra=0.25)
