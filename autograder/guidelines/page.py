"""The page that describes the guidelines, written from the rules themselves.

`python -m autograder.guidelines.page docs/guidelines.md` writes it. It says what each rule looks for; which
of them an assignment uses, and what they cost, stands in its `assignment.toml`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from autograder.guidelines.registry import RULES
from autograder.guidelines.rule import Need, Rule
from autograder.model.assignment import Firmness

_FIRMNESS: Final = {
    Firmness.FIRM: "may cost points by itself, where the assignment says so",
    Firmness.PROPOSED: "costs points once a person confirms it",
    Firmness.HINT: "never costs points",
}
_NEEDS: Final = {
    Need.ARCHIVE: "the archive",
    Need.NOTEBOOK: "the notebook",
    Need.SYNTAX: "the code, read with the real parsers",
    Need.EXECUTION: "the run",
}
_INTRODUCTION: Final = """\
# Guidelines

<!-- Written by `autograder.guidelines.page` from the rules. Do not edit. -->

A guideline is a rule of the course that a program can look for in what was handed in. `autograder check`
shows a student the same words before handing in that the report shows later.

- One **finding** per rule, with all its places: file, cell, line, text, and what to do instead.
- A finding is `confirmed`, `proposed` or `waived`. Only a confirmed one costs points. It is confirmed by
  itself only where the assignment makes the rule `firm`, the rule allows it, and the case is clear;
  otherwise a person confirms or waives it.
- One cause is deducted once: a run that fails for want of PyTorch costs no more than using PyTorch.
- Deductions are 0 unless `assignment.toml` says otherwise, and they have a cap.
- Cells and files unchanged from the release are exempt.
- Code is read, never run: IPython's transformer for magics and shell lines, then Python's own parser.
  Names are followed through imports, aliases, constants, f-strings, `importlib`, `exec` of a text,
  arguments of functions and modules beside the notebook.
- A notebook that is too large or too deep to read becomes a finding for a person, never a hang.

An assignment uses a rule by naming it:

```toml
[guidelines]
cap = 10

[guidelines.rules.paths]
points = 5
firmness = "proposed"        # firm, proposed or hint
```
"""


def text() -> str:
    """Return the page as Markdown."""
    overview = [
        "| rule | in one line | at most |",
        "|---|---|---|",
        *(f"| [`{rule.id}`](#{rule.id}) | {rule.statement} | {rule.firmness} |" for rule in RULES.values()),
    ]
    pages = (line for rule in RULES.values() for line in _page(rule))
    return "\n".join([_INTRODUCTION, *overview, *pages]) + "\n"


def _page(rule: Rule) -> Iterator[str]:
    needs = " and ".join(_NEEDS[need] for need in rule.needs)
    yield ""
    yield f"## {rule.id}"
    yield ""
    yield f"**{rule.title}.** {rule.statement}"
    yield ""
    used = "Used in every assignment. " if rule.always else ""
    yield f"{used}At most `{rule.firmness}`: {_FIRMNESS[rule.firmness]}. It reads {needs}."
    for title, lines in (
        ("It looks for", rule.looks_for),
        ("It leaves alone", rule.leaves_alone),
        ("It cannot see", rule.cannot_see),
    ):
        yield ""
        yield f"{title}:"
        yield ""
        yield from (f"- {line}" for line in lines)
    if rule.settings:
        yield ""
        yield "Settings, each a list of texts:"
        yield ""
        yield from (f"- `{name}`: {meaning}" for name, meaning in rule.settings.items())
    language = "text" if rule.needs[0] is Need.ARCHIVE else "python"
    for title, example in (("Breaks the rule", rule.example_bad), ("Does not", rule.example_good)):
        yield ""
        yield f"{title}:"
        yield ""
        yield from (f"```{language}", example, "```")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
