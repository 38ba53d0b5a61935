"""The overviews of a whole class in a real browser: plots that can be read, also on a phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from autograder.model.ids import StudentId, SubmissionId
from autograder.reporting.assignment_overview import render_class
from autograder.reporting.course_class import Cut, Named
from autograder.reporting.course_overview import render_course
from autograder.reporting.plots import count_plot
from tests.browser.conftest import PHONE, WIDE, Chromium
from tests.unit.reporting.samples import RECEIVED
from tests.unit.reporting.test_overviews import a_course, a_student, a_whole_class

pytestmark = pytest.mark.browser

OVERLAPPING = """() => [...document.querySelectorAll('svg.plot')].flatMap(plot => {
    const texts = [...plot.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    return texts.flatMap(([a, one], at) => texts.slice(at + 1).filter(([b, two]) =>
        one.left < two.right - 1 && two.left < one.right - 1 &&
        one.top < two.bottom - 3 && two.top < one.bottom - 3
    ).map(([b]) => `${plot.querySelector('title').textContent}: ${a} | ${b}`));
})"""
OUTSIDE = """() => [...document.querySelectorAll('svg.plot')].flatMap(plot => {
    const box = plot.getBoundingClientRect();
    return [...plot.querySelectorAll('text')].filter(t => {
        const one = t.getBoundingClientRect();
        return one.left < box.left - 1 || one.right > box.right + 1 || one.bottom > box.bottom + 1;
    }).map(t => t.textContent);
})"""
LETTERS = (
    ("A", 93),
    ("A-", 90),
    ("B+", 87),
    ("B", 83),
    ("B-", 80),
    ("C+", 77),
    ("C", 70),
    ("D", 60),
    ("F", 0),
)


def assignment(number: int = 200) -> str:
    """Students of whom a fifth has a second attempt some days later."""
    found = a_whole_class(number)
    again = tuple(
        replace(
            piece, counts=False,
            graded=replace(
                piece.graded, attempt=2, received=RECEIVED + timedelta(hours=n),
                student=StudentId(piece.name), submission=SubmissionId(f"{piece.name}-2"),
            ),
        )
        for n, piece in enumerate(found.pieces[::5])
    )  # fmt: skip
    return render_class(replace(found, pieces=(*found.pieces, *again)))


def course() -> str:
    made = a_course(
        *(a_student(f"s{n}", 40 + (n * 37) % 61, LETTERS[n % 9][0], late_days=n % 4) for n in range(200))
    )
    return render_course(
        replace(
            made,
            letters=tuple(Cut(name, float(start)) for name, start in LETTERS),
            assignments=(Named("lab1", "Fine-tuning for financial sentiment with LoRA"),),
        )
    )


PAGES = pytest.mark.parametrize("page", [assignment, course], ids=lambda page: page.__name__)


@PAGES
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_no_words_of_a_plot_lie_on_each_other_or_are_cut(
    page: Callable[[], str], width: int, chromium: Chromium
) -> None:
    def look(opened: object) -> list[list[str]]:
        return [opened.evaluate(OVERLAPPING), opened.evaluate(OUTSIDE)]  # type: ignore[attr-defined]

    assert chromium.look(page(), look, width=width) == [[], []]


@PAGES
def test_a_plot_is_as_wide_as_it_may_be_and_has_its_parts(
    page: Callable[[], str], chromium: Chromium
) -> None:
    sizes = "[...document.querySelectorAll('svg.plot')].map(p => p.getBoundingClientRect().width)"
    widths = chromium.look(page(), lambda opened: opened.evaluate(sizes), width=PHONE)
    assert len(widths) >= 4
    assert all(200 < width <= PHONE for width in widths)


def test_the_page_from_a_gradebook_breaks_no_rule_of_accessibility(chromium: Chromium) -> None:
    """With lateness, grades and attempts that do not count; other pages are looked at elsewhere."""
    assert chromium.violations(assignment(30), width=PHONE, dark=True) == []


def test_words_that_lie_on_each_other_would_be_found(chromium: Chromium) -> None:
    """Otherwise the test above could not fail."""
    plot = count_plot("p", [(f"label {n}", n) for n in range(30)], title="Too many", unit="kinds")
    found = chromium.look(f"<!doctype html>{plot}", lambda opened: opened.evaluate(OVERLAPPING), width=PHONE)
    assert any("label 3 | label 4" in line for line in found)
