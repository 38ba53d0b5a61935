"""Which of a student's files is meant for a notebook of the author's: only names are compared."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

_COPY: Final = re.compile(r"[ _-]*(\(\d+\)|copy\d*)$", re.IGNORECASE)


def same_name(name: str, wanted: str, *, exactly: bool) -> bool:
    """Whether a path has the file name `wanted`; unless `exactly`, also as a copy: `lab (1).ipynb`."""
    stem, looked_for = PurePosixPath(name).stem.casefold(), PurePosixPath(wanted).stem.casefold()
    return stem == looked_for if exactly else _COPY.sub("", stem) == looked_for
