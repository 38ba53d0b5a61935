"""Write the index of attacks into the threat model: `python -m tests.adversarial.index` from the root.

The index stands between two marks of `docs/threat-model.md`; everything else there was written by people. A
test compares the page with the corpus.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.adversarial.harness import PROMISES, Case, cases_of, families

PAGE = Path(__file__).resolve().parents[2] / "docs" / "threat-model.md"
BEGIN, END = "<!-- index of attacks: written by `make docs` -->", "<!-- end of the index -->"


def index() -> str:
    """Every promise with the attacks that prove it, in the order of the promises."""
    cases = [(family, case) for family in families() for case in cases_of(family)]
    lines = [f"{len(cases)} attacks in {len(families())} families."]
    for promise, sentence in PROMISES.items():
        rows = [row(family, case) for family, case in cases if case.promise == promise]
        lines += ["", f"### {promise}", "", sentence, "", "| attack | what it tries | what is recorded |"]
        lines += ["|---|---|---|", *sorted(rows)]
    return "\n".join(lines)


def row(family: str, case: Case) -> str:
    """One attack as one row of a table."""
    return f"| `{family}/{case.id}` | {cell(case.title)} | {cell(recorded(case))} |"


def cell(text: str) -> str:
    """A text as it may stand in a cell."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def recorded(case: Case) -> str:
    """What must be recorded about an attack, in words."""
    expect = case.expect
    if expect.status == "rejected":
        return "rejected" + (f": \u201c{expect.reason}\u201d" if expect.reason else "")
    parts = [words(expect.outcome)] if expect.outcome else []
    groups: dict[str, list[str]] = {}
    for check, outcome in expect.checks.items():
        groups.setdefault(words(outcome), []).append(f"`{check}`")
    parts += [f"{', '.join(checks)} {outcome}" for outcome, checks in groups.items()]
    parts += [f"staff read \u201c{expect.flagged}\u201d"] if expect.flagged else []
    parts += [words(expect.status)] if expect.status != "graded" else []
    return "; ".join(parts) or "graded as any other work"


def words(alternatives: str) -> str:
    """Outcomes as they are read: "failed or not run"."""
    return alternatives.replace("_", " ").replace("|", " or ")


def page(text: str) -> str:
    """The page with the index of now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{index()}\n\n{END}{after}"


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.name}\n")
    PAGE.write_text(page(PAGE.read_text()))
