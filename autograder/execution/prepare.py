"""Make the notebooks that will run out of what the student handed in and what the author wrote.

Locked cells and test cells get the author's text, hidden tests included; test cells that are missing are
put back. Everything else is the student's, unchanged. Nothing is executed, and nothing here protects from
what a cell does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autograder.errors import AuthoringError
from autograder.formats.nbgrader import CellRole, Grading, MetadataRejected, gradings
from autograder.formats.nbgrader_regions import RegionBroken, RegionKind, hidden_lines, without_regions
from autograder.formats.notebook import Cell, Notebook, read
from autograder.model.assignment import Assignment
from autograder.model.submission import Submission

_COPY = re.compile(r"[ _-]*(\(\d+\)|copy\d*)$", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")
_MADE_ID = re.compile(r"cell-\d+(-\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCell:
    """One cell as it will be sent.

    `hidden` says that it holds hidden tests, `restored` that the student had changed or removed it,
    `locked` that its text is the author's.
    """

    id: str
    cell_type: str
    source: str
    grade_id: str = ""
    hidden: bool = False
    restored: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedNotebook:
    """One notebook as it will run. `name` is its path in the submission."""

    name: str
    cells: tuple[PreparedCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The notebooks in the order in which they run, and what was repaired, in words for staff."""

    notebooks: tuple[PreparedNotebook, ...]
    suspicions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Authored:
    """A cell of the author's source, and its text as the students got it."""

    cell: Cell
    grading: Grading
    released: str
    hidden: bool

    def prepared(self, *, cell_id: str, restored: bool) -> PreparedCell:
        return PreparedCell(
            id=cell_id,
            cell_type=self.cell.cell_type,
            source=without_regions(self.cell.source, {RegionKind.MARK_SCHEME}),
            grade_id=self.grading.grade_id,
            hidden=self.hidden,
            restored=restored,
            locked=True,
        )


def prepare(submission: Submission, sources: Mapping[str, Notebook], assignment: Assignment) -> Prepared:
    """Put together what will run. `sources` maps the assignment's notebook names to the author's notebooks.

    Raises:
        AuthoringError: a source notebook has metadata or regions that cannot be used.
        NotebookRejected: a notebook of the submission is none; intake lets no such one through.

    """
    authored = {name: _authored(name, sources[name]) for name in assignment.notebooks if name in sources}
    students = {name: read(text.encode()) for name, text in submission.notebooks.items()}
    order, skipped = _order(students, authored)
    suspicions = [f"{name} was not run: it holds no part of the assignment" for name in skipped]
    drafts: dict[str, list[PreparedCell]] = {}
    for name, source_name in order:
        known = authored[source_name] if source_name else _merged(authored.values())
        drafts[name] = _restored(name, students[name], known, suspicions)
    _count_once(drafts, authored, suspicions)
    for source_name, known in authored.items():
        own = [name for name, matched in order if matched == source_name]
        _put_back(drafts, sources[source_name], known, own, suspicions)
    notebooks = tuple(PreparedNotebook(name=name, cells=tuple(cells)) for name, cells in drafts.items())
    return Prepared(notebooks=notebooks, suspicions=tuple(suspicions))


def _authored(name: str, source: Notebook) -> dict[str, _Authored]:
    try:
        return {
            grade_id: _Authored(
                cell=source.cells[position],
                grading=grading,
                released=without_regions(source.cells[position].source),
                hidden=bool(hidden_lines(source.cells[position].source, {RegionKind.HIDDEN_TESTS})),
            )
            for grade_id, (position, grading) in gradings(source).items()
        }
    except (MetadataRejected, RegionBroken) as error:
        raise AuthoringError(f"{name}: {error}") from error


def _merged(all_authored: Iterable[Mapping[str, _Authored]]) -> dict[str, _Authored]:
    merged: dict[str, _Authored] = {}
    for authored in all_authored:
        merged = {**authored, **merged}
    return merged


