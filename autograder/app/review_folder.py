"""Keeps blind review pages and those with names apart: one folder holds one kind only.

Only pages that `review` wrote are known and taken away; other files in the folder are not looked at further.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from autograder.errors import UsageError

_REVIEW_PAGE: Final = re.compile(
    rb'<p class="kicker">(?:<a href="index\.html">)?Review(?:</a>)?(?P<blind> \xc2\xb7 marked blind)?</p>'
)


def make_room(out: Path, *, blind: bool, replace: bool) -> None:
    """Take the review pages of the other kind out of `out`, or raise UsageError unless `replace`."""
    others = [page for page in sorted(out.glob("*.html")) if _is_blind(page) is (not blind)]
    if others and not replace:
        kind = "with names" if blind else "that are blind"
        shown = ", ".join(page.name for page in others[:3]) + (" ..." if len(others) > 3 else "")
        raise UsageError(
            f"{out} holds review pages {kind}: {shown}",
            hint="Choose another --out, or give --replace to remove them.",
        )
    for page in others:
        page.unlink()


def _is_blind(page: Path) -> bool | None:
    """Of which kind a review page is; None for any other file."""
    if not page.is_file():
        return None
    found = _REVIEW_PAGE.search(page.read_bytes())
    return None if found is None else found["blind"] is not None
