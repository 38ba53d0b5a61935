"""Builders: a submission of some cells, looked at with one guideline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.guidelines.engine import inspect
from autograder.model.assignment import Assignment, Firmness, RuleSpec
from autograder.model.ids import AssignmentId, RuleId, StudentId, SubmissionId
from autograder.model.results import Finding
from autograder.model.submission import Submission, SubmittedFile

SNIPPETS = Path(__file__).parent / "snippets"


def snippets(rule: str) -> dict[str, dict[str, list[str]]]:
    """Read the labelled snippets of a rule: label, name, cells."""
    found: dict[str, dict[str, list[str]]] = {"breaks": {}, "hint": {}, "clean": {}}
    for part in (SNIPPETS / f"{rule}.txt").read_text(encoding="utf-8").split("\n#= ")[1:]:
        head, _, body = part.partition("\n")
        label, _, name = head.partition(": ")
        assert name not in found[label], f"{rule}: two snippets are called {name}"
        found[label][name] = body.removesuffix("\n").split("\n#-\n")
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `breaks`, `hint` or `clean` once for each snippet of its module's rule."""
    rule = getattr(metafunc.module, "RULE", "")
    for label in {"breaks", "hint", "clean"} & set(metafunc.fixturenames if rule else ()):
        cells = snippets(rule)[label]
        metafunc.parametrize(label, cells.values(), ids=cells.keys())


def notebook_of(*sources: str) -> Notebook:
    return Notebook(
        cells=tuple(Cell(id=f"c{at}", cell_type="code", source=source) for at, source in enumerate(sources))
    )


def an_assignment(*rules: RuleSpec | str, contract: tuple[str, ...] = ()) -> Assignment:
    specs = tuple(
        RuleSpec(id=RuleId(rule), points=Decimal(2), firmness=Firmness.FIRM)
        if isinstance(rule, str)
        else rule
        for rule in rules
    )
    return Assignment(
        id=AssignmentId("a"), title="A", version="1", folder=Path("a"), notebooks=("Lab.ipynb",), rules=specs,
        contract=contract, deduction_cap=Decimal(10),
    )  # fmt: skip


def a_submission(
    *sources: str, name: str = "folder", files: Mapping[str, bytes | str] | None = None
) -> Submission:
    return Submission(
        id=SubmissionId("s"), student=StudentId("ab1234"), attempt=1, digest="0" * 64,
        received=datetime(2025, 1, 31, 12, tzinfo=UTC), archive_name=name,
        notebooks={"Lab.ipynb": to_text(notebook_of(*sources), outputs=False)},
        files=tuple(
            SubmittedFile(path=path, content=data if isinstance(data, bytes) else data.encode())
            for path, data in (files or {}).items()
        ),
    )  # fmt: skip


@pytest.fixture
def submission() -> Callable[..., Submission]:
    return a_submission


@pytest.fixture
def assignment() -> Callable[..., Assignment]:
    return an_assignment


@pytest.fixture
def notebook() -> Callable[..., Notebook]:
    return notebook_of


@pytest.fixture
def look() -> Callable[..., Finding | None]:
    """Look at cells with one rule; return its finding or None."""

    def looked(
        rule: str,
        *sources: str,
        name: str = "folder",
        files: Mapping[str, bytes | str] | None = None,
        contract: tuple[str, ...] = (),
        released: Mapping[str, Notebook] | None = None,
        released_files: Mapping[str, str] | None = None,
        **settings: tuple[str, ...],
    ) -> Finding | None:
        spec = RuleSpec(id=RuleId(rule), points=Decimal(2), firmness=Firmness.FIRM, settings=settings)
        found = inspect(
            a_submission(*sources, name=name, files=files),
            released,
            an_assignment(spec, contract=contract),
            released_files=released_files,
        )
        return next((finding for finding in found if finding.rule == rule), None)

    return looked
