"""Join the ledgers of several kernels: every notebook has its own, and all belong to one run.

Records stay what a kernel said. Those of kernels that are gone lose their names (a variable of an earlier
notebook is bound to nothing any more) and their models are told apart from the ones that live.
"""

from __future__ import annotations

import json

from autograder.formats.plain import canonical


class Fits:
    """The ledgers of one run, in the order of its notebooks."""

    def __init__(self) -> None:
        self._earlier: list[object] = []
        self._current: list[object] = []
        self._notebook = ""

    def begin(self, notebook: str) -> None:
        """A new kernel runs this notebook; what the one before said last is kept."""
        self._earlier += [
            {**record, "names": [], "model": f"{self._notebook}/{record.get('model', '')}"}
            for record in self._current
            if isinstance(record, dict)
        ]
        self._current, self._notebook = [], notebook

    def joined(self, value: str) -> str:
        """Return a ledger's plain text with the records of earlier notebooks before it."""
        said = json.loads(value)
        if not isinstance(said, list):
            return value
        self._current = [
            {**record, "notebook": self._notebook}
            if isinstance(record, dict) and "$" not in record
            else record
            for record in said
        ]
        return canonical(json.dumps([*self._earlier, *self._current], ensure_ascii=False))
