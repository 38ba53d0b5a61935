"""A version that no folder has is named with when it was recorded, and by which campaign."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.config.assignment_file import load
from gradebook.archive.contents import version_origins
from gradebook.book import Gradebook
from tests.unit.app.test_campaigns import BAR, Term


def test_a_version_is_known_by_its_time_and_its_campaign(tmp_path: Path) -> None:
    term = Term(tmp_path)
    first = load(term.lab).version
    term.worth("new-numbers", "2")
    second = load(term.lab).version
    made = term.drafter().score(term.lab, None, BAR)
    term.campaigns.apply(made.campaign.id, BAR)
    with Gradebook.open(term.url) as book, book.reading() as db:
        origins = {version: told for (_, version), told in version_origins(db).items()}
    when = r"recorded [-\d]{10} [:\d]{5} UTC"
    assert re.fullmatch(when, origins[first])
    assert re.fullmatch(f"{when} by campaign {made.campaign.id}", origins[second])
