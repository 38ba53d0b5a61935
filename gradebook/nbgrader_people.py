"""Students as nbgrader describes them and as the class here does. Pure: values in, values out.

nbgrader has a first and a last name, the class has one text. It is written "First Last" where that can be
taken apart again, else "Last, First": so every pair of names without commas comes back as it was, and every
text but a plain "Last, First", which comes back as "First Last".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gradebook.nbgrader_values import Losses, NbBook, NbPerson
from gradebook.roster import Member, RosterChange, RosterDiff, RosterEvent, RosterRow, compared

FIELDS = ("name", "email", "lms_id")
"""What of a member of the class nbgrader can hold, too."""
LONGEST = 128
"""Characters that nbgrader has for a name or an address."""
_SUFFIX = re.compile(r"(jr|sr|ii|iii|iv)\.?", re.IGNORECASE)


def joined(first: str, last: str) -> str:
    """One text for a first and a last name. `apart` gives both back."""
    if not last:
        return first if not first or apart(first) == (first, "") else f", {first}"
    if not first:
        return f"{last},"
    plain = f"{first} {last}"
    return plain if apart(plain) == (first, last) else f"{last}, {first}"


def apart(name: str) -> tuple[str, str]:
    """First and last name. Of "First Second Last" the last word is the last name; a comma says it better."""
    before, comma, after = (part.strip() for part in name.rpartition(","))
    if comma and not (before and _SUFFIX.fullmatch(after)):
        return after, before
    if comma and "," in before:  # Last, Jr. stands before a first name that looks like a suffix
        return after, before
    whole, suffix = (before, f", {after}") if comma else (name.strip(), "")
    first, _, last = whole.rpartition(" ")
    if not first and not suffix:
        return last, ""
    return first.strip(), f"{last}{suffix}"


def moving_in(
    theirs: NbBook, members: Mapping[str, Member], known: Mapping[str, Mapping[str, str]], losses: Losses
) -> RosterDiff:
    """What nbgrader's students change in the class. What is known here stays; differences go to `losses`.

    `members` are those of the offering; `known` are details of persons that another offering may have given.
    """
    taken = {
        (field, getattr(one, field).casefold()): one.student
        for one in members.values()
        for field in ("email", "lms_id")
        if getattr(one, field)
    }
    rows = []
    for student in theirs.students:
        before = members.get(student)
        if before is not None and not before.enrolled:
            losses.add("students who left the class here", student)
            continue
        here = known.get(student, {})
        said = _details(student, theirs.people.get(student, NbPerson()), losses)
        kept = {
            field: _one_of(student, field, here.get(field, ""), said[field], taken, losses)
            for field in FIELDS
        }
        section = "" if before is None else before.section
        rows.append(
            RosterRow(
                student=student,
                section=section,
                name=kept["name"],
                email=kept["email"],
                lms_id=kept["lms_id"],
            )
        )
    diff = compared(rows, members, remove_missing=False, columns=FIELDS)
    return RosterDiff(changes=diff.writes, unchanged=diff.unchanged)


def _details(student: str, person: NbPerson, losses: Losses) -> dict[str, str]:
    first, last = _clean(person.first), _clean(person.last)
    name = joined(first, last)
    if apart(name) != (first, last):
        losses.add("names whose first and last part cannot be told apart again", student)
    return {"name": name, "email": _clean(person.email), "lms_id": _clean(person.lms_id)}


def _clean(text: str) -> str:
    """One space for each run of white space, none at the ends; a class keeps no line breaks in a name."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _one_of(
    student: str, field: str, here: str, there: str, taken: dict[tuple[str, str], str], losses: Losses
) -> str:
    if not there or _same(field, here, there):
        return here
    place = f"{student}, {field}"
    if here:
        losses.add(
            "described otherwise here: kept as it is here", f"{place}: {here!r} here, {there!r} in nbgrader"
        )
        return here
    if field != "name":
        owner = taken.setdefault((field, there.casefold()), student)
        if owner != student:
            losses.add("addresses and LMS ids that another student has", f"{place}: {owner} has it, too")
            return here
    return there


def _same(field: str, one: str, other: str) -> bool:
    return apart(one) == apart(other) if field == "name" else one.casefold() == other.casefold()


def added(diff: RosterDiff) -> tuple[list[RosterChange], list[RosterChange]]:
    """The students who are new in the class, and those of whom more is known now."""
    new = [change for change in diff.changes if change.event is RosterEvent.ADDED]
    return new, [change for change in diff.changes if change.event is not RosterEvent.ADDED]


def with_people(book: NbBook, members: Iterable[Member], losses: Losses) -> NbBook:
    """The book with everybody in the class, as nbgrader describes students.

    Who left is described where there is a submission, and nobody who was erased.
    """
    handed_in = frozenset(book.students)
    students = set(handed_in)
    people = dict(book.people)
    for one in members:
        if one.student == one.pseudonym or not (one.enrolled or one.student in handed_in):
            continue
        if not one.enrolled:
            losses.add("that a student left the class", one.student)
        if one.net_id or one.section:
            losses.add("Net IDs and sections", one.student)
        first, last = apart(one.name)
        person = NbPerson(first=first, last=last, email=one.email, lms_id=one.lms_id)
        students.add(one.student)
        if person != NbPerson():
            people[one.student] = _short(one.student, person, losses)
    return replace(book, students=tuple(sorted(students)), people=people)


def _short(student: str, person: NbPerson, losses: Losses) -> NbPerson:
    for field in ("first", "last", "email", "lms_id"):
        if len(getattr(person, field)) > LONGEST:
            losses.add(f"names and addresses of more than {LONGEST} characters", f"{student}, {field}")
            person = replace(person, **{field: ""})
    return person


def described(student: str, ours: NbPerson, theirs: NbPerson, losses: Losses) -> NbPerson:
    """What nbgrader's row of a student gets: what it says already, and ours where it says nothing."""
    pairs: Sequence[tuple[str, str, str]] = (
        ("name", joined(ours.first, ours.last), joined(theirs.first, theirs.last)),
        ("email", ours.email, theirs.email),
        ("lms_id", ours.lms_id, theirs.lms_id),
    )
    for field, here, there in pairs:
        if here and there and not _same(field, here, there):
            losses.add(
                "described otherwise there: kept as it is there",
                f"{student}, {field}: {here!r} here, {there!r} in nbgrader",
            )
    unnamed = not theirs.first and not theirs.last
    return NbPerson(
        first=ours.first if unnamed else theirs.first,
        last=ours.last if unnamed else theirs.last,
        email=theirs.email or ours.email,
        lms_id=theirs.lms_id or ours.lms_id,
    )
