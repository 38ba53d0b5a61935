"""One nbgrader assignment of two notebooks, and what many students handed in: for comparing points.

`STUDENTS` maps a student to what was done to the released notebooks. Everything runs in both graders, so
nothing here may harm: only the container of ours is a safe place.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.interop.release_corpus import FIXED, SOLUTION, TESTS, WRITTEN, a_cell, a_notebook

ASSIGNMENT = "lab"
Notebooks = dict[str, Any]
Change = Callable[[Notebooks], None]
FULL = {"test_add": 2.0, "test_share": 3.0, "test_nothing": 0.0, "test_shown": 2.0, "test_text": 1.0,
        "test_sign": 1.0, "test_mul": 1.5, "test_sum": 1.0}  # fmt: skip
SHADOW = {"numpy.py": "def sum(values):\n    return 3\n"}
OF_ADD = frozenset({"test_add", "test_share", "test_shown", "test_text", "test_sign"})

ADD = "def add(a, b):\n    return a + b"
MUL = "def mul(a, b):\n    return a * b"


def sources() -> Notebooks:
    """The author's notebooks."""
    first = a_notebook(
        [
            a_cell("# Lab", "markdown", grade_id="title", **FIXED),
            a_cell("import math", grade_id="imports", **FIXED),
            a_cell(ADD, grade_id="add", **SOLUTION),
            a_cell(
                "assert add(1, 2) == 3\n### BEGIN HIDDEN TESTS\nassert add(-2, 2) == 0\n### END HIDDEN TESTS",
                grade_id="test_add", points=2, **TESTS,
            ),
            a_cell(
                "share = 0\nif add(1, 1) == 2:\n    share += 1\nif add('a', 'b') == 'ab':\n    share += 0.5\n"
                "if add(0.5, 0) == 0.5:\n    share += 1.5\nshare",
                grade_id="test_share", points=3, **TESTS,
            ),
            a_cell("assert add(2, 2) == 4", grade_id="test_nothing", points=0, **TESTS),
            a_cell("add(1, 1)", grade_id="test_shown", points=2, **TESTS),
            a_cell("assert math.floor(add(1.5, 1)) == 2\n'a text'", grade_id="test_text", points=1, **TESTS),
            a_cell("1 if add(1, 1) == 2 else -1", grade_id="test_sign", points=1, **TESTS),
            a_cell("It adds.", "markdown", grade_id="why", points=4, **WRITTEN),
            a_cell("print(add(3, 4))", grade_id="show", points=2, **WRITTEN),
            a_cell("Draw.\n### BEGIN MARK SCHEME\nround\n### END MARK SCHEME", "markdown", grade_id="draw",
                   points=1, **{**FIXED, "task": True}),
        ]
    )  # fmt: skip
    second = a_notebook(
        [
            a_cell("limit = 10", grade_id="limit", **FIXED),
            a_cell(MUL, grade_id="mul", **SOLUTION),
            a_cell("assert mul(2, 3) == 6 and limit == 10", grade_id="test_mul", points=1.5, **TESTS),
            a_cell(
                "import numpy\nassert numpy.sum([mul(2, 1), 1]) == 3",
                grade_id="test_sum",
                points=1,
                **TESTS,
            ),
            a_cell("It multiplies.", "markdown", grade_id="why_mul", points=1, **WRITTEN),
        ]
    )
    return {"first": first, "second": second}


def cell_of(notebooks: Notebooks, grade_id: str) -> dict[str, Any]:
    """The cell with this grade_id."""
    for notebook in notebooks.values():
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
                found: dict[str, Any] = cell
                return found
    raise KeyError(grade_id)


def home_of(notebooks: Notebooks, grade_id: str) -> list[dict[str, Any]]:
    """The cells of the notebook with this grade_id."""
    wanted = cell_of(notebooks, grade_id)
    return next(book["cells"] for book in notebooks.values() if any(cell is wanted for cell in book["cells"]))


def written(**texts: str) -> Change:
    """Fill in cells by grade_id; both functions are right where no other text is given."""

    def change(notebooks: Notebooks) -> None:
        for grade_id, text in {"add": ADD, "mul": MUL, **texts}.items():
            cell_of(notebooks, grade_id)["source"] = text

    return change


def and_then(*changes: Change) -> Change:
    """Do all of it, one after another."""

    def change(notebooks: Notebooks) -> None:
        for each in changes:
            each(notebooks)

    return change


