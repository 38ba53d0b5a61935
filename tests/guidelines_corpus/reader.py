"""Read the labelled corpus of the guidelines and look at its cases with the engine.

`<rule>/open.txt` may be read while rules are written; `<rule>/aside.txt` may not: of that part only figures
are shown. `yes` cases must give a finding that can cost points, `no` cases none (a hint is allowed).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from autograder.formats import file_type
from autograder.formats.file_type import FileType
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.guidelines.engine import inspect, inspect_run
from autograder.guidelines.registry import RULES
from autograder.model.assignment import AssetNeeds, Assignment, Firmness, RuleSpec
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import CellRecord, CellStatus, Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, AssignmentId, CheckId, RuleId, StudentId, SubmissionId
from autograder.model.results import Finding
from autograder.model.submission import Submission, SubmittedFile

HERE = Path(__file__).parent
PARTS = ("open", "aside")
NOTEBOOK = "Lab.ipynb"
ARCHIVE = "abc123_20261101_1_HW1.zip"
RECEIVED = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONTRACT = (
    "predict_sentiment", "part1_head_only", "part1_then_all", "part1_all", "part2_lora", "added_total",
    "added_parms_calc",
)  # fmt: skip
HEADS = {
    "rar": b"Rar!\x1a\x07\x01\x00", "7z": b"7z\xbc\xaf\x27\x1c", "gz": b"\x1f\x8b\x08\x00",
    "tar": b"\0" * 257 + b"ustar\0", "zip": b"PK\x03\x04", "none": b"",
}  # fmt: skip


class CorpusBroken(Exception):
    """A corpus file is not written as it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part of a case: what stands behind `---`, and its lines."""

    kind: str
    words: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One labelled case. `breaks` says that the rule must find it."""

    rule: str
    breaks: bool
    name: str
    pieces: tuple[Piece, ...] = field(repr=False)


def rules() -> tuple[str, ...]:
    """The rules that have a corpus."""
    return tuple(sorted(path.parent.name for path in HERE.glob("*/open.txt")))


def cases(rule: str, part: str) -> tuple[Case, ...]:
    """All cases of one rule in one part."""
    path = HERE / rule / f"{part}.txt"
    return cases_in(path, rule) if path.exists() else ()


def cases_in(path: Path, rule: str) -> tuple[Case, ...]:
    """All cases of one file, which are cases of one rule."""
    found: list[Case] = []
    for head, body in _divided(path.read_text(encoding="utf-8"), "=== "):
        label, _, name = head.partition(" ")
        if label not in ("yes", "no"):
            raise CorpusBroken(f"{path.name} of {rule}: a case begins with yes or no")
        pieces = tuple(
            Piece(kind=title.split(" ")[0], words=title.partition(" ")[2].strip(), text=text)
            for title, text in _divided(body, "--- ")
        )
        found.append(Case(rule=rule, breaks=label == "yes", name=name, pieces=pieces))
    return tuple(found)


