"""The kinds of checks there are, and where another kind can be plugged in.

A kind judges all its checks of one run: at each stop while the kernel (or the evidence) answers, and once
more when the run has ended. `autograder.checks.conformance` holds what every kind promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.metadata import entry_points
from typing import Protocol, cast

from autograder.checks.cells import CellChecks
from autograder.checks.manual import ManualChecks
from autograder.checks.pytest_checks import PytestChecks
from autograder.checks.stop import Stop
from autograder.errors import UnknownPlugin
from autograder.model.assignment import Assignment
from autograder.model.execution import Execution
from autograder.model.holdout import Holdout
from autograder.model.results import CheckResult

GROUP = "nbverdict.check_kinds"


class Checks(Protocol):
    """All checks of one kind in one run.

    Every result belongs to a check of its own kind, and no check gets two. None of the methods raises for
    what a student did. A check that could not be judged has no result, or an `errored` one.
    """

    def ready(self) -> None:
        """Wait until judging can begin. Raises GraderFailed when it never will; then nothing is run."""

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        """Judge what can be judged at this stop, and ask what later stops will need."""
        ...

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        """Judge what can be judged only when the run has ended."""
        ...


Kind = Callable[[Assignment, Holdout | None], AbstractContextManager[Checks]]
"""Opens the checks of one kind for one run."""

BUILT_IN: Mapping[str, Kind] = {
    "cells": CellChecks.of,
    "pytest": PytestChecks.of,
    "manual": ManualChecks.of,
}


class _Together:
    """Several kinds as one."""

    def __init__(self, parts: tuple[Checks, ...]) -> None:
        self._parts = parts

    def ready(self) -> None:
        """Wait for every kind."""
        for part in self._parts:
            part.ready()

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        """Judge what every kind can judge at this stop."""
        return tuple(result for part in self._parts for result in part.at(stop))

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        """Judge what is left of every kind."""
        return tuple(result for part in self._parts for result in part.after(execution))


@contextmanager
def opened(kinds: Iterable[Kind], assignment: Assignment, holdout: Holdout | None) -> Iterator[Checks]:
    """Open the checks of several kinds as one."""
    with ExitStack() as stack:
        yield _Together(tuple(stack.enter_context(kind(assignment, holdout)) for kind in kinds))


def find(name: str) -> Kind:
    """Return the kind of that name: a built-in one, or one that another package offers.

    Raises:
        UnknownPlugin: there is none; the message lists what there is.

    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    installed = entry_points(group=GROUP)
    if name in installed.names:
        return cast(Kind, installed[name].load())
    known = ", ".join(sorted({*BUILT_IN, *installed.names}))
    raise UnknownPlugin(f"no kind of check is called {name!r}; there are: {known}")


def kinds_of(assignment: Assignment) -> tuple[Kind, ...]:
    """Return the kinds that an assignment's checks are of, each once."""
    return tuple(find(name) for name in dict.fromkeys(spec.kind.value for spec in assignment.checks))
