"""The part of `assignment.toml` that students get, so that they can check their work themselves.

It is written anew from the parsed tables: comments, rubrics, hidden checks and unknown keys cannot survive.
It says which rows are withheld (data set and share), never which ones.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import tomlkit

from autograder.config.assignment_file import load, read_assignment_file
from autograder.config.assignment_tables import AssignmentTable
from autograder.config.toml_file import parse
from autograder.model.assignment import Visibility

HEADING = "The public part of this assignment's configuration. Changing it changes no grade."


def public_part(folder: Path) -> str:
    """Give the TOML text for students of the assignment in `folder`. Raises ConfigError as `load` does."""
    assignment = load(folder)
    table = parse(read_assignment_file(folder), AssignmentTable)
    shown = [check for check in table.checks if check.visibility is not Visibility.HIDDEN]
    content = table.model_dump(by_alias=True, exclude_defaults=True, exclude={"checks", "gate", "public"})
    content["checks"] = [check.model_dump(exclude_defaults=True, exclude={"rubric"}) for check in shown]
    shown_ids = {check.id for check in shown}
    gate_checks = [check for check in table.gate.checks if check in shown_ids] if table.gate else []
    if table.gate and gate_checks:
        content["gate"] = table.gate.model_dump(exclude_defaults=True) | {"checks": gate_checks}
    content["public"] = {
        "assignment_version": assignment.version,
        "total_points": assignment.max_score,
        "hidden_checks": len(table.checks) - len(shown),
    }
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADING))
    document.update(_plain(content))
    return tomlkit.dumps(document)


def _plain(value: Any) -> Any:
    """Turn what the tables hold into what TOML can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else float(value)
    return value
