"""A made-up class for the small assignment: roster, policies, and what the LMS lets staff download.

It is for trying things out. Its students hand in the reference with what honest students do to it: late,
twice, half of it missing, in half precision, with a path of their own machine. It is the same each time.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from autograder.authoring.sample_files import made_notebooks
from autograder.authoring.samples import REFERENCE, UNTOUCHED, Change, Recipe
from autograder.authoring.scaffold import NOTEBOOK
from autograder.authoring.scaffold_texts import HALF_DONE_CELL, WRONG_WINDOW_CELL
from autograder.config.assignment_file import load
from autograder.errors import UsageError
from autograder.model.assignment import Assignment

HALF_PRECISION = '''\
def moving_average(values, width):
    """Half precision, as on the GPU."""
    values = np.asarray(values, dtype="float16")
    return np.array([values[start : start + width].mean() for start in range(len(values) - width + 1)])
'''
OWN_PATH = """\
folder = "/content/drive/MyDrive/my-lab"
"""
ONE_CASE = "A series of equal values: everything becomes zero."


@dataclass(frozen=True, slots=True, kw_only=True)
class HandIn:
    """One submission: whose, when in the words of Brightspace, and how it differs from its base."""

    student: str
    when: str
    base: str = REFERENCE
    changes: tuple[Change, ...] = ()


STUDENTS = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight")
HANDED_IN = (
    HandIn(student="s01", when="Feb 26, 2026 815 PM"),
    HandIn(student="s02", when="Feb 27, 2026 1002 AM", changes=(Change(cell="reflection", source=ONE_CASE),)),
    HandIn(
        student="s03",
        when="Mar 1, 2026 930 AM",
        changes=(Change(cell="moving_average", source=WRONG_WINDOW_CELL),),
    ),
    HandIn(
        student="s04",
        when="Feb 28, 2026 1141 PM",
        changes=(Change(cell="moving_average", source=HALF_PRECISION),),
    ),
    HandIn(student="s05", when="Mar 2, 2026 1010 PM", changes=(Change(cell="reflection", source=ONE_CASE),)),
    HandIn(
        student="s06",
        when="Feb 27, 2026 402 PM",
        base=UNTOUCHED,
        changes=(Change(cell="standardise", source=HALF_DONE_CELL),),
    ),
    HandIn(student="s06", when="Feb 28, 2026 904 AM"),
    HandIn(
        student="s07",
        when="Feb 28, 2026 1130 PM",
        changes=(Change(cell="imports", source=OWN_PATH, is_new=True, cell_type="code"),),
    ),
)
"""Student Eight hands in nothing."""

POLICIES = """\
# The rules of this offering. All keys: docs/reference/policies.md
zone = "America/New_York"
counts = "last"

[late]
grace_minutes = 15
percent_per_day = 10
accept_days = 3

[categories.labs]
title = "Labs"
weight = 100

[assignments.{id}]
title = "Two functions on number series"
category = "labs"
points = 12
released = 2026-02-16T09:00:00
due = 2026-02-28T23:59:00

[letters]
A = 90
B = 75
C = 60
F = 0
"""
MACHINE = """\
# What the commands in this folder use. All keys: docs/reference/autograder-toml.md
schema = 1

[gradebook]
url = "sqlite:///gradebook.sqlite"
course = "deep-learning"
term = "2026-spring"

[intake]
time_zone = "America/New_York"
"""
ROSTER, POLICIES_FILE, MACHINE_FILE = "class.csv", "policies.toml", "autograder.toml"
DOWNLOAD, EXPORT = "brightspace-download.zip", "brightspace-export.csv"


def new_class(folder: Path, assignment_folder: Path) -> tuple[Path, ...]:
    """Write the class into `folder` and give the files that were written.

    The assignment must be the one that `scaffold.new` writes. UsageError when one of the files is there.
    """
    assignment = load(assignment_folder)
    files = {
        MACHINE_FILE: MACHINE.encode(),
        POLICIES_FILE: POLICIES.format(id=assignment.id).encode(),
        ROSTER: _roster().encode(),
        DOWNLOAD: _download(assignment),
        EXPORT: _export(assignment).encode(),
    }
    refuse_existing(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in files)


def refuse_existing(folder: Path) -> None:
    """Raise UsageError when one of the class's files is in the folder already."""
    for name in (MACHINE_FILE, POLICIES_FILE, ROSTER, DOWNLOAD, EXPORT):
        if (folder / name).exists():
            raise UsageError(f"{folder / name}: is there already", hint="Give another folder with --class.")


def _people() -> Iterable[tuple[str, str, str, str]]:
    """Id, name, Net ID and section of each student."""
    for number, word in enumerate(STUDENTS, start=1):
        yield f"s{number:02}", f"Student {word}", _net_id(number), "A" if number <= 4 else "B"


def _net_id(number: int) -> str:
    return f"ab{1000 + number}"


def _roster() -> str:
    lines = [f"{id},{name},{net_id},{section}" for id, name, net_id, section in _people()]
    return "\n".join(["id,name,net_id,section", *lines, ""])


def _export(assignment: Assignment) -> str:
    """What Brightspace exports before anybody has grades."""
    item = f"{assignment.title} Points Grade <Numeric MaxPoints:12>"
    lines = [f"#{id},#{net_id},{name.split()[1]},{name.split()[0]},,#" for id, name, net_id, _ in _people()]
    first = f"OrgDefinedId,Username,Last Name,First Name,{item},End-of-Line Indicator"
    return "\n".join([first, *lines, ""])


def _download(assignment: Assignment) -> bytes:
    names = {id: (name, net_id) for id, name, net_id, _ in _people()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as download:
        for number, one in enumerate(HANDED_IN):
            name, net_id = names[one.student]
            recipe = Recipe(name=NOTEBOOK, base=one.base, source=NOTEBOOK, changes=one.changes)
            notebook = made_notebooks((recipe,), assignment, name)[NOTEBOOK]
            folder = f"{12345 + number}-678901 - {name} - {one.when}"
            version = sum(earlier.student == one.student for earlier in HANDED_IN[: number + 1])
            day = datetime.strptime(one.when, "%b %d, %Y %I%M %p").date()  # noqa: DTZ007 - a name has no zone
            archive = f"{net_id}_{day:%Y%m%d}_{version}_HW1.zip"
            _put(download, f"{folder}/{archive}", _zipped(notebook))
    return made.getvalue()


def _zipped(notebook: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, NOTEBOOK, json.dumps(json.loads(notebook), indent=1).encode())
    return made.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Write without a clock, so that the same class has the same bytes."""
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
