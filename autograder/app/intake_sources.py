"""What the sources hold that a person named to `intake`: submissions, comments, and what cannot be read.

Files are listed here; they are read when they are copied. Nothing is written.
"""

from __future__ import annotations

import shlex
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.errors import UsageError
from autograder.formats import archive_name
from autograder.intake import lms as names
from autograder.intake.budgets import NotTaken
from autograder.intake.comments_page import MOST_BYTES, Comments, read_page
from autograder.intake.downloads import Download, FoundFile, is_archive, opened, single, writable
from autograder.intake.grouping import Grouped, HandedIn, InnerFiles, grouped, is_bulk
from autograder.intake.lms import Lms
from autograder.intake.roster import read_table

NOT_READ = (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, NotTaken)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRequest:
    """What a person asked `intake` for; empty is what was not given. `lms` None: told by the names."""

    sources: tuple[Path, ...]
    assignment: Path
    out: Path
    roster: Path | None = None
    lms: Lms | None = None
    zone: str = ""
    student: str = ""
    received: str = ""
    via: str = ""
    by: str = ""
    dry_run: bool = False


def opened_sources(request: IntakeRequest, stack: ExitStack) -> list[tuple[Grouped, Download]]:
    """What the sources hold. Their files can be read until the stack is closed. Raises UsageError."""
    out = request.out.resolve()
    for source in request.sources:
        if source.is_dir() and out.is_relative_to(source.resolve()):
            raise UsageError(
                f"{request.out} lies in {source}", hint="Choose an --out beside what is taken in."
            )
    return [of_source(source, request, stack) for source in request.sources]


def of_source(source: Path, request: IntakeRequest, stack: ExitStack) -> tuple[Grouped, Download]:
    """What one source holds. Its files can be read until the stack is closed. Raises UsageError."""
    if source.is_dir():
        download = stack.enter_context(opened(source))
        if request.student:
            files = tuple((file.path, file) for file in download.files)
            item = as_given(source, request, files)
            return Grouped(handed_in=(item,), pages=(), left_over=()), download
        around = writable(source.resolve().name)
        return with_comments(grouped(download.files, request.lms, around=around)), download
    if not request.student and is_archive(source):
        download = stack.enter_context(opened(source))
        if is_bulk(download.files, source.name, request.lms):
            return with_comments(grouped(download.files, request.lms, around=writable(source.name))), download
    if not request.student and is_roster(source):
        raise UsageError(
            f"{source} is a roster, no download: it has a column `id`",
            hint=f"Give it with --roster {shlex.quote(str(source))}, and the download beside it.",
        )
    if not request.student and is_damaged_bulk(source):
        raise UsageError(f"{source}: the download is damaged", hint="Download it again.")
    alone = grouped([single(source)], request.lms, around=writable(source.resolve().parent.name))
    if request.student:
        alone = replace(
            alone, handed_in=tuple(replace(item, who=request.student, label="") for item in alone.handed_in)
        )
    if not alone.handed_in:
        item = as_given(source, request, (((writable(source.name),), single(source)),))
        alone = Grouped(handed_in=(item,), pages=(), left_over=())
    return alone, Download(files=())


def is_roster(source: Path) -> bool:
    """Whether a file is a CSV with a column `id`. What a system names after a sender is handed in."""
    if source.suffix.casefold() != ".csv" or names.read(source.name, None):
        return False
    try:
        read_table(source)
    except UsageError:
        return False
    return True


def is_damaged_bulk(source: Path) -> bool:
    """Whether a file is no whole zip and nothing in its name says that it is one student's."""
    named = archive_name.homework(source.name) or names.read(source.name, None)
    return source.suffix.casefold() == ".zip" and not is_archive(source) and not named


def as_given(source: Path, request: IntakeRequest, files: InnerFiles) -> HandedIn:
    """A file or folder of which only the person who asks says whose it is."""
    name = writable(source.resolve().name)
    return HandedIn(lms=Lms.FOLDER, who=request.student, name=name, source=name, files=files)


def with_comments(found: Grouped) -> Grouped:
    """Add what the page of comments tells: words, and times where the names have none."""
    people = {item.who for item in found.handed_in}
    items = found.handed_in
    for page in found.pages:
        told = read_comments(page, people)
        items = tuple(
            replace(
                item,
                when=item.when or told.time(item.who, item.name),
                comment=item.comment or told.comment(item.who, item.when),
            )
            for item in items
        )
    return replace(found, handed_in=items)


def read_comments(page: FoundFile, people: set[str]) -> Comments:
    """Read the page; one that cannot be read tells nothing."""
    try:
        with page.open() as file:
            return read_page(file.read(MOST_BYTES), people)
    except NOT_READ:
        return Comments()
