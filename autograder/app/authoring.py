"""What `new` and `release` do. Nothing of an assignment is executed here."""

from __future__ import annotations

from pathlib import Path


def new_assignment(folder: Path, class_folder: Path | None = None) -> tuple[Path, ...]:
    """Write a small assignment that works, and a made-up class into `class_folder` if it is given.

    Raises UsageError when something is there already; then nothing is written.
    """
    from autograder.authoring.scaffold import new
    from autograder.authoring.scaffold_class import new_class, refuse_existing

    if class_folder is None:
        return new(folder)
    refuse_existing(class_folder)
    return new(folder) + new_class(class_folder, folder)


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
