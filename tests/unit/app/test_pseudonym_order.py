"""Where pseudonyms stand in the place of ids, the order tells nothing: the class in order would name all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.progress import Progress

from autograder.app.campaign_lines import diff_lines
from autograder.app.course_dates import Book
from autograder.app.course_people import roster_lines
from autograder.app.marking_lines import touched_told
from autograder.app.overview import write_overview
from autograder.cli.campaign_ends import show_campaign
from autograder.errors import UsageError
from autograder.model.results import FindingState
from gradebook.book import Gradebook
from gradebook.campaigns.drafting import Drafting
from gradebook.marking.findings import Touched
from tests.unit.gradebook.builders import LAB, SPRING
from tests.unit.gradebook.course_builders import BY_PROF, POLICIES, a_class, hand_in

STUDENTS = [f"stu{number:02}" for number in range(12)]
ABSENT = [f"new{number:02}" for number in range(12)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A gradebook of a class in which half handed in something."""
    made = f"sqlite:///{tmp_path / 'grades.sqlite3'}"
    with Gradebook.open(made) as book:
        a_class(book, [*STUDENTS, *ABSENT])
        for student in STUDENTS:
            hand_in(book, student)
    return made


def in_order(text: str, at_least: int) -> bool:
    """Whether the pseudonyms come in their own order; never that of the ids."""
    found = list(dict.fromkeys(re.findall(r"p-[0-9a-f]{16}", text)))
    assert len(found) >= at_least
    return found == sorted(found)


def page(url: str, tmp_path: Path, assignment: str) -> str:
    with Progress(disable=True) as bar:
        path = write_overview(
            assignment, tmp_path / "page.html", pseudonyms=True, url=url, course=SPRING.course,
            term=SPRING.term, config=None, bar=bar,
        )  # fmt: skip
    return path.read_text()


def test_overviews_list_pseudonyms_in_their_own_order(url: str, tmp_path: Path) -> None:
    assert in_order(page(url, tmp_path, "lab1").partition('id="submissions"')[2], 12)
    assert in_order(page(url, tmp_path, "").partition("Handed in nothing at all")[2], 12)


def test_lists_of_the_class_do_so_too(url: str) -> None:
    roster: Sequence[str] = roster_lines(url, SPRING.course, SPRING.term, None, pseudonyms=True)
    assert in_order("\n".join(roster), 24)
    book = Book(url, SPRING.course, SPRING.term, None)
    assert in_order("\n".join(book.grade_lines("", "", pseudonyms=True)), 24)
    assert [line.split()[0] for line in book.grade_lines("", "", pseudonyms=False)] == sorted(
        [*STUDENTS, *ABSENT]
    )


def test_campaigns_and_decisions_for_a_class_do_so_too(url: str) -> None:
    with Gradebook.open(url) as book:
        text = POLICIES.replace("2026-03-01T12:00:00", "2026-02-27T12:00:00")
        campaign, diff = Drafting(book, SPRING).draft_policies(text, BY_PROF)
        assert in_order("\n".join(diff_lines(campaign, diff, pseudonyms=True)), 12)
        touched = [
            Touched(entry=entry, states=(FindingState.PROPOSED,), total=None)
            for entry in book.scores(SPRING, LAB)
        ]
    told = touched_told(touched, "paths", "waived", blind=True, dry_run=True)
    assert in_order("\n".join(told.lines), 12)
    assert in_order(str(told.records), 12)


def test_no_names_are_told_where_pseudonyms_were_asked_for() -> None:
    with pytest.raises(UsageError, match="names and ids"):
        show_campaign(1, pseudonyms=True, as_json=True)
