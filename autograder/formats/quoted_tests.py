"""Names by which a test cell runs code that it holds as text, as cells converted from otter do.

With them the comparisons inside that text can be found. Nothing is run here.
"""

from __future__ import annotations

from typing import Final

EXAMPLE: Final = "_OtterExample"
"""`name = EXAMPLE(names, code, ...)` runs an example; what it showed is compared afterwards."""
FILE: Final = "_otter_run"
"""`FILE(code, path, function)` runs one function of a test file."""
