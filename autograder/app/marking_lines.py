"""What the commands of `autograder marking` show: lines for people, and the same as records for programs.

Blind, a person is a pseudonym and a submission has a number only; no name or id stands in a line or record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from autograder.reporting.json_line import number

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gradebook.layout import Layout
    from gradebook.marking.findings import RuleLine, Touched
    from gradebook.marking.marking_book import Desk
    from gradebook.marking.marks import GivenMark
    from gradebook.marking.pieces import Piece
    from gradebook.marking.requests import Request, Window
    from gradebook.marking.rubric import Rubric
    from gradebook.marking.rubric_change import RubricChange
    from gradebook.marking.sheet_import import SheetDiff

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command found or did: lines for people, and records, one JSON object each."""

    lines: tuple[str, ...]
    records: tuple[Record, ...]


def told(lines: Iterable[str], records: Iterable[Record] = ()) -> Told:
    """Both, whole."""
    return Told(tuple(lines), tuple(records))


def plain(points: Decimal | None) -> str:
    """Points as text; a dash while they are not known."""
    return "-" if points is None else f"{points.normalize() + Decimal(0):f}"


def counted(number: int, what: str) -> str:
    """A number of things, such as `1 mark` or `2 marks`."""
    return f"{number} {what}" + ("" if number == 1 else "s")


def whose(one: Piece | Request, *, blind: bool) -> str:
    """Who handed in what, as a person reads it."""
    return one.pseudonym if blind else f"{one.student}  {one.submission}"


def _person(one: Piece | Request, *, blind: bool) -> Record:
    open_ = {} if blind else {"student": one.student, "submission": one.submission}
    return {"piece": str(one.ref), "check": one.ref.check, "pseudonym": one.pseudonym, **open_}


def piece_record(desk: Desk, *, blind: bool) -> Record:
    """One piece for a program."""
    piece, lease, given = desk.piece, desk.lease, desk.given
    return {
        **_person(piece, blind=blind),
        "assignment": desk.assignment,
        "title": piece.title,
        "attempt": piece.attempt,
        "outcome": piece.outcome.value,
        "waiting": piece.waiting,
        "points": number(piece.earned),
        "max_points": number(piece.most),
        "state": piece.state,
        "held_by": None if lease is None else lease.grader,
        "held_until": None if lease is None else lease.expires.isoformat(),
        "marked_by": None if given is None else given.who,
        "items": [] if given is None else list(given.mark.items),
        "rubric": rubric_record(desk.rubric),
    }


def rubric_record(rubric: Rubric) -> Record:
    """One rubric for a program."""
    return {
        "check": rubric.check,
        "version": rubric.id,
        "marks": rubric.mark_type.value,
        "items": [
            {"id": item.id, "text": item.text, "points": number(item.points), "comment": item.comment}
            for item in rubric.items
        ],
    }


def queue_line(desk: Desk, *, blind: bool) -> str:
    """One piece of the queue."""
    piece = desk.piece
    state = "waiting" if piece.waiting else f"{plain(piece.earned)} points"
    if desk.given is not None:
        state += f" by {desk.given.who}"
    if desk.lease is not None:
        state += f", with {desk.lease.grader} until {desk.lease.expires:%Y-%m-%d %H:%M:%SZ}"
    return f"{piece.ref}  {whose(piece, blind=blind)}  attempt {piece.attempt}  {state}"


def desk_lines(desk: Desk, layout: Layout | None, options: str, *, blind: bool) -> Iterator[str]:
    """One piece with its rubric, as its grader sees it. `layout` says where the answer stands.

    `options` go to the command that marks it.
    """
    piece = desk.piece
    yield f"{piece.ref}  {piece.title} ({plain(piece.most)} points)"
    yield f"of {whose(piece, blind=blind)}, attempt {piece.attempt}"
    if desk.lease is not None:
        yield f"held for {desk.lease.grader} until {desk.lease.expires:%Y-%m-%d %H:%M:%SZ}"
    yield _where(piece, layout, blind=blind)
    yield from rubric_lines(desk.rubric)
    how = "--item ID ..." if desk.rubric.items else "--points POINTS"
    yield f"mark it with: autograder marking mark {piece.ref} {how}{f' {options}' if options else ''}"


def _where(piece: Piece, layout: Layout | None, *, blind: bool) -> str:
    """Where the answer is read: its cell, as far as that was recorded, and what shows it."""
    cells = [cell for cell in layout.cells if cell.check == piece.ref.check] if layout else []
    cells = [cell for cell in cells if cell.answer] or cells
    place = f" in {cells[0].notebook}.ipynb, cell {cells[0].name}," if cells else ""
    pages = "--out review-blind --blind" if blind else "--out review"
    return f"read it{place} with: autograder review ASSIGNMENT RESULTS {pages}"


def rubric_lines(rubric: Rubric) -> Iterator[str]:
    """A rubric's items, with what each gives or takes."""
    if not rubric.items:
        yield f"{rubric.check} has no rubric: mark it with --points"
        return
    start = "0" if rubric.mark_type == "add" else "full points"
    yield f"{rubric.check}: a mark starts at {start}"
    wide = max(len(item.id) for item in rubric.items)
    for item in rubric.items:
        said = f"  (student reads: {item.comment})" if item.comment else ""
        points = plain(item.points) if item.points < 0 else f"+{plain(item.points)}"
        yield f"  {item.id:<{wide}}  {points:>5}  {item.text}{said}"


