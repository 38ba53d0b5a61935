"""The hint about comments: reasoning belongs into Markdown. Whether a comment is true is not asked."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from typing import Final

from autograder.guidelines import prose
from autograder.guidelines.parsing import MOST_CELL_CHARACTERS, Budget, Problem, parse
from autograder.guidelines.prose import OwnCell
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

FEWEST_LINES: Final = 4
FEWEST_WORDS: Final = 30
_MOST_BLOCKS: Final = 50


def check(evidence: Evidence) -> Iterator[Hit]:
    """Find blocks of comments that are prose."""
    found = 0
    for cells in prose.cells(evidence.reading.notebooks, evidence.released):
        for cell in cells:
            if cell.is_code and not cell.handed_out and found < _MOST_BLOCKS:
                for line, lines in _blocks(cell.cell.source):
                    if _is_prose(lines):
                        found += 1
                        yield _hit(cell, line, lines)


def _blocks(source: str) -> Iterator[tuple[int, list[str]]]:
    """Give each block of lines that hold a comment only, with the number of its first line."""
    if source.count("#") < FEWEST_LINES or len(source) > MOST_CELL_CHARACTERS:
        return
    begins, block = 0, list[str]()
    comments = _comments(source)
    for number, line in enumerate(source.split("\n"), start=1):
        text = line.strip()
        if text.startswith("#") and number in comments:
            begins = begins if block else number
            block.append(text.lstrip("#").strip())
            continue
        if len(block) >= FEWEST_LINES:
            yield begins, block
        block = []
    if len(block) >= FEWEST_LINES:
        yield begins, block


def _comments(source: str) -> set[int]:
    """Return the numbers of the lines with a comment, as Python's own tokenizer sees them."""
    found: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found.add(token.start[0])
    except (tokenize.TokenError, SyntaxError):
        pass  # a magic in the cell: what was seen up to here counts
    return found


def _is_prose(lines: list[str]) -> bool:
    words = sum(prose.count_words(line) for line in lines)
    if words < FEWEST_WORDS:
        return False
    plain = [line for line in lines if prose.count_words(line) > 2]
    code = sum(not isinstance(parse(line, Budget()), Problem) for line in plain)
    return len(plain) - code >= FEWEST_LINES - 1 and code * 3 <= len(plain)


def _hit(cell: OwnCell, line: int, lines: list[str]) -> Hit:
    return Hit(
        place=cell.place(line=line, text=f"# {lines[0]}"[:160]),
        message="A block of comments reads like reasoning.",
        instead="Put the reasoning into a Markdown cell, and keep comments for fine points of programming.",
        firmness=Firmness.HINT,
        severity=Severity.INFO,
    )


RULE: Final = Rule(
    id=RuleId("comments"),
    title="Comments for fine points",
    statement="Comments in code are for fine points of programming; reasoning stands in Markdown cells.",
    firmness=Firmness.HINT,
    severity=Severity.INFO,
    needs=(Need.NOTEBOOK,),
    looks_for=(
        f"blocks of {FEWEST_LINES} or more lines of comments with {FEWEST_WORDS} or more words of prose",
    ),
    leaves_alone=(
        "code that is commented out",
        "short comments, and comments at the end of a line of code",
        "text between quotes",
        "cells that were handed out",
    ),
    cannot_see=("whether a comment is right, or needed",),
    example_bad=(
        "# First I tried a learning rate of 1e-3, and the loss went up after\n"
        "# two epochs. Then I tried 1e-4, which was better on the training data\n"
        "# but not on the validation data, so in the end I chose 5e-5 because it\n"
        "# gave the best accuracy out of sample and did not overfit at all.\n"
        "learning_rate = 5e-5"
    ),
    example_good="learning_rate = 5e-5  # the optimizer decays it",
    check=check,
)
