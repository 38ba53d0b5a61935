"""The page `index.html` of a Brightspace download: students' comments, and times where names have none.

The page is text that students partly wrote. It is read as text, nothing in it is followed, and what is found
is for staff. Its form is not documented and has changed: what cannot be told apart is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Final
from urllib.parse import unquote

from autograder.formats.archive_name import MOMENT, wall_time
from autograder.intake.roster import tokens

MOST_BYTES: Final = 8 * 1024 * 1024
_LONGEST_COMMENT: Final = 4_000
_WHEN: Final = re.compile(MOMENT)
_LABEL: Final = re.compile(r"(?:student )?comments?\s*:?\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_BLOCKS: Final = frozenset({"td", "th", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "dt", "dd"})
_BREAK: Final = "\n"
_HIDDEN: Final = frozenset({"script", "style", "title"})

_TAG: Final = re.compile(r"(?P<name>/?[A-Za-z][A-Za-z0-9]{0,20})(?![A-Za-z0-9])")
_ADDRESS: Final = re.compile(
    r"""\bhref\s?=\s?(?:"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+))""", re.IGNORECASE
)
_LONGEST_TAG: Final = 2_000

Person = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comments:
    """What the page tells. Persons are the words of their names; times have no zone."""

    comments: Mapping[Person, tuple[tuple[datetime | None, str], ...]] = field(default_factory=dict)
    times: Mapping[tuple[Person, str], datetime] = field(default_factory=dict)

    def comment(self, who: str, when: datetime | None) -> str:
        """The comments of a person; where they have times, those of the submission at `when`."""
        found = self.comments.get(person(who), ())
        return "\n".join(text for at, text in found if at is None or when is None or at == when)

    def time(self, who: str, file: str) -> datetime | None:
        """When a file of a person was received, or None."""
        return self.times.get((person(who), file.casefold()))


def person(who: str) -> Person:
    """A name as it is compared: its words without accents and case, in any order."""
    return tuple(sorted(tokens(who)))


def read_page(data: bytes, people: Collection[str]) -> Comments:
    """Read the page. `people` are the names that the download's folders or files bear."""
    reader = _Rows()
    reader.feed(data[:MOST_BYTES].decode("utf-8-sig", errors="replace"))
    known = {person(who) for who in people if person(who)}
    comments: dict[Person, list[tuple[datetime | None, str]]] = {}
    times: dict[tuple[Person, str], datetime] = {}
    who: Person | None = None
    when: datetime | None = None
    labelled = False
    for row in reader.rows:
        for text in row:
            if person(text) in known:
                who, when, labelled = person(text), None, False
        moments = [wall_time(found[0]) for text in row if (found := _WHEN.search(text))]
        when = moments[0] if moments else when
        spoken = False
        for text in row:
            said = text.strip()
            if who is None or person(said) == who:
                continue
            mine = comments.setdefault(who, [])
            if found := _LABEL.fullmatch(said):
                words, labelled = found["rest"], not found["rest"]
            elif spoken and text.startswith(_BREAK):
                words, (_, before) = "", mine.pop()
                mine.append((when, f"{before}\n{said}"[:_LONGEST_COMMENT]))
            else:
                words = said if labelled and not _WHEN.fullmatch(said) else ""
                labelled = labelled and not words
            if words:
                mine.append((when, words[:_LONGEST_COMMENT]))
            spoken = bool(words) or (spoken and text.startswith(_BREAK))
            if when is not None and moments:
                times.setdefault((who, said.casefold()), when)
    found_comments = {each: tuple(words) for each, words in comments.items() if words}
    return Comments(comments=found_comments, times=times)


class _Rows:
    """Texts of a page, in rows; each row is a list of texts. Links give the last part of their address.

    The library's parser takes time by the square of some pages, and students write into this one. This reader
    looks at each character a fixed number of times and knows just what the page needs.
    """

    def __init__(self) -> None:
        self.rows: list[list[str]] = [[]]
        self._text: list[str] = []
        self._begins = ""
        self._in_row = 0
        self._skipping = ""

    def feed(self, page: str) -> None:
        """Read a whole page."""
        first, *pieces = page.split("<")
        self._text.append(first)
        for piece in pieces:
            if self._skipping:
                at = piece.casefold().find(self._skipping)
                if at < 0:
                    continue
                piece, self._skipping = piece[at:], ""
                if not piece.startswith("/"):  # the end of a remark, not a tag
                    self._text.append(piece[3:])
                    continue
            if piece.startswith("!--"):
                _, ended, after = piece.partition("-->")
                self._skipping = "" if ended else "-->"
                self._text.append(after)
                continue
            tag, closed, after = piece.partition(">")
            name = _TAG.match(tag)
            if not closed or not (name or tag.startswith("!")):
                self._text.append("<" + piece)
                continue
            if name:
                self._tag(name["name"].casefold(), tag)
            self._text.append("" if self._skipping else after)
        self._end_row()

    def _tag(self, name: str, tag: str) -> None:
        if name in _HIDDEN:
            self._skipping = f"/{name}"
        elif name == "tr":
            self._end_row()
            self._in_row += 1
        elif name == "/tr":
            self._in_row = max(0, self._in_row - 1)
            self._end_row()
        elif name == "br":
            self._end_piece()
            self._begins = _BREAK
        elif name.removeprefix("/") in _BLOCKS or name == "/a":
            self._end_text()
        elif name == "a" and (found := _ADDRESS.search(tag[:_LONGEST_TAG])):
            self._end_text()
            address = unescape(found["quoted"] or found["single"] or found["bare"] or "")
            self.rows[-1].append(unquote(address).replace("\\", "/").rpartition("/")[2])

    def _end_piece(self) -> None:
        """A text that follows a line break begins with one."""
        text = " ".join(unescape("".join(self._text)).split())
        if text:
            self.rows[-1].append(self._begins + text)
            self._begins = ""
        self._text = []

    def _end_text(self) -> None:
        self._end_piece()
        self._begins = ""
        if not self._in_row and self.rows[-1]:
            self.rows.append([])

    def _end_row(self) -> None:
        self._end_text()
        if self.rows[-1]:
            self.rows.append([])
