"""Sources in nbgrader's format, written for comparing releases: every kind of cell, schema and metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SOLUTION = {"grade": False, "locked": False, "solution": True}
TESTS = {"grade": True, "locked": True, "solution": False}
WRITTEN = {"grade": True, "locked": False, "solution": True}
FIXED = {"grade": False, "locked": True, "solution": False}
NOTHING = {"grade": False, "locked": False, "solution": False}
PNG = {"image/png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNiAAAA"}
PRINTED = {"output_type": "stream", "name": "stdout", "text": ["an output\n"]}

_SEEN: list[int] = []


def a_cell(
    source: str,
    kind: str = "code",
    *,
    schema: int | None = 3,
    metadata: dict[str, Any] | None = None,
    cell_id: str = "",
    attachments: dict[str, Any] | None = None,
    **marks: Any,
) -> dict[str, Any]:
    """One cell; `marks` are nbgrader's, `schema` None leaves their version out."""
    _SEEN.append(1)
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": cell_id or f"id-{len(_SEEN)}",
        "metadata": dict(metadata or {}),
        "source": source.splitlines(keepends=True),
    }
    if marks:
        version = {} if schema is None else {"schema_version": schema}
        task = {"task": False} if schema == 3 else {}
        made["metadata"]["nbgrader"] = {**version, **task, **marks}
    if kind == "code":
        made |= {"outputs": [PRINTED], "execution_count": 7}
    if attachments:
        made["attachments"] = attachments
    return made


def a_notebook(
    cells: Sequence[dict[str, Any]], *, metadata: dict[str, Any] | None = None, minor: int = 5
) -> dict[str, Any]:
    """A whole notebook; before format 4.5 cells have no ids."""
    made = [{key: value for key, value in cell.items() if minor >= 5 or key != "id"} for cell in cells]
    return {
        "nbformat": 4, "nbformat_minor": minor, "metadata": PYTHON if metadata is None else metadata,
        "cells": made,
    }  # fmt: skip


def every_kind() -> dict[str, Any]:
    """Every kind of cell, in one notebook."""
    return a_notebook(
        [
            a_cell("# Lab\nNames: ", "markdown"),
            a_cell("import math", grade_id="imports", **FIXED),
            a_cell("Do *not* change this.", "markdown", grade_id="rules", **FIXED),
            a_cell("%%latex is not run", "raw"),
            a_cell(
                "def area(r):\n    '''Area.'''\n    ### BEGIN SOLUTION\n    squared = r * r\n"
                "    return math.pi * squared\n    ### END SOLUTION\n\nprint('kept')\n",
                grade_id="area", **SOLUTION,
            ),
            a_cell("def whole():\n    return 'the whole cell is the solution'", grade_id="whole", **SOLUTION),
            a_cell(
                "class Two:\n    def one(self):\n        ### BEGIN SOLUTION\n        return 'the first'\n"
                "        ### END SOLUTION\n\n    def other(self):\n\t# BEGIN SOLUTION of the other\n"
                "        return 'the second'\n        # END SOLUTION",
                grade_id="two", **SOLUTION,
            ),
            a_cell("### BEGIN SOLUTION\nanswer = 'of all'\n### END SOLUTION", grade_id="only", **SOLUTION),
            a_cell("assert abs(area(1) - math.pi) < 1e-9", grade_id="test_area", points=2, **TESTS),
            a_cell(
                "assert area(0) == 0\n### BEGIN HIDDEN TESTS\nassert round(area(2.5), 4) == 19.6350\n"
                "### END HIDDEN TESTS\n",
                grade_id="test_more", points=1.5, **TESTS,
            ),
            a_cell(
                "### BEGIN HIDDEN TESTS\nassert whole().startswith('the whole')\n### END HIDDEN TESTS",
                grade_id="test_hidden", points=0, **TESTS,
            ),
            a_cell("", grade_id="test_empty", points=1, **TESTS),
            a_cell("Because a circle is round, says π.", "markdown", grade_id="why", points=3, **WRITTEN),
            a_cell(
                "Explain:\n=== BEGIN SOLUTION\nBecause of the area.\n=== END SOLUTION\n\nand sign.",
                "markdown", grade_id="why-part", points=1, **WRITTEN,
            ),
            a_cell("plot = [area(r) for r in range(9)]", grade_id="plot", points=2, **WRITTEN),
            a_cell(
                "### BEGIN SOLUTION\nfigure = 'drawn by hand'\n### END SOLUTION\n### BEGIN HIDDEN TESTS\n"
                "assert figure == 'drawn by hand'\n### END HIDDEN TESTS",
                grade_id="plot-tested", points=2, **WRITTEN,
            ),
            a_cell(
                "Draw a circle.\n\n### BEGIN MARK SCHEME\nOne point if it is round.\n### END MARK SCHEME",
                "markdown", grade_id="draw", points=4, **{**NOTHING, "task": True},
            ),
            a_cell("Draw a square.", "markdown", grade_id="draw2", points=1, **{**FIXED, "task": True}),
            a_cell("a free cell, marked as nothing", grade_id="free", **NOTHING),
            a_cell("", "markdown"),
            a_cell("print('the end')\n\n\n"),
        ]
    )  # fmt: skip


