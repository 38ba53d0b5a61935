"""The reference pages of the configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from autograder.config.reference import ASSIGNMENT_TABLES, MACHINE_TABLES, pages

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("path", pages(), ids=str)
def test_the_committed_page_is_current(path: Path) -> None:
    assert (DOCS / path).read_text() == pages()[path], "run `make docs`"


@pytest.mark.parametrize(
    "table", [table for _, table in (*ASSIGNMENT_TABLES, *MACHINE_TABLES)], ids=lambda table: table.__name__
)
def test_every_key_says_what_it_means(table: type[BaseModel]) -> None:
    undescribed = [name for name, field in table.model_fields.items() if not field.description]
    assert not undescribed


def test_every_table_that_can_be_written_has_its_section() -> None:
    from autograder.config import assignment_tables, machine, run_tables

    documented = {table for _, table in (*ASSIGNMENT_TABLES, *MACHINE_TABLES)}
    defined = {
        value
        for module in (assignment_tables, machine, run_tables)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    }
    assert defined - documented <= {assignment_tables.RubricFile}
