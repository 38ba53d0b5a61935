"""From the files of a download to what was handed in: one item per submission, whatever the system's layout.

Which attempt something is, and whether it can be taken in, is decided later. What is no submission is listed
with the reason, never dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from autograder.formats import archive_name
from autograder.intake import lms as names
from autograder.intake.downloads import FoundFile
from autograder.intake.lms import Lms, Named

_ARCHIVES: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_PAGE: Final = re.compile(r"index(?: ?\(\d{1,3}\))?\.html?", re.IGNORECASE)


InnerFiles = tuple[tuple[tuple[str, ...], FoundFile], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One thing that somebody handed in.

    `name` is the archive, the file or the folder as the student named it; `files` gives each file with its
    path inside. `source` is what the download called it. `label` is the system's name for the submission,
    if there is one; with `flat` it begins a file name, otherwise it is a folder. `when` has no zone.
    """

    lms: Lms
    who: str
    name: str
    source: str
    files: InnerFiles
    label: str = ""
    flat: bool = False
    numbers: tuple[str, ...] = ()
    when: datetime | None = None
    late: bool = False
    order: int = 0
    comment: str = ""
    net_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """What a download holds: submissions, pages with comments, and what is none of these, with the reason."""

    handed_in: tuple[HandedIn, ...]
    pages: tuple[FoundFile, ...]
    left_over: tuple[tuple[str, str], ...]


def grouped(files: Iterable[FoundFile], lms: Lms | None, *, around: str = "") -> Grouped:
    """Sort the files of a download. `lms` is the system it comes from, None to tell by each name.

    `around` is the name of the folder or zip the files were found in. It tells plain files of one name apart.
    """
    listed = _below_the_first_name(list(files), lms, around)
    pages = [file for file in listed if len(file.path) == 1 and _PAGE.fullmatch(file.path[0])]
    groups: dict[tuple[str, ...], list[tuple[Named | None, FoundFile]]] = {}
    for file in listed:
        if file in pages:
            continue
        top = file.path[0]
        named = names.read(top, lms)
        if named is None and lms is not None:
            named = names.read(top, Lms.FOLDER)
        if len(file.path) > 1:
            key: tuple[str, ...] = ("folder", top)
        elif named is not None and named.lms is Lms.CANVAS:
            key = ("canvas", named.who, *named.numbers)
        elif named is not None and named.lms is Lms.BRIGHTSPACE:
            key = ("brightspace", named.label)
        else:
            key = ("file", top)
        groups.setdefault(key, []).append((named, file))
    handed_in: list[HandedIn] = []
    left_over: list[tuple[str, str]] = []
    for members in groups.values():
        named, first = members[0]
        if named is None and len(members) == 1 and len(first.path) == 1 and not _could_be_work(first.path[0]):
            left_over.append((first.path[0], "no system named it, and it is neither archive nor notebook"))
            continue
        made, rest = _of_group(members, around)
        handed_in += made
        left_over += rest
    return Grouped(handed_in=tuple(handed_in), pages=tuple(pages), left_over=tuple(left_over))


def is_bulk(files: Sequence[FoundFile], name: str, lms: Lms | None) -> bool:
    """Whether a zip holds many submissions, rather than being one."""
    if archive_name.homework(name) is not None or names.read(name, None) is not None:
        return False
    listed = _below_the_first_name(list(files), lms, "")
    return any(names.read(file.path[0], lms) for file in listed) or _many(listed)


def _below_the_first_name(files: list[FoundFile], lms: Lms | None, around: str) -> list[FoundFile]:
    """Leave out folders around everything when a system's names or many archives stand below them."""
    if around and names.read(around, lms) and not any(names.read(file.path[0], lms) for file in files):
        return [FoundFile(path=(around, *file.path), size=file.size, open=file.open) for file in files]
    inner = files
    while inner and all(len(file.path) > 1 and file.path[0] == inner[0].path[0] for file in inner):
        if names.read(inner[0].path[0], lms):
            return inner
        inner = [FoundFile(path=file.path[1:], size=file.size, open=file.open) for file in inner]
    return inner if _many(inner) or any(names.read(file.path[0], lms) for file in inner) else files


def _many(files: list[FoundFile]) -> bool:
    """Whether files lie as submissions do: several archives beside each other and no notebook."""
    tops = [file.path[0].casefold() for file in files if len(file.path) == 1]
    archives = sum(top.endswith(_ARCHIVES) for top in tops)
    return archives > 1 and not any(top.endswith(".ipynb") for top in tops)


def _of_group(
    members: list[tuple[Named | None, FoundFile]], around: str
) -> tuple[list[HandedIn], list[tuple[str, str]]]:
    """One submission, or one for each archive where a group holds several and no notebook beside them."""
    members = sorted(members, key=lambda member: (member[0].order if member[0] else 0, member[1].path))
    inner = [(named, _inside(named, file), file) for named, file in members]
    archives = [each for each in inner if len(each[1]) == 1 and each[1][0].casefold().endswith(_ARCHIVES)]
    notebooks = any(path[-1].casefold().endswith(".ipynb") for _, path, _ in inner)
    if len(archives) < 2 or notebooks:
        return [_one(inner, around)], []
    rest = [
        ("/".join(file.path), "it lies beside several archives, each of which is one submission")
        for each in inner
        if each not in archives
        for file in [each[2]]
    ]
    return [_one([each], around) for each in archives], rest


def _inside(named: Named | None, file: FoundFile) -> tuple[str, ...]:
    """The path of a file inside what was handed in."""
    if len(file.path) > 1:
        return file.path[1:]
    return (named.file,) if named is not None and named.file else file.path


def _one(members: list[tuple[Named | None, tuple[str, ...], FoundFile]], around: str) -> HandedIn:
    named, path, file = members[0]
    top = file.path[0]
    in_folder = len(file.path) > 1
    alone = len(members) == 1 and len(path) == 1
    lms = named.lms if named else Lms.FOLDER
    # What a system called the folder holds the student's name, which must not go on.
    name = path[0] if alone else ("files" if named else top)
    source = "/".join(file.path) if alone else top
    net_id = _net_id(name) or _net_id(top)
    plain = net_id or (top if in_folder else "")
    return HandedIn(
        lms=lms,
        who=named.who if named else plain,
        name=name,
        source=f"{around}/{source}" if around and lms is Lms.FOLDER else source,
        files=tuple((inner, found) for _, inner, found in members),
        label=named.label if named and lms is not Lms.FOLDER else "",
        flat=not in_folder,
        numbers=named.numbers if named else (),
        when=named.when if named else None,
        late=named.late if named else False,
        order=named.order if named else 0,
        net_id=net_id,
    )


def _net_id(name: str) -> str:
    """The Net ID that a student wrote into the name of an archive, or of the folder it was unpacked to."""
    parts = archive_name.homework(name) or archive_name.homework(f"{name}.zip")
    return parts.net_id if parts else ""


def _could_be_work(name: str) -> bool:
    return name.casefold().endswith((*_ARCHIVES, ".ipynb", ".ipynb.json", ".ipynb.txt"))
