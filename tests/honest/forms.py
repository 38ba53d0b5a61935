"""Correct work in unusual files: formats, encodings, metadata, names, what other tools leave behind."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.honest.submissions import HERE, HonestCase, Json, Prose, archive_name, as_cell, zip_of, zipped

PHOTO: Final = "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 40).decode()
NOTEBOOK: Final = "Prices.ipynb"


def format_4_0(notebook: Json) -> None:
    notebook["nbformat_minor"] = 0
    for place, cell in enumerate(notebook["cells"]):
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell.pop("execution_count")
            cell["metadata"]["collapsed"] = place % 2 == 0
        if place % 2:
            cell["source"] = cell["source"].splitlines(keepends=True)


def widget_state(notebook: Json) -> None:
    states = {
        f"{number:032x}": {
            "model_module": "@jupyter-widgets/controls", "model_name": "HTMLModel",
            "model_module_version": "1.5.0",
            "state": {"value": "100% " + "█" * 60, "_view_count": None, "layout": f"IPY_MODEL_{number:032x}"},
        }
        for number in range(600)
    }  # fmt: skip
    held = {"state": states, "version_major": 2, "version_minor": 0}
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": held}
    assert len(json.dumps(notebook["metadata"])) > 200_000


def from_colab(notebook: Json) -> None:
    user = {"displayName": "A Student", "photoUrl": PHOTO, "userId": "00112233445566778899"}
    notebook["nbformat_minor"] = 0
    notebook["metadata"] = {
        "accelerator": "GPU",
        "colab": {
            "name": "Kopie von Prices.ipynb", "gpuType": "T4", "toc_visible": True, "machine_shape": "hm",
            "provenance": [{"file_id": "1a2b", "timestamp": 1700000000000}],
        },
        "kernelspec": {"display_name": "Python 3", "name": "python3"},
        "language_info": {"name": "python"},
    }  # fmt: skip
    for cell in notebook["cells"]:
        cell.pop("id")
        cell["metadata"] |= {
            "id": "AbCdEfGh1234",
            "colab": {"base_uri": "https://localhost:8080/", "height": 35},
        }
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "executionInfo": {"status": "ok", "elapsed": 12, "user": user},
                "outputId": "x",
            }


def stored_outputs(notebook: Json) -> None:
    shown: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stderr", "text": ["W tensorflow\n", "Traceback\n"]},
        {
            "output_type": "error",
            "ename": "NameError",
            "evalue": "x",
            "traceback": ["\x1b[31mNameError\x1b[0m"],
        },
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": "<script>1</script>", "image/png": "!"},
        },
        {"output_type": "execute_result", "execution_count": 3, "metadata": {}, "data": {"text/plain": "0"}},
    ]
    for place, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell["outputs"] = shown
            cell["execution_count"] = 97 - place


def same_ids(notebook: Json) -> None:
    for cell in notebook["cells"]:
        cell["id"] = "copied"


def foreign_kernel(notebook: Json) -> None:
    notebook["metadata"] = {
        "kernelspec": {
            "display_name": "Python [conda env:tf-gpu]", "language": "python", "name": "conda-env-tf-py"
        },
        "language_info": {"name": "python", "version": "3.13.1", "codemirror_mode": {"name": "ipython"}},
        "vscode": {"interpreter": {"hash": "0" * 64}},
        "toc": {"base_numbering": 1}, "varInspector": {"cols": {}}, "celltoolbar": "Create Assignment",
    }  # fmt: skip


def another_machine(notebook: Json) -> None:
    foreign_kernel(notebook)
    same_ids(notebook)
    notebook["cells"][0]["attachments"] = {"image.png": {"image/png": PHOTO.partition(",")[2]}}
    notebook["cells"][0]["metadata"]["slideshow"] = {"slide_type": "slide"}


def crlf_in_cells(notebook: Json) -> None:
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def trailing_blanks(notebook: Json) -> None:
    for cell in notebook["cells"]:
        cell["source"] = "\n" + cell["source"].replace("\n", "  \n") + "\n\n"


def as_format_3(notebook: Json) -> bytes:
    cells = []
    for cell in notebook["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        if cell["cell_type"] == "code":
            made = {
                "input": source,
                "language": "python",
                "outputs": [],
                "prompt_number": 1,
                "collapsed": False,
            }
        else:
            made = {"source": source}
        cells.append({"cell_type": cell["cell_type"], "metadata": cell["metadata"], **made})
    sheet = {"worksheets": [{"cells": cells, "metadata": {}}], "metadata": {"name": ""}}
    return json.dumps({**sheet, "nbformat": 3, "nbformat_minor": 0}).encode()


def with_crlf(notebook: Json) -> bytes:
    return json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


def with_mark(notebook: Json) -> bytes:
    return "\ufeff".encode() + json.dumps(notebook, ensure_ascii=False).encode()


def left_by_macos(folder: Path, files: Mapping[str, bytes]) -> Path:
    left = {
        "Homework/.DS_Store": b"\0\0\0\1Bud1", "__MACOSX/._Homework": b"\0\5\x16\7",
        "__MACOSX/Homework/._Prices.ipynb": b"\0\5\x16\7",
        "Homework/.ipynb_checkpoints/Prices-checkpoint.ipynb": b"{}",
        "Homework/__pycache__/helper.cpython-312.pyc": b"\xcb\r\r\n",
    }  # fmt: skip
    return zipped(folder, {**{f"Homework/{path}": data for path, data in files.items()}, **left})


def twice_downloaded(folder: Path, files: Mapping[str, bytes]) -> Path:
    return zipped(folder, files, behind=" (1)")


def as_a_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    unpacked = archive_name(folder).with_suffix("")
    for path, data in files.items():
        (unpacked / path).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / path).write_bytes(data)
    return unpacked


def streamed(folder: Path, files: Mapping[str, bytes]) -> Path:
    """An archive as a tool makes it that cannot go back: sizes behind the data; folders are entries."""
    packed = io.BytesIO()

    class OneWay(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return packed.write(data)

    with zipfile.ZipFile(OneWay(), "w", zipfile.ZIP_STORED) as archive:
        archive.comment = b"made by hand"
        archive.writestr(zipfile.ZipInfo("Homework/"), b"")
        archive.writestr(zipfile.ZipInfo("Homework/empty/"), b"")
        for path, data in files.items():
            archive.writestr(f"Homework/{path}", data)
    made = archive_name(folder)
    made.write_bytes(packed.getvalue())
    return made


def with_course_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    own = (HERE / "assignment" / "source" / "prices.csv").read_bytes()
    inner = zip_of({"old.txt": b"an archive inside"})
    return zipped(
        folder, {"prices.csv": own, "report/backup.zip": inner, "notes (final).docx": b"PK\3\4", **files}
    )


def without_marks(notebook: Json) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}


def split_answer(notebook: Json) -> None:
    """The mean is worked out in two cells; the first keeps the mark."""
    place = next(place for place, cell in enumerate(notebook["cells"]) if "def mean" in cell["source"])
    notebook["cells"][place]["source"] = "def total(values):\n    return float(np.sum(values))"
    more = as_cell("def mean(values):\n    return total(values) / len(values)")
    notebook["cells"].insert(place + 1, {**more, "id": "second-part"})


def merged_cells(notebook: Json) -> None:
    """An answer was merged with the test cell below it."""
    cells = notebook["cells"]
    place = next(place for place, cell in enumerate(cells) if "def predict" in cell["source"])
    cells[place]["source"] += "\n\n" + cells.pop(place + 1)["source"]


def copied_answer(notebook: Json) -> None:
    """A copy of an answer cell, mark included, became an experiment at the end."""
    copied = next(cell for cell in notebook["cells"] if "def mean" in cell["source"])
    notebook["cells"].append({**copied, "id": "copy", "source": "def mean(values):\n    return max(values)"})


def without_a_test(notebook: Json) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if "only 6 is above" not in cell["source"]]


def in_two_parts(folder: Path, files: Mapping[str, bytes]) -> Path:
    [(_, data)] = files.items()
    notebook = json.loads(data)
    cells = notebook["cells"]
    place = next(place for place, cell in enumerate(cells) if cell["source"].startswith("## 3"))
    first, second = cells[:place], [*cells[:2], *cells[place:]]
    parts = {"Part 1.ipynb": first, "Part 2.ipynb": second}
    return zipped(
        folder, {name: json.dumps({**notebook, "cells": held}).encode() for name, held in parts.items()}
    )


def with_a_copy(folder: Path, files: Mapping[str, bytes]) -> Path:
    [(name, data)] = files.items()
    older = json.dumps({**json.loads(data), "cells": json.loads(data)["cells"][:4]}).encode()
    return zipped(folder, {name: data, "Prices-Copy1.ipynb": data, "old/Prices.ipynb": older})


def other_order(notebook: Json) -> None:
    cells = notebook["cells"]
    notebook["cells"] = [*cells[:2], *cells[7:], *cells[5:7], *cells[2:5]]


ODD_CELLS: Final = (
    "",
    "   \n\n",
    "# only a comment",
    "if True:\n\tx = 1\n\tprint(x);",
    "'only a text'",
    "\n".join(f"value_{number} = {number}" for number in range(4000)),
    f"x = {list(range(20_000))};",
    "...",
)


def widgets_and_outputs(notebook: Json) -> None:
    widget_state(notebook)
    stored_outputs(notebook)


FORMS: Final = (
    HonestCase(
        id="odd-cells",
        title="Empty cells, comments only, tabs, semicolons, thousands of lines in one cell",
        first=ODD_CELLS,
    ),
    HonestCase(
        id="other-order",
        title="The parts stand in another order",
        answers={"above_mean": "above_mean = int(sum(np.array(prices) > np.mean(prices)))"},
        change=other_order,
    ),
    HonestCase(
        id="lost-marks", title="Another tool threw all metadata of the cells away", change=without_marks
    ),
    HonestCase(id="merged-cells", title="An answer and its test became one cell", change=merged_cells),
    HonestCase(id="two-notebooks", title="One notebook for each part", pack=in_two_parts),
    HonestCase(
        id="copies-beside", title="Copies and older versions lie beside the notebook", pack=with_a_copy
    ),
    HonestCase(
        id="format-4-0",
        title="nbformat 4.0 without ids and execution counts, the file with Windows line ends",
        change=format_4_0,
        write=with_crlf,
    ),
    HonestCase(
        id="widgets-and-outputs",
        title="200 KB of widget state; stored outputs, errors among them; cells run in another order",
        change=widgets_and_outputs,
    ),
    HonestCase(id="colab", title="Colab's metadata with name and photo in every cell", change=from_colab),
    HonestCase(
        id="foreign-kernel",
        title="The kernel of the student's own machine, a pasted picture, one id for all cells",
        first=(Prose("![image.png](attachment:image.png)"),),
        change=another_machine,
    ),
    HonestCase(
        id="byte-order-mark",
        title="A byte order mark in front of the notebook, Windows line ends inside all cells",
        change=crlf_in_cells,
        write=with_mark,
    ),
    HonestCase(id="format-3", title="nbformat 3, as old tools still save it", write=as_format_3),
    HonestCase(id="macos", title="A folder around everything and what macOS adds", pack=left_by_macos),
    HonestCase(
        id="downloaded-twice",
        title="A browser's (1), accents and blanks in names",
        notebook="Hausaufgabe für Übung 1/Prices – Kopie (2).ipynb",
        files={"Hausaufgabe für Übung 1/Anhang é.txt": "Text"},
        pack=twice_downloaded,
    ),
    HonestCase(
        id="streamed-archive",
        title="A zip with sizes behind the data, folders as entries, and file names as macOS writes them",
        files={unicodedata.normalize("NFD", "données.txt"): "3"},
        first=("factor = float(open('données.txt').read())",),
        pack=streamed,
    ),
)

MORE_FORMS: Final = (
    HonestCase(id="split-answer", title="An answer is spread over two cells", change=split_answer),
    HonestCase(id="copied-answer", title="A copy of an answer became an experiment", change=copied_answer),
    HonestCase(id="deleted-test", title="A test cell was deleted by mistake", change=without_a_test),
    HonestCase(
        id="unpacked",
        title="The LMS unpacked the archive, and an editor put blanks at the ends of all lines",
        change=trailing_blanks,
        pack=as_a_folder,
    ),
    HonestCase(
        id="course-files-inside",
        title="Unchanged course files, a small archive and a document are handed in, too",
        pack=with_course_files,
    ),
)
