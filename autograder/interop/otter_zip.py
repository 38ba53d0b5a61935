"""Convert the autograder.zip of `otter generate` or `otter assign` into an assignment folder of ours.

The zip is read in memory: nothing in it is executed, unpickled or written to the disk. It holds no notebook
of the assignment, so any single notebook that a student hands in is taken for it.
"""

from __future__ import annotations

import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from autograder.errors import AuthoringError
from autograder.formats.notebook import Notebook, to_text
from autograder.interop.converted import ASSIGNMENT_FILE, Converted
from autograder.interop.otter_cells import OtterCell, cells_of, stand_in_cell
from autograder.interop.otter_tests import OtterQuestion, question_from_file, question_from_spec
from autograder.interop.otter_zip_settings import CONFIG, ENVIRONMENT, OtterSettings, read_settings
from autograder.interop.otter_zip_toml import assignment_toml, name_of

MIB: Final = 1024 * 1024
MOST_BYTES: Final = 512 * MIB
MOST_ENTRIES: Final = 20_000
TESTS: Final = "tests/"
FILES: Final = "files/"
AGAIN: Final = "Make the zip again with `otter generate` or `otter assign`."
_JUNK: Final = frozenset({"__MACOSX", "__pycache__", ".DS_Store", ".ipynb_checkpoints", ".OTTER_LOG"})
_MADE_BY_ASSIGN: Final = re.compile(r"-autograder_\d{4}(_\d\d){2}T\d\d(_\d+)+$")
_NO_NAMES: Final = frozenset({"autograder", "dist"})
_BROKEN: Final = (
    OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
_UNNAMED: Final = "an otter-grader that it does not name"


def convert_otter_zip(path: Path, why: str) -> Converted:
    """Convert the zip at `path`; `why` says by what it was known. Raises AuthoringError."""
    entries = _entries(path)
    if CONFIG not in entries:
        raise AuthoringError(f"{path}: there is no {CONFIG} in it", hint=AGAIN)
    settings = read_settings(entries[CONFIG], entries.get(ENVIRONMENT), str(path))
    questions, notes = _questions(path, entries)
    files = {name.removeprefix(FILES): raw for name, raw in entries.items() if name.startswith(FILES)}
    name = _name(path)
    notebook = _notebook_name(name, files)
    cells = cells_of(questions, show_hidden=settings.show_hidden)
    setup = stand_in_cell(questions, seed=settings.seed, seed_variable=settings.seed_variable)
    found = f"{why}: {len(questions)} questions, made with {_maker(settings)}"
    source = Notebook(cells=(setup, *(each.cell for each in cells)))
    return Converted(
        files={
            ASSIGNMENT_FILE: _toml(settings, name, notebook, found, tuple(files), cells).encode(),
            f"source/{notebook}": to_text(source, outputs=False).encode(),
            **{f"source/{each}": raw for each, raw in files.items()},
        },
        notes=(*settings.notes, *notes),
        found=found,
    )


def _name(path: Path) -> str:
    """Give the assignment's name: of the zip, or of its folder where the zip is called as all of them are."""
    names = [_MADE_BY_ASSIGN.sub("", path.stem), *(folder.name for folder in path.absolute().parents)]
    return next((name for name in names if name and name not in _NO_NAMES), "autograder")


def _maker(settings: OtterSettings) -> str:
    return f"otter-grader {settings.version}" if settings.version else _UNNAMED


def _toml(
    settings: OtterSettings,
    name: str,
    notebook: str,
    found: str,
    files: Sequence[str],
    cells: Sequence[OtterCell],
) -> str:
    title = settings.name or name
    return assignment_toml(
        id=name_of(title),
        title=title,
        found=found,
        format="otter",
        notebooks=[notebook],
        course_files=files,
        packages=settings.packages,
        checks=[each.check for each in cells],
    )


def _notebook_name(name: str, files: Mapping[str, bytes]) -> str:
    """Give the name of the notebook: `otter assign` calls its zip by it, `otter generate` does not say it."""
    wanted, turn = f"{name_of(name)}.ipynb", 1
    while wanted in files:
        wanted, turn = f"{name_of(name)}-{turn}.ipynb", turn + 1
    return wanted


def _questions(path: Path, entries: Mapping[str, bytes]) -> tuple[list[OtterQuestion], list[str]]:
    """Read the tests in the order in which otter runs them, and say what is unusual about them."""
    names = sorted(
        name
        for name in entries
        if name.startswith(TESTS) and name.endswith(".py") and "/" not in name.removeprefix(TESTS)
    )
    names = [name for name in names if name != f"{TESTS}__init__.py"]
    notes: list[str] = []
    questions = [_question(path, name, entries[name]) for name in names]
    if not questions:
        questions = _in_metadata(path, entries)
        notes.append("The tests were read from a notebook's metadata: there is no tests/*.py")
    if not questions:
        there = ", ".join(sorted(entries)[:10]) or "nothing"
        raise AuthoringError(f"{path}: there are no tests in it (tests/*.py); it holds {there}", hint=AGAIN)
    seen: set[str] = set()
    for question in questions:
        if question.name in seen:
            raise AuthoringError(
                f'{path}: two of its tests are called "{question.name}"; otter would count only one',
                hint="Give each question a name of its own and make the zip again.",
            )
        seen.add(question.name)
        if "," in question.stem or not question.stem.isprintable():
            raise AuthoringError(f"{path}: {question.stem!r} cannot be the name of a test file", hint=AGAIN)
    return questions, notes


def _question(path: Path, name: str, raw: bytes) -> OtterQuestion:
    where = f"{path}: {name}"
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AuthoringError(f"{where}: is not UTF-8 text", hint=AGAIN) from None
    return question_from_file(PurePosixPath(name).stem, text, where)


def _in_metadata(path: Path, entries: Mapping[str, bytes]) -> list[OtterQuestion]:
    """Read the tests that `otter assign` writes into a notebook's metadata."""
    for name in sorted(entries):
        if not name.endswith(".ipynb"):
            continue
        where = f"{path}: {name}"
        try:
            top: Any = json.loads(entries[name].decode("utf-8-sig"))
            otter = top["metadata"]["otter"]
            tests, ok_format = otter["tests"], otter["OK_FORMAT"]
        except (ValueError, RecursionError, KeyError, TypeError):
            continue
        if not isinstance(tests, dict) or not tests:
            continue
        return [
            question_from_spec(stem, test, f"{where}, test {stem}")
            if ok_format
            else question_from_file(stem, str(test), f"{where}, test {stem}")
            for stem, test in sorted(tests.items())
        ]
    return []


def _entries(path: Path) -> dict[str, bytes]:
    """Read the files of the zip, within limits, and refuse names that lead out of it."""
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            listed = [info for info in archive.infolist() if not info.is_dir()]
            if len(listed) > MOST_ENTRIES:
                raise AuthoringError(f"{path}: {len(listed)} files, limit {MOST_ENTRIES}", hint=AGAIN)
            for info in listed:
                if _JUNK.intersection(PurePosixPath(info.filename).parts):
                    continue
                _refuse_bad_names(path, info, found)
                with archive.open(info) as opened:
                    raw = opened.read(room + 1)
                room -= len(raw)
                if room < 0:
                    raise AuthoringError(f"{path}: more than {MOST_BYTES // MIB} MiB of files", hint=AGAIN)
                found[info.filename] = raw
    except _BROKEN as problem:
        raise AuthoringError(f"{path}: the zip file cannot be read: {problem}", hint=AGAIN) from problem
    return found


def _refuse_bad_names(path: Path, info: zipfile.ZipInfo, found: Mapping[str, bytes]) -> None:
    name = info.filename
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or str(parts) != name or "\\" in name:
        raise AuthoringError(f"{path}: {name!r} is no path below the zip", hint=AGAIN)
    if not name.isprintable() or name in found:
        raise AuthoringError(f"{path}: {name!r} is there twice or cannot be used on every system", hint=AGAIN)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise AuthoringError(f"{path}: {name!r} is a link", hint=AGAIN)
