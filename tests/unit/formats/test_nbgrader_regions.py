"""Regions of a source cell, and lines that look like mistyped markers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.formats.nbgrader_regions import (
    RegionBroken,
    RegionKind,
    has_region,
    hidden_lines,
    lines_of,
    with_stub,
    without_regions,
)
from autograder.formats.nbgrader_typos import MARKERS, mistyped_markers, surviving_markers

SOLVED = """def f(x):
    \"\"\"Double x.\"\"\"
    ### BEGIN SOLUTION
    y = 2 * x
    return y
    ### END SOLUTION
print(f(1))"""
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def test_a_solution_becomes_a_stub_with_the_indentation_of_its_marker() -> None:
    assert with_stub(SOLVED, STUB) == (
        'def f(x):\n    """Double x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()\nprint(f(1))'
    )


def test_two_regions_become_two_stubs() -> None:
    assert with_stub(SOLVED + "\n" + SOLVED, "pass").count("    pass\n") == 2


def test_hidden_tests_are_taken_out_with_their_markers() -> None:
    source = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(3) == 6\n### END HIDDEN TESTS"
    assert without_regions(source) == "assert f(1) == 2"
    assert [line.text for line in hidden_lines(source)] == ["assert f(3) == 6"]
    assert has_region(source, RegionKind.HIDDEN_TESTS) and not has_region(source, RegionKind.SOLUTION)


def test_only_the_regions_that_are_named_are_taken_out() -> None:
    assert without_regions(SOLVED, {RegionKind.HIDDEN_TESTS}) == SOLVED


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a\n### BEGIN SOLUTION\nb", 2, "without an END SOLUTION"),
        ("a\n### END SOLUTION", 2, "without a BEGIN"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 2, "inside the region"),
        ("### BEGIN SOLUTION\n### BEGIN HIDDEN TESTS\n### END SOLUTION", 2, "inside the region"),
        ("### BEGIN HIDDEN TESTS\n### END SOLUTION", 2, "before END HIDDEN TESTS"),
        ("### BEGIN SOLUTION ### END SOLUTION", 1, "two markers"),
    ],
)
def test_markers_that_do_not_pair_up_are_refused_with_their_line(source: str, line: int, reason: str) -> None:
    with pytest.raises(RegionBroken) as problem:
        lines_of(source)
    assert problem.value.line == line and reason in problem.value.reason


MISTYPED = [
    "### BEGIN HIDEN TESTS",
    "### BEGIN HIDDEN TEST",
    "### begin solution",
    "### BEIGN SOLUTION",
    "### BEGIN  SOLUTION",
    "# BEGINSOLUTION",
    "### BEGIN_SOLUTION",
    "    ### END SOLUTON",
    "### END OF SOLUTION",
    "### SOLUTION BEGIN",
    "### HIDDEN TESTS",
    "### BEGIN HIDDEN",
    "### BEGIN",
    "=== BEGIN MARK SHEME ===",
    "== BEGIN MARKSCHEME ==",
    "BEGN SOLUTION",
    "x = 1  # END SOLUTIN",
    "<!-- END MARK SCHEEM -->",
    "# Begin hidden test",
    "### BEGIN HIDDENTESTS (keep this line)",
    "### EN SOLUTION",
    "### EDN HIDDEN TESTS",
    "### BEGIN SOULTION",
    "**BEGN SOLUTION**",
    "# end solution",
    "### START HIDDEN TESTS",
    "### STOP SOLUTION",
]

HONEST = [
    "# new solution",
    "# 2nd solution",
    "# the solution",
    "## Hidden tests",
    "# and solution",
    "# NEW SOLUTION",
    "# YOUR CODE HERE",
    "end_solution = 3",
    "# the end of the begin",
    "x = begin(solution)  # solve it",
    "## Part 1: train the head",
    "# TESTS",
    "# A SOLUTION THAT WORKS WITH KERAS 3",
    "# one solution",
    "# test the hidden layer",
    "There are hidden tests. Begin with the head.",
    "# hidden test",
    "# begin training",
    "# Mark the sentences",
    "raise NotImplementedError()",
    "# hidden layer tests",
    "BEGIN WITH THE END IN MIND",
    "# This test has hidden parts; they run after you hand in",
    "# begin session",
]


@pytest.mark.parametrize("line", MISTYPED)
def test_a_mistyped_marker_is_found(line: str) -> None:
    assert [typo.line for typo in mistyped_markers(f"x = 1\n{line}\ny = 2")] == [2]


@pytest.mark.parametrize("line", HONEST)
def test_an_ordinary_line_is_no_mistyped_marker(line: str) -> None:
    assert surviving_markers(line) == ()


def test_an_exact_marker_may_stand_in_a_source_but_may_not_survive() -> None:
    assert mistyped_markers(SOLVED) == ()
    assert [typo.line for typo in surviving_markers(SOLVED)] == [3, 6]


letters = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@given(st.sampled_from(MARKERS), st.data())
def test_one_slip_of_the_finger_in_a_marker_is_always_found(marker: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(marker) - 1))
    slip = data.draw(st.sampled_from(["drop", "double", "swap", "change", "lower"]))
    wrong = {
        "drop": marker[:at] + marker[at + 1 :],
        "double": marker[: at + 1] + marker[at:],
        "swap": marker[:at] + marker[at : at + 2][::-1] + marker[at + 2 :],
        "change": marker[:at] + data.draw(letters) + marker[at + 1 :],
        "lower": marker.lower(),
    }[slip]
    assert surviving_markers(f"### {wrong}")


def test_a_region_may_say_itself_what_students_get() -> None:
    source = (
        "def f(x):\n    ### BEGIN SOLUTION\n    ### STUDENTS GET: y = ...\n    ### STUDENTS GET:\n"
        "    ### STUDENTS GET: return y\n    return x * 2\n    ### END SOLUTION\nf(1)"
    )
    assert with_stub(source, "pass") == "def f(x):\n    y = ...\n\n    return y\nf(1)"


def test_a_region_may_say_that_students_get_nothing_and_the_next_one_has_its_stub() -> None:
    nothing = "### BEGIN SOLUTION\n### STUDENTS GET NOTHING\nx = 1\n### END SOLUTION\n"
    assert with_stub(f"{nothing}y = 2\n{SOLVED}", "pass").startswith("y = 2\n")
    assert with_stub(f"{nothing}y = 2\n{SOLVED}", "pass").count("    pass\n") == 1
