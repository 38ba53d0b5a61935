"""The judge sandbox with a real kernel in the process sandbox, and what it does where none can be had."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

from autograder.errors import ImageMissing
from autograder.execution.judge import JudgeRoom
from autograder.formats import plain
from autograder.model.evidence import Answer, AnswerStatus, Exchange, JudgeCall, QuestionKind
from autograder.model.ids import CheckId, CheckpointId
from autograder.sandbox.process import ProcessSandbox
from autograder.sandbox.protocol import SandboxRequest, SandboxSession

pytestmark = pytest.mark.filterwarnings("ignore::autograder.sandbox.process.UnprotectedWarning")
PLACE = CheckpointId("part-1")


class CountedSandbox:
    """Opens the process sandbox, and counts how often it was opened."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self) -> AbstractContextManager[SandboxSession]:
        self.opened += 1
        return ProcessSandbox().open(SandboxRequest(image="", run_key="judge"))


class NoSandbox:
    """There is none; every try to open one is counted."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self) -> AbstractContextManager[SandboxSession]:
        self.opened += 1
        raise ImageMissing("the image is not here")


def a_call(code: str, **arguments: object) -> JudgeCall:
    return JudgeCall(script="own.py", code=code, arguments=plain.encode(arguments), seconds=20.0)


def called(room: JudgeRoom, call: JudgeCall) -> Answer:
    return room.at(PLACE)(CheckId("q"))(call)


def result(answer: Answer) -> Any:
    assert answer.status is AnswerStatus.ANSWERED, answer
    return plain.decode(answer.value)


@pytest.fixture(scope="module")
def sandbox() -> CountedSandbox:
    return CountedSandbox()


@pytest.fixture(scope="module")
def room(sandbox: CountedSandbox) -> Iterator[JudgeRoom]:
    with JudgeRoom(sandbox) as open_room:
        yield open_room


DOUBLE = "import numpy as np\ndef judge(rows, by): return {'rows': rows * by, 'sum': float(rows.sum())}"


def test_a_function_gets_arrays_and_gives_plain_data(room: JudgeRoom) -> None:
    found = result(called(room, a_call(DOUBLE, rows=np.eye(2, dtype=np.float32), by=3)))
    assert found["rows"].tolist() == [[3, 0], [0, 3]] and found["rows"].dtype == np.float32
    assert found["sum"] == 2.0


def test_what_is_larger_than_one_piece_arrives_whole(room: JudgeRoom) -> None:
    rows = np.arange(1_000_000, dtype=np.float64)
    call = JudgeCall(
        script="own.py", code="def judge(rows): return rows[::-1]", arguments=plain.encode({"rows": rows}),
        at_most=32 * 1024 * 1024,
    )  # fmt: skip
    assert np.array_equal(result(called(room, call)), rows[::-1])


def test_an_equal_call_is_made_once_and_kept_as_evidence(room: JudgeRoom) -> None:
    call = a_call("import random\ndef judge(): return random.random()")
    before = len(room.exchanges)
    assert result(called(room, call)) == result(called(room, call))
    (exchange,) = room.exchanges[before:]
    assert (exchange.checkpoint, exchange.check) == (PLACE, "q")
    assert exchange.question == call.question and exchange.question.kind is QuestionKind.JUDGE


def test_names_of_one_call_are_not_there_in_the_next(room: JudgeRoom) -> None:
    result(called(room, a_call("left = 1\ndef judge(): return None")))
    assert result(called(room, a_call("def judge(): return 'left' in globals()"))) is False


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def judge():\n    return 1 / 0", "own.py, line 2: ZeroDivisionError"),
        ("import a_library_that_is_not_here\ndef judge(): pass", "No module named"),
        ("def judge(wanted): pass", "missing 1 required"),
        ("def other(): pass", "judge"),
        ("def judge(:", "SyntaxError"),
        ("import sys\ndef judge(): sys.exit(0)", "SystemExit"),
    ],
)
def test_code_that_fails_says_where_and_why(room: JudgeRoom, code: str, words: str) -> None:
    answer = called(room, a_call(code))
    assert answer.status is AnswerStatus.RAISED and words in answer.message


def test_a_result_that_is_no_plain_data_is_refused(room: JudgeRoom) -> None:
    assert called(room, a_call("def judge(): return object()")).status is AnswerStatus.REFUSED
    large = JudgeCall(script="own.py", code="def judge(): return 'x' * 1000", arguments="{}", at_most=100)
    assert called(room, large).status is AnswerStatus.REFUSED


def test_a_call_that_takes_too_long_is_ended_and_the_next_one_works(room: JudgeRoom) -> None:
    slow = JudgeCall(
        script="own.py", code="import time\ndef judge(): time.sleep(60)", arguments="{}", seconds=0.5
    )
    answer = called(room, slow)
    assert answer.status is AnswerStatus.NO_ANSWER and "0.5 s" in answer.message
    assert result(called(room, a_call("def judge(): return 1"))) == 1


def test_one_sandbox_serves_all_calls_until_it_dies(room: JudgeRoom, sandbox: CountedSandbox) -> None:
    before = sandbox.opened
    result(called(room, a_call("def judge(): return 'first'")))
    assert sandbox.opened == max(1, before)
    dead = called(room, a_call("import os\ndef judge(): os._exit(1)"))
    assert dead.status is AnswerStatus.NO_ANSWER
    assert result(called(room, a_call("def judge(): return 'second'"))) == "second"
    assert sandbox.opened == max(1, before) + 1


def test_nothing_is_opened_before_the_first_call() -> None:
    sandbox = NoSandbox()
    with JudgeRoom(sandbox):
        pass
    assert sandbox.opened == 0


def recorded(call: JudgeCall, answer: Answer) -> tuple[Exchange, ...]:
    return (Exchange(checkpoint=PLACE, check=CheckId("q"), question=call.question, answer=answer),)


def test_a_recorded_result_is_used_without_a_sandbox_when_code_and_arguments_are_equal() -> None:
    sandbox, call = NoSandbox(), a_call(DOUBLE, rows=np.eye(2), by=1)
    stored = recorded(call, Answer(status=AnswerStatus.ANSWERED, value="7"))
    with JudgeRoom(sandbox, recorded=stored) as room:
        assert result(called(room, a_call(DOUBLE, rows=np.eye(2), by=1))) == 7
        assert sandbox.opened == 0 and room.exchanges == ()
        for other in (a_call(DOUBLE, rows=np.eye(2), by=2), a_call(DOUBLE + "\n", rows=np.eye(2), by=1)):
            assert called(room, other).status is AnswerStatus.NO_ANSWER
    assert sandbox.opened == 2


@pytest.mark.parametrize("status", [AnswerStatus.RAISED, AnswerStatus.NO_ANSWER])
def test_a_recorded_failure_is_tried_again(status: AnswerStatus) -> None:
    sandbox, call = NoSandbox(), a_call("def judge(): return 1")
    with JudgeRoom(sandbox, recorded=recorded(call, Answer(status=status))) as room:
        called(room, call)
    assert sandbox.opened == 1


def test_a_sandbox_that_cannot_be_had_is_an_answer_without_a_value() -> None:
    with JudgeRoom(NoSandbox()) as room:
        answer = called(room, a_call("def judge(): return 1"))
    assert answer.status is AnswerStatus.NO_ANSWER and "the image is not here" in answer.message
    assert [exchange.answer for exchange in room.exchanges] == [answer]


WARM = "import sys\nsys.warmed = True\ndef judge(): return None"


def test_warming_up_is_done_once_before_the_first_call_and_is_no_evidence() -> None:
    sandbox = CountedSandbox()
    with JudgeRoom(sandbox, warm=WARM) as room:
        room.warm()
        room.warm()
        found = result(called(room, a_call("import sys\ndef judge(): return hasattr(sys, 'warmed')")))
        assert found is True
        assert sandbox.opened == 1
        assert len(room.exchanges) == 1


def test_nothing_is_opened_without_code_for_warming_up() -> None:
    sandbox = CountedSandbox()
    with JudgeRoom(sandbox) as room:
        room.warm()
    assert sandbox.opened == 0


def test_a_warm_up_that_fails_costs_nothing_but_time() -> None:
    with JudgeRoom(CountedSandbox(), warm="raise RuntimeError") as room:
        room.warm()
        assert result(called(room, a_call("def judge(): return 3"))) == 3
    with JudgeRoom(NoSandbox(), warm=WARM) as room:
        room.warm()
        assert called(room, a_call("def judge(): return 3")).status is AnswerStatus.NO_ANSWER
