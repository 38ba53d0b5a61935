"""Make a release: what students get of an assignment, as a folder and as one archive.

All files are made and searched for leaks in memory; only then a temporary folder is written and renamed. A
different release that is already there is never overwritten unless that was asked for.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.authoring import instructions
from autograder.authoring.agreement import disagreements
from autograder.authoring.carried import with_metadata_of
from autograder.authoring.leaks import leaks
from autograder.authoring.source import source_notebooks
from autograder.authoring.strip import Stripped, Stubs, strip
from autograder.authoring.zipped import zipped
from autograder.config.assignment_file import FILE_NAME, course_file, source_folder
from autograder.config.public_part import public_part
from autograder.errors import AuthoringError, StorageFull
from autograder.formats.nbgrader_regions import STUB_WORDS
from autograder.formats.notebook import Notebook, to_text
from autograder.formats.place_tags import runs_first
from autograder.model.assignment import Assignment, OriginFormat
from autograder.model.ids import RuleId
from autograder.model.surroundings import placed, rest, submission_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What was released. `written` is false after a dry run and when the same release was there already.

    `files` are paths below `folder`, the archive not among them; `archive_digest` is its SHA-256.
    """

    folder: Path
    files: tuple[str, ...]
    archive: str
    archive_digest: str
    version: str
    answers: int
    hidden_lines: int
    written: bool


def release(
    assignment: Assignment,
    out: Path,
    *,
    dry_run: bool = False,
    replace: bool = False,
    statements: Mapping[RuleId, str] | None = None,
) -> Release:
    """Write the students' version of `assignment` to the folder `out`.

    `statements` says each guideline in one sentence. Nothing is written by a dry run, nor when the same
    release is there already. `replace` allows to put this release in the place of a different one.

    Raises:
        AuthoringError: a region, marker or cell is wrong, a hidden line would reach students, or `out` holds
            something else. Nothing was written.
        StorageFull: the disk is full. `out` is as it was.

    """
    files, stripped = _files(assignment, statements or {})
    archive = zipped(_laid_out(files, assignment))
    archive_name = f"{assignment.id}.zip"
    content = {**files, archive_name: archive}
    is_there = _is_there(out, content, replace=replace, source=source_folder(assignment.folder))
    if not dry_run and not is_there:
        _write(out, content)
    return Release(
        folder=out,
        files=tuple(sorted(files)),
        archive=archive_name,
        archive_digest=hashlib.sha256(archive).hexdigest(),
        version=assignment.version,
        answers=sum(notebook.answers for notebook in stripped),
        hidden_lines=sum(len(notebook.hidden) for notebook in stripped),
        written=not dry_run and not is_there,
    )


def _laid_out(files: Mapping[str, bytes], assignment: Assignment) -> Mapping[str, bytes]:
    """Give the files by their paths in the archive: in a folder, course files above it where they belong."""
    folder = submission_folder(assignment.course_files, last=str(assignment.id))
    if folder == PurePosixPath():
        folder = PurePosixPath(str(assignment.id))
    above = {rest(name): placed(name, folder) for name in assignment.course_files}
    return {str(above.get(name, folder / name)): content for name, content in files.items()}


def released_files(
    assignment: Assignment, *, statements: Mapping[RuleId, str] | None = None
) -> Mapping[str, bytes]:
    """Make the files of a release in memory: what `verify` runs as the untouched submission.

    Raises AuthoringError as `release` does.
    """
    return _files(assignment, statements or {})[0]


def released_notebooks(assignment: Assignment) -> Mapping[str, Notebook]:
    """Give the notebooks as students got them, by name, to tell their own cells from those handed out.

    Nothing is checked but the regions, so that an assignment which was handed out by other means is read as
    well; a release gives its own notebooks. Raises AuthoringError for regions that are broken.
    """
    sources = source_notebooks(assignment)
    if source_folder(assignment.folder) == assignment.folder:
        return sources
    stubs = Stubs.of(assignment)
    return {
        name: _as_handed_out(notebook, strip(name, notebook, {}, stubs)) for name, notebook in sources.items()
    }


