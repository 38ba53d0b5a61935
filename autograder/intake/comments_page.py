"""The page `index.html` of a Brightspace download: students' comments, and times where names have none.

The page is text that students partly wrote. It is read as text, nothing in it is followed, and what is found
is for staff. Its form is not documented and has changed: what cannot be told apart is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote

from autograder.formats.archive_name import MOMENT, wall_time
from autograder.intake.roster import tokens

MOST_BYTES: Final = 16 * 1024 * 1024
_LONGEST_COMMENT: Final = 4_000
_WHEN: Final = re.compile(MOMENT)
_LABEL: Final = re.compile(r"(?:student )?comments?\s*:?\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_BLOCKS: Final = frozenset({"td", "th", "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "dt", "dd"})
_BREAK: Final = "\n"
_HIDDEN: Final = frozenset({"script", "style", "title"})

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
    reader.close()
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


class _Rows(HTMLParser):
    """Texts of a page, in rows; each row is a list of texts. Links give the last part of their address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = [[]]
        self._text = self._begins = ""
        self._hidden = 0
        self._in_row = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """End the text before a block; begin a row."""
        if tag in _HIDDEN:
            self._hidden += 1
        if tag == "tr":
            self._end_row()
            self._in_row += 1
        elif tag in _BLOCKS:
            self._end_text()
        elif tag == "br":
            self._end_piece()
            self._begins = _BREAK
        address = dict(attrs).get("href") if tag == "a" else None
        if address:
            self._end_text()
            self.rows[-1].append(unquote(address).replace("\\", "/").rpartition("/")[2])

    def handle_endtag(self, tag: str) -> None:
        """End the text of a block, or the row."""
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag == "tr":
            self._in_row = max(0, self._in_row - 1)
            self._end_row()
        elif tag in _BLOCKS or tag == "a":
            self._end_text()

    def handle_data(self, data: str) -> None:
        """Collect visible text."""
        if not self._hidden:
            self._text += data

    def close(self) -> None:
        """Take what stands after the last block."""
        super().close()
        self._end_row()

    def _end_piece(self) -> None:
        """A text that follows a line break begins with one."""
        text = " ".join(self._text.split())
        if text:
            self.rows[-1].append(self._begins + text)
        self._text = self._begins = ""

    def _end_text(self) -> None:
        self._end_piece()
        if not self._in_row and self.rows[-1]:
            self.rows.append([])

    def _end_row(self) -> None:
        self._end_text()
        if self.rows[-1]:
            self.rows.append([])
