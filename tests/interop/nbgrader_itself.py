"""The installed nbgrader, in a process of its own: `python nbgrader_itself.py JOBS`.

JOBS is a JSON list of `[course folder, options, [what, assignment, students...]...]`, where what is "update",
"release" or "grade". Prints one JSON object: for each course and assignment whether the release succeeded,
and the points of each grade cell of each student. Not imported by the tests: nbgrader costs seconds.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any


def updated(folder: Path) -> None:
    """Do to each notebook what `nbgrader update` does."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator, write

    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        with path.open("w", encoding="utf-8") as file:
            write(MetadataValidator().upgrade_notebook_metadata(notebook), file)


def points(api: Any, assignment: str) -> dict[str, dict[str, Any]]:
    """Points by student and cell: what nbgrader decided itself, None where a person has to."""
    found: dict[str, dict[str, Any]] = {}
    with api.gradebook as book:
        for submission in book.find_assignment(assignment).submissions:
            found[submission.student.id] = {
                f"{notebook.name}/{grade.name}": grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
    return found


def main() -> None:
    """Do the jobs one after another."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    done: dict[str, dict[str, Any]] = {}
    for course, options, *wanted in json.loads(Path(sys.argv[1]).read_text()):
        config = Config(options)
        config.CourseDirectory.root = course
        config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
        api = NbGraderAPI(config=config)
        api.log.setLevel(logging.ERROR)
        results = done.setdefault(course, {})
        for what, assignment, *students in wanted:
            if what == "update":
                updated(Path(course) / "source" / assignment)
            elif what == "release":
                results[assignment] = api.generate_assignment(assignment)
            else:
                failed = {
                    student: outcome["log"]
                    for student in students
                    if not (outcome := api.autograde(assignment, student))["success"]
                }
                results[f"points {assignment}"] = points(api, assignment)
                results[f"failed {assignment}"] = failed
    print(json.dumps(done))


if __name__ == "__main__":
    main()
