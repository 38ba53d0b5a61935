"""An otter assignment of many questions in one notebook, and what students handed in: written by us.

Each question is a rule about points, formats or places; `otter generate` makes the zip out of the test files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

SEED = 7


def ok_test(name: str, cases: Sequence[Mapping[str, Any]], **more: Any) -> str:
    """Give a test file of the OK format. `cases` are dictionaries with `code`."""
    suite = {"cases": [dict(case) for case in cases], "scored": True, "setup": "", "teardown": ""}
    return f"OK_FORMAT = True\n\ntest = { ({'name': name, 'suites': [suite], **more})!r}\n"


def case(*code: str, hidden: bool | None = False, **more: Any) -> dict[str, Any]:
    """Give a case; `hidden=None` says nothing about it."""
    said = {} if hidden is None else {"hidden": hidden}
    return {"code": "\n".join(code), **said, **more}


def exception_test(name: str, *functions: str, points: Any = None, more: str = "") -> str:
    """Give a test file of the exception format."""
    head = "from otter.test_files import test_case\n\nOK_FORMAT = False\n\n"
    return "\n\n".join([f"{head}name = {name!r}\npoints = {points!r}\n{more}", *functions]) + "\n"


TESTS: dict[str, str] = {
    "q01_shared": ok_test("q01_shared", [case(">>> add(2, 3)", "5"), case(">>> add(0, 0)", "0")], points=4),
    "q02_hidden_by_default": ok_test(
        "q02_hidden_by_default",
        [case(">>> add(1, 1)", "2", hidden=None), case(">>> add(-1, 1)", "0", hidden=True)],
        points=[1, 2.5],
    ),
    "q03_rest": ok_test(
        "q03_rest",
        [case(">>> add(1, 1)", "2", points=2), case(">>> add(9, 1)", "10"), case(">>> add(5, 5)", "0")],
        points=3,
    ),
    "q04_thirds": ok_test(
        "q04_thirds", [case(">>> add(1, 1)", "2"), case(">>> add(2, 1)", "3"), case(">>> add(2, 2)", "5")]
    ),
    "q05_only_some": ok_test(
        "q05_only_some", [case(">>> add(1, 1)", "2", points=1.5), case(">>> add(2, 1)", "4")]
    ),
    "q06_all_or_nothing": ok_test(
        "q06_all_or_nothing",
        [case(">>> add(1, 1)", "2"), case(">>> double(4)", "8", hidden=True)],
        points=5,
        all_or_nothing=True,
    ),
    "q07_exception": exception_test(
        "q07_exception",
        '@test_case(points=2, success_message="well done")\n'
        "def test_double(double):\n    assert double(3) == 6",
        "@test_case(hidden=True)\ndef test_env(env):\n    assert env['double'](0) == 0",
        "@test_case(None, 3, True)\ndef test_missing(nowhere):\n    assert nowhere is None",
        "@test_case(hidden=False)\ndef test_text(double):\n    assert double('a') == 'aa', 'texts as well'",
        points=6,
    ),
    "q08_exception_whole": exception_test(
        "q08_exception_whole",
        "LIMIT = 10\n\n\ndef small(value):\n    return value < LIMIT",
        "@test_case()\ndef test_one(double):\n    assert small(double(2))",
        "@test_case(hidden=True)\ndef test_two(double):\n    assert not small(double(7))",
        points=2,
        more="all_or_nothing = True\n",
    ),
    "q09_doctest_words": ok_test(
        "q09_doctest_words",
        [
            case(">>> fail()", "Traceback (most recent call last):", "    ...", "ValueError: no such thing"),
            case(">>> print('a   b', add(1, 1))  # doctest: +NORMALIZE_WHITESPACE", "a b 2"),
            case(">>> list(range(20))  # doctest: +ELLIPSIS", "[0, 1, ..., 19]"),
            case(">>> add(1, 1) == 2", "1"),
            case(">>> print('a\\n\\nb')", "a", "<BLANKLINE>", "b"),
            case(
                ">>> fail()  # doctest: +IGNORE_EXCEPTION_DETAIL",
                "Traceback (most recent call last):",
                "ValueError: another text",
            ),
            case(">>> undefined_name  # doctest: +SKIP", "7"),
            case(">>> fail()", "7"),
        ],
        points=8,
    ),
    "q10_several_lines": ok_test(
        "q10_several_lines",
        [
            case(">>> for i in range(3):", "...     print(add(i, i))", "0", "2", "4"),
            case(">>> a = add(1, 1)", ">>> b = add(a, 1)", ">>> a * b", "6"),
            case("    >>> add(1, 1)", "    2", "    >>> add(1, 2)", "    4"),
            case(
                ">>> assert add(1, 1) == 2", ">>> import math", ">>> math.isclose(add(0.1, 0.2), 0.3)", "True"
            ),
        ],
        points=4,
    ),
    "q11_changes_things": ok_test(
        "q11_changes_things",
        [
            case(">>> account.put(10)", ">>> account.money", "10"),
            case(">>> account.put(1)", "11", hidden=True),
        ],
        points=2,
    ),
    "q12_reused_name": ok_test("q12_reused_name", [case(">>> answer", "12")], points=1),
    "q13_last_check": ok_test(
        "q13_last_check", [case(">>> turn", "1"), case(">>> turn", "2", hidden=True)], points=2
    ),
    "q14_never_checked": ok_test("q14_never_checked", [case(">>> answer", "13")], points=1),
    "q15_never_bound": ok_test(
        "q15_never_bound", [case(">>> unbound", "1"), case(">>> 1 + 1", "2")], points=2
    ),
    "q16_nothing": ok_test("q16_nothing", [case(">>> add(1, 1)", "2")], points=0),
    "q17_seeded": ok_test(
        "q17_seeded",
        [
            case(">>> int(drawn)", "{drawn}"),
            case(">>> np.random.randint(1000)", "{next}", hidden=True),
            case(">>> np.random.randint(1000)", "{after}", hidden=True),
        ],
        points=3,
    ),
    "q18_shadowed": ok_test(
        "q18_shadowed", [case(">>> list", "[1, 2]"), case(">>> add(sum, max)", "7", hidden=True)], points=2
    ),
    "q19_names_of_tests": ok_test(
        "q19_names_of_tests",
        [
            case(">>> answer = 99", ">>> answer", "99"),
            case(">>> answer", "13"),
            case(">>> seen(answer)", "13"),
        ],
        points=3,
    ),
    "q20_same_function": exception_test(
        "q20_same_function",
        "@test_case(points=1)\ndef test_a(add):\n    assert False",
        "@test_case(points=2)\ndef test_b(add):\n    assert add(1, 1) == 2",
        "@test_case(points=4, hidden=True)\ndef test_a(add):\n    assert add(2, 2) == 4",
    ),
    "q21_empty_case": ok_test("q21_empty_case", [case("x = 1"), case(">>> 1", "1")], points=2),
}
"""The test files, without those whose numbers depend on the seed: `tests_of` fills these in."""

PRINTS = {
    "q22_prints": ok_test("q22_prints", [case(">>> loud(2)", "4"), case(">>> assert loud(1) == 2")], points=2)
}
"""otter gives nothing for these to a correct function that prints."""


METADATA: dict[str, dict[str, Any]] = {
    "answer": {"otter": {"tests": ["q12_reused_name"]}},
    "ignored": {"tags": ["otter_ignore"]},
    "ignored_too": {"otter": {"ignore": True}},
}
"""What stands in the metadata of a student's cells: `otter assign` and people put it there."""


