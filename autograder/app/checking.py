"""What a student can find out before handing in: findings and missing names. Nothing is executed.

A clean report promises nothing about points: hidden checks run later, elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.model.assignment import Assignment, Firmness
from autograder.model.results import Finding
from autograder.model.submission import Rejected, Submission

MOST_PLACES_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentReport:
    """What `autograder check` found. `rejected` says why the submission could not be read, or is empty.

    `similar` gives, for a missing name, the name in the notebook that is most like it. `cap` is the most that
    all findings together may cost.
    """

    name: str
    rejected: str = ""
    missing_notebooks: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()
    similar: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    cap: Decimal = Decimal(0)

    def lines(self) -> Iterator[str]:
        """The report for a person, most important first. Findings have the words of the grader's report."""
        if self.rejected:
            yield f"{self.name} would be rejected: {self.rejected}"
            yield "Nothing is lost: change it, and check it again."
            return
        serious = [finding for finding in self.findings if finding.firmness is not Firmness.HINT]
        hints = [finding for finding in self.findings if finding.firmness is Firmness.HINT]
        blocks = [*self._missing(), *(_words(finding, self.cap) for finding in serious)]
        if blocks:
            yield f"{self.name}: {_counted(len(blocks), 'thing')} to change before you hand in."
        elif hints:
            yield f"{self.name}: nothing that has to be changed. Hidden checks run after you hand in."
        else:
            yield f"{self.name}: nothing to complain about. Hidden checks run after you hand in."
        for number, block in enumerate(blocks, start=1):
            yield ""
            yield f"{number}. {block[0]}"
            yield from (f"   {line}" for line in block[1:])
        if len(blocks) > 1:
            yield ""
            yield "The first of these may be the cause of others: begin there, and check again."
        if hints:
            yield ""
            yield f"{_counted(len(hints), 'hint')} (a hint never costs points):"
        for hint in hints:
            block = _words(hint, self.cap)
            yield ""
            yield f"-  {block[0]}"
            yield from (f"   {line}" for line in block[1:])
        if self.notes:
            yield ""
            yield from (f"Note: {note}" for note in self.notes)

    def _missing(self) -> Iterator[list[str]]:
        for notebook in self.missing_notebooks:
            yield [
                f"There is no notebook called {notebook}. Without it nothing can be graded.",
                "Instead: give the notebook the name it had when it was handed out.",
            ]
        for name in self.missing_names:
            near = self.similar.get(name)
            yield [
                f"The name `{name}` is not defined in the notebook. Checks ask for it.",
                f"Instead: rename `{near}`, if that is what it is."
                if near
                else f"Instead: call what holds it `{name}`, to the letter.",
            ]

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
    missing, bound = missing_names(taken, assignment), names_of(taken)
    return StudentReport(
        name=path.name,
        missing_notebooks=missing_notebooks(taken, assignment),
        missing_names=missing,
        similar={name: near[0] for name in missing if (near := get_close_matches(name, bound, n=1))},
        cap=assignment.deduction_cap,
        findings=inspect(
            taken,
            released_notebooks(assignment),
            assignment,
            released_files=digests_of_course_files(assignment),
        ),
        notes=taken.notes,
    )


def _words(finding: Finding, cap: Decimal) -> list[str]:
    """Return a finding as the report shows it: message, cost, places, and what to do instead."""
    from autograder.reporting.filters import cost, place

    capped = replace(finding, points=min(finding.points, cap))
    costs = "" if finding.firmness is Firmness.HINT else f": {cost(capped)}"
    shown = finding.places[:MOST_PLACES_SHOWN]
    more = len(finding.places) - len(shown)
    return [
        finding.message,
        *(_place_and_text(place(each), each.text) for each in shown if place(each) or each.text),
        *([f"and {_counted(more, 'more place')}"] if more else []),
        *([f"Instead: {finding.instead}"] if finding.instead else []),
        f"Guideline {finding.rule}{costs}.",
    ]


def _place_and_text(where: str, text: str) -> str:
    return where if text in ("", where) else f"{where}: {text}".removeprefix(": ")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def missing_notebooks(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    """Notebooks that the assignment runs and the submission lacks; one notebook alone may have any name."""
    if len(assignment.notebooks) == 1 and submission.notebooks:
        return ()
    return tuple(name for name in assignment.notebooks if name not in submission.notebooks)


def missing_names(submission: Submission, assignment: Assignment) -> tuple[str, ...]:
    """Names of the contract that no notebook of the submission binds."""
    bound = names_of(submission)
    return tuple(name for name in assignment.contract if name not in bound)


def names_of(submission: Submission) -> set[str]:
    """Names that the notebooks of the submission bind."""
    from autograder.formats.notebook import read

    bound: set[str] = set()
    for text in submission.notebooks.values():
        for cell in read(text.encode()).cells:
            if cell.cell_type == "code":
                bound |= bound_names(cell.source)
    return bound


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
