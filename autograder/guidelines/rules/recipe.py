"""Hints about the steps of the Recipe: headings, a look at the data, a look at the errors, discussion.

It looks for signs of each step in any cell. Whether a step was done well is for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autograder.guidelines import prose
from autograder.guidelines.facts import Facts
from autograder.guidelines.prose import OwnCell
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity

FEWEST_CODE_CELLS: Final = 5
FEWEST_WORDS: Final = 12
_TRAINS: Final = frozenset({"fit", "fit_generator", "train_on_batch", "GradientTape"})
_EXPLORES: Final = frozenset(
    {
        "describe", "value_counts", "hist", "histplot", "countplot", "Counter", "bincount", "unique",
        "boxplot", "groupby", "info", "nunique", "displot", "head", "sample", "kdeplot", "pie", "crosstab",
        "duplicated", "most_common",
    }
)  # fmt: skip
_ERRORS: Final = frozenset(
    {
        "confusion_matrix", "classification_report", "ConfusionMatrixDisplay", "from_predictions",
        "from_estimator", "multilabel_confusion_matrix", "precision_recall_fscore_support",
    }
)  # fmt: skip
_ERROR_WORDS: Final = ("error", "mistake", "misclass", "confus", "wrong", "fehler", "erreur", "错误")


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look for each step in the notebooks together."""
    cells = [cell for each in prose.cells(evidence.reading.notebooks, evidence.released) for cell in each]
    code = [cell for cell in cells if cell.is_code and not cell.handed_out]
    if len(code) < FEWEST_CODE_CELLS:
        return
    trains = _cells_with(evidence.reading.facts, _TRAINS)
    if not trains:
        return
    titles = [title.casefold() for cell in cells for title in prose.headings(cell.cell.source)]
    top = Place(file=code[0].file)
    if not titles:
        yield _hit(top, "There are no section headings.", "Begin each part with a Markdown heading.")
    if not _cells_with(evidence.reading.facts, _EXPLORES):
        yield _hit(
            top,
            "Nothing shows that the data was looked at before training.",
            "Explore the data first: how many rows, how many of each class, how long, how alike.",
        )
    if not (
        _cells_with(evidence.reading.facts, _ERRORS)
        or any(word in title for title in titles for word in _ERROR_WORDS)
    ):
        yield _hit(
            top,
            "Nothing shows that the errors of a model were looked at.",
            "Look at what the model gets wrong, and say why it may be.",
        )
    yield from _discussions(cells, trains)


def _discussions(cells: Sequence[OwnCell], trains: frozenset[tuple[str, int]]) -> Iterator[Hit]:
    """Name each cell that trains and is followed by no discussion before the next one that trains."""
    waiting: OwnCell | None = None
    words = 0
    for cell in cells:
        trained = (cell.file, cell.position) in trains and not cell.handed_out
        other_notebook = waiting is not None and waiting.file != cell.file
        if waiting is not None and (trained or other_notebook) and words < FEWEST_WORDS:
            yield _undiscussed(waiting)
        if trained or other_notebook:
            waiting, words = (cell if trained else None), 0
        elif cell.is_prose:
            words += prose.words_of(cell.cell.source)
    if waiting is not None and words < FEWEST_WORDS:
        yield _undiscussed(waiting)


def _undiscussed(cell: OwnCell) -> Hit:
    first = next((line.strip() for line in cell.cell.source.splitlines() if line.strip()), "")
    return _hit(
        cell.place(text=first[:100]),
        "An experiment is not discussed before the next one begins.",
        "After each experiment say whether it helped out of sample, and why.",
    )


def _cells_with(facts: Facts, names: frozenset[str]) -> frozenset[tuple[str, int]]:
    """Return the cells that call one of these, by file and position."""
    return frozenset(
        (call.where.unit.file, call.where.unit.cell)
        for call in facts.calls
        if call.method in names and call.where.unit.cell >= 0
    )


def _hit(place: Place, message: str, instead: str) -> Hit:
    return Hit(place=place, message=message, instead=instead, firmness=Firmness.HINT, severity=Severity.INFO)


RULE: Final = Rule(
    id=RuleId("recipe"),
    title="Steps of the Recipe",
    statement=(
        "The work follows the steps of the Recipe: headings, a look at the data, a look at the errors, a "
        "discussion after each experiment."
    ),
    firmness=Firmness.HINT,
    severity=Severity.INFO,
    needs=(Need.NOTEBOOK, Need.SYNTAX),
    looks_for=(
        "Markdown headings anywhere",
        "calls that count, describe or draw data, such as `value_counts` or `hist`",
        "a confusion matrix, a report by class, or a heading about errors",
        f"{FEWEST_WORDS} words of Markdown of your own between a cell that trains and the next one",
    ),
    leaves_alone=(
        f"notebooks that train nothing, or with fewer than {FEWEST_CODE_CELLS} cells of code of your own",
        "the words, the language and the order of your headings",
    ),
    cannot_see=("whether a step was done well", "steps done in a loop of your own without such calls"),
    example_bad=(
        "train, test = split(rows)\n# %%\nmodel = build()\n# %%\nmodel.fit(train)\n# %%\n"
        "wider = build(64)\n# %%\nwider.fit(train)"
    ),
    example_good="print(rows.label.value_counts())",
    check=check,
)