def _as_handed_out(source: Notebook, stripped: Stripped) -> Notebook:
    """Keep answer cells that hold a stub already: the author's source is then a release made elsewhere."""
    cells = [
        old if any(stub in old.source for stub in STUB_WORDS) else new
        for old, new in zip(source.cells, stripped.notebook.cells, strict=True)
    ]
    return dataclasses.replace(stripped.notebook, cells=tuple(cells))


def _files(
    assignment: Assignment, statements: Mapping[RuleId, str]
) -> tuple[Mapping[str, bytes], tuple[Stripped, ...]]:
    notebooks = source_notebooks(assignment)
    wrong = list(disagreements(assignment, notebooks))
    if wrong:
        raise AuthoringError("\n".join(wrong))
    points = {check.cell: check.points for check in assignment.checks if check.cell}
    stubs = Stubs.of(assignment)
    stripped = {name: strip(name, notebook, points, stubs) for name, notebook in notebooks.items()}
    files = {name: _text(assignment, name, done.notebook).encode() for name, done in stripped.items()}
    for name in assignment.course_files:
        files[rest(name)] = course_file(assignment.folder, name).read_bytes()
    for name, text in (
        (FILE_NAME, public_part(assignment.folder)),
        (instructions.FILE_NAME, instructions.instructions(assignment, statements)),
    ):
        if name in files:
            raise AuthoringError(
                f"a course file cannot be called {name}: a release has its own file of that name"
            )
        files[name] = text.encode()
    hidden = [line for done in stripped.values() for line in done.hidden]
    visible = frozenset().union(*(done.visible for done in stripped.values()))
    problems = [*leaks(files, hidden, visible), *_unnamed(assignment, stripped)]
    if problems:
        raise AuthoringError("\n".join(problems))
    return files, tuple(stripped.values())


def _text(assignment: Assignment, name: str, released: Notebook) -> str:
    if assignment.origin is None or assignment.origin.format is not OriginFormat.NBGRADER:
        theirs = tuple(cell for cell in released.cells if not runs_first(cell))  # put there for each run
        return to_text(dataclasses.replace(released, cells=theirs), outputs=False)
    return with_metadata_of((source_folder(assignment.folder) / name).read_bytes(), released)


def _unnamed(assignment: Assignment, stripped: Mapping[str, Stripped]) -> list[str]:
    """Find names that students must provide and that no released cell mentions."""
    text = "\n".join(cell.source for done in stripped.values() for cell in done.notebook.cells)
    return [
        f'the released notebooks never mention "{name}", which students must provide: give it as a stub'
        for name in assignment.contract
        if name not in text
    ]


def _is_there(out: Path, content: Mapping[str, bytes], *, replace: bool, source: Path) -> bool:
    """True when `out` holds exactly this release. Raises AuthoringError where it must not be written."""
    inside = out.absolute()
    if (
        inside == source.absolute()
        or source.absolute() in inside.parents
        or inside in source.absolute().parents
    ):
        raise AuthoringError(f"{out}: a release cannot be written into or above the source folder {source}")
    if not out.exists():
        return False
    if not out.is_dir():
        raise AuthoringError(f"{out}: is a file, not a folder")
    there = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    if not there:
        return False
    if there.keys() == content.keys() and all(there[name].read_bytes() == content[name] for name in content):
        return True
    if FILE_NAME not in there or "\n[public]\n" not in there[FILE_NAME].read_text(errors="replace"):
        raise AuthoringError(f"{out}: holds files that are no release; give another folder")
    if not replace:
        raise AuthoringError(
            f"{out}: holds a different release", hint="Give another folder, or say that it may be replaced."
        )
    return False


def _write(out: Path, content: Mapping[str, bytes]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        new, old = made / "new", made / "old"
        for name, raw in content.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        if out.exists():
            out.rename(old)
        try:
            new.rename(out)
        except OSError:
            if old.exists():
                old.rename(out)
            raise
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"{out}: the disk is full; nothing was released") from problem
        raise AuthoringError(f"{out}: cannot be written: {problem.strerror}") from problem
    finally:
        shutil.rmtree(made, ignore_errors=True)
