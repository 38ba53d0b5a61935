"""Reading notebooks: honest ones of every age come in, anything else is refused with a reason."""

from __future__ import annotations

import json
import time
from typing import Any

import nbformat
import pytest

from autograder.formats.notebook import Cell, Notebook, NotebookRejected, read, to_text


def a_cell(source: object = "x = 1", **changes: object) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return {key: value for key, value in {**cell, **changes}.items() if value is not ...}


def a_notebook(*cells: object, **changes: object) -> bytes:
    top = {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": list(cells), **changes}
    return json.dumps(top).encode()


def test_a_notebook_without_cell_ids_gets_the_same_ids_every_time() -> None:
    raw = a_notebook(a_cell(), a_cell())
    assert (
        [cell.id for cell in read(raw).cells] == [cell.id for cell in read(raw).cells] == ["cell-0", "cell-1"]
    )


def test_every_cell_ends_up_with_an_id_of_its_own() -> None:
    cells = [a_cell(id=given) for given in ("a", "a", "cell-1", "not valid!", "", 5, "x" * 65)]
    ids = [cell.id for cell in read(a_notebook(*cells)).cells]
    assert ids[0] == "a" and len(set(ids)) == len(cells)


def test_sources_given_as_lines_are_joined_and_windows_line_ends_go() -> None:
    notebook = read(b"\xef\xbb\xbf" + a_notebook(a_cell(["a = 1\r\n", "b = 2"]), a_cell("c\rd")))
    assert [cell.source for cell in notebook.cells] == ["a = 1\nb = 2", "c\nd"]


def test_only_metadata_of_nbgrader_and_otter_tags_and_locks_are_kept() -> None:
    metadata = {
        "nbgrader": {"grade_id": "q1", "locked": True, "points": {"deep": []}, "remove": "x"},
        "tags": ["t", "t", "with, comma", 3],
        "editable": False,
        "deletable": "no",
        "colab": {"user": {"displayName": "Someone", "photoUrl": "https://example.org/p.png"}},
        "jupyter": {"source_hidden": True},
        "otter": {"ignore": 1, "tests": ["q1", 2], "assignment_name": "lab1"},
    }
    (cell,) = read(a_notebook(a_cell(metadata=metadata), metadata={"widgets": {"state": {}}})).cells
    assert cell.metadata == {
        "nbgrader": {"grade_id": "q1", "locked": True}, "tags": ["t"], "editable": False,
        "otter": {"ignore": True, "tests": ["q1"]},
    }  # fmt: skip
    assert cell.grade_id == "q1"


def test_a_kernel_named_by_the_student_is_ignored() -> None:
    raw = a_notebook(
        a_cell(), metadata={"kernelspec": {"name": "evil", "language": "python", "display_name": "x"}}
    )
    written = json.loads(to_text(read(raw), outputs=False))
    assert written["metadata"]["kernelspec"]["name"] == "python3" and "evil" not in json.dumps(written)


def test_what_colab_and_widgets_leave_behind_is_dropped_from_both_copies() -> None:
    person = {"displayName": "Someone", "userId": "1"}
    output = {
        "output_type": "display_data",
        "data": {"text/plain": "1"},
        "metadata": {"executionInfo": person},
    }
    cell = a_cell(outputs=[output], metadata={"executionInfo": {"user": person}, "outputId": "Someone"})
    raw = a_notebook(
        cell,
        metadata={"colab": {"name": "Someone.ipynb", "authorship": person}, "widgets": {"a": {"state": 1}}},
    )
    for outputs in (True, False):
        text = to_text(read(raw), outputs=outputs)
        assert not any(word in text for word in ("Someone", "userId", "widgets", "colab", "executionInfo"))


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"language_info": {"name": "R"}}, "r"),
        ({"kernelspec": {"language": "julia"}}, "julia"),
        ({"language_info": {"name": ["python"]}}, "python"),
        ({"language_info": 3, "kernelspec": None}, "python"),
    ],
)
def test_the_language_is_what_the_notebook_says(metadata: object, language: str) -> None:
    assert read(a_notebook(metadata=metadata)).language == language


def test_what_is_written_is_valid_and_reads_back_the_same() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {
            "output_type": "execute_result",
            "execution_count": 3,
            "data": {"text/plain": ["1"]},
            "metadata": {"x": 1},
        },
        {"output_type": "display_data", "data": {"application/json": [1, {"a": None}], "image/png": "iVBO"}},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]
    markdown = a_cell(
        "# T\n![](attachment:p)", cell_type="markdown", attachments={"p": {"image/png": "iVBO"}}
    )
    notebook = read(a_notebook(a_cell(outputs=outputs), markdown, a_cell("raw", cell_type="raw")))
    text = to_text(notebook, outputs=True)
    nbformat.validate(json.loads(text))
    again = read(text.encode())
    assert again == notebook
    assert len(again.cells[0].outputs) == 4 and again.cells[1].attachments
    assert read(to_text(notebook, outputs=False).encode()).cells[0].outputs == ()


