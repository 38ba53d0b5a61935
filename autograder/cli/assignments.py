"""Where a command takes an assignment: our own folder as it is, another format converted and said so."""

from __future__ import annotations

from pathlib import Path

from autograder.cli.console import say


def own_folder(assignment: Path, config: Path | None) -> Path:
    """Give the assignment folder of what a person named. What was found in another format goes to stderr."""
    from autograder.app.importing import assignment_folder

    return assignment_folder(assignment, config, say)
