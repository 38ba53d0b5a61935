"""The reference pages that are made from this package's code: JSON schema, columns of the CSV, visibility.

Nothing is written here; tests compare the committed pages with these texts.
"""

from __future__ import annotations

import json

from autograder.reporting import csv, json_line, visibility_page


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {
        "grade-json.schema.json": json.dumps(json_line.schema(), indent=2) + "\n",
        "grades-csv.md": csv.reference(),
        "visibility.md": visibility_page.visibility_page(),
    }
