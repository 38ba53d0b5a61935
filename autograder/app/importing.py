"""Assignments in the formats of others: find out which one it is, convert it, and put it where it is graded.

What is converted becomes an ordinary assignment folder; everything after that is the same for all. The
original is only read. A cached folder is found again by the digest of its files, and never written twice.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from autograder.app.results_folder import disk_trouble
from autograder.errors import AuthoringError, GraderError, UsageError

if TYPE_CHECKING:
    from autograder.interop.converted import Converted
    from autograder.interop.nbgrader_config import ConfigRead

CACHE = "imported"
ASSIGNMENT_FILE = "assignment.toml"


def assignment_folder(path: Path, config: Path | None, tell: Callable[[str], None]) -> Path:
    """Give the assignment folder of what a person calls an assignment: our own one as it is.

    Anything else is converted into a folder below the state folder of this machine (`config` names its
    settings), and `tell` is told what was found and what was changed. Raises UsageError for what is no
    assignment, AuthoringError for one that cannot be converted.
    """
    if not path.exists() or path.name == ASSIGNMENT_FILE or (path / ASSIGNMENT_FILE).is_file():
        return path
    from autograder.config.machine import load

    made = converted(path)
    tell(f"found: {made.found}")
    for note in made.notes:
        tell(f"note:  {note}")
    return cached(made, load(config).home / CACHE)


def converted(path: Path) -> Converted:
    """Convert what is at `path`.

    Raises UsageError for what is no assignment, AuthoringError for one that is broken.
    """
    from autograder.interop.detect import HINT, Dialect, detect

    try:
        found = detect(path)
    except AuthoringError as problem:
        raise UsageError(str(problem), hint=problem.hint) from problem
    match found.dialect:
        case Dialect.NBGRADER_SOURCE:
            from autograder.interop.nbgrader_course import convert_nbgrader
            from autograder.interop.nbgrader_settings import course_of

            return convert_nbgrader(path, course_of(path), found.why)
        case Dialect.OTTER_ZIP:
            from autograder.interop.otter_zip import convert_otter_zip

            return convert_otter_zip(path, found.why)
        case Dialect.OTTER_MASTER:
            from autograder.interop.otter_master import convert_otter_master

            return convert_otter_master(path, found.why)
        case Dialect.OWN | Dialect.PLAIN_NOTEBOOK:
            raise UsageError(
                f"{path}: {found.why}; nothing in it says what is worth points",
                hint=f"{HINT} `autograder new` makes one to start from.",
            )
        case other:
            assert_never(other)


def cached(made: Converted, folder: Path) -> Path:
    """Give the folder below `folder` that holds these files, written if it is not there yet.

    Raises GraderError when somebody changed it since.
    """
    digest = hashlib.sha256()
    for name, content in sorted(made.files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    place = folder / digest.hexdigest()[:16] / made.id
    if not place.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # solutions and hidden tests are in it
        write(made.files, place)
    if not holds(place, made.files):
        raise GraderError(
            f"{place}: was changed since it was made", hint="Move that folder away and run the command again."
        )
    return place


def holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether these files are in the folder as they are here. Other files may be there as well."""
    return all(
        (folder / name).is_file() and (folder / name).read_bytes() == content
        for name, content in files.items()
    )


