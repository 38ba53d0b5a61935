"""Every page in a real browser: readable for everybody, on a phone, on paper, without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from autograder.reporting.html import PAGE_BYTES
from tests.browser.conftest import PAPER, PHONE, WIDE, Chromium
from tests.browser.every_page import FLOODED, PAGES

pytestmark = pytest.mark.browser

Page = Callable[[], str]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)

CUT = """() => [...document.querySelectorAll('body *')].filter(e => {
    const style = getComputedStyle(e);
    const hides = v => ['hidden', 'auto', 'scroll', 'clip'].includes(v);
    return e.clientWidth > 1 && ((hides(style.overflowX) && e.scrollWidth > e.clientWidth + 1)
        || (hides(style.overflowY) && e.scrollHeight > e.clientHeight + 1));
}).map(e => e.outerHTML.slice(0, 120))"""
BEYOND = """width => [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && !e.closest('.skip') && (box.right > width + 1 || box.left < -1);
}).map(e => e.outerHTML.slice(0, 120))"""
ONLY_CONTRAST = {"runOnly": ["color-contrast"]}
FOLDED = """() => [...document.querySelectorAll('details > :not(summary)')].filter(
    e => !e.checkVisibility({contentVisibilityAuto: true}) || e.getBoundingClientRect().height === 0
).map(e => e.outerHTML.slice(0, 120))"""


@every_page
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_breaks_no_rule_of_accessibility(page: Page, dark: bool, chromium: Chromium) -> None:
    assert chromium.violations(page(), width=WIDE, dark=dark) == []


@every_page
def test_a_page_breaks_no_rule_of_accessibility_on_a_phone(page: Page, chromium: Chromium) -> None:
    assert chromium.violations(page(), width=PHONE) == []


def test_a_broken_rule_would_be_found(chromium: Chromium) -> None:
    """Otherwise the tests above could not fail."""
    page = "<!doctype html><title>x</title><main><img src='data:,'><p style='color:#aaa'>pale</p></main>"
    found = chromium.violations(page)
    assert {line.split(" ")[0] for line in found} >= {"image-alt", "color-contrast", "html-has-lang"}


@every_page
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_no_page_scrolls_sideways(page: Page, width: int, chromium: Chromium) -> None:
    measured = chromium.look(
        page(), lambda opened: opened.evaluate("document.documentElement.scrollWidth"), width=width
    )
    assert measured <= width


@every_page
def test_nothing_is_cut_on_paper_and_all_of_it_can_be_read(page: Page, chromium: Chromium) -> None:
    """Folded parts are open, and letters are dark on white whatever the reader's screen is set to."""

    def look(opened: Any) -> list[Any]:
        cut = [opened.evaluate(CUT), opened.evaluate(BEYOND, PAPER), opened.evaluate(FOLDED)]
        found = chromium.axe.run(opened, options=ONLY_CONTRAST).response["violations"]
        pages = len(re.findall(rb"/Type\s*/Page\b", opened.pdf(format="A4")))
        return [*cut, [one["nodes"][0]["html"] for one in found], 1 <= pages < 60]

    paper = chromium.look(page(), look, width=PAPER, printed=True, dark=True)
    assert paper == [[], [], [], [], True]


@every_page
def test_a_page_is_one_file_that_asks_for_nothing(page: Page, chromium: Chromium) -> None:
    asked: list[str] = []

    def look(opened: Any) -> list[str]:
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: asked.append(message.text))
        opened.reload()
        broken = "[...document.images].filter(i => !i.naturalWidth).map(i => i.outerHTML.slice(0, 80))"
        found: list[str] = opened.evaluate(broken)
        return found

    assert chromium.look(page(), look) == []
    outside = [url for url in asked if not url.startswith(("file://", "data:"))]
    assert (outside, sum(url.startswith("file://") for url in asked)) == ([], 1)


@pytest.mark.parametrize("page", FLOODED, ids=lambda page: page.__name__)
def test_a_flood_of_pictures_and_text_fits_a_small_page_that_says_so(page: Page, chromium: Chromium) -> None:
    made = page()
    assert len(made.encode()) <= PAGE_BYTES
    said = re.search(
        r"To keep this page under 2 MB: (\d+) pictures made smaller; (\d+) texts shortened\.", made
    )
    assert said is not None
    assert int(said[1]) >= 50 and int(said[2]) >= 50
    pictures = "[...document.images].filter(i => i.naturalWidth > 20).length"
    assert chromium.look(made, lambda opened: opened.evaluate(pictures)) == int(said[1])
