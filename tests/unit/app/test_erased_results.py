"""Results of students who were erased from the gradebook: reports leave them out and say so."""

from __future__ import annotations

from pathlib import Path

from rich.progress import Progress

from autograder.app.authoring import new_assignment
from autograder.app.decided import left_out
from autograder.app.reports import write_all_reports
from autograder.app.results_folder import GRADES, LINES, OVERVIEW, ResultsFolder
from autograder.app.student_side import nothing_known
from autograder.config.assignment_file import load
from autograder.model.ids import StudentId, SubmissionId
from tests.unit.reporting.samples import a_graded


def test_a_report_writes_nothing_of_who_was_erased(tmp_path: Path) -> None:
    new_assignment(tmp_path / "lab")
    assignment, results = load(tmp_path / "lab"), ResultsFolder(tmp_path / "graded")
    for student in ("here7", "gone7"):
        results.save(
            a_graded(
                submission=SubmissionId(student), student=StudentId(student), assignment=assignment.id,
                results=(), score=None,
            )
        )  # fmt: skip
    with Progress(disable=True) as bar:
        reported = write_all_reports(
            tmp_path / "lab", results.root, published=False, bar=bar,
            decided=lambda _: lambda one: None if one.student == "gone7" else one,
            side_of=lambda _: nothing_known,
        )  # fmt: skip
    assert reported.gone == {"gone7"}
    assert {path.name for path in reported.written} >= {OVERVIEW, GRADES, LINES}
    for path in reported.written:
        assert "gone7" not in path.read_text() and "gone7" not in path.parts
    assert "here7" in (results.root / GRADES).read_text()


def test_the_reader_is_told_which_files_remain() -> None:
    folder = Path("graded")
    assert left_out(folder, []) == []
    first, second = left_out(folder, [folder / "b", folder / "a"])
    assert first.endswith("left out: graded/a, graded/b")
    assert "remain in graded" in second and "rm -r" in second
