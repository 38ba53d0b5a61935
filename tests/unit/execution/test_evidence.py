"""Evidence on disk is whole or not there, and a damaged file is noticed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from autograder.errors import GraderFailed, StorageFull
from autograder.execution.evidence import FILE, load, save
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import CellRecord, CellStatus, Execution, RunOutcome
from autograder.model.ids import CheckId, CheckpointId
from tests.fakes import a_reached


def an_execution() -> Execution:
    question = Question(kind=QuestionKind.CALL, name="f", arguments='[["ü"],{}]', hidden=True)
    return Execution(
        outcome=RunOutcome.CELL_FAILED,
        cells=(
            CellRecord(
                notebook="a", position=3, cell_id="c", status=CellStatus.ERROR, error_value="\u2028 'x'"
            ),
        ),
        checkpoints=(a_reached(),),
        exchanges=(
            Exchange(
                checkpoint=CheckpointId("end"),
                check=CheckId("q"),
                question=question,
                answer=Answer(status=AnswerStatus.ANSWERED, value='["😀"]'),
                seconds=0.5,
            ),
        ),
        executed={"a": "{}"},
        embargo_from=("a", 4),
    )


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    assert save(an_execution(), tmp_path / "run") == tmp_path / "run" / FILE
    assert load(tmp_path / "run") == an_execution()
    assert [path.name for path in (tmp_path / "run").iterdir()] == [FILE]


def test_a_full_disk_leaves_the_earlier_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(an_execution(), tmp_path)

    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(StorageFull):
        save(Execution(outcome=RunOutcome.COMPLETED), tmp_path)
    monkeypatch.undo()
    assert load(tmp_path) == an_execution() and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "{}", '{"schema": 2, "execution": {}}', '{"schema": 1, "execution": {}}']
)
def test_a_damaged_file_is_our_failure_and_no_result(tmp_path: Path, raw: str) -> None:
    (tmp_path / FILE).write_text(raw)
    with pytest.raises(GraderFailed):
        load(tmp_path)


def test_a_run_that_was_never_saved_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path)
