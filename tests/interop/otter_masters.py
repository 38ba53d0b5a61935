"""Master notebooks of `otter assign`, written by us: one per rule of the format, and one with everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def cell(kind: str, source: str, *, shown: str = "", printed: str = "", tags: tuple[str, ...] = ()) -> Cell:
    """A cell; `shown` is its result, `printed` what it printed."""
    made: Cell = {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)} if tags else {}}
    if kind == "code":
        outputs: list[Cell] = []
        if printed:
            outputs.append({"output_type": "stream", "name": "stdout", "text": printed})
        if shown:
            outputs.append(
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": shown},
                }
            )
        made |= {"outputs": outputs, "execution_count": None}
    return made


def raw(source: str) -> Cell:
    return cell("raw", source)


def text(source: str, **more: Any) -> Cell:
    return cell("markdown", source, **more)


def code(source: str, **more: Any) -> Cell:
    return cell("code", source, **more)


def block(name: str, *cells: Cell, config: str = "") -> list[Cell]:
    """Cells between `# BEGIN NAME` and `# END NAME`."""
    return [raw(f"# BEGIN {name}\n{config}".rstrip()), *cells, raw(f"# END {name}")]


def question(config: str, *parts: Cell | list[Cell]) -> list[Cell]:
    """A question from cells and blocks."""
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return block("QUESTION", *flat, config=config)


def solution(*sources: str) -> list[Cell]:
    return block("SOLUTION", *map(code, sources))


def checked(*cells: Cell) -> list[Cell]:
    return block("TESTS", *cells)


def master(*parts: Cell | list[Cell], config: str | None = "name: lab") -> dict[str, Any]:
    """A notebook; cells get ids by their position."""
    flat = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    if config is not None:
        flat.insert(0, raw(f"# ASSIGNMENT CONFIG\n{config}"))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [{**one, "id": f"m{number}"} for number, one in enumerate(flat)],
    }


def written(folder: Path, notebook: dict[str, Any], name: str = "lab.ipynb") -> Path:
    """Write a master with a data file beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.csv").write_text("a,b\n1,2\n")
    path = folder / name
    path.write_text(json.dumps(notebook, indent=1))
    return path