def write(files: Mapping[str, bytes], place: Path) -> None:
    """Write a folder whole or not at all; one that is there in the meantime stays.

    Raises StorageFull or GraderError.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        try:
            for name, content in files.items():
                path = temporary / "new" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            try:
                (temporary / "new").rename(place)
            except OSError:
                if not place.is_dir():
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise disk_trouble(error, place) from error


def import_nbgrader(
    course: Path, out: Path, *, assignment: str, dry_run: bool, replace: bool, trust_config: bool
) -> Iterator[str]:
    """Write a course's assignments as folders of ours, and give a line for each thing that was done.

    `course` is a course folder, whose assignments go to folders of their own below `out`, or one source
    folder. With `assignment`, `out` is the folder of that one. Raises UsageError or AuthoringError; what was
    wrong with one assignment of several does not keep the others.
    """
    from autograder.interop.nbgrader_course import assignments_of, convert_nbgrader
    from autograder.interop.nbgrader_settings import config_folder, course_at, course_of

    if not course.exists():
        raise UsageError(f"{course}: there is no such file or folder")
    refuse_inside(out, course)
    trusted = run_trusted(config_folder(course.absolute())) if trust_config else {}
    whole = dataclasses.replace(course_at(course, trusted.get(course.absolute())), may_run=trust_config)
    sources: Mapping[str, Path] = assignments_of(whole) if course.is_dir() else {}
    if sources and assignment and assignment not in sources:
        raise UsageError(
            f"{course}: has no assignment {assignment!r}", hint=f"There are: {', '.join(sources)}."
        )
    if assignment or not sources:
        one = whole if sources else dataclasses.replace(course_of(course, trusted), may_run=trust_config)
        source = sources.get(assignment, course)
        made = convert_nbgrader(source, one, why_nbgrader(source))
        yield from put(made, out, dry_run=dry_run, replace=replace)
        return
    failed: list[str] = []
    for name, source in sources.items():
        try:
            made = convert_nbgrader(source, whole, why_nbgrader(source))
            yield from put(made, out / name, dry_run=dry_run, replace=replace)
        except (AuthoringError, UsageError) as problem:
            failed.append(str(problem))
    if failed:
        raise AuthoringError("\n".join(failed), hint="Nothing of these was imported; the others are.")


def refuse_inside(out: Path, course: Path) -> None:
    """Raise UsageError where `out` is in the folder that is read, or around it: that one is never changed."""
    place, read = out.resolve(), course.resolve()
    if place == read or read in place.parents or place in read.parents:
        raise UsageError(
            f"{out}: lies in {course}, or around it",
            hint="Give a folder beside it; the course is not changed.",
        )


def why_nbgrader(source: Path) -> str:
    """Say by what an nbgrader source is known. Raises UsageError for what is none."""
    from autograder.interop.detect import Dialect, detect

    try:
        found = detect(source)
    except AuthoringError as problem:
        raise UsageError(str(problem), hint=problem.hint) from problem
    if found.dialect is not Dialect.NBGRADER_SOURCE:
        raise UsageError(
            f"{source}: {found.why}, and no assignment of nbgrader",
            hint="Mark its cells in nbgrader's panel first, or leave it out.",
        )
    return found.why


def import_otter(path: Path, out: Path, *, dry_run: bool, replace: bool) -> Iterator[str]:
    """Write an assignment of otter as a folder of ours, and give a line for each thing that was done.

    Raises UsageError when it is none, AuthoringError when it cannot be converted.
    """
    from autograder.interop.detect import Dialect, detect

    found = detect(path)
    if found.dialect not in (Dialect.OTTER_ZIP, Dialect.OTTER_MASTER):
        raise UsageError(f"{path}: {found.why}, and nothing of otter")
    yield from put(converted(path), out, dry_run=dry_run, replace=replace)


def run_trusted(folder: Path | None) -> Mapping[Path, ConfigRead]:
    """Run the configuration of a course folder, on somebody's word."""
    from autograder.interop.nbgrader_trusted import run_config

    return {folder: run_config(folder)} if folder else {}


def put(made: Converted, out: Path, *, dry_run: bool, replace: bool) -> Iterator[str]:
    """Write a converted assignment to the folder `out`, and give lines about it for a person.

    Another folder that is there is moved aside where `replace` says so; nothing is ever deleted. Raises
    UsageError where `out` must not be written.
    """
    yield f"found: {made.found}"
    for note in made.notes:
        yield f"note:  {note}"
    there = out.exists() and (not out.is_dir() or any(out.iterdir()))
    same = there and out.is_dir() and holds(out, made.files)
    if there and not same and not replace:
        raise UsageError(
            f"{out}: is there already and differs; --replace moves it aside",
            hint="Give another folder, or --replace.",
        )
    done = "would write" if dry_run else "same" if same else "wrote"
    for name, content in sorted(made.files.items()):
        yield f"{done}  {out / name}  {len(content)} bytes"
    if dry_run or same:
        return
    if there:
        aside = aside_of(out)
        out.rename(aside)
        yield f"moved  what was in {out} to {aside}"
    elif out.exists():
        out.rmdir()
    write(made.files, out)
    if made.has_solutions:
        yield f"next:  `autograder verify {out}` tries the tests on the assignment's own solution"


def aside_of(folder: Path) -> Path:
    """Give a free name beside a folder, for what it holds now."""
    turn = 1
    while (aside := folder.with_name(f"{folder.name}.before-{turn}")).exists():
        turn += 1
    return aside
