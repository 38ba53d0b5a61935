"""How long the reference took on this machine: what limits are multiples of, and what estimates start from.

`autograder verify` measures it. The times are kept in the state folder, one file per assignment version; they
hold nothing secret and may be deleted.
"""

from __future__ import annotations

import json
from pathlib import Path

from autograder.app.results_folder import write_file
from autograder.model.assignment import Assignment


def _path(home: Path, assignment: Assignment) -> Path:
    return home / "reference-times" / f"{assignment.id}.json"


def reference_seconds(home: Path, assignment: Assignment) -> float | None:
    """Wall seconds of the reference on this machine, whatever its version; None before the first run."""
    path = _path(home, assignment)
    try:
        seconds = json.loads(path.read_text())["seconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(seconds) if isinstance(seconds, int | float) and seconds > 0 else None


def keep_reference_seconds(home: Path, assignment: Assignment, seconds: float) -> None:
    """Remember how long the reference took. Raises StorageFull."""
    write_file(_path(home, assignment), json.dumps({"seconds": seconds, "version": assignment.version}))
