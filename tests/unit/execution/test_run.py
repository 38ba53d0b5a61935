"""A run of small notebooks: every way to end has its outcome, and what ran before is kept."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from autograder.execution.cells import CellEnd
from autograder.execution.evidence import load, save
from autograder.execution.recorded import recorded
from autograder.execution.run import Pause
from autograder.formats.plain import encode
from autograder.model.assignment import CheckKind, Checkpoint, Limits, OnError
from autograder.model.evidence import AnswerStatus, Exchange
from autograder.model.execution import CellStatus, Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId
from autograder.model.submission import SubmittedFile
from tests.fakes import EMPTY_NOTEBOOK, a_check, a_submission, an_assignment
from tests.unit.execution.builders import a_prepared_cell, a_prepared_notebook, a_question, executed

OK, ERROR, NOT_RUN = CellStatus.OK, CellStatus.ERROR, CellStatus.NOT_RUN
QUICK = Limits(grace_seconds=0.5)


def statuses(execution: Execution) -> list[CellStatus]:
    return [cell.status for cell in execution.cells]


def outputs_of(execution: Execution, position: int) -> list[dict[str, Any]]:
    (text,) = execution.executed.values()
    outputs: list[dict[str, Any]] = json.loads(text)["cells"][position]["outputs"]
    return outputs


def test_a_notebook_that_runs_is_completed_and_leaves_evidence(tmp_path: Any) -> None:
    notebook = a_prepared_notebook(
        "x = 20 + 1\nx",
        a_prepared_cell("# prose", id="m", cell_type="markdown"),
        "import os, sys\nprint('loss 2\\rloss 1'); print('noise', file=sys.stderr)",
        "",
        "def double(n): return 2 * n",
    )

    def ask(pause: Pause) -> None:
        assert pause.asker(CheckId("q1"))(a_question("call", "double", arguments="[[4],{}]")).value == "8"
        assert "loss 1" in pause.notebook_so_far

    execution = executed(notebook, at=ask)
    assert (execution.outcome, execution.detail) == (RunOutcome.COMPLETED, "")
    assert statuses(execution) == [OK, OK, NOT_RUN, OK]
    assert [cell.position for cell in execution.cells] == [0, 2, 3, 4]
    assert execution.cells[0].displayed == "21"
    assert all(cell.faithful for cell in execution.cells) and execution.canary_held
    assert execution.suspicions == () and execution.embargo_from is None
    assert [point.reached for point in execution.checkpoints] == [True]
    texts = {output["name"]: output["text"] for output in outputs_of(execution, 2)}
    assert texts == {"stdout": ["loss 1\n"], "stderr": ["noise\n"]} or texts == {
        "stdout": "loss 1\n", "stderr": "noise\n",
    }  # fmt: skip
    assert execution.usage.wall_seconds > 0 and execution.sandbox == "process"
    save(execution, tmp_path / "deep" / "folder")
    assert load(tmp_path / "deep" / "folder") == execution
    again = recorded(execution, END_OF_RUN)(CheckId("another"))
    assert again(a_question("call", "double", arguments=encode([[4], {}]), seconds=1.0)).value == "8"
    assert again(a_question("call", "double", arguments="[[5],{}]")).status is AnswerStatus.NEVER_ASKED
    elsewhere = recorded(execution, CheckpointId("part-1"))(CheckId("q1"))
    assert elsewhere(a_question("call", "double", arguments="[[4],{}]")).status is AnswerStatus.NEVER_ASKED


def test_cells_go_on_after_an_error_or_stop_as_the_author_wants() -> None:
    notebook = a_prepared_notebook("x = 1", "1 / 0", "x = 2")
    going_on = executed(notebook)
    assert (going_on.outcome, statuses(going_on)) == (RunOutcome.CELL_FAILED, [OK, ERROR, OK])
    assert (going_on.cells[1].error_name, going_on.detail) == ("ZeroDivisionError", "lab.ipynb, cell 2")
    stopped = executed(notebook, assignment=an_assignment(on_error=OnError.STOP, limits=QUICK))
    assert (stopped.outcome, statuses(stopped)) == (RunOutcome.CELL_FAILED, [OK, ERROR, NOT_RUN])
    assert stopped.checkpoints[-1].reached, "the kernel lives, so what ran can be asked about"


def test_each_question_is_asked_once_per_checkpoint_and_kept() -> None:
    notebook = a_prepared_notebook("n = 0\ndef count():\n    global n; n += 1; return n", "n = 100")
    answers = []

    def ask(pause: Pause) -> None:
        for check in ("q1", "q2"):
            answers.append(
                pause.asker(CheckId(check))(a_question("call", "count", arguments="[[],{}]")).value
            )

    first = Checkpoint(id=CheckpointId("first"), cell="g0")
    execution = executed(notebook, assignment=an_assignment(checkpoints=(first,), limits=QUICK), at=ask)
    assert answers == ["1", "1", "101", "101"]
    asked = [(exchange.checkpoint, exchange.check) for exchange in execution.exchanges]
    assert asked == [("first", ""), ("first", "q1"), ("end", ""), ("end", "q1")]
    ledger = [exchange for exchange in execution.exchanges if exchange.question.kind == "fits"]
    assert [exchange.answer.value for exchange in ledger] == ["[]", "[]"]


def test_a_checkpoint_that_lost_its_cell_is_found_by_its_names_or_not_at_all() -> None:
    notebook = a_prepared_notebook(a_prepared_cell("model = 5"), "other = 6")
    lost = Checkpoint(id=CheckpointId("lost"), cell="contract", binds=("model",))
    unknown = Checkpoint(id=CheckpointId("unknown"), cell="elsewhere", binds=("nothing",))
    reached = []
    execution = executed(
        notebook,
        assignment=an_assignment(checkpoints=(lost, unknown), limits=QUICK),
        at=lambda pause: reached.append(pause.checkpoint),
    )
    assert reached == ["lost", END_OF_RUN]
    found = {point.id: (point.recognised, point.reached, point.position) for point in execution.checkpoints}
    assert found == {"lost": (True, True, 0), "unknown": (False, False, -1), "end": (True, True, -1)}


def test_two_notebooks_have_kernels_of_their_own_and_one_work_folder() -> None:
    first = a_prepared_notebook("secret = 1\nopen('made.txt', 'w').write('hello')", name="a.ipynb")
    second = a_prepared_notebook("open('made.txt').read()", "secret", name="b.ipynb")
    execution = executed(first, second)
    assert [(cell.notebook, cell.status) for cell in execution.cells] == [
        ("a.ipynb", OK), ("b.ipynb", OK), ("b.ipynb", ERROR),
    ]  # fmt: skip
    assert execution.cells[1].displayed == "'hello'" and execution.cells[2].error_name == "NameError"


def test_a_notebook_in_a_folder_finds_the_files_beside_it_and_imports_from_above() -> None:
    files = (
        SubmittedFile(path="deep/data.csv", content=b"7"),
        SubmittedFile(path="helper.py", content=b"x = 8"),
    )
    notebook = a_prepared_notebook(
        "open('data.csv').read()", "import helper; helper.x", name="deep/lab.ipynb"
    )
    execution = executed(notebook, submission=a_submission(files=files))
    assert [cell.displayed for cell in execution.cells] == ["'7'", "8"]


@pytest.mark.parametrize("name", ["lab.ipynb", "deep/lab.ipynb", "a/b/c/lab.ipynb"])
def test_handed_out_files_lie_above_the_notebook_wherever_that_is(name: str) -> None:
    assignment = an_assignment(course_files=("../../macros.txt",), limits=Limits(grace_seconds=1.0))
    beside = SubmittedFile(path=str(PurePosixPath(name).parent / "data.csv"), content=b"7")
    notebook = a_prepared_notebook(
        "open('../../macros.txt').read()", "open('data.csv').read()", "import mine; mine.x", name=name
    )
    files = (beside, SubmittedFile(path="mine.py", content=b"x = 8"))
    submission = a_submission(notebooks={name: EMPTY_NOTEBOOK}, files=files)
    execution = executed(
        notebook, submission=submission, assignment=assignment, files=((PurePosixPath("macros.txt"), b"TeX"),)
    )
    assert [cell.displayed for cell in execution.cells] == ["'TeX'", "'7'", "8"]
    assert list(execution.executed) == [name]


def test_notebooks_of_a_submission_are_files_beside_each_other() -> None:
    notebooks = {"lab.ipynb": EMPTY_NOTEBOOK, "part/other.ipynb": EMPTY_NOTEBOOK}
    notebook = a_prepared_notebook(
        "import os\nos.path.isfile('part/other.ipynb'), os.path.isfile('lab.ipynb')"
    )
    execution = executed(notebook, submission=a_submission(notebooks=notebooks))
    assert execution.cells[0].displayed == "(True, True)"


@pytest.mark.parametrize("name", ["helper.py/mine.txt", "data", "helper.py"])
def test_a_file_in_the_way_of_a_course_file_stays_out(name: str) -> None:
    theirs = SubmittedFile(path=name, content=b"x = 9")
    ours = ((PurePosixPath("helper.py"), b"x = 1"), (PurePosixPath("data/rows.csv"), b"7"))
    notebook = a_prepared_notebook("import helper; helper.x", "open('data/rows.csv').read()")
    execution = executed(notebook, submission=a_submission(files=(theirs,)), files=ours)
    assert [cell.displayed for cell in execution.cells] == ["1", "'7'"]


def test_a_notebook_whose_folder_was_taken_away_runs_in_the_work_folder() -> None:
    first = a_prepared_notebook("open('deep', 'w').write('in the way')", name="a.ipynb")
    second = a_prepared_notebook("import os; os.path.isfile('deep')", name="deep/b.ipynb")
    execution = executed(first, second)
    assert execution.outcome is RunOutcome.COMPLETED and execution.cells[1].displayed == "True"


def test_what_a_function_prints_at_a_checkpoint_is_in_no_cells_output() -> None:
    notebook = a_prepared_notebook(
        "def noisy():\n    for i in range(20_000): print('SECRET', i, flush=i % 100 == 0)\n    return 1",
        "print('hello')\n5",
    )
    point = Checkpoint(id=CheckpointId("part"), cell="g0")
    execution = executed(
        notebook,
        assignment=an_assignment(checkpoints=(point,), limits=QUICK),
        at=lambda pause: pause.asker(CheckId("q"))(a_question("call", "noisy", arguments="[[],{}]")),
    )
    assert "SECRET'" not in execution.executed["lab.ipynb"].replace("print('SECRET'", "")
    assert execution.cells[1].displayed == "5" and "hello" in json.dumps(outputs_of(execution, 1))


RECORD = "import sys\nsys.modules['_nbverdict_ledger'].fits.append({'model': 'model-1', 'cell': %d})"


def test_the_ledger_holds_the_fits_of_all_notebooks() -> None:
    first = a_prepared_notebook(RECORD % 4, name="a.ipynb")
    second = a_prepared_notebook(RECORD % 5, name="b.ipynb")
    execution = executed(first, second)
    (ledger,) = [exchange.answer.value for exchange in execution.exchanges if exchange.checkpoint == "end"]
    found = [[fit["notebook"], fit["model"], fit["cell"]] for fit in json.loads(ledger)]
    assert found == [["a.ipynb", "a.ipynb/model-1", 4], ["b.ipynb", "model-1", 5]]


def test_a_cell_over_its_time_is_interrupted_and_the_next_ones_run() -> None:
    notebook = a_prepared_notebook("import time\ntime.sleep(60)", "x = 5")
    execution = executed(notebook, cell_seconds=0.3)
    assert (execution.outcome, statuses(execution)) == (RunOutcome.TIMED_OUT, [CellStatus.TIMED_OUT, OK])
    assert execution.cells[0].error_name == "KeyboardInterrupt" and execution.cells[0].seconds < 10


def test_a_cell_that_ignores_the_interrupt_is_killed_and_the_next_notebook_runs() -> None:
    stubborn = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)"
    first = a_prepared_notebook(stubborn, "x = 5", name="a.ipynb")
    second = a_prepared_notebook("y = 6", name="b.ipynb")
    execution = executed(first, second, cell_seconds=0.3, grace_seconds=0.3)
    assert execution.outcome is RunOutcome.TIMED_OUT and "killed" in execution.detail
    assert statuses(execution) == [CellStatus.TIMED_OUT, NOT_RUN, OK]


def test_a_run_over_its_total_time_ends_and_can_still_be_asked() -> None:
    notebook = a_prepared_notebook("x = 7", "import time\ntime.sleep(60)", "x = 8")
    values = []
    execution = executed(
        notebook,
        at=lambda pause: values.append(pause.asker(CheckId("q"))(a_question("value", "x")).value),
        total_seconds=0.5,
    )
    assert execution.outcome is RunOutcome.TIMED_OUT and values == ["7"]
    assert statuses(execution) == [OK, CellStatus.TIMED_OUT, NOT_RUN]


@pytest.mark.parametrize(
    "code", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_kernel_that_ends_itself_has_died_whatever_its_exit_code(code: str) -> None:
    execution = executed(a_prepared_notebook("x = 1", code, "x = 2"))
    assert execution.outcome is RunOutcome.KERNEL_DIED
    assert statuses(execution) == [OK, CellStatus.INTERRUPTED, NOT_RUN]
    assert not execution.checkpoints[-1].reached


def test_a_notebook_that_leaves_with_sys_exit_is_a_cell_that_failed() -> None:
    execution = executed(a_prepared_notebook("import sys; sys.exit(0)", "x = 1"))
    assert (execution.outcome, statuses(execution)) == (RunOutcome.CELL_FAILED, [ERROR, OK])


def test_output_without_end_stops_the_whole_run() -> None:
    flood = "while True: print('x' * 100_000)"
    execution = executed(
        a_prepared_notebook("x = 1", flood, "x = 2", name="a.ipynb"),
        a_prepared_notebook("y = 1", name="b.ipynb"),
        received_bytes=3_000_000,
    )
    assert execution.outcome is RunOutcome.OUTPUT_TOO_LARGE
    assert statuses(execution) == [OK, CellStatus.INTERRUPTED, NOT_RUN, NOT_RUN]
    assert execution.cells[1].truncated


def test_a_long_log_is_cut_and_nothing_else_happens() -> None:
    execution = executed(a_prepared_notebook("for i in range(40_000): print('step', i)", "x = 2"))
    assert execution.outcome is RunOutcome.COMPLETED or execution.cells[0].truncated
    assert statuses(execution) == [OK, OK]


class FullDisk:
    """The process sandbox with a disk that is full from the start."""

    name = "process"

    def __init__(self) -> None:
        from autograder.sandbox.process import ProcessSandbox

        self._real = ProcessSandbox()

    def image_digest(self, image: str) -> str:
        return ""

    def open(self, request: Any) -> Any:
        from contextlib import contextmanager

        @contextmanager
        def opened() -> Any:
            with self._real.open(request) as session:
                start = session.start_kernel

                def start_kernel() -> Any:
                    kernel = start()
                    kernel.disk_full = lambda: True  # type: ignore[method-assign]
                    return kernel

                session.start_kernel = start_kernel  # type: ignore[method-assign]
                yield session

        return opened()


def test_a_cell_that_failed_on_a_full_disk_is_told_apart() -> None:
    execution = executed(
        a_prepared_notebook("x = 1", "raise OSError(28, 'No space left')"), sandbox=FullDisk()
    )
    assert (execution.outcome, statuses(execution)) == (RunOutcome.DISK_FULL, [OK, ERROR])
    assert executed(a_prepared_notebook("x = 1"), sandbox=FullDisk()).outcome is RunOutcome.COMPLETED


def test_what_comes_after_the_first_hidden_cell_is_embargoed() -> None:
    hidden = a_prepared_cell("assert x == 1", id="t", grade_id="test", hidden=True, locked=True)
    execution = executed(a_prepared_notebook("x = 1", hidden, "x = 2"))
    assert execution.embargo_from == ("lab.ipynb", 1)
    assert [cell.hidden for cell in execution.cells] == [False, True, False]


def test_what_comes_after_the_first_hidden_question_is_embargoed() -> None:
    def ask(pause: Pause) -> None:
        asker = pause.asker(CheckId("q"))
        asker(a_question("value", "x"))
        if pause.checkpoint != END_OF_RUN:
            asker(a_question("call", "f", arguments='[["hidden row"],{}]', hidden=True))

    point = Checkpoint(id=CheckpointId("part"), cell="g1")
    notebook = a_prepared_notebook("x = 1", "def f(t): return t", "x = 2")
    execution = executed(notebook, assignment=an_assignment(checkpoints=(point,), limits=QUICK), at=ask)
    assert execution.embargo_from == ("lab.ipynb", 2)


TRICKS = {
    "a patched run_cell": (
        "ip = get_ipython(); kernel = ip.kernel\n"
        "async def pretend(*a, **k):\n"
        "    return {'status': 'ok', 'execution_count': 1, 'user_expressions': {}, 'payload': []}\n"
        "kernel.do_execute = pretend"
    ),
    "an input transformer": "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    "a syntax tree transformer": (
        "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Module(self, node): return ast.Module(body=[], type_ignores=[])\n"
        "    def visit(self, node): return ast.Module(body=[], type_ignores=[])\n"
        "get_ipython().ast_transformers.append(T())"
    ),
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS.keys())
def test_cells_that_only_seem_to_run_raise_a_suspicion(trick: str) -> None:
    test_cell = a_prepared_cell("assert False, 'never true'", id="t", grade_id="test", locked=True)
    execution = executed(a_prepared_notebook("x = 1", trick, test_cell))
    assert not execution.canary_held or not execution.cells[2].faithful
    assert execution.suspicions


def test_a_kernel_that_leaves_instead_of_saying_what_it_ran_confirms_nothing() -> None:
    leave = "import os, sys\nsys.modules['_nbverdict_ledger'].history = lambda: os._exit(0)"
    test_cell = a_prepared_cell("assert 1 == 1", id="t", grade_id="test", locked=True)
    assignment = an_assignment(checks=[a_check("q1", kind=CheckKind.CELLS, cell="test")], limits=QUICK)
    execution = executed(a_prepared_notebook(leave, test_cell), assignment=assignment)
    assert execution.outcome is RunOutcome.KERNEL_DIED
    assert [(cell.status, cell.confirmed) for cell in execution.cells] == [(OK, True), (OK, False)]


def test_honest_magics_are_no_suspicion() -> None:
    notebook = a_prepared_notebook(
        "%matplotlib inline", "%%time\nx = 1", "!echo hello", "pwd", "x?", "%cd nowhere", "  y = 2\n  z = 3",
        "def broken(:", "%load_ext autoreload\n%autoreload 2", "for i in range(2):\n    i\n\n\n", "'a\\\nb'",
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.ast_node_interactivity = 'all'", "import asyncio\nawait asyncio.sleep(0)", "1\n2",
    )  # fmt: skip
    execution = executed(notebook)
    assert execution.suspicions == () and all(cell.faithful for cell in execution.cells)
    assert execution.cells[-1].displayed == "2"


def test_a_reset_of_the_namespace_is_no_suspicion() -> None:
    execution = executed(a_prepared_notebook("x = 1", "%reset -f", "y = 2"))
    assert execution.suspicions == () and all(cell.faithful for cell in execution.cells)


def test_a_kernel_lost_at_a_checkpoint_ends_its_notebook() -> None:
    stuck = (
        "import signal\ndef stuck():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    while True: pass"
    )
    point = Checkpoint(id=CheckpointId("part"), cell="g0")
    answers = []

    def ask(pause: Pause) -> None:
        asker = pause.asker(CheckId("q"))
        answers.append(asker(a_question("call", "stuck", arguments="[[],{}]", seconds=0.2)).status)
        answers.append(asker(a_question("value", "x")).status)

    execution = executed(
        a_prepared_notebook(stuck, "x = 1"),
        assignment=an_assignment(checkpoints=(point,), limits=Limits(grace_seconds=0.2)),
        at=ask,
    )
    assert answers == [AnswerStatus.NO_ANSWER] * 2
    assert (execution.outcome, statuses(execution)) == (RunOutcome.TIMED_OUT, [OK, NOT_RUN])


def test_the_kernel_is_prepared_before_student_code() -> None:
    notebook = a_prepared_notebook(
        (
            "import os, sys, pathlib\nhere = pathlib.Path.cwd()\n"
            "pathlib.Path('helper.py').write_text('value = 3')"
        ),
        (
            "import helper\nfolder_on_path = str(here) in sys.path\nmask = os.umask(0o022)\n"
            "backend = os.environ['MPLBACKEND']\n"
            "mine = [name for name in globals() if 'nbverdict' in name or 'autograder' in name]"
        ),
    )
    seen: dict[str, str] = {}

    def ask(pause: Pause) -> None:
        for name in ("helper.value", "folder_on_path", "mask", "backend", "mine"):
            seen[name] = pause.asker(CheckId("q"))(a_question("value", name)).value

    execution = executed(notebook, at=ask)
    assert execution.outcome is RunOutcome.COMPLETED
    assert seen == {
        "helper.value": "3", "folder_on_path": "true", "mask": str(0o022),
        "backend": '"module://matplotlib_inline.backend_inline"', "mine": "[]",
    }  # fmt: skip


def test_a_recorded_exchange_serves_every_check_that_asks_the_same() -> None:
    execution = executed(
        a_prepared_notebook("x = [1, 2]"), at=lambda p: p.asker(CheckId("a"))(a_question("value", "x"))
    )
    (kept,) = [e for e in execution.exchanges if isinstance(e, Exchange) and e.check == "a"]
    assert (
        recorded(execution, kept.checkpoint)(CheckId("b"))(a_question("value", "x", at_most=9)) == kept.answer
    )


@pytest.mark.parametrize(
    "setting",
    ["InteractiveShell.ast_node_interactivity =", "%config InteractiveShell.ast_node_interactivity ="],
)
def test_how_much_a_student_lets_cells_show_changes_nothing_in_the_authors_cells(setting: str) -> None:
    notebook = a_prepared_notebook(
        f"from IPython.core.interactiveshell import InteractiveShell\n{setting} 'all'",
        a_prepared_cell("0.25\nx = 1", locked=True),
        "0.25\nx = 1",
        f"{setting} 'last_expr_or_assign'",
        a_prepared_cell("x = 0", locked=True),
        a_prepared_cell("x + 5", locked=True),
        "x = 7",
    )
    execution = executed(notebook)
    assert [cell.displayed for cell in execution.cells] == ["", "", "0.25", "", "", "5", "7"]


@pytest.mark.parametrize(
    ("status", "name", "looked"),
    [
        (ERROR, "OSError", True), (ERROR, "ValueError", True), (ERROR, "", True), (OK, "", False),
        (ERROR, "AssertionError", False), (ERROR, "NotImplementedError", False),
    ],
)  # fmt: skip
def test_the_disk_is_not_looked_at_for_what_tests_and_stubs_raise(
    status: CellStatus, name: str, looked: bool
) -> None:
    assert CellEnd(status=status, error_name=name).may_be_the_disk is looked