def tests_of() -> dict[str, str]:
    """Give the test files as they are zipped."""
    import numpy as np

    np.random.seed(SEED)
    values = {"drawn": np.random.randint(1000)}
    np.random.seed(SEED)
    values |= {"next": np.random.randint(1000), "after": np.random.randint(1000)}
    seeded = TESTS["q17_seeded"]
    for name, value in values.items():
        seeded = seeded.replace(f"{{{name}}}", str(value))
    return {**TESTS, "q17_seeded": seeded, **PRINTS}


def write_tests(folder: Path) -> None:
    """Write the test files where `otter generate` looks for them."""
    folder.mkdir(parents=True)
    for name, text in tests_of().items():
        (folder / f"{name}.py").write_text(text)


def config_of(**more: Any) -> str:
    return json.dumps({"seed": SEED, "show_hidden": False, **more})


def a_student(**changes: str) -> str:
    """Give a student's notebook. Keyword arguments replace cells by their names."""
    cells = {
        "start": 'import otter\nimport numpy as np\ngrader = otter.Notebook("lab.ipynb")',
        "add": "def add(a, b):\n    return a + b",
        "check_add": "\n".join(f'grader.check("{name}")' for name in list(TESTS)[:5]),
        "double": "def double(x):\n    return 2 * x",
        "check_double": 'grader.check("q06_all_or_nothing"); grader.check("q07_exception")',
        "check_double_too": 'grader.check("q08_exception_whole")',
        "fail": 'def fail():\n    raise ValueError("no such thing")',
        "check_words": 'grader.check("q09_doctest_words")\ngrader.check("q10_several_lines")',
        "account": "class Account:\n    money = 0\n    def put(self, more):\n        self.money += more\n"
        "        if self.money != 10:\n            return self.money\naccount = Account()",
        "check_account": 'grader.check("q11_changes_things")',
        "answer": "answer = 12\nturn = 1",
        "check_answer": 'grader.check("q13_last_check")',
        "later": "answer = 13\nturn = 2",
        "check_later": 'grader.check("q13_last_check")',
        "raises": "1 / 0\nunbound = 1",
        "check_unbound": 'grader.check("q15_never_bound")',
        "draw": "drawn = np.random.randint(1000)",
        "check_draw": 'grader.check("q17_seeded")',
        "loud": "def loud(x):\n    print('working on', x)\n    return 2 * x\n\n"
        "def seen(value):\n    return answer",
        "check_loud": 'grader.check("q22_prints")',
        "shadow": "list, sum, max = [1, 2], 3, 4",
        "check_shadow": 'grader.check("q18_shadowed")',
        "ignored": "answer = add = double = None",
        "ignored_too": 'turn = 9\ngrader.check("q11_changes_things")',
        "end": "grader.check_all()\ngrader.export(filtering=False)\ngrader.to_pdf()",
        **changes,
    }
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(text, metadata=METADATA.get(name, {}))
            for name, text in cells.items()
            if text
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    return str(nbformat.writes(notebook))


