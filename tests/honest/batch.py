"""Grade a corpus as one batch with the real command, as staff would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.app.results_folder import GRADED
from autograder.model.assignment import Firmness
from autograder.model.graded import GradedSubmission
from autograder.model.results import Finding
from tests.honest.submissions import HonestCase, hand_in

AUTOGRADER = Path(sys.executable).parent / "autograder"


def graded_batch(
    cases: Sequence[HonestCase],
    assignment: Path,
    usual: Mapping[str, str],
    folder: Path,
    *,
    home: str = "",
    seconds: float = 880,
) -> dict[str, GradedSubmission]:
    """Hand in every case, grade two at a time, and give the results by the cases' ids."""
    handed_in = {
        f"h{number:03}": hand_in(case, folder / "in" / f"h{number:03}", assignment, usual)
        for number, case in enumerate(cases)
    }
    command = [
        AUTOGRADER, "grade", assignment, *handed_in.values(), "--out", folder / "graded",
        "--jobs", "2", "--json",
    ]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=seconds, check=False, env=dict(os.environ) | ({"AUTOGRADER_HOME": home} if home else {}),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        result = folder / "graded" / answer["submission"] / "result.json"
        found[cases[int(answer["student"][1:])].id] = GRADED.validate_json(result.read_bytes())
    return found


def costly(graded: GradedSubmission) -> list[Finding]:
    """Findings that take points, or would once a person confirms them."""
    return [finding for finding in graded.findings if finding.firmness is not Firmness.HINT]