def every_schema() -> dict[str, Any]:
    """Marks of the schemas 0, 1 and 2, as old versions of nbgrader left them."""
    return a_notebook(
        [
            a_cell("x = 1", schema=None, grade_id="old0", solution=True, points=3),
            a_cell("assert x == 1", schema=None, grade_id="old0t", grade=True, points="2"),
            a_cell("assert x", schema=None, grade_id="old0e", grade=True, points=""),
            a_cell("assert x > 0", schema=None, grade_id="old0n", grade=True, locked=True, points=-1),
            a_cell("just a cell", "markdown", schema=None, grade_id="old0f", **NOTHING),
            a_cell("y = 1", schema=1, grade_id="old1", checksum="0" * 32, **SOLUTION),
            a_cell("assert y == 1", schema=1, grade_id="old1t", points=1, **TESTS),
            a_cell("free", "markdown", schema=1, grade_id="old1f", **NOTHING),
            a_cell("z = 1", schema=2, grade_id="old2", points=7, cell_type="code", checksum="0" * 32,
                   **SOLUTION),
            a_cell("assert z == 1", schema=2, grade_id="old2t", points=2.5, **TESTS),
            a_cell("It is so.", "markdown", schema=2, grade_id="old2w", points=1, **WRITTEN),
        ]
    )  # fmt: skip


def much_metadata() -> dict[str, Any]:
    """Metadata of other tools on cells and notebook, outputs, attachments, one cell without any id."""
    about = {**PYTHON, "celltoolbar": "Create Assignment", "toc": {"base": 1, "depth": [1, 2]},
             "language_info": {"name": "python", "version": "3.11.2", "codemirror_mode": {"name": "ipython"}},
             "title": "Übung 1", "authors": [{"name": "staff"}]}  # fmt: skip
    return a_notebook(
        [
            a_cell("# Slides", "markdown",
                   metadata={"slideshow": {"slide_type": "slide"}, "collapsed": True}),
            a_cell("import os", metadata={"collapsed": True, "scrolled": False, "tags": ["hide-input", "a"],
                                          "jupyter": {"source_hidden": True}, "trusted": True}),
            a_cell("v = 1", metadata={"deletable": True, "editable": True, "scrolled": True},
                   grade_id="v", **SOLUTION),
            a_cell("assert v", metadata={"editable": True, "ExecuteTime": {"start": "then"}}, grade_id="t",
                   points=1, **TESTS),
            a_cell("![a](attachment:a.png)", "markdown", attachments={"a.png": PNG}),
        ],
        metadata=about,
    )  # fmt: skip


def no_ids() -> dict[str, Any]:
    """A notebook of format 4.2, and no kernel named."""
    return a_notebook(
        [
            a_cell("w = 1", grade_id="w", **SOLUTION),
            a_cell("assert w", grade_id="tw", points=1, **TESTS),
        ],
        metadata={},
        minor=2,
    )