def _order(
    students: Mapping[str, Notebook], authored: Mapping[str, Mapping[str, _Authored]]
) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (notebook, author's notebook or "") in running order, and the notebooks that add nothing.

    A notebook with the author's file name stands for it. Others run as well, in the order of their names,
    if no such file is there, if they hold cells of the assignment that are nowhere else, or if the
    assignment has no marked cells by which to know.
    """
    matched: dict[str, str] = {}
    for source_name in authored:
        candidates = [name for name in students if name not in matched]
        found = next((name for name in candidates if _same_name(name, source_name, exactly=True)), None)
        found = found or next((n for n in candidates if _same_name(n, source_name, exactly=False)), None)
        if found is not None:
            matched[found] = source_name
    if len(authored) == len(students) == 1:
        matched = dict(zip(students, authored, strict=True))
    wanted = {grade_id for known in authored.values() for grade_id in known}
    there = {cell.grade_id for name in matched for cell in students[name].cells}
    rest = sorted((name for name in students if name not in matched), key=_natural)
    order, skipped = list(matched.items()), []
    for name in rest:
        new = {cell.grade_id for cell in students[name].cells} & wanted - there
        if new or not matched or not wanted:
            there |= new
            order.append((name, ""))
        else:
            skipped.append(name)
    return order, skipped


def _same_name(name: str, source_name: str, *, exactly: bool) -> bool:
    stem, wanted = PurePosixPath(name).stem.casefold(), PurePosixPath(source_name).stem.casefold()
    return stem == wanted if exactly else _COPY.sub("", stem) == wanted


def _natural(name: str) -> list[str]:
    return [part.rjust(12, "0") if part.isdigit() else part.casefold() for part in _DIGITS.split(name)]


def _restored(
    name: str, notebook: Notebook, known: Mapping[str, _Authored], suspicions: list[str]
) -> list[PreparedCell]:
    """Give each cell its text: the author's for locked and test cells, the student's otherwise."""
    cells = []
    for cell in notebook.cells:
        author = known.get(cell.grade_id)
        if author is None or not author.grading.is_authors:
            cells.append(
                PreparedCell(id=cell.id, cell_type=cell.cell_type, source=cell.source, grade_id=cell.grade_id)
            )
            continue
        changed = cell.cell_type != author.cell.cell_type or _bare(cell.source) != _bare(author.released)
        if changed:
            suspicions.append(
                f"{name}: the locked cell {cell.grade_id} was changed; the author's text was run"
            )
        cells.append(author.prepared(cell_id=cell.id, restored=changed))
    return cells


def _bare(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.split("\n")).strip()


def _count_once(
    drafts: Mapping[str, list[PreparedCell]],
    authored: Mapping[str, Mapping[str, _Authored]],
    suspicions: list[str],
) -> None:
    """Leave every grade_id on one cell: of test cells on the last copy, as nbgrader does, of answers on the
    first copy that is not the empty one that was handed out (later copies are experiments)."""
    stubs = _merged(authored.values())
    places: dict[str, list[tuple[str, int]]] = {}
    for name, cells in drafts.items():
        for position, cell in enumerate(cells):
            if cell.grade_id:
                places.setdefault(cell.grade_id, []).append((name, position))
    for grade_id, found in places.items():
        if len(found) == 1:
            continue
        copies = [drafts[name][position] for name, position in found]
        if copies[0].locked:
            kept = len(found) - 1
        else:
            stub = _bare(stubs[grade_id].released) if grade_id in stubs else None
            kept = next((turn for turn, copy in enumerate(copies) if _bare(copy.source) != stub), 0)
        for turn, (name, position) in enumerate(found):
            if turn != kept:
                drafts[name][position] = replace(drafts[name][position], grade_id="")
        name, position = found[kept]
        suspicions.append(f"{grade_id} is there {len(found)} times; cell {position} of {name} counts")


def _put_back(
    drafts: Mapping[str, list[PreparedCell]],
    source: Notebook,
    known: Mapping[str, _Authored],
    own: Sequence[str],
    suspicions: list[str],
) -> None:
    """Insert missing test cells after the nearest cell that preceded them, else at the notebook's end."""
    there = {cell.grade_id for cells in drafts.values() for cell in cells}
    for position, cell in enumerate(source.cells):
        author = known.get(cell.grade_id)
        if author is None or author.grading.role is not CellRole.AUTOGRADER_TESTS or cell.grade_id in there:
            continue
        if not drafts:
            return
        name, place = _place(drafts, source.cells[:position], own[-1] if own else list(drafts)[-1])
        taken = {prepared.id for prepared in drafts[name]}
        cell_id = cell.id if cell.id not in taken else f"{cell.id[:50]}-{len(taken)}"
        drafts[name].insert(place, author.prepared(cell_id=cell_id, restored=True))
        suspicions.append(
            f"{name}: the test cell {cell.grade_id} was missing; it was put back as cell {place}"
        )


def _place(
    drafts: Mapping[str, list[PreparedCell]], before: Sequence[Cell], otherwise: str
) -> tuple[str, int]:
    for earlier in reversed(before):
        for name, cells in drafts.items():
            for position, cell in enumerate(cells):
                if _is_same(cell, earlier):
                    return name, position + 1
    return otherwise, len(drafts[otherwise])


def _is_same(cell: PreparedCell, earlier: Cell) -> bool:
    if earlier.grade_id:
        return cell.grade_id == earlier.grade_id
    return cell.id == earlier.id and not _MADE_ID.fullmatch(earlier.id)
