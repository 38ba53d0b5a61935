"""Whose database this is, and whether the installed nbgrader knows its schema.

nbgrader is an optional dependency, and importing it takes seconds: it is imported when a function is called.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from autograder.errors import GradebookError


def nbgrader_api() -> Any:
    """The module `nbgrader.api`. GradebookError when nbgrader is not installed."""
    try:
        from nbgrader import api
    except ModuleNotFoundError as error:
        raise GradebookError(
            f"nbgrader's gradebooks need nbgrader, and {error.name} is not installed",
            hint="Install it with `pip install 'nbverdict[nbgrader]'`.",
        ) from error
    return api


def installed_version() -> str:
    """The version of the nbgrader that is installed."""
    from importlib.metadata import version

    return version("nbgrader")


@cache
def known_revisions() -> tuple[str, tuple[str, ...]]:
    """The schema that the installed nbgrader reads and writes, and all that came before it."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path(nbgrader_api().__file__).with_name("alembic")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    head = str(script.get_current_head())
    return head, tuple(each.revision for each in script.walk_revisions() if each.revision != head)


def is_empty(db: Connection, name: str) -> bool:
    """True for a database without tables, False for nbgrader's of the schema that is installed.

    GradebookError for every other one; `name` is what the message calls it.
    """
    tables = set(inspect(db).get_table_names())
    if not tables:
        return True
    if "score_changes" in tables:
        raise GradebookError(
            f"{name} is a gradebook of ours, not nbgrader's", hint="nbgrader's is called gradebook.db."
        )
    if not {"student", "assignment", "submitted_notebook", "grade"} <= tables:
        raise GradebookError(f"{name} is no gradebook of nbgrader: it has no tables of one")
    head, older = known_revisions()
    wanted = f"nbgrader {installed_version()}, which is installed here, reads schema {head}"
    if "alembic_version" not in tables:
        raise GradebookError(
            f"{name} was written by an old nbgrader and says no schema; {wanted}",
            hint="Run `nbgrader db upgrade` on a copy of it and use that.",
        )
    found = db.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if list(found) == [head]:
        return False
    said = ", ".join(map(str, found)) or "none"
    if set(found) <= {*older} and found:
        raise GradebookError(
            f"{name} has schema {said} of an older nbgrader; {wanted}",
            hint="Run `nbgrader db upgrade` on a copy of it and use that.",
        )
    raise GradebookError(
        f"{name} has schema {said}, which this nbgrader does not know; {wanted}",
        hint="Install the nbgrader that wrote it, or one that is newer.",
    )
