"""The run as a check sees it: weights and what moved, trainings, and the executed notebook.

All of it is what the kernel reported about itself. Judging by it is `reported` or `shared`, never
`separated`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from autograder.checks.asking import ANSWER_BYTES, MIB, Asking
from autograder.checks.fits import Fit, read_fits
from autograder.checks.verdicts import CheckFailed, waiting
from autograder.checks.weights import MovedArray, NoListing, Weight, read_listing
from autograder.checks.weights import moved as moved_between
from autograder.formats import notebook
from autograder.formats.notebook import Notebook
from autograder.model.evidence import Question, QuestionKind
from autograder.model.ids import CheckpointId

LISTING_BYTES = ANSWER_BYTES
LISTING_SECONDS = 120.0


def weights_question(name: str) -> Question:
    """Return the question for the listing of a model's weights; equal wherever it is asked."""
    return Question(kind=QuestionKind.WEIGHTS, name=name, at_most=LISTING_BYTES, seconds=LISTING_SECONDS)


class Run:
    """What a check may ask about the run. Get one by naming an argument `run`."""

    def __init__(
        self, asking: Asking, *, watched: frozenset[tuple[str, str]], notebook_text: Callable[[], str]
    ) -> None:
        self._asking = asking
        self._watched = watched
        self._notebook_text = notebook_text

    @cached_property
    def notebook(self) -> Notebook:
        """The notebook as it was executed up to this checkpoint: `cells` with `source` and `outputs`."""
        return notebook.read(self._notebook_text().encode(), at_most=512 * MIB)

    def weights(self, name: str) -> tuple[Weight, ...]:
        """List the weights of the model in variable `name` as they are at this checkpoint.

        A missing variable, or one that holds no model, fails the check.
        """
        return self._listing(name, None)

    def fits(self, name: str | None = None) -> tuple[Fit, ...]:
        """Return every Keras `fit` up to this checkpoint, or those of the model that `name` is bound to."""
        question = Question(kind=QuestionKind.FITS, name="", at_most=64 * MIB)
        try:
            found = read_fits(self._asking.value(question))
        except NoListing as error:
            raise CheckFailed("The record of trainings could not be read.", staff=str(error)) from None
        return found if name is None else tuple(fit for fit in found if name in fit.names)

    def moved(self, name: str, since: str | None = None) -> tuple[MovedArray, ...]:
        """Return the arrays of the model in `name` that are not what they were, by content.

        *Now* is this checkpoint. *Before* is

        - with `since`: the weights of the variable of the same name at that earlier checkpoint. The check
          must say so beforehand, `@check("...", watch={"checkpoint": ["name"]})`, or the weights were not
          listed there. When the notebook has no such place, the check waits for a person.
        - without `since`: the weights of the same model at the start of its first `fit` in the ledger. When
          the ledger has no `fit` of it (trained by a loop of one's own, or not at all) or did not list its
          weights, the check waits for a person.

        Arrays are matched by site and shape, never by name or flag; `autograder.checks.weights.moved` says
        exactly how. Integer arrays (counters, seeds) do not count. An array without a counterpart counts
        as moved and is marked `new`.
        """
        now = self.weights(name)
        if since is not None:
            return moved_between(self._listing(name, since), now)
        fits = self.fits(name)
        if not fits or not fits[0].before:
            waiting(f"The weights of `{name}` before its training with Keras' `fit` were not recorded.")
        return moved_between(fits[0].before, now)

    def _listing(self, name: str, since: str | None) -> tuple[Weight, ...]:
        if since is not None and (since, name) not in self._watched:
            raise ValueError(f'declare it: @check(..., watch={{"{since}": ["{name}"]}})')
        at = None if since is None else CheckpointId(since)
        try:
            return read_listing(self._asking.value(weights_question(name), at=at))
        except NoListing as error:
            raise CheckFailed(f"The weights of `{name}` could not be read.", staff=str(error)) from None
