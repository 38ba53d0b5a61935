"""What is fuzzed: for each target how examples are drawn, and what must hold for any bytes at all.

A target's `examine` takes bytes, so that every example is a file of the corpus. It returns how the example
ended, in words without its details: examples that end in a new way are worth keeping.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import numpy as np
from hypothesis import strategies as st

from autograder.formats import archive_name, plain
from autograder.formats.notebook import NotebookRejected, read, to_text
from autograder.intake.archive import Contents, read_zip
from autograder.intake.budgets import Budgets, NotTaken
from autograder.intake.reader import take_in
from autograder.model.submission import Submission
from tests.fuzz.notebooks import notebooks
from tests.fuzz.plain_texts import plain_texts
from tests.fuzz.zips import archives

SMALL = Budgets(received_bytes=200_000, unpacked_bytes=1_000_000, free_bytes=100_000, entries=20)
ANSWER_BYTES = 200_000
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
FROM_METADATA = {"nbgrader", "tags", "deletable", "editable"}
_DETAIL = re.compile(r'"[^"]*"|\d[\d.]*( MB| bytes)?|\([^)]*\)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something that reads untrusted bytes."""

    name: str
    examples: st.SearchStrategy[bytes]
    examine: Callable[[bytes], str]


def examine_archive(data: bytes) -> str:
    """Read an archive; what is accepted lies inside, is within the budgets and is what others unpack."""
    try:
        contents = read_zip(io.BytesIO(data), SMALL)
    except NotTaken as refusal:
        assert refusal.reason.endswith((".", '"'))
        return f"refused: {_DETAIL.sub('', refusal.reason)}"
    assert len(contents.files) <= SMALL.entries
    assert sum(map(len, contents.files.values())) <= SMALL.allowed_unpacked(len(data))
    keys = {unicodedata.normalize("NFC", path.casefold()) for path in contents.files}
    assert len(keys) == len(contents.files)
    for path in contents.files:
        inside = PurePosixPath(path)
        assert path and str(inside) == path and not inside.is_absolute() and ".." not in inside.parts
        assert not set(path) & {"\\", "\0", "\n"} and unicodedata.is_normalized("NFC", path)
        assert not any(str(folder) in contents.files for folder in list(inside.parents)[:-1])
    _compare_with_zipfile(data, contents)
    return f"read: {min(len(contents.files), 3)} files, {_taken(data)}"


