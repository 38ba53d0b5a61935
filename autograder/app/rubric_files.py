"""Rubrics as somebody stores them: those of an assignment's folder, or the one of a rubric file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import UsageError

if TYPE_CHECKING:
    from gradebook.marking.rubric import Rubric


def rubrics_in(source: Path, check: str) -> list[Rubric]:
    """The rubrics of an assignment's folder, or the one of a rubric file. UsageError when there are none."""
    from gradebook.marking.rubric import MarkType, Rubric, RubricItem, rubric_of

    if source.is_dir():
        from autograder.config.assignment_file import load

        specs = load(source).checks
        found = [rubric for spec in specs if check in ("", spec.id) and (rubric := rubric_of(spec))]
        if not found:
            raise UsageError(f"{source}: no rubric" + (f" of {check}" if check else " is there"))
        return found
    if not check:
        raise UsageError("say which check the rubric is for", hint="Name it after the assignment.")
    from autograder.config.assignment_tables import RubricFile
    from autograder.config.toml_file import parse, read_toml

    read = parse(read_toml(source), RubricFile)
    items = tuple(
        RubricItem(id=item.id, text=item.text, points=item.points, comment=item.comment)
        for item in read.items
    )
    return [Rubric(check=check, items=items, mark_type=MarkType(read.marks))]