def test_outputs_of_unknown_shape_are_left_out_and_never_stop_a_reader() -> None:
    outputs = [
        None, 3, [], {}, {"output_type": []}, {"output_type": "stream"},
        {"output_type": "stream", "name": "stdin"},
        {"output_type": "stream", "name": "stdout", "text": 5},
        {"output_type": "display_data", "data": [1]},
        {"output_type": "execute_result", "data": {"text/html": 5, "text/plain": "ok"}, "execution_count": "1"},  # noqa: E501
        {"output_type": "error", "ename": None, "traceback": [1, "kept"]},
    ]  # fmt: skip
    notebook = read(a_notebook(a_cell(outputs=outputs)))
    assert [output["output_type"] for output in notebook.cells[0].outputs] == [
        "stream", "display_data", "execute_result", "error",
    ]  # fmt: skip
    assert notebook.cells[0].outputs[2]["data"] == {"text/plain": "ok"}
    nbformat.validate(json.loads(to_text(notebook, outputs=True)))


def test_format_3_is_upgraded() -> None:
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[
                    nbformat.v3.new_heading_cell("Title", level=2),
                    nbformat.v3.new_code_cell("x = 1", outputs=[nbformat.v3.new_output("stream", "hello")]),
                ]
            )
        ]
    )
    notebook = read(json.dumps(old).encode())
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "## Title"),
        ("code", "x = 1"),
    ]
    assert notebook.cells[1].outputs[0]["text"] == "hello"


REFUSED = {
    "empty": b"",
    "not json": b"PK\x03\x04 this is a zip",
    "utf-16": a_notebook(a_cell()).decode().encode("utf-16"),
    "latin-1": b'{"nbformat": 4, "cells": [], "x": "\xe9"}',
    "a list": b"[]",
    "no version": b'{"cells": []}',
    "a version of true": a_notebook(nbformat=True),
    "version 2": a_notebook(nbformat=2),
    "version 5": a_notebook(nbformat=5),
    "broken version 3": a_notebook(nbformat=3, worksheets=[{"cells": [{"cell_type": "code"}]}, 5]),
    "no cells": b'{"nbformat": 4}',
    "cells of another type": a_notebook().replace(b"[]", b"{}"),
    "a cell that is none": a_notebook(5),
    "an unknown cell type": a_notebook(a_cell(cell_type="script")),
    "a cell type that cannot be hashed": a_notebook(a_cell(cell_type=["code"])),
    "no source": a_notebook(a_cell(...)),
    "a source of numbers": a_notebook(a_cell([1])),
    "NaN": a_notebook(metadata={"x": float("nan")}),
    "infinity": a_notebook(metadata={"x": float("inf")}),
    "overflow": a_notebook().replace(b'"metadata": {}', b'"metadata": {"x": 1e999}'),
    "5000 digits": a_notebook().replace(b'"metadata": {}', b'"metadata": {"x": ' + b"9" * 5000 + b"}"),
    "same key twice": a_notebook().replace(b'"metadata": {}', b'"metadata": {}, "metadata": {}'),
    "same key twice in a cell": a_notebook(a_cell()).replace(b'"source":', b'"source": "y", "source":'),
    "lone surrogate": a_notebook(a_cell("\ud800")),
    "lone surrogate in an output": a_notebook(a_cell(outputs=[{"text": "\udc00"}])),
    "depth 200": a_notebook(metadata={"x": json.loads("[" * 200 + "]" * 200)}),
    "depth 100000": b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_everything_else_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(NotebookRejected) as refused:
        read(raw)
    assert refused.value.reason


def test_size_and_number_of_cells_are_limited() -> None:
    with pytest.raises(NotebookRejected, match="limit 50"):
        read(a_notebook(a_cell()), at_most=50)
    with pytest.raises(NotebookRejected, match="limit 2"):
        read(a_notebook(a_cell(), a_cell(), a_cell()), cells_at_most=2)


def test_pairs_of_surrogates_are_ordinary_characters() -> None:
    raw = a_notebook(a_cell("smile = '😀'"))
    assert rb"\ud83d\ude00" in raw and read(raw).cells[0].source == "smile = '😀'"


def test_a_cell_made_by_us_needs_no_more_than_its_text() -> None:
    text = to_text(Notebook(cells=(Cell(id="a", cell_type="code", source="1"),)), outputs=True)
    nbformat.validate(json.loads(text))


def with_output(json_text: str) -> bytes:
    output = '{"output_type":"display_data","metadata":{},"data":{"application/json":' + json_text + "}}"
    cell = '{"cell_type":"code","metadata":{},"source":"","execution_count":null,"outputs":[' + output + "]}"
    return ('{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[' + cell + "]}").encode()


@pytest.mark.parametrize("part", ["{}", "[]", '{"a":1}'])
def test_a_small_file_that_becomes_huge_in_memory_is_refused_before_it_is_parsed(part: str) -> None:
    with pytest.raises(NotebookRejected, match="too many parts"):
        read(with_output("[" + ",".join([part] * 400_000) + "]"))


def test_brackets_and_commas_inside_texts_are_no_parts() -> None:
    text = '"' + '[{,\\"' * 500_000 + '"'
    assert len(read(with_output(text)).cells) == 1


@pytest.mark.parametrize(
    "text", [b'"' + b'\\"' * 2_000_000, b'"a' * 2_000_000, b'"' + b"\\\n" * 2_000_000 + b"\\"]
)
def test_texts_that_never_end_are_looked_at_once(text: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(NotebookRejected, match="too many parts"):
        read(b"[" * 300_001 + text)
    assert time.perf_counter() - began < 20