EVERYTHING = master(
    text("# A lab\n\nRead this first."),
    text("# IGNORE\nA note for staff."),
    code("import math\nimport random\nDEBUG = True  # IGNORE\nprint('ready')"),
    question(
        "name: q1\npoints: 2",
        text("**Question 1.** Bind `x` to seven and `y` to eight."),
        solution("x = 7 # SOLUTION\ny = 8  # SOLUTION\nz = x + y"),
        checked(code("x", shown="7"), code("# HIDDEN\ny == 8", shown="True")),
    ),
    question(
        "name: q2\npoints: {each: 1.5}",
        text("**Question 2.** Write `square`."),
        solution(
            'def square(n):\n    """The square."""\n    return n * n # SOLUTION\n\n'
            "def cube(n):\n    # BEGIN SOLUTION\n    power = 3\n    return n ** power\n    # END SOLUTION\n\n"
            "secret = 5 # SOLUTION NO PROMPT\n# BEGIN SOLUTION NO PROMPT\nhelper = square\n# END SOLUTION\n"
            'def both(n):\n    return square(n), cube(n) # SOLUTION NO PROMPT\n    """ # BEGIN PROMPT\n'
            '    first = ...\n    return first, ...\n    """; # END PROMPT\n'
        ),
        checked(
            code("square(3)", shown="9"),
            code("# a test\nfor n in (1, 2):\n    print(cube(n))", printed="1\n8\n"),
            code(
                '""" # BEGIN TEST CONFIG\npoints: 3\nhidden: true\nsuccess_message: Well done.\n'
                'failure_message: Look at `both` again.\n""" # END TEST CONFIG\n'
                "first, second = both(2)\nassert first == 4\nassert second == 8"
            ),
        ),
    ),
    question(
        "name: q3\npoints: 4\nall_or_nothing: true",
        text("**Question 3.**"),
        block("PROMPT", code("numbers = ...")),
        solution("numbers = [1, 2, 3]  # SOLUTION NO PROMPT"),
        checked(code("len(numbers)", shown="3"), code("# HIDDEN\nsum(numbers)", shown="6")),
    ),
    question(
        "name: q4\nmanual: true\npoints: 5",
        text("**Question 4.** Why?"),
        block("SOLUTION", text("Because it is so, and nothing else would do.")),
    ),
    question(
        "name: q5\nmanual: true\npoints: 2",
        text("**Question 5.** And why not?"),
        block("PROMPT", text("_Two sentences:_\n\n1. \n2. ")),
        block("SOLUTION", text("For a reason of its own.")),
    ),
    question(
        "name: q6\nmanual: true\npoints: 3",
        text("**Question 6.** Draw it."),
        solution("drawing = 'a line' # SOLUTION\nprint(drawing)"),
    ),
    question(
        "name: q7",
        text("**Question 7.** Without points; the case that says something counts."),
        block(
            "SOLUTION",
            code("w = {'a': 1}\nw['b'] = 2 # SOLUTION\nfoo, bar = 1, 2 # SOLUTION\nprint(w) # SOLUTION"),
            text("How it is done."),
            text("Read the handbook.", tags=("otter_include",)),
        ),
        checked(code("w['b']", shown="2"), code("bar", shown="2")),
    ),
    question(
        "name: q8\npoints: [1, 0, 2]\ncheck_cell: false",
        text("**Question 8.** No check cell."),
        solution("v = 1 # SOLUTION"),
        checked(code("v", shown="1"), code("v + 1", shown="2"), code("# HIDDEN\nv + 2", shown="3")),
    ),
    text("Hand in now."),
    config="name: everything\nfiles:\n  - data.csv\nexport_cell:\n  pdf: false\n"
    "generate:\n  show_hidden: true\nshow_question_points: true",
)

EXCEPTIONS = master(
    question(
        "name: f1\npoints: 3",
        text("**F1.** Write `double`."),
        solution("def double(n):\n    return 2 * n # SOLUTION"),
        checked(
            code("def test_public(double):\n    assert double(2) == 4\n\ntest_public(double)"),
            code(
                '""" # BEGIN TEST CONFIG\nhidden: true\npoints: 2\n""" # END TEST CONFIG\n'
                "def test_secret(double, env):\n    assert double(5) == 10\n    assert 'double' in env"
            ),
        ),
    ),
    config="name: exceptions\ntests:\n  ok_format: false",
)

SEEDS = master(
    code("import random"),
    question(
        "name: s1",
        text("Draw a number."),
        solution("random.seed(3) # SEED\nrng_seed = 11\ndrawn = rng_seed + 1 # SOLUTION"),
        checked(code("drawn > 0", shown="True")),
    ),
    code("rng_seed = 12\nlater = rng_seed"),
    config="name: seeds\nseed:\n  variable: rng_seed\n  autograder_value: 713\n  student_value: 90",
)

FENCED = master(
    text("Before.\n\n```otter\n# BEGIN QUESTION\nname: g1\n```\n\n**G1.** Bind `a`."),
    text("```otter\n# BEGIN SOLUTION\n```"),
    code("a = 1 # SOLUTION"),
    text("```otter\n# END SOLUTION\n```\n\n```otter\n# BEGIN TESTS\n```"),
    code("a", shown="1"),
    text("```otter\n# END TESTS\n```\n```otter\n# END QUESTION\n```\nAfter."),
    config=None,
)

ALL_CELLS = master(
    code("outside = 1 # SOLUTION\nprint(outside)"),
    question("name: a1", text("A."), solution("inside = 2 # SOLUTION"), checked(code("inside", shown="2"))),
    config="strip_solutions_from_all_cells: true",
)

