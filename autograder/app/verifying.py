"""What `verify` does: run the reference, the untouched release and every sample, and judge the outcome.

The judgement itself is `autograder.authoring.verify`; here submissions are made and graded.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.grading import Entry, grade_entries
from autograder.app.own_solution import NO_SOLUTIONS, holds_solutions
from autograder.app.results_folder import ResultsFolder, write_file
from autograder.errors import GraderError, UsageError
from autograder.model.assignment import Assignment
from autograder.model.execution import CellStatus, Execution, RunOutcome
from autograder.model.graded import GradedSubmission
from autograder.model.submission import Submission

if TYPE_CHECKING:
    from rich.progress import Progress

    from autograder.app.site import Site
    from autograder.authoring.samples import Sample
    from autograder.authoring.verify import VerifyReport

REFERENCE, UNTOUCHED = "the-reference", "the-release"
RECORDED = "recorded.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One submission to judge: its name, its archive, and the sample it belongs to, if any."""

    name: str
    archive: Path
    files: Mapping[str, bytes]
    sample: Sample | None = None


def verify_assignment(
    site: Site,
    folder: Path,
    *,
    only: tuple[str, ...],
    recorded: bool,
    record: bool,
    out: Path | None = None,
    bar: Progress,
) -> VerifyReport:
    """Judge an assignment. Nothing of a student is needed.

    `recorded` judges a sample on its stored evidence where that still fits; `record` stores it. With `only`,
    other samples are left out. `out` keeps results and pages of what ran.
    """
    from autograder.app.reports import load_evidence, write_summary
    from autograder.authoring.agreement import disagreements
    from autograder.authoring.samples import load_samples
    from autograder.authoring.source import places, source_notebooks
    from autograder.authoring.verify import judge
    from autograder.checks.pytest_checks import problems
    from autograder.config.assignment_file import load

    assignment = load(folder)
    notebooks = source_notebooks(assignment)
    wrong = [*disagreements(assignment, notebooks), *problems(assignment)]
    samples = load_samples(assignment)
    if unknown := sorted(set(only) - {sample.name for sample in samples}):
        known = ", ".join(sample.name for sample in samples)
        raise UsageError(f"there is no sample {', '.join(unknown)}", hint=f"There are: {known}.")
    chosen = [sample for sample in samples if not only or sample.name in only]
    drawing, solved = site.drawing(assignment), holds_solutions(assignment)
    with tempfile.TemporaryDirectory(prefix="nbverdict-verify-") as temporary:
        cases = made(chosen, assignment, Path(temporary), solved=solved)
        stored = {case.name: found for case in cases if recorded and (found := stored_run(case, assignment))}
        judged = judged_on_evidence(site, assignment, cases, stored, bar)
        graded = {name: found for name, (found, _, _) in judged.items()}
        to_run = [case for case in cases if case.name not in stored]
        results = ResultsFolder((out or Path(temporary) / "out").absolute())
        graded |= run_cases(site, assignment, to_run, results, record=record, bar=bar)
        reference = graded.get(REFERENCE)
        raising = reference is not None and reference.run_outcome is RunOutcome.CELL_FAILED
        ran = load_evidence(results, reference) if reference is not None and raising else None
        if out:
            write_summary(results, list(graded.values()), assignment)
    return judge(
        reference,
        graded[UNTOUCHED],
        [(case.sample, graded[case.name]) for case in cases if case.sample],
        assignment,
        drawing.holdout if drawing else None,
        disagreements=tuple(dict.fromkeys(wrong)),
        places=places(notebooks),
        raised=raised(ran, assignment),
        notes=() if solved else (NO_SOLUTIONS,),
    )


def raised(execution: Execution | None, assignment: Assignment) -> tuple[str, ...]:
    """Say which cells of a run raised, and what. Test cells are left out: their checks say it."""
    tests = {spec.cell for spec in assignment.checks if spec.cell}
    return tuple(
        f"{cell.notebook}, cell {cell.position + 1}: {cell.error_name}: {cell.error_value}".rstrip(": ")
        for cell in (execution.cells if execution else ())
        if cell.status is CellStatus.ERROR and cell.grade_id not in tests
    )


def made(
    samples: Sequence[Sample], assignment: Assignment, folder: Path, *, solved: bool = True
) -> list[Case]:
    """Write the archives of the reference, if there is one, the untouched release and the samples."""
    from autograder.authoring.sample_files import reference_files, sample_files, untouched_files

    wanted: list[tuple[str, Mapping[str, bytes], Sample | None]] = [
        *([(REFERENCE, reference_files(assignment), None)] if solved else []),
        (UNTOUCHED, untouched_files(assignment), None),
        *((sample.name, sample_files(sample, assignment), sample) for sample in samples),
    ]
    cases = []
    for number, (name, files, sample) in enumerate(wanted):
        place = folder / "in" / f"{number:02}"
        place.mkdir(parents=True)
        archive = place / (
            sample.archive_name if sample and sample.archive_name else right_name(name, assignment)
        )
        if sample and sample.archive:
            archive.write_bytes((sample.folder / sample.archive).read_bytes())
        else:
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
                for path, content in sorted(files.items()):
                    written.writestr(path, content)
        cases.append(Case(name=name, archive=archive, files=files, sample=sample))
    return cases


