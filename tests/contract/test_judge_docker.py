"""The judge sandbox for real: a submission is run, and what it exported is judged in a second container."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.app.tools import judge_in
from autograder.checks.kinds import kinds_of
from autograder.errors import EngineMissing
from autograder.execution.prepare import Prepared
from autograder.execution.recorded import recorded
from autograder.execution.run import Progress
from autograder.execution.runner import Runner
from autograder.model.assignment import MIB, Assignment, Assurance, Limits
from autograder.model.evidence import AnswerStatus, QuestionKind
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission
from autograder.model.results import CheckOutcome
from autograder.model.submission import Submission, SubmittedFile
from autograder.pipeline import grade, rejudge
from autograder.sandbox.protocol import SandboxRequest
from autograder.sandbox.registry import find
from autograder.steps import Tools
from tests.conftest import SMALL_IMAGE
from tests.fakes import a_check, a_submission, an_assignment, fake_tools
from tests.unit.execution.builders import a_prepared_notebook

pytestmark = pytest.mark.docker
Told = Callable[[Progress], None]

SMALL = Limits(
    memory_bytes=512 * MIB, work_bytes=32 * MIB, tmp_bytes=32 * MIB, shm_bytes=16 * MIB, grace_seconds=1.0
)
CHECK = '''
import numpy as np
from autograder.checks.api import check, fail

ROWS = [[1.0, 2.0], [3.0, 4.0]]

@check("works")
def exported_weights_give_the_answers(student, judge):
    """The exported weights must give the answers in our own model."""
    weights = student.array("weights", shape=(2,))
    if not np.isfinite(weights).all():
        fail("`weights` holds what is no finite number.")
    found = judge.run("linear.py", weights=weights, rows=ROWS)
    assert found["here"] == {"files": [], "planted": False, "network": ["lo"], "user": 65534}, "not alone"
    if student.call("predict", ROWS) != found["answers"]:
        fail("In our own model the weights give other answers.")
'''
LINEAR = """
import os

def judge(weights, rows):
    import numpy as np

    here = {
        "files": os.listdir("/workspace"), "planted": os.path.exists("/tmp/planted"),
        "network": os.listdir("/sys/class/net"), "user": os.getuid(),
    }
    return {"answers": (np.array(rows) @ weights).tolist(), "here": here}
"""
HONEST = (
    "import numpy as np\nweights = np.array([1.0, -1.0])",
    "def predict(rows): return (np.array(rows) @ weights).tolist()",
    "open('/tmp/planted', 'w').write('x'); open('left_behind.txt', 'w').write('x')",
)


class Site:
    """Gives the real sandbox, and counts; after `engine_gone` there is none any more."""

    def __init__(self) -> None:
        self.asked = 0
        self.engine_gone = False

    def sandbox(self) -> Any:
        self.asked += 1
        if self.engine_gone:
            raise EngineMissing("no engine answers")
        return find("docker")


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    scripts = tmp_path / "checks" / "judge"
    scripts.mkdir(parents=True)
    (tmp_path / "checks" / "test_it.py").write_text(CHECK)
    (scripts / "linear.py").write_text(LINEAR)
    spec = a_check("works", assurance=Assurance.SEPARATED, seconds=60.0)
    return an_assignment(checks=[spec], folder=tmp_path, limits=SMALL)


def tools(site: Site, *cells: str) -> Tools:
    request = SandboxRequest(image=SMALL_IMAGE, run_key=secrets.token_hex(8), limits=SMALL)
    prepared = Prepared(notebooks=(a_prepared_notebook(*cells),))

    def open_run(submission: Submission, prepared: Prepared, assignment: Assignment, told: Told) -> Any:
        return Runner().open_run(submission, prepared, assignment, find("docker"), request, on_progress=told)

    return dataclasses.replace(
        fake_tools(),
        prepare=lambda submission, assignment: prepared,
        open_run=open_run,
        kinds=kinds_of,
        recorded=recorded,
        judge=judge_in(site, lambda: request),  # type: ignore[arg-type]
    )


def graded(site: Site, assignment: Assignment, *cells: str) -> tuple[GradedSubmission, Execution]:
    own = a_submission(files=(SubmittedFile(path="helper.py", content=b"x = 1"),))
    found, execution = grade(own, assignment, tools(site, *cells), run_key="run-1")
    assert execution is not None, found.reason
    return found, execution


def test_honest_weights_pass_without_the_student_beside_them_and_are_judged_again_from_evidence(
    site: Site, assignment: Assignment
) -> None:
    found, execution = graded(site, assignment, *HONEST)
    (result,) = found.results
    assert result.outcome is CheckOutcome.PASSED, (result.message, result.staff_message)
    assert site.asked == 1

    site.engine_gone = True  # equal calls need no engine
    assert rejudge(found, execution, a_submission(), assignment, tools(site)).results == found.results

    script = assignment.folder / "checks" / "judge" / "linear.py"
    script.write_text(LINEAR + "\n# corrected\n")  # another call: there must be an engine
    again = rejudge(found, execution, a_submission(), assignment, tools(site))
    assert again.results[0].outcome is CheckOutcome.ERRORED
    assert "no engine answers" in again.results[0].staff_message

    site.engine_gone = False
    again = rejudge(found, execution, a_submission(), assignment, tools(site))
    assert again.results[0].outcome is CheckOutcome.PASSED

    (call,) = [one for one in execution.exchanges if one.question.kind is QuestionKind.JUDGE]
    assert call.answer.status is AnswerStatus.ANSWERED
    assert json.loads(call.answer.value)["answers"]
    assert len(call.question.arguments) == 66, "a digest, not the arguments"


def test_what_the_exported_weights_do_not_bear_out_fails(site: Site, assignment: Assignment) -> None:
    found, _ = graded(site, assignment, *HONEST, "def predict(rows): return [9.0, 9.0]")
    assert found.results[0].outcome is CheckOutcome.FAILED
    assert "other answers" in found.results[0].message
