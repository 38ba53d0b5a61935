"""Files of a campaign's candidates: in place once it counts, back after an undo, whole after a kill."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.app.campaign_files import Staging
from autograder.app.results_folder import ResultsFolder
from autograder.errors import GradebookError
from autograder.model.graded import GradedSubmission
from tests.unit.gradebook.builders import a_graded


def with_files(folder: ResultsFolder, graded: GradedSubmission, *, evidence: str = "") -> None:
    folder.save(graded)
    if evidence:
        place = folder.evidence(graded.submission)
        place.mkdir()
        (place / "execution.json").write_text(evidence)


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return Staging(ResultsFolder(tmp_path / "graded"), "run-1")


OLD = a_graded(run_key="old")
NEW = a_graded(run_key="new")
JUDGED = a_graded(run_key="old+1")


def found(staging: Staging) -> tuple[str, str | None]:
    """The key of the result that the folder holds, and the evidence beside it."""
    graded = staging.results.graded(OLD.submission)
    assert graded is not None
    evidence = staging.results.evidence(OLD.submission) / "execution.json"
    return graded.provenance.run_key, evidence.read_text() if evidence.exists() else None


def test_a_new_run_takes_the_place_of_the_old_one_with_its_evidence(staging: Staging) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, NEW, evidence="new")
    assert staging.place([(OLD, NEW)]) == []
    assert found(staging) == ("new", "new")
    assert staging.put_back([(OLD, NEW)]) == []
    assert found(staging) == ("old", "old")
    assert staging.after.graded(NEW.submission) == NEW


def test_a_new_judging_leaves_the_evidence_where_it_is(staging: Staging) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, JUDGED)
    staging.place([(OLD, JUDGED)])
    assert found(staging) == ("old+1", "old")
    staging.put_back([(OLD, JUDGED)])
    assert found(staging) == ("old", "old")


def test_what_was_not_there_before_is_gone_after_it_was_put_back(staging: Staging) -> None:
    with_files(staging.results, OLD)
    with_files(staging.after, NEW, evidence="new")
    staging.place([(OLD, NEW)])
    staging.put_back([(OLD, NEW)])
    assert found(staging) == ("old", None)


def test_doing_it_again_changes_nothing(staging: Staging) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, NEW, evidence="new")
    for _ in range(2):
        assert staging.place([(OLD, NEW)]) == []
        assert found(staging) == ("new", "new")
    for _ in range(2):
        assert staging.put_back([(OLD, NEW)]) == []
        assert found(staging) == ("old", "old")


def test_a_folder_that_holds_another_run_by_now_stays_as_it_is(staging: Staging) -> None:
    with_files(staging.results, a_graded(run_key="third"), evidence="third")
    with_files(staging.after, NEW, evidence="new")
    assert staging.place([(OLD, NEW)]) == [OLD.submission]
    assert found(staging) == ("third", "third")
    assert staging.put_back([(OLD, NEW)]) == [OLD.submission]
    assert found(staging) == ("third", "third")


def test_an_earlier_judging_of_the_same_run_is_replaced_too(staging: Staging) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, NEW, evidence="new")
    assert staging.place([(JUDGED, NEW)]) == []
    assert found(staging) == ("new", "new")


def test_a_later_judging_is_not_taken_away_by_an_undo(staging: Staging) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, JUDGED)
    staging.place([(OLD, JUDGED)])
    later = replace(OLD, provenance=replace(OLD.provenance, run_key="old+2"))
    staging.results.save(later)
    assert staging.put_back([(OLD, JUDGED)]) == [OLD.submission]
    assert found(staging) == ("old+2", "old")


@pytest.mark.parametrize("name", ["/home", "../..", "..", ".", "", "a/b", "a\\n", "-rf"])
def test_no_folder_elsewhere_is_removed_by_the_name_that_a_gradebook_holds(tmp_path: Path, name: str) -> None:
    """A gradebook may come from a stranger's archive; what is given up is removed by this name."""
    mine = tmp_path / "home" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("precious")
    with pytest.raises(GradebookError, match="no name for the files"):
        Staging(ResultsFolder(tmp_path / "graded"), name.replace("/home", str(mine.parent))).drop()
    assert mine.exists()


@pytest.mark.parametrize("moves", range(1, 6))
def test_a_process_killed_between_two_moves_can_be_followed_by_another(staging: Staging, moves: int) -> None:
    with_files(staging.results, OLD, evidence="old")
    with_files(staging.after, NEW, evidence="new")
    for step, wanted in ((staging.place, ("new", "new")), (staging.put_back, ("old", "old"))):
        child = os.fork()
        if child == 0:
            _dies_after(moves)
            step([(OLD, NEW)])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert (status != 0) == (moves < 5), "four moves are made"
        assert step([(OLD, NEW)]) == []
        assert found(staging) == wanted


def _dies_after(moves: int) -> None:
    """In the child: end at once when so many files were moved and another one would be."""
    left = [moves]

    def watch(event: str, _: tuple[Any, ...]) -> None:
        if event == "os.rename":
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)

    sys.addaudithook(watch)
