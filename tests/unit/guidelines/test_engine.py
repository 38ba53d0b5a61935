"""From hits to findings: firmness, states, points, order and what is always said."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.errors import ConfigError
from autograder.guidelines import page
from autograder.guidelines.engine import inspect
from autograder.guidelines.registry import RULES, find
from autograder.guidelines.rule import Need, Rule
from autograder.model.assignment import MIB, Assignment, Firmness, RuleSpec
from autograder.model.ids import RuleId
from autograder.model.results import Finding, FindingState, Severity
from autograder.model.submission import Submission

SubmissionOf = Callable[..., Submission]
AssignmentOf = Callable[..., Assignment]
Look = Callable[..., Finding | None]
ROOT = Path(__file__).resolve().parents[3]


def spec(
    rule: str, firmness: Firmness = Firmness.PROPOSED, points: int = 2, **settings: tuple[str, ...]
) -> RuleSpec:
    return RuleSpec(id=RuleId(rule), firmness=firmness, points=Decimal(points), settings=settings)


@pytest.mark.parametrize(
    ("firmness", "state", "points"),
    [
        (Firmness.FIRM, FindingState.CONFIRMED, 2),
        (Firmness.PROPOSED, FindingState.PROPOSED, 2),
        (Firmness.HINT, FindingState.PROPOSED, 0),
    ],
)
def test_the_assignment_says_how_firm_a_rule_is(
    submission: SubmissionOf, assignment: AssignmentOf, firmness: Firmness, state: FindingState, points: int
) -> None:
    (finding,) = inspect(submission("open('/home/x/y')"), None, assignment(spec("paths", firmness)))
    assert (finding.state, finding.points, finding.firmness) == (state, points, firmness)
    assert (finding.severity is Severity.ERROR) == (firmness is not Firmness.HINT)


def test_only_the_rules_of_the_assignment_are_looked_at(
    submission: SubmissionOf, assignment: AssignmentOf
) -> None:
    handed_in = submission("import torch\ntorch.ones(1)\nopen('/home/x')", name="bad.zip")
    assert inspect(handed_in, None, assignment()) == ()
    assert [f.rule for f in inspect(handed_in, None, assignment("torch"))] == ["torch"]


def test_points_default_to_nothing(submission: SubmissionOf, assignment: AssignmentOf) -> None:
    (finding,) = inspect(submission("open('/home/x/y')"), None, assignment(RuleSpec(id=RuleId("paths"))))
    assert finding.points == 0 and finding.state is FindingState.PROPOSED


def test_code_that_cannot_be_read_is_always_said(submission: SubmissionOf, assignment: AssignmentOf) -> None:
    (finding,) = inspect(submission("def f(:", "x = 1"), None, assignment())
    assert finding.rule == "readable" and finding.points == 0 and "not valid Python" in finding.message
    assert (finding.places[0].cell, finding.places[0].line) == (0, 1)


@pytest.mark.parametrize(
    "cell",
    [
        "pip install datasets transformers[sentencepiece] -q",
        "import os\npip install datasets\nx = 1",
        "conda install -c conda-forge x",
        "git clone https://github.com/a/b",
        "cd ..",
        "ls -la",
        "!pip install x \\\n  y",
        "%pip install x",
        "%%bash\nfor f in *; do echo $f; done",
        "%%html\n<b>x</b>",
        "?open",
        "open??",
        "files = !ls *.csv",
        "%time x = 1",
        "%%time\nx = 1",
        ">>> x = 1\n>>> y = 2",
        "  x = 1\n  y = 2",
        "await thing()",
        "print('%d' % 3)\n%matplotlib inline",
        "match x:\n    case 1:\n        pass",
        "# nur ein Kommentar",
        "\n\n",
        "%%latex\n\\frac{a}{b}",
        "%%sql\nselect 1",
        "for i in range(3):\n    !echo {i}",
        "!",
        "%",
    ],
)
def test_what_notebooks_allow_is_no_syntax_error(
    submission: SubmissionOf, assignment: AssignmentOf, cell: str
) -> None:
    assert inspect(submission(cell), None, assignment()) == ()


def test_a_later_cell_is_read_after_one_that_cannot_be(look: Look) -> None:
    assert look("torch", "def f(:", "import torch\ntorch.ones(1)") is not None


def test_findings_are_ordered_by_importance(submission: SubmissionOf, assignment: AssignmentOf) -> None:
    cells = ["open('/home/x/y')", "from peft import x\nx()", "import torch\ntorch.ones(1)", "def f(:"]
    found = inspect(
        submission(*cells, name="bad.zip"), None, assignment(*(r for r in RULES if r != "readable"))
    )
    assert [finding.rule for finding in found] == ["torch", "shortcuts", "paths", "archive_name", "readable"]


def test_an_unknown_rule_names_the_nearest(submission: SubmissionOf, assignment: AssignmentOf) -> None:
    with pytest.raises(ConfigError, match='"paths"'):
        inspect(submission("x"), None, assignment("pathes"))
    with pytest.raises(ConfigError, match="no setting"):
        inspect(submission("x"), None, assignment(spec("paths", roots=("x",))))
    with pytest.raises(ConfigError, match="twice"):
        inspect(submission("x"), None, assignment("base-model", "base_model"))
    assert find("base-model") is RULES["base_model"]


def test_reading_prints_no_warning(look: Look) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        look("torch", "x = '\\d'\nassert (1, 'x')\nif x is 'a': pass")


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_rule_keeps_its_own_examples(look: Look, rule: Rule) -> None:
    assert rule.id == next(name for name, each in RULES.items() if each is rule)
    if Need.EXECUTION in rule.needs and rule.id not in ("base_model", "data"):
        return
    archive = rule.needs == (Need.ARCHIVE,)
    for example, broken in ((rule.example_bad, True), (rule.example_good, False)):
        cells, name = (["x = 1"], example) if archive else (example.split("\n# %%\n"), "folder")
        path, _, size = example.removesuffix(" MiB").rpartition(" ")
        files = {path: bytes(int(size) * MIB)} if rule.id == "content" else {}
        cells = ["x = 1"] if files else cells
        settings = {"required": ("financial_phrasebank",)} if rule.id == "data" else {}
        found = look(rule.id, *cells, name=name, files=files, contract=("part1_all",), **settings)
        assert (found is not None) is broken


def test_the_page_about_the_guidelines_is_current() -> None:
    assert (ROOT / "docs" / "guidelines.md").read_text(encoding="utf-8") == page.text(), (
        "run: python -m autograder.guidelines.page docs/guidelines.md"
    )
