"""How values look on a page: the templates' filters. Text is shortened here; the template escapes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup

from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState, Place
from autograder.reporting import wording
from autograder.reporting.feedback_values import PointsView
from autograder.reporting.text import plain, shown_text, trimmed

TEXT_AT_MOST: Final = 3_000
LONG_TEXT_AT_MOST: Final = 8_000
SNIPPET_AT_MOST: Final = 400
_CODE: Final = re.compile(r"(?<!`)`([^`<>\n]{1,400})`(?!`)")
"""Of escaped text: what spans a tag or a line stays as it is."""


def text(value: str) -> Markup:
    """A message of some lines."""
    return shown_text(value, at_most=TEXT_AT_MOST)


def words(value: str) -> Markup:
    """A message of a check or guideline: what stands in backticks is code; nothing else is interpreted."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(text(value))))  # noqa: S704 (`text` escaped every part)


def long_text(value: str) -> Markup:
    """A traceback or the like, for a `<pre>`."""
    return shown_text(value, at_most=LONG_TEXT_AT_MOST)


def snippet(value: str) -> str:
    """A short piece on one line; the template escapes it."""
    return trimmed(" ".join(plain(value[: 4 * SNIPPET_AT_MOST]).split()), SNIPPET_AT_MOST)


def percent(points: PointsView) -> str:
    """The share of the points that was earned, in per cent from 0 to 100."""
    share = (points.earned or Decimal(0)) / points.out_of if points.out_of else Decimal(0)
    return f"{min(Decimal(100), max(Decimal(0), share * 100)):.1f}"


def part_of(number: int, outcomes: Sequence[tuple[Any, int]]) -> str:
    """A count as a part of all counts, in per cent."""
    return f"{100 * number / max(1, sum(count for _, count in outcomes)):.2f}"


def across(share: float) -> str:
    """A share in [0, 1] as a distance on the bar of an accuracy."""
    return f"{320 * min(1.0, max(0.0, share)):.1f}"


def whole(number: int | None) -> str:
    """A count with its thousands set apart, or a dash."""
    return "–" if number is None else f"{number:,}"


def place(where: Place) -> str:
    """Where a guideline is broken, in words."""
    parts = [snippet(where.file)] if where.file else []
    if where.cell >= 0:
        parts.append(f"cell {where.cell + 1}")
    if where.line > 0:
        parts.append(f"line {where.line}")
    return ", ".join(parts)


def cost(finding: Finding) -> str:
    """What a finding costs, in words."""
    if finding.state is FindingState.WAIVED or finding.firmness is Firmness.HINT or not finding.points:
        return "costs nothing"
    amount = f"{wording.points(finding.points)} {'point' if finding.points == 1 else 'points'}"
    if finding.state is FindingState.CONFIRMED:
        return f"costs {amount}"
    return f"may cost {amount}, once a person confirms it"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "text": text,
    "words": words,
    "long_text": long_text,
    "snippet": snippet,
    "percent": percent,
    "part_of": part_of,
    "across": across,
    "whole": whole,
    "place": place,
    "cost": cost,
    "points": wording.points,
    "share": wording.share,
    "span": wording.span,
    "size": wording.size,
    "counted": wording.counted,
    "outcome": wording.OUTCOME.__getitem__,
    "assurance": wording.ASSURANCE.__getitem__,
    "explained": wording.ASSURANCE_EXPLAINED.__getitem__,
    "status": wording.STATUS.__getitem__,
    "run_short": wording.RUN_SHORT.__getitem__,
    "cell_status": wording.CELL.__getitem__,
    "finding": wording.FINDING.__getitem__,
    "kind": wording.KIND.__getitem__,
    "visibility": wording.VISIBILITY.__getitem__,
}
