"""Wilson's score interval of a share: one formula for checks, `verify` and the reports."""

from __future__ import annotations

import math
from typing import Final

Z_95: Final = 1.959963984540054


def wilson(share: float, rows: float, *, z: float = Z_95) -> tuple[float, float]:
    """The interval of a `share` of `rows` rows, both ends in [0, 1] and the share between them.

    Raises:
        ValueError: there are no rows, or the share is not in [0, 1].

    """
    if not (rows > 0 and 0 <= share <= 1):
        raise ValueError(f"{share} of {rows} rows is no share")
    scale = 1 + z * z / rows
    middle = (share + z * z / (2 * rows)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))
