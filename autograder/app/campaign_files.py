"""The files of a campaign's candidates: beside the results until it is applied, then in their place.

    RESULTS/.regrades/<staging>/after/<submission>/     the candidates: result.json, evidence, ...
    RESULTS/.regrades/<staging>/before/<submission>/    what they replaced, once the campaign was applied

The gradebook says what counts; the files follow it. Each step moves whole files and folders and can be done
again after it was interrupted. The result is moved last: it says which grading a submission's folder holds.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autograder.app.results_folder import (
    EVIDENCE,
    RECEIPT,
    RESULT,
    RUNS,
    SUBMISSION,
    ResultsFolder,
    disk_trouble,
    read_graded,
)
from autograder.errors import GradebookError
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId

REGRADES = ".regrades"
_MOVED = (EVIDENCE, RUNS, SUBMISSION, RECEIPT, RESULT)
_NOTHING = ".nothing"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


def root_of(run_key: str) -> str:
    """The key of the run itself; what follows it names a judging or scoring of that run."""
    return run_key.split("+")[0]


@dataclass(frozen=True, slots=True)
class Staging:
    """The files of one campaign's candidates in a results folder.

    GradebookError for a name that could lead elsewhere: a gradebook can come from a stranger's archive, and
    folders are removed by this name.
    """

    results: ResultsFolder
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise GradebookError(f"{self.name[:60]!r} is no name for the files of a campaign")

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.results.root / REGRADES / self.name

    @property
    def after(self) -> ResultsFolder:
        """The candidates, as a results folder of their own."""
        return ResultsFolder(self.folder / "after")

    @property
    def before(self) -> ResultsFolder:
        """What the candidates replaced."""
        return ResultsFolder(self.folder / "before")

    def drop(self) -> None:
        """Remove the candidates of a campaign that was given up."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def place(self, candidates: Iterable[tuple[GradedSubmission, GradedSubmission]]) -> list[SubmissionId]:
        """Put each candidate (second) where the result it replaces (first) is.

        Returns the submissions whose folder holds another result by now: they stay as they are.
        """
        return [
            base.submission
            for base, made in candidates
            if not self._swap(base, made, stored=self.after, kept=self.before, same_run=True)
        ]

    def put_back(self, candidates: Iterable[tuple[GradedSubmission, GradedSubmission]]) -> list[SubmissionId]:
        """Put what stood there before a campaign where its candidates are. Returns as `place` does."""
        return [
            base.submission
            for base, made in candidates
            if not self._swap(made, base, stored=self.before, kept=self.after, same_run=False)
        ]

    def _swap(
        self, old: GradedSubmission, new: GradedSubmission, *, stored: ResultsFolder, kept: ResultsFolder,
        same_run: bool,
    ) -> bool:  # fmt: skip
        """Exchange the files of two gradings of a submission. False where the folder holds something else.

        With `same_run` an earlier judging of the old grading's run is as good as the old grading.
        """
        here, store, keep = (each.of(old.submission) for each in (self.results, stored, kept))
        found = read_graded(here / RESULT)
        key = "" if found is None else found.provenance.run_key
        wanted = old.provenance.run_key
        if key == new.provenance.run_key and not (store / RESULT).exists():
            return True
        fits = key == wanted or (same_run and root_of(key) == root_of(wanted))
        begun = found is None and (keep / RESULT).exists()
        if not fits and not begun:
            return False
        try:
            for name in _MOVED:
                _exchange(here / name, store / name, keep / name)
        except OSError as error:
            raise disk_trouble(error, here) from error
        return True


def _exchange(here: Path, stored: Path, kept: Path) -> None:
    """Move `stored` to `here` and what is there to `kept`; an empty file says that nothing was there."""
    nothing, marked = stored.with_name(stored.name + _NOTHING), kept.with_name(kept.name + _NOTHING)
    if not stored.exists() and not nothing.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    if not kept.exists() and not marked.exists():
        if here.exists():
            here.rename(kept)
        else:
            marked.touch()
    if stored.exists():
        here.parent.mkdir(parents=True, exist_ok=True)
        stored.rename(here)
    nothing.unlink(missing_ok=True)
