"""The client that asks a kernel, against a socket that says anything at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zmq

from autograder.execution.voice import LARGEST_FRAME, MIME, KernelVoice, NoReply
from autograder.sandbox.messages import DELIMITER
from autograder.sandbox.protocol import ConnectionInfo

Frames = list[bytes]
Reply = Callable[[Frames, str], Sequence[Frames]]


class FakeKernel:
    """Listens like a kernel and answers each request with the frames that a function gives.

    `late` is what it answers once it was interrupted.
    """

    def __init__(self, ip: Path, reply: Reply) -> None:
        self.interrupted = 0
        self.living = True
        self.late: Reply = lambda frames, asked: []
        self._reply = reply
        self._ends = threading.Event()
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(f"ipc://{ip}-1",), daemon=True)
        self._thread.start()
        assert self._bound.wait(10)

    def alive(self) -> bool:
        return self.living

    def interrupt(self) -> None:
        self.interrupted += 1

    def close(self) -> None:
        self._ends.set()
        self._thread.join(timeout=10)

    def _serve(self, url: str) -> None:
        """All of the socket's life is in this thread: ZMQ sockets are not for sharing."""
        with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.bind(url)
            self._bound.set()
            unanswered: list[Frames] = []
            while not self._ends.is_set():
                if socket.poll(10):
                    unanswered = [socket.recv_multipart()]
                    self._answer(socket, self._reply, unanswered[0])
                elif self.interrupted and unanswered:
                    self._answer(socket, self.late, unanswered.pop())

    def _answer(self, socket: zmq.Socket[bytes], reply: Reply, request: Frames) -> None:
        identity, *frames = request
        for answer in reply(frames, json.loads(frames[2])["msg_id"]):
            socket.send_multipart([identity, *answer])


@contextmanager
def talking_to(reply: Reply) -> Iterator[tuple[KernelVoice, FakeKernel]]:
    with TemporaryDirectory(prefix="v") as folder:
        ip = Path(folder) / "k"
        kernel = FakeKernel(ip, reply)
        voice = KernelVoice(ConnectionInfo(ip=str(ip), key=b"key"), kernel, grace_seconds=0.2)
        try:
            yield voice, kernel
        finally:
            voice.close()
            kernel.close()


def a_message(asked: str, content: object, *, kind: str = "execute_reply", **changes: bytes) -> Frames:
    parts = {
        "signature": b"0" * 64,
        "header": json.dumps({"msg_type": kind}).encode(),
        "parent": json.dumps({"msg_id": asked}).encode(),
        "metadata": b"{}",
        "content": content if isinstance(content, bytes) else json.dumps(content).encode(),
    }
    return [DELIMITER, *({**parts, **changes}).values()]


def an_answer(text: str) -> dict[str, object]:
    return {"status": "ok", "user_expressions": {"answer": {"status": "ok", "data": {MIME: text}}}}


def test_the_text_of_an_answer_comes_back() -> None:
    with talking_to(lambda frames, asked: [a_message(asked, an_answer('a "b"\n\\ü'))]) as (voice, _):
        assert voice.evaluate("1", seconds=5) == 'a "b"\n\\ü'


def test_a_question_is_silent_and_has_no_code() -> None:
    seen: list[dict[str, object]] = []

    def reply(frames: Frames, asked: str) -> Sequence[Frames]:
        seen.append(json.loads(frames[5]))
        return [a_message(asked, an_answer(""))]

    with talking_to(reply) as (voice, _):
        voice.evaluate("1 + 1", seconds=5)
    assert seen[0]["code"] == "" and seen[0]["silent"] is True and seen[0]["allow_stdin"] is False
    assert seen[0]["user_expressions"] == {"answer": "1 + 1"}


