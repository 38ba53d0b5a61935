"""Column types of our own: points as integer micro-points and times in UTC.

SQLAlchemy's `Numeric` becomes a binary fraction in SQLite and its `DateTime` drops the zone; both would
change what was recorded. These types refuse what they cannot keep: NaN, infinity, absurd sizes, a time
without a zone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

MICRO = Decimal(1_000_000)
MOST_POINTS = Decimal(1_000_000_000)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def to_micro(points: Decimal) -> int:
    """Points as integer micro-points, rounded half to even at the sixth decimal.

    ValueError when `points` is not finite or its size is above a thousand million.
    """
    if not points.is_finite() or abs(points) > MOST_POINTS:
        raise ValueError(f"points must be a finite number of usual size, not {points}")
    return int((points * MICRO).to_integral_value(rounding=ROUND_HALF_EVEN))


def from_micro(micro: int) -> Decimal:
    """Micro-points as points, without trailing zeros after the decimal point."""
    return (Decimal(micro) / MICRO).quantize(Decimal("0.000001")).normalize() + Decimal(0)


class Points(TypeDecorator[Decimal]):
    """Points: `Decimal` in Python, integer micro-points in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Turn points into micro-points."""
        return None if value is None else to_micro(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Turn micro-points into points."""
        return None if value is None else from_micro(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time: text that sorts in SQLite, a time with zone elsewhere; always UTC in Python."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Text of fixed width for SQLite, which has no type for times."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Turn an aware time into UTC; refuse one without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.strftime(_TIME) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        """Give back an aware time in UTC."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)  # ten times as fast as strptime
        return value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text that every database can hold: NUL and lone surrogates become the replacement character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        return None if value is None else clean(value)


def clean(text: str) -> str:
    """`text` with U+FFFD in place of NUL characters and lone surrogates, which databases refuse."""
    return _UNSTORABLE.sub("\ufffd", text)
