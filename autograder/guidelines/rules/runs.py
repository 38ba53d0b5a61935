"""The rule that the notebook runs from top to bottom. It reads the run's record; it runs nothing itself.

What a kernel says about an error is a claim: it is shown, and the cell is named, for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from autograder.guidelines import downloads, run_errors
from autograder.guidelines.reading import released_code, same_code
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.guidelines.rules import shortcuts, torch
from autograder.model.assignment import CheckKind, Firmness
from autograder.model.execution import CellRecord, CellStatus, Execution, RunOutcome
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity

_ENDS: Final = {
    RunOutcome.TIMED_OUT: ("ran out of time", "Train on less data or for fewer epochs."),
    RunOutcome.OUT_OF_MEMORY: (
        "ran out of memory",
        "Use smaller batches or fewer copies of the data and models.",
    ),
    RunOutcome.OUTPUT_TOO_LARGE: ("printed too much", "Print results, not data; use verbose=2 for training."),
    RunOutcome.DISK_FULL: ("filled the disk", "Save less, or delete what is no longer needed."),
    RunOutcome.KERNEL_DIED: ("ended the kernel", "Remove whatever ends or crashes the Python process."),
}
_OUR_RULE: Final = (
    "That the grader's sandbox has no network, and only the packages, models and data sets on the "
    "published list, "
    "is a rule of ours"
)
_MOST_CELLS: Final = 20
_FOLLOWS: Final = frozenset({"NameError", "ModuleNotFoundError", "ImportError", "FileNotFoundError"})
"""Errors that mostly follow from the failure of a cell before."""


def check(evidence: Evidence) -> Iterator[Hit]:
    """Name the first cell that failed and why, and the others after it."""
    for hit in _hits(evidence):
        yield replace(hit, from_run=True)


def _hits(evidence: Evidence) -> Iterator[Hit]:
    execution = evidence.execution
    if execution is None or execution.outcome in (RunOutcome.COMPLETED, RunOutcome.SANDBOX_FAILED):
        return
    failed = _failed_cells(evidence, execution)
    if execution.outcome in _ENDS:
        yield _ended(execution)
    judged = excused = no_network = False
    for record in failed[:_MOST_CELLS]:
        own = run_errors.is_own(record) and not judged
        if judged or (no_network and not own) or (excused and record.error_name in _FOLLOWS):
            yield _followed(record)
            continue
        hit = _cell(evidence, record)
        judged = hit.firmness is not Firmness.HINT
        no_network = no_network or hit.cause == "network"
        excused = excused or not _is_expected(evidence, record)
        yield hit


def _failed_cells(evidence: Evidence, execution: Execution) -> list[CellRecord]:
    """Return the cells of the student that raised, but for the test cells: those are judged as checks."""
    tests = {spec.cell for spec in evidence.assignment.checks if spec.kind is CheckKind.CELLS and spec.cell}
    return [
        record
        for record in execution.cells
        if record.status is CellStatus.ERROR
        and not record.hidden
        and not record.restored
        and (not record.grade_id or record.grade_id not in tests)
    ]


def _ended(execution: Execution) -> Hit:
    what, instead = _ENDS[execution.outcome]
    statuses = (CellStatus.TIMED_OUT, CellStatus.INTERRUPTED, CellStatus.NOT_RUN)
    stopped = next((record for record in execution.cells if record.status in statuses), None)
    place = (
        Place(file=stopped.notebook, cell=stopped.position, cell_id=stopped.cell_id)
        if stopped
        else Place(file="")
    )
    return Hit(
        place=place,
        message=f"The run {what} before the last cell.",
        instead=instead,
        firmness=Firmness.PROPOSED,
        severity=Severity.ERROR,
    )


def _followed(record: CellRecord) -> Hit:
    """Return a place without words: what fails after the first cell mostly follows from it."""
    place = Place(
        file=record.notebook, cell=record.position, cell_id=record.cell_id, text=run_errors.shown(record)
    )
    return Hit(place=place, message="", firmness=Firmness.HINT, severity=Severity.INFO)


def _cell(evidence: Evidence, record: CellRecord) -> Hit:
    """Say what is wrong with the first cell that fails by its own fault."""
    shown = run_errors.shown(record)
    place = Place(file=record.notebook, cell=record.position, cell_id=record.cell_id, text=shown)
    if _is_unchanged(evidence, record):
        done = record.error_name == "NotImplementedError"
        return Hit(
            place=place,
            message="A cell was left as it was handed out, and it fails."
            if done
            else f"A handed-out cell fails: {shown}.",
            instead="Fill in the cell." if done else "Look at what the cell needs from your cells before it.",
            firmness=Firmness.PROPOSED if done else Firmness.HINT,
            severity=Severity.WARNING,
        )
    missing = run_errors.missing_module(record)
    if missing.startswith(("google.colab", "kaggle_secrets")):
        return Hit(
            place=place,
            message=f"This cell runs on Colab only: {shown}.",
            instead="Put code for Colab under `if IN_COLAB:`.",
            firmness=Firmness.HINT,
            severity=Severity.WARNING,
            cause="network",
        )
    if missing:
        return _missing(evidence, place, missing)
    if ours := run_errors.ours(record):
        return Hit(
            place=place,
            message=f"This cell fails for a reason of ours: {shown}. {ours}",
            firmness=Firmness.HINT,
            severity=Severity.WARNING,
            cause="grader",
        )
    if run_errors.is_network(record) or _is_of_a_download(evidence, record):
        return _network(place, f"This cell needs the network: {shown}. {_OUR_RULE}")
    if _is_expected(evidence, record):
        return Hit(
            place=place,
            message=f"A cell that is marked as one that raises has raised: {shown}.",
            firmness=Firmness.HINT,
            severity=Severity.INFO,
        )
    cause = "paths" if record.error_name in _FILE_ERRORS and _breaks_paths(evidence, record) else ""
    return Hit(
        place=place,
        message=(
            f"The notebook does not run from top to bottom: this cell is the first that fails, with {shown}."
        ),
        instead="Restart the kernel, run all cells in an empty folder, and hand in when none fails.",
        firmness=Firmness.FIRM if not cause else Firmness.PROPOSED,
        severity=Severity.ERROR,
        cause=cause,
    )


_FILE_ERRORS: Final = frozenset({"FileNotFoundError", "NotADirectoryError", "PermissionError", "OSError"})


def _network(place: Place, message: str) -> Hit:
    return Hit(
        place=place,
        message=f"{message}; the notebook may well run elsewhere.",
        instead="Use the models, data sets and packages on the published list, under the names given there.",
        firmness=Firmness.HINT,
        severity=Severity.WARNING,
        cause="network",
    )


def _is_of_a_download(evidence: Evidence, record: CellRecord) -> bool:
    """Whether the error names something that an earlier cell would have fetched."""
    if record.error_name not in (*_FILE_ERRORS, "LookupError"):
        return False
    names = downloads.fetched(evidence.reading.facts, record.position, record.notebook)
    if any(name in record.error_value for name in names):
        return True
    return downloads.unpacks(evidence.reading.facts, record.position, record.notebook)


def _is_expected(evidence: Evidence, record: CellRecord) -> bool:
    notebook = evidence.reading.notebooks.get(record.notebook)
    cells = notebook.cells if notebook is not None else ()
    return any(
        cell.id == record.cell_id and "raises-exception" in cell.metadata.get("tags", ()) for cell in cells
    )


def _missing(evidence: Evidence, place: Place, module: str) -> Hit:
    root = module.partition(".")[0]
    cause = "packages"
    if root in torch.PACKAGES:
        cause = torch.CAUSE
    elif root in shortcuts.PACKAGES:
        cause = shortcuts.CAUSE
    by_rule = cause != "packages"
    own = any(path.path.startswith((f"{root}.py", f"{root}/")) for path in evidence.submission.files)
    if not by_rule and own:
        return Hit(
            place=place,
            message=f'The module "{module}" is in your hand-in, but not where this cell looks for it.',
            instead="Put the module beside the notebook.",
            firmness=Firmness.FIRM,
            severity=Severity.ERROR,
        )
    number = place.cell
    files = {file.path: file.content for file in evidence.submission.files}
    facts = evidence.reading.facts
    if not by_rule and (
        downloads.installs(facts, module, number, place.file, files)
        or downloads.brings_modules(facts, number, place.file)
    ):
        return _network(place, f'The package for "{module}" cannot be installed here. {_OUR_RULE}')
    why = "It is not allowed in this course." if by_rule else f"{_OUR_RULE}."
    return Hit(
        place=place,
        message=f'The first cell that fails imports "{module}", which the grader does not have. {why}',
        instead="Use the packages on the published list; `!pip install` of others cannot work there.",
        firmness=Firmness.PROPOSED,
        severity=Severity.ERROR if by_rule else Severity.WARNING,
        cause=cause,
    )


def _breaks_paths(evidence: Evidence, record: CellRecord) -> bool:
    return any(
        finding.rule == "paths"
        and any((place.file, place.cell_id) == (record.notebook, record.cell_id) for place in finding.places)
        for finding in evidence.before
    ) or any(f"'{start}" in record.error_value for start in ("/content", "/home", "/Users", "/kaggle", "~"))


def _is_unchanged(evidence: Evidence, record: CellRecord) -> bool:
    notebook = evidence.reading.notebooks.get(record.notebook)
    unchanged = released_code(evidence.released)
    cells = notebook.cells if notebook is not None else ()
    return any(cell.id == record.cell_id and same_code(cell.source) in unchanged for cell in cells)


RULE: Final = Rule(
    id=RuleId("runs"),
    title="Runs from top to bottom",
    statement="Unzipped into an empty folder, every cell of the notebook runs unchanged, without an error.",
    firmness=Firmness.FIRM,
    severity=Severity.ERROR,
    needs=(Need.EXECUTION, Need.SYNTAX),
    looks_for=(
        "the first cell that raises, and the others after it",
        "a run that ends early: out of time, memory, disk, output, or a kernel that died",
        (
            "a package that the grader does not have and no cell installs: the cause is named, and that it "
            "is the grader's own rule; such a finding is only proposed"
        ),
    ),
    leaves_alone=(
        "warnings and anything on stderr",
        "what needs the network, also after a download or an installation in the notebook: a hint",
        "cells with the tag `raises-exception`: a hint",
        "test cells: they are checks and have their own points",
        "shell lines and `pip install` that fail without an exception",
        "handed-out cells that fail: a hint, unless they were to be filled in",
    ),
    cannot_see=("whether the notebook would run on another machine",),
    example_bad="result = undefined_name + 1",
    example_good="result = 1 + 1",
    check=check,
)
