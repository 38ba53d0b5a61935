"""Statements that make a table append-only, for migrations. Once released, what they make stays as it is.

They stop mistakes and ordinary tools. Whoever owns the database can drop a trigger: against that only backups
and an archive with digests help.
"""

from __future__ import annotations

_FUNCTION = """
CREATE OR REPLACE FUNCTION gradebook_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$
"""


def statements(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that let rows of `table` be added, but neither changed nor removed.

    `dialect` is SQLAlchemy's name of the database: `sqlite` or `postgresql`; ValueError for another one.
    """
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        )
    if dialect == "postgresql":
        call = "EXECUTE FUNCTION gradebook_append_only()"
        return (
            _FUNCTION,
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {call}",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
        )
    raise ValueError(f"no append-only triggers are known for {dialect!r}")