JUNK: dict[str, Callable[[str], Frames]] = {
    "nothing": lambda asked: [b""],
    "no delimiter": lambda asked: [b"x"] * 6,
    "too few frames": lambda asked: a_message(asked, {})[:4],
    "too many frames": lambda asked: a_message(asked, an_answer("forged")) + [b""] * 5,
    "another parent": lambda asked: a_message("f" * 32, an_answer("forged")),
    "no parent": lambda asked: a_message(asked, an_answer("forged"), parent=b"{}"),
    "a parent of another type": lambda asked: a_message(asked, an_answer("forged"), parent=b"[1]"),
    "a list of ids": lambda asked: a_message(asked, {}, parent=json.dumps({"msg_id": [asked]}).encode()),
    "another type": lambda asked: a_message(asked, an_answer("forged"), kind="status"),
    "a header that is no JSON": lambda asked: a_message(asked, {}, header=b"\xff{"),
    "a header of depth 10000": lambda asked: a_message(asked, {}, header=b"[" * 10_000),
    "a header of 5000 digits": lambda asked: a_message(asked, {}, header=b"1" * 5_000),
    "a header without end": lambda asked: a_message(asked, {}, header=b"{" + b" " * 100_000 + b"}"),
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_junk_before_the_answer_is_passed_over(junk: Callable[[str], Frames]) -> None:
    def reply(frames: Frames, asked: str) -> Sequence[Frames]:
        return [junk(asked), a_message(asked, an_answer("true"))]

    with talking_to(reply) as (voice, _):
        assert voice.evaluate("1", seconds=5) == "true"


UNUSABLE = {
    "an error": {"status": "error", "ename": "E", "evalue": "", "traceback": []},
    "aborted": {"status": "aborted"},
    "no private type": {"status": "ok", "user_expressions": {"answer": {"data": {"text/plain": "1.0"}}}},
    "a number": {"user_expressions": {"answer": {"data": {MIME: 1.0}}}},
    "a list": {"user_expressions": {"answer": {"data": {MIME: ["1.0"]}}}},
    "not JSON": b'{"%s": "never closed' % MIME.encode(),
    "not UTF-8": b'{"%s": "\xff"}' % MIME.encode(),
    "a bad escape": b'{"%s": "\\x"}' % MIME.encode(),
    "a list of a million lists": b"[" + b"[]," * 1_000_000 + b"0]",
}


@pytest.mark.parametrize("content", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_reply_without_our_text_is_no_answer_and_the_next_question_is_asked(content: object) -> None:
    contents = [content, an_answer("next")]
    with talking_to(lambda frames, asked: [a_message(asked, contents.pop(0))]) as (voice, _):
        with pytest.raises(NoReply) as refused:
            voice.evaluate("1", seconds=5)
        assert not refused.value.lost
        assert voice.evaluate("2", seconds=5) == "next"


def test_an_answer_to_the_question_before_is_passed_over() -> None:
    earlier: list[str] = []

    def reply(frames: Frames, asked: str) -> Sequence[Frames]:
        late = [a_message(earlier[0], an_answer("late"))] if earlier else []
        earlier.append(asked)
        return [*late, a_message(asked, an_answer(str(len(earlier))))]

    with talking_to(reply) as (voice, _):
        assert [voice.evaluate("1", seconds=5) for _ in range(3)] == ["1", "2", "3"]
        assert voice.contradicted


def test_of_two_answers_the_first_counts_and_the_second_is_noticed() -> None:
    def reply(frames: Frames, asked: str) -> Sequence[Frames]:
        return [a_message(asked, an_answer("first")), a_message(asked, an_answer("second"))]

    with talking_to(reply) as (voice, _):
        assert [voice.evaluate("1", seconds=5) for _ in range(2)] == ["first", "first"]
        assert voice.contradicted


def test_one_answer_to_each_question_contradicts_nothing() -> None:
    with talking_to(lambda frames, asked: [a_message(asked, an_answer("x"))]) as (voice, _):
        assert [voice.evaluate("1", seconds=5) for _ in range(2)] == ["x", "x"]
    assert not voice.contradicted


def test_endless_junk_ends_the_questions() -> None:
    with talking_to(lambda frames, asked: [[b"junk"]] * 1_100) as (voice, _):
        with pytest.raises(NoReply) as refused:
            voice.evaluate("1", seconds=20)
        assert refused.value.lost and "nobody asked for" in refused.value.reason


def test_a_frame_over_the_limit_ends_the_questions_and_not_us() -> None:
    big = b" " * (LARGEST_FRAME + 1)
    with talking_to(lambda frames, asked: [a_message(asked, big)]) as (voice, _):
        with pytest.raises(NoReply) as refused:
            voice.evaluate("1", seconds=20)
        assert refused.value.lost and "closed" in refused.value.reason


def test_many_frames_below_the_limit_are_not_an_answer() -> None:
    half = b" " * (LARGEST_FRAME // 2 + 1)

    def reply(frames: Frames, asked: str) -> Sequence[Frames]:
        return [a_message(asked, half, metadata=half), a_message(asked, an_answer("small"))]

    with talking_to(reply) as (voice, _):
        assert voice.evaluate("1", seconds=20) == "small"


def test_silence_is_interrupted_once_and_then_the_kernel_is_lost() -> None:
    with talking_to(lambda frames, asked: []) as (voice, kernel):
        with pytest.raises(NoReply) as refused:
            voice.evaluate("1", seconds=0.1)
        assert refused.value.lost and kernel.interrupted == 1
        with pytest.raises(NoReply) as again:
            voice.evaluate("2", seconds=5)
        assert again.value.lost and kernel.interrupted == 1


def test_a_late_answer_is_not_taken_but_shows_that_the_kernel_lives() -> None:
    with talking_to(lambda frames, asked: []) as (voice, kernel):
        kernel.late = lambda frames, asked: [a_message(asked, an_answer("too late"))]
        with pytest.raises(NoReply) as refused:
            voice.evaluate("1", seconds=0.1)
        assert not refused.value.lost and "interrupted" in refused.value.reason


def test_a_dead_kernel_is_noticed_before_the_deadline() -> None:
    with talking_to(lambda frames, asked: []) as (voice, kernel):
        kernel.living = False
        with pytest.raises(NoReply, match="dead") as refused:
            voice.evaluate("1", seconds=60)
        assert refused.value.lost
