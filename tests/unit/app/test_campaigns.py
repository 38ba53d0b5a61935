"""Drafts made from an assignment's folder, a gradebook and a results folder; no notebook runs."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.progress import Progress

from autograder.app.campaign_ends import Campaigns
from autograder.app.campaign_lines import diff_lines, draft_lines, to_json
from autograder.app.campaign_selection import selection_of
from autograder.app.campaigns import Drafter
from autograder.app.course_dates import Book
from autograder.app.decided import decided_in
from autograder.app.records import score_lines
from autograder.app.results_folder import ResultsFolder
from autograder.authoring.scaffold import new
from autograder.checks.folder import digest
from autograder.config.assignment_file import load
from autograder.errors import GraderError, UsageError
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from autograder.reporting.assignment_overview import render_overview
from autograder.reporting.html import render_staff
from gradebook.book import Gradebook
from gradebook.campaigns.values import CampaignKind
from gradebook.course_book import CourseBook
from tests.unit.gradebook.builders import BY_TA, SPRING, a_graded
from tests.unit.gradebook.course_builders import BY_PROF

BAR = Progress(disable=True)
POLICIES = """
zone = "America/New_York"
categories.labs.weight = 100
assignments.lab = { category = "labs" }
"""


class Term:
    """A gradebook with two students' work, the assignment's folder and the results folder."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'grades.sqlite3'}"
        self.lab, self.results = folder / "lab", ResultsFolder(folder / "graded")
        new(self.lab)
        assignment = load(self.lab)
        with Gradebook.open(self.url) as book:
            for student, outcome in (("anna", CheckOutcome.PASSED), ("bert", CheckOutcome.FAILED)):
                graded = a_graded(
                    submission=f"{student}-1", student=student, digest=student, assignment=assignment,
                    outcomes={"new-numbers": outcome}, run_key=f"run of {student}",
                )  # fmt: skip
                kinds = {spec.id: spec.kind for spec in assignment.checks}
                results = tuple(replace(one, kind=kinds[one.check_id]) for one in graded.results)
                provenance = replace(graded.provenance, check_digests=digest(self.lab / "checks"))
                graded = replace(graded, results=results, provenance=provenance)
                book.record(graded, assignment, SPRING)
                self.results.save(graded)
            CourseBook(book, SPRING).store_policies(POLICIES, BY_PROF)

    def drafter(self, **how: object) -> Drafter:
        return Drafter(self.url, SPRING.course, SPRING.term, None, "prof", "too dear", **how)  # type: ignore[arg-type]

    @property
    def campaigns(self) -> Campaigns:
        return Campaigns(self.url, SPRING.course, SPRING.term, None, "prof", "agreed")

    def worth(self, check: str, points: str) -> None:
        """Change what a check is worth."""
        toml = self.lab / "assignment.toml"
        start, text = rf'(id = "{check}"\n(?:.+\n)*?points = )\d+', toml.read_text()
        changed, number = re.subn(start, rf"\g<1>{points}", text)
        assert number == 1
        toml.write_text(changed)

    def list(self) -> list[str]:
        return score_lines("lab", self.url, SPRING.course, SPRING.term, None)

    def counts(self) -> dict[str, Decimal | None]:
        """What `report` says that counts, from the results folder and the gradebook."""
        decided = decided_in(self.url, SPRING.course, SPRING.term, None, load(self.lab).id)
        found = filter(None, map(decided, self.results.all_graded()))
        return {str(one.submission): None if one.score is None else one.score.total for one in found}


@pytest.fixture
def term(tmp_path: Path) -> Term:
    return Term(tmp_path)


@pytest.mark.parametrize("with_folder", [True, False])
def test_what_counts_is_on_the_pages_with_and_without_the_results_folder(
    term: Term, with_folder: bool
) -> None:
    term.worth("new-numbers", "2")
    made = term.drafter().score(term.lab, term.results.root if with_folder else None, BAR)
    assert made.campaign.kind is CampaignKind.SCORE
    assert term.counts() == {"anna-1": 12, "bert-1": 8}
    done = term.campaigns.apply(made.campaign.id, BAR)
    assert done.elsewhere == ()
    assert term.counts() == {"anna-1": 10, "bert-1": 8}
    assert term.campaigns.undo(made.campaign.id, BAR, dry_run=False).elsewhere == ()
    assert term.counts() == {"anna-1": 12, "bert-1": 8}


def test_files_that_did_not_follow_do_so_when_the_command_is_given_again(term: Term, tmp_path: Path) -> None:
    term.worth("new-numbers", "2")
    made = term.drafter().score(term.lab, term.results.root, BAR)
    away = term.results.root.rename(tmp_path / "away")
    done = term.campaigns.apply(made.campaign.id, BAR)
    assert set(done.elsewhere) == {"anna-1", "bert-1"}
    away.rename(term.results.root)
    again = term.campaigns.apply(made.campaign.id, BAR)
    assert again.diff is None and again.elsewhere == ()
    totals = {one.submission: one.score.total for one in term.results.all_graded() if one.score}
    assert totals == {"anna-1": 10, "bert-1": 8}
    with pytest.raises(GraderError, match="is applied, not a draft"):
        term.campaigns.apply(made.campaign.id, BAR)


