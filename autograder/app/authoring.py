"""What `new` and `release` do. Nothing of an assignment is executed here."""

from __future__ import annotations

from pathlib import Path


def new_assignment(folder: Path) -> tuple[Path, ...]:
    """Write a small assignment that works. Raises UsageError when the folder holds something already."""
    from autograder.authoring.scaffold import new

    return new(folder)


def release_assignment(folder: Path, out: Path, *, dry_run: bool, replace: bool) -> list[str]:
    """Make the students' folder and say what is in it.

    Raises AuthoringError when anything hidden would get out; then nothing is written.
    """
    from autograder.authoring.release import release
    from autograder.config.assignment_file import load
    from autograder.guidelines.registry import RULES
    from autograder.model.ids import RuleId

    statements = {RuleId(rule.id): rule.statement for rule in RULES.values()}
    made = release(load(folder), out, dry_run=dry_run, replace=replace, statements=statements)
    if dry_run:
        what_was_done = "Nothing was written (dry run)."
    elif made.written:
        what_was_done = f"Give students {out / made.archive}."
    else:
        what_was_done = f"The same release was there already. Give students {out / made.archive}."
    return [
        *(str(out / name) for name in made.files),
        f"{made.answers} answers and {made.hidden_lines} hidden lines were taken out; none is left.",
        what_was_done,
    ]
