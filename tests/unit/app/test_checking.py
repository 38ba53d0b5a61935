"""What a student is told before handing in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.app.checking import bound_names, check_before_handing_in, pack_submission, parsed_day
from autograder.app.course_files import course_files, digests_of_course_files
from autograder.authoring.release import release
from autograder.authoring.scaffold import new
from autograder.config.assignment_file import load
from autograder.errors import UsageError


@pytest.fixture
def released(tmp_path: Path) -> Path:
    new(tmp_path / "lab")
    release(load(tmp_path / "lab"), tmp_path / "release")
    return tmp_path / "release"


def test_an_untouched_release_has_nothing_to_complain_about(released: Path) -> None:
    report = check_before_handing_in(released / "lab.ipynb", released)
    assert not report.rejected
    assert not report.findings
    assert "nothing to complain about" in "\n".join(report.lines())


def test_a_missing_name_is_told_before_it_costs_points(released: Path, tmp_path: Path) -> None:
    notebook = json.loads((released / "lab.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("def standardise", "def standardize")
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    report = check_before_handing_in(tmp_path / "mine.ipynb", released)
    assert report.missing_names == ("standardise",)
    assert "standardise" in "\n".join(report.lines())


def test_an_absolute_path_is_found_with_cell_and_line(released: Path, tmp_path: Path) -> None:
    notebook = json.loads((released / "lab.ipynb").read_text())
    extra = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "execution_count": None}
    extra["source"] = "import numpy as np\ntable = np.loadtxt('/home/someone/table.csv')"
    notebook["cells"].append(extra)
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    report = check_before_handing_in(tmp_path / "mine.ipynb", released)
    [finding] = report.findings
    assert finding.rule == "paths"
    assert "line 2" in "\n".join(report.lines())
    assert report.as_json()["findings"][0]["line"] == 2


def test_the_most_important_cause_comes_first_in_the_words_of_the_report(
    released: Path, tmp_path: Path
) -> None:
    config = released / "assignment.toml"
    config.write_text(
        config.read_text()
        + '\n[guidelines.rules.torch]\nfirmness = "firm"\n\n[guidelines.rules.portable]\nfirmness = "hint"\n'
    )
    notebook = json.loads((released / "lab.ipynb").read_text())
    extra = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": [], "execution_count": None}
    extra["source"] = "open('/home/someone/x')\nimport torch\nwith tf.device('/GPU:0'):\n    torch.ones(1)"
    notebook["cells"].append(extra)
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    report = check_before_handing_in(tmp_path / "mine.ipynb", released)
    assert [finding.rule for finding in report.findings] == ["torch", "paths", "portable"]
    lines = list(report.lines())
    assert "2 things" in lines[0] and lines[2].startswith("1. ") and report.findings[0].message in lines[2]
    text = "\n".join(lines)
    for finding in report.findings:
        assert finding.message in text and f"Instead: {finding.instead}" in text
        assert all(place.text in text for place in finding.places)
    assert text.index(report.findings[1].message) < text.index("1 hint") < text.index("names a device")


def test_a_name_that_is_nearly_right_is_named(released: Path, tmp_path: Path) -> None:
    notebook = json.loads((released / "lab.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("def standardise", "def standardize")
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    report = check_before_handing_in(tmp_path / "mine.ipynb", released)
    assert "rename `standardize`" in "\n".join(report.lines())


def test_something_that_is_no_submission_is_rejected_with_a_reason(released: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_bytes(b"not a zip")
    report = check_before_handing_in(tmp_path / "mine.zip", released)
    assert report.rejected
    assert report.rejected in "\n".join(report.lines())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(): pass\nx = y = 1", {"f", "x", "y"}),
        ("pip install numpy\nimport numpy as np", {"np"}),
        ("%matplotlib inline\nmodel = 1", {"model"}),
        ("(((", set()),
    ],
)
def test_names_are_read_as_the_notebook_would_bind_them(source: str, names: set[str]) -> None:
    assert bound_names(source) == names


def test_packing_twice_counts_versions(released: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = {"net_id": "ab1234", "homework": "1", "number": None, "day": "20261122", "out": out}
    first = pack_submission([released / "lab.ipynb"], **arguments)  # type: ignore[arg-type]
    second = pack_submission([released / "lab.ipynb"], **arguments)  # type: ignore[arg-type]
    assert first.path.name == "ab1234_20261122_1_HW1.zip"
    assert second.path.name == "ab1234_20261122_2_HW1.zip"


def test_a_date_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        parsed_day("22.11.2026")
    assert "20261122" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "placed"), [("help.py", "help.py"), ("../help.py", "help.py"), ("../../d/help.py", "d/help.py")]
)
def test_course_files_are_given_as_they_were_handed_out(tmp_path: Path, name: str, placed: str) -> None:
    new(tmp_path / "lab")
    toml = tmp_path / "lab" / "assignment.toml"
    toml.write_text(
        toml.read_text().replace("[environment]", f'course_files = ["{name}"]\n\n[environment]', 1)
    )
    source = tmp_path / "lab" / "source" / name.replace("../", "")
    source.parent.mkdir(exist_ok=True)
    source.write_text("x = 1")
    assignment = load(tmp_path / "lab")
    [(path, content)] = course_files(assignment, None)
    assert (str(path), content) == (placed, b"x = 1")
    assert list(digests_of_course_files(assignment)) == [name.replace("../", "")]
