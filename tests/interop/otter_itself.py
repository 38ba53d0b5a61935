"""Run as a child process: what the installed otter makes of an assignment, in one start of Python.

Reads a JSON object: `folder` holds the test files, `notebooks` are what students handed in, `points` are the
arguments of otter's rule for points. Writes `scores` ([score, possible] of each question, for each notebook)
and `points`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any


def main() -> None:
    from otter.generate import main as otter_generate
    from otter.run import main as otter_run
    from otter.test_files.abstract_test import TestCase, TestFile

    asked = json.loads(sys.stdin.read())
    os.chdir(asked["folder"])
    answer: dict[str, Any] = {"scores": [], "points": []}
    with contextlib.redirect_stdout(sys.stderr):
        otter_generate()
        for notebook in asked["notebooks"]:
            results = otter_run(notebook, autograder="autograder.zip", output_dir=None, no_logo=True)
            answer["scores"].append(
                {name: [test.score, test.possible] for name, test in results.results.items()}
            )
        for total, given in asked["points"]:
            cases = [TestCase("", "", False, points, None, None) for points in given]
            resolved = TestFile.resolve_test_file_points(total, cases)
            answer["points"].append([each.points for each in resolved])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
