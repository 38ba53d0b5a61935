"""What a student can find out before handing in: findings and missing names. Nothing is executed.

A clean report promises nothing about points: hidden checks run later, elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.model.assignment import Assignment
from autograder.model.results import Finding
from autograder.model.submission import Rejected, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentReport:
    """What `autograder check` found. `rejected` says why the submission could not be read, or is empty."""

    name: str
    rejected: str = ""
    missing_notebooks: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """The report for a person, most important first."""
        if self.rejected:
            yield f"{self.name} would be rejected: {self.rejected}"
            return
        for notebook in self.missing_notebooks:
            yield f"! There is no notebook called {notebook}. Without it nothing can be graded."
        for name in self.missing_names:
            yield f"! The name `{name}` is not defined in the notebook. Checks ask for it."
        for finding in self.findings:
            yield f"{'!' if finding.severity == 'error' else '-'} {finding.message} ({finding.rule})"
            for place in finding.places:
                where = place.file + (f", cell {place.cell + 1}" if place.cell >= 0 else "")
                yield f"    {where}{f', line {place.line}' if place.line else ''}: {place.text}".rstrip(": ")
            if finding.instead:
                yield f"    Instead: {finding.instead}"
        for note in self.notes:
            yield f"- {note}"
        if not (self.missing_notebooks or self.missing_names or self.findings):
            yield f"{self.name}: nothing to complain about. Hidden checks run after you hand in."

    def as_json(self) -> dict[str, Any]:
        """The same as plain data, with the keys that `grade --json` uses for findings."""
        from autograder.reporting.json_line import finding_json

        return {
            "submission": self.name,
            "rejected": self.rejected,
            "missing_notebooks": list(self.missing_notebooks),
            "missing_names": list(self.missing_names),
            "findings": [finding_json(finding) for finding in self.findings],
            "notes": list(self.notes),
        }


def check_before_handing_in(path: Path, release: Path) -> StudentReport:
    """Read a submission and look at it as the grader will, without running it.

    Raises UsageError when there is nothing at `path`, and ConfigError when `release` is no release.
    """
    from autograder.app.course_files import digests_of_course_files
    from autograder.authoring.release import released_notebooks
    from autograder.config.assignment_file import load
    from autograder.guidelines.engine import inspect
    from autograder.intake.reader import take_in

    assignment = load(release)
    taken = take_in(path, received=datetime.now(UTC), wanted=assignment.notebooks)
    if isinstance(taken, Rejected):
        return StudentReport(name=path.name, rejected=taken.reason)
    return StudentReport(
        name=path.name,
        missing_notebooks=missing_notebooks(taken, assignment),
        missing_names=missing_names(taken, assignment),
        findings=inspect(
            taken,
            released_notebooks(assignment),
            assignment,
            released_files=digests_of_course_files(assignment),
        ),
        notes=taken.notes,
    )


def missing_notebooks(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    """Notebooks that the assignment runs and the submission lacks; one notebook alone may have any name."""
    if len(assignment.notebooks) == 1 and submission.notebooks:
        return ()
    return tuple(name for name in assignment.notebooks if name not in submission.notebooks)


def missing_names(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    """Names of the contract that no notebook of the submission binds."""
    from autograder.formats.notebook import read

    bound: set[str] = set()
    for text in submission.notebooks.values():
        for cell in read(text.encode()).cells:
            if cell.cell_type == "code":
                bound |= bound_names(cell.source)
    return tuple(name for name in assignment.contract if name not in bound)


def bound_names(source: str) -> set[str]:
    """Names that a cell binds. Magics and shell lines are understood; what cannot be read binds nothing."""
    from autograder.guidelines.parsing import Budget, parse

    tree = parse(source, Budget())
    if not isinstance(tree, ast.Module):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.split(".")[0])
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """The archive that was written, and what is not in it with the reason."""

    path: Path
    left_out: tuple[tuple[str, str], ...]


def pack_submission(
    paths: list[Path], *, net_id: str, homework: str, number: int | None, day: str | None, out: Path
) -> PackedFile:
    """Write the archive to hand in. Without `number` it takes the next one of the day.

    Raises UsageError when the date is none, no notebook is there, or the file exists already.
    """
    from autograder.app.results_folder import write_file
    from autograder.intake.pack import next_version, pack

    when = parsed_day(day)
    version = number or next_version(out, net_id=net_id, day=when, homework=homework)
    packed = pack(paths, net_id=net_id, homework=homework, version=version, day=when)
    target = out / packed.name
    if target.exists() and target.read_bytes() != packed.content:
        raise UsageError(
            f"{target} is there already and differs", hint="Leave --version out to get the next one."
        )
    return PackedFile(path=write_file(target, packed.content), left_out=packed.left_out)


def parsed_day(text: str | None) -> date:
    """Read YYYYMMDD; without a text it is today, by this machine's calendar."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise UsageError(f"{text!r} is no date", hint="Write it like 20261122.") from None
