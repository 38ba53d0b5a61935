"""Part 1: what moved in each of the three trainings, and how well (b) and (c) do on withheld sentences."""

from __future__ import annotations

from arrays import kinds, parts, unmoved, without
from trainings import moves_body, trained_heads, trainings

from autograder.checks.api import (
    Grade,
    HoldoutRows,
    Run,
    Student,
    accuracy,
    check,
    fail,
    grade_by,
    partial,
    waiting,
)

TIERS = {"0.72": "0.4", "0.76": "0.7", "0.80": "1"}


@check("part1a.only-the-head-moves")
def only_the_head_moves(run: Run) -> Grade | None:
    """Training (a) must move the classifier head, both of its layers, and nothing else."""
    now = run.weights("part1_head_only")
    found = parts(now, "part1_head_only")
    start = parts(trainings(run, "part1_head_only", now)[0].before, "part1_head_only")
    if moved := without(start.body, found.body):
        fail(f"More than the head moved in (a): {kinds(moved)}.")
    if not without(found.head, start.head):
        fail("The head of (a) is what it was before training.")
    if unmoved((weight for weight in found.head if len(weight.shape) == 2), start.head):
        return partial("0.5", "Only one layer of the head moved.")
    return None


@check("part1b.begins-with-the-trained-head")
def begins_with_the_trained_head(run: Run) -> None:
    """Training (b) must begin with the body and the trained head of (a)."""
    now = run.weights("part1_then_all")
    parts(now, "part1_then_all")
    fits = [fit for fit in trainings(run, "part1_then_all", now) if moves_body(fit)]
    if not fits:
        fail("No training of (b) moved more than the head.")
    heads = trained_heads(run) or waiting(
        "No training of the head alone was recorded. A person will look where (b) began."
    )
    start = parts(fits[0].before, "part1_then_all")
    if not any(not without(start.head, head.head) for head in heads):
        fail("(b) did not begin with the head that (a) trained.")
    if not any(not without(start.everything, head.everything) for head in heads):
        fail("(b) began with the head of (a), but with another body.")


@check("part1b.every-weight-moves")
def every_weight_moves(run: Run) -> None:
    """Training (b) must move all weights of body and head."""
    now = run.weights("part1_then_all")
    parts(now, "part1_then_all")
    fits = trainings(run, "part1_then_all", now)
    start = next((fit for fit in fits if moves_body(fit)), fits[-1])
    if same := unmoved(now, start.before):
        fail(f"Not all weights moved in (b). What stayed: {kinds(same)}.")


@check("part1b.generalises")
def then_all_generalises(student: Student, holdout: HoldoutRows) -> Grade:
    """The model of (b) must be right about withheld sentences much more often than a constant answer is."""
    return _graded(student, holdout, "part1_then_all")


@check("part1c.all-at-once-from-a-fresh-head")
def all_at_once_from_a_fresh_head(run: Run) -> Grade | None:
    """Training (c) must begin with the pre-trained body and a fresh head, and move all weights at once."""
    now = run.weights("part1_all")
    parts(now, "part1_all")
    fit = trainings(run, "part1_all", now)[0]
    start = parts(fit.before, "part1_all")
    heads = trained_heads(run)
    if any(not without(start.head, head.head) for head in heads):
        fail("(c) began with a head that was trained before.")
    if not moves_body(fit):
        fail("(c) first trained the head alone: that is (b).")
    same_model = [head for head in heads if {w.shape for w in head.body} == {w.shape for w in start.body}]
    if same_model and all(without(start.body, head.body) for head in same_model):
        fail("(c) did not begin with the pre-trained body from which (a) began.")
    if same := unmoved(now, start.everything):
        return partial("0.5", f"Not all weights moved. What stayed: {kinds(same)}.")
    return None


@check("part1c.generalises")
def all_at_once_generalises(student: Student, holdout: HoldoutRows) -> Grade:
    """The model of (c) must be right about withheld sentences much more often than a constant answer is."""
    return _graded(student, holdout, "part1_all")


def _graded(student: Student, holdout: HoldoutRows, name: str) -> Grade:
    predicted = student.within(seconds=280).call("predict_sentiment", student.ref(name), holdout.inputs)
    return grade_by(accuracy(predicted, holdout.labels, classes=holdout.classes), TIERS)
