"""What an export would change in an LMS: old and new for every student, before anything is written.

Points that the gradebook does not know never take away what the LMS has: such a cell stays as it is. So does
the line of a student whom the gradebook does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from autograder.errors import GradebookError
from gradebook.exports.cells import neutral
from gradebook.exports.lms import LmsColumn, LmsExport, LmsStudent, filled
from gradebook.exports.matching import matched
from gradebook.exports.table import Grade, GradeRow, GradeTable, Item, plain_number, refuse
from gradebook.policies.facts import GradeState


class Effect(StrEnum):
    """What happens to one cell."""

    NEW = "new"
    HIGHER = "higher"
    LOWER = "lower"
    SAME = "same"
    STAYS = "stays"
    """The gradebook has no points, so what the LMS has stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One student's cell of one item: `old` and `new` as they stand in the file; `why` for what stays."""

    line: int
    student: str
    assignment: str
    effect: Effect
    old: str
    new: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything an upload would do, the file itself, and who is on one side only."""

    lms: str
    columns: Mapping[str, str]
    cells: tuple[CellChange, ...]
    only_theirs: tuple[LmsStudent, ...]
    only_ours: tuple[GradeRow, ...]
    left_out: tuple[str, ...]
    content: bytes

    def lines(self) -> Iterator[str]:
        """The plan for people: every change, everybody on one side only, and a count of all."""
        for assignment, header in self.columns.items():
            yield f"{assignment} goes to {header}"
        if self.left_out:
            yield f"not imported by {self.lms}, so left out: {', '.join(self.left_out)}"
        for cell in self.cells:
            if cell.effect is Effect.STAYS:
                yield f"{cell.student}  {cell.assignment}  {cell.old or '-'} stays: {cell.why}"
            elif cell.effect is not Effect.SAME:
                lower = "  (lower)" if cell.effect is Effect.LOWER else ""
                yield f"{cell.student}  {cell.assignment}  {cell.old or '-'} -> {cell.new}{lower}"
        for student in self.only_theirs:
            ids = [f"{column} {value}" for column, value in student.ids.items() if value]
            who = ", ".join([student.name, *ids] if student.name else ids)
            yield f"only in {self.lms}, line {student.line.number}: {who}; stays as it is"
        for row in self.only_ours:
            earned = ", ".join(f"{name} {_shown(grade)}" for name, grade in row.grades.items())
            yield f"only in the gradebook, not in the file: {row.student} ({earned})"
        counted = {effect: sum(cell.effect is effect for cell in self.cells) for effect in Effect}
        theirs, ours = len(self.only_theirs), len(self.only_ours)
        yield (
            ", ".join(f"{count} {effect}" for effect, count in counted.items())
            + f"; only in {self.lms}: {theirs}, only in the gradebook: {ours}"
        )


def plan(export: LmsExport, table: GradeTable, names: Mapping[str, Sequence[str]]) -> Plan:
    """What the grades of `table` change in `export`. `names` are the names by which each item may be found.

    GradebookError, naming line or column, when an item has no column or two, when its maximum is another one,
    when a cell holds no points, and when students cannot be told apart.
    """
    columns = {item: _column(export, item, names[item.assignment]) for item in table.items}
    _check_columns(export, columns)
    found = matched(export, table)
    _check_cells(export, columns.values())
    cells = tuple(
        _change(export, student, row, item, column)
        for student, row in found.both
        for item, column in columns.items()
    )
    places = {item.assignment: column.index for item, column in columns.items()}
    return Plan(
        lms=export.lms,
        columns={item.assignment: column.header for item, column in columns.items()},
        cells=cells,
        only_theirs=found.only_theirs,
        only_ours=found.only_ours,
        left_out=export.left_out,
        content=filled(
            export, columns.values(), {(cell.line, places[cell.assignment]): cell.new for cell in cells}
        ),
    )


def _column(export: LmsExport, item: Item, names: Sequence[str]) -> LmsColumn:
    for name in names:
        wanted = _plain(name)
        found = [column for column in export.columns if wanted in map(_plain, column.names)]
        if len(found) == 1:
            return found[0]
        if found:
            raise GradebookError(
                f"{export.lms} has {len(found)} columns called {name!r}",
                hint=f"Say which with --item {item.assignment}=NAME, with all of the column's header.",
            )
    there = ", ".join(column.names[0] for column in export.columns if not column.locked) or "none"
    raise GradebookError(
        f"{export.lms} has no column for {item.assignment}, called {' or '.join(map(repr, names))}",
        hint=f"Make the item there and export again, or say --item {item.assignment}=NAME of: {there}.",
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _check_columns(export: LmsExport, columns: Mapping[Item, LmsColumn]) -> None:
    problems = []
    used: dict[int, Item] = {}
    for item, column in columns.items():
        if used.setdefault(column.index, item) is not item:
            problems.append(
                f"{item.assignment} and {used[column.index].assignment} both go to {column.header!r}"
            )
        if column.locked:
            problems.append(f"{column.header!r} cannot be written: {column.locked}")
        elif column.maximum is not None and column.maximum != item.maximum:
            problems.append(
                f"{item.assignment} has {plain_number(item.maximum)} points, "
                f"{column.header!r} has {plain_number(column.maximum)}"
            )
    headers = [export.header[place] for place in export.kept] + [column.header for column in columns.values()]
    problems += [
        f"the column {title!r} begins like a formula" for title in headers if neutral(title) != title
    ]
    refuse(
        f"the columns of {export.lms} do not fit",
        problems,
        hint="Change the item in the LMS and export again.",
    )


def _check_cells(export: LmsExport, columns: Iterable[LmsColumn]) -> None:
    problems = []
    for column in columns:
        for student in export.students:
            try:
                export.old(student, column)
            except ValueError as error:
                problems.append(f"line {student.line.number}, {column.header!r}: {error}")
    refuse(f"the file of {export.lms} holds what is no grade in points", problems)


def _change(
    export: LmsExport, student: LmsStudent, row: GradeRow, item: Item, column: LmsColumn
) -> CellChange:
    cell = student.line.cells[column.index]
    grade = row.grades.get(item.assignment)
    new, effect, why = cell, Effect.STAYS, ""
    if grade is None:
        why = "this student has not got the assignment"
    elif cell.strip() == "N/A":
        why = f"{export.lms} has not assigned it; the gradebook has {_shown(grade)}"
    elif grade.state is GradeState.EXCUSED and export.excused:
        new, effect = export.excused, Effect.SAME if cell.strip() == export.excused else Effect.NEW
    elif export.excused and cell.strip() == export.excused:
        why = f"{export.lms} has excused it; the gradebook has {_shown(grade)}"
    elif grade.points is None:
        why = grade.why
    else:
        old = export.old(student, column)
        effect = _effect(old, grade.points, export.decimals)
        new = cell if effect is Effect.SAME else plain_number(grade.points)
    return CellChange(
        line=student.line.number,
        student=row.student,
        assignment=item.assignment,
        effect=effect,
        old=cell.strip(),
        new=new,
        why=why,
    )


def _effect(old: Decimal | None, new: Decimal, decimals: int | None) -> Effect:
    if old is None:
        return Effect.NEW
    shown = new if decimals is None else new.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if old in (new, shown):
        return Effect.SAME
    return Effect.HIGHER if new > old else Effect.LOWER


def _shown(grade: Grade) -> str:
    return plain_number(grade.points) if grade.points is not None else grade.state.value
