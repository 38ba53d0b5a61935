"""Part 2: rank-8 adapters on both feed-forward layers of every block, trained alone, counted, and useful."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from adapters import place_of, refuse_wrong_shapes, without_adapters
from arrays import Parts, floating, kinds, kinds_of_sites, read, without
from trainings import listing_or_none, trained_heads, trainings

from autograder.checks.api import (
    Grade,
    HoldoutRows,
    Run,
    Student,
    Weight,
    accuracy,
    check,
    fail,
    grade_by,
    waiting,
)

TIERS = {"0.72": "0.4", "0.76": "0.7", "0.80": "1"}


@dataclass(frozen=True)
class Compared:
    """The model of Part 2 beside the one of (a): what was added, and what is no longer what it was."""

    base: Parts
    added: tuple[Weight, ...]
    changed: tuple[Weight, ...]


def compared(run: Run) -> Compared:
    """Compare by content with that trained head, and its body, which Part 2 resembles most."""
    now = run.weights("part2_lora")
    known = _models_with_trained_head(run)
    if not known:
        waiting("The model of Part 1 (a) was not recognised, so a person will look where Part 2 began.")
    base = min(known, key=lambda one: len(without(one.everything, now)))
    gone = without(base.everything, now)
    if 2 * len(gone) > len(base.everything) and len(floating(now)) < len(base.everything):
        waiting("The structure of `part2_lora` was not recognised. A person will look at it.")
    copied = {(weight.shape, weight.digest) for weight in base.everything}
    new = [weight for weight in without(now, base.everything) if (weight.shape, weight.digest) not in copied]
    for weight in gone:  # what has the shape of an array that is gone is that array, moved
        same = [other for other in new if other.shape == weight.shape]
        if same:
            new.remove(next((other for other in same if other.site == weight.site), same[0]))
    added = tuple(weight for weight in new if weight.size > 1)
    return Compared(base=base, added=added, changed=gone)


@check("part2.rank-8-adapters-on-both-layers")
def rank_8_adapters_on_both_layers(run: Run) -> None:
    """Both feed-forward layers of every block must get a trained adapter of rank 8, and nothing else may be added."""
    found = compared(run)
    if not found.added:
        without_adapters(run, set(kinds_of_sites(weight.site for weight in found.changed)))
    refuse_wrong_shapes(found.added, found.base.layers)
    if any(weight.zero for weight in found.added):
        fail("Some adapters are zero after training: they did not learn.")
    places = Counter(place for weight in found.added if (place := place_of(weight.site)))
    if places.total() == len(found.added) and places != Counter(dict.fromkeys(found.base.layers, 2)):
        fail("The adapters are not spread over both layers of every block.")
    last = trainings(run, "part2_lora", run.weights("part2_lora"))[-1]
    began = without(last.before, found.base.everything)
    if len(without(found.added, began)) != len(found.added):
        fail("Some adapters did not move in training.")


@check("part2.nothing-else-moves")
def nothing_else_moves(run: Run) -> None:
    """The body and the head of (a) must be in the model of Part 2 to the last bit, beside trained adapters."""
    found = compared(run)
    if not found.added:
        without_adapters(run, set(kinds_of_sites(weight.site for weight in found.changed)))
    if found.changed:
        fail(f"Beside what was added, these differ from (a): {kinds(found.changed)}.")


@check("part2.counts")
def counts(student: Student, run: Run) -> None:
    """`added_total` and `added_parms_calc` must be the number of rank-8 LoRA parameters of the loaded model."""
    total, calculated = student.integer("added_total"), student.integer("added_parms_calc")
    expected = _expected_count(run)
    if total != expected:
        fail("`added_total` is not the number of parameters that rank-8 adapters on both layers have.")
    if calculated != expected:
        fail("`added_parms_calc` is not what theory expects for rank 8.")
    sources = [cell.source for cell in run.notebook.cells if cell.cell_type == "code"]
    if any(copies("added_total", "added_parms_calc", source) for source in sources):
        fail("One of the two numbers is a copy of the other, so that their comparison says nothing.")


@check("part2.generalises")
def lora_generalises(student: Student, holdout: HoldoutRows) -> Grade:
    """The model of Part 2 must be right about withheld sentences much more often than a constant answer is."""
    call = student.within(seconds=280).call
    predicted = call("predict_sentiment", student.ref("part2_lora"), holdout.inputs)
    return grade_by(accuracy(predicted, holdout.labels, classes=holdout.classes), TIERS)


def copies(one: str, other: str, source: str) -> bool:
    """Whether a cell binds one of two names to the other as it is, or both at once to one value."""
    for node in _assignments(source):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        bound = {target.id for target in targets if isinstance(target, ast.Name)}
        value = node.value
        if isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
            value = value.args[0]  # int(added_total)
        given = value.id if isinstance(value, ast.Name) else ""
        if {one, other} <= bound or (given == one and other in bound) or (given == other and one in bound):
            return True
    return False


def _assignments(source: str) -> Iterator[ast.Assign | ast.AnnAssign | ast.NamedExpr]:
    """Give the assignments of a cell; lines for the notebook itself (magics, shell) are no Python."""
    lines = [re.sub(r"^(\s*)[%!?].*", r"\1pass", line) for line in source.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            yield node


def _models_with_trained_head(run: Run) -> tuple[Parts, ...]:
    """What Part 2 may have begun with: after a training of the head alone, and the model of (a) as it is now."""
    now = read(listing_or_none(run, "part1_head_only"))
    return (*trained_heads(run, beside="part2_lora"), *([now] if now else []))


def _expected_count(run: Run) -> int:
    model = read(listing_or_none(run, "part2_lora"))
    known = [*_models_with_trained_head(run), *([model] if model else [])]
    if not known:
        waiting("The model was not recognised, so a person will count its parameters.")
    return known[0].adapter_size
