"""How many rows graded work was trained on: the run's fit ledger against the rows that the grader supplied.

The ledger counts rows and does not say which they are, or their labels; a kernel can forge it. All that
follows is a hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.guidelines import ledger
from autograder.guidelines.data_sources import asked_subsets, plain
from autograder.guidelines.first_weights import place_of
from autograder.guidelines.ledger import Training
from autograder.guidelines.rule import Evidence, Hit
from autograder.model.assignment import Firmness
from autograder.model.results import Severity

_FEW: Final = 3
"""Graded work is trained on at least one in so many rows: a training side is mostly far larger."""


def check(evidence: Evidence, required: tuple[str, ...]) -> Iterator[Hit]:
    """Find graded names trained on more rows than there are, or on few of them."""
    supplied = _supplied(evidence, required)
    if not supplied:
        return
    for name, fits in ledger.trainings_by_name(evidence.execution, evidence.assignment).items():
        own = [fit for fit in fits if fit.whole and name in fit.names]
        many = next((fit for fit in own if _least(fit) > max(supplied)), None)
        if many is not None:
            yield _hit(
                evidence,
                many,
                f"The run trained `{name}` on {many.rows:,} rows, and {max(supplied):,} were supplied: some "
                "were repeated, made or added.",
                "Say in the text where the further rows come from.",
            )
        elif own and all(_is_counted(fit) and _FEW * fit.rows < min(supplied) for fit in own):
            most = max(own, key=lambda fit: fit.rows)
            yield _hit(
                evidence,
                most,
                f"The run trained `{name}` on {most.rows:,} rows of {min(supplied):,}.",
                "Train what is graded on the whole training side, or say in the text why not.",
            )


def _supplied(evidence: Evidence, required: tuple[str, ...]) -> list[int]:
    """Return the sizes of the tables that graded work may be trained on."""
    names = {plain(name.rpartition("/")[2]) for name in required}
    subsets = asked_subsets(evidence.settings, required)
    sizes = []
    for place, count in evidence.supplied.rows.items():
        dataset, _, configuration = place.rpartition("/")
        if plain(dataset.rpartition("/")[2]) in names and (not subsets or plain(configuration) in subsets):
            sizes.append(count)
    return sizes


def _least(fit: Training) -> int:
    """Return how many rows there were at least: the last batch of a pipeline counts as a whole one."""
    if fit.steps > 0 and fit.rows % fit.steps == 0:
        return fit.rows - fit.rows // fit.steps + 1
    return fit.rows


def _is_counted(fit: Training) -> bool:
    """Whether rows were counted. As many rows as steps are rather batches, of a generator for example."""
    return fit.rows > 0 and fit.rows != fit.steps


def _hit(evidence: Evidence, fit: Training, message: str, instead: str) -> Hit:
    return Hit(
        place=place_of(evidence, fit),
        message=message,
        instead=instead,
        firmness=Firmness.HINT,
        severity=Severity.INFO,
        from_run=True,
    )
