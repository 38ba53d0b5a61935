"""A stop of the run at a checkpoint, live or recorded: all that a check needs in order to ask.

Checks do not know whether a kernel or the stored evidence answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.model.evidence import Asker
from autograder.model.ids import CheckId, CheckpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One checkpoint that the run reached.

    `asker_for` gives each check its asker, so that the evidence tells who asked. `notebook` is the text of
    the notebook as it was executed so far.
    """

    checkpoint: CheckpointId
    asker_for: Callable[[CheckId], Asker]
    notebook: str = field(default="", repr=False)
