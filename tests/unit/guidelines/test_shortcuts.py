"""No library that makes the task trivial."""

from __future__ import annotations

from collections.abc import Callable

from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState

Look = Callable[..., Finding | None]
RULE = "shortcuts"


def test_a_toolkit_that_is_used_is_firm(look: Look, breaks: list[str]) -> None:
    finding = look("shortcuts", *breaks)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)


def test_a_toolkit_that_does_no_work_is_a_hint(look: Look, hint: list[str]) -> None:
    finding = look("shortcuts", *hint)
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0


def test_work_of_ones_own_is_clean(look: Look, clean: list[str]) -> None:
    finding = look("shortcuts", *clean)
    assert finding is None, finding


def test_an_assignment_may_forbid_more_and_allow_some(look: Look) -> None:
    assert look("shortcuts", "import keras_cv\nkeras_cv.x()", packages=("keras_cv",)) is not None
    assert look("shortcuts", "import setfit\nsetfit.x()", allowed=("setfit",)) is None
    assert look("shortcuts", "from transformers import Trainer\nTrainer()", allowed=("Trainer",)) is None
    assert look("shortcuts", "m.enable_lora(rank=8)", allowed=("enable_lora",)) is None


def test_a_module_of_ones_own_with_a_toolkits_name_is_clean(look: Look) -> None:
    cells = (
        "import adapters\nimportlib.reload(adapters)\nadapters.attach(m)",
        "from adapters import *\nattach(m)",
    )
    assert look("shortcuts", *cells, files={"adapters.py": "def attach(m):\n    return m\n"}) is None
    assert look("shortcuts", *cells) is not None