def right_name(name: str, assignment: Assignment) -> str:
    """An archive name as the course wants it, for a submission of that name."""
    accepted = [
        ending
        for rule in assignment.rules
        if rule.id.replace("-", "_") == "archive_name"
        for endings in rule.settings.values()
        for ending in endings
    ]
    ending = accepted[0] if accepted else "HW1"
    net_id = "".join(character for character in name if character.isalnum())
    prefix = "" if ending.startswith("HW") else "HW"
    return f"{net_id}_{datetime.now(UTC):%Y%m%d}_1_{prefix}{ending}.zip"


def run_cases(
    site: Site,
    assignment: Assignment,
    cases: Sequence[Case],
    results: ResultsFolder,
    *,
    record: bool,
    bar: Progress,
) -> dict[str, GradedSubmission]:
    """Grade cases in the sandbox; remember how long the reference took; store evidence with `record`."""
    from autograder.app.batching import grading_processes
    from autograder.app.reference_times import keep_reference_seconds

    entries = [Entry(path=case.archive, student=case.name, received=datetime.now(UTC)) for case in cases]
    named = {case.name: case for case in cases}
    found: dict[str, GradedSubmission] = {}
    with grading_processes() as pool:
        for graded in grade_entries(site, assignment, entries, results, pool, bar=bar):
            case = named[graded.student]
            found[case.name] = graded
            if case.name == REFERENCE and graded.run_outcome is RunOutcome.COMPLETED:
                keep_reference_seconds(site.config.home, assignment, graded.usage.wall_seconds)
            if record and case.sample and graded.run_outcome:
                keep_run(case, assignment, graded, results)
    return found


def keep_run(case: Case, assignment: Assignment, graded: GradedSubmission, results: ResultsFolder) -> None:
    """Store a sample's evidence in its folder, with the digest of what ran."""
    from autograder.authoring.sample_files import run_digest
    from autograder.authoring.samples import EVIDENCE
    from autograder.execution.evidence import FILE

    assert case.sample is not None
    folder = case.sample.folder / EVIDENCE
    write_file(folder / FILE, (results.evidence(graded.submission) / FILE).read_bytes())
    origin = {
        "run_digest": run_digest(case.files, assignment),
        "holdout_digest": graded.provenance.holdout_digest,
        "stand_ins": list(graded.provenance.stand_ins),
    }
    write_file(folder / RECORDED, json.dumps(origin, indent=1) + "\n")


def stored_run(case: Case, assignment: Assignment, *, always: bool = False) -> Execution | None:
    """A sample's recorded run, or None: none is there, it must be run, or it belongs to other code.

    With `always`, samples that `verify` runs each time are taken from their record too.

    Raises GraderError when the record cannot be read.
    """
    from autograder.authoring.sample_files import run_digest
    from autograder.execution.evidence import load

    sample = case.sample
    if sample is None or sample.evidence is None or (sample.always_run and not always):
        return None
    try:
        origin = json.loads((sample.evidence / RECORDED).read_text())
    except (OSError, ValueError) as error:
        raise GraderError(f"{sample.evidence}: the record cannot be read", hint="Record it again.") from error
    if origin.get("run_digest") != run_digest(case.files, assignment):
        return None
    return load(sample.evidence)


Judged = tuple[GradedSubmission, Execution, Submission]


def judged_on_evidence(
    site: Site, assignment: Assignment, cases: Sequence[Case], stored: Mapping[str, Execution], bar: Progress
) -> dict[str, Judged]:
    """Judge recorded runs, by the case's name. No student code runs."""
    from autograder.app.grading import taken
    from autograder.app.tools import tools_without_kernel
    from autograder.pipeline import ended

    if not stored:
        return {}
    tools = tools_without_kernel(site, assignment)
    judged: dict[str, Judged] = {}
    for case in bar.track([case for case in cases if case.name in stored], description="recorded runs"):
        entry = Entry(path=case.archive, student=case.name, received=datetime.now(UTC))
        submission, execution = taken(entry, assignment), stored[case.name]
        if isinstance(submission, Submission):
            graded = ended(submission, assignment, tools, run_key=RECORDED, execution=execution)
            judged[case.name] = with_origin(case, graded), execution, submission
    return judged


def with_origin(case: Case, graded: GradedSubmission) -> GradedSubmission:
    """The grading with the stand-ins that the recorded run used, so that its pages are stamped."""
    import dataclasses

    assert case.sample is not None
    assert case.sample.evidence is not None
    names = tuple(json.loads((case.sample.evidence / RECORDED).read_text())["stand_ins"])
    return dataclasses.replace(graded, provenance=dataclasses.replace(graded.provenance, stand_ins=names))


def recorded_samples(site: Site, assignment: Assignment, folder: Path, bar: Progress) -> list[Judged]:
    """Judge every sample whose recorded run still fits. `folder` takes the archives."""
    from autograder.authoring.samples import load_samples

    cases = made(load_samples(assignment), assignment, folder)
    stored = {case.name: found for case in cases if (found := stored_run(case, assignment, always=True))}
    return list(judged_on_evidence(site, assignment, cases, stored, bar).values())
