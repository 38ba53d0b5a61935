"""What the guideline engine could not read. It is always said: code that was not read was not judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity


def check(evidence: Evidence) -> Iterator[Hit]:
    """Report every piece of code that has no syntax tree."""
    for unread in evidence.reading.facts.unread:
        if unread.where.exempt:
            continue
        if unread.limit:
            yield Hit(
                place=unread.where.place(),
                message=f"This code was not read and is for a person to look at: {unread.reason}.",
                instead="Split long cells, and keep data out of the code.",
                firmness=Firmness.HINT,
                severity=Severity.WARNING,
            )
        else:
            yield Hit(
                place=unread.where.place(),
                message=f"This code is not valid Python: {unread.reason}.",
                instead="Correct the cell, or make it a raw or Markdown cell.",
                firmness=Firmness.HINT,
                severity=Severity.WARNING,
            )


RULE: Final = Rule(
    id=RuleId("readable"),
    title="Readable code",
    statement="Code that the program could not read is named, so that a person can look at it.",
    firmness=Firmness.HINT,
    severity=Severity.WARNING,
    needs=(Need.SYNTAX,),
    looks_for=(
        "cells that are no valid Python, also not as IPython reads them",
        "code over the limits on size, depth and number of magic lines",
    ),
    leaves_alone=("bare lines such as `pip install ...`, `conda ...`, `git ...` and `cd ...`", "raw cells"),
    cannot_see=("whether the code does what it should",),
    example_bad="def f(:\n    pass",
    example_good="pip install datasets",
    always=True,
    check=check,
)
