"""A test cell with another expected value must fail; one that passes all the same is in doubt."""

from __future__ import annotations

import pytest

from autograder.execution.cells import CellEnd
from autograder.execution.control import MOST_CHANGED, PassedTest, changed_tests, controlled
from autograder.execution.recognise import Place
from autograder.model.assignment import CheckKind
from autograder.model.execution import CellStatus, RunOutcome
from tests.fakes import a_check, an_assignment
from tests.unit.execution.builders import a_prepared_notebook, executed

FAILED = CellEnd(status=CellStatus.ERROR, error_name="AssertionError")
PASSED = CellEnd(status=CellStatus.OK)
LOST = CellEnd(status=CellStatus.INTERRUPTED, ended=RunOutcome.KERNEL_DIED)
BUSY = CellEnd(status=CellStatus.TIMED_OUT, seconds=9.0)
A, B, C = Place(0, 1), Place(0, 2), Place(0, 3)


class Kernel:
    """Answers the cells one after the other, the last answer for all that follow."""

    def __init__(self, *ends: CellEnd) -> None:
        self.ends, self.sources = list(ends), list[str]()

    def __call__(self, source: str, *, seconds: float) -> CellEnd:
        self.sources.append(source)
        return self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]


def some_tests(**seconds: float) -> dict[Place, PassedTest]:
    return {
        {"a": A, "b": B, "c": C}[name]: PassedTest(source=f"assert {name} == 1", seconds=used)
        for name, used in seconds.items()
    }


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("assert f(1) == 2", ["assert f(1) == 7919"]),
        ("assert 2 == f(1)", ["assert 7919 == f(1)"]),
        ("assert f() == 7919", ["assert f() == -7919"]),
        ("assert f() == -2.5, 'two'", ["assert f() == 7919.0, 'two'"]),
        ("assert f() == 'ä'", ["assert f() == 'ä~'"]),
        ("x = 'ä'; assert f() == 1", ["x = 'ä'; assert f() == 7919"]),
        ("assert f() == 'a\\n'", ["assert f() == 'a~\\n'"]),
        ("assert f() == True", ["assert f() == False"]),
        ("assert f() == None", ["assert f() == 7919"]),
        ("assert f() == [1, 2]", ["assert f() == [7919, 2]"]),
        ("assert f() == ()", ["assert f() == (7919,)"]),
        ("assert f() == {'a': 1}", ["assert f() == {'a': 1, 7919: 7919}"]),
        ("assert f() == 1\nassert g() == 2",
         ["assert f() == 7919\nassert g() == 2", "assert f() == 1\nassert g() == 7919"]),
        ("assert f() == 1 and g == 2", ["assert f() == 7919 and g == 2", "assert f() == 1 and g == 7919"]),
        ("assert abs(f() - 0.5) < 1e-6", ["assert abs(f() - 7919.0) < 1e-6"]),
        ("assert np.isclose(f(), 0.5)", ["assert np.isclose(f(), 7919.0)"]),
        ("np.testing.assert_allclose(f(), [1, 2])", ["np.testing.assert_allclose(f(), [7919, 2])"]),
        ("assert np.array_equal(f(), np.array([1, 2]))", ["assert np.array_equal(f(), np.array([7919, 2]))"]),
        ("assert (f() == 3).all()", ["assert (f() == 7919).all()"]),
        ("assert f() == pytest.approx(3.0)", ["assert f() == pytest.approx(7919.0)"]),
    ],
)  # fmt: skip
def test_an_expected_value_is_changed_in_place(source: str, changed: list[str]) -> None:
    assert changed_tests(source) == changed


@pytest.mark.parametrize(
    "source",
    [
        "assert f() != 2", "assert f() < 2", "assert f()", "assert not f() == 2", "assert f() == 1 or g == 2",
        "assert f() == expected", "assert abs(f() - 1) < 1e9", "print(f() == 2)", "1 == 2", "%time f()",
        "if f():\n    assert g() == 1", "def test():\n    assert f() == 1", "for x in xs:\n    assert x == 1",
        "try:\n    assert f() == 1\nexcept AssertionError:\n    pass", "assert 1 == 1",
        "(" * 500 + "1" + ")" * 500,
    ],
)  # fmt: skip
def test_what_might_still_be_true_is_left_alone(source: str) -> None:
    assert changed_tests(source) == []


