"""Which models stood in for others in the gradings of an offering: pages over them have to say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from gradebook import tables
from gradebook.values import Offering

if TYPE_CHECKING:
    from gradebook.book import Gradebook


def stand_ins(book: Gradebook, offering: Offering) -> tuple[str, ...]:
    """Their names, in order. Every recorded grading is looked at, also one that does not count any more."""
    kept, scores = tables.submissions.c, tables.scores.c
    query = (
        select(scores.provenance["stand_ins"].as_string())
        .select_from(tables.scores)
        .join(tables.submissions, kept.id == scores.submission_id)
        .where(kept.course == offering.course, kept.term == offering.term)
        .distinct()
    )
    with book.reading() as db:
        lists = [json.loads(text) for text in db.execute(query).scalars() if text]
    return tuple(sorted({str(name) for names in lists for name in names}))
