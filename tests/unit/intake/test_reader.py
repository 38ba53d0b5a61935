"""What becomes of a hand-in."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.intake.budgets import Budgets
from autograder.intake.reader import take_in
from autograder.model.submission import Rejected, Submission

ZipOf = Callable[..., bytes]
Upload = Callable[..., Path]
NotebookOf = Callable[..., bytes]
NOON = datetime(2024, 11, 22, 12, tzinfo=UTC)


def taken(path: Path, **options: object) -> Submission:
    found = take_in(path, received=NOON, **options)  # type: ignore[arg-type]
    assert isinstance(found, Submission), found
    return found


def rejected(path: Path, **options: object) -> Rejected:
    found = take_in(path, received=NOON, **options)  # type: ignore[arg-type]
    assert isinstance(found, Rejected)
    return found


def test_a_zip_becomes_a_submission(a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload) -> None:
    data = a_zip({"Lab.ipynb": a_notebook("x = 1"), "data/a.csv": b"1,2"})
    found = taken(upload(data))
    assert (found.student, found.attempt, found.received) == ("abc123", 1, NOON)
    assert found.digest == hashlib.sha256(data).hexdigest()
    assert list(found.notebooks) == ["Lab.ipynb"]
    assert [(file.path, file.content) for file in found.files] == [("data/a.csv", b"1,2")]
    assert found.id == f"abc123-1-{found.digest[:12]}"


def test_what_is_given_beats_what_the_name_says(a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload) -> None:
    found = taken(upload(a_zip({"Lab.ipynb": a_notebook()})), student="roster-7", attempt=4)
    assert (found.student, found.attempt) == ("roster-7", 4)


def test_outputs_and_personal_metadata_are_kept_apart(a_zip: ZipOf, upload: Upload) -> None:
    raw = json.loads(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code", "source": ["x\n", "y"], "execution_count": 7,
                        "metadata": {"colab": {"user": "Jane Doe"}, "tags": ["keep"]},
                        "outputs": [{"output_type": "stream", "name": "stdout", "text": "old result"}],
                    }
                ],
                "metadata": {
                    "kernelspec": {"name": "evil", "display_name": "evil", "language": "python"},
                    "widgets": {"state": {}}, "colab": {"userId": "1"},
                },
                "nbformat": 4, "nbformat_minor": 0,
            }
        )
    )  # fmt: skip
    found = taken(upload(a_zip({"Lab.ipynb": json.dumps(raw).encode()})))
    bare, stored = found.notebooks["Lab.ipynb"], found.stored["Lab.ipynb"]
    assert "old result" not in bare and "old result" in stored
    for text in (bare, stored):
        assert not any(word in text for word in ("evil", "Jane Doe", "widgets", "userId"))
    assert json.loads(bare)["cells"][0]["source"] == ["x\n", "y"]


def test_the_folder_around_everything_goes(a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload) -> None:
    data = a_zip({"My HW/Lab.ipynb": a_notebook(), "My HW/d/x.csv": b"", "__MACOSX/My HW/._Lab.ipynb": b"1"})
    found = taken(upload(data))
    assert list(found.notebooks) == ["Lab.ipynb"] and found.files[0].path == "d/x.csv"
    assert any("My HW/" in note for note in found.notes) and any("macOS" in note for note in found.notes)


def test_a_bare_notebook_is_taken(a_notebook: NotebookOf, upload: Upload) -> None:
    raw = b"\xef\xbb\xbf" + a_notebook("x = 1").replace(b"\n", b"\r\n")
    found = taken(upload(raw, "Lab.ipynb"), student="s1")
    assert list(found.notebooks) == ["Lab.ipynb"] and found.digest == hashlib.sha256(raw).hexdigest()


def test_a_notebook_a_browser_renamed_is_taken(a_notebook: NotebookOf, upload: Upload) -> None:
    assert list(taken(upload(a_notebook(), "Lab.ipynb.json")).notebooks) == ["Lab.ipynb"]


def test_a_folder_is_taken(tmp_path: Path, a_notebook: NotebookOf) -> None:
    folder = tmp_path / "Jane"
    (folder / "d").mkdir(parents=True)
    (folder / "Lab.ipynb").write_bytes(a_notebook())
    (folder / "d" / "x.txt").write_text("1")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "Lab-checkpoint.ipynb").write_text("{")
    found = taken(folder)
    assert found.student == "Jane" and list(found.notebooks) == ["Lab.ipynb"]
    assert [file.path for file in found.files] == ["d/x.txt"]


def test_a_folder_has_the_digest_of_its_sorted_contents(tmp_path: Path, a_notebook: NotebookOf) -> None:
    digests = set()
    for name, order in (("one", ("a.txt", "b.txt")), ("two", ("b.txt", "a.txt"))):
        folder = tmp_path / name
        folder.mkdir()
        for file in order:
            (folder / file).write_text(file)
        (folder / "Lab.ipynb").write_bytes(a_notebook())
        digests.add(taken(folder).digest)
    (folder / "a.txt").write_text("changed")
    assert len(digests) == 1 and taken(folder).digest not in digests


def test_the_one_archive_in_a_folder_of_the_lms_is_the_hand_in(
    tmp_path: Path, a_zip: ZipOf, a_notebook: NotebookOf
) -> None:
    folder = tmp_path / "123-456 - Jane Doe - Nov 22, 2024 905 PM"
    folder.mkdir()
    data = a_zip({"Lab.ipynb": a_notebook()})
    (folder / "my work.zip").write_bytes(data)
    found = take_in(folder)
    assert isinstance(found, Submission)
    assert found.student == "Jane Doe" and found.digest == hashlib.sha256(data).hexdigest()
    assert found.received.astimezone().isoformat()[:19] == "2024-11-22T21:05:00"


def test_a_link_in_a_folder_is_refused(tmp_path: Path, a_notebook: NotebookOf) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Lab.ipynb").write_bytes(a_notebook())
    (tmp_path / "secret").write_text("s")
    (tmp_path / "in" / "x.txt").symlink_to(tmp_path / "secret")
    assert "is a link" in rejected(tmp_path / "in").reason


def test_a_pipe_in_a_folder_is_refused(tmp_path: Path, a_notebook: NotebookOf) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Lab.ipynb").write_bytes(a_notebook())
    os.mkfifo(tmp_path / "in" / "pipe")
    assert "no ordinary file" in rejected(tmp_path / "in").reason


def test_a_folder_over_the_budget_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x").write_bytes(bytes(5000))
    assert "too large" in rejected(tmp_path / "in", limits=Budgets(unpacked_bytes=1000)).reason
    assert "entries" in rejected(tmp_path / "in", limits=Budgets(entries=0)).reason


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"report.pdf": b"%PDF-1"}, "no notebook"),
        ({"work.zip": b"PK\x03\x04"}, "another archive"),
        ({"Lab.ipynb": b"{"}, "cannot be read"),
        ({"Lab.ipynb": b'{"cells": NaN}'}, "cannot be read"),
        ({".DS_Store": b"1"}, "no file"),
    ],
)
def test_a_hand_in_without_a_readable_notebook_is_rejected(
    a_zip: ZipOf, upload: Upload, files: dict[str, bytes], word: str
) -> None:
    assert word in rejected(upload(a_zip(files))).reason


@pytest.mark.parametrize("readable", ["two.ipynb", "Two.ipynb", "two (1).ipynb", "work/two-copy1.ipynb"])
def test_one_of_several_notebooks_that_cannot_be_read_does_not_cost_the_others(
    a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload, readable: str
) -> None:
    path = upload(a_zip({"one.ipynb": b"{", readable: a_notebook()}))
    found = taken(path, wanted=("one.ipynb", "two.ipynb"))
    assert len(found.notebooks) == 1 and "one.ipynb" in {file.path for file in found.files}
    (note,) = (note for note in found.notes if "one.ipynb" in note)
    assert "save it anew as .ipynb" in note and "It was not run; the others were." in note


def test_where_no_notebook_that_counts_can_be_read_all_are_named(
    a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload
) -> None:
    path = upload(a_zip({"a.ipynb": b"{", "one.ipynb": b"{", "two.ipynb": b"[", "other.ipynb": a_notebook()}))
    reason = rejected(path, wanted=("one.ipynb", "two.ipynb")).reason
    assert (
        reason.startswith('The notebook "one.ipynb" cannot be read')
        and 'Nor can "two.ipynb" and "a.ipynb".' in reason
    )


def test_a_broken_notebook_nobody_runs_is_only_noted(
    a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload
) -> None:
    path = upload(a_zip({"Lab.ipynb": a_notebook(), "scratch.ipynb": b"{"}))
    assert "scratch" in rejected(path).reason
    found = taken(path, wanted=("Lab.ipynb",))
    assert list(found.notebooks) == ["Lab.ipynb"] and any("scratch" in note for note in found.notes)
    assert [file.path for file in found.files] == ["scratch.ipynb"]


def test_a_module_with_a_librarys_name_is_noted(a_zip: ZipOf, a_notebook: NotebookOf, upload: Upload) -> None:
    files = {
        "Lab.ipynb": a_notebook(),
        "numpy.py": b"",
        "keras/__init__.py": b"",
        "tools.py": b"",
        "keras/a.py": b"",
    }
    notes = " ".join(taken(upload(a_zip(files))).notes)
    assert "numpy.py" in notes and "keras/__init__.py" in notes and "tools.py" not in notes


def test_a_rejection_has_a_digest_and_an_id(upload: Upload) -> None:
    found = rejected(upload(b"Rar!\x1a\x07\x00"))
    assert found.digest == hashlib.sha256(b"Rar!\x1a\x07\x00").hexdigest()
    assert found.student == "abc123" and found.archive_name == "abc123_20241122_1_HW3.zip"


def test_nothing_at_the_path_is_our_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        take_in(tmp_path / "absent.zip")
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(UsageError):
        take_in(tmp_path / "pipe.zip")


def test_notebooks_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.ipynb").write_bytes(bytes(17_000_000))
    found = take_in(tmp_path)
    assert isinstance(found, Rejected) and "together" in found.reason


def test_a_notebook_in_another_language_is_noted(a_zip: ZipOf, upload: Upload) -> None:
    raw = {
        "cells": [],
        "metadata": {"kernelspec": {"language": "R", "name": "ir", "display_name": "R"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    notes = taken(upload(a_zip({"Lab.ipynb": json.dumps(raw).encode()}))).notes
    assert any("not written in Python" in note for note in notes)