def in_r() -> dict[str, Any]:
    """A notebook for another language."""
    kernel = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    return a_notebook(
        [
            a_cell("f <- function(x) {\n  ### BEGIN SOLUTION\n  x + 1\n  ### END SOLUTION\n}", grade_id="f",
                   **SOLUTION),
            a_cell("stopifnot(f(1) == 2)", grade_id="tf", points=1, **TESTS),
        ],
        metadata=kernel,
    )  # fmt: skip


def wrong(source: str, kind: str = "code", **marks: Any) -> dict[str, Any]:
    """A notebook with one doubtful cell."""
    return a_notebook([a_cell(source, kind, grade_id="doubtful", **marks)])


TEMPLATES = """python3:
    setup: "import hashlib"
    hash: 'hashlib.sha256(({{snippet}} + "{{salt}}").encode()).hexdigest()'
    dispatch: "type({{snippet}}).__name__"
    normalize: "str({{snippet}})"
    check: assert {{snippet}} == '{{value}}', "{{message}}"
    success: "print('all tests of this cell passed')"
    templates:
        default:
            - test: "type({{snippet}}).__name__"
              fail: "{{snippet}} is of another kind"
        int:
            - test: "{{snippet}}"
              fail: "{{snippet}} has another value"
            - test: "{{snippet}} % 2"
              fail: "{{snippet}} is not odd or even as it should be"
"""
"""What tests are made of AUTOTEST lines."""


def made_tests() -> dict[str, Any]:
    """A notebook whose tests nbgrader makes, some of them hashed and some hidden."""
    return a_notebook(
        [
            a_cell("import math", grade_id="imports", **FIXED),
            a_cell("rows = open('rows.txt').read().split()", grade_id="rows", **FIXED),
            a_cell("### BEGIN SOLUTION\nanswer = 40 + len(rows)\n### END SOLUTION", grade_id="a", **SOLUTION),
            a_cell("### AUTOTEST answer; answer - 1", grade_id="t", points=2, **TESTS),
            a_cell("text = 'a word'", grade_id="text", **SOLUTION),
            a_cell(
                "assert answer\n### BEGIN HIDDEN TESTS\n# HASHED AUTOTEST answer\n### END HIDDEN TESTS\n"
                "# AUTOTEST text",
                grade_id="th", points=1, **TESTS,
            ),
        ]
    )  # fmt: skip


SOURCES: dict[str, dict[str, Any]] = {
    "kinds": {"lab": every_kind()},
    "schemas": {"lab": every_schema()},
    "metadata": {"lab": much_metadata()},
    "no-ids": {"lab": no_ids()},
    "autotest": {"lab": made_tests()},
    "two": {
        "first": every_kind(),
        "second": a_notebook([a_cell("q = 2", grade_id="q", **SOLUTION),
                              a_cell("assert q == 2", grade_id="tq", points=2, **TESTS)]),
    },
}  # fmt: skip
"""Assignments whose releases must be equal, with their notebooks."""

NBGRADER_LETS_THROUGH: dict[str, dict[str, Any]] = {
    "mistyped": wrong(
        "assert 1\n### BEGIN HIDEN TESTS\nassert 'secret 41'\n### END HIDEN TESTS", points=1, **TESTS),
    "mistyped-solution": wrong("### BEGIN SOLUTON\nv = 'secret 41'\n### END SOLUTON", points=1, **TESTS),
    "end-alone": wrong("assert 1\nassert 'secret 41'\n### END HIDDEN TESTS", points=1, **TESTS),
    "crossed": wrong(
        "### BEGIN SOLUTION\nv = 'secret 41'\n### BEGIN HIDDEN TESTS\nassert v\n### END SOLUTION\n"
        "assert 'secret 42'\n### END HIDDEN TESTS", points=1, **WRITTEN),
    "told-elsewhere": a_notebook([
        a_cell("The answer is in `assert area(2.5) == 19.635`.", "markdown"),
        a_cell(
            "assert 1\n### BEGIN HIDDEN TESTS\nassert area(2.5) == 19.635\n### END HIDDEN TESTS",
            grade_id="t", points=1, **TESTS),
    ]),
}  # fmt: skip
"""What nbgrader releases and we refuse, because a hidden line would reach students or a marker is broken."""