def _divided(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """Give each line that begins with the mark, without it, and the lines up to the next one."""
    head: str | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(mark):
            if head is not None:
                yield head, "\n".join(lines).strip("\n")
            head, lines = line.removeprefix(mark).rstrip(), []
        else:
            lines.append(line)
    if head is not None:
        yield head, "\n".join(lines).strip("\n")


def finding_of(case: Case) -> Finding | None:
    """Look at a case as the grader does, before and after the run; return the rule's finding."""
    released, submission = _released(case), _submission(case)
    assignment = _assignment(case)
    before = inspect(submission, released, assignment)
    after = inspect_run(submission, _execution(case), assignment, released=released, before=before)
    return next((finding for finding in after if finding.rule == case.rule), None)


def can_cost(case: Case) -> bool:
    """Whether the rule finds something that can cost points, or intake refuses the archive for its type."""
    if _is_refused(case):
        return True
    found = finding_of(case)
    return found is not None and found.firmness is not Firmness.HINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a rule does on one part: counts of cases."""

    found: int
    missed: int
    false: int
    clean: int

    @property
    def precision(self) -> float:
        """Share of right findings among all findings."""
        return self.found / (self.found + self.false) if self.found + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the broken cases that are found."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    def __add__(self, other: Quality) -> Quality:
        return Quality(
            found=self.found + other.found,
            missed=self.missed + other.missed,
            false=self.false + other.false,
            clean=self.clean + other.clean,
        )


def quality(some: Iterable[Case]) -> Quality:
    """Look at cases and count."""
    return counted((case.breaks, can_cost(case)) for case in some)


def counted(pairs: Iterable[tuple[bool, bool]]) -> Quality:
    """Count pairs of what a label says and what was found."""
    number = Counter(pairs)
    return Quality(
        found=number[True, True],
        missed=number[True, False],
        false=number[False, True],
        clean=number[False, False],
    )


def _is_refused(case: Case) -> bool:
    if case.rule != "archive_type":
        return False
    said = {piece.kind: piece.words for piece in case.pieces}
    kind = file_type.of(HEADS[said.get("magic", "zip")])
    if said.get("archive", ARCHIVE).casefold().endswith(".zip"):
        return kind is not FileType.ZIP
    return kind in file_type.ARCHIVES and kind is not FileType.ZIP


def _cells(case: Case) -> tuple[tuple[Cell, bool], ...]:
    pieces = [piece for piece in case.pieces if piece.kind == "cell"]
    return tuple(
        (
            Cell(
                id=f"c{at}",
                cell_type=piece.words.split()[0],
                source=piece.text,
                metadata={"tags": ["raises-exception"]} if "raises-exception" in piece.words else {},
            ),
            "released" in piece.words.split()[1:],
        )
        for at, piece in enumerate(pieces)
    )


def _released(case: Case) -> dict[str, Notebook]:
    kept = tuple(cell for cell, released in _cells(case) if released)
    return {NOTEBOOK: Notebook(cells=kept)} if kept else {}


def _submission(case: Case) -> Submission:
    files: list[SubmittedFile] = []
    name, received = ARCHIVE, RECEIVED
    for piece in case.pieces:
        if piece.kind == "archive":
            name = piece.words
        elif piece.kind == "received":
            received = datetime.fromisoformat(piece.words).replace(hour=12, tzinfo=UTC)
        elif piece.kind == "file":
            files.append(SubmittedFile(path=piece.words, content=piece.text.encode()))
        elif piece.kind == "bytes":
            path, _, size = piece.words.rpartition(" ")
            files.append(SubmittedFile(path=path, content=bytes(int(size))))
    notebook = Notebook(cells=tuple(cell for cell, _ in _cells(case)))
    return Submission(
        id=SubmissionId("s"), student=StudentId("abc123"), attempt=1, digest="0" * 64, received=received,
        archive_name=name, notebooks={NOTEBOOK: to_text(notebook, outputs=False)}, files=tuple(files),
    )  # fmt: skip


def _assignment(case: Case) -> Assignment:
    settings: dict[str, tuple[str, ...]] = {}
    for piece in case.pieces:
        if piece.kind == "setting":
            key, _, value = piece.words.partition("=")
            if key.strip() in RULES[case.rule].settings:
                settings[key.strip()] = _values(value.strip())
    spec = RuleSpec(id=RuleId(case.rule), points=Decimal(2), firmness=Firmness.FIRM, settings=settings)
    return Assignment(
        id=AssignmentId("a"), title="A", version="1", folder=Path("a"), notebooks=(NOTEBOOK,), rules=(spec,),
        contract=CONTRACT, deduction_cap=Decimal(10),
        assets=AssetNeeds(models=("distilbert-base-uncased",), datasets=("financial_phrasebank",)),
    )  # fmt: skip


def _values(text: str) -> tuple[str, ...]:
    """Read a setting: a JSON list, a JSON value, or a bare word."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _execution(case: Case) -> Execution:
    errors = {}
    exchanges = []
    for piece in case.pieces:
        if piece.kind == "error":
            said, _, number = piece.words.rpartition("@")
            name, _, value = said.strip().partition(":")
            errors[int(number)] = (name.strip(), value.strip())
        elif piece.kind == "fits":
            rows = json.loads(piece.words or piece.text)
            question = Question(kind=QuestionKind.FITS, name="fits")
            answer = Answer(status=AnswerStatus.ANSWERED, value=json.dumps(rows))
            exchanges.append(
                Exchange(checkpoint=END_OF_RUN, check=CheckId(""), question=question, answer=answer)
            )
    records = []
    code = [at for at, (cell, _) in enumerate(_cells(case)) if cell.cell_type == "code"]
    for number, position in enumerate(code):
        error, value = errors.get(number, ("", ""))
        status = CellStatus.ERROR if error else CellStatus.OK
        records.append(
            CellRecord(
                notebook=NOTEBOOK, position=position, cell_id=f"c{position}", status=status, error_name=error,
                error_value=value,
            )
        )  # fmt: skip
    outcome = RunOutcome.CELL_FAILED if errors else RunOutcome.COMPLETED
    return Execution(outcome=outcome, cells=tuple(records), exchanges=tuple(exchanges))
