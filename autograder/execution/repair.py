"""Find the author's cells again in a notebook whose cells lost their marks or were merged.

A cell is taken for the author's by its id, its text or the names it binds, and only where nothing else could
be meant. Every guess is told in a note. Nothing is executed, and no cell is dropped: what stood around a
locked text in one cell becomes cells of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder.execution.authored import Authored, bare
from autograder.execution.recognise import names_bound, transform_work
from autograder.execution.retyped import with_authors_types
from autograder.formats.notebook import Cell, Notebook

MADE_ID = re.compile(r"cell-\d+(-\d+)?")
_SHORTEST_LINE = 10
_MOST_WORK = 1_000_000
"""Characters of cells times their magic lines: IPython reads the whole cell again for each of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A student's notebook with its marks again.

    `guessed` holds the ids of cells whose mark was found by us, `merged` the answers that stand in the cell
    of another one, by the id of that cell.
    """

    notebook: Notebook
    guessed: frozenset[str] = frozenset()
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def repaired(
    name: str, notebook: Notebook, known: Mapping[str, Authored], unmarked: Collection[str] = ()
) -> Repaired:
    """Mark the cells of one notebook that are the author's `known` ones and have lost their marks.

    `unmarked` are the texts of the author's cells that never had one, such as headings: none is meant.
    """
    notes: list[str] = []
    notebook = with_authors_types(name, notebook, known, notes)
    numbers = {cell.id: number for number, cell in enumerate(notebook.cells, start=1)}
    split = _parted(name, notebook.cells, known, numbers, notes)
    search = _Search(split, known, unmarked)
    search.run()
    cells = [
        _marked(cell, search.found[position]) if position in search.found else cell
        for position, cell in enumerate(split)
    ]
    if search.found:
        guesses = [(numbers[cells[place].id], grade_id) for place, grade_id in sorted(search.found.items())]
        told = ", ".join(f"{number} as {grade_id}" for number, grade_id in guesses)
        notes.append(f"{name}: cells without their marks were recognised: cell {told}")
    for place, answers in sorted(search.merged.items()):
        together = " and ".join((cells[place].grade_id, *answers))
        notes.append(f"{name}: cell {numbers[cells[place].id]} stands for {together}")
    marked = _parted(name, cells, known, numbers, notes)
    return Repaired(
        notebook=replace(notebook, cells=tuple(marked)),
        guessed=frozenset(cells[place].id for place in search.found),
        merged={cells[place].id: tuple(answers) for place, answers in search.merged.items()},
        notes=tuple(notes),
    )


def _marked(cell: Cell, grade_id: str) -> Cell:
    return replace(cell, metadata={**cell.metadata, "nbgrader": {"grade_id": grade_id}})


def _parted(
    name: str, cells: Sequence[Cell], known: Mapping[str, Authored], numbers: dict[str, int], notes: list[str]
) -> list[Cell]:
    """Take locked cells apart into which the student wrote or merged something of their own.

    `numbers` gives the place of a cell in the student's notebook, from 1, by its id.
    """
    made: list[Cell] = []
    there = {cell.grade_id for cell in cells}
    missing = [one.names for grade_id, one in known.items() if one.names and grade_id not in there]
    for cell in cells:
        author = known.get(cell.grade_id)
        around = _around(cell, author) if author is not None and author.grading.is_authors else None
        if around is None and author is not None and _holds_an_answer(cell, author, missing):
            around = cell.source, ""
        if author is None or around is None:
            made.append(cell)
            continue
        number = numbers[cell.id]
        for own in (around[0], None, around[1]):
            if own is None:
                made.append(replace(cell, source=author.released, outputs=()))
            elif own.strip():
                own_id = _free_id(cell.id, numbers)
                numbers[own_id] = number
                made.append(replace(cell, source=own, outputs=(), metadata={}, id=own_id))
        notes.append(f"{name}: what cell {number} held besides {cell.grade_id} was made a cell of its own")
    return made


def _around(cell: Cell, author: Authored) -> tuple[str, str] | None:
    """Give what the student wrote before and after the unchanged locked text; None where it is not that."""
    if cell.cell_type != author.cell.cell_type:
        return None
    wanted = bare(author.released).split("\n")
    lines = [line.rstrip() for line in cell.source.split("\n")]
    if bare(cell.source) == "\n".join(wanted):
        return None
    if wanted == [""]:
        return cell.source, ""
    for at in range(len(lines) - len(wanted) + 1):
        # The first line may stand indented below nothing: `bare` took the spaces before it away.
        if lines[at].strip() == wanted[0] and lines[at + 1 : at + len(wanted)] == wanted[1:]:
            source = cell.source.split("\n")
            return "\n".join(source[:at]).strip("\n"), "\n".join(source[at + len(wanted) :]).strip("\n")
    return None


def _holds_an_answer(cell: Cell, author: Authored, missing: Sequence[frozenset[str]]) -> bool:
    """Whether a changed locked cell binds the names of an answer that is nowhere else."""
    if not missing or not author.grading.is_authors or cell.cell_type != "code":
        return False
    if bare(cell.source) == bare(author.released):
        return False
    bound = names_bound(cell.source) - names_bound(author.released)
    return any(names <= bound for names in missing)


def _free_id(cell_id: str, taken: Collection[str]) -> str:
    turn = 1
    while (wanted := f"{cell_id[:50]}-own-{turn}") in taken:
        turn += 1
    return wanted


class _Search:
    """The search for the author's cells among the unmarked ones of one notebook.

    `found` maps positions to grade_ids, `merged` positions of marked cells to the answers they hold as well.
    """

    def __init__(
        self, cells: Sequence[Cell], known: Mapping[str, Authored], unmarked: Collection[str]
    ) -> None:
        self.found: dict[int, str] = {}
        self.merged: dict[int, list[str]] = {}
        self._cells = cells
        self._known = known
        self._order = {grade_id: turn for turn, grade_id in enumerate(known)}
        self._marked = {cell.grade_id: at for at, cell in enumerate(cells) if cell.grade_id in known}
        self._lost = [
            at
            for at, cell in enumerate(cells)
            if cell.grade_id not in known and cell.source.strip() and bare(cell.source) not in unmarked
        ]
        self._lines = {at: _lines(cells[at]) for at in self._lost}
        self._bound: dict[int, frozenset[str]] = {}
        self._work = _MOST_WORK

    def run(self) -> None:
        """Try the surest ways first; what one way found is not looked at again."""
        if not self._lost and len(self._marked) == len(self._known):
            return
        self._pair(self._has_its_id)
        self._same_texts()
        self._named()
        self._pair(self._is_nearly_the_test)
        self._pair(self._keeps_the_stub)
        self._alone_in_a_gap()

    def _open(self) -> list[tuple[str, Authored]]:
        done = {*self._marked, *self.found.values(), *(one for many in self.merged.values() for one in many)}
        return [(grade_id, author) for grade_id, author in self._known.items() if grade_id not in done]

    def _free(self) -> list[int]:
        return [at for at in self._lost if at not in self.found]

    def _pair(self, fits: Callable[[int, Authored], bool]) -> None:
        """Match cells that fit one author's cell, where no other cell fits it and it fits no other."""
        wishes = {
            grade_id: [
                at
                for at in self._free()
                if self._cells[at].cell_type == author.cell.cell_type and fits(at, author)
            ]
            for grade_id, author in self._open()
        }
        chosen = {grade_id: self._one(grade_id, places) for grade_id, places in wishes.items()}
        rivals = Counter(chosen.values())
        self.found |= {at: one for one, at in chosen.items() if at is not None and rivals[at] == 1}

    def _has_its_id(self, at: int, author: Authored) -> bool:
        cell = self._cells[at]
        if cell.id != author.cell.id or MADE_ID.fullmatch(cell.id):
            return False
        return not author.grading.is_authors or _around(cell, author) is not None or self._alike(at, author)

    def _same_texts(self) -> None:
        """Match locked cells by their whole text. Of more copies than cells, tests take the last ones."""
        wanted: dict[tuple[str, str], list[str]] = {}
        for grade_id, author in self._open():
            if author.grading.is_authors and (text := bare(author.released)):
                wanted.setdefault((author.cell.cell_type, text), []).append(grade_id)
        there: dict[tuple[str, str], list[int]] = {}
        for at in self._free():
            there.setdefault((self._cells[at].cell_type, bare(self._cells[at].source)), []).append(at)
        for text_and_type, names in wanted.items():
            places = there.get(text_and_type, [])
            if len(places) == len(names):
                self.found |= dict(zip(places, names, strict=True))
            elif places and len(names) == 1:
                self.found[places[-1] if self._known[names[0]].is_test else places[0]] = names[0]

    def _named(self) -> None:
        """Match answers by the names their stub binds; a cell that binds those of several holds them all."""
        holders: dict[int, list[str]] = {}
        for grade_id, author in self._open():
            if not author.names:
                continue
            free = [at for at in self._free() if author.names <= self._names(at)]
            others = [at for at in self._answers() if author.names <= self._names(at)]
            place = self._one(grade_id, free, kept=author.lines)
            if not free and len(others) == 1:
                place = others[0]
            if place is not None:
                holders.setdefault(place, []).append(grade_id)
        answers = self._answers()
        for place, held in holders.items():
            if place not in answers:
                self.found[place] = held.pop(0)
            if held:
                self.merged[place] = held

    def _answers(self) -> list[int]:
        marked = {**{at: one for one, at in self._marked.items()}, **self.found}
        return [at for at, grade_id in marked.items() if self._known[grade_id].is_answer]

    def _is_nearly_the_test(self, at: int, author: Authored) -> bool:
        return author.is_test and len(author.lines) > 1 and self._alike(at, author)

    def _keeps_the_stub(self, at: int, author: Authored) -> bool:
        if not author.is_answer or max(map(len, author.lines), default=0) < _SHORTEST_LINE:
            return False
        return 2 * len(author.lines & self._lines[at]) > len(author.lines)

    def _alike(self, at: int, author: Authored) -> bool:
        """Whether most lines of each stand in the other."""
        shared = 2 * len(self._lines[at] & author.lines)
        return shared > len(self._lines[at]) and shared > len(author.lines)

    def _alone_in_a_gap(self) -> None:
        """Match answers whose stub says nothing: the only cell between the neighbours of the source."""
        order = list(self._known)
        for grade_id, author in self._open():
            at = {**self._marked, **{one: place for place, one in self.found.items()}}
            turn = self._order[grade_id]
            neighbours = {order[turn - 1] if turn else "", *order[turn + 1 : turn + 2]} - {""}
            if not author.is_answer or author.names or author.lines or not neighbours <= at.keys():
                continue
            kind = author.cell.cell_type
            gap = self._between(grade_id, [one for one in self._free() if self._cells[one].cell_type == kind])
            if len(gap) == 1:
                self.found[gap[0]] = grade_id

    def _names(self, at: int) -> frozenset[str]:
        if at not in self._bound:
            cell = self._cells[at]
            self._work -= transform_work(cell.source)
            readable = cell.cell_type == "code" and self._work >= 0
            self._bound[at] = names_bound(cell.source) if readable else frozenset()
        return self._bound[at]

    def _one(self, grade_id: str, places: Sequence[int], kept: frozenset[str] = frozenset()) -> int | None:
        """Choose the only place, else the only one between its neighbours, or that keeps most of the stub."""
        if len(places) > 1:
            places = self._between(grade_id, places) or places
        if len(places) > 1 and kept:
            shares = {at: len(kept & self._lines[at]) for at in places}
            places = [at for at in places if shares[at] == max(shares.values())]
        return places[0] if len(places) == 1 else None

    def _between(self, grade_id: str, places: Sequence[int]) -> list[int]:
        """Keep the places after the nearest matched cell that precedes it in the source, before the next."""
        at = {**self._marked, **{one: place for place, one in self.found.items()}}
        turn = self._order[grade_id]
        before = [one for one in at if self._order[one] < turn]
        after = [one for one in at if self._order[one] > turn]
        low = at[max(before, key=self._order.__getitem__)] if before else -1
        high = at[min(after, key=self._order.__getitem__)] if after else len(self._cells)
        return [place for place in places if low < place < high]


def _lines(cell: Cell) -> frozenset[str]:
    return frozenset(line.strip() for line in cell.source.split("\n") if line.strip())
