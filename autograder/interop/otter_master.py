"""Convert a master notebook of `otter assign` into an assignment folder of ours.

The notebook is read; nothing in it is executed. Our release gives students what `otter assign` would, with
the public tests in the place of `grader.check`. Notebooks that `otter assign` itself made are graded as well:
each test then runs behind the `grader.check` of its question.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from autograder.errors import AuthoringError
from autograder.formats.notebook import Notebook, NotebookRejected, read, to_text
from autograder.interop.converted import ASSIGNMENT_FILE, Converted
from autograder.interop.otter_cells import cells_of, stand_in_cell
from autograder.interop.otter_master_blocks import Master, Question, taken_apart
from autograder.interop.otter_master_cells import TYPE_HERE, Builder, notes_of
from autograder.interop.otter_master_code import STUB, has_seed_line
from autograder.interop.otter_master_config import HINT, MasterConfig, below, config_of
from autograder.interop.otter_master_tests import tests_by_question
from autograder.interop.otter_zip_toml import assignment_toml, name_of

LARGEST_FILE: Final = 256 * 1024 * 1024
_PACKAGE: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_IMPORT: Final = re.compile(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", re.MULTILINE)


def convert_otter_master(path: Path, why: str) -> Converted:
    """Convert the master at `path`, or the only notebook of that folder; `why` says by what it was known.

    Raises AuthoringError that names file and cell.
    """
    path = _notebook(path)
    notebook = _read(path)
    master = taken_apart(notebook, str(path))
    config = config_of(master.configs, path)
    _refuse_missing_seed(master, config, path)
    tests = tests_by_question(master.questions, ok_format=config.ok_format)
    builder = Builder(config, cells_of(list(tests.values()), show_hidden=config.show_hidden))
    for item in master.items:
        if isinstance(item, Question):
            builder.question(item, tests.get(item.config.name))
        else:
            builder.plain(item)
    setup = stand_in_cell(tests.values(), seed=config.seed, seed_variable=config.seed_variable)
    source = Notebook(cells=(setup, *builder.cells))
    files = _files(path, config)
    title = config.name or path.stem
    found = f"{why}: {len(master.questions)} questions, {len(tests)} with tests"
    toml = assignment_toml(
        id=name_of(title),
        title=title,
        found=found,
        format="otter-master",
        notebooks=[path.name],
        course_files=list(files),
        packages=_packages(path, config, source, files),
        checks=builder.checks,
        stubs={"code_stub": STUB, "text_stub": TYPE_HERE},
        asking="master",
    )
    return Converted(
        files={
            ASSIGNMENT_FILE: toml.encode(),
            f"source/{path.name}": to_text(source, outputs=False).encode(),
            **{f"source/{name}": content for name, content in files.items()},
        },
        notes=(*config.notes, *notes_of(builder)),
        found=found,
    )


def _notebook(path: Path) -> Path:
    if not path.is_dir():
        return path
    inside = sorted(path.glob("*.ipynb"))
    if len(inside) != 1:
        raise AuthoringError(
            f"{path}: holds {len(inside)} notebooks", hint="Give the master notebook itself."
        )
    return inside[0]


def _read(path: Path) -> Notebook:
    try:
        notebook = read(path.read_bytes())
    except NotebookRejected as problem:
        raise AuthoringError(f"{path}: {problem.reason}", hint=HINT) from problem
    except OSError as problem:
        raise AuthoringError(f"{path}: cannot be read: {problem.strerror}", hint=HINT) from problem
    if notebook.language != "python":
        raise AuthoringError(
            f"{path}: is written in {notebook.language}; only Python can be graded",
            hint="Grade it with otter.",
        )
    return notebook


def _refuse_missing_seed(master: Master, config: MasterConfig, path: Path) -> None:
    """Raise AuthoringError for a cell that seeds where no seed for grading is given, as otter does."""
    parts = [part for item in master.items for part in (item.parts if isinstance(item, Question) else [item])]
    seeding = next((part for part in parts if has_seed_line(part.cell.source)), None)
    if seeding is not None and config.seed is None:
        raise AuthoringError(
            f"{seeding.where}: a line seeds (# SEED), and the configuration gives no seed for grading",
            hint="Add `generate: {seed: 42}` to the ASSIGNMENT CONFIG.",
        )


def _files(path: Path, config: MasterConfig) -> Mapping[str, bytes]:
    """Read the files that students get, by their paths beside the master. Raises AuthoringError."""
    found: dict[str, bytes] = {}
    for name in config.files:
        given = below(path.parent, name, str(path))
        inside = sorted(one for one in given.rglob("*") if one.is_file()) if given.is_dir() else [given]
        for one in inside:
            relative = one.relative_to(path.parent.resolve())
            at = str(PurePosixPath(relative))
            below(path.parent, at, str(path))
            try:
                if one.stat().st_size > LARGEST_FILE:
                    raise AuthoringError(f"{path}: {at} is larger than {LARGEST_FILE} bytes", hint=HINT)
                found[at] = one.read_bytes()
            except OSError as problem:
                raise AuthoringError(
                    f"{path}: the file {at} cannot be read: {problem.strerror}", hint=HINT
                ) from None
    if path.name in found:
        raise AuthoringError(f"{path}: the master itself is among the files that students get", hint=HINT)
    return found


def _packages(path: Path, config: MasterConfig, source: Notebook, files: Iterable[str]) -> list[str]:
    """Give the packages that the assignment asks for, or imports, as lower-case names."""
    listed = config.requirements
    if isinstance(listed, str):
        try:
            listed = tuple(below(path.parent, listed, str(path)).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as problem:
            raise AuthoringError(f"{path}: requirements cannot be read: {problem}", hint=HINT) from None
    asked = {found[1].lower() for line in listed if (found := _PACKAGE.match(line))}
    imported = {
        name for cell in source.cells[1:] if cell.cell_type == "code" for name in _IMPORT.findall(cell.source)
    }
    beside = {PurePosixPath(name).parts[0].removesuffix(".py") for name in files}
    known = sys.stdlib_module_names | beside | {"otter", "IPython"}
    return sorted((asked - {"otter-grader"}) | {name.lower() for name in imported - known})
