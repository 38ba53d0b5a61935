"""Archives that must be rejected: names, kinds of entries, bombs, lies, collisions, wrong types."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.adversarial.harness import MARK, Build, Case, Expect, as_bytes, bytes_of, release_notebook
from tests.adversarial.intake import raw_zip
from tests.adversarial.intake.raw_zip import Entry

LAB = Entry(name=b"lab.ipynb", data=as_bytes(release_notebook()))
ENCRYPTED, UTF8 = 0x1, 0x800


def rejected(id: str, title: str, build: Build, reason: str) -> Case:
    return Case(
        id=id, title=title, promise="intake", build=build, expect=Expect(status="rejected", reason=reason)
    )


def zipped(*entries: Entry, count: int | None = None, comment: bytes = b"") -> Build:
    return bytes_of(lambda: raw_zip.archive(entries, count=count, comment=comment))


def named(name: str) -> Build:
    """Correct work, and an entry with this name."""
    return zipped(LAB, Entry(name=name.encode(), data=b"x", flags=UTF8))


def special(kind: int, name: str = "data") -> Build:
    """Correct work, and an entry of this kind of file."""
    return zipped(LAB, Entry(name=name.encode(), data=b"/etc/passwd", attributes=(kind | 0o777) << 16))


def pair(first: str, second: str) -> Build:
    """Correct work in a file of the first name, wrong work in one of the second."""
    wrong = as_bytes(release_notebook(right=False))
    return zipped(
        Entry(name=first.encode(), data=LAB.data, flags=UTF8),
        Entry(name=second.encode(), data=wrong, flags=UTF8),
    )


def six_mebibytes(name: bytes) -> Entry:
    size = 6 * raw_zip.MIB
    return Entry(name=name, stream=raw_zip.zeros(6), size=size, crc=zlib.crc32(bytes(size)))


def overlapping() -> bytes:
    """A flat bomb: a thousand entries of the table share the bytes of one."""
    bomb = Entry(name=b"bomb0000", stream=raw_zip.zeros(8), size=8 * raw_zip.MIB, crc=0)
    local = raw_zip.local(bomb)
    table = raw_zip.central(bomb, 0) * 1000
    return local + table + raw_zip.end(1000, len(table), len(local))


def a_million() -> bytes:
    """A table of a million entries, and a true wide end."""
    local = raw_zip.local(LAB)
    table = raw_zip.central(Entry(name=b"x"), 0) * 1_000_000
    return local + table + raw_zip.end64(1_000_000, len(table), len(local))


def more_than_fits() -> bytes:
    """Files within every budget of an archive that would fill the work folder of a run."""
    size = 60 * raw_zip.MIB
    zeros = Entry(name=b"zeros", stream=raw_zip.zeros(60), size=size, crc=zlib.crc32(bytes(size)))
    return raw_zip.archive([LAB, zeros, Entry(name=b"x", data=bytes(range(256)) * 4096, method=0)])


def many(number: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("lab.ipynb", LAB.data)
        for turn in range(number):
            archive.writestr(f"{turn % 10}/{turn}", b"")
    return made.getvalue()


def nested(levels: int) -> bytes:
    """Archives in archives, ten of the next in each."""
    inner = raw_zip.archive([Entry(name=b"zeros", stream=raw_zip.zeros(8), size=8 * raw_zip.MIB, crc=0)])
    for _ in range(levels):
        inner = raw_zip.archive([Entry(name=f"{turn}.zip".encode(), data=inner) for turn in range(10)])
    return inner


def a_tar(*, hard_link: bool = False) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("lab.ipynb")
        entry.size = len(LAB.data)
        archive.addfile(entry, io.BytesIO(LAB.data))
        if hard_link:
            link = tarfile.TarInfo("passwd")
            link.type, link.linkname = tarfile.LNKTYPE, "/etc/passwd"
            archive.addfile(link)
    return made.getvalue()


def folder_with(add: Callable[[Path], object]) -> Build:
    """A folder, as an LMS unpacks it, with correct work and something else."""

    def build(place: Path) -> Path:
        folder = place / "handed-in"
        folder.mkdir()
        (folder / "lab.ipynb").write_bytes(LAB.data)
        add(folder)
        return folder

    return build


def ordinary(entries: Sequence[Entry] = (LAB,)) -> bytes:
    return raw_zip.archive(entries)


def flipped() -> bytes:
    """One bit of the packed bytes is another."""
    data = bytearray(ordinary())
    data[len(raw_zip.local(LAB)) // 2] ^= 4
    return bytes(data)


UP = "leads out of the archive"
ABSOLUTE = "absolute path"
SAME = "the same name"

NAMES = (
    rejected("A01-dotdot", "Write beside the run's folder by `../` in a name.", named(f"../{MARK}"), UP),
    rejected("A01-deep", "Write to /tmp by many `../`.", named(f"a/{'../' * 12}tmp/{MARK}"), UP),
    rejected("A01-inside", "Hide `..` between ordinary folders.", named(f"a/b/../../../{MARK}"), UP),
    rejected("A01-last", "End a name with `..`.", named("data/.."), UP),
    rejected("A01-backslash", "Leave the folder with backslashes.", named(f"..\\..\\{MARK}"), "backslash"),
    rejected("A01-unc", "Name a share of a network.", named(f"\\\\127.0.0.1\\c$\\{MARK}"), "backslash"),
    rejected("A01-null", "End the name early with a zero byte.", named("lab.ipynb\0.txt"), "control"),
    rejected("A01-newline", "Break lines of logs with a name.", named("a\nPASSED\n.txt"), "control"),
    rejected("A02-root", "Give an absolute path.", named(f"/tmp/{MARK}"), ABSOLUTE),
    rejected("A02-double", "Begin an absolute path with two slashes.", named(f"//tmp/{MARK}"), ABSOLUTE),
    rejected("A02-drive", "Give a drive letter.", named(f"C:/{MARK}"), ABSOLUTE),
    rejected("A02-drive-relative", "Give a drive letter without a slash.", named(f"c:{MARK}"), ABSOLUTE),
    rejected(
        "A02-depth", "Nest folders until tools run out of path.", named("d/" * 400 + "x"), "folders deep"
    ),
    rejected("A02-length", "Give a name longer than file systems have.", named("n" * 4000), "too long"),
)

KINDS = (
    rejected("A03-symlink", "Link to a file of the machine.", special(0o120000), "is a link"),
    rejected("A03-junk-link", "Hide a link where junk is dropped.", special(0o120000, ".git/x"), "is a link"),
    rejected(
        "A03-link-folder",
        "Link a folder, then write a file through it.",
        zipped(
            LAB,
            Entry(name=b"out", data=b"/tmp", attributes=0o120777 << 16),
            Entry(name=f"out/{MARK}".encode(), data=b"x"),
        ),
        "is a link",
    ),
    rejected(
        "A03-reparse-point",
        "Give the attributes of a Windows link.",
        zipped(LAB, Entry(name=b"data", data=b"C:\\", attributes=0x400)),
        "is a link",
    ),
    rejected("A03-fifo", "Make the reader wait for ever on a pipe.", special(0o010000), "no ordinary file"),
    rejected("A03-device", "Give a device of the machine.", special(0o020000), "no ordinary file"),
    rejected("A03-block-device", "Give a disk of the machine.", special(0o060000), "no ordinary file"),
    rejected("A03-socket", "Give a socket.", special(0o140000), "no ordinary file"),
    rejected(
        "A03-hard-link",
        "Link hard to a file, in a tar named zip.",
        bytes_of(lambda: a_tar(hard_link=True)),
        "tar",
    ),
    rejected(
        "A03-folder-symlink",
        "Put a link to a file of the machine into a folder handed in.",
        folder_with(lambda folder: (folder / "data").symlink_to("/etc/passwd")),
        "link",
    ),
    rejected(
        "A03-folder-notebook-link",
        "Let the notebook itself be a link.",
        folder_with(lambda folder: (folder / "more.ipynb").symlink_to("lab.ipynb")),
        "link",
    ),
    rejected(
        "A03-folder-fifo",
        "Put a pipe into a folder handed in, on which the reader would wait for ever.",
        folder_with(lambda folder: os.mkfifo(folder / "data")),
        "ordinary file",
    ),
)

BOMBS = (
    rejected(
        "A05-flat",
        "Unpack to four gigabytes, and say so.",
        zipped(LAB, Entry(name=b"zeros", stream=raw_zip.zeros(4095), size=4095 * raw_zip.MIB, crc=0)),
        "too many bytes",
    ),
    rejected("A05-overlap", "Let a thousand entries share one bomb.", bytes_of(overlapping), "damaged"),
    rejected(
        "A05-nested", "Nest bombs in archives, ten in each.", bytes_of(lambda: nested(3)), "another archive"
    ),
    rejected(
        "A05-ratio",
        "Stay below every size, but unpack to far more than was handed in.",
        zipped(LAB, *(six_mebibytes(f"{turn}".encode()) for turn in range(6))),
        "too many bytes",
    ),
    rejected(
        "A06-understated",
        "Say a hundred bytes in every header and unpack to four gigabytes.",
        zipped(LAB, Entry(name=b"zeros", stream=raw_zip.zeros(4095), size=100, crc=0)),
        "more bytes than it says",
    ),
    rejected(
        "A06-overstated",
        "Say more bytes than there are.",
        zipped(LAB, Entry(name=b"x", data=b"y", size=9)),
        "damaged",
    ),
    rejected(
        "A06-local-size",
        "Say one size beside the bytes and another in the table.",
        zipped(LAB, Entry(name=b"x", data=b"y" * 50, local_size=7)),
        "damaged",
    ),
    rejected(
        "A06-checksum", "Give a wrong checksum.", zipped(LAB, Entry(name=b"x", data=b"y", crc=1)), "damaged"
    ),
    rejected(
        "A06-count", "Say fewer entries than there are.", zipped(LAB, Entry(name=b"x"), count=1), "damaged"
    ),
    rejected(
        "A06-local-name",
        "Give an entry one name in the table and another beside its bytes.",
        zipped(Entry(name=b"lab.ipynb", local_name=b"lab.exe!!", data=LAB.data)),
        "damaged",
    ),
    rejected(
        "A06-two-ends",
        "Hide a second table of contents in the comment.",
        bytes_of(lambda: raw_zip.archive([LAB], comment=ordinary([Entry(name=b"b.ipynb", data=LAB.data)]))),
        "damaged",
    ),
    rejected(
        "A06-polyglot",
        "Be a notebook and an archive at once.",
        bytes_of(lambda: LAB.data + ordinary()),
        "JSON",
    ),
    rejected(
        "A08-room", "Fill the run's own disk by what is handed in.", bytes_of(more_than_fits), "more room"
    ),
    rejected("A08-million", "List a million entries.", bytes_of(a_million), "1000000 entries"),
    rejected("A08-many", "Hand in three thousand empty files.", bytes_of(lambda: many(3000)), "3001 entries"),
)

COLLISIONS = (
    rejected("A09-duplicate", "Give two files one name.", pair("lab.ipynb", "lab.ipynb"), SAME),
    rejected("A09-case", "Let names differ in case only.", pair("lab.ipynb", "Lab.ipynb"), SAME),
    rejected("A09-dot", "Let one name have `./` in front.", pair("lab.ipynb", "./lab.ipynb"), SAME),
    rejected("A09-slashes", "Let one name have a slash more.", pair("a/lab.ipynb", "a//lab.ipynb"), SAME),
    rejected(
        "A09-unicode",
        "Write an accent as one sign and as two.",
        pair("é.ipynb", unicodedata.normalize("NFD", "é.ipynb")),
        SAME,
    ),
    rejected("A09-fold", "Use letters that fold to others.", pair("straße.ipynb", "STRASSE.ipynb"), SAME),
    rejected("A09-folder-case", "Let folders differ in case.", pair("Lab/lab.ipynb", "lab/lab.ipynb"), SAME),
    rejected(
        "A09-file-and-folder", "Be a file and a folder.", pair("x.ipynb", "x.ipynb/lab.ipynb"), "at once"
    ),
)

TYPES = (
    rejected(
        "A10-encrypted",
        "Protect it with a password.",
        zipped(Entry(name=b"lab.ipynb", data=b"x" * 40, flags=ENCRYPTED)),
        "password",
    ),
    rejected(
        "A10-half-encrypted",
        "Protect one entry of two.",
        zipped(LAB, Entry(name=b"x", data=b"y", flags=ENCRYPTED)),
        "password",
    ),
    rejected(
        "A10-truncated",
        "Hand in the first half.",
        bytes_of(lambda: ordinary()[: len(ordinary()) // 2]),
        "damaged",
    ),
    rejected("A10-no-end", "Cut off the last byte.", bytes_of(lambda: ordinary()[:-1]), "damaged"),
    rejected("A10-flipped", "Change one bit of the packed bytes.", bytes_of(flipped), "damaged"),
    rejected("A10-empty", "Hand in no byte at all.", bytes_of(b""), "empty"),
    rejected("A10-rar", "Rename a rar archive.", bytes_of(b"Rar!\x1a\x07\x01\x00" + bytes(64)), "rar"),
    rejected("A10-7z", "Rename a 7z archive.", bytes_of(b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(64)), "7z"),
    rejected("A10-gzip", "Rename a gzip file.", bytes_of(lambda: gzip.compress(a_tar())), "gzip"),
    rejected("A10-bzip2", "Rename a bzip2 file.", bytes_of(lambda: bz2.compress(a_tar())), "bzip2"),
    rejected("A10-xz", "Rename an xz file.", bytes_of(lambda: lzma.compress(a_tar())), "xz"),
    rejected("A10-tar", "Rename a tar archive.", bytes_of(a_tar), "tar"),
    rejected(
        "A10-page", "Hand in a web page named zip.", bytes_of(b"<!DOCTYPE html><p>sign in</p>"), "web page"
    ),
    rejected("A10-pdf", "Hand in a PDF named zip.", bytes_of(b"%PDF-1.7\n" + bytes(64)), "PDF"),
    rejected("A10-program", "Hand in a program named zip.", bytes_of(b"\x7fELF" + bytes(64)), "no zip"),
    rejected(
        "A10-method",
        "Use a compression nobody needs.",
        zipped(LAB, Entry(name=b"x", data=b"y", method=12)),
        "unusual way",
    ),
    rejected(
        "A10-parts",
        "Hand in one part of several.",
        bytes_of(lambda: ordinary()[:-18] + b"\1" + ordinary()[-17:]),
        "part",
    ),
    rejected(
        "A10-nothing",
        "Hand in an archive without a notebook.",
        zipped(Entry(name=b"a.txt", data=b"x")),
        "no notebook",
    ),
)

ARCHIVES: tuple[Case, ...] = (*NAMES, *KINDS, *BOMBS, *COLLISIONS, *TYPES)
