"""Rows of a data set: text and numbers in named columns, by configuration and split.

Stored as JSON lines, so that nothing but text is ever read back on the trusted side; `arrow` writes them in
the form the sandbox's library loads. Images and nested columns are not handled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from autograder.errors import AssetCorrupt, UsageError

Cell = str | int | float | None
Values = tuple[Cell, ...]
"""One row; its cells are in the order of the features."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "int64": (int,),
    "float64": (float, int),
    "class_label": (int,),
}


class Feature(BaseModel):
    """One column. `names` are the class names of a `class_label`, in the order of their integers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    type: Literal["string", "int64", "float64", "class_label"]
    names: tuple[str, ...] = ()

    def accepts(self, cell: object) -> bool:
        """Whether the cell may stand in this column. None stands for a missing value."""
        if cell is None:
            return True
        if type(cell) not in _TYPES[self.type]:
            return False
        return self.type != "class_label" or -1 <= int(cell) < len(self.names)  # type: ignore[call-overload]


def check(rows: Iterable[Sequence[object]], features: Sequence[Feature], *, name: str) -> tuple[Values, ...]:
    """The rows as values, each cell of its column's exact type. Raises UsageError that names the row."""
    checked = []
    for number, row in enumerate(rows):
        if len(row) != len(features):
            raise UsageError(f"{name}, row {number}: {len(row)} cells for {len(features)} columns")
        for feature, cell in zip(features, row, strict=True):
            if not feature.accepts(cell):
                raise UsageError(f"{name}, row {number}: {cell!r} is no {feature.type} for `{feature.name}`")
        checked.append(tuple(row))
    return tuple(checked)  # type: ignore[arg-type]


def to_bytes(rows: Iterable[Values]) -> bytes:
    """Rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows).encode()


def from_bytes(raw: bytes, features: Sequence[Feature], *, name: str) -> tuple[Values, ...]:
    """Rows from JSON lines that `to_bytes` wrote. Raises AssetCorrupt when they are not."""
    try:
        return check((json.loads(line) for line in raw.decode().split("\n") if line), features, name=name)
    except (ValueError, UsageError) as error:
        raise AssetCorrupt(f"{name}: {error}") from error