def test_a_cancelled_draft_leaves_no_files(term: Term) -> None:
    term.worth("new-numbers", "2")
    made = term.drafter().score(term.lab, term.results.root, BAR)
    assert list(term.results.root.glob(".regrades/*/after/*/result.json"))
    term.campaigns.cancel(made.campaign.id)
    assert not list(term.results.root.glob(".regrades/*"))


def test_a_refused_draft_leaves_no_files(term: Term) -> None:
    term.worth("new-numbers", "2")
    with Gradebook.open(term.url) as book:
        CourseBook(book, SPRING).award_extra("lab", "bert", "a plot", Decimal(2), BY_PROF)
    toml = POLICIES.replace('category = "labs" }', 'category = "labs", extras_points = 2 }')
    with Gradebook.open(term.url) as book:
        CourseBook(book, SPRING).store_policies(toml, BY_PROF)
    term.worth("standardise.examples", "9")
    with pytest.raises(GraderError, match="the grade would fall for: bert"):
        term.drafter(forbid_lowering=True, selection=selection_of(students=["anna"])).score(
            term.lab, term.results.root, BAR
        )
    assert not list(term.results.root.glob(".regrades/*"))


def test_where_nothing_would_change_no_draft_is_made(term: Term) -> None:
    with pytest.raises(UsageError, match=r"no draft was made: nothing would change \(such as anna-1\)"):
        term.drafter().score(term.lab, None, BAR)


def test_a_check_that_was_never_judged_is_named(term: Term) -> None:
    toml = term.lab / "assignment.toml"
    more = (
        '[[checks]]\nid = "new-check"\nkind = "pytest"\nassurance = "separated"\npoints = 1\ntitle = "New"\n'
    )
    toml.write_text(toml.read_text().replace("[guidelines]", f"{more}\n[guidelines]"))
    checks = term.lab / "checks" / "test_lab.py"
    checks.write_text(
        checks.read_text() + '\n\n@check("new-check")\ndef new_check(student):\n    """New."""\n'
    )
    with pytest.raises(UsageError, match="never judged: new-check; `autograder regrade judge` or `run` can"):
        term.drafter().score(term.lab, None, BAR)


def test_a_folder_without_results_is_refused(term: Term, tmp_path: Path) -> None:
    term.worth("new-numbers", "2")
    with pytest.raises(UsageError, match="holds no results of lab"):
        term.drafter().score(term.lab, tmp_path / "elsewhere", BAR)


def test_lines_say_what_changes_what_hides_it_and_what_comes_next(term: Term) -> None:
    with Gradebook.open(term.url) as book:
        anna = book.scores(SPRING, load(term.lab).id)[0]
        book.record_manual_points(anna.score_id, CheckId("new-numbers"), Decimal(1), BY_TA)
    term.worth("new-numbers", "2")
    made = term.drafter(selection=selection_of(students=["anna"], counting=True)).score(term.lab, None, BAR)
    lines = draft_lines(made, kept=True)
    assert lines[1:4] == [
        "selected: students anna; attempts that count; 1 submission, 1 change",
        "anna-1  anna  attempt 1  9/12 -> 9/10",
        "  new-numbers: passed, 4 -> 2; hidden, 1 by hand: ta7, read it twice",
    ]
    assert "  anna  lab 9/12 -> 9/10  course 75 % -> 90 %" in lines
    assert lines[-2:] == [
        "apply it: `autograder regrade apply 1 --by NAME --reason REASON`",
        "give it up: `autograder regrade cancel 1 --by NAME --reason REASON`",
    ]
    told = to_json(made.campaign, made.diff)
    assert told["submissions"][0]["checks"][0]["hidden_by"] == "ta7"
    assert told["students"][0]["after"]["lab"] == {
        "points": "9", "maximum": "10", "state": "graded", "failed": False,
    }  # fmt: skip
    hidden = "\n".join(diff_lines(made.campaign, made.diff, pseudonyms=True))
    assert "anna" not in hidden.replace("regrade", "")


def test_grades_of_an_older_version_are_marked(term: Term) -> None:
    term.worth("new-numbers", "2")
    made = term.drafter(selection=selection_of(students=["bert"])).score(term.lab, None, BAR)
    term.campaigns.apply(made.campaign.id, BAR)
    assert [line.endswith("older version") for line in term.list()] == [True, False]
    book = Book(term.url, SPRING.course, SPRING.term, None)
    anna, bert = book.grade_lines("", "", pseudonyms=False)
    assert "lab 10 (older version)" in anna and "older" not in bert


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"statuses": ["done"]}, "there is no status 'done'"),
        ({"outcomes": ["q2"]}, "'q2' is no outcome of a check"),
        ({"outcomes": ["q2=wrong"]}, "there is no outcome 'wrong'"),
    ],
)
def test_a_selection_that_makes_no_sense_is_explained(asked: dict[str, list[str]], error: str) -> None:
    with pytest.raises(UsageError, match=error):
        selection_of(**asked)  # type: ignore[arg-type]


def test_staff_see_on_the_pages_which_grades_are_of_an_older_version(term: Term) -> None:
    anna = next(iter(term.results.all_graded()))
    now, badge = load(term.lab), "older version of the assignment"
    assert badge not in render_staff(anna, None, now) and badge not in render_overview([anna], now)
    term.worth("new-numbers", "2")
    later = load(term.lab)
    assert badge in render_staff(anna, None, later) and badge in render_overview([anna], later)
