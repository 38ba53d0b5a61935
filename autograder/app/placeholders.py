"""The words that stand in commands to be copied until a person writes others: no decision is made with them.

Only these exact words are refused; whether what a person writes makes sense is not asked.
"""

from __future__ import annotations

from typing import Final

from autograder.errors import UsageError

POINTS: Final = "POINTS"
WORDS: Final = "WORDS"
REASON: Final = "REASON"
NAME: Final = "NAME"
_NOT_WRITTEN_YET: Final = frozenset({POINTS, WORDS, REASON, NAME, "...", "…"})


def written(text: str, what: str) -> str:
    """Return `text` unless it still is a placeholder. UsageError then; `what` names where it stands."""
    if text.strip() in _NOT_WRITTEN_YET:
        raise UsageError(
            f"{what} still says {text.strip()}", hint="Write your own in its place, or leave it out."
        )
    return text
