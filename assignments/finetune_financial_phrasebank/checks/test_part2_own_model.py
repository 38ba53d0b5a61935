"""Part 2, judged without believing the run: its head and adapters, loaded into our own copy of the base model."""

from __future__ import annotations

from typing import Any

import numpy as np
from adapters import Base, base_of, head_and_added, missing, paired, refuse_wrong_shapes, without_adapters
from arrays import Layer, floating, kinds_of_sites

from autograder.checks.api import (
    Grade,
    HoldoutRows,
    Judge,
    Run,
    Student,
    Weight,
    accuracy,
    check,
    fail,
    note,
    partial,
    predictions,
    waiting,
)

TOLERANCE = 0.02  # of the sentences: merged or beside, a sum is rounded differently
NAME = "part2_lora"


@check("part2.works-in-our-own-model")
def works_in_our_own_model(student: Student, run: Run, holdout: HoldoutRows, judge: Judge) -> Grade | None:
    """The base model's own weights, the head and the rank-8 adapters must give the answers of `part2_lora`."""
    listing = run.weights(NAME)
    described: Any = judge.within(seconds=280).run("base_weights.py", classes=len(holdout.classes))
    base = base_of(described)
    head, adapters = recognised(run, listing, base)
    values = {
        array.site: array.values
        for array in student.within(seconds=100, megabytes=64).arrays(
            NAME,
            sites=[weight.site for weight in (*head, *(one for pair in adapters.values() for one in pair))],
        )
    }
    for array in values.values():
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            fail("Some weights of head or adapters are no finite numbers.")
    if any(not values[one.site].any() for pair in adapters.values() for one in pair):
        fail("Some adapters are zero after training: they did not learn.")
    said = student.within(seconds=280).call("predict_sentiment", student.ref(NAME), holdout.inputs)
    answers = [str(answer) for answer in predictions(said, len(holdout.inputs), holdout.classes)]
    found: Any = judge.within(seconds=280).run(
        "merged_lora.py",
        classes=list(holdout.classes),
        head=[values[weight.site].astype(np.float32) for weight in head],
        adapters=[
            [*layer, *upright(values[a.site], values[b.site], base, layer)]
            for layer, (a, b) in adapters.items()
        ],
        inputs=holdout.inputs,
        answers=answers,
        enough=1 - TOLERANCE,
    )
    same = sum(one == other for one, other in zip(found["predicted"], answers, strict=True)) / len(answers)
    right = accuracy(found["predicted"], holdout.labels, classes=holdout.classes, name="own_model")
    note("agreement", same)
    note("scale", found["scale"])
    if same < 1 - TOLERANCE:
        waiting(
            "In our own copy of the base model, head and adapters give other answers than `predict_sentiment`. "
            "A person will look at it."
        )
    if right <= holdout.floor_upper:
        return partial("0.5", "They do, but no better than a constant answer would.")
    return None


def recognised(
    run: Run, listing: tuple[Weight, ...], base: Base
) -> tuple[tuple[Weight, ...], dict[Layer, tuple[Weight, Weight]]]:
    """Return the arrays of the head, and those of the adapters by layer; fail or wait where they are not there."""
    gone = missing(listing, base)
    head, added = head_and_added(listing, base)
    another = 2 * len(gone) > len(base.body)
    if another and (added or len(floating(listing)) < len(base.body)):
        waiting(f"The structure of `{NAME}` was not recognised. A person will look at it.")
    changed = kinds_of_sites(part.site for part in gone)
    if not added:
        without_adapters(run, set(changed))
    if gone:
        fail(f"These are not the base model's own weights any more: {', '.join(changed)}.")
    if head is None:
        waiting(f"The classifier head of `{NAME}` was not recognised. A person will look at it.")
    refuse_wrong_shapes(added, base.shapes)
    adapters = paired(added, floating(listing), base)
    if adapters is None:
        waiting("It could not be told which adapter belongs to which layer. A person will look at it.")
    return head, adapters


def upright(a: Any, b: Any, base: Base, layer: Layer) -> tuple[Any, Any]:
    """Return A (fan in x rank) and B (rank x fan out) as 32-bit floats, however they are stored."""
    fan_in, fan_out = base.shapes[layer]
    a = a if a.shape[0] == fan_in else a.T
    b = b if b.shape[1] == fan_out else b.T
    return a.astype(np.float32), b.astype(np.float32)
