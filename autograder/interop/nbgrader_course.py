"""Convert one assignment of an nbgrader course into a folder of ours, and find a course's assignments.

Files are read, nothing is run and the course is never written to. Solutions, hidden tests and mark schemes
stay in the converted source: releasing and grading are done by what every other assignment uses.
"""

from __future__ import annotations

import fnmatch
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from autograder.errors import AuthoringError
from autograder.formats.nbgrader_regions import CODE_STUB, TEXT_STUB
from autograder.interop.converted import ASSIGNMENT_FILE, Converted
from autograder.interop.nbgrader_cells import SourceNotebook, imported_modules, source_notebook
from autograder.interop.nbgrader_config import config_files
from autograder.interop.nbgrader_settings import Course
from autograder.interop.nbgrader_submissions import STUDENT
from autograder.interop.nbgrader_toml import (
    Check,
    Head,
    assignment_toml,
    checks_of,
    name_of,
    rubric_path,
    rubric_toml,
)

MIB: Final = 1024 * 1024
MOST_BYTES: Final = 512 * MIB
_SMALL: Final = frozenset(
    {"numpy", "pandas", "matplotlib", "mpl_toolkits", "PIL", "dateutil", "psutil", "IPython", "tabulate"}
)
STANDARD: Final = frozenset(sys.stdlib_module_names)
_SECONDS: Final = 60.0
_NBGRADER_SECONDS: Final = 30


def convert_nbgrader(source: Path, course: Course, why: str) -> Converted:
    """Convert the assignment whose source folder (or single notebook) is `source`.

    `why` says by what it was known. Raises AuthoringError that names file and cell.
    """
    folder = source if source.is_dir() else source.parent
    refuse_submission(folder, course)
    name, step = named(folder, course)
    paths = [source] if source.is_file() else _notebooks(folder, course)
    if not paths:
        raise AuthoringError(
            f"{folder}: no notebook matches c.CourseDirectory.notebook_id = {course.notebook_id!r}"
        )
    notebooks = _read(paths, course)
    notes = [*course.notes, *(note for one in notebooks for note in one.notes)]
    if not step and config_files(course.root):
        notes.append(
            f"{folder.resolve().name} does not lie where {course.root.resolve().name} keeps its sources; "
            "that course's configuration is used all the same"
        )
    if step == course.release_directory or _has_checksums(notebooks):
        notes.append(f"{name} is a release: hidden tests and solutions are not in it")
    files, left_out = _data_files(folder, course)
    notes += left_out
    used: set[str] = set()
    checks: dict[str, list[Check]] = {}
    hidden = False
    for one in notebooks:
        checks[one.name], rounded, hidden = checks_of(one, used, after_hidden=hidden)
        notes += rounded
    found = f'{why}; it is the assignment "{name}" of the course folder "{course.root.resolve().name}"'
    alone = source.is_file() and len(_notebooks(folder, course)) > 1
    if alone:
        found += f", and of its notebooks {source.name} alone"
    submissions = _parts(course, course.submitted_directory, assignment=name, student=STUDENT)
    head = _head(
        f"{name}-{source.stem}" if alone else name,
        found,
        "/".join(submissions),
        course,
        notebooks,
        tuple(files),
    )
    rubrics = {
        rubric_path(check): rubric_toml(check) for one in checks.values() for check in one if check.rubric
    }
    return Converted(
        files={
            ASSIGNMENT_FILE: assignment_toml(head, checks).encode(),
            **{f"source/{one.name}": one.raw for one in notebooks},
            **{f"source/{path}": content for path, content in files.items()},
            **{path: text.encode() for path, text in rubrics.items()},
        },
        notes=tuple(dict.fromkeys(notes)),
        found=found,
    )


def assignments_of(course: Course) -> Mapping[str, Path]:
    """Give the source folders of a course by the names of their assignments."""
    pattern = "/".join(_parts(course, course.source_directory, assignment="*", student="."))
    found = {}
    for folder in sorted(course.root.glob(pattern)):
        if folder.is_dir() and not _is_ignored(folder.name, course) and _notebooks(folder, course):
            found[named(folder, course)[0]] = folder
    return found


def named(folder: Path, course: Course) -> tuple[str, str]:
    """Give the name of the assignment in a folder of the course, and the step: `source` or `release`.

    A folder that is where no course keeps assignments is called by its own name; its step is empty.
    """
    for step in (course.source_directory, course.release_directory):
        parts = _parts(course, step, assignment="\0", student=".")
        pattern = re.escape("/".join(parts)).replace(re.escape("\0"), "([^/]+)")
        if match := re.fullmatch(pattern, _inside(folder, course)):
            return match.group(1), step
    return folder.absolute().name, ""


def refuse_submission(folder: Path, course: Course) -> None:
    """Raise AuthoringError for a folder in which the course keeps what students handed in."""
    for step in (course.submitted_directory, course.autograded_directory):
        parts = _parts(course, step, assignment="\0", student="\0")
        pattern = re.escape("/".join(parts)).replace(re.escape("\0"), "[^/]+")
        if re.fullmatch(pattern, _inside(folder, course)):
            raise AuthoringError(
                f"{folder}: is what a student handed in (it lies in {step}), and no source",
                hint="Give the assignment's folder in source.",
            )


