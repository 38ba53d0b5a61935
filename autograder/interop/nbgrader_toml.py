"""Write the `assignment.toml` of an imported nbgrader assignment, for a person to read and to change.

One check for each cell that is worth points or that a person grades, in the order of the notebooks, titled by
the heading above the cell. It writes text only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from autograder.formats.nbgrader import CellRole, Grading
from autograder.formats.nbgrader_regions import RegionBroken, RegionKind, as_released, hidden_lines
from autograder.formats.notebook import Cell, Notebook
from autograder.interop.nbgrader_cells import SourceNotebook

_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_MARKUP: Final = re.compile(r"[*_`]|<[^>]*>|\(attachment:[^)]*\)")
_TITLE_AT_MOST: Final = 80
_STEP: Final = Decimal("0.0001")
MOST_POINTS: Final = 1_000_000
_MANUAL: Final = (CellRole.MANUAL_ANSWER, CellRole.MANUAL_TASK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the top of the file says. `stubs` are given where the course has its own."""

    id: str
    title: str
    format: str
    found: str
    name: str
    submissions: str
    image: str
    image_why: str
    seconds: float
    seconds_why: str
    course_files: Sequence[str] = ()
    stubs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One `[[checks]]` table. `rubric` is the mark scheme's text, empty where there is none.

    `at_once`: students have the test in full, and nothing hidden was sent to the kernel before it, so its
    result gives nothing away.
    """

    id: str
    kind: str
    cell: str
    points: Decimal
    title: str
    role: CellRole
    at_once: bool
    rubric: str = ""


def name_of(text: str, otherwise: str = "assignment") -> str:
    """Make an id that configuration accepts out of any name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).lstrip("._-").rstrip("-")[:100] or otherwise


def checks_of(
    source: SourceNotebook, used: set[str], *, after_hidden: bool
) -> tuple[list[Check], list[str], bool]:
    """Give the checks of one notebook, notes about points that were rounded, and whether a test was hidden.

    `used` collects ids. `after_hidden` says that an earlier notebook has hidden tests.
    """
    checks: list[Check] = []
    notes: list[str] = []
    for position, grading in sorted(source.gradings.values(), key=lambda one: one[0]):
        if grading.role not in (CellRole.AUTOGRADER_TESTS, *_MANUAL):
            continue
        points = min(round(grading.points, 4), Decimal(MOST_POINTS))
        if points != grading.points:
            notes.append(
                f'{source.name}: the points of "{grading.grade_id}" are {points}, not {grading.points}'
            )
        text = source.notebook.cells[position].source
        after_hidden = after_hidden or bool(_lines(text, RegionKind.HIDDEN_TESTS))
        checks.append(
            Check(
                id=_free(name_of(grading.grade_id, "check"), used),
                kind="manual" if grading.role in _MANUAL else "cells",
                cell=grading.grade_id,
                points=points,
                title=_title(source.notebook, position, grading),
                role=grading.role,
                at_once=not after_hidden and grading.role is CellRole.AUTOGRADER_TESTS,
                rubric="\n".join(_lines(text, RegionKind.MARK_SCHEME)).strip(),
            )
        )
    return checks, notes, after_hidden


def assignment_toml(head: Head, checks: Mapping[str, Sequence[Check]]) -> str:
    """Give the text of the file. `checks` are by notebook, in the order in which the notebooks run."""
    return "\n".join([*_head(head, list(checks)), *_checks(checks)]) + "\n"


def rubric_toml(check: Check) -> str:
    """Give the rubric of a task: its mark scheme as one line, for a person to split up."""
    lines = [
        f"# The mark scheme of {_plain(check.cell)}: split it into one line for each thing to look for.",
        "[[items]]",
        'id = "mark-scheme"',
        f"points = {_number(check.points)}",
        f"text = {_quoted(check.rubric)}",
    ]
    return "\n".join(lines) + "\n"


def rubric_path(check: Check) -> str:
    """Give where the rubric of a check lies in the assignment's folder."""
    return f"rubrics/{check.id}.toml"


