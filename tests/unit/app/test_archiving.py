"""An archive is written whole or not at all, lists what it lacks, and proves later that nothing changed."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from autograder.app.archive_reading import restore_archive, verify_archive
from autograder.app.archiving import ArchiveRequest, archive
from autograder.app.results_folder import ResultsFolder
from autograder.cli.console import progress
from autograder.config.assignment_file import load
from autograder.errors import GradebookError, StorageFull, UsageError
from autograder.model.ids import StudentId, SubmissionId
from gradebook.archive.manifest import MANIFEST, write_manifest
from gradebook.archive.rows import all_tables
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.values import Decision
from tests.fakes import a_submission
from tests.unit.gradebook.builders import SPRING, a_graded
from tests.unit.gradebook.course_builders import POLICIES, a_class

ASSIGNMENT = Path(__file__).parents[2] / "adversarial" / "assignment_tiny"
STUDENTS = ("anna77", "kim77")


class Site:
    """A gradebook with a class, and the folders that grading it would have left."""

    def __init__(self, root: Path) -> None:
        self.root, self.url = root, f"sqlite:///{root / 'grades.sqlite3'}"
        self.results, self.handed_in = root / "results", root / "in"
        self.handed_in.mkdir()
        self.assignment = root / "assignment"
        shutil.copytree(ASSIGNMENT, self.assignment)
        assignment = load(self.assignment)
        with Gradebook.open(self.url) as book:
            named = f'[assignments.{assignment.id}]\ncategory = "labs"\n'
            a_class(book, STUDENTS).store_policies(POLICIES + named, Decision(who="prof", why="one more"))
            for student in STUDENTS:
                original = f"the zip of {sha256(student.encode()).hexdigest()}".encode()
                (self.handed_in / f"{student}.zip").write_bytes(original)
                graded = a_graded(
                    submission=f"{student}-1", student=student, assignment=assignment,
                    digest=sha256(original).hexdigest(), run_key=f"run-{student[0]}",
                )  # fmt: skip
                score = book.record(graded, assignment, SPRING).score_id
                if student == "anna77":
                    by = Decision(who="ta7", why="read again")
                    book.override_total(score, Decimal("0.5"), by)
                self._keep(graded)

    def _keep(self, graded: Any) -> None:
        results = ResultsFolder(self.results)
        results.save(graded)
        submission = replace(
            a_submission(), id=SubmissionId(graded.submission), student=StudentId(graded.student)
        )
        results.save_submission(submission)
        evidence = results.evidence(graded.submission)
        evidence.mkdir()
        (evidence / "execution.json").write_text("{}")
        (results.of(graded.submission) / "staff.html").write_text(f"about {graded.student}")

    def asked(self, **other: Any) -> ArchiveRequest:
        everything = {
            "out": self.root / "archive", "results": (self.results,), "handed_in": (self.handed_in,),
            "assignments": (self.assignment,),
        }  # fmt: skip
        return ArchiveRequest(**{**everything, **other})

    def archive(self, **other: Any) -> list[str]:
        with progress(quiet=True) as bar:
            return archive(self.asked(**other), url=self.url, config=None, bar=bar)


def verify(folder: Path) -> list[str]:
    with progress(quiet=True) as bar:
        return verify_archive(folder, bar=bar)


def restore(folder: Path, url: str, *, dry_run: bool = False) -> list[str]:
    with progress(quiet=True) as bar:
        return restore_archive(folder, url=url, config=None, dry_run=dry_run, bar=bar)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def missing(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "missing.jsonl").read_text().splitlines()]


def test_an_archive_has_all_that_defends_a_grade(site: Site) -> None:
    lines = site.archive()
    folder = site.root / "archive"
    assert "nothing is missing" in lines
    assert missing(folder) == []
    there = below(folder)
    version = load(site.assignment).version
    assert {
        "submissions/1/original.zip", "submissions/1/notebook-1.ipynb", "evidence/1/evidence/execution.json",
        "reports/1/staff.html", "reports/1/result.json", "policies/1.toml", "records/audit_log.jsonl",
        "records/COLUMNS.md", f"assignments/adversarial_tiny/1-{version}/files/assignment.toml",
        f"assignments/adversarial_tiny/1-{version}/sheet.json", "gradebook.sqlite3", "grades.jsonl",
        "names.jsonl", "README.md", "about.json", MANIFEST,
    } <= there  # fmt: skip
    assert (folder / "submissions/1/original.zip").read_bytes() == (
        site.handed_in / "anna77.zip"
    ).read_bytes()
    assert json.loads((folder / "about.json").read_text())["made_with"]["packages"]["SQLAlchemy"]


def test_a_person_finds_the_reason_of_a_grade_in_plain_text(site: Site) -> None:
    site.archive()
    lines = (site.root / "archive" / "records" / "score_changes.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["why"] == "read again"
    assert json.loads(lines[0])["points"] == "0.5"


def test_what_nobody_kept_is_listed_for_each_submission(site: Site) -> None:
    (site.handed_in / "kim77.zip").unlink()
    lines = site.archive(results=(), assignments=())
    found = {(each["what"], each["about"]) for each in missing(site.root / "archive")}
    version = load(site.assignment).version
    assert found == {
        ("evidence", "submission 1"), ("evidence", "submission 2"), ("original", "submission 2"),
        ("assignment", f"adversarial_tiny {version}"),
    }  # fmt: skip
    assert "missing in all: 2 x evidence, 1 x original, 1 x assignment" in lines
    (why,) = [each["why"] for each in missing(site.root / "archive") if each["what"] == "assignment"]
    assert re.fullmatch(r"no --assignment-folder has this version, recorded [-\d]{10} [:\d]{5} UTC", why)


def test_scores_that_no_policy_names_are_told_and_still_proved(site: Site) -> None:
    with Gradebook.open(site.url) as book:
        CourseBook(book, SPRING).store_policies(POLICIES, Decision(who="prof", why="by mistake"))
    assert any("the policies do not name it" in line for line in site.archive())
    folder = site.root / "archive"
    rewritten(folder / "records" / "score_changes.jsonl", lambda row: {**row, "points": "1"})
    (folder / MANIFEST).unlink()
    write_manifest(folder)
    with pytest.raises(GradebookError, match="do not lead to the grades"):
        verify(folder)


def test_evidence_of_another_run_is_none_of_this_score(site: Site) -> None:
    results = ResultsFolder(site.results)
    graded = results.graded(SubmissionId("kim77-1"))
    assert graded is not None
    results.save(replace(graded, provenance=replace(graded.provenance, run_key="another")))
    assert any("no results folder has its run run-k" in line for line in site.archive())


def test_without_names_no_file_and_no_path_has_one(site: Site) -> None:
    site.archive(names=False)
    folder = site.root / "archive"
    texts = [f"{path} {(folder / path).read_bytes()!r}" for path in below(folder)]
    assert not [text for text in texts if "anna77" in text or "kim77" in text or "Student" in text]
    assert "evidence/1/evidence/execution.json" in below(folder)
    assert verify(folder)


def test_a_link_among_the_results_is_listed_and_not_followed(site: Site) -> None:
    secret = site.root / "secret"
    secret.write_text("a password")
    (site.results / "anna77-1" / "evidence" / "more.json").symlink_to(secret)
    (site.results / "anna77-1" / "evidence" / "all").symlink_to(site.root)
    lines = site.archive()
    assert sum("a link or special file is not copied" in line for line in lines) == 2
    assert not any("a password" in (site.root / "archive" / path).read_text("latin-1") for path in
                   below(site.root / "archive"))  # fmt: skip


def test_names_of_files_that_are_a_trap_get_plain_ones(site: Site) -> None:
    (site.results / "anna77-1" / "evidence" / "a b\n; rm -rf.json").write_text("odd")
    site.archive()
    found = [path for path in below(site.root / "archive") if path.startswith("evidence/1/evidence/f-")]
    assert len(found) == 1
    assert verify(site.root / "archive")


def test_a_verified_archive_says_so_and_tells_the_digest_to_keep(site: Site) -> None:
    told = site.archive()[-1]
    lines = verify(site.root / "archive")
    assert lines[-1] == told
    assert any("lead to the same 4 grades" in line for line in lines)


def test_whatever_changed_is_found(site: Site) -> None:
    site.archive()
    folder = site.root / "archive"
    (folder / "reports" / "1" / "staff.html").write_text("better")
    (folder / "policies" / "1.toml").unlink()
    (folder / "extra").write_text("")
    with pytest.raises(GradebookError) as caught:
        verify(folder)
    said = str(caught.value)
    assert "changed: reports/1/staff.html" in said
    assert "missing: policies/1.toml" in said
    assert "extra file: 'extra'" in said
    with pytest.raises(GradebookError, match="not as it was written"):
        restore(folder, f"sqlite:///{site.root / 'new.sqlite3'}")
    assert not (site.root / "new.sqlite3").exists()


def rewritten(path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(change(line)) + "\n" for line in lines))


def test_records_that_do_not_lead_to_the_grades_are_found_also_under_a_new_manifest(site: Site) -> None:
    site.archive()
    folder = site.root / "archive"
    rewritten(folder / "records" / "score_changes.jsonl", lambda row: {**row, "points": "1"})
    (folder / MANIFEST).unlink()
    write_manifest(folder)
    with pytest.raises(GradebookError, match="do not lead to the grades"):
        verify(folder)
    with pytest.raises(GradebookError, match="do not lead to the grades"):
        restore(folder, f"sqlite:///{site.root / 'new.sqlite3'}")
    assert not any(rows(site.root / "new.sqlite3").values())


def test_work_with_another_digest_than_its_record_is_found_also_under_a_new_manifest(site: Site) -> None:
    site.archive()
    folder = site.root / "archive"
    (folder / "submissions" / "1" / "original.zip").write_text("other work")
    (folder / MANIFEST).unlink()
    write_manifest(folder)
    with pytest.raises(GradebookError, match="submission 1 has another digest"):
        verify(folder)


def test_an_archive_of_a_newer_version_is_refused(site: Site) -> None:
    site.archive()
    folder = site.root / "archive"
    about = json.loads((folder / "about.json").read_text())
    for change in ({"format": 2}, {"schema": "9999"}):
        (folder / "about.json").write_text(json.dumps({**about, **change}))
        (folder / MANIFEST).unlink()
        write_manifest(folder)
        with pytest.raises(GradebookError, match="this version of nbverdict knows") as caught:
            verify(folder)
        assert "update nbverdict" in caught.value.hint


def rows(file: Path) -> dict[str, list[Any]]:
    with Gradebook.open(file) as book, book.reading() as db:
        return {t.name: list(db.execute(select(t).order_by(*t.primary_key)).all()) for t in all_tables()}


def test_a_restored_gradebook_is_the_old_one_row_by_row(site: Site) -> None:
    site.archive()
    new = site.root / "new.sqlite3"
    assert "dry run" in restore(site.root / "archive", f"sqlite:///{new}", dry_run=True)[-1]
    assert not new.exists()
    assert "the same 4 grades" in restore(site.root / "archive", f"sqlite:///{new}")[0]
    assert rows(new) == rows(site.root / "grades.sqlite3")
    with pytest.raises(GradebookError, match="already"):
        restore(site.root / "archive", f"sqlite:///{new}")


class FullDisk:
    """A progress bar under which the disk becomes full at a step."""

    def __init__(self, step: str) -> None:
        self._step = step

    def add_task(self, name: str, total: int | None = None) -> int:
        if name == self._step:
            raise OSError(errno.ENOSPC, "No space left on device")
        return 0

    def advance(self, task: int) -> None:
        pass


@pytest.mark.parametrize("step", ["records", "files", "grades", "digests"])
def test_a_full_disk_leaves_nothing_half(site: Site, step: str) -> None:
    before = below(site.root)
    with pytest.raises(StorageFull, match="the disk is full"):
        archive(site.asked(), url=site.url, config=None, bar=FullDisk(step))  # type: ignore[arg-type]
    assert below(site.root) == before
    assert sorted(path.name for path in site.root.iterdir() if path.is_dir()) == [
        "assignment",
        "in",
        "results",
    ]


def test_a_dry_run_tells_what_is_missing_and_writes_nothing(site: Site) -> None:
    before = below(site.root)
    lines = site.archive(results=(), dry_run=True)
    assert "missing in all: 2 x evidence" in lines
    assert "dry run" in lines[-1]
    assert below(site.root) == before


def test_nothing_is_written_over(site: Site) -> None:
    (site.root / "archive").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        site.archive()
    with pytest.raises(UsageError, match="is no folder"):
        site.archive(out=site.root / "other", results=(site.root / "nowhere",))
