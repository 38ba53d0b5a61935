"""Batches in real processes: one fork server per test, which takes about a fifth of a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.batch.job import BatchResult, Event, EventKind, Job
from autograder.batch.run import run_batch
from autograder.errors import GraderFailed, SandboxUnavailable, StorageFull

FUNCTION = "tests.unit.batch.work:do"
GOOD = Job(id="known-good", payload={"do": "well"}, seconds=30)
BAD = Job(id="known-good", payload={"do": "raises"}, seconds=30)


def a_job(do: str, id: str = "", *, seconds: float = 30.0, **payload: object) -> Job:
    return Job(id=id or do, payload={"do": do, **payload}, seconds=seconds)


def results(*jobs: Job, **options: Any) -> dict[str, BatchResult]:
    found = list(run_batch(jobs, function=FUNCTION, **options))
    assert len(found) == len({result.job.id for result in found}) == len(jobs)
    return {result.job.id: result for result in found}


def result(job: Job, **options: Any) -> BatchResult:
    return results(job, **options)[job.id]


def ended(found: BatchResult) -> Any:
    assert found.result is not None
    return found.result.get("ended", {}).get("outcome")


def test_every_job_is_done_once_in_a_process_of_its_own() -> None:
    found = results(*(a_job("well", f"job-{n}", say=n) for n in range(5)), workers=2)
    said = [found[f"job-{n}"].result for n in range(5)]
    assert [one and one["said"] for one in said] == list(range(5))
    assert len({one["process"] for one in said if one}) == 5
    assert os.getpid() not in {one["process"] for one in said if one}


def test_a_worker_is_alone_bounded_and_has_everything_imported() -> None:
    found = result(a_job("surroundings"), memory_bytes=700 << 20, preload=["colorsys"]).result
    assert found == {
        "status": "graded", "core": 0, "memory": 700 << 20, "leader": True, "input": "", "imported": True,
    }  # fmt: skip


def test_a_sandbox_that_failed_is_tried_twice_more(tmp_path: Path) -> None:
    found = results(
        a_job("sandbox_fails", "recovers", file=str(tmp_path / "a"), times=2),
        a_job("sandbox_fails", "stays", file=str(tmp_path / "b"), times=9),
    )
    assert (found["recovers"].result, found["recovers"].attempts) == ({"status": "graded"}, 3)
    assert (found["stays"].result, found["stays"].attempts) == ({"status": "sandbox_failed"}, 3)
    assert found["stays"].machine_well is None


@pytest.mark.parametrize(("good", "well"), [(GOOD, True), (BAD, False)], ids=["well", "unwell"])
def test_a_sandbox_that_keeps_failing_is_held_with_a_word_about_the_machine(
    tmp_path: Path, good: Job, well: bool
) -> None:
    found = result(a_job("sandbox_fails", file=str(tmp_path / "a"), times=9), known_good=good)
    assert (found.result, found.machine_well) == ({"status": "sandbox_failed"}, well)


@pytest.mark.parametrize("do", ["out_of_memory", "aborts"])
def test_a_job_that_breaks_its_process_is_to_blame_when_a_known_good_one_runs_well(do: str) -> None:
    found = result(a_job(do), known_good=GOOD)
    assert ended(found) == "output_too_large"
    assert (found.attempts, found.machine_well) == (1, True)


@pytest.mark.parametrize("good", [BAD, None], ids=["unwell", "nobody looked"])
def test_nobody_is_blamed_when_the_machine_is_not_known_to_be_well(good: Job | None) -> None:
    assert ended(result(a_job("aborts"), known_good=good)) == "sandbox_failed"


def test_a_job_on_a_machine_that_is_not_well_is_tried_again() -> None:
    assert result(a_job("aborts"), known_good=BAD).attempts == 3


def test_a_process_that_does_not_end_is_killed_with_its_children_and_cleaned_up_after(
    tmp_path: Path,
) -> None:
    cleaned: list[str] = []
    job = a_job("has_child_that_hangs", seconds=2.0, file=str(tmp_path / "pid"))
    began = time.monotonic()
    found = result(job, known_good=GOOD, cleanup=lambda job: cleaned.append(job.id))
    assert time.monotonic() - began < 20
    assert ended(found) == "timed_out"
    assert cleaned == [job.id]
    assert is_gone(int((tmp_path / "pid").read_text()))


def is_gone(process: int) -> bool:
    """Whether a process has ended. It is no child of ours, so it may be a zombie for a moment."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if "\nState:\tZ" in Path(f"/proc/{process}/status").read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("do", ["killed", "exits", "leaves", "shouts"])
