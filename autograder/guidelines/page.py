"""The page that describes the guidelines, written from the rules themselves.

`python -m autograder.guidelines.page docs/guidelines.md` writes it. It says what each rule looks for; which
of them an assignment uses, and what they cost, stands in its `assignment.toml`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from autograder.guidelines.registry import RULES
from autograder.guidelines.rule import Need, Rule
from autograder.model.assignment import Firmness

_MEASURED: Final = Path(__file__).with_name("measured.json")
_SHORTFALL: Final = (
    "Not every rule reaches the goals on the part set aside. There are ten broken cases of a rule there, so",
    "one that is missed makes its recall 0.9, and one false finding its precision 0.9. What is missed, as",
    "cases written anew show (those set aside were not read for it):",
    "",
    "- `data`: a test part drawn from the rows that were trained on, labels changed at single positions or",
    "  inside a library, and rows that pass through what is made at run time",
    "- `trained_here`: files that are found or named at run time, and interpreters other than Keras",
    "- `runs`: what a library gives without the network may be empty; the error that follows looks like a",
    "  fault of the notebook",
    "- `torch`: libraries that use PyTorch inside without saying so in their name, and other frameworks;",
    "  modules in the archive are read even where no cell imports them, which can be too strict",
    "- `base_model`: names that stand in a file, or are decoded at run time; choices made by a run",
    "- `shortcuts`: toolkits that nobody has put on the list",
    "",
    "Each section says what its rule cannot see. `data`, `content` and `trained_here` are at most proposed:",
    "a person confirms what they find before it costs points. For the others the assignment decides. The",
    "figures of the part set aside were seen many times while the rules were tuned, and one change",
    "was taken back",
    "because of them: take them for somewhat too good.",
)
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
    return "\n".join([_INTRODUCTION, *overview, "", *_quality(), *pages]) + "\n"


def _quality() -> Iterator[str]:
    """Give what was measured on the labelled corpus, and how long it takes."""
    measured = json.loads(_MEASURED.read_text(encoding="utf-8"))
    goals = measured["goals"]
    yield "## How well this works"
    yield ""
    yield from (
        "Precision is the share of findings that are right, recall the share of broken cases that are found.",
        "Both are counted on a labelled corpus, `tests/guidelines_corpus`: a case counts as found when the",
        "finding can cost points. A third of it, *aside*, was not read while the rules were written; what is",
        f"said about it are figures only. Goals there: precision >= {goals['precision']}, recall >=",
        f"{goals['recall']}. `benchmarks/guidelines.py` measures again.",
        "",
        f"Measured on {measured['measured']}; {measured['machine']}.",
        "",
        "| rule | open: broken, not | precision | recall | aside: broken, not | precision | recall |",
        "|---|---|---|---|---|---|---|",
    )
    parts = measured["quality"]
    for name in parts["open"]:
        yield f"| {name} | {_figures(parts['open'][name])} | {_figures(parts['aside'][name])} |"
    yield ""
    yield from _SHORTFALL
    yield ""
    yield "| speed | figure | goal |"
    yield "|---|---|---|"
    for row in measured["speed"]:
        yield f"| {row['what']} | {row['figure']} | {row['goal']} |"


def _figures(one: dict[str, float]) -> str:
    return f"{one['broken']}, {one['not_broken']} | {one['precision']:.3f} | {one['recall']:.3f}"


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
