"""Write the results of a folder in formats of other tools: JUnit XML for a CI, a CSV in otter's columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.app.decided import DecidedOf


def write_exports(
    assignment_folder: Path,
    folder: Path,
    *,
    junit: Path | None,
    otter_csv: Path | None,
    decided: DecidedOf | None = None,
) -> list[Path]:
    """Write what was asked for, from what is stored in the results folder. Returns the paths.

    `decided` puts on it what people decided since, and leaves out who was erased.

    Raises UsageError when the folder holds no results of this assignment.
    """
    if junit is None and otter_csv is None:
        return []
    from autograder.app.results_folder import ResultsFolder, write_file
    from autograder.config.assignment_file import load
    from autograder.errors import UsageError
    from autograder.reporting.junit import junit_xml
    from autograder.reporting.otter_csv import otter_csv as otter_table

    assignment = load(assignment_folder)
    graded = [one for one in ResultsFolder(folder).all_graded() if one.assignment == assignment.id]
    if not graded:
        raise UsageError(
            f"{folder} holds no results of {assignment.id}",
            hint="Give the folder that `autograder grade --out` wrote.",
        )
    if decided is not None:
        graded = [one for one in map(decided(assignment.id), graded) if one is not None]
    written = []
    if junit is not None:
        written.append(write_file(junit, junit_xml(graded, assignment)))
    if otter_csv is not None:
        written.append(write_file(otter_csv, otter_table(graded, assignment)))
    return written
