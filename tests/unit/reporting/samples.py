"""A small fine-tuning assignment with a run that has a bit of everything, hostile output included."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from autograder.model.assignment import (
    Assignment,
    Assurance,
    CheckKind,
    CheckSpec,
    Firmness,
    Gate,
    RubricItem,
    Visibility,
)
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import (
    CellRecord,
    CellStatus,
    Execution,
    ReachedCheckpoint,
    RunOutcome,
    Usage,
)
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, CheckId, CheckpointId, RuleId, StudentId, SubmissionId
from autograder.model.results import (
    CheckOutcome,
    CheckResult,
    Finding,
    FindingState,
    Place,
    Score,
    Severity,
)

NOTEBOOK = "FineTune.ipynb"
RECEIVED = datetime(2026, 3, 2, 21, 58, tzinfo=UTC)
SECRET_TEST = "assert added_total == 368640  # the expected value"
HOLDOUT_ROW = "Operating profit rose to EUR 13.1 mn"
SMUGGLED = "smuggled hidden text"
ALERT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def a_png(width: int = 320, height: int = 120) -> str:
    """A real PNG in base64: a soft gradient."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (40, 90 + x * 120 // width, 150 + y * 80 // height))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
    return base64.b64encode(raw + chunk(b"IEND", b"")).decode()


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: Any) -> dict[str, Any]:
    """A display output; `png`, `html`, `svg`, `js`, `text` and `markdown` stand for their mime types."""
    mimes = {
        "png": "image/png",
        "jpeg": "image/jpeg",
        "html": "text/html",
        "svg": "image/svg+xml",
        "js": "application/javascript",
        "text": "text/plain",
        "markdown": "text/markdown",
        "widget": "application/vnd.jupyter.widget-view+json",
    }
    bundle = {mimes[name]: value for name, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def error(name: str, value: str, *lines: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": list(lines)}


def code(source: str, *outputs: dict[str, Any], id: str = "") -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": list(outputs),
        "execution_count": None,
        "id": id,
    }


def prose(source: str, id: str = "") -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}, "id": id}


