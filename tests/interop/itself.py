"""Runs the installed nbgrader: once for many jobs, since starting it costs seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("nbgrader_itself.py")
PEERS = Path(sys.executable).parent


def nbgrader_did(jobs: Sequence[Sequence[Any]], folder: Path, *, seconds: float = 280) -> dict[str, Any]:
    """Let nbgrader do the jobs (see `nbgrader_itself.py`); give what it did, by course."""
    file = folder / "jobs.json"
    file.write_text(json.dumps(jobs))
    own = {**os.environ, "PATH": f"{PEERS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(file)], env=own, capture_output=True, text=True, timeout=seconds,
        check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found
