"""How a run went, cell by cell, with what a reader may see of each cell. Nothing is sanitised here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograder.formats.notebook import Cell, NotebookRejected, read
from autograder.model.execution import CellRecord, CellStatus, Execution
from autograder.reporting.embargo import Embargo, public_error_name
from autograder.reporting.feedback_values import CellView, RunView

CONCEALED = "A test stands here. Its content, or its result, is not shown."
HELD_BACK = "What this cell printed is held back: hidden tests had been sent to the notebook before it."


def run_view(
    execution: Execution, embargo: Embargo, *, staff: bool, concealed: frozenset[str] = frozenset()
) -> RunView:
    """The run as staff or a student may see it. Staff see every cell whole, hidden lines included.

    Of cells whose grade id is in `concealed` a student does not see the result: their checks are not shown.
    """
    records = {(record.notebook, record.position): record for record in execution.cells}
    told = None if staff else _last_told(execution.cells, embargo, concealed)
    cells = tuple(
        view
        for place, cell in _cells(execution)
        if (
            view := _view(
                place, cell, records.get(place), embargo, staff=staff, concealed=concealed, told=told
            )
        )
    )
    return RunView(
        outcome=execution.outcome,
        detail=execution.detail if staff else "",
        cells=cells,
        ran=sum(record.status is not CellStatus.NOT_RUN for record in execution.cells),
        total=len(execution.cells),
        embargoed=embargo.start is not None,
    )


def _cells(execution: Execution) -> Iterator[tuple[tuple[str, int], Cell]]:
    for name, text in execution.executed.items():
        try:
            notebook = read(text.encode("utf-8", "surrogatepass"))
        except NotebookRejected:
            continue
        for position, cell in enumerate(notebook.cells):
            yield (name, position), cell


def _last_told(
    records: Sequence[CellRecord], embargo: Embargo, concealed: frozenset[str]
) -> tuple[str, int] | None:
    """The first of the cells held back that did not end well; None when all did.

    How later ones ended is not told: with an exception or a pause of its choice in each of many cells, a
    notebook could spell out what it saw of a hidden test.
    """
    for record in records:
        ours = record.hidden or record.grade_id in concealed or not embargo.covers_cell(record)
        if not ours and record.status is not CellStatus.OK:
            return record.notebook, record.position
    return None


def _view(
    place: tuple[str, int],
    cell: Cell,
    record: CellRecord | None,
    embargo: Embargo,
    *,
    staff: bool,
    concealed: frozenset[str],
    told: tuple[str, int] | None,
) -> CellView | None:
    """One cell, or None when this reader sees nothing of it. `told` is from `_last_told`."""
    shown = CellView(
        notebook=place[0],
        position=place[1],
        cell_id=cell.id,
        cell_type=cell.cell_type,
        source="",
        status=None,
        error="",
        seconds=0.0,
    )
    error = ""
    if record is not None and record.error_name:
        error = f"{record.error_name}: {record.error_value}" if record.error_value else record.error_name
    if not staff:
        if cell.cell_type != "code" or record is None:
            return None
        if record.hidden or record.grade_id in concealed:
            return replace(shown, withheld=CONCEALED)
        if embargo.covers_cell(record):
            return replace(
                shown,
                source=cell.source,
                status=record.status if told is None or embargo.until(place, told) else None,
                error=public_error_name(record.error_name) if place == told and record.error_name else "",
                withheld=HELD_BACK,
                marks=_marks(replace(record, truncated=False), staff=False),
            )
    return replace(
        shown,
        source=cell.source,
        status=None if record is None else record.status,
        error=error,
        seconds=0.0 if record is None else record.seconds,
        outputs=cell.outputs,
        marks=() if record is None else _marks(record, staff),
        grade_id=cell.grade_id if staff else "",
    )


def _marks(record: CellRecord, staff: bool) -> tuple[str, ...]:
    marks = []
    if record.hidden and staff:
        marks.append("hidden")
    if record.restored:
        marks.append("put back as handed out")
    if not record.faithful and staff:
        marks.append("not what was sent")
    if record.truncated:
        marks.append("output shortened")
    return tuple(marks)
