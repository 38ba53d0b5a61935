"""A student's text as safe HTML: escaped, ANSI colours as classes, everything that could confuse made plain.

Progress bars are shown as they ended. Control characters are dropped and those that reverse the direction of
reading are shown by their number. Long text keeps its head and its tail and says what is missing.
"""

from __future__ import annotations

import html
import re
from typing import Final

from markupsafe import Markup

_COLOUR: Final = re.compile(r"\x1b\[([0-9;]{0,32})m")
_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[^\[\]]|\[)?"
)
_OVERWRITE: Final = re.compile(r"\r+(?!\n)|\x08+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
_TURNING: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_LONE: Final = re.compile("[\ud800-\udfff]")
_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
MOST_SPANS: Final = 2_000


def shown_text(raw: str, *, at_most: int) -> Markup:
    """`raw` as HTML of at most about `at_most` characters of text, for a `<pre>`."""
    text = trimmed(_settled(raw), at_most)
    if "\x1b" not in text:
        return _escaped(text)
    if len(_COLOUR.findall(text)) > MOST_SPANS:
        return _escaped(plain(text))
    return _coloured(text)


def plain(raw: str) -> str:
    """`raw` without escape sequences and control characters."""
    return _visible(_ESCAPE.sub("", _settled(raw)))


def trimmed(text: str, at_most: int) -> str:
    """`text`, or its head and tail with a line between that says how much was left out."""
    if len(text) <= at_most:
        return text
    head, tail = at_most * 3 // 5, at_most * 2 // 5
    missing = len(text) - head - tail
    return f"{text[:head]}\n[… {missing:,} characters left out here …]\n{text[len(text) - tail :]}"


def _settled(text: str) -> str:
    """What a terminal shows in the end: the last state of lines that were written over."""
    text = text.replace("\r\n", "\n")
    if "\r" not in text and "\x08" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.split("\n"))


def _last_state(line: str) -> str:
    if "\r" not in line and "\x08" not in line:
        return line
    return next((state for state in reversed(_OVERWRITE.split(line)) if state.strip()), "")


def _coloured(text: str) -> Markup:
    parts: list[str] = []
    classes: tuple[str, ...] = ()
    start = 0
    for code in _COLOUR.finditer(text):
        parts.append(_span(text[start : code.start()], classes))
        classes = _classes(code[1], classes)
        start = code.end()
    parts.append(_span(text[start:], classes))
    return Markup("").join(Markup(part) for part in parts)  # noqa: S704 (each part was escaped by _span)


def _span(text: str, classes: tuple[str, ...]) -> str:
    safe = _escaped(_ESCAPE.sub("", text))
    if not safe or not classes:
        return str(safe)
    return f'<span class="{" ".join(classes)}">{safe}</span>'


def _classes(codes: str, before: tuple[str, ...]) -> tuple[str, ...]:
    colour = next((name for name in before if name != "a-bold"), "")
    bold = "a-bold" in before
    numbers = [int(code or 0) for code in codes.split(";") if len(code) <= 3]
    if 38 in numbers or 48 in numbers:  # colours of the large palettes: not shown
        numbers = numbers[: min(numbers.index(n) for n in (38, 48) if n in numbers)]
    for number in numbers:
        if number == 0:
            colour, bold = "", False
        elif number in (1, 22):
            bold = number == 1
        elif number == 39:
            colour = ""
        elif 30 <= number <= 37 or 90 <= number <= 97:
            colour = f"a-{_NAMES[number % 10]}"
    return tuple(name for name in (colour, "a-bold" if bold else "") if name)


def _visible(text: str) -> str:
    text = _LONE.sub("\ufffd", _CONTROL.sub("", text))
    return _TURNING.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def _escaped(text: str) -> Markup:
    return Markup(html.escape(_visible(text.replace("\x1b", ""))))  # noqa: S704 (escaped right here)
