"""Where handed-out files lie that are meant to be above the notebook's folder, as `../../macros.ipynb`.

Only names are computed here; no file is looked at. A submission then lies as many folders below the work
folder as the farthest of these names leads up, so that nothing has to lie outside the work folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

MOST_LEVELS: Final = 3
_FOLDERS: Final = ("term", "course", "assignment")


def rest(name: str) -> str:
    """Give a course file's path below `source/`: its name without the steps up at its beginning."""
    return str(PurePosixPath(*PurePosixPath(name).parts[levels([name]) :]))


def levels(names: Iterable[str]) -> int:
    """Count the folders that the farthest of these names leads up."""
    return max((_steps_up(name) for name in names), default=0)


def submission_folder(names: Iterable[str], *, last: str = _FOLDERS[-1]) -> PurePosixPath:
    """Give the folder of a submission below the work folder; the work folder itself where no name leads up.

    `last` is what the innermost folder is called.
    """
    folders = (*_FOLDERS[:-1], last)
    return PurePosixPath(*folders[MOST_LEVELS - levels(names) :])


def placed(name: str, folder: PurePosixPath) -> PurePosixPath:
    """Give the path below the work folder of a course file, seen from a notebook in `folder`.

    Steps that would lead out of the work folder are left out.
    """
    up = _steps_up(name)
    return PurePosixPath(*folder.parts[: max(0, len(folder.parts) - up)], rest(name))


def paths_of(notebook: str, work: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Give a notebook's own folder, where its relative paths begin, and that of its submission, `work`."""
    beside = PurePosixPath(notebook).parent
    inside = not beside.is_absolute() and ".." not in beside.parts
    return tuple(dict.fromkeys((work / beside, work))) if inside else (work,)


def _steps_up(name: str) -> int:
    parts = PurePosixPath(name).parts
    return next((number for number, part in enumerate(parts) if part != ".."), len(parts))
