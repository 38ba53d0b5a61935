"""What a notebook's cells put out, as HTML that can do nothing: the only door from student output to a page.

Text is escaped. HTML keeps tables and a few words of markup, without a single address, style or class.
Pictures are PNG or JPEG. Scripts, widgets, SVG and everything else are left out with a note. A budget bounds
the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import nh3
from markupsafe import Markup

from autograder.reporting.pictures import PictureRefused, picture
from autograder.reporting.room import Room
from autograder.reporting.text import plain, shown_text, trimmed

HTML_AT_MOST: Final = 40_000
OUTPUTS_AT_MOST: Final = 100
PIXELS_AT_MOST: Final = 150_000_000
"""Of pictures that are decoded for one page, shown or not: that takes about a second for ten million."""
TAGS: Final = frozenset(
    {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"}
    | {"b", "strong", "i", "em", "code", "pre", "br", "p", "span", "div", "hr", "sub", "sup"}
    | {"ul", "ol", "li"}
)
_DROPPED: Final = frozenset(
    {"script", "style", "iframe", "object", "embed", "svg", "math", "template", "noscript", "title"}
)
_SPANS: Final = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_EMPTY_HEADING: Final = re.compile(r'<th((?: (?:colspan|rowspan)="\d{1,4}")*)>\s*</th>')
_TEXTS: Final = ("text/plain", "text/markdown", "text/latex")


class BlockKind(StrEnum):
    """What a block on the page is."""

    TEXT = "text"
    ERRORS = "stderr"
    FAILURE = "failure"
    TABLE = "table"
    PICTURE = "picture"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of output, ready for the page. `content` is safe HTML."""

    kind: BlockKind
    content: Markup


class Budget:
    """How many bytes of output a page may still take, and what had to be shrunk for it.

    `room` is what one output may take. When all is used up, notes take the outputs' place.
    """

    def __init__(self, page_bytes: int, room: Room | None = None) -> None:
        self.left = page_bytes
        self.room = room or Room()
        self.markup_left = 8 * HTML_AT_MOST
        self.pixels_left = PIXELS_AT_MOST
        self.shortened = self.smaller = self.left_out = 0

    def take(self, content: str) -> bool:
        """Take the bytes of `content` if they are left; else it counts as left out."""
        needed = len(content.encode("utf-8", "replace"))
        if needed > self.left:
            self.left_out += 1
            return False
        self.left -= needed
        return True

    def take_markup(self, raw: str) -> bool:
        """Allow one more piece of HTML to be cleaned: hostile HTML costs time long before it costs space."""
        self.markup_left -= len(raw)
        return len(raw) <= HTML_AT_MOST and self.markup_left >= 0


def blocks(outputs: Sequence[Mapping[str, Any]], budget: Budget) -> tuple[Block, ...]:
    """The outputs of one cell, as nbformat 4 has them, as blocks for the page."""
    found: list[Block] = []
    for output in outputs[:OUTPUTS_AT_MOST]:
        for block in _blocks_of(output, budget):
            if budget.take(block.content):
                found.append(block)
            else:
                found.append(note("output was left out here to keep the page small"))
                return tuple(found)
    if len(outputs) > OUTPUTS_AT_MOST:
        budget.left_out += len(outputs) - OUTPUTS_AT_MOST
        found.append(note(f"{len(outputs) - OUTPUTS_AT_MOST} more outputs of this cell were left out"))
    return tuple(found)


def note(words: str) -> Block:
    """A remark of ours in place of an output."""
    return Block(kind=BlockKind.NOTE, content=Markup.escape(words))


def _blocks_of(output: Mapping[str, Any], budget: Budget) -> Iterator[Block]:
    match output.get("output_type"):
        case "stream":
            kind = BlockKind.ERRORS if output.get("name") == "stderr" else BlockKind.TEXT
            yield _text(kind, _string(output.get("text")), budget)
        case "error":
            yield _text(BlockKind.FAILURE, _failure(output), budget)
        case "display_data" | "execute_result":
            data = output.get("data")
            yield from _display(data if isinstance(data, Mapping) else {}, budget)
        case _:
            yield note("an output of an unknown kind was left out")


def _text(kind: BlockKind, raw: str, budget: Budget) -> Block:
    budget.shortened += len(raw) > budget.room.text
    return Block(kind=kind, content=shown_text(raw, at_most=budget.room.text))


def _failure(output: Mapping[str, Any]) -> str:
    lines = output.get("traceback")
    trace = "\n".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""
    last = f"{_string(output.get('ename'))}: {_string(output.get('evalue'))}"
    return trace if trace.strip() else last


def _display(data: Mapping[str, Any], budget: Budget) -> Iterator[Block]:
    for mime in ("image/png", "image/jpeg"):
        if isinstance(data.get(mime), str):
            yield _picture(data[mime], budget)
            return
    html = data.get("text/html")
    if isinstance(html, str) and html.strip() and budget.take_markup(html):
        cleaned = clean_html(html)
        if cleaned.strip():
            yield Block(kind=BlockKind.TABLE, content=cleaned)
            return
    text = next((data[mime] for mime in _TEXTS if isinstance(data.get(mime), str)), None)
    if text is not None:
        yield _text(BlockKind.TEXT, text, budget)
    left_out = sorted(set(data) - {*_TEXTS, "text/html"})
    if left_out or (text is None and html is not None):
        names = ", ".join(plain(trimmed(name, 60)) for name in left_out[:4]) or "text/html"
        yield note(f"not shown, because it could be a program: {names}")


def _picture(encoded: str, budget: Budget) -> Block:
    try:
        found = picture(encoded, at_most=budget.room.picture, decode_at_most=budget.pixels_left)
    except PictureRefused as refused:
        budget.left_out += 1
        budget.pixels_left -= refused.work
        return note(str(refused))
    budget.pixels_left -= found.work
    budget.smaller += found.smaller
    content = Markup('<img src="{}" width="{}" height="{}" alt="Picture made by this cell">').format(
        found.data, found.width, found.height
    )
    return Block(kind=BlockKind.PICTURE, content=content)


def clean_html(raw: str, *, tags: frozenset[str] = TAGS) -> Markup:
    """HTML with nothing but the given tags, without addresses, styles, classes, names or comments."""
    cleaned = nh3.clean(
        plain(raw),
        tags=set(tags),
        clean_content_tags=set(_DROPPED),
        attributes=_SPANS,
        attribute_filter=_few_columns,
        strip_comments=True,
        link_rel=None,
        url_schemes=set(),
    )
    # A heading that says nothing stops whoever listens to the page; data frames have one in their corner.
    return Markup(_EMPTY_HEADING.sub(r"<td\1></td>", cleaned))  # noqa: S704 (cleaned by nh3, our allow-list)


def _few_columns(_tag: str, _attribute: str, value: str) -> str | None:
    return value if value.isascii() and value.isdigit() and 1 <= int(value[:4]) <= 50 else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
