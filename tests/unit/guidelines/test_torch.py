"""TensorFlow/Keras only, in the many styles students write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from autograder.formats.notebook import Notebook
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState, Severity

Look = Callable[..., Finding | None]
RULE = "torch"


def test_work_done_with_torch_is_firm(look: Look, breaks: list[str]) -> None:
    finding = look("torch", *breaks)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)
    assert finding.severity is Severity.ERROR and finding.points == 2 and finding.places


def test_torch_that_does_no_work_is_a_warning_without_points(look: Look, hint: list[str]) -> None:
    finding = look("torch", *hint)
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0
    assert finding.state is FindingState.PROPOSED and finding.severity is not Severity.ERROR


def test_work_without_torch_is_clean(look: Look, clean: list[str]) -> None:
    assert look("torch", *clean) is None


def test_cells_unchanged_from_the_release_are_exempt(look: Look, notebook: Callable[..., Notebook]) -> None:
    helper = "import torch\ndef gpu():\n    return torch.ones(1).cuda()"
    released = {"Lab.ipynb": notebook(helper)}
    assert look("torch", helper + "  \n", released=released) is None
    changed = look("torch", helper, "torch.ones(2)", released=released)
    assert changed is not None and [place.cell for place in changed.places] == [1]


def test_a_module_beside_the_notebook_is_read(look: Look) -> None:
    files = {"tools/net.py": "import torch.nn as nn\ndef head():\n    return nn.Linear(2, 3)\n"}
    finding = look("torch", "from tools.net import head\nhead()", files=files)
    assert finding is not None and finding.firmness is Firmness.FIRM
    assert (finding.places[0].file, finding.places[0].line) == ("tools/net.py", 3)


def test_what_a_module_passes_on_is_known(look: Look) -> None:
    finding = look("torch", "from net import t as x", "x.ones(3)", files={"net.py": "import torch as t\n"})
    assert finding is not None and (finding.places[0].cell, finding.places[0].line) == (1, 1)


def test_an_unchanged_course_file_is_exempt(look: Look) -> None:
    source = "import torch\nx = torch.ones(1)\n"
    same = {"helper.py": hashlib.sha256(source.encode()).hexdigest()}
    other = {"helper.py": hashlib.sha256(b"other").hexdigest()}
    assert look("torch", "import helper", files={"helper.py": source}, released_files=same) is None
    assert look("torch", "import helper", files={"helper.py": source}, released_files=other) is not None


def test_use_comes_before_imports(look: Look) -> None:
    finding = look("torch", "import torch", "x = 1", "y = torch.ones(3)")
    assert finding is not None
    assert [(place.cell, place.line, place.cell_id) for place in finding.places] == [
        (2, 1, "c2"),
        (0, 1, "c0"),
    ]
    assert finding.places[0].text == "y = torch.ones(3)"
