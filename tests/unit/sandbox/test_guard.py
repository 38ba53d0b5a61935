"""Output is truncated by cell and by run; only what was received in all ends a run."""

from __future__ import annotations

from autograder.model.execution import RunOutcome
from tests.unit.sandbox.builders import (
    a_guard,
    a_picture,
    a_print,
    a_reply,
    idle,
    some_frames,
    texts,
)


def test_what_fits_is_passed_on_at_once() -> None:
    guard = a_guard()
    assert texts(guard.iopub(a_print("one"))) == "one"
    assert [message["msg_type"] for message in guard.iopub(idle())] == ["status"]
    assert not guard.cell_truncated and guard.dropped == 0


def test_a_long_log_keeps_its_beginning_and_its_end_and_says_what_is_missing() -> None:
    guard = a_guard()
    said = texts([message for i in range(300) for message in guard.iopub(a_print(f"line {i}\n"))])
    rest = guard.iopub(idle())
    assert said.startswith("line 0\n")
    assert "left out" in texts(rest[:1])
    assert texts(rest).endswith("line 299\n")
    assert rest[-1]["msg_type"] == "status"
    assert guard.cell_truncated and guard.broken is None


def test_a_log_that_only_just_needs_the_tail_is_not_truncated() -> None:
    guard = a_guard()
    said = texts([m for _ in range(7) for m in guard.iopub(a_print("x" * 400))])
    said += texts(guard.iopub(a_print("y" * 400))) + texts(guard.iopub(idle()))
    assert said == "x" * 2800 + "y" * 400
    assert not guard.cell_truncated


def test_one_merged_piece_of_output_is_cut_in_its_middle() -> None:
    guard = a_guard()
    said = texts(guard.iopub(a_print("first" + "x" * 100_000 + "last")))
    rest = texts(guard.iopub(idle()))
    assert said.startswith("first") and rest.endswith("last") and "left out" in rest
    assert len(said + rest) < 4500


def test_the_next_cell_has_a_budget_of_its_own() -> None:
    guard = a_guard()
    guard.iopub(a_print("x" * 10_000))
    guard.iopub(idle())
    guard.begin_cell()
    assert not guard.cell_truncated
    assert texts(guard.iopub(a_print("fresh"))) == "fresh"


def test_what_is_kept_of_a_whole_run_is_limited() -> None:
    guard = a_guard()
    kept = 0
    for _ in range(20):
        guard.begin_cell()
        kept += len(texts(guard.iopub(a_print("x" * 2900))))
        kept += sum(len(texts([m])) for m in guard.iopub(idle()) if "left out" not in texts([m]))
    assert kept <= 20_000
    assert guard.broken is None


def test_many_small_messages_are_limited_by_number() -> None:
    guard = a_guard(cell_messages=40)
    passed = sum(len(guard.iopub(a_print("."))) for _ in range(1000))
    assert passed == 30
    assert len(guard.iopub(idle())) <= 12


def test_a_picture_that_is_too_large_is_left_out_and_the_rest_is_kept() -> None:
    guard = a_guard()
    assert guard.iopub(a_picture(50_000)) == []
    guard.iopub(a_print("after"))
    assert texts(guard.iopub(idle())).endswith("after")
    assert guard.cell_truncated


def test_contents_above_the_parsing_limit_are_never_parsed() -> None:
    guard = a_guard(received_bytes=100_000_000)
    assert guard.iopub(some_frames("stream", b"[" * 5_000_000)) == []
    assert guard.dropped == 0 and guard.cell_truncated


def test_a_cell_that_clears_its_output_may_go_on_for_ever() -> None:
    guard = a_guard()
    clear = some_frames("clear_output", {"wait": True})
    for frame in range(50):
        assert guard.iopub(clear)
        assert texts(guard.iopub(a_print(f"{frame} " + "x" * 2000))).startswith(f"{frame} ")
    assert not guard.cell_truncated


def test_the_source_of_a_cell_does_not_count_as_its_output() -> None:
    guard = a_guard()
    echo = some_frames("execute_input", {"code": "x" * 10_000, "execution_count": 3})
    assert guard.iopub(echo)[0]["content"] == {"code": "", "execution_count": 3}
    assert not guard.cell_truncated


def test_receiving_too_much_ends_the_run_and_calls_whoever_listens_once() -> None:
    guard = a_guard(received_bytes=100_000)
    called: list[str] = []
    guard.on_stop(lambda: called.append("early"))
    for _ in range(300):
        guard.iopub(a_print("x" * 1000))
    assert guard.broken is RunOutcome.OUTPUT_TOO_LARGE and "100000" in guard.detail
    guard.on_stop(lambda: called.append("late"))
    assert called == ["early", "late"]


def test_what_is_dropped_counts_as_received() -> None:
    guard = a_guard(received_bytes=100_000)
    for _ in range(300):
        guard.iopub([b"junk" * 250])
    assert guard.broken is RunOutcome.OUTPUT_TOO_LARGE


def test_only_the_first_reason_to_stop_counts() -> None:
    guard = a_guard()
    guard.stop(RunOutcome.KERNEL_DIED, "first")
    guard.stop(RunOutcome.OUTPUT_TOO_LARGE, "second")
    assert (guard.broken, guard.detail) == (RunOutcome.KERNEL_DIED, "first")


def test_junk_and_what_is_merely_unwanted_are_counted_apart() -> None:
    guard = a_guard()
    guard.iopub(a_print("x", signature=b"0" * 64))
    guard.iopub(some_frames("comm_open", {}))
    guard.iopub(a_print("x", parent="an earlier request"))
    assert (guard.dropped, guard.ignored) == (1, 2)


def test_an_earlier_cells_idle_does_not_end_this_one() -> None:
    guard = a_guard()
    assert guard.iopub(idle(parent="an earlier request")) == []


def test_only_the_reply_to_the_current_request_is_a_reply() -> None:
    guard = a_guard()
    other = some_frames("execute_reply", {"status": "ok"}, parent="guessed")
    assert guard.shell(other) is None and not guard.replied
    assert guard.shell(a_reply()) is not None and guard.replied


def test_a_reply_that_is_too_large_is_an_error_not_a_silence() -> None:
    guard = a_guard()
    reply = guard.shell(a_reply("error", ename="E", evalue="v" * 10_000, traceback=[]))
    assert reply is not None
    assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "ReplyTooLarge")


def test_a_lost_idle_is_replaced_and_brings_the_end_of_the_output() -> None:
    guard = a_guard()
    guard.iopub(a_print("x" * 10_000 + "last"))
    rest = guard.give_up_waiting()
    assert texts(rest).endswith("last")
    assert rest[-1]["content"] == {"execution_state": "idle"}


def test_a_second_answer_to_one_request_is_noticed_even_when_the_next_one_is_under_way() -> None:
    guard = a_guard()
    assert guard.shell(a_reply("ok")) is not None
    assert not guard.contradicted
    guard.expect("the next request")
    assert guard.shell(a_reply("error", ename="AssertionError", evalue="", traceback=[])) is None
    assert guard.contradicted


def test_an_answer_that_comes_too_late_contradicts_nothing() -> None:
    guard = a_guard()
    guard.expect("the next request")
    assert guard.shell(a_reply("ok")) is None
    assert not guard.contradicted
