"""One browser for all tests of pages: the system's Chromium, driven from a thread of its own.

Playwright keeps an event loop running in its thread; in the tests' own thread it would stop everything else
that wants to run one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

Result = TypeVar("Result")
WIDE, PHONE, PAPER = 1200, 360, 718
"""Widths in CSS pixels; paper is A4 with margins of 10 mm."""


class Chromium:
    """Opens a page and does something with it. `browser` and `axe` belong to the thread."""

    def __init__(self, thread: ThreadPoolExecutor, browser: Any, axe: Any, folder: Path) -> None:
        self.thread, self.browser, self.axe, self.folder = thread, browser, axe, folder
        self.number = 0

    def look(
        self,
        page: str,
        do: Callable[[Any], Result],
        *,
        width: int = WIDE,
        dark: bool = False,
        printed: bool = False,
    ) -> Result:
        """What `do` finds out about the opened page."""
        self.number += 1
        file = self.folder / f"page-{self.number}.html"
        file.write_text(page, encoding="utf-8")

        def look() -> Result:
            # The page's policy would also stop the test's own questions; a test of its own tests the policy.
            context = self.browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                bypass_csp=True,
                offline=True,
                reduced_motion="reduce",
            )
            try:
                opened = context.new_page()
                if printed:
                    opened.emulate_media(media="print")
                opened.goto(file.as_uri())
                return do(opened)
            finally:
                context.close()

        return self.thread.submit(look).result(timeout=120)

    def violations(self, page: str, **how: Any) -> list[str]:
        """The rules of axe-core that the page breaks, each with its first place."""

        def ask(opened: Any) -> list[str]:
            found = self.axe.run(opened).response["violations"]
            return [f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:200]}" for one in found]

        return self.look(page, ask, **how)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """The browser."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program is not None

    def start() -> tuple[Any, Any]:
        playwright = sync_playwright().start()
        return playwright, playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])

    with ThreadPoolExecutor(max_workers=1) as thread:
        playwright, browser = thread.submit(start).result(timeout=120)
        try:
            yield Chromium(thread, browser, Axe(), tmp_path_factory.mktemp("pages"))
        finally:
            thread.submit(browser.close).result(timeout=60)
            thread.submit(playwright.stop).result(timeout=60)
