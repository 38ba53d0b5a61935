"""What campaigns and policies tell before a correction gets lost: other checks, dry runs, mistyped names."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.app.campaign_checks import refuse_other_checks
from autograder.app.campaign_lines import applied_lines, draft_lines, undone_lines
from autograder.app.course_dates import Book
from autograder.app.layouts import layout_of
from autograder.cli.commands import application
from autograder.config.assignment_file import load
from autograder.errors import GraderError, UsageError
from autograder.model.graded import GradedSubmission
from gradebook.campaigns.values import CampaignState
from gradebook.layout import Layout
from gradebook.reading import Version
from gradebook.sheet import sheet_of
from tests.unit.app.test_campaigns import BAR, POLICIES, Term
from tests.unit.gradebook.builders import SPRING

TYPO = POLICIES.replace("assignments.lab ", "assignments.laab ")


@pytest.fixture
def term(tmp_path: Path) -> Term:
    return Term(tmp_path)


def corrected(term: Term) -> None:
    """Correct a check."""
    file = term.lab / "checks" / "test_lab.py"
    file.write_text(file.read_text() + "\n# either standard deviation is right\n")


def test_new_points_for_results_of_other_checks_are_refused(term: Term) -> None:
    term.worth("new-numbers", "2")
    corrected(term)
    with pytest.raises(UsageError, match=r"the check code differs too \(checks/test_lab.py\)") as refused:
        term.drafter().score(term.lab, term.results.root, BAR)
    assert "regrade judge ASSIGNMENT RESULTS" in refused.value.hint
    assert term.campaigns.all() == ()


def test_new_points_are_refused_too_after_an_earlier_campaign_on_points(term: Term) -> None:
    term.worth("new-numbers", "2")
    term.campaigns.apply(term.drafter().score(term.lab, None, BAR).campaign.id, BAR)
    corrected(term)
    with pytest.raises(UsageError, match="the check code differs too"):
        term.drafter().score(term.lab, None, BAR)


def test_where_nothing_ran_or_nothing_is_known_of_the_checks_nothing_is_compared(term: Term) -> None:
    one = next(iter(term.results.all_graded()))
    corrected(term)
    unknown = replace(one, provenance=replace(one.provenance, check_digests={}))
    refuse_other_checks([replace(one, run_outcome=None), unknown], {}, load(term.lab))


def in_version(term: Term, layout: Layout | None) -> tuple[GradedSubmission, dict[str, Version]]:
    one, assignment = next(iter(term.results.all_graded())), load(term.lab)
    return one, {one.provenance.assignment_version: Version("Lab", sheet_of(assignment), layout)}


def test_a_changed_test_cell_is_named(term: Term) -> None:
    assignment = load(term.lab)
    layout = layout_of(assignment)
    assert layout is not None
    refuse_other_checks(*_listed(in_version(term, layout)), assignment)
    cells = tuple(
        replace(cell, source=replace(cell.source, text="assert True")) if cell.source else cell
        for cell in layout.cells
    )
    with pytest.raises(UsageError, match=r"differs too \(cell "):
        refuse_other_checks(*_listed(in_version(term, replace(layout, cells=cells))), assignment)


def _listed(
    found: tuple[GradedSubmission, dict[str, Version]],
) -> tuple[list[GradedSubmission], dict[str, Version]]:
    return [found[0]], found[1]


def test_a_dry_run_of_an_undo_says_nothing_as_if_it_were_done(term: Term) -> None:
    term.worth("new-numbers", "2")
    number = term.drafter().score(term.lab, term.results.root, BAR).campaign.id
    done = applied_lines(term.campaigns.apply(number, BAR))
    assert done[-1].endswith("(with --published if grades were published)")
    tried = term.campaigns.undo(number, BAR, dry_run=True)
    assert tried.campaign.state is CampaignState.APPLIED
    lines = undone_lines(tried, dry_run=True)
    assert lines[-1] == "dry run: nothing was undone"
    assert "2 students would have another grade" in lines
    assert not any("undone 20" in line or "follow with" in line for line in lines)


def test_a_dry_run_of_an_undo_that_was_done_moves_no_files(term: Term) -> None:
    term.worth("new-numbers", "2")
    number = term.drafter().score(term.lab, term.results.root, BAR).campaign.id
    term.campaigns.apply(number, BAR)
    away = term.results.root.rename(term.results.root.with_name("away"))
    term.campaigns.undo(number, BAR, dry_run=False)
    away.rename(term.results.root)
    with pytest.raises(GraderError, match="is undone, not applied"):
        term.campaigns.undo(number, BAR, dry_run=True)
    assert {one.score.total for one in term.results.all_graded() if one.score} == {10, 8}


def typed(term: Term, *words: str) -> tuple[int, str]:
    where = ("--gradebook", term.url, "--course", SPRING.course, "--term", SPRING.term)
    done = CliRunner().invoke(application, [*words, *where])
    return done.exit_code, done.output + str(done.exception or "")


def test_dry_runs_need_nobody_and_everything_else_does(term: Term, tmp_path: Path) -> None:
    term.worth("new-numbers", "2")
    softer = tmp_path / "softer.toml"
    softer.write_text(POLICIES + "assignments.lab2 = { category = 'labs' }\n")
    drafts = ("regrade", "score", str(term.lab)), ("regrade", "policies", str(softer))
    for words in (*drafts, ("gradebook", "policies", "store", str(softer))):
        assert typed(term, *words, "--dry-run")[0] == 0, words
        assert "say who decides, and why" in typed(term, *words)[1]
    number = term.drafter().score(term.lab, None, BAR).campaign.id
    term.campaigns.apply(number, BAR)
    assert "dry run: nothing was undone" in typed(term, "regrade", "undo", str(number), "--dry-run")[1]
    assert "say who decides, and why" in typed(term, "regrade", "undo", str(number))[1]
    assert term.campaigns.all()[0].state is CampaignState.APPLIED


def test_policies_that_must_not_lower_do_not_ask_for_another_selection(term: Term, tmp_path: Path) -> None:
    harder = tmp_path / "harder.toml"
    harder.write_text(TYPO)
    with pytest.raises(GraderError, match="the grade would fall for: anna, bert") as refused:
        term.drafter(forbid_lowering=True).policies(harder, BAR)
    assert "selection" not in refused.value.hint and "Policies hold for all" in refused.value.hint


@pytest.mark.parametrize("dry_run", [True, False])
def test_policies_that_miss_what_was_handed_in_say_so(term: Term, tmp_path: Path, dry_run: bool) -> None:
    book = Book(term.url, SPRING.course, SPRING.term, None, "prof", "syllabus")
    told = "lab has 2 submissions and is not in these policies"
    file = tmp_path / "policies.toml"
    file.write_text(POLICIES)
    assert told not in book.store_policies(file, dry_run=dry_run)
    file.write_text(TYPO)
    assert told in book.store_policies(file, dry_run=dry_run)


def test_the_first_policies_can_be_tried_without_a_gradebook(tmp_path: Path) -> None:
    file = tmp_path / "policies.toml"
    file.write_text(POLICIES)
    book = Book(f"sqlite:///{tmp_path / 'none.sqlite3'}", SPRING.course, SPRING.term, None)
    assert book.store_policies(file, dry_run=True) == ["dry run: nothing stored"]
    assert not (tmp_path / "none.sqlite3").exists()


def test_the_printed_commands_are_refused_until_names_and_reasons_are_written(term: Term) -> None:
    term.worth("new-numbers", "2")
    lines = draft_lines(term.drafter().score(term.lab, None, BAR), kept=True)
    printed = [shlex.split(command) for command in re.findall(r"`autograder (.*?)`", "\n".join(lines))]
    assert [words[1] for words in printed] == ["apply", "cancel"]
    for words in printed:
        assert "--by still says NAME" in typed(term, *words)[1]
    done = ["prof" if word == "NAME" else "agreed" if word == "REASON" else word for word in printed[0]]
    assert typed(term, *done)[0] == 0
    assert term.campaigns.all()[0].state is CampaignState.APPLIED
