"""What comes out of a container is counted while it is read, and only one regular file is accepted."""

from __future__ import annotations

import io
import socket
import tarfile
import threading
from collections.abc import Callable
from time import monotonic

import pytest

from autograder.sandbox.docker.engine import CommandFailed, read_stdout
from autograder.sandbox.docker.session import only_file
from autograder.sandbox.protocol import FileRefused

SOON = 5.0


def framed(data: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def received(send: Callable[[socket.socket], None], *, at_most: int = 1000, seconds: float = SOON) -> bytes:
    ours, theirs = socket.socketpair()

    def talk() -> None:
        with theirs:
            try:
                send(theirs)
            except OSError:
                return

    sender = threading.Thread(target=talk)
    sender.start()
    try:
        return read_stdout(ours, deadline=monotonic() + seconds, at_most=at_most)
    finally:
        ours.close()
        sender.join(SOON)


def test_standard_output_is_put_together_and_the_rest_is_left() -> None:
    pieces = framed(b"one ") + framed(b"an error", stream=2) + framed(b"two")
    assert received(lambda to: to.sendall(pieces)) == b"one two"


def test_frames_may_arrive_in_any_pieces() -> None:
    def byte_by_byte(to: socket.socket) -> None:
        for value in framed(b"one") + framed(b"two"):
            to.sendall(bytes([value]))

    assert received(byte_by_byte) == b"onetwo"


def test_a_stream_without_end_is_given_up_at_the_budget() -> None:
    def endless(to: socket.socket) -> None:
        while True:
            to.sendall(framed(b"x" * 100))

    with pytest.raises(CommandFailed, match="more than 1000 bytes"):
        received(endless)


def test_a_frame_that_claims_too_much_is_given_up_at_once() -> None:
    with pytest.raises(CommandFailed, match="more than"):
        received(lambda to: to.sendall(framed(b"")[:4] + b"\xff\xff\xff\xff"))


def test_a_stream_that_says_nothing_is_given_up_at_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(CommandFailed, match="deadline"):
        read_stdout(ours, deadline=monotonic() + 0.05, at_most=10)


def an_archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def an_entry(name: str = "./a.txt", kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type = kind
    entry.linkname = "/etc/passwd"
    return entry


def test_a_regular_file_is_returned() -> None:
    assert only_file(an_archive((an_entry(), b"data")), "./a.txt", at_most=4) == b"data"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
)
def test_anything_but_a_regular_file_is_refused(kind: bytes) -> None:
    with pytest.raises(FileRefused):
        only_file(an_archive((an_entry(kind=kind), b"")), "./a.txt", at_most=100)


def test_a_file_of_another_name_or_more_than_one_is_refused() -> None:
    with pytest.raises(FileRefused):
        only_file(an_archive((an_entry("./b.txt"), b"x")), "./a.txt", at_most=100)
    with pytest.raises(FileRefused):
        only_file(an_archive((an_entry(), b"x"), (an_entry(), b"y")), "./a.txt", at_most=100)


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(FileRefused, match="more than"):
        only_file(an_archive((an_entry(), b"12345")), "./a.txt", at_most=4)


@pytest.mark.parametrize(
    "archive", [b"", b"x" * 511, b"x" * 2000, an_archive((an_entry(), b"x" * 3000))[:1000]]
)
def test_what_is_no_whole_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(FileRefused):
        only_file(archive, "./a.txt", at_most=10_000)
