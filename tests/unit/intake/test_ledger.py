"""The intake folder keeps what came in, whatever happens in between."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.errors import GraderError, UsageError
from autograder.intake.ledger import INDEX, Ledger, copied, in_force, is_intake_folder
from autograder.intake.receipts import Status

from .builders import NOON, a_receipt


def test_receipts_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "in")
    receipts = (a_receipt("s1"), a_receipt("s2", comment="Zo\u00eb says\nhello", notes=("a", "b")))
    with ledger.opened("lab"):
        for receipt in receipts:
            ledger.store(receipt, None, None)
    assert ledger.receipts() == receipts
    assert ledger.assignment() == "lab"
    assert is_intake_folder(tmp_path / "in")
    assert "2026-11-01 12:00 UTC" in (tmp_path / "in" / "receipts" / "R-s1-1.txt").read_text()


def test_bytes_lie_under_the_submission_and_cannot_be_written_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "in")
    with ledger.opened("lab"):
        staged = tmp_path / "staged"
        copied("work.zip", io.BytesIO(b"abc"), staged / "work.zip", at_most=10, told=lambda _: None)
        receipt = a_receipt("s1", stored="received/s1-1-aaaaaaaaaaaa/work.zip")
        ledger.store(receipt, staged, None)
    path = ledger.path(receipt)
    assert path.read_bytes() == b"abc"
    assert not path.stat().st_mode & 0o222


def test_a_line_that_a_crash_cut_off_counts_as_not_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with ledger.opened("lab"):
        ledger.store(a_receipt("s1"), None, None)
    with (tmp_path / INDEX).open("ab") as index:
        index.write(b'{"id": "R-s2')
    assert [receipt.student for receipt in ledger.receipts()] == ["s1"]
    with ledger.opened("lab"):
        ledger.store(a_receipt("s3"), None, None)
    assert [receipt.student for receipt in ledger.receipts()] == ["s1", "s3"]


def test_bytes_without_their_line_are_taken_in_anew(tmp_path: Path) -> None:
    ledger, staged = Ledger(tmp_path / "in"), tmp_path / "staged"
    receipt = a_receipt("s1", stored="received/s1-1-aaaaaaaaaaaa/work.zip")
    left = ledger.path(receipt)
    with ledger.opened("lab"):
        left.parent.mkdir(parents=True)
        left.write_bytes(b"half")
        staged.mkdir()
        (staged / "work.zip").write_bytes(b"whole")
        ledger.store(receipt, staged, None)
    assert left.read_bytes() == b"whole"


def test_one_intake_at_a_time_has_the_folder(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path).opened("lab"),
        pytest.raises(UsageError, match="another intake"),
        Ledger(tmp_path).opened("lab"),
    ):
        pass  # pragma: no cover


def test_a_folder_of_another_assignment_or_with_other_things_is_refused(tmp_path: Path) -> None:
    with Ledger(tmp_path / "in").opened("lab"):
        pass
    with pytest.raises(UsageError, match="for the assignment lab"), Ledger(tmp_path / "in").opened("other"):
        pass  # pragma: no cover
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(UsageError, match="something else"), Ledger(tmp_path / "mine").opened("lab"):
        pass  # pragma: no cover


def test_an_index_of_somebody_else_is_no_intake_folder(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text('{"rows": 3}\n')
    assert not is_intake_folder(tmp_path)
    (tmp_path / INDEX).write_text('{"schema": 1, "assignment": "lab"}\n{"no": "receipt"}\n')
    with pytest.raises(GraderError, match="not an index"):
        Ledger(tmp_path).receipts()


def test_the_earliest_time_of_the_same_bytes_counts() -> None:
    first = a_receipt("s1", id="R-1", received=NOON)
    again = a_receipt(
        "s1",
        id="R-2",
        received=NOON - timedelta(days=1),
        status=Status.DUPLICATE,
        submission=first.submission,
    )
    [counted] = in_force([first, again])
    assert (counted.id, counted.received) == ("R-1", NOON - timedelta(days=1))


def test_what_was_replaced_is_not_in_force() -> None:
    assert [one.id for one in in_force([a_receipt(id="R-1"), a_receipt(id="R-2", replaces="R-1")])] == ["R-2"]


def test_more_bytes_than_allowed_are_counted_and_not_kept(tmp_path: Path) -> None:
    seen: list[int] = []
    file, kept = copied("big", io.BytesIO(b"x" * 11), tmp_path / "big", at_most=10, told=seen.append)
    assert (file.bytes, kept, sum(seen)) == (11, False, 11)
    assert not (tmp_path / "big").exists()


def test_what_lies_beside_results_holds_no_name_of_a_student() -> None:
    receipt = a_receipt(
        "s1", sender="Student One", label="1-2 - Student One", comment="I, One", stored="x/One"
    )
    assert "One" not in repr(receipt.without_names())


@pytest.mark.parametrize("stored", ["../other/lab.zip", "received/../../lab.zip", "/lab.zip", "index.jsonl"])
def test_bytes_are_read_only_from_where_intake_writes_them(tmp_path: Path, stored: str) -> None:
    with pytest.raises(GraderError, match="did not write"):
        Ledger(tmp_path).path(a_receipt("s1", stored=stored))