def without(grade_id: str) -> Change:
    """Delete a cell."""

    def change(notebooks: Notebooks) -> None:
        home_of(notebooks, grade_id).remove(cell_of(notebooks, grade_id))

    return change


def twice(grade_id: str, text: str) -> Change:
    """Put a copy with another text and a new id behind a cell."""

    def change(notebooks: Notebooks) -> None:
        home, cell = home_of(notebooks, grade_id), cell_of(notebooks, grade_id)
        again = {**copy.deepcopy(cell), "source": text, "id": f"{cell['id']}-again"}
        home.insert(home.index(cell) + 1, again)

    return change


def retyped(grade_id: str, kind: str) -> Change:
    """Make a code cell one of text, or the other way round."""

    def change(notebooks: Notebooks) -> None:
        cell = cell_of(notebooks, grade_id)
        cell["cell_type"] = kind
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)

    return change


def marks(grade_id: str, **changed: Any) -> Change:
    """Change a cell's marks."""

    def change(notebooks: Notebooks) -> None:
        cell_of(notebooks, grade_id)["metadata"]["nbgrader"].update(changed)

    return change


def no_notebook(name: str) -> Change:
    """Hand a notebook not in."""

    def change(notebooks: Notebooks) -> None:
        del notebooks[name]

    return change


def untouched(grade_id: str) -> Change:
    """Leave a written answer as it was handed out."""
    return written(**{grade_id: "YOUR ANSWER HERE"})


def below(grade_id: str, text: str) -> Change:
    """Write something into a new cell below one."""

    def change(notebooks: Notebooks) -> None:
        home = home_of(notebooks, grade_id)
        home.insert(home.index(cell_of(notebooks, grade_id)) + 1, a_cell(text, "markdown"))

    return change


def broken(name: str) -> Change:
    """Hand a notebook in of which the end is missing."""

    def change(notebooks: Notebooks) -> None:
        notebooks[name] = json.dumps(notebooks[name])[:-20]

    return change


def one_id(notebooks: Notebooks) -> None:
    """Give every cell the same id, as tools do that copy cells."""
    for notebook in notebooks.values():
        for cell in notebook["cells"]:
            cell["id"] = "same"


def another(notebooks: Notebooks) -> None:
    """Hand in a notebook that is no part of the assignment."""
    notebooks["scratch"] = a_notebook([a_cell("1 / 0")])


def lost_marks(notebooks: Notebooks) -> None:
    """Lose the marks of every cell, as some editors do."""
    for notebook in notebooks.values():
        for cell in notebook["cells"]:
            cell["metadata"] = {}


right = written(why="It adds two.", show="print(add(3, 4))", why_mul="It does.")
AT_EACH_CALL = "import sys\ndef add(a, b):\n    {}\n    return a + b"
EMPTIES = "get_ipython().input_transformers_cleanup.append(lambda lines: [])"
SHOWS_AND_FAILS = "import sys\ndef add(a, b):\n    sys.displayhook('shown')\n    raise ValueError('no')"

SAME: Mapping[str, Change] = {
    "right": and_then(right, another, lambda books: books["first"]["cells"].insert(2, a_cell("1 / 0"))),
    "untouched": lambda notebooks: None,
    "hidden-fails": written(add="def add(a, b):\n    return abs(a) + abs(b)", why="", show=""),
    "share": written(
        add="def add(a, b):\n    return int(a) + int(b)", why="YOUR ANSWER HERE\n", show="# YOUR CODE HERE"
    ),
    "syntax": written(add="def add(a, b)\n    return a + b", mul="def mul(a, b):\n    raise OSError"),
    "prints-and-changes": written(
        add="def add(a, b):\n    print('adding')\n    return a + b", mul="mul = None",
        test_add="pass", test_share="3", test_mul="", limit="limit = 11", imports="import nothing",
    ),
    "one-id": and_then(right, one_id),
    "deletes": and_then(right, *map(without, ("title", "limit", "add", "why"))),
    "retypes": and_then(
        right, retyped("test_mul", "markdown"), retyped("limit", "markdown"), retyped("show", "markdown"),
        retyped("why", "code"), retyped("add", "markdown"), marks("test_add", points=99, locked=False),
    ),
}  # fmt: skip
"""Handed in so, every cell earns the same with both."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What was done, files beside, and what each gives for the cells that differ (nbgrader's, ours).

    None stands for points that nobody knows yet. `gives_up`: nbgrader grades nothing of this student.
    """

    rule: str
    change: Change
    files: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    gives_up: bool = False