def a_notebook(cells: Sequence[dict[str, Any]]) -> str:
    named = [{**cell, "id": cell["id"] or f"c{number}"} for number, cell in enumerate(cells)]
    return json.dumps({"cells": named, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


TABLE = (
    '<style scoped>.dataframe{color:red}</style><table border="1" class="dataframe"><thead><tr><th></th>'
    "<th>accuracy</th><th>macro-F1</th></tr></thead><tbody><tr><th>head only</th><td>0.778</td><td>0.701</td>"
    "</tr><tr><th>all weights</th><td>0.918</td><td>0.893</td></tr></tbody></table>"
)
PROGRESS = "".join(f"\r{n}/25 [{'=' * n:<25}] loss: {1 / n:.3f}" for n in range(1, 26)) + "\n"
TRACE = (
    "\x1b[0;31m---------------------------------------------\x1b[0m",
    "\x1b[0;31mNameError\x1b[0m                       Traceback (most recent call last)",
    "Cell \x1b[0;32mIn[6], line 1\x1b[0m\n\x1b[0;32m----> 1\x1b[0m plot_errors(model_lora)",
    "\x1b[0;31mNameError\x1b[0m: name 'plot_errors' is not defined",
)

EXECUTED = (
    prose("# Fine-tuning for financial sentiment\n\nI first train *only the head*. See `helper.py`."),
    code("import numpy as np\nimport tensorflow as tf", stream("custom operations are on.\n", "stderr")),
    code("history = part1_head_only.fit(train, epochs=3)", stream(PROGRESS)),
    code("results", display(html=TABLE, text="accuracy macro-F1")),
    code("plt.plot(history.history['loss'])", display(png=a_png(), text="<Figure size 640x480>")),
    prose("The head alone beats the floor:\n\n- accuracy 0.778\n- macro-F1 0.701\n\nThat is **not** enough."),
    code("plot_errors(model_lora)", error("NameError", "name 'plot_errors' is not defined", *TRACE)),
    code(
        f"added_total = count(model)\n{SECRET_TEST}",
        error("AssertionError", "expected 368640", "Traceback: expected 368640"),
    ),
    code("print('afterwards')", stream(f"{SMUGGLED}: {SECRET_TEST}\n"), display(html=f"<b>x</b>{ALERT}")),
    code("boom()", error("SneakyError", f"{SMUGGLED} {HOLDOUT_ROW}", f"Traceback {SMUGGLED}")),
)

STORED = (
    *EXECUTED[:2],
    code("history = part1_head_only.fit(train, epochs=3)", stream("25/25 loss: 0.010 accuracy: 0.991\n")),
    code("results", display(html="<table><tr><td>0.991</td></tr></table>", text="0.991")),
    *EXECUTED[4:6],
    code("plot_errors(model_lora)", display(svg="<svg onload=alert(1)></svg>", text="<Figure>")),
    code("print('afterwards')", stream("fine\n"), display(js="alert(1)"), display(html=ALERT)),
)


def a_spec(id: str, title: str, points: str, **changes: Any) -> CheckSpec:
    fields: dict[str, Any] = {
        "kind": CheckKind.PYTEST,
        "assurance": Assurance.SEPARATED,
        "visibility": Visibility.AFTER_PUBLISHED,
        **changes,
    }
    return CheckSpec(id=CheckId(id), title=title, points=Decimal(points), **fields)


RUBRIC = (
    RubricItem(id="compare", text="Compares LoRA with both other models out of sample", points=Decimal(3)),
    RubricItem(id="why", text="Gives a reason that fits the numbers", points=Decimal(2)),
)


def an_assignment(**changes: Any) -> Assignment:
    fields: dict[str, Any] = {
        "id": AssignmentId("finetune"),
        "title": "Fine-tuning for financial sentiment",
        "version": "5f" * 32,
        "folder": Path("finetune"),
        "notebooks": (NOTEBOOK,),
        "checks": (
            a_spec("part1.contract", "The models of part 1 are there", "5", visibility=Visibility.VISIBLE),
            a_spec("part2.generalises", "The fine-tuned model does well on unseen sentences", "20"),
            a_spec(
                "part2.only-adapters-train", "Only the adapters train", "10", assurance=Assurance.REPORTED
            ),
            a_spec(
                "part2.count",
                "The number of added weights",
                "5",
                kind=CheckKind.CELLS,
                assurance=Assurance.SHARED,
                cell="count-test",
            ),
            a_spec(
                "part2.discussion",
                "Did LoRA help, and why?",
                "5",
                kind=CheckKind.MANUAL,
                assurance=Assurance.HUMAN,
                rubric=RUBRIC,
            ),
            a_spec("extra.ranks", "Other ranks", "5", optional=True),
        ),
        "gate": Gate(title="Basic part", checks=(CheckId("part1.contract"), CheckId("part2.generalises"))),
        "deduction_cap": Decimal(6),
        **changes,
    }
    return Assignment(**fields)


def a_result(id: str, outcome: CheckOutcome, **changes: Any) -> CheckResult:
    fields: dict[str, Any] = {"kind": CheckKind.PYTEST, "assurance": Assurance.SEPARATED, **changes}
    return CheckResult(check_id=CheckId(id), outcome=outcome, **fields)


ACCURACY = {
    "accuracy": 0.847,
    "accuracy_low": 0.808,
    "accuracy_high": 0.879,
    "macro_f1": 0.801,
    "macro_f1_low": 0.75,
    "macro_f1_high": 0.85,
    "rows": 452.0,
    "floor": 0.614,
    "floor_upper": 0.658,
    "value": 0.847,
    "tier:0.75": 0.5,
    "tier:0.85": 0.8,
    "tier:0.9": 1.0,
    "seed_spread": 0.011,
}


def results() -> tuple[CheckResult, ...]:
    return (
        a_result("part1.contract", CheckOutcome.PASSED, message="All three models are there."),
        a_result(
            "part2.generalises",
            CheckOutcome.PARTIAL,
            fraction=Decimal("0.5"),
            figures=ACCURACY,
            message="Reached 0.847.",
            staff_message="tiers 0.75, 0.85, 0.90",
        ),
        a_result(
            "part2.only-adapters-train",
            CheckOutcome.FAILED,
            assurance=Assurance.REPORTED,
            message="More than the adapters moved during training.",
            staff_message="moved: embeddings (11,720,448), 12 LayerNorms, 24 adapters\nexpected 368640",
        ),
        a_result(
            "part2.count",
            CheckOutcome.FAILED,
            kind=CheckKind.CELLS,
            assurance=Assurance.SHARED,
            message="AssertionError: expected 368640",
            staff_message=SECRET_TEST,
        ),
        a_result("part2.discussion", CheckOutcome.WAITING, kind=CheckKind.MANUAL, assurance=Assurance.HUMAN),
        a_result("extra.ranks", CheckOutcome.NOT_RUN, message="There is no answer to this question."),
    )


FINDINGS = (
    Finding(
        rule=RuleId("paths"),
        severity=Severity.ERROR,
        firmness=Firmness.PROPOSED,
        state=FindingState.PROPOSED,
        message="A file is referenced by an absolute path.",
        instead="Use a path relative to the notebook.",
        places=(
            Place(file=NOTEBOOK, cell=1, cell_id="c1", line=3, text="/home/anna/data/Sentences_AllAgree.txt"),
            Place(file=NOTEBOOK, cell=7, cell_id="c7", line=1, text="C:\\Users\\anna\\model.h5"),
        ),
        points=Decimal(2),
    ),
    Finding(
        rule=RuleId("runs"),
        severity=Severity.ERROR,
        firmness=Firmness.PROPOSED,
        state=FindingState.PROPOSED,
        message=f"Cell 10 raised SneakyError: {SMUGGLED}",
        instead="Run the whole notebook from an empty kernel.",
        places=(Place(file=NOTEBOOK, cell=9, text=SMUGGLED),),
        points=Decimal(1),
        from_run=True,
    ),
    Finding(
        rule=RuleId("archive_name"),
        severity=Severity.WARNING,
        firmness=Firmness.FIRM,
        state=FindingState.CONFIRMED,
        message="The archive's name has no version number.",
        instead="Name it ab123_20260302_1_HW5.zip.",
        places=(Place(file="ab123_20260302_HW5.zip"),),
        points=Decimal("0.5"),
    ),
)


def records() -> tuple[CellRecord, ...]:
    def record(position: int, status: CellStatus = CellStatus.OK, **changes: Any) -> CellRecord:
        return CellRecord(
            notebook=NOTEBOOK, position=position, cell_id=f"c{position}", status=status, **changes
        )

    return (
        record(1, seconds=6.4),
        record(2, seconds=89.2, truncated=True),
        record(3),
        record(4, seconds=0.3),
        record(6, CellStatus.ERROR, error_name="NameError", error_value="name 'plot_errors' is not defined"),
        record(
            7,
            CellStatus.ERROR,
            grade_id="count-test",
            hidden=True,
            restored=True,
            error_name="AssertionError",
            error_value="expected 368640",
        ),
        record(8),
        record(9, CellStatus.ERROR, error_name="SneakyError", error_value=f"{SMUGGLED} {HOLDOUT_ROW}"),
    )


def a_weight(site: str, digest: str, size: int, trainable: bool = True) -> dict[str, Any]:
    return {
        "site": site,
        "shape": [size],
        "dtype": "float32",
        "size": size,
        "digest": digest,
        "zero": False,
        "trainable": trainable,
    }


LEDGER = [
    {
        "cell": 2,
        "model": "model-1",
        "names": ["part1_head_only"],
        "rows": 1810,
        "epochs": 3,
        "seconds": 88.9,
        "before": [
            a_weight("classifier.kernel", "a", 1152),
            a_weight("encoder.layer[0].kernel", "b", 22_700_000),
        ],
        "after": [
            a_weight("classifier.kernel", "c", 1152),
            a_weight("encoder.layer[0].kernel", "b", 22_700_000),
        ],
        "history": {"loss": [0.9, 0.62], "accuracy": [0.6, 0.778]},
        "trainable_size": 1152,
        "total_size": 22_701_152,
        "raised": "",
    },
    {
        "cell": 6,
        "model": "model-2",
        "names": ["part2_lora"],
        "rows": 1810,
        "epochs": 2,
        "seconds": 131.0,
        "before": [],
        "after": [],
        "cut": True,
        "history": {"loss": [0.4, {"$": "float", "v": "nan"}]},
        "trainable_size": 0,
        "total_size": 0,
        "raised": "KeyboardInterrupt",
    },
]


def exchanges() -> tuple[Exchange, ...]:
    def asked(question: Question, answer: Answer, check: str = "") -> Exchange:
        return Exchange(
            checkpoint=CheckpointId("part-2"),
            check=CheckId(check),
            question=question,
            answer=answer,
            seconds=1.25,
        )

    said = AnswerStatus.ANSWERED
    return (
        asked(Question(kind=QuestionKind.FITS, name=""), Answer(status=said, value=json.dumps(LEDGER))),
        asked(
            Question(kind=QuestionKind.VALUE, name="added_total"),
            Answer(status=said, value="368640"),
            "part2.count",
        ),
        asked(
            Question(
                kind=QuestionKind.CALL,
                name="predict_sentiment",
                hidden=True,
                arguments=json.dumps([[[HOLDOUT_ROW] * 300], {}]),
            ),
            Answer(status=said, value=json.dumps(["positive", "neutral"] * 226)),
            "part2.generalises",
        ),
        asked(
            Question(kind=QuestionKind.VALUE, name="ranks"),
            Answer(status=AnswerStatus.ABSENT, message="no ranks"),
            "extra.ranks",
        ),
    )


def an_execution(**changes: Any) -> Execution:
    fields: dict[str, Any] = {
        "outcome": RunOutcome.CELL_FAILED,
        "detail": "3 cells raised an error",
        "cells": records(),
        "checkpoints": (
            ReachedCheckpoint(
                id=CheckpointId("part-2"), recognised=True, reached=True, notebook=NOTEBOOK, position=6
            ),
        ),
        "exchanges": exchanges(),
        "executed": {NOTEBOOK: a_notebook(EXECUTED)},
        "embargo_from": (NOTEBOOK, 7),
        "image_digest": "sha256:" + "e" * 64,
        "sandbox": "docker",
        **changes,
    }
    return Execution(**fields)


def stored() -> Mapping[str, str]:
    return {NOTEBOOK: a_notebook(STORED)}


def a_graded(**changes: Any) -> GradedSubmission:
    worth = {
        "part1.contract": 5,
        "part2.generalises": 10,
        "part2.only-adapters-train": 0,
        "part2.count": 0,
        "part2.discussion": None,
        "extra.ranks": 0,
    }
    fields: dict[str, Any] = {
        "submission": SubmissionId("ab123-1-5c1e"),
        "student": StudentId("ab123"),
        "attempt": 1,
        "received": RECEIVED,
        "assignment": AssignmentId("finetune"),
        "status": Status.PENDING,
        "reason": "",
        "run_outcome": RunOutcome.CELL_FAILED,
        "score": Score(
            earned={CheckId(k): None if v is None else Decimal(v) for k, v in worth.items()},
            deducted=Decimal("0.5"),
            total=None,
            max_score=Decimal(45),
            gate_passed=True,
        ),
        "results": results(),
        "findings": FINDINGS,
        "usage": Usage(
            wall_seconds=372.4, cpu_seconds=690.1, memory_bytes=2_140_000_000, output_bytes=81_000
        ),
        "provenance": Provenance(
            run_key="batch-7:ab123-1",
            submission_digest="d4" * 32,
            assignment_version="5f" * 32,
            image_digest="sha256:" + "e" * 64,
            sandbox="docker",
            holdout_digest="77" * 32,
            asset_digests={"distilbert-base-uncased": "ab" * 32},
            check_digests={"test_part2.py": "cd" * 32},
            versions={"nbverdict": "0.1.0", "tensorflow": "2.19.1"},
            stand_ins=("distilbert-base-uncased (all-MiniLM-L6-v2 renamed)",),
            started=RECEIVED + timedelta(hours=10),
            finished=RECEIVED + timedelta(hours=10, minutes=6),
        ),
        "suspicions": (
            "Cell 10 printed the text of a hidden test.",
            "Two locked cells were changed and put back.",
        ),
        "notes": ("A folder __MACOSX was left out.",),
        **changes,
    }
    return GradedSubmission(**fields)


def a_class(number: int = 24) -> list[GradedSubmission]:
    """A class with a plausible spread of scores and one failure of each kind on our side."""
    found = []
    for place in range(number):
        total = Decimal(str(round(45 * (1 - ((place * 7) % 24) ** 2 / 700), 2)))
        score = Score(
            earned={CheckId("part1.contract"): Decimal(5), CheckId("part2.generalises"): total / 3},
            deducted=Decimal(0),
            total=total,
            max_score=Decimal(45),
            gate_passed=True,
        )
        outcome = [CheckOutcome.PASSED, CheckOutcome.PASSED, CheckOutcome.PARTIAL, CheckOutcome.FAILED][
            place % 4
        ]
        shown = tuple(
            replace(result, outcome=outcome) if result.outcome is CheckOutcome.PARTIAL else result
            for result in results()
        )
        found.append(
            a_graded(
                submission=SubmissionId(f"s{place}"),
                student=StudentId(f"st{place:03d}"),
                score=score,
                results=shown,
                status=Status.GRADED,
                suspicions=() if place % 9 else ("A canary did not bite.",),
                findings=FINDINGS[: place % 4],
                run_outcome=RunOutcome.COMPLETED,
                received=RECEIVED - timedelta(hours=place * 3),
            )
        )
    found[3] = a_graded(submission=SubmissionId("s3"), student=StudentId("st003"))
    found[5] = replace(
        found[5],
        status=Status.REJECTED,
        score=None,
        results=(),
        run_outcome=None,
        findings=(),
        reason="The archive holds no notebook named FineTune.ipynb.",
    )
    found[8] = replace(found[8], status=Status.SANDBOX_FAILED, score=None, reason="The sandbox died twice.")
    return found
