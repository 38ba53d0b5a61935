"""The tables, as SQLAlchemy Core knows them. The database itself is made by the migrations, never from here.

Keys are (course, term, assignment). Everything but `people` and `submission_names` is append-only: triggers
refuse UPDATE and DELETE. Those two hold all names of persons and of submissions, apart from the history, so
that a name can be corrected or erased later while every score stays valid.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from gradebook.columns import CleanText, Points, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

KEY = String(200)
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def _numbered() -> Column[int]:
    return Column("id", NUMBER, primary_key=True, autoincrement=True)


def _assignment_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["course", "term", "assignment"], ["assignments.course", "assignments.term", "assignments.assignment"]
    )


people = Table(
    "people",
    metadata,
    _numbered(),
    Column("student", KEY, unique=True),
    Column("pseudonym", KEY, nullable=False, unique=True),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

offerings = Table(
    "offerings",
    metadata,
    Column("course", KEY, primary_key=True),
    Column("term", KEY, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    Column("course", KEY, primary_key=True),
    Column("term", KEY, primary_key=True),
    Column("assignment", KEY, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["course", "term"], ["offerings.course", "offerings.term"]),
)

assignment_versions = Table(
    "assignment_versions",
    metadata,
    _numbered(),
    Column("course", KEY, nullable=False),
    Column("term", KEY, nullable=False),
    Column("assignment", KEY, nullable=False),
    Column("version", KEY, nullable=False),
    Column("title", CleanText, nullable=False),
    Column("max_score", Points, nullable=False),
    Column("sheet", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    _assignment_key(),
    UniqueConstraint("course", "term", "assignment", "version"),
    sqlite_autoincrement=True,
)

version_layouts = Table(
    "version_layouts",
    metadata,
    Column("version_id", NUMBER, ForeignKey("assignment_versions.id"), primary_key=True, autoincrement=False),
    Column("layout", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    _numbered(),
    Column("course", KEY, nullable=False),
    Column("term", KEY, nullable=False),
    Column("assignment", KEY, nullable=False),
    Column("person_id", NUMBER, ForeignKey("people.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("received", UtcTime, nullable=False),
    Column("digest", KEY, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    _assignment_key(),
    Index(None, "course", "term", "assignment", "person_id"),
    sqlite_autoincrement=True,
)

submission_names = Table(
    "submission_names",
    metadata,
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("course", KEY, nullable=False),
    Column("term", KEY, nullable=False),
    Column("assignment", KEY, nullable=False),
    Column("submission", KEY, nullable=False),
    UniqueConstraint("course", "term", "assignment", "submission"),
)

scores = Table(
    "scores",
    metadata,
    _numbered(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), nullable=False),
    Column("version_id", NUMBER, ForeignKey("assignment_versions.id"), nullable=False),
    Column("run_key", KEY, nullable=False),
    Column("status", KEY, nullable=False),
    Column("run_outcome", KEY),
    Column("scored", Boolean(create_constraint=False), nullable=False),
    Column("total", Points),
    Column("deducted", Points, nullable=False),
    Column("max_score", Points, nullable=False),
    Column("gate_passed", Boolean(create_constraint=False)),
    Column("usage", JSON, nullable=False),
    Column("provenance", JSON, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", CleanText, nullable=False),
    UniqueConstraint("submission_id", "version_id", "run_key"),
    # All that grades ask of a score: in the table itself its usage and provenance would be read along.
    Index(
        "ix_scores_at_a_glance",
        "submission_id", "id", "status", "total", "gate_passed", "max_score", "version_id",
    ),
    sqlite_autoincrement=True,
)  # fmt: skip

score_details = Table(
    "score_details",
    metadata,
    Column("score_id", NUMBER, ForeignKey("scores.id"), primary_key=True, autoincrement=False),
    Column("reason", CleanText, nullable=False),
    Column("score", JSON(none_as_null=True)),
    Column("results", JSON, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("suspicions", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
)

score_checks = Table(
    "score_checks",
    metadata,
    Column("score_id", NUMBER, ForeignKey("scores.id"), primary_key=True, autoincrement=False),
    Column("check_id", KEY, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", KEY, nullable=False),
    Column("assurance", KEY, nullable=False),
    Column("outcome", KEY, nullable=False),
    Column("earned", Points),
    Column("max_points", Points, nullable=False),
    Column("optional", Boolean(create_constraint=False), nullable=False),
)

score_findings = Table(
    "score_findings",
    metadata,
    Column("score_id", NUMBER, ForeignKey("scores.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule", KEY, nullable=False),
    Column("severity", KEY, nullable=False),
    Column("firmness", KEY, nullable=False),
    Column("state", KEY, nullable=False),
    Column("points", Points, nullable=False),
    Column("places", Integer, nullable=False),
)

score_changes = Table(
    "score_changes",
    metadata,
    _numbered(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), nullable=False),
    Column("score_id", NUMBER, ForeignKey("scores.id"), nullable=False),
    Column("kind", KEY, nullable=False),
    Column("subject", KEY, nullable=False),
    Column("points", Points),
    Column("state", KEY),
    Column("comment", CleanText, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "submission_id"),
    sqlite_autoincrement=True,
)

audit_log = Table(
    "audit_log",
    metadata,
    _numbered(),
    Column("at", UtcTime, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("event", KEY, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("submission_id", NUMBER, ForeignKey("submissions.id")),
    Column("score_id", NUMBER, ForeignKey("scores.id")),
    Column("change_id", NUMBER, ForeignKey("score_changes.id")),
    Column("course", KEY),
    Column("term", KEY),
    Column("about", KEY),
    Column("about_id", NUMBER),
    Index(None, "submission_id"),
    sqlite_autoincrement=True,
)

APPEND_ONLY: tuple[str, ...] = (
    "offerings",
    "assignments",
    "assignment_versions",
    "version_layouts",
    "submissions",
    "scores",
    "score_details",
    "score_checks",
    "score_findings",
    "score_changes",
    "audit_log",
)
"""Tables whose rows are never changed or removed; the migrations give each its triggers."""
