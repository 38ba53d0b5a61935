"""The installed nbgrader reads cells, in a process of its own: `python nbgrader_metadata.py`, JSON on stdin.

Stdin is a list of cells; stdout has for each `"refused"` or its role and points after nbgrader's own upgrade.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any


def read(cell: dict[str, Any]) -> Any:
    from nbformat import from_dict
    from nbgrader import utils
    from nbgrader.nbgraderformat import MetadataValidator

    top = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    notebook = MetadataValidator().upgrade_notebook_metadata(from_dict(top))
    MetadataValidator().validate_nb(notebook)
    [made] = notebook.cells
    role = (
        "manually graded task" if utils.is_task(made)
        else "manually graded answer" if utils.is_grade(made) and utils.is_solution(made)
        else "autograder tests" if utils.is_grade(made)
        else "autograded answer" if utils.is_solution(made)
        else "read-only" if utils.is_locked(made)
        else ""
    )  # fmt: skip
    points = made.metadata.get("nbgrader", {}).get("points", 0)
    return [role, float(points) if utils.is_grade(made) or utils.is_task(made) else 0.0]


def main() -> None:
    logging.disable()
    answers = []
    for cell in json.load(sys.stdin):
        try:
            answers.append(read(cell))
        except Exception:  # whatever nbgrader raises, it is a refusal
            answers.append("refused")
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