STUDENTS: dict[str, str] = {
    "good": a_student(),
    "wrong": a_student(
        add="def add(a, b):\n    return a + b if a != 9 else 0",
        double="def double(x):\n    return 2 * x if x < 4 else x",
        fail="def fail():\n    raise KeyError(1)",
        later="answer = 14",
        check_later="",
        draw="drawn = 5",
        shadow="",
    ),
    "broken": a_student(
        start='import otter\ngrader = otter.Notebook()\ngrader.check("no_such_question")\nimport numpy as np',
        add="def add(a, b)\n    return a + b",
        double="double = None",
        account="",
        loud="raise SystemExit",
        end="%%time\ngrader.check(question='q16_nothing')",
    ),
}
"""What was handed in: everything right, some of it wrong, and much that does not run."""

POINTS: list[tuple[Any, list[Any]]] = [
    (None, [None]),
    (None, [None, None, None]),
    (None, [0, None]),
    (None, [0, 0]),
    (None, [2, None, 0.5]),
    (4, [None, None, None]),
    (4, [1, None, None]),
    (4, [1, 1]),
    (0, [None, None]),
    (2.5, [0.1, 0.2, None]),
    ([1, 2.5, None], [None, None, 7]),
    ([None, None], [3, 4]),
    (1, []),
]
"""What a question says of its points, and what its cases say."""
