"""Whatever the bytes are, the readers answer with a value or with their own refusal."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.formats import archive_name
from autograder.formats.notebook import Notebook, NotebookRejected, read, to_text
from autograder.intake.archive import Contents, read_zip
from autograder.intake.budgets import Budgets, NotTaken
from autograder.intake.entry_names import clean
from autograder.intake.unpacked import unpacked


def zip_of(files: list[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


SMALL = Budgets(unpacked_bytes=1_000_000, free_bytes=100_000, entries=20)
names = st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name and name.isprintable())
archives = st.lists(st.tuples(names, st.binary(max_size=200)), max_size=4).map(zip_of)


def outcome(data: bytes) -> Contents | NotTaken:
    try:
        return read_zip(io.BytesIO(data), SMALL)
    except NotTaken as refusal:
        return refusal


@given(st.binary(max_size=400).map(lambda tail: b"PK\x03\x04" + tail))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert isinstance(outcome(data), NotTaken)


@settings(max_examples=300)
@given(
    archives, st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4), st.integers(0, 60)
)
def test_a_damaged_archive_is_read_or_refused(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    found = outcome(bytes(damaged[: len(damaged) - cut]))
    assert isinstance(found, NotTaken) or len(found.files) <= SMALL.entries
    if isinstance(found, NotTaken):
        assert found.reason


@given(st.text(max_size=40))
def test_a_clean_name_stays_inside(name: str) -> None:
    try:
        path = clean(name, SMALL)
    except NotTaken:
        return
    assert not path.startswith("/") and ".." not in path.split("/") and "\\" not in path
    assert clean(path, SMALL) == path


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
field = st.sampled_from(
    ["source", "outputs", "metadata", "id", "cell_type", "output_type", "text", "data", "name", "attachments"]
)
cells = st.lists(st.dictionaries(field, plain, max_size=6).map(
    lambda cell: {"cell_type": "code", "source": "x"} | cell
), max_size=4)  # fmt: skip


def notebook_of(data: bytes) -> Notebook | NotebookRejected:
    try:
        return read(data, at_most=100_000)
    except NotebookRejected as refusal:
        return refusal


@settings(max_examples=300)
@given(cells | plain, plain, st.sampled_from([3, 4, 4, 4, "4", None, 5]), st.booleans())
def test_a_strange_notebook_is_read_or_refused(cells: Any, metadata: Any, version: Any, sheets: bool) -> None:
    body = {"worksheets": [{"cells": cells}]} if sheets else {"cells": cells}
    raw = json.dumps(body | {"metadata": metadata, "nbformat": version, "nbformat_minor": 0})
    found = notebook_of(raw.encode())
    if isinstance(found, Notebook):
        again = notebook_of(to_text(found, outputs=True).encode())
        assert isinstance(again, Notebook)
        assert [cell.source for cell in again.cells] == [cell.source for cell in found.cells]


@given(st.binary(max_size=300))
def test_bytes_that_are_no_notebook_are_refused(data: bytes) -> None:
    assert isinstance(notebook_of(data), NotebookRejected)


@given(st.dictionaries(names.filter(lambda name: "/" not in name), st.binary(max_size=60), max_size=4))
def test_any_files_are_sorted_or_refused(files: dict[str, bytes]) -> None:
    try:
        found = unpacked(Contents(files=files, dropped={}), wanted=(), budgets=SMALL)
    except NotTaken as refusal:
        assert refusal.reason
    else:
        assert found.notebooks


@given(st.text(max_size=60))
def test_any_archive_name_is_parsed_or_not(name: str) -> None:
    parts = archive_name.homework(name)
    assert parts is None or archive_name.parse(str(parts)) == parts
    archive_name.wrapping(name)
