"""Cells that no spreadsheet takes for a formula, and the same text again when they are read.

A cell is put out of action with an apostrophe, which spreadsheets show as text. Text that has one there
already gets another, so that `restored(neutral(text)) == text` for every text. It protects from formulas,
not from a reader who believes a lie in plain words.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

SIGNS: Final = "=+\\-@＝＋－＠"
"""What begins a formula, for a set of a regular expression."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_THOUSANDS: Final = re.compile(r"[+-]?[0-9]+,[0-9]{3}")
_GAP: Final = '[ \u00a0"]*'
_BEGIN: Final = re.compile(rf"^({_GAP})('*)(?=[{SIGNS}\t\r\n])")
_INSIDE: Final = re.compile(rf"([;,|\t\r\n]{_GAP})('*)(?=[{SIGNS}])")
"""Spreadsheets of other countries split at other signs, and leave quotes aside then."""


def neutral(text: str) -> str:
    """`text` with an apostrophe wherever a spreadsheet would start a formula. Numbers stay numbers."""
    if _NUMBER.fullmatch(text):
        return text
    return _BEGIN.sub(r"\1'\2", _INSIDE.sub(r"\1'\2", text))


def restored(cell: str) -> str:
    """The text that `neutral` was given."""
    text = _INSIDE.sub(_one_less, _BEGIN.sub(_one_less, cell))
    return cell if _NUMBER.fullmatch(text) else text


def _one_less(found: re.Match[str]) -> str:
    return found[1] + found[2][1:]


def number(cell: str) -> Decimal | None:
    """The number in a cell, with a point or a comma for decimals. None for an empty cell.

    ValueError for anything else: a word, NaN, infinity, and `1,000`, which is one or a thousand.
    """
    text = cell.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text.replace(",", ".", 1)) or _THOUSANDS.fullmatch(text):
        raise ValueError(f"{text!r} is no number of points")
    return Decimal(text.replace(",", ".", 1))
