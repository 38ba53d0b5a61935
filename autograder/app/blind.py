"""Whom blind marking has to hide: what the gradebook knows of a student, of the group, and of the class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.reporting.blinding import Person

if TYPE_CHECKING:
    from gradebook.book import Gradebook
    from gradebook.roster import Member
    from gradebook.values import Offering


def person_behind(book: Gradebook, offering: Offering, student: str) -> Person:
    """The student with everybody else of the class, ready for `autograder.reporting.blinding.blinded`.

    A student who is in no roster is known by id only. Whose id it is, is not looked up elsewhere.
    """
    from gradebook.course_book import CourseBook

    members = CourseBook(book, offering).members()
    mine = [one for one in members if student in (one.student, one.pseudonym)]
    others = [one for one in members if one not in mine]
    pseudonym = mine[0].pseudonym if mine else _pseudonym(book, student)
    return Person(
        pseudonym=pseudonym,
        ids=(student, *(value for one in mine for value in _ids(one))),
        names=tuple(one.name for one in mine if one.name),
        others=tuple(value for one in others for value in (*_ids(one), one.name) if value),
    )


def _ids(one: Member) -> tuple[str, ...]:
    return tuple(value for value in (one.student, one.net_id, one.email, one.lms_id) if value)


def _pseudonym(book: Gradebook, student: str) -> str:
    from sqlalchemy import select

    from gradebook.tables import people

    with book.reading() as db:
        found = db.execute(select(people.c.pseudonym).where(people.c.student == student)).scalar()
    return str(found or "somebody")
