"""What a notebook itself says of its accuracy, to be read beside what was measured. A claim earns nothing.

The last accuracy that was printed up to a checkpoint counts: first in the outputs that were handed in, else
in those of our run. Pictures are not read, and a number without the word accuracy beside it is no claim.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograder.model.assignment import Assignment
from autograder.model.execution import Execution, ReachedCheckpoint
from autograder.model.results import CheckResult
from autograder.model.submission import Submission

FIGURE = "accuracy"
CLAIM = "claimed"
_SAID = re.compile(
    r"\bacc(?:uracy)?(?:[ _]score)?\b[^\n\d%]{0,24}?(\d{1,3}(?:\.\d+)?|\.\d+)\s*(%?)", re.IGNORECASE
)
_PRINTED_BYTES = 200_000


def with_claims(
    results: Sequence[CheckResult], submission: Submission, execution: Execution, assignment: Assignment
) -> tuple[CheckResult, ...]:
    """The results, those that measured an accuracy also with the accuracy that the notebook printed."""
    after = {spec.id: spec.after for spec in assignment.checks}
    places = {place.id: place for place in execution.checkpoints}
    return tuple(
        _with_claim(result, places[wanted], submission, execution)
        if (wanted := after.get(result.check_id)) in places
        else result
        for result in results
    )


def claimed_accuracy(notebook: str, *, until: str = "", before: int | None = None) -> float | None:
    """The last accuracy in [0, 1] that the outputs of a notebook (nbformat 4 JSON text) name, or None.

    `until` is the id of the last cell that counts, `before` the place of the first one that does not.
    """
    cells = json.loads(notebook).get("cells", [])[:before]
    ids = [cell.get("id") for cell in cells]
    if until in ids:
        cells = cells[: ids.index(until) + 1]
    claims = [claim for cell in cells for text in _printed(cell) for claim in _claims(text)]
    return claims[-1] if claims else None


def _with_claim(
    result: CheckResult, place: ReachedCheckpoint, submission: Submission, execution: Execution
) -> CheckResult:
    names = [name for name in result.figures if name.split(".")[-1] == FIGURE]
    if not names:
        return result
    cell = next(
        (found.cell_id for found in execution.cells
         if (found.notebook, found.position) == (place.notebook, place.position)), "",
    )  # fmt: skip
    claim = None
    if place.notebook in submission.stored:
        claim = claimed_accuracy(submission.stored[place.notebook], until=cell)
    if claim is None and place.notebook in execution.executed:
        # What was printed after a hidden test was sent may tell of it, and figures are shown to students.
        claim = claimed_accuracy(
            execution.executed[place.notebook], until=cell, before=_first_that_may_tell(place, execution)
        )
    if claim is None:
        return result
    claims = {name.removesuffix(FIGURE) + CLAIM: claim for name in names}
    return replace(result, figures={**result.figures, **claims})


def _first_that_may_tell(place: ReachedCheckpoint, execution: Execution) -> int:
    """The place of the first cell of a checkpoint's notebook whose outputs may hold hidden text."""
    if execution.embargo_from is None:
        return place.position + 1
    hidden, position = execution.embargo_from
    if hidden == place.notebook:
        return position
    order = list(dict.fromkeys((*(cell.notebook for cell in execution.cells), *execution.executed)))
    later = hidden in order and order.index(hidden) > order.index(place.notebook)
    return place.position + 1 if later else 0


def _printed(cell: Mapping[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        found = output.get("text") or output.get("data", {}).get("text/plain", "")
        text = found if isinstance(found, str) else "".join(found)
        yield text[-_PRINTED_BYTES:]


def _claims(text: str) -> Iterator[float]:
    for number, percent in _SAID.findall(text):
        value = float(number) / (100 if percent or float(number) > 1 else 1)
        if 0 <= value <= 1:
            yield value
