"""What a run says about the rule that the notebook runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from autograder.formats.notebook import Notebook
from autograder.guidelines.engine import inspect, inspect_run
from autograder.model.assignment import Assignment, CheckKind, CheckSpec, Firmness
from autograder.model.execution import CellRecord, CellStatus, Execution, RunOutcome
from autograder.model.ids import CheckId
from autograder.model.results import Finding, FindingState, Severity
from autograder.model.submission import Submission

SubmissionOf = Callable[..., Submission]
AssignmentOf = Callable[..., Assignment]
NotebookOf = Callable[..., Notebook]


def a_cell(position: int, error: str = "", value: str = "", **options: object) -> CellRecord:
    status = CellStatus.ERROR if error else CellStatus.OK
    wanted = {"status": status, "error_name": error, "error_value": value} | options
    return CellRecord(notebook="Lab.ipynb", position=position, cell_id=f"c{position}", **wanted)  # type: ignore[arg-type]


def a_run(*cells: CellRecord, outcome: RunOutcome = RunOutcome.CELL_FAILED) -> Execution:
    return Execution(outcome=outcome, cells=cells)


@pytest.fixture
def after(submission: SubmissionOf, assignment: AssignmentOf) -> Callable[..., Finding | None]:
    def looked(run: Execution, *sources: str, **options: object) -> Finding | None:
        handed_in = submission(*(sources or ("x = 1", "y = 2", "z = 3")))
        found = inspect_run(handed_in, run, assignment("runs"), **options)  # type: ignore[arg-type]
        assert len(found) <= 1
        return found[0] if found else None

    return looked


After = Callable[..., Finding | None]


HONEST = {
    "plain": {},
    "slow": {"seconds": 3000.0},
    "truncated output": {"truncated": True},
    "displayed": {"displayed": "0.93"},
    "restored": {"restored": True},
    "hidden": {"hidden": True},
    "graded": {"grade_id": "part1_contract"},
    "warning on stderr": {"displayed": "UserWarning: TensorFlow was not built for this machine"},
    "an error's name in the output": {"displayed": "NameError: name 'x' is not defined"},
    "a failed shell line": {"displayed": "ERROR: No matching distribution found for x"},
}


@pytest.mark.parametrize("options", HONEST.values(), ids=HONEST)
@pytest.mark.parametrize("outcome", [RunOutcome.COMPLETED, RunOutcome.CELL_FAILED, RunOutcome.SANDBOX_FAILED])
def test_a_run_whose_cells_are_well_is_clean(
    after: After, options: dict[str, object], outcome: RunOutcome
) -> None:
    assert after(a_run(a_cell(0), a_cell(1, **options), outcome=outcome)) is None


def test_our_failure_is_no_fault_of_the_notebook(after: After) -> None:
    assert after(a_run(a_cell(0, "OSError"), outcome=RunOutcome.SANDBOX_FAILED)) is None


@pytest.mark.parametrize("error", ["NameError", "ValueError", "AssertionError", "SyntaxError", "KeyError"])
def test_the_first_failing_cell_is_named_and_firm(after: After, error: str) -> None:
    finding = after(a_run(a_cell(0), a_cell(1, error, "details"), a_cell(2, "NameError", "name 'y'")))
    assert finding is not None
    assert (finding.firmness, finding.state, finding.points) == (
        Firmness.FIRM,
        FindingState.CONFIRMED,
        Decimal(2),
    )
    assert [(place.cell, place.cell_id) for place in finding.places] == [(1, "c1"), (2, "c2")]
    assert f"{error}: details" in finding.message and "NameError" not in finding.message.replace(error, "")
    assert finding.from_run and finding.cause == "runs"


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("No module named 'torch'", "torch"),
        ("No module named 'torch.nn'", "torch"),
        ("No module named 'pytorch_lightning'", "torch"),
        ("No module named 'peft'", "shortcuts"),
        ("No module named 'yfinance'", "packages"),
    ],
)
def test_a_missing_package_is_named_with_its_cause(after: After, value: str, cause: str) -> None:
    finding = after(a_run(a_cell(1, "ModuleNotFoundError", value)))
    assert finding is not None
    assert finding.cause == cause and finding.state is FindingState.PROPOSED
    assert value.split("'")[1] in finding.message
    assert ("rule of ours" in finding.message) == (cause == "packages")


def test_transformers_asking_for_torch_has_the_same_cause(after: After) -> None:
    value = "AutoModel requires the PyTorch library but it was not found in your environment."
    finding = after(a_run(a_cell(1, "ImportError", value)))
    assert finding is not None and finding.cause == "torch"


@pytest.mark.parametrize(
    ("error", "value"),
    [
        ("ConnectionError", "HTTPSConnectionPool(host='x'): Max retries exceeded"),
        ("OSError", "We couldn't connect to 'https://huggingface.co' to load the files"),
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>"),
        ("LocalEntryNotFoundError", "Cannot find the requested files in the local cache"),
        ("gaierror", "[Errno -2]"),
        ("huggingface_hub.errors.OfflineModeIsEnabled", "Cannot reach x: offline mode is enabled."),
    ],
)
def test_a_missing_network_is_called_our_rule_and_never_firm(after: After, error: str, value: str) -> None:
    finding = after(a_run(a_cell(1, error, value)))
    assert finding is not None
    assert finding.state is FindingState.PROPOSED and finding.severity is Severity.WARNING
    assert "rule of ours" in finding.message and finding.cause == "network"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (RunOutcome.TIMED_OUT, "out of time"),
        (RunOutcome.OUT_OF_MEMORY, "out of memory"),
        (RunOutcome.OUTPUT_TOO_LARGE, "printed too much"),
        (RunOutcome.DISK_FULL, "filled the disk"),
        (RunOutcome.KERNEL_DIED, "ended the kernel"),
    ],
)
def test_an_early_end_is_proposed_and_named(after: After, outcome: RunOutcome, words: str) -> None:
    cells = a_cell(0), a_cell(1, status=CellStatus.TIMED_OUT), a_cell(2, status=CellStatus.NOT_RUN)
    finding = after(a_run(*cells, outcome=outcome))
    assert finding is not None and words in finding.message
    assert finding.state is FindingState.PROPOSED and finding.places[0].cell == 1


def test_test_cells_are_checks_and_no_fault_of_the_run(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    check = CheckSpec(id=CheckId("q1"), kind=CheckKind.CELLS, points=Decimal(1), cell="test_q1")
    declared = replace(assignment("runs"), checks=(check,))
    cells = [
        a_cell(0, "AssertionError", grade_id="test_q1"),
        a_cell(1, "NameError", hidden=True),
        a_cell(2, "X", restored=True),
    ]
    assert inspect_run(submission("x"), a_run(*cells), declared) == ()


def test_a_handed_out_cell_that_fails_is_a_hint(after: After, notebook: NotebookOf) -> None:
    released = {"Lab.ipynb": notebook("x = undefined", "raise NotImplementedError()")}
    finding = after(a_run(a_cell(0, "NameError", "x")), "x = undefined", released=released)
    assert finding is not None and finding.firmness is Firmness.HINT
    left = after(a_run(a_cell(0, "NotImplementedError")), "raise NotImplementedError()", released=released)
    assert left is not None and left.state is FindingState.PROPOSED and "left as it was" in left.message


def test_a_file_missing_for_want_of_a_relative_path_has_that_cause(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    handed_in = submission("open('/data/x.csv')")
    rules = assignment("runs", "paths")
    before = inspect(handed_in, None, rules)
    run = a_run(a_cell(0, "FileNotFoundError", "[Errno 2] No such file: '/data/x.csv'"))
    assert [(f.rule, f.cause) for f in inspect_run(handed_in, run, rules, before=before)] == [
        ("paths", "paths"),
        ("runs", "paths"),
    ]


def test_torch_heads_the_report_before_the_import_error_it_leads_to(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    handed_in = submission("import torch", "open('/home/jane/x')")
    rules = assignment("runs", "paths", "torch", "archive_name")
    before = inspect(handed_in, None, rules)
    run = a_run(a_cell(0, "ModuleNotFoundError", "No module named 'torch'"), a_cell(1, "FileNotFoundError"))
    found = inspect_run(handed_in, run, rules, before=before[::-1])
    assert [finding.rule for finding in found] == ["torch", "runs", "paths"]


def test_a_long_error_is_cut(after: After) -> None:
    finding = after(a_run(a_cell(0, "ValueError", "x" * 5000 + "\nmore")))
    assert finding is not None and len(finding.message) < 600


def test_an_empty_error_is_no_trouble(after: After) -> None:
    for value in ("", "No module named ", "   "):
        assert after(a_run(a_cell(0, "ModuleNotFoundError", value))) is not None
    assert after(a_run(outcome=RunOutcome.KERNEL_DIED)) is not None
    assert after(a_run()) is None