def test_a_process_that_is_lost_for_no_known_reason_is_tried_again_and_then_held(do: str) -> None:
    found = result(a_job(do), known_good=GOOD)
    assert ended(found) == "sandbox_failed"
    assert found.attempts == 3


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("raises", "ZeroDivisionError"),
        ("lacks_an_asset", "no such model Add it with"),
        ("too_large", "limit"),
        ("not_json", "cannot be sent"),
    ],
)
def test_an_error_of_ours_is_told_and_is_no_result(do: str, words: str) -> None:
    found = results(a_job(do), a_job("well"))
    assert found[do].result is None
    assert words in found[do].failure
    assert found["well"].result is not None


def test_one_job_that_breaks_everything_leaves_the_others_alone() -> None:
    others = [a_job("well", f"job-{n}") for n in range(3)]
    found = results(a_job("out_of_memory"), *others, workers=2, known_good=GOOD)
    assert all(found[job.id].result is not None for job in others)


def test_a_full_disk_ends_the_batch_and_what_was_given_out_is_kept() -> None:
    given: list[str] = []
    with pytest.raises(StorageFull, match="no room"):
        for found in run_batch([a_job("well"), a_job("disk_full"), a_job("hangs")], function=FUNCTION):
            given.append(found.job.id)
    assert given == ["well"]


def test_what_an_earlier_batch_has_done_is_not_done_again() -> None:
    def finished(job: Job) -> dict[str, Any] | None:
        return {"status": "graded", "old": True} if job.id == "raises" else None

    found = results(a_job("raises"), a_job("well"), finished=finished)
    assert found["raises"].resumed
    assert found["raises"].result == {"status": "graded", "old": True}
    assert not found["well"].resumed


def test_a_batch_that_is_all_done_starts_no_process() -> None:
    done: Callable[[Job], dict[str, Any]] = lambda job: {"status": "graded"}  # noqa: E731
    (found,) = run_batch([a_job("well")], function="no.such:function", finished=done)
    assert found.resumed


def test_an_interrupted_batch_kills_what_runs_and_cleans_up_after_it(tmp_path: Path) -> None:
    cleaned: list[str] = []
    jobs = [a_job("hangs", file=str(tmp_path / "pid")), a_job("well")]
    with pytest.raises(KeyboardInterrupt):
        for _ in run_batch(jobs, function=FUNCTION, workers=2, cleanup=lambda job: cleaned.append(job.id)):
            until = time.monotonic() + 5
            while not (tmp_path / "pid").exists() and time.monotonic() < until:
                time.sleep(0.01)
            raise KeyboardInterrupt
    assert cleaned == ["hangs"]
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_what_happens_is_told_with_an_estimate(tmp_path: Path) -> None:
    events: list[Event] = []
    jobs = [a_job("reports"), a_job("sandbox_fails", file=str(tmp_path / "a"), times=1)]
    results(*jobs, on_event=events.append)
    told = [(event.kind, event.job.id) for event in events]
    assert told == [
        (EventKind.STARTED, "reports"),
        (EventKind.PROGRESSED, "reports"),
        (EventKind.PROGRESSED, "reports"),
        (EventKind.FINISHED, "reports"),
        (EventKind.STARTED, "sandbox_fails"),
        (EventKind.RETRIED, "sandbox_fails"),
        (EventKind.STARTED, "sandbox_fails"),
        (EventKind.FINISHED, "sandbox_fails"),
    ]
    assert [event.progress for event in events[1:3]] == [{"cell": 1}, {"cell": 2}]
    assert events[0].state.seconds_left is None
    assert events[4].state.seconds_left is not None
    assert (events[-1].state.done, events[-1].state.total, events[-1].state.seconds_left) == (2, 2, 0.0)


def test_trouble_with_cleaning_up_is_told_and_stops_nothing() -> None:
    events: list[Event] = []

    def cleanup(job: Job) -> None:
        raise SandboxUnavailable("no engine")

    result(a_job("aborts"), cleanup=cleanup, on_event=events.append)
    assert "no engine" in [event.detail for event in events if event.kind is EventKind.TROUBLE]


@pytest.mark.parametrize("function", ["no.such.module:do", "tests.unit.batch.work:no_such_function"])
def test_a_function_that_cannot_be_imported_is_told(function: str) -> None:
    with pytest.raises(GraderFailed, match=r"no_such_function|No module named"):
        list(run_batch([a_job("well")], function=function))


def test_a_payload_that_is_no_json_value_is_told() -> None:
    with pytest.raises(GraderFailed, match="JSON"):
        list(run_batch([a_job("well", say={1})], function=FUNCTION))


def test_a_batch_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        list(run_batch([a_job("well"), a_job("well")], function=FUNCTION))
    with pytest.raises(ValueError, match="at least one"):
        list(run_batch([a_job("well")], function=FUNCTION, workers=0))
    with pytest.raises(ValueError, match="seconds"):
        a_job("well", seconds=0)
