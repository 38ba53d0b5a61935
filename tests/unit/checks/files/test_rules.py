"""Check files of no assignment: one check for each thing that a check can do."""

from __future__ import annotations

import contextlib
import os
import sys
import time

import pytest
from sites import EXPECTED_SITES  # a helper module beside the check files

from autograder.checks.api import (
    accuracy,
    check,
    fail,
    grade_by,
    note,
    partial,
    waiting,
)


@check("passes")
def it_passes(student):
    """The answer must be right."""
    note("answer", student.integer("answer"))
    assert student["answer"] == 42


@check("fails")
def it_fails(student):
    """The answer must be right.

    This paragraph is for authors.
    """
    expected = 43
    assert student["answer"] == expected


@check("fails.fixed-text")
def a_plain_text_after_the_comma(student):
    assert student["answer"] == 43, "The answer is another one."


@check("fails.computed-text")
def a_computed_text_after_the_comma(student):
    """Look at the answer again."""
    expected = 43
    assert student["answer"] == expected, f"expected {expected}"


@check("fails.library")
def an_assertion_in_a_library():
    """The arrays must be equal."""
    import numpy as np

    np.testing.assert_allclose([1.0], [2.0])


@check("fails.reason")
def a_reason():
    fail("Give the answer in metres.")


@check("fails.pytest")
def pytest_fails():
    """Something is missing."""
    pytest.fail("expected 43")


@check("fails.silent")
def no_words_at_all():
    assert not "here"


@check("waits")
def it_waits():
    waiting("The parts are in another order.")


@check("skips")
def it_skips():
    pytest.skip("not today")


@check("errs")
def it_errs():
    raise KeyError("ours")


@check("returns")
def it_returns_something():
    return True


@check("partial")
def half():
    """All of it."""
    return partial("0.5", "Half of it is there.")


@check("nothing")
def none_of_it():
    """All of it."""
    return partial("0")


@check("graded")
def graded(student, holdout):
    """Predict withheld sentences."""
    return grade_by(
        accuracy(student.call("predict", holdout.inputs), holdout.labels), {"0.7": "0.5", "0.9": "1"}
    )


@check("number")
def a_number(student):
    assert student.number("answer") > 0


@check("array")
def an_array(student):
    assert student.array("matrix", shape=(None, 3)).sum() == 21


@check("text")
def a_text(student):
    assert student.text("answer")


@check("swallows")
def it_swallows_everything(student):
    with contextlib.suppress(Exception):
        student["unheard_of"]


@check("moves")
def only_the_expected_sites_moved(run):
    """Only the head may move."""
    assert {array.site for array in run.moved("model")} == EXPECTED_SITES


@check("moves.since", watch={"early": ["model"]})
def what_moved_since(run):
    assert {array.site for array in run.moved("model", since="early")} == {"base.kernel"}


@check("moves.undeclared")
def an_undeclared_comparison(run):
    run.moved("model", since="early")


@check("reads")
def reads_the_notebook(run):
    assert [cell.source for cell in run.notebook.cells] == ["x = 1"]


@check("streams")
def streams_arrays(student):
    assert {array.site: array.values.sum() for array in student.arrays("model")} == {
        "base.kernel": 6.0,
        "head.kernel": 3.0,
    }


@check("prints")
def it_prints():
    print("process", os.getpid())
    assert not "here", "It printed."


@pytest.fixture
def own_fixture(student):
    return student.integer("answer")


@check("fixture")
def uses_a_fixture(own_fixture):
    assert own_fixture == 42


@check("arrays-at-sites")
def only_the_head(student):
    assert [array.site for array in student.arrays("model", sites={"head.kernel"})] == ["head.kernel"]


@check("judged")
def doubled_by_the_judge(student, judge):
    assert judge.run("double.py", numbers=student.array("numbers")) == [2, 4], "not what the judge says"


@check("judged-within")
def judged_within_limits(judge):
    judge.within(seconds=500, megabytes=1).run("double.py", numbers=[])


@check("judge-out-of-the-folder")
def leads_out_of_the_folder(judge):
    judge.run("../sites.py")


@check("judge-without-a-file")
def no_such_script(judge):
    judge.run("nothing.py")


@check("loops")
def it_loops():
    while True:
        time.sleep(0.01)


@check("exits")
def it_exits():
    sys.exit(0)


@check("dies")
def it_dies():
    os._exit(0)


@check("many-answers")
def asks_for_ever(student):
    turn = 0
    while True:
        student.call("slow", turn)
        turn += 1


@check("never-declared")
def not_in_the_toml():
    pass


def test_nobody_calls_this():
    raise AssertionError
