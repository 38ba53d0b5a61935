"""What cannot be moved is refused whole, and the message says what and where."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.layout import CellLine, Layout, NotebookLine
from gradebook.nbgrader_reading import read_book
from gradebook.nbgrader_schema import known_revisions
from gradebook.nbgrader_values import NbAssignment, NbBook, NbGrade, NbWork
from gradebook.nbgrader_writing import write_book
from tests.interop.moves import move_in, move_out

Theirs = Callable[..., Path]


@pytest.fixture
def theirs(filled: Path, tmp_path: Path) -> Theirs:
    """A copy of nbgrader's gradebook after some statements that nbgrader itself would not run."""

    def changed(*statements: str) -> Path:
        file = tmp_path / "gradebook.db"
        shutil.copy(filled, file)
        db = sqlite3.connect(file)
        for statement in statements:
            assert db.execute(statement).rowcount != 0, statement
        db.commit()
        db.close()
        return file

    return changed


def recorded(ours: str) -> int:
    with Gradebook.open(ours) as book:
        return len(book.assignments())


def test_a_gradebook_of_an_older_nbgrader_is_refused_with_the_way_up(theirs: Theirs, ours: str) -> None:
    _, older = known_revisions()
    assert len(older) >= 5
    for revision in older:
        file = theirs(f"UPDATE alembic_version SET version_num = '{revision}'")
        with pytest.raises(
            GradebookError, match=rf"gradebook\.db has schema {revision} of an older"
        ) as caught:
            move_in(str(file), ours)
        assert "nbgrader db upgrade" in caught.value.hint


def test_a_gradebook_of_a_newer_nbgrader_is_refused(theirs: Theirs, ours: str) -> None:
    file = theirs("UPDATE alembic_version SET version_num = 'feedc0ffee00'")
    with pytest.raises(
        GradebookError, match=r"schema feedc0ffee00, which this nbgrader does not know"
    ) as caught:
        move_in(str(file), ours)
    assert "Install the nbgrader that wrote it" in caught.value.hint
    with pytest.raises(GradebookError, match="feedc0ffee00"):
        write_book(file, NbBook(students=(), assignments=()), add=True)


def test_a_gradebook_from_before_schemas_were_written_is_refused(theirs: Theirs, ours: str) -> None:
    file = theirs("DROP TABLE alembic_version")
    with pytest.raises(GradebookError, match="says no schema"):
        move_in(str(file), ours)


def test_what_is_no_gradebook_of_nbgrader_is_refused(tmp_path: Path, ours: str) -> None:
    Gradebook.open(tmp_path / "own.db").close()
    with pytest.raises(GradebookError, match="a gradebook of ours, not nbgrader's"):
        read_book(tmp_path / "own.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE tracks (id INTEGER)")
    other.close()
    with pytest.raises(GradebookError, match="no gradebook of nbgrader"):
        read_book(tmp_path / "other.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(GradebookError, match="is empty"):
        read_book(tmp_path / "empty.db")
    (tmp_path / "text.db").write_text("no database at all " * 100)
    with pytest.raises(GradebookError, match="no gradebook, or damaged"):
        read_book(tmp_path / "text.db")
    with pytest.raises(GradebookError, match="there is no gradebook"):
        move_in(str(tmp_path / "nowhere.db"), ours)


def test_reading_changes_nothing_in_nbgrader_s_file(theirs: Theirs, ours: str) -> None:
    """nbgrader's own object adds a course to every database it opens."""
    file = theirs()
    before = file.read_bytes()
    move_in(str(file), ours)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.name.startswith("gradebook.db")] == [
        file.name
    ]


