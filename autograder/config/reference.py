"""The reference pages of the configuration files, generated from the tables that read them.

A page can therefore not name a key that is not read, nor leave one out. What concerns several keys at once is
told by the errors, not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from autograder.config import assignment_tables, machine, run_tables

GENERATED = "This page is generated from the code: `make docs`."

TableAt = tuple[str, type[BaseModel]]

ASSIGNMENT_TABLES: Sequence[TableAt] = (
    ("", assignment_tables.AssignmentTable),
    ("[environment]", run_tables.EnvironmentTable),
    ("[limits]", run_tables.LimitsTable),
    ("[assets]", run_tables.AssetsTable),
    ("[holdout]", run_tables.HoldoutTable),
    ("[[checkpoints]]", assignment_tables.CheckpointTable),
    ("[[checks]]", assignment_tables.CheckTable),
    ("[gate]", assignment_tables.GateTable),
    ("[guidelines]", assignment_tables.GuidelinesTable),
    ("[guidelines.rules.<id>]", assignment_tables.RuleTable),
    ("[origin]", assignment_tables.OriginTable),
    ("[public]", assignment_tables.PublicTable),
    ("rubrics/*.toml", assignment_tables.RubricFile),
    ("rubrics/*.toml: [[items]]", assignment_tables.RubricItemTable),
)
MACHINE_TABLES: Sequence[TableAt] = (
    ("", machine.MachineTable),
    ("[images.<name>]", machine.ImageTable),
    ("[sandbox]", machine.SandboxTable),
    ("[gpu]", machine.GpuTable),
    ("[assets]", machine.AssetsTable),
    ("[gradebook]", machine.GradebookTable),
    ("[intake]", machine.IntakeTable),
    ("[run]", machine.RunTable),
)

ASSIGNMENT_INTRO = """\
What grading an assignment means. It lies in the assignment's folder:

```
assignment.toml      this file
source/              source notebooks with solutions and hidden tests, and course files
checks/              pytest files; students never see them
rubrics/             what a person looks for in written answers
samples/             sample submissions with their expected verdicts
```

Dates, extensions and late policies are not here: they belong to the offering. An unknown key is an error that
names the nearest known key. The version of an assignment is a digest of this file's content, the cells of the
source notebooks, the course files, `checks/` and `rubrics/`; comments and `samples/` do not change it.

`autograder release` writes the public part of this file for students: without hidden checks, rubrics and
comments, and with the table `[public]`."""

MACHINE_INTRO = """\
Everything about this machine, and nothing about any assignment. The first one found counts: the file given
with `--config`, `autograder.toml` in the current folder, `autograder.toml` in your configuration folder.
Without a file the defaults count. Relative paths start at the file's own folder. Nothing in a submission
configures anything."""


def pages() -> Mapping[Path, str]:
    """Give every page by its path below `docs/`."""
    return {
        Path("reference/assignment-toml.md"): page("assignment.toml", ASSIGNMENT_INTRO, ASSIGNMENT_TABLES),
        Path("reference/autograder-toml.md"): page("autograder.toml", MACHINE_INTRO, MACHINE_TABLES),
    }


def page(title: str, intro: str, tables: Sequence[TableAt]) -> str:
    """Give the Markdown page of a file: its introduction and one section per table."""
    lines = [f"# {title}", "", GENERATED, "", intro]
    for heading, table in tables:
        lines += ["", f"## `{heading}`" if heading else "## Keys at the top", "", *section(table)]
    return "\n".join(lines) + "\n"


def section(table: type[BaseModel]) -> Iterator[str]:
    """Give what a table is for and one row per key."""
    yield (table.__doc__ or "").strip()
    yield ""
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for name, field in table.model_fields.items():
        cells = (
            f"`{field.alias or name}`",
            _kind(field.annotation),
            _default(field),
            field.description or "",
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kind(annotation: Any) -> str:
    """Say in plain words what a key holds."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(_kind(argument) for argument in arguments if argument is not type(None))
    if origin is Literal:
        return _either([str(argument) for argument in arguments])
    if origin is list:
        return f"list: {_kind(arguments[0])}"
    if origin is dict:
        return f"table: {_kind(arguments[1])}" if arguments[1] is not Any else "table"
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _either([str(member.value) for member in annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    words = {
        bool: "true or false",
        int: "whole number",
        float: "number",
        Decimal: "number",
        str: "text",
        datetime: "date and time",
    }
    return words[annotation]


def _either(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _default(field: FieldInfo) -> str:
    """Say what counts when the key is left out; nothing for what is empty then."""
    if field.is_required():
        return "required"
    value = field.default_factory() if field.default_factory else field.default  # type: ignore[call-arg]
    if value is PydanticUndefined or value is None or isinstance(value, BaseModel) or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        items = ", ".join(f'"{item}"' for item in value)
        return f"`[{items}]`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