NBGRADER_FAILS = {
    "marked-raw": a_notebook([
        a_cell("as it is", "raw", grade_id="raw-text", **FIXED),
        a_cell("assert True", grade_id="t", points=1, **TESTS),
    ]),
}  # fmt: skip
"""What nbgrader's database has no place for."""

FILES = {"data.csv": "a,b\n1,2\n", "more/words.txt": "one\ntwo\n"}


def write_course(folder: Path) -> Path:
    """Write a course with all sources; some files lie beside the first."""
    for name, notebooks in SOURCES.items():
        _write(folder, name, notebooks)
    for name, notebook in (NBGRADER_LETS_THROUGH | NBGRADER_FAILS).items():
        _write(folder, name, {"lab": notebook})
    for name, text in FILES.items():
        path = folder / "source" / "kinds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "source" / "autotest" / "rows.txt").write_text("one two")
    (folder / "autotests.yml").write_text(TEMPLATES)
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    return folder


def _write(folder: Path, name: str, notebooks: dict[str, Any]) -> None:
    home = folder / "source" / name
    home.mkdir(parents=True)
    for title, notebook in notebooks.items():
        (home / f"{title}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False))


OPTIONS: dict[str, dict[str, Any]] = {
    "ClearSolutions": {
        "code_stub": {"python": "# TODO: your turn\npass"},
        "text_stub": "*Write here.*",
        "begin_solution_delimeter": "<solution>",
        "end_solution_delimeter": "</solution>",
    },
    "ClearHiddenTests": {"begin_test_delimeter": "SECRET FROM HERE", "end_test_delimeter": "SECRET TO HERE"},
    "ClearMarkScheme": {
        "begin_mark_scheme_delimeter": "<marking>", "end_mark_scheme_delimeter": "</marking>",
    },
    "IncludeHeaderFooter": {"header": "around/header.ipynb", "footer": "around/footer.ipynb"},
}  # fmt: skip
"""Settings of a course that says everything in its own way."""


def own_way() -> dict[str, Any]:
    """A notebook of that course."""
    return a_notebook(
        [
            a_cell("def f(x):\n    # <solution>\n    return x\n    # </solution>", grade_id="f", **SOLUTION),
            a_cell("g = 41", grade_id="g", **SOLUTION),
            a_cell("assert f(1) == 1\n# SECRET FROM HERE\nassert f(41) == 41\n# SECRET TO HERE",
                   grade_id="tf", points=1, **TESTS),
            a_cell("Because it adds.", "markdown", grade_id="why", points=1, **WRITTEN),
            a_cell("Draw.\n<marking>\nA point for a line.\n</marking>", "markdown", grade_id="draw", points=1,
                   **{**NOTHING, "task": True}),
        ]
    )  # fmt: skip


def write_course_with_settings(folder: Path) -> Path:
    """Write a course with settings of its own, and notebooks around every notebook."""
    _write(folder, "own", {"lab": own_way()})
    (folder / "around").mkdir()
    above = [a_cell("Name and group:", "markdown"), a_cell("import math", grade_id="of-header", **FIXED)]
    (folder / "around" / "header.ipynb").write_text(json.dumps(a_notebook(above)))
    (folder / "around" / "footer.ipynb").write_text(json.dumps(a_notebook([a_cell("# The end", "markdown")])))
    lines = [
        f"c.{part}.{name} = {value!r}" for part, named in OPTIONS.items() for name, value in named.items()
    ]
    config = ["c = get_config()", "c.CourseDirectory.course_id = 'course'", *lines]
    (folder / "nbgrader_config.py").write_text("\n".join(config) + "\n")
    return folder
