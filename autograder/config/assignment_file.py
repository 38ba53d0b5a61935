"""Read `assignment.toml` and what it refers to into an `Assignment`.

It reads files of staff and runs none of them. It does not know which guidelines or check functions exist:
the guideline engine and `autograder verify` find those that do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.config.assignment_tables import AssignmentTable, CheckTable, RubricFile
from autograder.config.assignment_version import version_of
from autograder.config.toml_file import TomlFile, nearest, parse, read_toml
from autograder.config.toml_lines import KeyPath
from autograder.errors import ConfigError
from autograder.model.assignment import Assignment, CheckKind, CheckSpec, RubricItem
from autograder.model.ids import END_OF_RUN, AssignmentId
from autograder.model.surroundings import rest

FILE_NAME = "assignment.toml"
SOURCE = "source"
CHECKS = "checks"
RUBRICS = "rubrics"

Wrong = tuple[KeyPath, str]


def load(folder: Path) -> Assignment:
    """Read the assignment in `folder`: an author's folder, or a release with the public part only.

    Raises ConfigError that lists everything wrong with file, line, key and the nearest known key.
    """
    file = read_assignment_file(folder)
    table = parse(file, AssignmentTable)
    home = file.path.parent
    wrong = [*_wrong_names(table), *_wrong_files(table, home)]
    if wrong:
        raise ConfigError("\n".join(file.located(where, message) for where, message in wrong))
    checks = tuple(_check(check, index, file, home) for index, check in enumerate(table.checks))
    guidelines = table.guidelines
    return Assignment(
        id=AssignmentId(table.id),
        title=table.title,
        version=table.public.assignment_version if table.public else version_of(file, source_folder(home)),
        folder=home,
        notebooks=tuple(table.notebooks),
        checks=checks,
        checkpoints=tuple(checkpoint.to_model() for checkpoint in table.checkpoints),
        limits=table.limits.to_model(),
        environment=table.environment.to_model(),
        assets=table.assets.to_model(),
        holdout=table.holdout.to_model() if table.holdout else None,
        rules=tuple(rule.to_model(name) for name, rule in guidelines.rules.items()),
        deduction_cap=guidelines.cap,
        gate=table.gate.to_model() if table.gate else None,
        training=table.training,
        repeat=table.repeat,
        on_error=table.on_error,
        course_files=tuple(table.course_files),
        contract=tuple(table.contract),
        origin=table.origin.to_model() if table.origin else None,
    )


def read_assignment_file(folder: Path) -> TomlFile:
    """Read the TOML of an assignment; `folder` may also be the file itself. Raises ConfigError."""
    path = folder / FILE_NAME if folder.is_dir() else folder
    if not path.exists():
        raise ConfigError(
            f"{folder}: there is no {FILE_NAME}",
            hint="Give an assignment's folder; `autograder new` makes one.",
        )
    return read_toml(path)


def source_folder(folder: Path) -> Path:
    """Give where the notebooks of an assignment are: in `source/`; in a release the folder itself."""
    source = folder / SOURCE
    return source if source.is_dir() else folder


def course_file(folder: Path, name: str) -> Path:
    """Give where a course file of the assignment in `folder` is: in `source/`, under the rest of its name.

    In a release that was unpacked it lies where its name says.
    """
    source = source_folder(folder)
    inside = source / rest(name)
    return inside if source != folder or inside.exists() else source / name


def _wrong_names(table: AssignmentTable) -> Iterator[Wrong]:
    """Find names that are given twice or that refer to nothing."""
    yield from _twice((check.id for check in table.checks), "checks")
    yield from _twice((checkpoint.id for checkpoint in table.checkpoints), "checkpoints")
    yield from _twice((check.cell for check in table.checks if check.cell), "checks", "cell")
    yield from _twice((*table.notebooks, *map(rest, table.course_files)), "course_files", "file")
    known = {END_OF_RUN: -1} | {checkpoint.id: index for index, checkpoint in enumerate(table.checkpoints)}
    for index, checkpoint in enumerate(table.checkpoints):
        if checkpoint.id == END_OF_RUN:
            yield ("checkpoints", index, "id"), f'"{END_OF_RUN}" is there by itself and cannot be declared'
    for index, check in enumerate(table.checks):
        if check.after not in known:
            yield (
                ("checks", index, "after"),
                f'no checkpoint is called "{check.after}"{nearest(check.after, known)}',
            )
    if table.gate:
        required = [check.id for check in table.checks if not check.optional]
        for check_id in table.gate.checks:
            if check_id not in required:
                why = f'no required check is called "{check_id}"{nearest(check_id, required)}'
                yield ("gate", "checks"), why


def _twice(names: Iterable[str], table: str, key: str = "id") -> Iterator[Wrong]:
    for name, count in Counter(names).items():
        if count > 1:
            yield (table,), f'{key} "{name}" is given {count} times'


def _wrong_files(table: AssignmentTable, home: Path) -> Iterator[Wrong]:
    """Find files that are named and not there. A release holds no check files and no rubrics."""
    source = source_folder(home)
    for key, names in (("notebooks", table.notebooks), ("course_files", table.course_files)):
        for name in names:
            path = course_file(home, name) if key == "course_files" else source / name
            if not path.is_file():
                there = [str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()][:1000]
                yield (key,), f"there is no file {path}{nearest(rest(name), there) if there else ''}"
    for name in table.notebooks:
        if not name.endswith(".ipynb"):
            yield ("notebooks",), f'"{name}" is no notebook: its name must end in .ipynb'
    if table.public:
        return
    if any(check.kind is CheckKind.PYTEST for check in table.checks) and not (home / CHECKS).is_dir():
        yield ("checks",), f"there are pytest checks but no folder {home / CHECKS}"
    for index, check in enumerate(table.checks):
        if check.rubric and not check.rubric.startswith(f"{RUBRICS}/"):
            yield ("checks", index, "rubric"), f"rubrics lie in the folder {RUBRICS}/"
        elif check.rubric and not (home / check.rubric).is_file():
            yield ("checks", index, "rubric"), f"there is no file {home / check.rubric}"


def _check(check: CheckTable, index: int, file: TomlFile, home: Path) -> CheckSpec:
    if not check.rubric:
        return check.to_model(())
    items, deducts = _rubric(home / check.rubric, check)
    return check.to_model(items, deducts=deducts)


def _rubric(path: Path, check: CheckTable) -> tuple[tuple[RubricItem, ...], bool]:
    file = read_toml(path)
    read = parse(file, RubricFile)
    items = read.items
    twice = [name for name, count in Counter(item.id for item in items).items() if count > 1]
    if twice:
        raise file.error(("items",), f'id "{twice[0]}" is given twice')
    deducts = read.marks == "deduct"
    total = sum(item.points for item in items if item.points > 0)
    if total < check.points and not deducts:
        raise file.error(
            ("items",),
            f'the lines are worth {total} together, so "{check.id}" with {check.points} cannot be earned',
        )
    return tuple(item.to_model() for item in items), deducts
