"""The files behind the scores: what was handed in, evidence, pages, and the assignments' own folders.

Everything is copied as bytes: no archive is unpacked, no link followed, nothing run. Paths in the archive are
ours (numbers of submissions), never a student's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autograder.app.results_folder import EVIDENCE, FEEDBACK, RECEIPT, RESULT, RUNS, STAFF, SUBMISSION
from autograder.errors import UsageError

if TYPE_CHECKING:
    from gradebook.archive.contents import Submitted

_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}")
_WITH_NAMES: Final = (RESULT, FEEDBACK, STAFF, RECEIPT)
_CACHES: Final = ("__pycache__", ".ipynb_checkpoints")
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that would help to defend a grade and is not there. `about` is a submission or version."""

    what: str
    about: str
    why: str


@dataclass(slots=True)
class Sources:
    """Where the files lie: results by assignment and submission, originals by digest, assignment folders."""

    results: dict[tuple[str, str], list[Path]] = field(default_factory=dict)
    originals: dict[str, Path] = field(default_factory=dict)
    assignments: dict[tuple[str, str], Path] = field(default_factory=dict)
    odd: list[Missing] = field(default_factory=list)


def sources(results: Sequence[Path], handed_in: Sequence[Path], assignments: Sequence[Path]) -> Sources:
    """Look through the folders that were named. UsageError for one that is not there."""
    from autograder.config.assignment_file import load

    found = Sources()
    for folder in (*results, *handed_in, *assignments):
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder", hint="Check the path.")
    for root in results:
        for path in sorted(root.glob(f"*/{RESULT}")):
            try:
                told = json.loads(path.read_bytes())
                key = (str(told["assignment"]), str(told["submission"]))
            except (OSError, ValueError, KeyError, TypeError):
                found.odd.append(Missing(what="result", about=str(path.parent.name), why="it cannot be read"))
                continue
            found.results.setdefault(key, []).append(path.parent)
    for root in handed_in:
        for path in regular_files(root, found.odd):
            found.originals.setdefault(_digest(path), path)
    for folder in assignments:
        assignment = load(folder)
        found.assignments[assignment.id, assignment.version] = folder
    return found


def regular_files(root: Path, odd: list[Missing]) -> Iterator[Path]:
    """Every regular file below a folder, without caches and hidden ones; links are noted, not followed."""
    for at, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _CACHES and not name.startswith("."))
        links = [name for name in folders if Path(at, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(at, name)
            if name.startswith("."):
                continue
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
            else:
                about = path.relative_to(root).as_posix()
                odd.append(Missing(what="file", about=about, why="a link or special file is not copied"))


def missing_of(one: Submitted, found: Sources) -> list[Missing]:
    """What an archive will not have of one submission."""
    about = f"submission {one.number}"
    folders = found.results.get((one.assignment, one.name), [])
    missing = []
    if not folders:
        missing.append(Missing(what="evidence", about=about, why="no results folder has this submission"))
    else:
        there = {_run(run) for folder in folders for run in _runs_in(folder)}
        for key in sorted({_run(run) for run in one.runs} - there):
            missing.append(Missing(what="evidence", about=about, why=f"no results folder has its run {key}"))
    if one.digest not in found.originals:
        only = " the notebooks are there" if any((f / SUBMISSION).is_file() for f in folders) else ""
        why = "no folder of --handed-in has a file of its digest;" + (only or " nor is there any notebook")
        missing.append(Missing(what="original", about=about, why=why))
    return missing


def _run(key: str) -> str:
    """The key of the run, also for what was judged again."""
    return key.split("+")[0]


def _runs_in(folder: Path) -> Iterator[str]:
    """The keys of the runs of which a folder has evidence."""
    for one in (folder, *sorted((folder / RUNS).glob("*"))):
        if (one / EVIDENCE).is_dir() and (one / RESULT).is_file():
            yield str(json.loads((one / RESULT).read_bytes())["provenance"]["run_key"])


def copy_submission(one: Submitted, found: Sources, target: Path, *, names: bool) -> list[Missing]:
    """Copy everything there is about one submission; what could not be copied.

    Without `names` pages, results and receipts, which name the student, stay away.
    """
    odd: list[Missing] = []
    number = str(one.number)
    original = found.originals.get(one.digest)
    if original is not None:
        suffix = original.suffix if _SAFE.fullmatch(f"x{original.suffix}") else ""
        copy_file(original, target / "submissions" / number / f"original{suffix}")
    for place, folder in enumerate(found.results.get((one.assignment, one.name), [])):
        below = f"results-{place + 1}" if place else ""
        for path in regular_files(folder, odd):
            parts = path.relative_to(folder).parts
            if parts == (SUBMISSION,):
                odd += _copy_notebooks(path, target / "submissions" / number / below, names=names)
            elif names or path.name not in _WITH_NAMES:
                kind = "evidence" if EVIDENCE in parts else "reports"
                copy_file(path, (target / kind / number / below).joinpath(*map(safe, parts)))
    told = odd if names else nameless(odd)
    return [
        Missing(what=each.what, about=f"submission {number}: {each.about}", why=each.why) for each in told
    ]


def nameless(odd: Iterable[Missing]) -> list[Missing]:
    """The same without the names of files and folders, which can be a student's."""
    return [replace(each, about=f"f-{_short_digest(each.about)}") for each in odd]


def _copy_notebooks(path: Path, target: Path, *, names: bool) -> list[Missing]:
    """The notebooks as handed in, each a file of its own, numbered: their names are the student's."""
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        texts: Mapping[str, str] = told.get("stored") or told["notebooks"]
        contents = {str(name): str(text).encode("utf-8", "replace") for name, text in texts.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return [Missing(what="notebooks", about=path.name, why="it cannot be read")]
    target.mkdir(parents=True, exist_ok=True)
    index = []
    for place, (name, content) in enumerate(contents.items(), 1):
        (target / f"notebook-{place}.ipynb").write_bytes(content)
        index.append({"file": f"notebook-{place}.ipynb", **({"name": name} if names else {})})
    (target / "index.json").write_text(json.dumps({"notebooks": index}, indent=1) + "\n", encoding="utf-8")
    return []


def copy_assignment(folder: Path, target: Path) -> list[Missing]:
    """Copy an assignment's folder: its sheet, sources of checks, rubrics, reference and samples."""
    odd: list[Missing] = []
    for path in regular_files(folder, odd):
        copy_file(path, target.joinpath(*map(safe, path.relative_to(folder).parts)))
    return odd


def safe(name: str) -> str:
    """A name that may stand in an archive: the same, or made of its digest where it has other signs."""
    if _SAFE.fullmatch(name):
        return name
    return f"f-{_short_digest(name)}"


def _short_digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def copy_file(source: Path, target: Path) -> None:
    """Copy the bytes of one regular file. OSError when it became a link, or the disk is full."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with _opened(source) as old, target.open("xb") as new:
        while part := old.read(_CHUNK):
            new.write(part)


def _digest(path: Path) -> str:
    made = hashlib.sha256()
    with _opened(path) as file:
        while part := file.read(_CHUNK):
            made.update(part)
    return made.hexdigest()


def _opened(path: Path) -> Any:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def counted(missing: Iterable[Missing]) -> dict[str, int]:
    """How many of each kind are missing."""
    counts: dict[str, int] = {}
    for each in missing:
        counts[each.what] = counts.get(each.what, 0) + 1
    return counts
