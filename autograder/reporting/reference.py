"""Write the reference pages that are made from this package's code.

Run it with `python -m autograder.reporting.reference DIR`. Tests compare the committed pages
with what it writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder.reporting import csv, json_line


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {
        "grade-json.schema.json": json.dumps(json_line.schema(), indent=2) + "\n",
        "grades-csv.md": csv.reference(),
    }


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
