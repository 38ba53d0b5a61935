"""The tables of regrade campaigns. Every one is append-only: a campaign is undone by one more row.

A campaign and its candidates are a draft until a step says what became of it. Students are numbers here, as
everywhere in the history.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
)

from gradebook import offering_tables as _offering_tables  # noqa: F401 - a campaign points to its policies
from gradebook.columns import CleanText, UtcTime
from gradebook.tables import KEY, NUMBER, metadata


def _numbered() -> Column[int]:
    return Column("id", NUMBER, primary_key=True, autoincrement=True)


def _campaign() -> Column[int]:
    return Column("campaign_id", NUMBER, ForeignKey("campaigns.id"), nullable=False)


def _decided() -> tuple[Column[str], Column[str], Column[object]]:
    return (
        Column("who", CleanText, nullable=False),
        Column("why", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
    )


campaigns = Table(
    "campaigns",
    metadata,
    _numbered(),
    Column("course", KEY, nullable=False),
    Column("term", KEY, nullable=False),
    Column("assignment", KEY),
    Column("kind", KEY, nullable=False),
    Column("forbid_lowering", Boolean(create_constraint=False), nullable=False),
    Column("selection", JSON, nullable=False),
    Column("version", KEY),
    Column("sheet", JSON(none_as_null=True)),
    Column("layout", JSON(none_as_null=True)),
    Column("policies", CleanText),
    Column("policies_before", NUMBER, ForeignKey("offering_policies.id")),
    Column("results", CleanText, nullable=False),
    Column("staging", KEY, nullable=False),
    *_decided(),
    ForeignKeyConstraint(["course", "term"], ["offerings.course", "offerings.term"]),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)
"""`version`, `sheet` and `layout` are of the assignment the candidates were made with; `policies` are those
that would count. `staging` names the folder with the candidates' files in the results folder `results`."""

campaign_candidates = Table(
    "campaign_candidates",
    metadata,
    _numbered(),
    _campaign(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), nullable=False),
    Column("base_score_id", NUMBER, ForeignKey("scores.id"), nullable=False),
    Column("grading", JSON, nullable=False),
    Column("left_out", CleanText, nullable=False),
    UniqueConstraint("campaign_id", "submission_id"),
    sqlite_autoincrement=True,
)
"""`base_score_id` is the score that counted when the draft was made; `left_out` says why a candidate will
not be applied."""

campaign_steps = Table(
    "campaign_steps",
    metadata,
    _numbered(),
    _campaign(),
    Column("event", KEY, nullable=False),
    Column("details", JSON, nullable=False),
    *_decided(),
    UniqueConstraint("campaign_id", "event"),
    sqlite_autoincrement=True,
)

campaign_scores = Table(
    "campaign_scores",
    metadata,
    Column("score_id", NUMBER, ForeignKey("scores.id"), primary_key=True, autoincrement=False),
    _campaign(),
    Index(None, "campaign_id"),
)

scores_set_aside = Table(
    "scores_set_aside",
    metadata,
    Column("score_id", NUMBER, ForeignKey("scores.id"), primary_key=True, autoincrement=False),
    _campaign(),
    Column("at", UtcTime, nullable=False),
)
"""Scores of campaigns that were undone: they do not count any more."""

APPEND_ONLY: tuple[str, ...] = (
    "campaigns",
    "campaign_candidates",
    "campaign_steps",
    "campaign_scores",
    "scores_set_aside",
)
"""Tables whose rows are never changed or removed."""