def given_told(given: GivenMark, piece: Piece, *, blind: bool) -> Told:
    """A mark that was written."""
    line = (
        f"{given.ref}  {whose(piece, blind=blind)}: {plain(given.points)} of {plain(piece.most)} points"
        f" by {given.who}"
    )
    record = {
        **_person(piece, blind=blind),
        "points": number(given.points),
        "max_points": number(piece.most),
        "items": list(given.mark.items),
        "marked_by": given.who,
    }
    return told([line], [record])


def change_told(change: RubricChange, *, blind: bool, dry_run: bool) -> Told:
    """What another rubric changes, mark by mark."""
    moved = [
        f"{one.piece.ref}  {whose(one.piece, blind=blind)}: {plain(one.before)} -> {plain(one.after)}"
        for one in change.moved
    ]
    kept = [
        f"{piece.ref}  {whose(piece, blind=blind)}: {plain(piece.by_hand)} points that no rubric gave stay"
        for piece in change.kept
    ]
    if not change.new:
        end = "this rubric counts already"
    else:
        done = "would change" if dry_run else "changed"
        end = f"{counted(len(change.moved), 'mark')} {done}, {change.unchanged} stay"
        end += " (dry run: nothing written)" if dry_run else ""
    record = {
        "check": change.after.check,
        "new": change.new,
        "differences": list(change.lines),
        "moved": [
            {**_person(one.piece, blind=blind), "before": number(one.before), "after": number(one.after)}
            for one in change.moved
        ],
        "unchanged": change.unchanged,
        "kept": [_person(piece, blind=blind) for piece in change.kept],
        "dry_run": dry_run,
    }
    return told([*change.lines, *moved, *kept, f"{change.after.check}: {end}"], [record])


def sheet_told(diff: SheetDiff, *, blind: bool, dry_run: bool) -> Told:
    """What a filled-in sheet changes, row by row."""
    lines = [
        f"line {one.line}: {one.piece.ref}  {whose(one.piece, blind=blind)}: "
        f"{plain(one.before)} -> {plain(one.after)}" + _chosen(one.mark.items)
        for one in diff.marks
    ]
    done = "would be given (dry run: nothing written)" if dry_run else "given"
    end = (
        f"{counted(len(diff.marks), 'mark')} {done}; {diff.unchanged} say what stands, {diff.empty} are empty"
    )
    records = [
        {
            **_person(one.piece, blind=blind),
            "line": one.line,
            "before": number(one.before),
            "after": number(one.after),
            "items": list(one.mark.items),
            "dry_run": dry_run,
        }
        for one in diff.marks
    ]
    return told([*lines, end], records)


def _chosen(items: tuple[str, ...]) -> str:
    return f"  ({', '.join(items)})" if items else ""


def requests_told(found: Iterable[Request], words: Callable[[Request], str], *, blind: bool) -> Told:
    """Regrade requests with their answers. `words` gives what was asked, blinded where it must be."""
    lines, records = [], []
    for one in found:
        lines.append(f"request {one.id}  {one.state.value}  {one.ref}  {whose(one, blind=blind)}")
        lines.append(f"  {one.at:%Y-%m-%d %H:%M:%SZ}  asks: {words(one)}")
        if one.answer is not None:
            said = one.answer.words or "-"
            lines.append(f"  {one.answer.at:%Y-%m-%d %H:%M:%SZ}  {one.answer.who} answered: {said}")
        records.append(
            {
                **_person(one, blind=blind),
                "request": one.id,
                "assignment": one.assignment,
                "state": one.state.value,
                "asks": words(one),
                "asked_at": one.at.isoformat(),
                "opened_by": one.who or "the student",
                "answer": None if one.answer is None else one.answer.words,
                "answered_by": None if one.answer is None else one.answer.who,
            }
        )
    return told(lines or ["no request is open"], records)


def rules_told(found: Iterable[RuleLine]) -> Told:
    """The rules with findings, and how those stand."""
    lines, records = [], []
    for one in found:
        states = ", ".join(f"{count} {state.value}" for state, count in one.states.items())
        lines.append(f"{one.rule}  {states}  costs up to {plain(one.points)}  {one.message}")
        counts = {state.value: count for state, count in one.states.items()}
        records.append({"rule": one.rule, "points": number(one.points), "submissions": counts})
    return told(lines or ["there are no findings"], records)


def touched_told(found: Iterable[Touched], rule: str, state: str, *, blind: bool, dry_run: bool) -> Told:
    """Whom a decision about findings touches."""
    lines, records = [], []
    if blind:  # in the order of the ids each would tell whose it is
        found = sorted(found, key=lambda one: (one.entry.pseudonym, one.entry.graded.attempt))
    for one in found:
        entry = one.entry
        who = entry.pseudonym if blind else f"{entry.graded.student}  {entry.submission}"
        lines.append(f"{who}: {plain(entry.total)} -> {plain(one.total)}")
        open_ = {} if blind else {"student": str(entry.graded.student), "submission": str(entry.submission)}
        records.append(
            {
                "pseudonym": entry.pseudonym,
                **open_,
                "rule": rule,
                "state": state,
                "before": number(entry.total),
                "after": number(one.total),
                "dry_run": dry_run,
            }
        )
    would = "would be " if dry_run else ""
    end = f"{rule}: {would}{state} in {counted(len(records), 'submission')}"
    return told([*lines, end + (" (dry run: nothing written)" if dry_run else "")], records)


def window_line(assignment: str, window: Window, zone: ZoneInfo | None) -> str:
    """When requests may be opened, by the clock of the course where there is one."""
    said = "".join(
        f" {word} {at.astimezone(zone or at.tzinfo):%Y-%m-%d %H:%M%z}"
        for word, at in (("from", window.opens), ("until", window.closes))
        if at is not None
    )
    return f"{assignment}: requests can be opened{said}{'' if window.closes else ' without an end'}"
