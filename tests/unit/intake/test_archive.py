"""What a hostile or broken archive meets."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

import pytest

from autograder.intake.archive import Contents, read_zip
from autograder.intake.budgets import MIB, Budgets, NotTaken

ZipOf = Callable[..., bytes]
pytestmark = pytest.mark.filterwarnings("ignore:Duplicate name")


def read(data: bytes, **limits: int) -> Contents:
    return read_zip(io.BytesIO(data), Budgets(**limits))


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(NotTaken) as caught:
        read(data, **limits)
    return caught.value.reason


def test_an_ordinary_archive_gives_its_files(a_zip: ZipOf) -> None:
    assert read(a_zip({"b.txt": b"2", "a/x.py": b"1", "leer": b""})).files == {
        "a/x.py": b"1",
        "b.txt": b"2",
        "leer": b"",
    }


def test_stored_entries_and_folders_are_read(a_zip: ZipOf) -> None:
    data = a_zip(
        {"d/": b"", "d/x": b"0" * 100}, method=zipfile.ZIP_STORED, modes={"d/": stat.S_IFDIR | 0o755}
    )
    assert read(data).files == {"d/x": b"0" * 100}


def test_an_archive_written_to_a_pipe_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.made = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.made += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as entry:
        entry.write(b"abc" * 1000)
    assert read(bytes(pipe.made)).files == {"x": b"abc" * 1000}


def test_a_zip64_entry_is_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, archive.open("x", "w", force_zip64=True) as entry:
        entry.write(b"abc")
    assert read(made.getvalue()).files == {"x": b"abc"}


def test_a_zip64_end_record_is_read(a_zip: ZipOf) -> None:
    data = a_zip({"x": b"abc"})
    at = data.rindex(b"PK\x05\x06")
    count, length, offset = struct.unpack_from("<H2L", data, at + 10)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read(data[:at] + wide + locator + end).files == {"x": b"abc"}


def test_names_in_utf8_without_the_flag_are_read(a_zip: ZipOf) -> None:
    data = a_zip({"L\u00f6sung.txt": b"1"}).replace(struct.pack("<H", 0x800), struct.pack("<H", 0))
    assert read(data).files == {"L\u00f6sung.txt": b"1"}


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("../x", "leads out"),
        ("a/../../x", "leads out"),
        ("..\\x", "backslash"),
        ("a\\b.ipynb", "backslash"),
        ("/etc/passwd", "absolute"),
        ("//host/x", "absolute"),
        ("C:/x", "absolute"),
        ("c:x", "absolute"),
        ("a\x01b", "control character"),
        ("a/" * 40 + "x", "folders deep"),
        ("x" * 300, "too long"),
    ],
)
def test_an_unsafe_name_is_refused(a_zip: ZipOf, name: str, word: str) -> None:
    assert word in refusal(a_zip({"ok": b"1", name: b"2"}))


@pytest.mark.parametrize(
    "pair",
    [
        ("Lab.ipynb", "Lab.ipynb"),
        ("Lab.ipynb", "lab.ipynb"),
        ("stra\u00dfe", "STRASSE"),
        ("caf\u00e9.txt", "cafe\u0301.txt"),
        ("./x", "x"),
        ("a//b", "a/b"),
    ],
)
def test_names_that_collide_are_refused(a_zip: ZipOf, pair: tuple[str, str]) -> None:
    assert "same name" in refusal(a_zip([(name, b"1") for name in pair]))


def test_a_file_that_is_also_a_folder_is_refused(a_zip: ZipOf) -> None:
    assert "at once" in refusal(a_zip([("Data", b"1"), ("data/x", b"2")]))


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_special_files_are_refused(a_zip: ZipOf, kind: int) -> None:
    assert "no ordinary file" in refusal(a_zip({"x": b""}, modes={"x": kind | 0o644}))


@pytest.mark.parametrize("name", ["x", "__MACOSX/x", "x/"])
def test_a_link_is_refused_even_as_junk(a_zip: ZipOf, name: str) -> None:
    assert "is a link" in refusal(a_zip({name: b"/etc/passwd"}, modes={name: stat.S_IFLNK | 0o777}))


def test_a_bomb_is_stopped_by_counting(a_zip: ZipOf) -> None:
    assert "too many bytes" in refusal(a_zip({"x": bytes(2 * MIB)}), unpacked_bytes=MIB)


def test_a_bomb_of_many_files_is_stopped(a_zip: ZipOf) -> None:
    data = a_zip({f"{number}": bytes(MIB) for number in range(8)})
    assert "too many bytes" in refusal(data, unpacked_bytes=4 * MIB)


def test_a_high_ratio_is_refused_above_the_free_bytes(a_zip: ZipOf) -> None:
    data = a_zip({"x": bytes(3 * MIB)})
    assert "too many bytes" in refusal(data, free_bytes=MIB)
    assert len(read(data).files["x"]) == 3 * MIB


def with_claimed_size(data: bytes, claimed: int, *, crc: int | None = None) -> bytes:
    """Change what the table of contents and the entry say about the size."""
    changed = bytearray(data)
    central = changed.index(b"PK\x01\x02")
    struct.pack_into("<L", changed, central + 24, claimed)
    struct.pack_into("<L", changed, 22, claimed)
    if crc is not None:
        struct.pack_into("<L", changed, central + 16, crc)
        struct.pack_into("<L", changed, 14, crc)
    return bytes(changed)


def test_a_header_that_understates_the_size_is_refused(a_zip: ZipOf) -> None:
    data = a_zip({"x": b"a" * 1000})
    cut = with_claimed_size(data, 10, crc=zlib.crc32(b"a" * 10))
    assert "more bytes than it says" in refusal(cut)


def test_a_header_that_overstates_the_size_is_refused(a_zip: ZipOf) -> None:
    assert "damaged" in refusal(with_claimed_size(a_zip({"x": b"a" * 1000}), 2000))


def test_a_size_that_differs_beside_the_bytes_is_refused_unless_it_was_not_known_yet(a_zip: ZipOf) -> None:
    data = bytearray(a_zip({"x": b"a" * 1000}))
    struct.pack_into("<L", data, 22, 10)
    assert "damaged" in refusal(bytes(data))
    struct.pack_into("<L", data, 22, 0)
    assert read(bytes(data)).files["x"] == b"a" * 1000


def test_a_wrong_checksum_is_refused(a_zip: ZipOf) -> None:
    assert "damaged" in refusal(with_claimed_size(a_zip({"x": b"a" * 1000}), 1000, crc=1))


def test_too_many_entries_are_refused(a_zip: ZipOf) -> None:
    assert "11 entries" in refusal(a_zip({str(number): b"" for number in range(11)}), entries=10)


def test_a_lying_entry_count_is_refused(a_zip: ZipOf) -> None:
    data = bytearray(a_zip({"a": b"", "b": b""}))
    at = data.rindex(b"PK\x05\x06")
    struct.pack_into("<2H", data, at + 8, 1, 1)
    assert "damaged" in refusal(bytes(data))


def test_overlapping_entries_are_refused(a_zip: ZipOf) -> None:
    data = bytearray(a_zip([("a", b"1" * 50), ("a", b"2" * 50)]))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)
    assert "damaged" in refusal(bytes(data))


def test_a_different_name_inside_is_refused(a_zip: ZipOf) -> None:
    data = a_zip({"abc": b"1"})
    assert "damaged" in refusal(data.replace(b"abc", b"xyz", 1))


def test_an_encrypted_archive_is_refused(a_zip: ZipOf) -> None:
    data = bytearray(a_zip({"x": b"1"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(a_zip: ZipOf, method: int) -> None:
    assert "unusual" in refusal(a_zip({"x": b"1"}, method=method))


@pytest.mark.parametrize("keep", [10, 40, 60, -1, -10])
def test_a_truncated_archive_is_refused(a_zip: ZipOf, keep: int) -> None:
    assert "damaged or incomplete" in refusal(a_zip({"x": b"a" * 100})[:keep])


@pytest.mark.parametrize("around", [(b"", b"tail"), (b"PK\x03\x04junk", b"")])
def test_bytes_around_the_archive_are_refused(a_zip: ZipOf, around: tuple[bytes, bytes]) -> None:
    assert "damaged" in refusal(around[0] + a_zip({"x": b"1"}) + around[1])


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"Rar!\x1a\x07\x01\x00rest", "rar"),
        (b"7z\xbc\xaf\x27\x1crest", "7z"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\x00rest", "xz"),
        (b"\0" * 257 + b"ustar" + b"\0" * 300, "tar"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"cells": []}', "notebook"),
        (b"", "empty"),
        (b"hello", "no zip archive"),
    ],
)
def test_another_type_is_refused_by_its_name(data: bytes, word: str) -> None:
    assert word in refusal(data)


def test_too_large_an_upload_is_refused_before_it_is_read(a_zip: ZipOf) -> None:
    assert "at most" in refusal(a_zip({"x": b"1"}), received_bytes=50)


def test_junk_is_dropped_and_said(a_zip: ZipOf) -> None:
    names = [
        "__MACOSX/._a.ipynb", ".DS_Store", "d/.ipynb_checkpoints/a-checkpoint.ipynb", "Thumbs.db",
        ".ipython/profile_default/startup/00.py", "d/ipython_config.py", "jupyter_notebook_config.py",
        "jupyter_server_config.json", ".keras/keras.json", "__pycache__/x.pyc",
    ]  # fmt: skip
    found = read(a_zip(dict.fromkeys(["a.ipynb", *names], b"1")))
    assert set(found.files) == {"a.ipynb"}
    assert set(found.dropped) == set(names)


def test_a_nested_archive_stays_a_closed_file(a_zip: ZipOf) -> None:
    inner = a_zip({"../../evil": b"1"})
    assert read(a_zip({"inner.zip": inner})).files == {"inner.zip": inner}


def test_reading_makes_no_warning(a_zip: ZipOf) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(a_zip({"x": b"1"}))
