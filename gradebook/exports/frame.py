"""The tidy table as a pandas DataFrame. pandas is imported when it is used; it need not be installed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from autograder.errors import GradebookError
from gradebook.exports.parquet import arrow_table
from gradebook.exports.table import GradeTable
from gradebook.exports.tidy import COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame

DTYPES: Final = {str: "string", int: "Int64", Decimal: "Float64", datetime: "datetime64[us, UTC]"}
"""What pandas calls the types of the columns. Points become binary fractions; Parquet keeps them exact."""


def frame_of(table: GradeTable) -> DataFrame:
    """One row for each student and assignment. GradebookError when pandas is not installed."""
    try:
        import pandas  # noqa: F401
    except ModuleNotFoundError as error:
        raise GradebookError(
            "pandas is not installed", hint="Install it with `pip install pandas`."
        ) from error
    made: DataFrame = arrow_table(table).to_pandas(strings_to_categorical=False)
    for name, column in COLUMNS.items():
        if column.kind is Decimal:
            made[name] = made[name].map(lambda points: None if points is None else float(points))
        made[name] = made[name].astype(DTYPES[column.kind])
    return made
