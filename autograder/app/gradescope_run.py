"""Grade one submission inside Gradescope's container: `python -m autograder.app.gradescope_run /autograder`.

It reads what Gradescope put there and writes `results/results.json`, once, after every process of the student
was ended. When something fails on our side it writes nothing and ends with an error, which Gradescope shows;
no student gets a zero for it. The process sandbox is used: see docs/how-to/gradescope.md for what that means.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import sys
import tempfile
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from autograder.app.grading import Entry, grade_entries
from autograder.app.reports import load_evidence
from autograder.app.results_folder import ResultsFolder, write_file
from autograder.app.site import open_site
from autograder.config.assignment_file import load
from autograder.errors import GraderError, GraderFailed
from autograder.model.graded import GradedSubmission
from autograder.model.results import CheckOutcome
from autograder.reporting.gradescope import results_json
from autograder.sandbox.process import UnprotectedWarning

METADATA = "submission_metadata.json"
METADATA_BYTES = 64 * 1024 * 1024
END_SECONDS = 10.0


class User(BaseModel):
    """Who handed in. Names and addresses are not read."""

    id: int


class Metadata(BaseModel):
    """What is needed of Gradescope's `submission_metadata.json`; times are aware."""

    id: int = 0
    created_at: AwareDatetime
    users: list[User] = Field(default_factory=list)
    previous_submissions: list[object] = Field(default_factory=list)

    @property
    def student(self) -> str:
        """Gradescope's numbers of those who handed in together, or of the submission; no names."""
        numbers = sorted(user.id for user in self.users)
        return "gradescope-" + ("-".join(map(str, numbers)) if numbers else f"submission-{self.id}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade what lies below the folder that is named; give the exit code."""
    (root,) = sys.argv[1:] if arguments is None else arguments
    warnings.simplefilter("ignore", UnprotectedWarning)  # `run_autograder` has said it at length
    try:
        for line in grade_here(Path(root)):
            print(line)  # noqa: T201 - Gradescope shows it to instructors
    except GraderError as error:
        print(f"error: {error}\nhint:  {error.hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def grade_here(root: Path) -> list[str]:
    """Grade the submission and write `results.json`. Gives lines for instructors.

    Raises GraderError for what failed on our side; then no result is there.
    """
    from rich.progress import Progress

    from autograder.app.batching import grading_processes

    results_file = root / "results" / "results.json"
    results_file.unlink(missing_ok=True)
    metadata = read_metadata(root / METADATA)
    assignment = load(root / "source" / "assignment")
    site = open_site(root / "source" / "autograder.toml")
    entry = Entry(
        path=root / "submission", student=metadata.student, received=metadata.created_at,
        attempt=len(metadata.previous_submissions) + 1,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="nbverdict-gradescope-") as folder:
        results = ResultsFolder(Path(folder) / "graded")
        with grading_processes() as pool, Progress(disable=True) as bar:
            (graded,) = grade_entries(site, assignment, [entry], results, pool, bar=bar)
        end_processes_of(site.config.sandbox_user)
        told = results_json(graded, load_evidence(results, graded), assignment)
    write_file(results_file, json.dumps(told, indent=1, allow_nan=False) + "\n")
    return staff_lines(graded, metadata.created_at)


def read_metadata(path: Path) -> Metadata:
    """Read what Gradescope says about the submission. Raises GraderFailed."""
    try:
        with path.open("rb") as file:
            return Metadata.model_validate_json(file.read(METADATA_BYTES))
    except OSError as problem:
        raise GraderFailed(
            f"{path}: cannot be read: {problem.strerror}", hint="Run it in Gradescope."
        ) from None
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise GraderFailed(
            f"{path}: not what Gradescope documents: {where}: {first['msg']}", hint=""
        ) from None


def end_processes_of(user: str) -> None:
    """End every process of the kernels' user, so that nothing of the student's outlives the judging.

    Raises GraderFailed when some cannot be ended.
    """
    if not user:
        return
    uid = pwd.getpwnam(user).pw_uid
    deadline = monotonic() + END_SECONDS
    while remaining := [pid for pid in processes_of(uid) if _ended(pid)]:
        if monotonic() > deadline:
            raise GraderFailed(
                f"{len(remaining)} processes of the notebook cannot be ended", hint="Regrade it."
            )
        sleep(0.01)


def processes_of(uid: int) -> list[int]:
    """Numbers of the live processes of a user."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if entry.stat().st_uid == uid and state not in "ZX":
                found.append(int(entry.name))
    return found


def _ended(pid: int) -> bool:
    """Send a process its end; false when it is gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def staff_lines(graded: GradedSubmission, received: datetime) -> list[str]:
    """What instructors read in Gradescope's output of the program; students never see it."""
    lines = [f"{graded.submission}  {graded.status}  received {received.isoformat()}", graded.reason]
    for result in graded.results:
        points = None if graded.score is None else graded.score.earned.get(result.check_id)
        shown = "waits for a person" if result.outcome is CheckOutcome.WAITING else f"{points} points"
        lines += [f"{result.check_id}: {result.outcome}, {shown}", result.message, result.staff_message]
    return [line for line in [*lines, *graded.suspicions] if line]


if __name__ == "__main__":
    sys.exit(main())
