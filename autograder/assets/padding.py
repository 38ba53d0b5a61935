"""Fill the places of withheld rows with copies of others, for notebooks that count on the number of rows.

`select(range(2264))` is right on the published data and fails where rows are withheld: that is our doing.
Copies are not there by default, because a student's own test rows would then also be among the training
rows.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from autograder.assets.rows import Values

_DIGITS_AT_MOST = 9
_WHOLE_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?![\w.])")


def counts_on_withheld_rows(
    notebooks: Mapping[str, str], shown: Mapping[str, int], withheld: Mapping[str, int]
) -> bool:
    """Whether code names a number of rows that a data set has only together with its withheld rows.

    `notebooks` maps names to nbformat 4 JSON text; `shown` and `withheld` are an `AssetView`'s. A
    configuration counts when its name and its data set's stand in the code; an only configuration need not
    be named. A number that means something else may be taken for one: the copies then do no harm worth a
    failed run.
    """
    code = "\n".join(source for text in notebooks.values() for source in _code(text))
    found = [digits.replace("_", "") for digits in _WHOLE_NUMBER.findall(code)]
    numbers = {int(digits) for digits in found if len(digits) <= _DIGITS_AT_MOST}
    for place, missing in withheld.items():
        dataset, _, config = place.rpartition("/")
        alone = sum(other.rpartition("/")[0] == dataset for other in shown) == 1
        loaded = dataset.rpartition("/")[2] in code and (alone or config in code)
        if loaded and any(0 < number - shown[place] <= missing for number in numbers):
            return True
    return False


def _code(text: str) -> list[str]:
    cells = [cell for cell in json.loads(text).get("cells", []) if cell.get("cell_type") == "code"]
    return ["".join(cell.get("source", "")) for cell in cells]


def padded_rows(kept: Sequence[Values], removed: Sequence[Values], label: int | None) -> tuple[Values, ...]:
    """`kept`, then one copy for each removed row: of the same class (the cell at `label`) while there is one.

    Copies are taken in order from the start and again from the start when there are too few, so nothing about
    a removed row but its class decides what takes its place. Nothing is added when nothing is kept.
    """
    if not kept:
        return ()
    by_class: dict[object, list[Values]] = defaultdict(list)
    for row in kept:
        by_class[None if label is None else row[label]].append(row)
    used: dict[object, int] = defaultdict(int)
    copies = []
    for row in removed:
        wanted = None if label is None else row[label]
        pool = by_class.get(wanted) or kept
        copies.append(pool[used[wanted] % len(pool)])
        used[wanted] += 1
    return (*kept, *copies)
