"""Roles and points of every combination of marks, in every schema, as the installed nbgrader reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from autograder.formats.nbgrader import MetadataRejected, grading_of
from autograder.formats.notebook import read
from tests.interop.courses.quickstart import Json, cell, notebook

FLAGS = ("grade", "solution", "locked", "task")
POINTS: tuple[Any, ...] = (None, 2, 1.5)
OLD_POINTS: tuple[Any, ...] = ("", "2", -1)


def combinations() -> Iterator[Json]:
    """Cells of every type with every combination of flags and points, schema by schema."""
    for schema, kind in product((0, 1, 2, 3), ("code", "markdown")):
        flags = FLAGS if schema == 3 else FLAGS[:3]
        for values in product((True, False, None), repeat=len(flags)):
            if schema and None in values[:3]:  # only the oldest schema has no defaults for these
                continue
            for points in (*POINTS, *(OLD_POINTS if schema == 0 else ())):
                marks: Json = {flag: one for flag, one in zip(flags, values, strict=True) if one is not None}
                marks |= {} if points is None else {"points": points}
                marks |= {"schema_version": schema} if schema else {}
                made = cell("x = 1", kind)
                made["metadata"] = {"nbgrader": {"grade_id": "one", **marks}}
                yield made


def ours(one: Json) -> Any:
    [read_back] = read(json.dumps(notebook([one])).encode()).cells
    try:
        grading = grading_of(read_back)
    except MetadataRejected:
        return "refused"
    return ["", 0.0] if grading is None else [grading.role.value, float(grading.points)]


@pytest.fixture(scope="module")
def both() -> list[tuple[Json, Any, Any]]:
    cells = list(combinations())
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("nbgrader_metadata.py")], input=json.dumps(cells),
        capture_output=True, text=True, check=True, timeout=200,
    )  # fmt: skip
    return [(one, ours(one), theirs) for one, theirs in zip(cells, json.loads(done.stdout), strict=True)]


def test_marks_mean_what_they_mean_for_nbgrader(both: list[tuple[Json, Any, Any]]) -> None:
    differing = [
        (one["cell_type"], one["metadata"]["nbgrader"], mine, theirs)
        for one, mine, theirs in both
        if mine != theirs and theirs != "refused"
    ]
    assert not differing, differing[:10]


def test_the_comparison_is_about_something(both: list[tuple[Json, Any, Any]]) -> None:
    roles = {theirs[0] for _, _, theirs in both if theirs != "refused"}
    assert len(roles) == 6
    assert sum(theirs == "refused" for _, _, theirs in both) > 20