def _compare_with_zipfile(data: bytes, contents: Contents) -> None:
    """Whatever the standard library can unpack has the same bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as others:
                theirs = [others.read(entry) for entry in others.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, OSError, EOFError, ValueError):
            return
    ours = sorted(contents.files.values())
    assert ours == sorted(theirs) if not contents.dropped else set(ours) <= set(theirs)


def _taken(data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "abc123_20261101_1_HW1.zip"
        path.write_bytes(data)
        taken = take_in(path, received=NOON, limits=SMALL)
    assert taken.digest == hashlib.sha256(data).hexdigest() and taken.received == NOON
    if not isinstance(taken, Submission):
        return f"not taken: {_DETAIL.sub('', taken.reason)}"
    names = [*taken.notebooks, *(file.path for file in taken.files)]
    assert len(set(names)) == len(names) and taken.notebooks and taken.stored.keys() == taken.notebooks.keys()
    for text in taken.notebooks.values():
        assert not any(cell.outputs for cell in read(text.encode()).cells)
    return "taken"


def examine_notebook(data: bytes) -> str:
    """Read a notebook; what is accepted is valid, has only known metadata and reads back the same."""
    try:
        notebook = read(data, at_most=ANSWER_BYTES)
    except NotebookRejected as refusal:
        assert refusal.reason
        return f"refused: {_DETAIL.sub('', refusal.reason)}"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", one) for one in ids)
    for cell in notebook.cells:
        assert "\r" not in cell.source and set(cell.metadata) <= FROM_METADATA
        assert cell.cell_type == "code" or not cell.outputs
    text = to_text(notebook, outputs=True)
    top = json.loads(text)
    assert top["metadata"]["kernelspec"]["name"] == "python3" and set(top["metadata"]) == {
        "kernelspec",
        "language_info",
    }
    _validate(top)
    again = read(text.encode())
    assert again.cells == notebook.cells
    bare = json.loads(to_text(notebook, outputs=False))
    assert not any(cell.get("outputs") for cell in bare["cells"])
    kinds = {output["output_type"] for cell in notebook.cells for output in cell.outputs}
    return f"read: {sorted(kinds)}"


def _validate(top: object) -> None:
    import nbformat

    nbformat.validate(top)


def examine_plain(data: bytes) -> str:
    """Take an answer; what is accepted has one text, decodes, and encodes to the same text."""
    try:
        text = plain.check(data, at_most=ANSWER_BYTES)
    except plain.PlainRejected as refusal:
        return f"refused: {_DETAIL.sub('', str(refusal))}"
    assert plain.check(text, at_most=4 * len(text) + 4) == text
    value = plain.decode(text)
    ours = plain.encode(value)
    assert plain.encode(plain.decode(ours)) == plain.canonical(ours) == ours
    # A dict may be tagged without need, and numpy drops NULs at the end of a text.
    assert ours == text or '"$":"dict"' in text or "\\u0000" in text
    assert _nbytes(value) <= 400 * len(text) + 1000
    return f"taken: {type(value).__name__}"


def _nbytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, plain.Table):
        return sum(map(_nbytes, value.columns.values()))
    if isinstance(value, dict):
        return sum(map(_nbytes, value.values()))
    return sum(map(_nbytes, value)) if isinstance(value, list) else 0


def examine_name(data: bytes) -> str:
    """Read the name of an archive or a folder of a download; what follows the rule is read back the same."""
    name = data.decode("utf-8", "replace")
    under = archive_name.unwrapped(name)
    assert under[0] == name and len(under) <= 2_000 and len(set(under)) == len(under)
    parts = archive_name.homework(name)
    assert parts is None or archive_name.parse(str(parts)) == parts
    found = archive_name.wrapping(name)
    assert found.when is None or found.when.tzinfo is not None
    return f"{parts is not None} {bool(found.who)} {found.when is not None} {min(len(under), 4)}"


PIECES = (
    "abc123_20261101_1_HW1",
    ".zip",
    ".ZIP",
    " (1)",
    "-2",
    " copy",
    " - Copy (3)",
    "_",
    "-",
    " ",
    "12345-67890 - ",
    "student seven - ",
    "Oct 31, 2026 1159 PM - ",
    "Oct 31, 2026 11:59 PM",
    "student07_LATE_123_456_",
    "_attempt_",
    "2026-10-31-23-59-59_",
    "2026-10-31",
    "seven_99_assignsubmission_file_",
    "HW1",
    "20261301",
    "00010101",
    "_0_",
    "9999",
    "Jan 1, 0001 1200 AM - ",
    "\u0661",
    "caf\u00e9",
    "\ud83d",
    "\0",
    "..",
    "/",
    "\u202e",
)
pieces = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=9).map("".join)
repeats = st.tuples(st.sampled_from(PIECES), st.integers(1, 300)).map(lambda pair: pair[0] * pair[1])
days = st.dates().map(lambda day: f"{day:%b} {day.day}, {day.year:04} ") | st.just("Feb 30, 2026 ")
moments = st.tuples(days, st.sampled_from(["1159 PM", "0:00 AM", "1299 PM", "100 AM"])).map("".join)
stamps = st.datetimes().map(lambda moment: f"{moment.year:04}{moment:-%m-%d-%H-%M-%S}")
inner = st.tuples(st.dates(), st.integers(0, 1200), st.sampled_from(["HW1", "HW", "Project_v2", ""])).map(
    lambda parts: f"abc123_{parts[0].year:04}{parts[0]:%m%d}_{parts[1]}_{parts[2]}.zip"
)
downloads = st.one_of(
    st.tuples(st.just("12-34 - student seven - "), moments, st.just(" - "), inner | pieces),
    st.tuples(st.just("12-34 - student seven - "), moments),
    st.tuples(st.just("student07_late_1234_5678_"), inner, st.just(" (1)") | st.just(".zip")),
    st.tuples(st.just("HW 1_abc123_attempt_"), stamps, st.just("_"), inner | pieces),
    st.tuples(inner),
).map("".join)
archive_names = st.one_of(
    downloads, downloads, pieces, repeats, st.tuples(pieces, repeats, pieces).map("".join)
).map(lambda name: name.encode("utf-8", "replace"))

TARGETS = {
    target.name: target
    for target in (
        Target(name="archive", examples=archives(), examine=examine_archive),
        Target(name="notebook", examples=notebooks(), examine=examine_notebook),
        Target(name="plain", examples=plain_texts(), examine=examine_plain),
        Target(name="name", examples=archive_names, examine=examine_name),
    )
}
