"""The tidy table as a Parquet file, with exact decimals, and as the Arrow table it is made of.

pyarrow is imported when it is used. Nothing is read here: Parquet of strangers is not opened.
"""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from gradebook.exports.table import GradeTable
from gradebook.exports.tidy import COLUMNS, records

DIGITS, DECIMALS = 38, 6
_EXACT: Final = Decimal(1).scaleb(-DECIMALS)


def arrow_table(table: GradeTable) -> Any:
    """A `pyarrow.Table` with the columns and types of `tidy.COLUMNS`."""
    import pyarrow  # type: ignore[import-untyped]

    types = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        Decimal: pyarrow.decimal128(DIGITS, DECIMALS),
        datetime: pyarrow.timestamp("us", tz="UTC"),
    }
    fields = [
        pyarrow.field(name, types[column.kind], nullable=column.kind is not str)
        for name, column in COLUMNS.items()
    ]
    by_column = list(zip(*records(table), strict=True)) or [()] * len(COLUMNS)
    arrays = [
        pyarrow.array([_exact(cell) for cell in cells], type=field.type)
        for field, cells in zip(fields, by_column, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))


def _exact(cell: object) -> object:
    return cell.quantize(_EXACT) if isinstance(cell, Decimal) else cell


def write_parquet(table: GradeTable) -> bytes:
    """The file's bytes."""
    from pyarrow import parquet

    written = io.BytesIO()
    parquet.write_table(arrow_table(table), written)
    return written.getvalue()