def test_a_cell_is_changed_only_so_many_times() -> None:
    assert len(changed_tests("\n".join(f"assert f({n}) == {n}" for n in range(50)))) == MOST_CHANGED


def test_a_cell_that_passes_in_any_case_is_in_doubt() -> None:
    assert controlled(Kernel(FAILED), some_tests(a=0.1, b=0.2)) == []
    assert controlled(Kernel(FAILED, PASSED), some_tests(a=0.1, b=0.2)) == [B]


@pytest.mark.parametrize("end", [LOST, BUSY])
def test_a_kernel_that_does_not_come_back_leaves_the_rest_in_doubt(end: CellEnd) -> None:
    assert controlled(Kernel(FAILED, end), some_tests(c=0.3, b=0.2, a=0.1)) == [B, C]


def test_slow_cells_are_not_run_again() -> None:
    kernel = Kernel(PASSED)
    assert controlled(kernel, some_tests(a=60.0)) == [] and kernel.sources == []


TEST = "assert double(3) == 6"
HONEST = "def double(x): return 2 * x"
EQUAL = (
    "class Any(int):\n    __eq__ = lambda self, other: True\n    __hash__ = None\ndef double(x): return Any()"
)
IGNORED = (
    "import ast\nclass Without(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node): return ast.copy_location(ast.Pass(), node)\n"
    "get_ipython().ast_transformers.append(Without())\ndef double(x): return 0"
)


@pytest.mark.parametrize(
    ("cells", "refutable", "confirmed"),
    [
        ((HONEST, TEST), True, True),
        ((EQUAL, TEST), False, True),
        ((HONEST, TEST, "import os; os._exit(0)"), True, False),
    ],
)
def test_a_run_says_which_tests_could_have_failed(
    cells: tuple[str, ...], refutable: bool, confirmed: bool
) -> None:
    assignment = an_assignment(checks=(a_check("double", kind=CheckKind.CELLS, cell="g1"),))
    record = executed(a_prepared_notebook(*cells), assignment=assignment).cells[1]
    assert (record.status, record.refutable, record.confirmed) == (CellStatus.OK, refutable, confirmed)


def test_assertions_that_are_ignored_are_noticed() -> None:
    assert not executed(a_prepared_notebook(IGNORED, TEST)).canary_held


def test_comparisons_in_code_that_a_cell_holds_as_text_are_changed_as_well() -> None:
    shown = "a = _OtterExample(_n(), 'x == 42\\n')\nassert a == 'True\\n', ''"
    assert "a = _OtterExample(_n(), 'x == 7919\\n')\nassert a == 'True\\n', ''" in changed_tests(shown)
    quiet = "a = _OtterExample(_n(), 'assert x == \"ä\"\\n')\nassert a == ''"
    assert any("assert x == 'ä~'" in copy for copy in changed_tests(quiet))
    filed = "_otter_run('def t(x):\\n    assert x == 1\\n', 'tests/q.py', 't')"
    assert changed_tests(filed) == [filed.replace("x == 1", "x == 7919")]


@pytest.mark.parametrize(
    "source",
    [
        "a = _OtterExample(_n(), 'x == 42\\n')\nassert a == 'False\\n'",
        "a = _OtterExample(_n(), 'assert x == 42\\n', 0, True)\nassert a == 'AssertionError\\n'",
    ],
)
def test_an_example_that_an_honest_changed_copy_would_pass_is_not_changed(source: str) -> None:
    assert all("42" in copy for copy in changed_tests(source))


@pytest.mark.parametrize(
    "body",
    ["    if not x:\n        return\n    assert x == 1\n", "    if x:\n        assert x == 1\n", "    (\n"],
)
def test_code_of_a_file_that_may_not_be_reached_is_not_changed(body: str) -> None:
    assert changed_tests(f"_otter_run({'def t(x):' + chr(10) + body!r}, 'tests/q.py', 't')") == []
