"""Cells that try many ways to get at something, and say so in words that stand in no source text."""

from __future__ import annotations

from collections.abc import Mapping

from tests.adversarial.harness import Batch

_CELL = """
def _try_all(ways, title):
    for name, code in ways.items():
        space = {{"__name__": "__main__", "got": None}}
        try:
            exec(code, space)
        except (SyntaxError, NameError) as error:
            print("MIS" + "TAKE:", name, error)
        except BaseException as error:
            print("refused:", name, type(error).__name__)
        if space["got"]:
            print("GOT" + "CHA:", name, repr(space["got"])[:300])
    print("TRI" + "ED:", title, len(ways))
_try_all({ways!r}, {title!r})
"""


def tries(title: str, ways: Mapping[str, str]) -> str:
    """A cell that runs every piece of code. Each binds `got` to what it got, or raises."""
    return _CELL.format(ways=dict(ways), title=title)


def assert_all_refused(batch: Batch, case: str, *titles: str) -> None:
    """All attempts of a case were made as they were meant, and none got anything."""
    page = batch.attacks[case].staff_page
    for title in titles:
        assert f"TRIED: {title}" in page, f"{case}: {title} did not run to its end"
    for word in ("GOTCHA:", "MISTAKE:"):
        place = page.find(word)
        assert place < 0, f"{case}: {page[place : place + 400]}"
