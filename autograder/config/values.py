"""The kinds of values that configuration files hold: names, points, relative paths.

These types refuse what TOML would let through, such as the string "20" where points are meant.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
)

from autograder.model.surroundings import MOST_LEVELS


class Table(BaseModel):
    """A TOML table: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number without quotes")
    return value


def _relative(value: str) -> str:
    path = PurePosixPath(value)
    outside = path.is_absolute() or ".." in path.parts or PureWindowsPath(value).drive or "\\" in value
    if outside or path == PurePosixPath():
        raise ValueError(
            f'must be a relative path with forward slashes that stays below its folder, not "{value}"'
        )
    return str(path)


def _course_file(value: str) -> str:
    parts = PurePosixPath(value).parts
    up = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    if up > MOST_LEVELS:
        raise ValueError(f'may lead at most {MOST_LEVELS} folders up, not {up} as "{value}"')
    return "../" * up + _relative("/".join(parts[up:])) if up else _relative(value)


def _has_four_decimals(value: Decimal) -> Decimal:
    if value != round(value, 4):
        raise ValueError("must have at most 4 decimals")
    return value


NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=100)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[^\W\d]\w*$", max_length=100)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
RelativePath = Annotated[str, AfterValidator(_relative)]
CourseFile = Annotated[str, AfterValidator(_course_file)]
"""A relative path that may begin with a few `../`: seen from the notebook's folder."""
Points = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=0, le=1_000_000, allow_inf_nan=False),
    AfterValidator(_has_four_decimals),
]
SignedPoints = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False),
    AfterValidator(_has_four_decimals),
]
Share = Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=1, allow_inf_nan=False)]
Positive = Annotated[float, BeforeValidator(_number), Field(gt=0, allow_inf_nan=False)]
Count = Annotated[StrictInt, Field(gt=0)]
