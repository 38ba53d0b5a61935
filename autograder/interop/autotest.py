"""Write the tests that nbgrader makes out of AUTOTEST lines, by letting nbgrader itself make them.

nbgrader runs the author's notebook for that, in a kernel on this machine, and so does this: with the rights
of the person who called it, in a process of its own. Only after somebody said that the course may be trusted.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from autograder.errors import AuthoringError

DELIMITER: Final = "AUTOTEST"
_COMMENT: Final = "#"
SECONDS: Final = 600.0
_TOLD_AT_MOST: Final = 2_000


def has_autotests(cells: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of a notebook's cells holds a line that nbgrader makes tests of."""
    return any(
        DELIMITER in line and line.strip().startswith(_COMMENT)
        for cell in cells
        if cell["cell_type"] == "code"
        for line in _source(cell).split("\n")
    )


def instantiated(
    notebook: Mapping[str, Any], *, name: str, folder: Path, root: Path, templates: str
) -> dict[str, Any]:
    """Give the JSON of a notebook in format 4 with tests in the place of its AUTOTEST lines.

    It runs in `folder`, where its data files are; the file `templates` is looked for there and then in
    `root`, the course. Everything but the texts of cells stays as it is. Raises AuthoringError, which calls
    the notebook `name`.
    """
    if find_spec("nbgrader") is None:
        raise AuthoringError(
            f"{name}: has AUTOTEST lines, and nbgrader, which makes tests of them, is not installed",
            hint="Install it: pip install 'nbverdict[nbgrader]'.",
        )
    job = {"notebook": json.dumps(notebook), "folder": str(folder.absolute()), "templates": templates}
    with tempfile.TemporaryDirectory(prefix="autotest-") as own:
        answer = _asked(job, name, root, Path(own))
    if "error" in answer:
        raise AuthoringError(f"{name}: nbgrader made no tests of its AUTOTEST lines: {answer['error']}")
    cells = [
        {**cell, "source": source.splitlines(keepends=True)}
        for cell, source in zip(notebook["cells"], answer["sources"], strict=True)
    ]
    return {**notebook, "cells": cells}


def _asked(job: Mapping[str, str], name: str, root: Path, own: Path) -> dict[str, Any]:
    """Let a process do it; it and its kernel are gone afterwards, whatever happens."""
    places = {key: str(own) for key in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder.interop.autotest_process"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root, start_new_session=True,
        env={**os.environ, **places, "PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    try:
        out, err = process.communicate(json.dumps(job), timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise AuthoringError(f"{name}: its AUTOTEST lines took longer than {SECONDS:.0f} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    try:
        answer = json.loads(out)
    except ValueError:
        return {"error": err.strip()[-_TOLD_AT_MOST:] or f"the process ended with {process.returncode}"}
    return dict(answer)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
