"""The process in which nbgrader makes tests of AUTOTEST lines: one JSON object in, one out.

It runs the author's notebook with the rights of whoever started it; `autotest` says when that may be.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import redirect_stdout
from typing import Any


def main() -> None:
    """Read the job, give the texts of all cells, or say what went wrong."""
    job = json.load(sys.stdin)
    with redirect_stdout(io.StringIO()):
        answer = _answer(job)
    json.dump(answer, sys.stdout)


def _answer(job: dict[str, str]) -> dict[str, Any]:
    import nbformat
    from nbgrader.preprocessors import InstantiateTests

    notebook = nbformat.reads(job["notebook"], as_version=4)  # type: ignore[no-untyped-call]
    preprocessor = InstantiateTests(autotest_filename=job["templates"])
    preprocessor.log.setLevel(logging.CRITICAL)
    try:
        made, _ = preprocessor.preprocess(notebook, {"metadata": {"path": job["folder"]}})
    except Exception as problem:  # whatever the author's code and templates raise
        return {"error": _told(problem)[:2_000]}
    return {"sources": [cell.source for cell in made.cells]}


def _told(problem: Exception) -> str:
    """Say what went wrong. The error of a cell cannot be turned into text as nbgrader makes it."""
    from nbclient.exceptions import CellExecutionError

    if isinstance(problem, CellExecutionError):
        return f"a cell raised {problem.ename}: {problem.evalue}"
    return f"{type(problem).__name__}: {problem}"


if __name__ == "__main__":
    main()
