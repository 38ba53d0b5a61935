"""How much room each output gets on a page: small ones stay whole, large ones share what is left.

Every text and every picture gets the same ceiling, the highest with which all of them fit. Nothing is
shortened here, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

TEXT_AT_MOST: Final = 12_000
PICTURE_AT_MOST: Final = 400_000
LEAST_TEXT: Final = 300
LEAST_PICTURE: Final = 3_000
_NOTE: Final = 60
_FOR_TEXT: Final = 0.4
_GROWS: Final = {"&": 4, "<": 3, ">": 3, '"': 5, "'": 5, "\x1b": 20}
"""By how many characters text grows when it is written as HTML; an escape sequence begins a colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Most characters of one text and most bytes of one picture."""

    text: int = TEXT_AT_MOST
    picture: int = PICTURE_AT_MOST


def room_for(cells: Iterable[Sequence[Mapping[str, Any]]], page_bytes: int) -> Room:
    """The room of each output when the outputs of all these cells are to fit into `page_bytes`."""
    texts: list[float] = []
    pictures: list[float] = []
    characters = 0
    for outputs in cells:
        for output in outputs:
            picture = _picture(output)
            if picture:
                pictures.append(min(picture, PICTURE_AT_MOST * 4 / 3))
            else:
                text = _text(output)[:TEXT_AT_MOST]
                characters += len(text)
                texts.append(len(text) + sum(more * text.count(mark) for mark, more in _GROWS.items()))
    all_texts, all_pictures = sum(texts), sum(pictures)
    if all_texts + all_pictures <= page_bytes:
        return Room()
    for_text = max(page_bytes * _FOR_TEXT, page_bytes - all_pictures)
    for_pictures = max(page_bytes - for_text, page_bytes - all_texts)
    written = all_texts / characters if characters else 1.0
    return Room(
        text=max(LEAST_TEXT, int(ceiling(texts, for_text) / written) - _NOTE),
        picture=max(LEAST_PICTURE, int(ceiling(pictures, for_pictures) * 3 / 4)),
    )


def ceiling(sizes: Iterable[float], total: float) -> float:
    """The highest ceiling with which sizes that are cut there come to at most `total`."""
    left = total
    rising = sorted(sizes)
    for place, size in enumerate(rising):
        share = left / (len(rising) - place)
        if size > share:
            return share
        left -= size
    return rising[-1] if rising else total


def _picture(output: Mapping[str, Any]) -> int:
    """Length of a picture as it is written in the notebook, 0 for other outputs."""
    data = output.get("data")
    if not isinstance(data, Mapping):
        return 0
    found = next((data[mime] for mime in ("image/png", "image/jpeg") if isinstance(data.get(mime), str)), "")
    return len(found)


def _text(output: Mapping[str, Any]) -> str:
    data = output.get("data")
    if isinstance(data, Mapping):
        return max((value for value in data.values() if isinstance(value, str)), key=len, default="")
    lines = output.get("traceback")
    if isinstance(lines, list):
        return "\n".join(line for line in lines if isinstance(line, str))
    text = output.get("text")
    return text if isinstance(text, str) else ""
