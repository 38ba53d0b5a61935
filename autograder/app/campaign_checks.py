"""Refuse new points for results that other checks found than those an assignment has now.

Compared is what a grading records: the digests of its check files, and the test cells kept with its version.
Other parts of a version (the code of other cells, the image, settings in `assignment.toml`) are not compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from autograder.app.layouts import layout_of
from autograder.errors import UsageError
from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission

if TYPE_CHECKING:
    from gradebook.layout import Layout, SourceText
    from gradebook.reading import Version

MOST_NAMES = 3


def refuse_other_checks(
    gradings: Iterable[GradedSubmission], versions: Mapping[str, Version], assignment: Assignment
) -> None:
    """UsageError where checks that judged one of these gradings are others now, or some came or went.

    New points would mark such a result as made with the newest version: nobody would find it again. Where
    nothing ran, or no digests were recorded (results from another grader), nothing is compared.
    """
    from autograder.checks.folder import digest

    files = digest(assignment.folder / "checks")
    cells = _test_cells(layout_of(assignment))
    for one in gradings:
        if one.run_outcome is None:
            continue
        before = one.provenance.check_digests
        found = _differing(before, files) if before else []
        kept = versions.get(one.provenance.assignment_version)
        then = _test_cells(None if kept is None else kept.layout)
        found += [f"cell {name}" for name in sorted(then.keys() & cells.keys()) if then[name] != cells[name]]
        if found:
            more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
            raise UsageError(
                f"the check code differs too ({', '.join(found[:MOST_NAMES])}{more}): the results of "
                f"{one.submission} were found by other checks; no draft was made",
                hint="Use `autograder regrade judge ASSIGNMENT RESULTS`: it gives the new points as well "
                "(`regrade run` for changed test cells). For new points alone put the earlier checks back.",
            )


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    names = sorted({*before, *now})
    return [f"checks/{name}" for name in names if before.get(name) != now.get(name)]


def _test_cells(layout: Layout | None) -> dict[str, SourceText]:
    """The test cells of a layout by their names; what students write is none."""
    cells = () if layout is None else layout.cells
    return {
        f"{cell.notebook}/{cell.name}": cell.source
        for cell in cells
        if cell.check and cell.cell_type == "code" and not cell.answer and cell.source is not None
    }
