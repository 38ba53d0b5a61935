"""What the record of trainings says about one model. It is what the kernel reports: good for honest work.

A loop with a gradient tape leaves no record. Then a person has to look, and nobody loses points.
"""

from __future__ import annotations

from collections.abc import Sequence

from arrays import Parts, read, without

from autograder.checks.api import CheckFailed, Fit, Run, Weight, waiting


def trainings(run: Run, name: str, now: Sequence[Weight]) -> tuple[Fit, ...]:
    """Return the trainings of the model in `name`, found by object or else by content."""
    fits = [fit for fit in run.fits() if fit.before and fit.after]
    mine = [fit for fit in fits if name in fit.names]
    if not mine:  # a wrapper was trained, or its weights were copied into the object that was named
        same = {fit.model for fit in fits if not without(fit.after, now) and not without(now, fit.after)}
        mine = [fit for fit in fits if fit.model in same]
    return tuple(mine) or waiting(
        f"No training of `{name}` with Keras' `fit` was recorded. A person will look at it."
    )


def moves_body(fit: Fit) -> bool:
    """Whether arrays of the pre-trained body moved in this training."""
    before = read(fit.before)
    return before is not None and bool(without(before.body, fit.after))


def trained_heads(run: Run, *, beside: str = "") -> tuple[Parts, ...]:
    """Return the models whose head was trained while the body stayed, as they were after that training.

    Adapters that hang outside the blocks look like a head. So trainings of the model named `beside` do not count
    when it had more arrays than another one.
    """
    found = []
    for fit in run.fits():
        before, after = read(fit.before), read(fit.after)
        if before and after and not moves_body(fit) and without(after.head, before.head):
            found.append((beside in fit.names, after))
    fewest = min((len(after.everything) for _, after in found), default=0)
    return tuple(after for named, after in found if not named or len(after.everything) == fewest)


def listing_or_none(run: Run, name: str) -> tuple[Weight, ...]:
    """Return the weights of a model that may be gone by now; nothing then."""
    try:
        return run.weights(name)
    except CheckFailed:
        return ()
