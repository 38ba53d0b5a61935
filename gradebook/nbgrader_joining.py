"""Bring decisions from nbgrader onto a score of ours for the same submission. Pure: no database.

So a TA can grade in formgrader what we exported, or a course that moves in can be graded here again: only
what differs from our own export of the score is news. Automatic points stay ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gradebook.effective import ZERO
from gradebook.layout import Layout
from gradebook.nbgrader_export import Recorded, as_nbgrader
from gradebook.nbgrader_import import Arrival, Arriving, ArrivingAssignment, Wanted
from gradebook.nbgrader_values import IMPORTED, NO_TIME, OUR_NOTEBOOK, Losses
from gradebook.reading import Version
from gradebook.values import ChangeKind, Entry

Key = tuple[ChangeKind, str]


def graded_here(arrival: Arrival, there: Sequence[Entry]) -> Entry | None:
    """The score of ours for the submission that arrives: of the same student, received at the same time."""
    same = [
        entry
        for entry in there
        if entry.recorded.provenance.sandbox != IMPORTED and _at_the_same_time(arrival, entry)
    ]
    return max(same, key=lambda entry: entry.score_id, default=None)


def came_before(arrival: Arrival, there: Sequence[Entry]) -> Entry | None:
    """The score that an earlier import recorded for the submission that arrives and that still counts."""
    came = [entry for entry in there if entry.recorded.provenance.sandbox == IMPORTED]
    named = (entry for entry in came if entry.submission == arrival.graded.submission)
    return next(named, None) or next((e for e in came if _at_the_same_time(arrival, e)), None)


def _at_the_same_time(arrival: Arrival, entry: Entry) -> bool:
    """Where nbgrader held no time, the one work of the student of which no time is known is meant."""
    if NO_TIME in arrival.graded.notes or NO_TIME in entry.recorded.notes:
        return NO_TIME in arrival.graded.notes and NO_TIME in entry.recorded.notes
    return entry.graded.received == arrival.graded.received


def differences(
    entry: Entry, version: Version, arriving: ArrivingAssignment, arrival: Arrival, losses: Losses
) -> dict[Key, Wanted]:
    """What nbgrader holds otherwise than our export of `entry` would: decisions of ours to add or take back.

    What does not fit our version of the assignment is added to `losses`.
    """
    layout = version.layout or arriving.layout
    recorded = Recorded(
        assignment=entry.assignment,
        entries=[entry],
        versions={entry.graded.provenance.assignment_version: replace_layout(version, layout)},
    )
    (exported,) = as_nbgrader([recorded], Losses()).assignments
    view = Arriving(names=arriving.names, version="", now=entry.graded.received, losses=Losses())
    (ours,) = view.assignment(exported).arrivals
    now, then = _by_key(arrival.wanted, layout), _by_key(ours.wanted, layout)
    found: dict[Key, Wanted] = {}
    for key in {**then, **now}:
        mine, theirs = then.get(key), now.get(key)
        same = (mine and (mine.points, mine.comment)) == (theirs and (theirs.points, theirs.comment))
        if same or key[0] is ChangeKind.TOTAL:
            continue
        wanted = _fitting(entry, version, key, theirs or Wanted(kind=key[0], subject=key[1]))
        if wanted is None:
            place = f"{entry.assignment}, {entry.graded.student}, {key[1]}"
            losses.add("decisions that do not fit our version of the assignment", place)
        else:
            found[key] = wanted
    return found


def replace_layout(version: Version, layout: Layout) -> Version:
    """The version with a layout, where it was recorded without one."""
    return Version(version.title, version.sheet, layout)


def _by_key(wanted: Sequence[Wanted], layout: Layout) -> dict[Key, Wanted]:
    """Decisions by what they are about, in the words of our version of the assignment."""
    checks = {(cell.notebook, cell.name): cell.check for cell in layout.cells if cell.check}
    found = {}
    for each in wanted:
        subject = each.subject
        if each.place is not None:
            outside = each.place[1] if each.place[0] == OUR_NOTEBOOK else "/".join(each.place)
            subject = checks.get(each.place, outside)
        found[each.kind, subject] = replace(each, subject=subject)
    return found


def _fitting(entry: Entry, version: Version, key: Key, wanted: Wanted) -> Wanted | None:
    """The decision as it counts in our version, or None when it cannot be made there."""
    kind, subject = key
    if kind not in (ChangeKind.CHECK_POINTS, ChangeKind.EXTRA_POINTS):
        return wanted
    line = version.sheet.line(subject)
    if line is None or (kind is ChangeKind.CHECK_POINTS and (wanted.points or ZERO) > line.points):
        return None
    if not line.optional or wanted.points is None:
        return wanted
    # nbgrader holds an optional check as extra credit: what the check earns by itself is in it.
    earned = entry.graded.score.earned.get(line.id) if entry.graded.score else None
    more = wanted.points - (earned or Decimal(0))
    return None if more < 0 or kind is ChangeKind.CHECK_POINTS else replace(wanted, points=more)