def _head(head: Head, notebooks: Sequence[str]) -> Iterator[str]:
    yield "# Imported from nbgrader; the course itself was not changed. Next: `autograder verify FOLDER`"
    yield "# proves that the solutions earn every automatic point and that the release earns none."
    yield "schema = 1"
    yield f"id = {_quoted(head.id)}"
    yield f"title = {_quoted(head.title)}"
    yield "# They run in this order, each in a kernel of its own and all in one folder."
    yield f"notebooks = {_list(notebooks)}"
    if head.course_files:
        yield "# Files that students get; in a run they are as they are here, whatever a student did to them."
        yield f"course_files = {_list(head.course_files)}"
    yield ""
    yield "# Where it comes from. Every report shows what was found."
    yield "[origin]"
    yield f"format = {_quoted(head.format)}"
    yield f"found = {_quoted(head.found)}"
    yield f"name = {_quoted(head.name)}"
    yield f"submissions = {_quoted(head.submissions)}"
    for key, stub in head.stubs.items():
        yield f"{key} = {_quoted(stub)}"
    yield ""
    yield "[environment]"
    yield f"# {_plain(head.image_why)}"
    yield f"image = {_quoted(head.image)}"
    yield ""
    yield "[limits]"
    yield f"# {_plain(head.seconds_why)}"
    yield f"cell_seconds = {head.seconds:g}"


def _checks(checks: Mapping[str, Sequence[Check]]) -> Iterator[str]:
    for notebook, listed in checks.items():
        together = sum((check.points for check in listed), Decimal(0))
        yield ""
        yield f"# ---- {_plain(notebook)}: {_number(together)} points"
        for check in listed:
            yield ""
            if check.kind == "manual":
                yield f"# {check.role}: a person gives the points."
            yield "[[checks]]"
            yield f"id = {_quoted(check.id)}"
            yield f"kind = {_quoted(check.kind)}"
            yield f"cell = {_quoted(check.cell)}"
            yield f"points = {_number(check.points)}"
            yield f"title = {_quoted(check.title)}"
            if check.rubric:
                yield f"rubric = {_quoted(rubric_path(check))}"
            if check.at_once:
                yield "# Students have this test in full, and no hidden one runs before it: shown at once."
                yield 'visibility = "visible"'


def _title(notebook: Notebook, position: int, grading: Grading) -> str:
    """Give the last heading at or above the cell, and the cell's own name."""
    for cell in reversed(notebook.cells[: position + 1]):
        headings = _HEADING.findall(_visible(cell)) if cell.cell_type == "markdown" else []
        words = [text for heading in headings if (text := _words(heading))]
        if words:
            return f"{words[-1]}: {grading.grade_id}"
    return grading.grade_id


def _visible(cell: Cell) -> str:
    """Give what students get of a cell; nothing where the regions are broken, which `verify` tells."""
    answer = bool(cell.metadata.get("nbgrader", {}).get("solution"))
    try:
        return as_released(cell.source, "", answer=answer)
    except RegionBroken:
        return ""


def _words(heading: str) -> str:
    text = " ".join(_MARKUP.sub("", heading).split()).rstrip(":")
    return text if len(text) <= _TITLE_AT_MOST else f"{text[:_TITLE_AT_MOST].rstrip()}..."


def _lines(text: str, kind: RegionKind) -> list[str]:
    """Give the lines of a kind of region; none where the regions are broken, which `verify` tells."""
    try:
        return [line.text for line in hidden_lines(text, {kind})]
    except RegionBroken:
        return []


def _free(wanted: str, used: set[str]) -> str:
    made, turn = wanted, 1
    while made in used:
        turn += 1
        made = f"{wanted[:90]}-{turn}"
    used.add(made)
    return made


def _number(value: Decimal) -> str:
    return f"{value.quantize(_STEP).normalize():f}"


def _list(texts: Sequence[str]) -> str:
    if len(texts) < 3:
        return f"[{', '.join(map(_quoted, texts))}]"
    return "[\n" + "".join(f"    {_quoted(text)},\n" for text in texts) + "]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """Give a text for a comment: one line, without control characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
