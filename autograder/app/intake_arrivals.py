"""From what a person asked `intake` for to bytes on this disk: downloads are opened, sorted and copied.

Whose a submission is and whether it can be graded is not asked here.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from autograder.app.intake_lines import Line, What
from autograder.app.intake_sources import NOT_READ, IntakeRequest
from autograder.app.results_folder import disk_trouble
from autograder.errors import UsageError
from autograder.formats import archive_name
from autograder.intake.budgets import Budgets, size
from autograder.intake.downloads import Download, safe_name
from autograder.intake.grouping import Grouped, HandedIn
from autograder.intake.ledger import copied
from autograder.intake.receipts import ReceivedFile, TimeFrom
from autograder.model.assignment import Assignment

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

TOO_LARGE = (
    "It has {size}; at most {limit} are allowed. Leave out files that are not needed, such as saved models."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that arrived, copied to `folder / name`. `refused` says why its bytes were not kept."""

    item: HandedIn
    folder: Path
    name: str
    files: tuple[ReceivedFile, ...]
    received: datetime
    time_from: TimeFrom
    refused: str = ""

    @property
    def sender(self) -> str:
        """Who the system says handed in; in a plain folder the Net ID, or the name of the file."""
        return self.item.who or Path(self.item.name).stem


def zone_of(name: str) -> tzinfo | None:
    """The time zone of a name; None, this machine's, for an empty one. Raises UsageError."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"there is no time zone called {name!r}", hint="Use a name such as America/Chicago or UTC."
        ) from None


def arrivals(
    sources: Sequence[tuple[Grouped, Download]],
    assignment: Assignment,
    zone: tzinfo | None,
    staging: Path,
    *,
    given: datetime | None,
    by_hand: bool,
    now: datetime,
    bar: Bar,
) -> tuple[list[Arrival], list[Line]]:
    """Copy everything that was handed in, and list what is no submission or cannot be read.

    `given` is the time that a person vouches for: for what has none, `by_hand` for all. Raises StorageFull.
    """
    found: list[Arrival] = []
    lines: list[Line] = []
    items = [item for grouped_files, _ in sources for item in grouped_files.handed_in]
    for grouped_files, download in sources:
        lines += [Line(what=What.LEFT_OUT, source=path, why=why) for path, why in grouped_files.left_over]
        lines += [Line(what=What.UNREADABLE, source=path, why=why) for path, why in download.unreadable]
    total = sum(file.size for item in items for _, file in item.files)
    task = bar.add_task("copying", total=total)
    for number, item in enumerate(items):
        folder = staging / str(number)
        try:
            arrival = staged(item, folder, assignment, told=lambda count: bar.advance(task, count))
        except NOT_READ as problem:
            if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_trouble(problem, staging) from problem
            why = f"it cannot be read from the download ({problem})"
            lines.append(Line(what=What.UNREADABLE, source=item.source, why=why))
            continue
        if given is not None and (item.when is None or by_hand):
            arrival = replace(arrival, received=given, time_from=TimeFrom.GIVEN)
        elif item.when is not None:
            local = item.when.replace(tzinfo=zone) if zone else item.when.astimezone()
            arrival = replace(arrival, received=local.astimezone(UTC), time_from=TimeFrom.LMS)
        else:
            arrival = replace(arrival, received=now)
        found.append(arrival)
    return found, lines


def given_time(request: IntakeRequest, zone: tzinfo | None) -> datetime | None:
    """The time of receipt that a person vouches for.

    Raises UsageError for a source that is not there, and when options that go together are missing.
    """
    for source in request.sources:
        if not source.exists():
            raise UsageError(f"{source}: there is nothing", hint="Check the path.")
    if request.student:
        missing = [
            option
            for option, value in (
                ("--received", request.received),
                ("--via", request.via),
                ("--by", request.by),
            )
            if not value
        ]
        if missing or len(request.sources) != 1:
            raise UsageError(
                "--student is for one file, with --received, --via and --by",
                hint=f"Add {' and '.join(missing)}." if missing else "Give one file.",
            )
    if not request.received:
        return None
    try:
        when = datetime.fromisoformat(request.received)
    except ValueError:
        when = None
    if when is None or ":" not in request.received:
        raise UsageError(
            f"{request.received!r} is no time",
            hint='Write it like "2026-11-02 08:15" or 2026-11-02T08:15-06:00.',
        )
    local = when if when.tzinfo else (when.replace(tzinfo=zone) if zone else when.astimezone())
    if local > datetime.now(UTC):
        raise UsageError(f"{request.received} lies in the future", hint="Is the time zone right?")
    return local.astimezone(UTC)


def staged(item: HandedIn, folder: Path, assignment: Assignment, *, told: Callable[[int], None]) -> Arrival:
    """Copy what was handed in to a folder of its own. Raises one of NOT_READ."""
    budget = Budgets().received_bytes
    alone = len(item.files) == 1 and len(item.files[0][0]) == 1
    name = safe_name(course_name(item.name, assignment) if alone else item.name)
    root = folder if alone else folder / name
    files: list[ReceivedFile] = []
    used: set[str] = set()
    refused = ""
    for path, file in item.files:
        parts = (*path[:-1], course_name(path[-1], assignment))
        inside = name if alone else unused("/".join(safe_name(part) for part in parts), used)
        with file.open() as stream:
            made, kept = copied(inside, stream, root / inside, at_most=budget, told=told)
        files.append(made)
        budget -= made.bytes if kept else 0
        if not kept:
            refused = TOO_LARGE.format(size=size(made.bytes), limit=size(Budgets().received_bytes))
    return Arrival(
        item=item, folder=folder, name=name, files=tuple(files), refused=refused,
        received=datetime.min.replace(tzinfo=UTC), time_from=TimeFrom.INTAKE,
    )  # fmt: skip


def course_name(name: str, assignment: Assignment) -> str:
    """The name a notebook was handed out under, where a system or a browser only added to it."""
    inner = (each for each in archive_name.unwrapped(name) if each in assignment.notebooks)
    return next(inner, name)


def unused(path: str, used: set[str]) -> str:
    """A path that differs from those before it, also where upper and lower case are the same."""
    stem, dot, ending = path.rpartition(".")
    number, made = 1, path
    while made.casefold() in used:
        number += 1
        made = f"{stem}-{number}{dot}{ending}" if stem else f"{path}-{number}"
    used.add(made.casefold())
    return made
