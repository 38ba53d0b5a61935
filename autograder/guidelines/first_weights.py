"""Which weights a graded model began with: the run's fit ledger against the supplied base models' own files.

The figures of the files come from outside; the ledger is what the student's kernel said, and a kernel can
forge it. Weights of another precision, and whatever the ledger does not list, are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from autograder.guidelines import ledger
from autograder.guidelines.facts import Facts
from autograder.guidelines.ledger import Training, Weight
from autograder.guidelines.rule import Evidence, Hit
from autograder.model.assignment import Firmness
from autograder.model.results import Place, Severity

LARGE: Final = 10_000
"""Smaller weights are not looked at: heads and adapters are new, and constants are alike everywhere."""
SMALLEST: Final = 1_000_000
"""A model with fewer numbers in its large weights is no pre-trained one, but a head on what one computed."""
_DTYPE: Final = "float32"
_LOOPS: Final = frozenset({"GradientTape", "apply_gradients", "train_on_batch"})
_KEEPS: Final = frozenset({"ModelCheckpoint", "BackupAndRestore"})


@dataclass(slots=True)
class _Memory:
    """Digests met so far: `known` ones stem from an allowed model, `unsure` ones may or may not."""

    known: set[str]
    unsure: set[str] = field(default_factory=set)
    trained: bool = False


def check(evidence: Evidence) -> Iterator[Hit]:
    """Find graded names whose training began with other weights than those of an allowed model."""
    if not evidence.supplied.weights:
        return
    for name, fits in ledger.trainings_by_name(evidence.execution, evidence.assignment).items():
        yield from _of_name(evidence, name, fits)


def _of_name(evidence: Evidence, name: str, fits: Sequence[Training]) -> Iterator[Hit]:
    """Go through the fits in order; what began with known weights makes known weights."""
    memory = _Memory(set(evidence.supplied.weights))
    for fit in fits:
        weights = [each for each in _large(fit.before) if each.digest not in memory.unsure]
        total = sum(each.size for each in weights)
        known = sum(each.size for each in weights if each.digest in memory.known)
        foreign = total >= SMALLEST and 2 * known < total
        if foreign and fit.whole and name in fit.names:
            yield _hit(evidence, name, fit, known, total, memory)
            return
        if fit.cut:  # it may have made any weights that a later fit begins with
            return
        after = {each.digest for each in _large(fit.after)}
        if total < SMALLEST:
            memory.unsure |= after - memory.known
        elif not foreign:
            memory.known |= after
            memory.trained = True


def _large(weights: Sequence[Weight]) -> list[Weight]:
    return [each for each in weights if each.size >= LARGE and not each.zero and each.dtype == _DTYPE]


def _hit(evidence: Evidence, name: str, fit: Training, known: int, total: int, memory: _Memory) -> Hit:
    message = (
        f"In the run, `{name}` began with other weights than those of the model that the assignment "
        f"supplies: {known:,} of the {total:,} numbers in its large weights stem from it."
    )
    hit = Hit(
        place=place_of(evidence, fit),
        message=message,
        instead="Start from the model that the assignment names, as it is loaded in the sandbox.",
        firmness=Firmness.PROPOSED,
        severity=Severity.WARNING,
        from_run=True,
    )
    doubt = _doubt(evidence.reading.facts, memory)
    return replace(hit, message=f"{message} {doubt}", firmness=Firmness.HINT) if doubt else hit


def _doubt(facts: Facts, memory: _Memory) -> str:
    """Say what honest code there is that makes weights which the ledger does not list."""
    called = {call.method for call in facts.calls if not call.where.switched_off}
    if called & _LOOPS:
        return "The code also trains in a loop of its own, which the run does not record."
    if memory.trained and called & _KEEPS:
        return "The code also keeps weights during a training, which the run does not record."
    return ""


def place_of(evidence: Evidence, fit: Training) -> Place:
    """Return the cell that trained, as the run names it; the first notebook where the run names none."""
    notebooks = evidence.submission.notebooks
    if fit.notebook not in notebooks:
        return Place(file=next(iter(notebooks), ""))
    records = evidence.execution.cells if evidence.execution is not None else ()
    ids = [each.cell_id for each in records if (each.notebook, each.position) == (fit.notebook, fit.cell)]
    return Place(file=fit.notebook, cell=fit.cell, cell_id=ids[0]) if ids else Place(file=fit.notebook)
