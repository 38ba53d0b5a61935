"""Results are written whole or not at all, and read back as they were."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from autograder.app.results_folder import ResultsFolder, disk_trouble, folder_name, write_file
from autograder.errors import GraderError, StorageFull
from autograder.model.ids import SubmissionId
from autograder.model.submission import SubmittedFile
from tests.fakes import a_graded, a_submission


def test_a_graded_submission_is_read_back_as_it_was(tmp_path: Path) -> None:
    results, graded = ResultsFolder(tmp_path), a_graded()
    results.save(graded)
    assert results.graded(graded.submission) == graded
    assert list(results.all_graded()) == [graded]


def test_notebooks_are_kept_and_other_files_are_not_copied(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    submission = a_submission(files=(SubmittedFile(path="weights.bin", content=b"large"),))
    results.save_submission(submission)
    kept = results.submission(submission.id)
    assert kept is not None
    assert kept.notebooks == submission.notebooks
    assert kept.files == ()


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    assert results.graded(SubmissionId("nobody")) is None
    assert results.submission(SubmissionId("nobody")) is None


def test_a_result_of_another_version_is_refused_with_its_name(tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path)
    write_file(tmp_path / "s1" / "result.json", "{}")
    with pytest.raises(GraderError, match=r"result\.json"):
        results.graded(SubmissionId("s1"))


@pytest.mark.parametrize("id", ["../../etc", "a/b", "..", ".hidden", "ä ö", ""])
def test_folder_names_stay_below_the_results(id: str, tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path).of(SubmissionId(id))
    assert folder.parent == tmp_path
    assert folder_name(SubmissionId(id)) not in ("", ".", "..")


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "page.html"
    write_file(target, "first")
    target.parent.joinpath("page").write_text("")
    with pytest.raises(GraderError):
        write_file(target.parent / "page" / "below-a-file", "second")
    assert target.read_text() == "first"
    assert sorted(path.name for path in target.parent.iterdir()) == ["page", "page.html"]


def test_a_full_disk_has_an_error_of_its_own(tmp_path: Path) -> None:
    assert isinstance(disk_trouble(OSError(errno.ENOSPC, "No space left on device"), tmp_path), StorageFull)
    assert not isinstance(disk_trouble(OSError(errno.EACCES, "Permission denied"), tmp_path), StorageFull)
