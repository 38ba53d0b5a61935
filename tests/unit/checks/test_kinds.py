from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.checks import conformance
from autograder.checks.folder import digest
from autograder.checks.kinds import BUILT_IN, find, kinds_of
from autograder.errors import UnknownPlugin
from autograder.model.assignment import Assignment, Assurance, CheckKind, Checkpoint
from autograder.model.ids import CheckpointId
from tests.fakes import a_check, a_holdout, an_assignment

CHECK_FILE = """
from autograder.checks.api import accuracy, check, grade_by

@check("a")
def value(student):
    assert student.integer("answer") == 42

@check("b", watch={"early": ["model"]})
def moves(run):
    assert not run.moved("model", since="early")

@check("c")
def predicts(student, holdout):
    return grade_by(accuracy(student.call("f", holdout.inputs), holdout.labels), {"0.7": "1"})
"""


@pytest.fixture(scope="module")
def assignments(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Assignment]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "checks").mkdir()
    (folder / "checks" / "test_it.py").write_text(CHECK_FILE)
    early = CheckpointId("early")
    kinds = {
        "pytest": [a_check(id, assurance=Assurance.REPORTED) for id in "abc"],
        "cells": [a_check("a", kind=CheckKind.CELLS, cell="a_test")],
        "manual": [a_check("a", kind=CheckKind.MANUAL, assurance=Assurance.HUMAN)],
    }
    return {
        name: an_assignment(
            checks=checks, folder=folder, checkpoints=(Checkpoint(id=early, cell="early_cell"),)
        )
        for name, checks in kinds.items()
    }


@pytest.mark.parametrize("promise", conformance.PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", BUILT_IN)
def test_every_kind_keeps_its_promises(
    name: str, promise: conformance.Promise, assignments: Mapping[str, Assignment]
) -> None:
    promise(find(name), assignments[name], a_holdout())


def test_an_unknown_kind_is_told_what_there_is() -> None:
    with pytest.raises(UnknownPlugin, match="cells, manual, pytest"):
        find("otter")


def test_only_the_kinds_of_an_assignment_are_opened() -> None:
    assignment = an_assignment(checks=["q1", "q2", a_check("essay", kind=CheckKind.MANUAL)])
    assert kinds_of(assignment) == (BUILT_IN["pytest"], BUILT_IN["manual"])


def test_check_files_are_digested_without_caches(tmp_path: Path) -> None:
    (tmp_path / "sub" / "__pycache__").mkdir(parents=True)
    (tmp_path / "test_a.py").write_text("a")
    (tmp_path / "sub" / "b.py").write_text("b")
    (tmp_path / "sub" / "__pycache__" / "b.pyc").write_text("c")
    (tmp_path / ".hidden").write_text("d")
    found = digest(tmp_path)
    assert sorted(found) == ["sub/b.py", "test_a.py"]
    assert found["test_a.py"].startswith("ca978112ca1bbdca")
    (tmp_path / "test_a.py").write_text("changed")
    assert digest(tmp_path)["test_a.py"] != found["test_a.py"]


def test_a_folder_that_is_not_there_has_no_digests(tmp_path: Path) -> None:
    assert digest(tmp_path / "absent") == {}
