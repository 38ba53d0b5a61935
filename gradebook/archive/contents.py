"""What an archive has to hold: every submission with the runs and versions its scores came from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.archive.rows import archived_tables
from gradebook.campaigns import tables as campaign_tables
from gradebook.nbgrader_values import RUN_PREFIX
from gradebook.submissions import digest_here


class Submitted(NamedTuple):
    """One submission. `name` is its id as intake gave it; `runs` are the keys of its gradings."""

    number: int
    assignment: str
    name: str
    digest: str
    runs: frozenset[str]


def submitted(db: Connection) -> Iterator[Submitted]:
    """Every submission in the order of its number."""
    kept, names, scores = tables.submissions.c, tables.submission_names.c, tables.scores.c
    query = (
        select(kept.id, kept.assignment, names.submission, kept.digest, scores.run_key)
        .select_from(tables.submissions)
        .outerjoin(tables.submission_names, names.submission_id == kept.id)
        .outerjoin(tables.scores, scores.submission_id == kept.id)
        .order_by(kept.id)
        .execution_options(yield_per=2_000)
    )
    for _, rows in groupby(db.execute(query), key=lambda row: row.id):
        found = list(rows)
        runs = frozenset(row.run_key for row in found if row.run_key is not None)
        one = found[0]
        digest = one.digest
        if any(run.startswith(RUN_PREFIX) for run in runs):
            digest = digest_here(db, one.id) or digest
        yield Submitted(one.id, one.assignment, one.submission or "", digest, runs)


def versions(db: Connection) -> dict[tuple[str, str], int]:
    """Each version of an assignment by its id and version, with how many scores it has."""
    kept = tables.assignment_versions.c
    query = (
        select(kept.assignment, kept.version, func.count(tables.scores.c.id))
        .outerjoin(tables.scores, tables.scores.c.version_id == kept.id)
        .group_by(kept.assignment, kept.version)
        .order_by(kept.assignment, kept.version)
    )
    return {(assignment, version): count for assignment, version, count in db.execute(query)}


def version_origins(db: Connection) -> dict[tuple[str, str], str]:
    """When each version was recorded first, and by which campaign where its first score is of one."""
    kept, scores, campaign = tables.assignment_versions.c, tables.scores.c, campaign_tables.campaign_scores.c
    first = select(func.min(scores.id)).where(scores.version_id == kept.id).scalar_subquery()
    query = (
        select(kept.assignment, kept.version, kept.created_at, campaign.campaign_id)
        .select_from(tables.assignment_versions)
        .outerjoin(campaign_tables.campaign_scores, campaign.score_id == first)
        .order_by(kept.id.desc())
    )
    return {
        (assignment, version): f"recorded {at:%Y-%m-%d %H:%M} UTC"
        + ("" if number is None else f" by campaign {number}")
        for assignment, version, at, number in db.execute(query)
    }


def row_counts(db: Connection) -> dict[str, int]:
    """How many rows each table of an archive would have."""
    counts = {
        table.name: int(db.execute(select(func.count()).select_from(table)).scalar_one())
        for table in archived_tables()
    }
    if not counts["offerings"]:
        raise GradebookError("there is nothing in this gradebook", hint="Check --gradebook.")
    return counts