def _inside(folder: Path, course: Course) -> str:
    """Give the path of a folder below the course's root; empty for one that is elsewhere."""
    try:
        return folder.absolute().relative_to(course.root.absolute()).as_posix()
    except ValueError:
        return ""


def _has_checksums(notebooks: list[SourceNotebook]) -> bool:
    """Whether all graded cells carry checksums, as nbgrader writes them into releases."""
    marked = [grading for one in notebooks for _, grading in one.gradings.values() if not grading.task]
    return bool(marked) and all(grading.checksum for grading in marked)


def _parts(course: Course, step: str, *, assignment: str, student: str) -> list[str]:
    """Give the parts of a path of the course below its root."""
    try:
        path = course.directory_structure.format(
            nbgrader_step=step, student_id=student, assignment_id=assignment
        )
    except (KeyError, IndexError, ValueError) as problem:
        raise AuthoringError(
            f"c.CourseDirectory.directory_structure = {course.directory_structure!r} cannot be filled in: "
            "it knows {nbgrader_step}, {student_id} and {assignment_id}"
        ) from problem
    return [part for part in PurePosixPath(path).parts if part not in (".", "/")]


def _notebooks(folder: Path, course: Course) -> list[Path]:
    return sorted(path for path in folder.glob(f"{course.notebook_id}.ipynb") if path.is_file())


def _read(paths: list[Path], course: Course) -> list[SourceNotebook]:
    """Read the notebooks. What is wrong in several of them is told at once."""
    read: list[SourceNotebook] = []
    wrong: list[str] = []
    taken: dict[str, str] = {}
    for path in paths:
        try:
            one = source_notebook(path, course, taken)
        except AuthoringError as problem:
            wrong.append(str(problem))
            continue
        read.append(one)
        taken |= dict.fromkeys(one.gradings, one.name)
    if wrong:
        raise AuthoringError("\n".join(wrong), hint="Correct the source notebook; nothing was imported.")
    return read


def _data_files(folder: Path, course: Course) -> tuple[dict[str, bytes], list[str]]:
    """Give all other files of the folder by their paths, and notes about those that were left out."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    room = MOST_BYTES
    # Not `course.root`, which its configuration may move anywhere: no link shows files of this machine.
    place = folder.resolve()
    around = place.parents[1] if named(folder, course)[1] and len(place.parents) > 2 else place
    for path in _walk(folder, course):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".ipynb":
            if path.parent != folder:
                notes.append(f"{name} was left out: nbgrader releases no notebooks of inner folders")
            continue
        if not path.resolve().is_relative_to(around):
            notes.append(f"{name} was left out: it is a link to a file outside of {around.name}")
            continue
        if "\\" in name or not name.isprintable():
            notes.append(f"{name!r} was left out: the name cannot be used on every system")
            continue
        room -= path.stat().st_size
        if room < 0:
            raise AuthoringError(
                f"{path}: the files of the assignment have more than {MOST_BYTES // MIB} MiB together",
                hint="Move large data sets out of the assignment's folder.",
            )
        files[name] = path.read_bytes()
    return files, notes


def _walk(folder: Path, course: Course) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_ignored(name, course))
        for name in sorted(names):
            path = Path(place) / name
            if not _is_ignored(name, course) and path.is_file():
                yield path


def _is_ignored(name: str, course: Course) -> bool:
    """Whether nbgrader would pass over a file or folder. As in a shell, `*` matches no leading dot."""
    return any(
        fnmatch.fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
        for pattern in course.ignore
    )


def _head(
    name: str,
    found: str,
    submissions: str,
    course: Course,
    notebooks: list[SourceNotebook],
    files: tuple[str, ...],
) -> Head:
    modules = imported_modules([one.notebook for one in notebooks])
    own = {Path(file).stem for file in files if file.endswith(".py")} | {
        Path(file).parts[0] for file in files
    }
    beyond = sorted(modules - _SMALL - own - STANDARD)
    stubs = {"code_stub": (course.code_stub, CODE_STUB), "text_stub": (course.text_stub, TEXT_STUB)}
    return Head(
        id=name_of(name),
        title=name,
        format="nbgrader",
        found=found,
        name=name,
        submissions=submissions,
        image="course" if beyond else "small",
        image_why=f"The notebooks import {', '.join(beyond)}."
        if beyond
        else "The notebooks import nothing beyond numpy, pandas, matplotlib and the standard library.",
        seconds=course.seconds or _SECONDS,
        seconds_why="Seconds that one cell may take, as in nbgrader's configuration."
        if course.seconds
        else f"Seconds that one cell may take; nbgrader's {_NBGRADER_SECONDS} are on its own machine.",
        course_files=files,
        stubs={key: own for key, (own, usual) in stubs.items() if own is not None and own != usual},
    )
