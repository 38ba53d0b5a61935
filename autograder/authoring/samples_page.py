"""The reference page of `samples/<name>/expected.toml`, generated from the tables that read it."""

from __future__ import annotations

from pathlib import Path

from autograder.authoring import samples
from autograder.config.reference import TableAt, page

PATH = Path("reference/samples.md")

INTRO = """\
A sample submission with the verdict it must get. `autograder verify` runs the samples and compares. Each one
is a folder `samples/<name>/` of the assignment:

```
expected.toml        this file
*.ipynb              what is handed in, unless a recipe makes it
evidence/            what `autograder verify --record` kept of a run, for `--recorded`
```

Ten samples need not be ten notebooks: a recipe takes the reference, or the untouched release, and says which
cells are different. Cells are named by their nbgrader `grade_id`.

```toml
schema = 1
description = "Rank 4 instead of 8"
status = "pending"
run_outcome = "completed"
score = [60, 70]

[checks]
"part2.added-parameters" = "failed"
"part2.generalises" = ["passed", "partial"]
"part2.discussion" = "waiting"

[[notebooks]]
replace = [{ cell = "part2_lora", file = "rank4.py" }]
```

The outcome of every check must be named. `score` compares the points that are known: what a person has still
to decide is left out, confirmed deductions are taken off."""

TABLES: tuple[TableAt, ...] = (
    ("", samples.SampleTable),
    ("[[notebooks]]", samples.NotebookTable),
    ("replace = [{ ... }]", samples.ReplaceTable),
    ("insert = [{ ... }]", samples.InsertTable),
)


def samples_page() -> str:
    """Give the Markdown page."""
    return page("samples/<name>/expected.toml", INTRO, TABLES)
