"""The hint about reasoning in Markdown. It counts words and looks where they stand; it does not read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autograder.guidelines import prose
from autograder.guidelines.prose import OwnCell
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

FEWEST_CODE_CELLS: Final = 5
FEWEST_WORDS: Final = 8
LONGEST_STRETCH: Final = 10


def check(evidence: Evidence) -> Iterator[Hit]:
    """Compare the prose with the code, in each notebook."""
    for cells in prose.cells(evidence.reading.notebooks, evidence.released):
        yield from _notebook(cells)


def _notebook(cells: Sequence[OwnCell]) -> Iterator[Hit]:
    code = [cell for cell in cells if cell.is_code and not cell.handed_out]
    if len(code) < FEWEST_CODE_CELLS:
        return
    words = sum(prose.words_of(cell.cell.source) for cell in cells if cell.is_prose)
    if words < FEWEST_WORDS * len(code):
        yield _hit(
            code[0],
            f"There is little reasoning in Markdown: {words} words beside {len(code)} cells of code of your "
            "own.",
        )
    stretch: list[OwnCell] = []
    for cell in cells:
        if cell.cell.cell_type == "markdown" and prose.count_words(cell.cell.source):
            stretch = []
        elif cell.is_code and not cell.handed_out:
            stretch.append(cell)
            if len(stretch) == LONGEST_STRETCH:
                yield _hit(
                    stretch[0],
                    f"From this cell on, {LONGEST_STRETCH} or more cells of code follow each other without a "
                    "word between them.",
                )


def _hit(cell: OwnCell, message: str) -> Hit:
    first = next((line.strip() for line in cell.cell.source.splitlines() if line.strip()), "")
    return Hit(
        place=cell.place(text=first[:100]),
        message=message,
        instead=(
            "Say in Markdown, between the cells, what you try, why, and what you learn from it: the "
            "notebook is a movie of your work, not its last frame."
        ),
        firmness=Firmness.HINT,
        severity=Severity.INFO,
    )


RULE: Final = Rule(
    id=RuleId("markdown"),
    title="Reasoning in Markdown",
    statement="The reasoning stands in Markdown cells, generously, beside the code that it is about.",
    firmness=Firmness.HINT,
    severity=Severity.INFO,
    needs=(Need.NOTEBOOK,),
    looks_for=(
        f"fewer than {FEWEST_WORDS} words of your own for each cell of code of your own, without headings",
        f"{LONGEST_STRETCH} or more cells of code after each other without a word between them",
    ),
    leaves_alone=(
        f"notebooks with fewer than {FEWEST_CODE_CELLS} cells of code of your own",
        "text and cells that were handed out",
        "any language: only the number of words is looked at",
    ),
    cannot_see=("whether the words say anything", "text in pictures"),
    example_bad="\n# %%\n".join(f"model_{at} = build({at})" for at in range(1, 6)),
    example_good="learning_rates = [1e-3, 1e-4]",
    check=check,
)
