"""What a sample says, and the files that are made of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from autograder.authoring.sample_files import reference_files, run_digest, sample_files, untouched_files
from autograder.authoring.samples import Sample, load_samples
from autograder.authoring.samples_page import PATH, samples_page
from autograder.errors import AuthoringError, ConfigError
from autograder.formats.notebook import read
from autograder.model.assignment import Assignment
from autograder.model.execution import RunOutcome
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome
from tests.unit.authoring.builders import a_loaded_assignment, notebook_text, standard_cells

OUTCOMES = (
    '[checks]\n"double.visible" = "failed"\n"double.outside" = ["failed", "partial"]\nwhy = "waiting"\n'
)
HEAD = 'schema = 1\ndescription = "Adds one instead"\nstatus = "pending"\nrun_outcome = "completed"\n'
RECIPE = '[[notebooks]]\nreplace = [{ cell = "double", file = "wrong.py" }]\n'


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return a_loaded_assignment(tmp_path / "lab")


def a_sample(assignment: Assignment, toml: str = HEAD + OUTCOMES + RECIPE, **files: str) -> Sample:
    folder = assignment.folder / "samples" / "adds_one"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"wrong.py": "def double(x):\n    return x + 1\n", **files}.items():
        (folder / name).write_text(text)
    (folder / "expected.toml").write_text(toml)
    return load_samples(assignment)[0]


def sources(files: dict[str, bytes], name: str = "lab.ipynb") -> list[str]:
    return [cell.source for cell in read(files[name]).cells]


def test_a_verdict_names_status_run_outcome_checks_score_and_findings(assignment: Assignment) -> None:
    more = 'score = [0, 2.5]\nfindings = ["paths"]\ntolerated_findings = ["runs"]\nalways_run = true\n'
    sample = a_sample(assignment, HEAD + more + OUTCOMES + RECIPE)
    assert sample.name == "adds_one" and sample.description == "Adds one instead" and sample.always_run
    expected = sample.expected
    assert expected.statuses == {Status.PENDING} and expected.run_outcomes == {RunOutcome.COMPLETED}
    assert expected.checks["double.outside"] == {CheckOutcome.FAILED, CheckOutcome.PARTIAL}  # type: ignore[index]
    assert expected.score == (Decimal(0), Decimal("2.5"))
    assert expected.findings == {"paths"} and expected.tolerated == {"runs"}


def test_the_reference_keeps_solutions_and_loses_hidden_tests_and_markers(assignment: Assignment) -> None:
    assert sources(dict(reference_files(assignment))) == [
        "# A small lab\nDouble a number.",
        'def double(x):\n    """Give twice x."""\n    doubled_value = x + x\n    return doubled_value',
        "assert double(1) == 2",
        "Because adding is doubling, says the author.",
    ]


def test_the_untouched_release_is_the_release(assignment: Assignment) -> None:
    assert "raise NotImplementedError()" in sources(dict(untouched_files(assignment)))[1]


def test_a_recipe_changes_the_cells_it_names_and_no_others(assignment: Assignment) -> None:
    made = sources(dict(sample_files(a_sample(assignment), assignment)))
    assert made[1] == "def double(x):\n    return x + 1"
    assert made[0] == "# A small lab\nDouble a number." and len(made) == 4


def test_a_recipe_can_put_cells_in_leave_cells_out_and_split_a_notebook(assignment: Assignment) -> None:
    recipe = """
