"""Which version of an assignment is the newest one. Older ones are told by `is_older` of the model.

A version of which every score was set aside, because its campaign was undone, is as if it had never been.
What nbgrader's gradebook says of an assignment is older than every version that was graded with here,
whenever it came in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select

from gradebook import tables
from gradebook.campaigns.tables import campaigns, scores_set_aside
from gradebook.nbgrader_values import VERSION_PREFIX
from gradebook.values import Offering

if TYPE_CHECKING:
    from gradebook.book import Gradebook

_VERSIONS = tables.assignment_versions.c
OLDEST_FIRST = (_VERSIONS.version.startswith(VERSION_PREFIX).desc(), _VERSIONS.id)
"""How versions of one assignment are ordered."""


class Newest(NamedTuple):
    """The newest version of an assignment: its row's number, and the version itself."""

    id: int
    version: str


def newest_versions(db: Connection, offering: Offering) -> dict[str, Newest]:
    """The newest version of each assignment of an offering."""
    kept = tables.assignment_versions.c
    query = (
        select(kept.assignment, kept.id, kept.version)
        .where(kept.course == offering.course, kept.term == offering.term)
        .where(kept.id.not_in(sorted(versions_set_aside(db, offering))))
        .order_by(*OLDEST_FIRST)
    )
    return {assignment: Newest(number, version) for assignment, number, version in db.execute(query)}


def newest_in(book: Gradebook, offering: Offering) -> dict[str, str]:
    """The newest version of each assignment, by the assignment's id."""
    with book.reading() as db:
        return {name: found.version for name, found in newest_versions(db, offering).items()}


def versions_set_aside(db: Connection, offering: Offering) -> frozenset[int]:
    """Versions whose every score was set aside. Nearly always there are none, and that is found at once."""
    aside, scores = scores_set_aside.c, tables.scores.c
    query = (
        select(scores.version_id)
        .select_from(scores_set_aside)
        .join(campaigns, campaigns.c.id == aside.campaign_id)
        .join(tables.scores, scores.id == aside.score_id)
        .where(campaigns.c.course == offering.course, campaigns.c.term == offering.term)
        .distinct()
    )
    gone = set()
    for number in db.execute(query).scalars():
        stands = (
            select(scores.id)
            .where(scores.version_id == number, scores.id.not_in(select(aside.score_id)))
            .limit(1)
        )
        if db.execute(stands).scalar() is None:
            gone.add(int(number))
    return frozenset(gone)
