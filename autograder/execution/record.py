"""What is written down while a submission runs, and the frozen `Execution` made of it at the end.

It decides which of several outcomes is the run's: the first thing that ended a kernel or broke a limit,
before a cell that merely raised. It asks nothing and runs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from autograder.execution.cells import CellEnd
from autograder.execution.control import PassedTest
from autograder.execution.prepared import PreparedCell, PreparedNotebook
from autograder.execution.recognise import Place
from autograder.execution.shares import number_of
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.model.assignment import Checkpoint
from autograder.model.evidence import Exchange
from autograder.model.execution import (
    CellRecord,
    CellStatus,
    Execution,
    NumberOf,
    ReachedCheckpoint,
    RunOutcome,
    Usage,
)
from autograder.model.ids import END_OF_RUN, CheckpointId

MILD = (RunOutcome.COMPLETED, RunOutcome.CELL_FAILED)


class Record:
    """Everything known about one run so far."""

    def __init__(self, notebooks: Sequence[PreparedNotebook], suspicions: Sequence[str]) -> None:
        self._notebooks = notebooks
        self._ends: dict[Place, CellEnd] = {}
        self._unfaithful: set[Place] = set()
        self._irrefutable: set[Place] = set()
        self._unconfirmed: set[Place] = set()
        self._suspicions = list(suspicions)
        self._outcome = RunOutcome.COMPLETED
        self._detail = ""
        self._embargo: tuple[str, int] | None = None
        self._canary_held = True
        self.reached: set[CheckpointId] = set()

    @property
    def outcome(self) -> RunOutcome:
        """How the run ends as far as is known."""
        return self._outcome

    def happened(self, outcome: RunOutcome, detail: str) -> None:
        """Note an outcome. The first one counts, but a cell that raised gives way to everything else."""
        milder = MILD.index(self._outcome) if self._outcome in MILD else len(MILD)
        worse = MILD.index(outcome) if outcome in MILD else len(MILD)
        if worse > milder:
            self._outcome, self._detail = outcome, detail

    def cell_ended(self, place: Place, end: CellEnd) -> None:
        """Note how a cell ended, and what that means for the run."""
        self._ends[place] = end
        where = f"{self._notebooks[place.notebook].name}, cell {place.position + 1}"
        if end.ended is not None:
            self.happened(end.ended, f"{where}: {end.detail}")
        elif end.status is CellStatus.TIMED_OUT:
            self.happened(RunOutcome.TIMED_OUT, f"{where}: {end.detail}")
        elif end.status is CellStatus.ERROR:
            self.happened(RunOutcome.CELL_FAILED, where)

    def suspect(self, remark: str) -> None:
        """Add a remark for staff, once."""
        if remark not in self._suspicions:
            self._suspicions.append(remark)

    def embargo(self, place: Place) -> None:
        """From this cell on, what the kernel made may hold hidden text. The first place counts."""
        if self._embargo is None:
            self._embargo = (self._notebooks[place.notebook].name, place.position)

    def canary(self, *, held: bool) -> None:
        """Note whether a cell that had to fail did fail."""
        if not held:
            self._canary_held = False
            self.suspect("a cell that had to fail was reported as passed: the kernel's reports are not true")

    def messages(self, *, dropped: int, contradicted: bool) -> None:
        """Note what a kernel sent that no honest one sends; two answers to a request make all doubtful."""
        if dropped:
            self.suspect(f"{dropped} messages were dropped that no honest kernel sends")
        if contradicted:
            self._canary_held = False
            self.suspect("a request was answered twice: the kernel's reports are not true")

    def unfaithful(self, places: Sequence[Place]) -> None:
        """Note cells of which the kernel's own history says that something else ran."""
        self._unfaithful |= set(places)
        if places:
            self.suspect("the kernel's history shows that something else ran than was sent")

    def passed(self, tests: Mapping[Place, str]) -> Mapping[Place, PassedTest]:
        """Return those of some test cells that are reported to have passed, with their sources."""
        ends = {place: self._ends[place] for place in tests if place in self._ends}
        return {
            place: PassedTest(source=tests[place], seconds=end.seconds)
            for place, end in ends.items()
            if end.status is CellStatus.OK
        }

    def irrefutable(self, places: Collection[Place]) -> None:
        """Note test cells that passed, and passed again when they had to fail."""
        self._irrefutable |= set(places)
        if places:
            self.suspect("a test cell still passed when another value was expected")

    def unconfirmed(self, tests: Mapping[Place, str]) -> None:
        """Note test cells whose kernel was gone before anyone could see whether it reports truly."""
        self._unconfirmed |= self.passed(tests).keys()

    def text(self, number: int) -> str:
        """Return the notebook with the outputs it has so far."""
        cells = []
        for position, cell in enumerate(self._notebooks[number].cells):
            end = self._ends.get(Place(number, position))
            cells.append(
                Cell(
                    id=cell.id,
                    cell_type=cell.cell_type,
                    source=cell.source,
                    metadata={"nbgrader": {"grade_id": cell.grade_id}} if cell.grade_id else {},
                    outputs=end.outputs if end else (),
                )
            )
        return to_text(Notebook(cells=tuple(cells)), outputs=True)

    def execution(
        self,
        *,
        checkpoints: Sequence[Checkpoint],
        places: Mapping[CheckpointId, Place],
        exchanges: tuple[Exchange, ...],
        usage: Usage,
        image_digest: str,
        sandbox: str,
    ) -> Execution:
        """Return the run as a frozen value."""
        names = [*(checkpoint.id for checkpoint in checkpoints), END_OF_RUN]
        return Execution(
            outcome=self._outcome,
            detail=self._detail,
            cells=tuple(self._cells()),
            checkpoints=tuple(self._checkpoint(name, places.get(name)) for name in names),
            exchanges=exchanges,
            executed={notebook.name: self.text(number) for number, notebook in enumerate(self._notebooks)},
            embargo_from=self._embargo,
            canary_held=self._canary_held,
            suspicions=tuple(self._suspicions),
            usage=usage,
            image_digest=image_digest,
            sandbox=sandbox,
        )

    def _checkpoint(self, name: CheckpointId, place: Place | None) -> ReachedCheckpoint:
        return ReachedCheckpoint(
            id=name,
            recognised=place is not None or name == END_OF_RUN,
            reached=name in self.reached,
            notebook=self._notebooks[place.notebook].name if place else "",
            position=place.position if place else -1,
        )

    def _cells(self) -> list[CellRecord]:
        records = []
        for number, notebook in enumerate(self._notebooks):
            for position, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                place = Place(number, position)
                end = self._ends.get(place) or CellEnd(status=CellStatus.NOT_RUN)
                records.append(
                    CellRecord(
                        notebook=notebook.name,
                        position=position,
                        cell_id=cell.id,
                        grade_id=cell.grade_id,
                        status=end.status,
                        error_name=end.error_name,
                        error_value=end.error_value,
                        displayed=end.displayed,
                        number_of=self._number_of(cell, end),
                        seconds=end.seconds,
                        hidden=cell.hidden,
                        restored=cell.restored,
                        faithful=place not in self._unfaithful,
                        refutable=place not in self._irrefutable,
                        confirmed=place not in self._unconfirmed,
                        truncated=end.truncated,
                    )
                )
        return records

    def _number_of(self, cell: PreparedCell, end: CellEnd) -> NumberOf:
        if not (end.displayed and cell.locked and cell.grade_id):
            return NumberOf.AUTHOR
        everything = (other for notebook in self._notebooks for other in notebook.cells)
        return number_of(cell, everything, end.outputs)
