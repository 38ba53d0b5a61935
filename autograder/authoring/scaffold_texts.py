"""The texts of the small assignment that `scaffold` writes. Nothing here is run by this program."""

from __future__ import annotations

ASSIGNMENT = """\
# What grading this assignment means. All keys: docs/reference/assignment-toml.md
schema = 1
id = "{id}"
title = "Two functions on number series"
notebooks = ["{notebook}"]
contract = ["standardise", "moving_average"]     # names students must provide

[environment]
image = "small"                     # autograder.toml says which Docker image that is

[limits]
total_seconds = 300
cell_seconds = 60
memory_gib = 1
work_gib = 0.25
tmp_gib = 0.25

# A test cell of the notebook. It runs where it stands, in the student's kernel.
[[checks]]
id = "standardise.examples"
kind = "cells"
cell = "test_standardise"
points = 3
title = "standardise: examples"
visibility = "visible"

[[checks]]
id = "moving_average.examples"
kind = "cells"
cell = "test_moving_average"
points = 3
title = "moving_average: examples"
visibility = "visible"

# A function in checks/. It runs outside the student's kernel, which only ever sees the numbers.
[[checks]]
id = "new-numbers"
kind = "pytest"
assurance = "separated"
points = 4
title = "Both functions on numbers nobody has seen"

# A question that a person grades.
[[checks]]
id = "reflection"
kind = "manual"
cell = "reflection"
points = 2
title = "When standardising goes wrong"
rubric = "rubrics/reflection.toml"

[guidelines]
cap = 1

[guidelines.rules.paths]
points = 1
"""

CHECKS = '''\
"""Checks that run outside the student's kernel. Points and visibility stand in assignment.toml."""

import numpy as np

from autograder.checks.api import check, fail


def numbers(answer, size, function):
    """Give what a student's function returned as an array; fail the check for anything else."""
    try:
        found = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        fail(f"`{function}` must return numbers.")
    if found.shape != (size,):
        fail(f"`{function}` must return one series of the right length.")
    return found


@check("new-numbers")
def both_functions_work_on_new_numbers(student):
    """Both functions must work on other numbers than those of the examples."""
    drawn = np.random.default_rng(7).normal(5.0, 3.0, size=40)
    standard = numbers(student.call("standardise", drawn), 40, "standardise")
    assert np.allclose(standard, (drawn - drawn.mean()) / drawn.std()), "`standardise` gives other numbers."
    average = numbers(student.call("moving_average", drawn, 7), 34, "moving_average")
    expected = [drawn[start : start + 7].mean() for start in range(34)]
    assert np.allclose(average, expected), "`moving_average` gives other numbers."
'''

RUBRIC = """\
[[items]]
id = "case"
text = "Names a case in which standardising is wrong or does nothing, such as constant values or outliers"
points = 1

[[items]]
id = "reason"
text = "Says why, in terms of mean and standard deviation"
points = 1
"""

INTRO = """
# Two functions on number series

Write the two functions and answer the question. Locked cells show what your functions must do.
"""

STANDARDISE_TASK = """
## 1. Standardise

`standardise(values)` takes a series of numbers and returns it with mean 0 and standard deviation 1.
A series whose values are all equal becomes a series of zeros.
"""

STANDARDISE = '''
def standardise(values):
    """Return the values with mean 0 and standard deviation 1."""
    ### BEGIN SOLUTION
    values = np.asarray(values, dtype=float)
    spread = values.std()
    centred = values - values.mean()
    return centred / spread if spread > 0 else centred
    ### END SOLUTION
'''

TEST_STANDARDISE = """
result = standardise([1.0, 2.0, 3.0, 4.0])
assert np.isclose(np.mean(result), 0), "the mean must be 0"
assert np.isclose(np.std(result), 1), "the standard deviation must be 1"
### BEGIN HIDDEN TESTS
assert np.allclose(standardise([2.5, 2.5, 2.5]), [0, 0, 0]), "equal values become zeros"
### END HIDDEN TESTS
"""

MOVING_AVERAGE_TASK = """
## 2. Moving average

`moving_average(values, width)` returns the mean of each window of `width` neighbouring values.
A series of 5 values has 3 windows of width 3.
"""

MOVING_AVERAGE = '''
def moving_average(values, width):
    """Return the mean of every window of `width` neighbouring values."""
    ### BEGIN SOLUTION
    sums = np.cumsum(np.insert(np.asarray(values, dtype=float), 0, 0.0))
    return (sums[width:] - sums[:-width]) / width
    ### END SOLUTION
'''

TEST_MOVING_AVERAGE = """
assert np.allclose(moving_average([1, 2, 3, 4, 5], 3), [2, 3, 4])
### BEGIN HIDDEN TESTS
assert np.allclose(moving_average([4, 8], 1), [4, 8]), "windows of one value change nothing"
### END HIDDEN TESTS
"""

REFLECTION_TASK = """
## 3. A question

Describe a series for which standardising is a bad idea, and say why.
"""

REFLECTION = """
A series with one huge outlier: the outlier sets mean and standard deviation, and all other values end up
close to each other, so that their differences are lost.
"""

WRONG_WINDOW = """\
schema = 1
description = "Divides every window by its width plus one"
status = "pending"                  # a person has still to read the answer
run_outcome = "cell_failed"         # the test cell of the wrong function fails
score = [3, 3]                      # what is known so far

[checks]
"standardise.examples" = "passed"
"moving_average.examples" = "failed"
"new-numbers" = "failed"
"reflection" = "waiting"

[[notebooks]]
replace = [{ cell = "moving_average", file = "moving_average.py" }]
"""

WRONG_WINDOW_CELL = """\
def moving_average(values, width):
    windows = [values[start : start + width] for start in range(len(values) - width + 1)]
    return [sum(window) / (width + 1) for window in windows]
"""

HALF_DONE = """\
schema = 1
description = "Only the first function is written, and equal values divide by zero"
status = "pending"
run_outcome = "cell_failed"
score = [0, 0]

[checks]
"standardise.examples" = "failed"
"moving_average.examples" = "failed"
"new-numbers" = "failed"
"reflection" = "waiting"

[[notebooks]]
base = "untouched"
replace = [{ cell = "standardise", file = "standardise.py" }]
"""

HALF_DONE_CELL = """\
def standardise(values):
    values = np.asarray(values, dtype=float)
    return (values - values.mean()) / values.std()
"""