def differently(rule: str, *, gives_up: bool = False, files: Mapping[str, str] | None = None,
                **cells: tuple[float | None, float | None]) -> Callable[..., Difference]:  # fmt: skip
    """Say what differs; the changes come behind."""

    def made(*changes: Change) -> Difference:
        return Difference(rule=rule, change=and_then(right, *changes), files=files or {}, cells=cells,
                          gives_up=gives_up)  # fmt: skip

    return made


NOTHING_BY_US = {name: (FULL[name], 0.0) for name in OF_ADD}
ALL_BY_US = {name: (0.0, FULL[name]) for name in OF_ADD}
WAITS_FOR_US = {name: (FULL[name], None) for name in FULL}
BROKEN_FIRST = {
    name: (None, points if name in ("test_mul", "test_sum") else 0.0) for name, points in FULL.items()
}
NOTHING_THERE = {name: (None, FULL[name]) for name in FULL}

DIFFERENT: Mapping[str, Difference] = {
    "warns": differently("G1 and G9", **ALL_BY_US, test_sum=(None, 1))(
        written(add=AT_EACH_CALL.format("print('careful', file=sys.stderr)")), without("test_sum")
    ),
    "shows-a-number": differently("G2", test_add=(0.5, 2), test_share=(0.5, None))(
        written(add=AT_EACH_CALL.format("if (a, b) in [(1, 2), (0.5, 0)]: sys.displayhook(0.5)"))
    ),
    "wrong": differently("G3", test_shown=(0, None), test_sign=(1, 0))(
        written(add="def add(a, b):\n    return 0", mul="def mul(a, b):\n    return 0")
    ),
    "shows-too-much": differently(
        "G4",
        gives_up=True,
        test_text=(None, 0),
        test_sign=(None, 0),
        test_mul=(None, 1.5),
        test_sum=(None, 1),
    )(written(add="def add(a, b):\n    return 7")),
    "shows-and-fails": differently("G5", **NOTHING_BY_US)(written(add=SHOWS_AND_FAILS)),
    "empties-tests": differently("G6", **WAITS_FOR_US)(
        written(add=f"def add(a, b):\n    return 0\n{EMPTIES}")
    ),
    "kernel-dies": differently("G7", gives_up=True, test_mul=(None, 0), test_sum=(None, 0))(
        written(mul="import os\ndef mul(a, b):\n    os._exit(1)")
    ),
    "shadows": differently("G8 and G13", files=SHADOW, test_sum=(1, 0), test_text=(1, 0))(
        written(mul="def mul(a, b):\n    return a + b", imports="import math\nmath.floor = None")
    ),
    "doubles": differently("G10", gives_up=True, **NOTHING_THERE)(
        twice("test_add", "assert True"), twice("add", "pass")
    ),
    "broken-first": differently("G14", gives_up=True, **BROKEN_FIRST)(broken("first")),
    "broken-second": differently("G14", gives_up=True, test_mul=(None, 0), test_sum=(None, 0))(
        broken("second")
    ),
    "answers-below": differently("G15", why=(0, None), why_mul=(0, None))(
        untouched("why"), below("why", "It adds two numbers."), untouched("why_mul"), below("why_mul", "1")
    ),
    "no-first": differently("G11", why=(0, None), show=(0, None))(no_notebook("first")),
    "lost-marks": differently("G12", **NOTHING_THERE)(lost_marks),
}
"""Handed in so, the points differ on purpose; docs/nbgrader-differences.md has a line for each rule."""


def write_course(folder: Path) -> Path:
    """Write the course with its source."""
    home = folder / "source" / ASSIGNMENT
    home.mkdir(parents=True)
    for name, notebook in sources().items():
        (home / f"{name}.ipynb").write_text(json.dumps(notebook))
    (folder / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'course'\n")
    return folder


def hand_in(folder: Path, released: Mapping[str, str], student: str, change: Change,
            files: Mapping[str, str]) -> Path:  # fmt: skip
    """Write what a student hands in of the released notebooks, with other files beside."""
    notebooks = {name: json.loads(text) for name, text in released.items()}
    change(notebooks)
    home = folder / "submitted" / student / ASSIGNMENT
    home.mkdir(parents=True)
    for name, notebook in notebooks.items():
        text = notebook if isinstance(notebook, str) else json.dumps(notebook)
        (home / f"{name}.ipynb").write_text(text)
    for name, text in files.items():
        (home / name).write_text(text)
    return home
