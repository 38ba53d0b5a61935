"""The documentation is part of the project: generated pages are current, commands and links are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.cli.documentation import pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = pages(ROOT)
WRITTEN = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "assignments").rglob("*.md")),
]


@pytest.mark.parametrize("page", sorted(PAGES), ids=str)
def test_generated_pages_are_current(page: Path) -> None:
    assert (ROOT / "docs" / page).read_text() == PAGES[page], "run `make docs`"


def test_every_command_has_help() -> None:
    text = PAGES[Path("reference/commands.md")]
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(sections) >= 13
    for section in sections:
        _title, _, meaning, *_ = section.splitlines()
        assert meaning.endswith("."), section[:80]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{target} is not there"