[[notebooks]]
name = "part1.ipynb"
last = "double"
insert = [{ cell = "double", source = "a = 1" }, { cell = "double", source = "b", cell_type = "markdown" }]
[[notebooks]]
name = "part2.ipynb"
base = "untouched"
first = "test_double"
without = ["why"]
"""
    files = dict(sample_files(a_sample(assignment, HEAD + OUTCOMES + recipe), assignment))
    assert sources(files, "part1.ipynb")[2:] == ["a = 1", "b"]
    assert sources(files, "part2.ipynb") == ["assert double(1) == 2"]


def test_without_a_recipe_the_notebooks_and_files_of_the_folder_are_handed_in(assignment: Assignment) -> None:
    toml = HEAD + 'files = ["wrong.py"]\n' + OUTCOMES
    sample = a_sample(assignment, toml, **{"mine.ipynb": notebook_text(standard_cells())})
    files = sample_files(sample, assignment)
    assert set(files) == {"mine.ipynb", "wrong.py"}


def test_a_sample_may_hand_in_an_archive_as_it_is_and_then_names_no_checks(assignment: Assignment) -> None:
    toml = 'schema = 1\ndescription = "No zip"\nstatus = "rejected"\n'
    toml += 'archive = "wrong.py"\narchive_name = "a.rar"\n'
    sample = a_sample(assignment, toml)
    assert (sample.archive, sample.archive_name, sample.expected.checks) == ("wrong.py", "a.rar", {})
    assert sample_files(sample, assignment) == {}


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        (HEAD + RECIPE, "the outcome of each check must be named; missing: double.visible"),
        (
            HEAD + OUTCOMES.replace("double.visible", "double.visble") + RECIPE,
            'did you mean "double.visible"?',
        ),
        (HEAD + OUTCOMES.replace('"waiting"', '"wating"') + RECIPE, ":8: checks.why"),
        (HEAD + OUTCOMES, "hands in nothing"),
        (HEAD + OUTCOMES + RECIPE.replace("wrong.py", "no.py"), "there is no file"),
        (HEAD + OUTCOMES + RECIPE + 'source = "Lab.ipynb"\n', 'did you mean "lab.ipynb"?'),
        (HEAD + 'finding = ["paths"]\n' + OUTCOMES + RECIPE, 'did you mean "findings"?'),
        (HEAD.replace('"pending"', '"passed"') + OUTCOMES + RECIPE, ":3: status"),
        (
            HEAD + OUTCOMES + '[[notebooks]]\nreplace = [{ cell = "double" }]\n',
            "give either `file` or `source`",
        ),
    ],
)
def test_a_wrong_verdict_file_is_refused_with_its_place(
    assignment: Assignment, toml: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as problem:
        a_sample(assignment, toml)
    assert expected in str(problem.value) and "adds_one/expected.toml" in str(problem.value)


def test_a_sample_folder_without_a_verdict_is_an_error(assignment: Assignment) -> None:
    (assignment.folder / "samples" / "empty").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"empty/expected\.toml: there is no such file"):
        load_samples(assignment)


def test_a_recipe_that_names_a_cell_nobody_has_is_refused(assignment: Assignment) -> None:
    sample = a_sample(assignment, HEAD + OUTCOMES + RECIPE.replace('"double"', '"dubble"'))
    with pytest.raises(AuthoringError, match='no cell has the grade_id "dubble"; did you mean "double"'):
        sample_files(sample, assignment)


def test_recorded_evidence_belongs_to_the_code_that_ran_and_not_to_its_prose(tmp_path: Path) -> None:
    def digest(name: str, old: str = "", new: str = "") -> str:
        cells = standard_cells()
        for cell in cells:
            cell["source"] = cell["source"].replace(old, new) if old else cell["source"]
        assignment = a_loaded_assignment(tmp_path / name, cells=cells)
        return run_digest(reference_files(assignment), assignment)

    same = digest("a")
    assert digest("b", "Double a number", "Twice a number") == same
    assert digest("c", "x + x", "2 * x") != same
    assert digest("d", "-7.0", "-7.00") != same


def test_the_published_example_is_read_and_made(assignment: Assignment) -> None:
    example = Path(__file__).parent / "example_expected.toml"
    files = dict(sample_files(a_sample(assignment, example.read_text()), assignment))
    assert sources(files, "part1.ipynb") == ["def double(x):\n    return x + 1", "a = 1"]


def test_the_committed_page_about_samples_is_current() -> None:
    docs = Path(__file__).resolve().parents[3] / "docs"
    assert (docs / PATH).read_text() == samples_page(), "run `make docs`"
