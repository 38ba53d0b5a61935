"""The student's own Markdown: its words, its headings, and where it stands between the cells of code.

Text that was handed out is not the student's. Whether the words make sense is for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from autograder.formats.notebook import Cell, Notebook
from autograder.guidelines.reading import same_code
from autograder.model.results import Place

_MOST_CHARACTERS: Final = 4_000
"""Of one cell: more words than these hold change no hint."""
_WIDE: Final = "\u2e80"
"""From here on, scripts are written without spaces between words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCell:
    """One cell of a notebook, and whether it stands so in the release."""

    file: str
    position: int
    cell: Cell
    handed_out: bool

    @property
    def is_code(self) -> bool:
        """Whether it is a cell of code that is not empty."""
        return self.cell.cell_type == "code" and bool(self.cell.source.strip())

    @property
    def is_prose(self) -> bool:
        """Whether it is Markdown that the student wrote."""
        return self.cell.cell_type == "markdown" and not self.handed_out

    def place(self, line: int = 0, text: str = "") -> Place:
        """Return the place of the cell as findings show it."""
        return Place(file=self.file, cell=self.position, cell_id=self.cell.id, line=line, text=text)


def cells(
    notebooks: Mapping[str, Notebook], released: Mapping[str, Notebook]
) -> Iterator[tuple[OwnCell, ...]]:
    """Give the cells of each notebook in their order."""
    handed_out = {
        (cell.cell_type, same_code(cell.source)) for notebook in released.values() for cell in notebook.cells
    }
    for path, notebook in notebooks.items():
        yield tuple(
            OwnCell(
                file=path,
                position=position,
                cell=cell,
                handed_out=(cell.cell_type, same_code(cell.source)) in handed_out,
            )
            for position, cell in enumerate(notebook.cells)
        )


def text_lines(source: str) -> Iterator[str]:
    """Give the lines of Markdown that are no code."""
    fence = ""
    for line in source.splitlines():
        text = line.strip()
        if fence:
            fence = "" if text.startswith(fence) else fence
        elif text.startswith(("```", "~~~")):
            fence = text[:3]
        else:
            yield line


def count_words(text: str) -> int:
    """Count words; in scripts without spaces two characters make about one word."""
    if text.isascii():
        return len(text.split())
    wide = sum(char >= _WIDE for char in text)
    plain = text if not wide else "".join(" " if char >= _WIDE else char for char in text)
    return wide // 2 + sum(any(char.isalnum() for char in word) for word in plain.split())


def words_of(source: str) -> int:
    """Count the words of Markdown, without headings and code."""
    short = source[:_MOST_CHARACTERS]
    if "#" not in short and "```" not in short and "~~~" not in short:
        return count_words(short)
    return sum(count_words(line) for line in text_lines(short) if not line.lstrip().startswith("#"))


def headings(source: str) -> tuple[str, ...]:
    """Return the headings of Markdown."""
    found: list[str] = []
    if "#" not in source and "<h" not in source:
        return ()
    for line in text_lines(source):
        text = line.strip()
        if text.startswith("#") and text.lstrip("#").startswith((" ", "\t")):
            found.append(text.lstrip("#").strip())
        elif text[:3].lower() in ("<h1", "<h2", "<h3", "<h4"):
            found.append(text)
    return tuple(found)
