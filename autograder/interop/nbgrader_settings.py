"""What a course's nbgrader configuration says about sources, releases and submissions.

Only settings that decide what students get, what is run and where things lie are used. Other settings of the
same parts are listed in a note; those about accounts, servers and the web pages are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from autograder.errors import AuthoringError
from autograder.interop.nbgrader_config import ConfigRead, config_files, read_config

_LEVELS: Final = 4
_HOW_TO_RUN: Final = "`autograder import nbgrader --trust-config` runs the file"
_PARTS: Final = (
    "CourseDirectory", "IncludeHeaderFooter", "ClearSolutions", "ClearHiddenTests", "ClearMarkScheme",
    "InstantiateTests", "LockCells", "GenerateAssignment", "Autograde", "Execute", "ExecutePreprocessor",
    "LimitOutput", "OverwriteCells", "OverwriteKernelspec", "SaveAutoGrades",
)  # fmt: skip
_MEANS_NOTHING_HERE: Final = (
    "db_url", "groupshared", "student_id", "student_id_exclude", "assignment_id", "db_assignments",
    "db_students", "max_file_size", "max_dir_size", "include", "feedback_directory", "solution_directory",
    "source_with_tests_directory", "root", "course_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course folder and its settings; the fields are named as nbgrader names them.

    `seconds` is the time limit of a cell, None where the course does not set one. `may_run` says that a
    person trusts the course, so that its notebooks may be run on this machine. `notes` say what was not
    understood or is not used.
    """

    root: Path
    source_directory: str = "source"
    release_directory: str = "release"
    submitted_directory: str = "submitted"
    autograded_directory: str = "autograded"
    directory_structure: str = "{nbgrader_step}/{student_id}/{assignment_id}"
    notebook_id: str = "*"
    ignore: tuple[str, ...] = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")
    begin_solution_delimeter: str = "BEGIN SOLUTION"
    end_solution_delimeter: str = "END SOLUTION"
    begin_test_delimeter: str = "BEGIN HIDDEN TESTS"
    end_test_delimeter: str = "END HIDDEN TESTS"
    begin_mark_scheme_delimeter: str = "BEGIN MARK SCHEME"
    end_mark_scheme_delimeter: str = "END MARK SCHEME"
    code_stub: str | None = None
    text_stub: str | None = None
    header: str = ""
    footer: str = ""
    seconds: float | None = None
    autotest_filename: str = "autotests.yml"
    may_run: bool = False
    notes: tuple[str, ...] = ()


_TEXTS: Final = {
    ("CourseDirectory", "source_directory"), ("CourseDirectory", "release_directory"),
    ("CourseDirectory", "submitted_directory"), ("CourseDirectory", "autograded_directory"),
    ("CourseDirectory", "directory_structure"), ("CourseDirectory", "notebook_id"),
    ("ClearSolutions", "begin_solution_delimeter"), ("ClearSolutions", "end_solution_delimeter"),
    ("ClearHiddenTests", "begin_test_delimeter"), ("ClearHiddenTests", "end_test_delimeter"),
    ("ClearMarkScheme", "begin_mark_scheme_delimeter"), ("ClearMarkScheme", "end_mark_scheme_delimeter"),
    ("ClearSolutions", "text_stub"), ("IncludeHeaderFooter", "header"), ("IncludeHeaderFooter", "footer"),
    ("InstantiateTests", "autotest_filename"),
}  # fmt: skip


def course_at(root: Path, config: ConfigRead | None = None) -> Course:
    """Give the course in the folder `root`. `config` replaces what is read from its configuration files.

    Raises AuthoringError for a configuration file that cannot be read, or a setting of the wrong kind.
    """
    read = read_config(root) if config is None else config
    used: dict[str, Any] = {}
    unused: list[str] = []
    for section, values in read.values.items():
        for name, value in values.items():
            try:
                known = _used(section, name, value)
            except ValueError as problem:
                raise AuthoringError(f"{_files(root)}: c.{section}.{name} {problem}") from None
            if known is None and section in _PARTS and name not in _MEANS_NOTHING_HERE:
                unused.append(f"c.{section}.{name}")
            used |= known or {}
    notes = [f"{line}; {_HOW_TO_RUN}" for line in read.not_understood]
    if unused:
        notes.append(f"{_files(root)}: not used here: {', '.join(sorted(unused))}")
    elsewhere = read.values.get("CourseDirectory", {}).get("root")
    if isinstance(elsewhere, str) and elsewhere:
        if (root / elsewhere).is_dir():
            root = root / elsewhere
        else:
            notes.append(f"{_files(root)}: c.CourseDirectory.root is no folder here; {root.name} is used")
    return Course(root=root, **used, notes=tuple(notes))


def course_of(assignment: Path, trusted: Mapping[Path, ConfigRead] | None = None) -> Course:
    """Give the course that an assignment's folder (or notebook) lies in, found by its configuration file.

    Without one it is the folder above `source`, with nbgrader's usual settings. `trusted` gives what running
    the configuration of a course folder came to. Raises AuthoringError as `course_at` does.
    """
    inner = assignment.absolute()
    inner = inner if inner.is_dir() else inner.parent
    root = config_folder(inner)
    if root is None:
        usual = Course(root=inner).source_directory
        return Course(root=inner.parent.parent if inner.parent.name == usual else inner.parent)
    return course_at(root, (trusted or {}).get(root))


def config_folder(inner: Path) -> Path | None:
    """Give the nearest folder at or above `inner` that holds a configuration of nbgrader, or None."""
    return next((one for one in (inner, *list(inner.parents)[:_LEVELS]) if config_files(one)), None)


def _used(section: str, name: str, value: Any) -> dict[str, Any] | None:
    """Give the field of a course that a setting decides; None for a setting that is not used."""
    if (section, name) in _TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"must be a text, not {value!r}")
        if not value and "delimeter" in name:
            raise ValueError("is empty: every line would be a marker")
        return {name: value}
    if (section, name) == ("CourseDirectory", "ignore"):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"must be a list of texts, not {value!r}")
        return {"ignore": tuple(value)}
    if (section, name) == ("ClearSolutions", "code_stub"):
        stub = value.get("python") if isinstance(value, dict) else value
        if stub is None:
            return {}
        if not isinstance(stub, str):
            raise ValueError(f"must hold a text for python, not {stub!r}")
        return {"code_stub": stub}
    if name == "timeout" and section in ("Execute", "ExecutePreprocessor"):
        if isinstance(value, bool) or not (value is None or isinstance(value, int | float)):
            raise ValueError(f"must be a number of seconds, not {value!r}")
        return {"seconds": float(value)} if value is not None and value > 0 else {}
    return None


def _files(root: Path) -> str:
    return " and ".join(path.name for path in config_files(root)) or "configuration"
