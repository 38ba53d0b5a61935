"""Figures of what the grader gave to a run: digests of the base models' weights, and numbers of rows.

They are made when a rule can use them, the digests once in a process. What is not in the store, or has a
format that cannot be read here, gives no figures; nothing is then compared with it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import GraderError
from autograder.guidelines.rule import Supplied
from autograder.model.assignment import Assignment, RuleSpec
from autograder.model.evidence import QuestionKind
from autograder.model.execution import Execution
from autograder.model.submission import Submission

if TYPE_CHECKING:
    from autograder.assets.store import Store
    from autograder.assets.view import AssetView

_WEIGHTS = ".safetensors"


def supplied_to(
    submission: Submission,
    execution: Execution,
    assignment: Assignment,
    store: Store,
    view: Callable[[], AssetView],
) -> Supplied:
    """The figures that the assignment's rules can use for this run; without a fit ledger there are none.

    `view` gives what the run saw of the store.
    """
    from autograder.guidelines.registry import find

    if not any(exchange.question.kind is QuestionKind.FITS for exchange in execution.exchanges):
        return Supplied()
    rules = {str(find(spec.id).id): spec for spec in assignment.rules}
    return Supplied(
        weights=weights_of(assignment, rules["base_model"], store) if "base_model" in rules else frozenset(),
        rows=rows_of(submission, view) if "data" in rules else {},
    )


def weights_of(assignment: Assignment, rule: RuleSpec, store: Store) -> frozenset[str]:
    """Digests of the large weights of the models that may be graded.

    Empty when one of them is not in the store as 32-bit safetensors: its weights would pass for foreign ones.
    """
    from autograder.guidelines.model_names import is_financial, same_model

    allowed, extra = rule.settings.get("allowed", ()), rule.settings.get("financial", ())
    names = [
        name
        for name in assignment.assets.models
        if (any(same_model(name, each) for each in allowed) if allowed else not is_financial(name, extra))
    ]
    if any(not any(same_model(name, each) for name in names) for each in allowed):
        return frozenset()
    try:
        models = [_digests_of_model(store, name) for name in names]
    except GraderError:
        return frozenset()
    return frozenset().union(*models) if all(models) else frozenset()


def rows_of(submission: Submission, view: Callable[[], AssetView]) -> Mapping[str, int]:
    """Rows that the run could load, by data set and configuration, with copies where it had them."""
    try:
        seen = view()
    except GraderError:
        return {}
    padded = needs_padding(submission, seen)
    return {
        place: count + (seen.withheld.get(place, 0) if padded else 0) for place, count in seen.shown.items()
    }


def needs_padding(submission: Submission, view: AssetView) -> bool:
    """Whether a notebook counts on the number of rows that the published data set has."""
    from autograder.assets.padding import counts_on_withheld_rows

    return bool(view.withheld) and counts_on_withheld_rows(submission.notebooks, view.shown, view.withheld)


def _digests_of_model(store: Store, name: str) -> frozenset[str]:
    files = [file for file in store.model(name).files if file.path.endswith(_WEIGHTS)]
    return frozenset[str]().union(*(_digests_of(store.root, file.digest) for file in files))


@functools.cache
def _digests_of(root: Path, digest: str) -> frozenset[str]:
    from autograder.assets.blobs import Blobs
    from autograder.assets.safetensors import digests
    from autograder.guidelines.first_weights import LARGE

    return digests(Blobs(root / "blobs").verified(digest), at_least=LARGE)
