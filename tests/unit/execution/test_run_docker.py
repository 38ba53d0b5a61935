"""The same runs in the real sandbox, and the ways to end that only it knows."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from autograder.execution.run import Pause
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.model.assignment import GIB, MIB, Limits
from autograder.model.execution import CellStatus, Execution, RunOutcome
from autograder.model.ids import CheckId
from autograder.sandbox.registry import find
from tests.conftest import SMALL_IMAGE
from tests.fakes import an_assignment
from tests.unit.execution.builders import a_prepared_notebook, a_question, executed

pytestmark = pytest.mark.docker

SMALL = Limits(
    memory_bytes=GIB // 2, work_bytes=32 * MIB, tmp_bytes=32 * MIB, shm_bytes=16 * MIB, grace_seconds=1.0
)


def executed_in_docker(*cells: str, limits: Limits = SMALL, **more: object) -> Execution:
    notebook = a_prepared_notebook(*cells)
    assignment = an_assignment(limits=limits)
    return executed(notebook, assignment=assignment, sandbox=find("docker"), image=SMALL_IMAGE, **more)  # type: ignore[arg-type]


def test_a_notebook_runs_and_answers() -> None:
    answers = []

    def ask(pause: Pause) -> None:
        question = a_question("call", "shout", arguments='[[["a","b"]],{}]', hidden=True)
        answers.append(pause.asker(CheckId("q"))(question).value)

    execution = executed_in_docker(
        "import os\nopen('note', 'w').write('x'); os.getuid(), os.getcwd()",
        "def shout(texts): return [text.upper() for text in texts]",
        "1 / 0",
        at=ask,
    )
    assert execution.outcome is RunOutcome.CELL_FAILED and answers == ['["A","B"]']
    assert execution.cells[0].displayed == "(65534, '/workspace')"
    assert execution.image_digest.startswith("sha256:") and execution.sandbox == "docker"
    assert execution.canary_held and all(cell.faithful for cell in execution.cells)


def test_a_notebook_runs_one_that_was_handed_out_two_folders_above() -> None:
    macros = (
        Cell(id="m", cell_type="code", source="MACRO = 7"),
        Cell(id="t", cell_type="markdown", source="$x$"),
    )
    text = to_text(Notebook(cells=macros), outputs=False)
    execution = executed(
        a_prepared_notebook('%run "../../Latex_macros.ipynb"', "import os\nMACRO, os.getcwd()"),
        assignment=an_assignment(course_files=("../../Latex_macros.ipynb",), limits=SMALL),
        sandbox=find("docker"),
        image=SMALL_IMAGE,
        files=((PurePosixPath("Latex_macros.ipynb"), text.encode()),),
    )
    assert execution.outcome is RunOutcome.COMPLETED
    assert execution.cells[1].displayed == "(7, '/workspace/course/assignment')"


def test_memory_that_runs_out_is_told_apart_from_a_kernel_that_dies() -> None:
    hungry = executed_in_docker("x = []\nwhile True: x.append(bytearray(10_000_000))")
    assert hungry.outcome is RunOutcome.OUT_OF_MEMORY
    assert executed_in_docker("import os; os._exit(137)").outcome is RunOutcome.KERNEL_DIED


def test_a_notebook_that_leaves_no_room_for_the_next_has_filled_the_disk() -> None:
    fill = "n = 0\nwhile True:\n    open(f'/tmp/{n}', 'w').close()\n    n += 1"
    execution = executed(
        a_prepared_notebook(fill, name="a.ipynb"),
        a_prepared_notebook("x = 1", name="b.ipynb"),
        assignment=an_assignment(limits=SMALL),
        sandbox=find("docker"),
        image=SMALL_IMAGE,
    )
    assert execution.outcome is RunOutcome.DISK_FULL
    assert [cell.status for cell in execution.cells] == [CellStatus.ERROR, CellStatus.NOT_RUN]


def test_a_disk_that_is_full_is_told_apart() -> None:
    execution = executed_in_docker(
        "with open('big', 'wb') as f:\n    while True: f.write(b'x' * 1_000_000)", "x = 1"
    )
    assert execution.outcome is RunOutcome.DISK_FULL
    assert [cell.status for cell in execution.cells] == [CellStatus.ERROR, CellStatus.OK]


def test_a_kernel_that_stops_itself_is_killed_at_its_limit() -> None:
    limits = Limits(
        memory_bytes=GIB // 2, work_bytes=32 * MIB, tmp_bytes=32 * MIB, shm_bytes=16 * MIB,
        cell_seconds=0.5, grace_seconds=0.5,
    )  # fmt: skip
    execution = executed_in_docker("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", limits=limits)
    assert execution.outcome is RunOutcome.TIMED_OUT


def test_a_submitted_module_does_not_take_the_place_of_the_kernels_own() -> None:
    execution = executed_in_docker(
        "open('json.py', 'w').write('raise SystemExit')\nopen('numpy.py', 'w').write('raise SystemExit')",
        "x = [1, 2]",
        at=lambda pause: pause.asker(CheckId("q"))(a_question("value", "x")),
    )
    (answer,) = [exchange.answer for exchange in execution.exchanges if exchange.check == "q"]
    assert answer.value == "[1,2]" and execution.outcome is RunOutcome.COMPLETED
