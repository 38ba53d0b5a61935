"""The review page: what is to be decided stands beside the notebook, and links lead to the right cells."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from autograder.model.ids import CheckId, RuleId
from autograder.reporting.blinding import Person, blinded
from autograder.reporting.html import PAGE_BYTES
from autograder.reporting.review_page import anchor_of_check, pages_of, render_review, render_review_index
from autograder.reporting.review_values import (
    Command,
    IndexFinding,
    IndexPiece,
    IndexQuestion,
    Neighbour,
    Review,
    ReviewIndex,
    RubricLine,
    ToMark,
)
from tests.unit.reporting.samples import (
    ALERT,
    NOTEBOOK,
    a_graded,
    a_spec,
    an_assignment,
    an_execution,
    stored,
)
from tests.unit.reporting.test_pages import Reader, flood

DISCUSSION = CheckId("part2.discussion")
ITEMS = (
    RubricLine(id="compares", text="Compares both", points=Decimal(4), comment="Well compared", chosen=True),
    RubricLine(id="errors", text="Looks at errors", points=Decimal(1)),
)
COMMAND = Command(what="Mark by the rubric", line="autograder marking mark 12:part2.discussion --item ...")
MARK = ToMark(
    rubric=ITEMS, waiting=False, marked_by="ta7", held_by="ta8", place=3, of=24, commands=(COMMAND,),
    before=Neighbour(name="P-002", link="P-002.html#x"), after=Neighbour(name="P-004", link="P-004.html#x"),
)  # fmt: skip


def a_review(**changes: object) -> Review:
    given: dict[str, object] = {"name": "P-003", "index": "index.html", "to_mark": {DISCUSSION: MARK}}
    return Review(**{**given, **changes})  # type: ignore[arg-type]


def a_page(**changes: object) -> str:
    return render_review(a_graded(), an_execution(), an_assignment(), a_review(**changes), stored=stored())


def an_index(**changes: object) -> ReviewIndex:
    pieces = tuple(
        IndexPiece(name=f"P-{n:03}", attempt=1, link=f"P-{n:03}.html#check", waiting=n != 2, points=None)
        for n in (3, 1, 2)
    )
    question = IndexQuestion(check=DISCUSSION, title="Discussion", most=Decimal(5), pieces=pieces)
    rule = IndexFinding(
        rule=RuleId("paths"), points=Decimal(2), pieces=(Neighbour(name="P-001", link="P-001.html#paths"),),
        commands=(Command(what="For the whole class", line="decide paths --all"),),
    )  # fmt: skip
    given: dict[str, object] = {
        "title": "Fine-tuning", "blind": False, "questions": (question,), "findings": (rule,), "others": (),
    }  # fmt: skip
    return ReviewIndex(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("page", [a_page(), render_review_index(an_index())], ids=["page", "index"])
def test_a_review_page_is_well_formed_and_runs_nothing(page: str) -> None:
    read = Reader(page)
    assert (read.open, read.wrong) == ([], [])
    assert not {name for name, _ in read.tags} & {"script", "iframe", "object", "form", "link"}
    assert "default-src 'none'" in page


def test_every_link_inside_the_page_leads_somewhere() -> None:
    read = Reader(a_page())
    ids = [given["id"] for _, given in read.tags if "id" in given]
    assert len(ids) == len(set(ids))
    inside = [str(given["href"])[1:] for name, given in read.tags if name == "a" and given["href"][:1] == "#"]
    assert len(inside) > 12
    assert set(inside) <= set(ids)


@pytest.mark.parametrize(
    "link",
    [
        'href="#cell-1-8">cell 8</a>',  # the check's own test cell
        'href="#check-part2.count">The number of added weights</a>',  # and back
        f'href="#cell-1-2">{NOTEBOOK}, cell 2, line 3</a>',  # a place of a finding
        'href="#finding-paths">paths</a>',
        'href="P-002.html#x">before: P-002</a>',
        'href="P-004.html#x">next: P-004</a>',
        'href="index.html">Review</a>',
    ],
)
def test_checks_findings_and_cells_lead_to_each_other(link: str) -> None:
    assert link in a_page()


@pytest.mark.parametrize(
    "words",
    [
        "Compares both", "Well compared", 'aria-label="chosen"', "marked by ta7", "with ta8 now",
        "Piece 3 of 24",
        "autograder marking mark 12:part2.discussion", "Look at this first", "22,701,152", "As handed in",
        "1 question to the notebook", "predict_sentiment(",
    ],
)  # fmt: skip
def test_a_page_shows_rubric_state_commands_evidence_and_notebook(words: str) -> None:
    assert words in a_page()


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "../x.html", "/etc/x.html", "x.html#a b", "x", "//x.html", ""]
)
def test_a_link_leads_to_a_page_beside_this_one_or_nowhere(link: str) -> None:
    with pytest.raises(ValueError, match="no page beside"):
        Neighbour(name="x", link=link)
    with pytest.raises(ValueError, match="no page beside"):
        IndexPiece(name="x", attempt=1, link=link, waiting=True, points=None)


def test_without_a_gradebook_the_assignment_s_own_rubric_is_shown() -> None:
    page = a_page(to_mark={})
    item = next(spec for spec in an_assignment().checks if spec.id == DISCUSSION).rubric[0]
    assert item.text in page
    assert "Piece" not in page


def test_a_blind_page_says_no_submission_and_no_time() -> None:
    graded = a_graded()
    hidden = blinded(Person(pseudonym="P-003"), graded, an_execution())
    page = render_review(hidden.graded, hidden.execution, an_assignment(), a_review(blind=True))
    assert "marked blind" in page
    assert graded.submission not in page
    assert graded.student not in page
    assert "21:58" not in page


def test_words_of_students_cannot_become_markup() -> None:
    graded = a_graded(
        results=tuple(replace(r, message=ALERT, staff_message=ALERT) for r in a_graded().results),
        findings=tuple(replace(f, message=ALERT) for f in a_graded().findings),
    )
    review = a_review(name=ALERT, changes=(ALERT,))
    page = render_review(graded, an_execution(), an_assignment(title=ALERT), review)
    assert "<script" not in page and "<img src=x" not in page


def test_a_review_page_stays_small() -> None:
    executed, handed_in = flood()
    page = render_review(
        a_graded(), an_execution(executed={NOTEBOOK: executed}), an_assignment(), a_review(),
        stored={NOTEBOOK: handed_in},
    )  # fmt: skip
    assert len(page.encode()) <= PAGE_BYTES
    assert "To keep this page under 2 MB" in page


def test_a_submission_that_never_ran_has_a_page() -> None:
    assert "No notebook was run" in render_review(a_graded(), None, an_assignment(), a_review())


def test_the_index_keeps_the_order_of_the_queue_and_counts_what_waits() -> None:
    page = render_review_index(an_index())
    assert re.findall(r">(P-\d+)</a>", page)[:3] == ["P-003", "P-001", "P-002"]
    assert "2 of 3 pieces wait to be marked; 1 finding to decide." in page
    assert "decide paths --all" in page


def test_pages_have_names_of_their_own() -> None:
    assert pages_of(["a/b", "a_b", "index", "..", "../x", "-y"]) == {
        "a/b": "a_b.html", "a_b": "a_b-2.html", "index": "index-2.html", "..": "_.html", "../x": "_x.html",
        "-y": "y.html",
    }  # fmt: skip


def test_a_check_s_place_on_the_page_is_a_name_for_an_address() -> None:
    assert anchor_of_check(CheckId('a "b"/c')) == "check-a--b--c"
    checks = (*an_assignment().checks, a_spec("a b", "Spaces", "1"))
    page = render_review(a_graded(), None, an_assignment(checks=checks), a_review())
    assert 'id="check-a-b"' in page