MARKED = """\
x = 5 #SOLUTION
x = 5    # SOLUTION
x = 5 # SOLUTION because
x = 5 # SOLUTIONS
x = y = 3 # SOLUTION
x == 5 # SOLUTION
x += 1 # SOLUTION
x: int = 5 # SOLUTION
a, b = 1, 2 # SOLUTION
(a, b) = 1, 2 # SOLUTION
[a, b] = 1, 2 # SOLUTION
*a, b = 1, 2 # SOLUTION
x['k'] = 1 # SOLUTION
x.y[0]['k'] = f(1) # SOLUTION
frame.loc[1, 'c'] = 2 # SOLUTION
x = lambda n: n == 2 # SOLUTION
same = a == b # SOLUTION
total = sum(i for i in range(3)) # SOLUTION
text = "a # b" # SOLUTION
print(x, end="") # SOLUTION
f(a=1) # SOLUTION
"x = 1" # SOLUTION
assert x == 1 # SOLUTION
import numpy as np # SOLUTION
del x # SOLUTION
# a comment # SOLUTION
if x == 1: y = 2 # SOLUTION
for i in range(3): total = i # SOLUTION
def f(n): return n # SOLUTION
def g(n=1):
    m = n * 2 # SOLUTION
    m.n = 2 # SOLUTION
\tp = 1 # SOLUTION
    return m # SOLUTION
    # BEGIN SOLUTION
    never = 1

    # END SOLUTION
        # BEGIN SOLUTION NO PROMPT
        nothing = 1
        # END SOLUTION

h = 1  # SOLUTION NO PROMPT
after = 1"""

EDGES = master(
    text(""),
    raw(""),
    raw("A raw cell of the author's."),
    code(""),
    code("# BEGIN IGNORE\nhidden = 1\n# END IGNORE\nshown = 1\nspare = 2 # IGNORE"),
    text("Before.\nOnly for staff. # IGNORE\nAfter."),
    text("## Ignore ##\nfor staff"),
    code("# ignore this cell\n1 / 0"),
    question("name: marked", text("M."), solution(MARKED), checked(code("after", shown="1"))),
    question("name: free", text("No tests."), solution("x = 1 # SOLUTION")),
    question(
        "name: code-first\nmanual: true\npoints: 1",
        text("C."),
        block("SOLUTION", code("y = 1 # SOLUTION"), text("In words.")),
    ),
    question(
        "name: two-blocks\nmanual: true\npoints: 1",
        block("SOLUTION", code("z = 1 # SOLUTION")),
        text("Between."),
        block("SOLUTION", text("First words."), text("More words.")),
    ),
    question(
        "name: code-prompt\nmanual: true\npoints: 0.5",
        text("P."),
        block("PROMPT", code("plot = ...")),
        block("SOLUTION", text("Gone for students.")),
    ),
    question(
        "name: two-prompts\nmanual: true",
        block("PROMPT", text("One:"), text("Two:")),
        block("SOLUTION", text("Both.")),
    ),
    question("name: unmarked\nmanual: true\npoints: 2", solution("left = 'as it is'")),
    question("name: nothing\nmanual: true\npoints: 2", text("Say it aloud.")),
    question(
        "name: worth 3.5\npoints: 3.5\nexport: true",
        solution("w = 1 # SOLUTION"),
        checked(
            code("w", shown="1"),
            code("w + 1", shown="2"),
            code("# these are hidden\nprint(w)\nw", printed="1\n", shown="1"),
        ),
    ),
    question(
        "name: typed\npoints: 1",
        solution("v = 1 # SOLUTION"),
        checked(
            code(
                "def twice(n: int) -> int:\n    '''Doc\n    string'''\n    if n:\n        return 2 * n\n"
                "    else:\n        return 0\n\ntry:\n    twice(v)\nexcept ValueError:\n    pass\n"
                "else:\n    print('fine')",
                printed="fine\n",
            )
        ),
    ),
    config="name: edges",
)

CORPUS = {
    "everything": EVERYTHING,
    "exceptions": EXCEPTIONS,
    "seeds": SEEDS,
    "fenced": FENCED,
    "all-cells": ALL_CELLS,
    "edges": EDGES,
}
