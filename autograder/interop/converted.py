"""What a converter of a foreign format gives back: the files of one of our own assignment folders, in memory.

Nothing is written here and nothing is run. `autograder.app.importing` puts the files on the disk.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.model.assignment import OriginFormat

ASSIGNMENT_FILE = "assignment.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """An assignment folder that was made from something else.

    `files` are paths below the folder, `assignment.toml` and those in `source/` among them. `notes` say what
    was changed or left out, one sentence each. `found` is the sentence that every report shows.
    """

    files: Mapping[str, bytes] = field(repr=False)
    found: str
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The id of the assignment, as its file says it."""
        return str(tomllib.loads(self.files[ASSIGNMENT_FILE].decode())["id"])

    @property
    def has_solutions(self) -> bool:
        """Whether it came with solutions: otter's zip has none."""
        file = tomllib.loads(self.files[ASSIGNMENT_FILE].decode())
        return bool(file.get("origin", {}).get("format") != OriginFormat.OTTER)

    def __post_init__(self) -> None:
        if ASSIGNMENT_FILE not in self.files:
            raise ValueError(f"a converted assignment needs its {ASSIGNMENT_FILE}")
        for name in self.files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or str(path) != name:
                raise ValueError(f'"{name}" is no path below the assignment folder')
