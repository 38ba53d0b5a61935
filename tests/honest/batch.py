"""Grade a corpus as one batch with the real command, as staff would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.app.results_folder import GRADED
from autograder.guidelines.registry import RULES
from autograder.intake.reader import take_in
from autograder.model.assignment import Firmness
from autograder.model.execution import RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.results import CheckOutcome, Finding
from tests.honest.submissions import HonestCase, hand_in

AUTOGRADER = Path(sys.executable).parent / "autograder"


def graded_batch(
    cases: Sequence[HonestCase],
    assignment: Path,
    usual: Mapping[str, str],
    folder: Path,
    *,
    home: str,
    seconds: float = 880,
) -> dict[str, GradedSubmission]:
    """Hand in every case, grade two at a time, and give the results by the cases' ids."""
    assignment = with_every_rule(assignment, folder / "assignment")
    handed_in = [
        hand_in(case, folder / "in" / f"h{number:03}", assignment, usual) for number, case in enumerate(cases)
    ]
    by_submission = {take_in(path).id: case.id for path, case in zip(handed_in, cases, strict=True)}
    command = [
        AUTOGRADER, "grade", assignment, *handed_in, "--out", folder / "graded",
        "--jobs", "2", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds, check=False, env={**os.environ, "AUTOGRADER_HOME": home},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        result = folder / "graded" / answer["submission"] / "result.json"
        found[by_submission[answer["submission"]]] = GRADED.validate_json(result.read_bytes())
    return found


def with_every_rule(assignment: Path, folder: Path) -> Path:
    """A copy of the assignment in which every rule may cost a point by itself."""
    shutil.copytree(assignment, folder)
    toml = folder / "assignment.toml"
    text = toml.read_text()
    for rule in RULES:
        if f"[guidelines.rules.{rule}]" not in text:
            text += f'\n[guidelines.rules.{rule}]\npoints = 1\nfirmness = "firm"\n'
    toml.write_text(text)
    return folder


def costly(graded: GradedSubmission) -> list[Finding]:
    """Findings that take points, or would once a person confirms them."""
    return [finding for finding in graded.findings if finding.firmness is not Firmness.HINT]


def assert_untouched(graded: GradedSubmission) -> None:
    """Every point, a run that came to its end, no finding that could cost anything, nothing to suspect."""
    assert graded.status is Status.GRADED, graded.reason
    assert graded.run_outcome is RunOutcome.COMPLETED, graded.reason
    assert not [result for result in graded.results if result.outcome is not CheckOutcome.PASSED]
    assert graded.score is not None
    assert graded.score.total == graded.score.max_score == 10
    assert not costly(graded)
    assert not graded.suspicions
