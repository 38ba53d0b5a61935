"""What the small honest assignment asks of a notebook."""

import numpy as np

from autograder.checks.api import check, fail


@check("predict.new-prices")
def predictions_are_right_for_new_prices(student):
    """`predict` must say for every price whether it is above the mean."""
    drawn = np.random.default_rng(11).normal(100.0, 8.0, size=200)
    answer = student.call("predict", drawn)
    found = np.asarray(answer)
    if found.shape != (200,) or found.dtype.kind not in "biuf":
        fail("`predict` must give one number per price.")
    assert (found.astype(int) == (drawn > drawn.mean())).all(), "`predict` is wrong for some prices."


@check("above-mean")
def prices_above_the_mean_are_counted(student):
    """`above_mean` must be the number of prices above their mean."""
    assert student.integer("above_mean") == 5, "`above_mean` is another number."