WITHOUT_UNIQUE = (
    "CREATE TABLE copy AS SELECT * FROM grade",
    "DROP TABLE grade",
    "ALTER TABLE copy RENAME TO grade",
)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            ("UPDATE grade SET manual_score = 4.5 WHERE manual_score = 3.5",),
            r"ps 1, student01, problem1/essay: points by hand are 4\.5, the cell has 4",
        ),
        (
            ("UPDATE grade SET manual_score = 9e999 WHERE manual_score = 3.5",),
            r"student01, problem1/essay: points by hand are inf",
        ),
        (
            ("UPDATE grade SET extra_credit = -1.0 WHERE extra_credit = 0.5",),
            r"student01, problem1/sum_test: extra credit is -1\.0",
        ),
        (
            ("UPDATE grade SET auto_score = 7.0 WHERE auto_score = 2.5",),
            r"student01, problem1/squares_test: automatic points are 7\.0, the cell has 2\.5",
        ),
        (
            ("UPDATE submitted_notebook SET late_submission_penalty = -2 WHERE late_submission_penalty > 0",),
            r"student01, problem1: the late penalty is -2\.0",
        ),
        (
            ("UPDATE student SET id = ' s ' WHERE id = 'student02'",
             "UPDATE submitted_assignment SET student_id = ' s ' WHERE student_id = 'student02'"),
            r"a student's id must be 1 to 200 printable characters, not ' s '",
        ),
        (
            ("DELETE FROM student WHERE id = 'student02'",),
            r"ps 1, student02: nobody of this id is among the students",
        ),
        (
            ("UPDATE grade SET cell_id = 'gone' WHERE manual_score = 3.5",),
            r"ps 1, student01: a grade of a cell that is not the assignment's",
        ),
        (
            (*WITHOUT_UNIQUE, "INSERT INTO grade SELECT * FROM grade WHERE manual_score = 3.5"),
            r"ps 1, student01: a grade of the cell problem1/essay is there twice",
        ),
        (
            ("UPDATE assignment SET name = 'ps-1' WHERE name = 'quiz'",),
            r"two assignments would be called 'ps-1'",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_one_row_that_cannot_be_stops_the_import_and_is_named(
    theirs: Theirs, ours: str, statements: tuple[str, ...], said: str
) -> None:
    with pytest.raises(GradebookError, match=said):
        move_in(str(theirs(*statements)), ours)
    assert recorded(ours) == 0


def test_a_dry_run_says_the_same_and_records_nothing(theirs: Theirs, ours: str, tmp_path: Path) -> None:
    file = theirs()
    rehearsed = move_in(str(file), ours, dry_run=True)
    assert not (tmp_path / "ours.sqlite3").exists()
    done = move_in(str(file), ours)
    said = [line.replace("would be recorded", "recorded") for line in rehearsed]
    assert [line.removesuffix(" (dry run: not stored)") for line in said] == done
    assert said != done
    assert "10 decisions" in move_in(str(theirs()), f"{ours}.other", dry_run=True)[0]
    assert "0 decisions" in move_in(str(theirs()), ours, dry_run=True)[0]
    assert move_out(ours, str(tmp_path / "out.db"), dry_run=True)
    assert not list(tmp_path.glob("*out.db*"))


def test_an_import_of_an_assignment_or_course_that_is_not_there_names_it(theirs: Theirs, ours: str) -> None:
    with pytest.raises(GradebookError, match="has no assignment ps 7"):
        move_in(str(theirs()), ours, only=["ps 7"])
    file = theirs(
        "INSERT INTO course VALUES ('logic')", "UPDATE assignment SET course_id = 'logic' WHERE name = 'quiz'"
    )
    with pytest.raises(GradebookError, match="several courses: default_course, logic"):
        move_in(str(file), ours)
    assert move_in(str(file), ours, their_course="logic")[0].startswith("quiz: 0 submissions")


# ---- the other way


def a_book(grade: NbGrade, *, cell: str = "q1", student: str = "student01") -> NbBook:
    line = CellLine(notebook="lab", name=cell, cell_type="code", graded=True)
    work = NbWork(student=student, grades={("lab", cell): grade}, penalties={"lab": None})
    layout = Layout(notebooks=(NotebookLine(name="lab"),), cells=(line,))
    lab = NbAssignment(name="lab 1", layout=layout, worth={("lab", cell): 2.0}, works=(work,))
    return NbBook(students=(student,), assignments=(lab,))


def test_a_gradebook_that_is_there_is_not_touched_unasked(theirs: Theirs) -> None:
    file = theirs()
    before = file.read_bytes()
    with pytest.raises(GradebookError, match="is there already") as caught:
        write_book(file, a_book(NbGrade(auto=1.0)))
    assert "--add" in caught.value.hint and file.read_bytes() == before


def test_what_nbgrader_alone_knows_stays_when_results_are_added(theirs: Theirs, ours: str) -> None:
    file = theirs(
        "UPDATE student SET first_name = 'Ada' WHERE id = 'student01'",
        "UPDATE submitted_assignment SET extension = '1970-01-03 00:00:00.000000' "
        "WHERE student_id = 'student02'",
        "UPDATE submitted_notebook SET flagged = 1 WHERE late_submission_penalty > 0",
        "UPDATE grade SET needs_manual_grade = 1 WHERE manual_score = 3.5",
    )
    said = "\n".join(move_in(str(file), ours))
    assert "and 1 extensions recorded" in said
    assert "flags of formgrader: 1 (ps 1, student01, problem1)" in said
    assert "should be looked at again: 1 (ps 1, student01, problem1/essay)" in said
    file = theirs(
        "UPDATE student SET first_name = 'Ada' WHERE id = 'student01'",
        "UPDATE submitted_assignment SET extension = '1970-01-03 00:00:00.000000' "
        "WHERE student_id = 'student02'",
        "UPDATE submitted_notebook SET flagged = 1 WHERE late_submission_penalty > 0",
    )
    before = rows(file)
    move_out(ours, str(file), add=True)
    assert rows(file) == before
    write_book(file, a_book(NbGrade(auto=1.0), student="student09"), add=True)
    assert len(read_book(file).assignments) == 3
    assert {key: rows(file)[key] for key in before} == before


def rows(file: Path) -> dict[tuple[object, ...], tuple[object, ...]]:
    db = sqlite3.connect(file)
    found = {}
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in db.execute(f"SELECT * FROM {table}"):
            found[table, row[0]] = row
    db.close()
    return found


def test_a_decision_in_nbgrader_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "gradebook.db"
    write_book(file, a_book(NbGrade(auto=0.0, manual=1.5, extra=0.5)))
    write_book(file, a_book(NbGrade(auto=2.0)), add=True)
    (work,) = read_book(file).assignments[0].works
    assert work.grades["lab", "q1"] == NbGrade(auto=2.0, manual=1.5, extra=0.5)
    with pytest.raises(GradebookError, match=r"lab 1, student01, lab/q1, points: 1\.0 here, 1\.5") as caught:
        write_book(file, a_book(NbGrade(auto=2.0, manual=1.0)), add=True)
    assert "gradebook award" in caught.value.hint and "formgrader" in caught.value.hint
    assert "import-nbgrader" not in caught.value.hint
    assert read_book(file).assignments[0].works == (work,)


def test_a_newer_submission_in_nbgrader_is_not_graded_with_an_older_one(theirs: Theirs, ours: str) -> None:
    file = theirs()
    move_in(str(file), ours)
    file = theirs(
        "UPDATE submitted_assignment SET timestamp = '2026-03-09 10:00:00.000000' "
        "WHERE student_id = 'student01'"
    )
    with pytest.raises(
        GradebookError, match="ps 1, student01: nbgrader has a later submission, of 2026-03-09"
    ) as caught:
        move_out(ours, str(file), add=True)
    assert "import-nbgrader" in caught.value.hint and "award" not in caught.value.hint


def test_an_export_that_fails_half_way_leaves_nothing(theirs: Theirs, ours: str, tmp_path: Path) -> None:
    move_in(str(theirs()), ours)
    file = theirs(
        "CREATE TRIGGER no_more BEFORE UPDATE ON comment BEGIN SELECT RAISE(ABORT, 'no room'); END",
        "UPDATE grade SET auto_score = 0.0 WHERE auto_score = 2.5",
    )
    before = rows(file)
    with pytest.raises(GradebookError, match="no room"):
        move_out(ours, str(file), add=True)
    assert rows(file) == before
    with pytest.raises(GradebookError, match="cannot be opened"):
        move_out(ours, str(tmp_path / "no folder" / "new.db"))
    long = "q" * 129
    with pytest.raises(GradebookError, match=f"at most 128 characters; cell: {long}"):
        write_book(tmp_path / "new.db", a_book(NbGrade(auto=1.0), cell=long))
    assert not list(tmp_path.glob("*new.db*"))


def test_a_score_without_the_place_of_its_cells_asks_for_the_folder(tmp_path: Path, ours: str) -> None:
    from gradebook.values import Offering
    from tests.unit.gradebook.builders import a_graded, an_assignment

    with Gradebook.open(ours) as book:
        book.record(a_graded(), an_assignment(), Offering("algebra", "2026-spring"))
    with pytest.raises(GradebookError, match="without saying where its cells stand") as caught:
        move_out(ours, str(tmp_path / "out.db"))
    assert "--folder" in caught.value.hint
    with pytest.raises(GradebookError, match="no scores of lab9 in algebra, 2026-spring"):
        move_out(ours, str(tmp_path / "out.db"), only=["lab9"])
