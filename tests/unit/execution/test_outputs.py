"""What is kept of a cell's outputs."""

from __future__ import annotations

from time import process_time

from autograder.execution.outputs import displayed_text, kept_outputs


def a_stream(text: str, name: str = "stdout") -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def a_result(text: str) -> dict[str, object]:
    return {"output_type": "execute_result", "data": {"text/plain": text}, "execution_count": 1}


def test_consecutive_prints_are_one_output() -> None:
    kept = kept_outputs([a_stream("a"), a_stream("b\n"), a_stream("!", "stderr"), a_stream("c")])
    assert [(output["name"], output["text"]) for output in kept] == [
        ("stdout", "ab\n"), ("stderr", "!"), ("stdout", "c"),
    ]  # fmt: skip


def test_of_a_progress_bar_the_last_state_is_kept() -> None:
    kept = kept_outputs([a_stream("10%\r"), a_stream("50%\r"), a_stream("100%\nnext\r\nline")])
    assert kept[0]["text"] == "100%\nnext\nline"


def test_a_million_carriage_returns_cost_no_time() -> None:
    began = process_time()
    kept_outputs([a_stream("a\r" * 1_000_000)])
    assert process_time() - began < 2


def test_the_last_result_is_what_the_cell_displayed() -> None:
    assert displayed_text(kept_outputs([a_result("1"), a_stream("x"), a_result("2")])) == "2"
    assert displayed_text(kept_outputs([a_stream("x")])) == ""


def test_what_is_no_output_is_left_out() -> None:
    assert kept_outputs([None, {}, {"output_type": "comm_open"}, a_stream("x")]) == (a_stream("x"),)
