"""AUTOTEST lines: which notebooks have some, and what happens where nbgrader makes no tests of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import AuthoringError
from autograder.interop.autotest import has_autotests, instantiated
from tests.interop.release_corpus import PYTHON, SOLUTION, TEMPLATES, TESTS, a_cell, a_notebook


@pytest.mark.parametrize(
    ("source", "kind", "found"),
    [
        ("### AUTOTEST answer", "code", True),
        ("assert x\n    # HASHED AUTOTEST answer; other", "code", True),
        ("text = 'AUTOTEST answer'", "code", False),
        ("x = 1  # AUTOTEST x", "code", False),
        ("# AUTOTEST answer", "markdown", False),
        ("# autotest answer", "code", False),
    ],
)
def test_a_line_is_known_as_nbgrader_knows_it(source: str, kind: str, found: bool) -> None:
    assert has_autotests([a_cell(source, kind)]) is found
    assert has_autotests([{**a_cell("", kind), "source": source}]) is found


def test_a_solution_that_raises_is_the_authors_error_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "autotests.yml").write_text(TEMPLATES)
    cells = [
        a_cell("answer = 1 / 0", grade_id="a", **SOLUTION),
        a_cell("# AUTOTEST answer", grade_id="t", points=1, **TESTS),
    ]
    notebook = a_notebook(cells, metadata=PYTHON)
    with pytest.raises(AuthoringError, match=r"ps1\.ipynb: nbgrader made no tests.*ZeroDivisionError"):
        instantiated(notebook, name="ps1.ipynb", folder=tmp_path, root=tmp_path, templates="autotests.yml")
    assert [path.name for path in tmp_path.iterdir()] == ["autotests.yml"]
