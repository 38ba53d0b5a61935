"""What assignment.toml may say, and how its mistakes are reported."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.config.assignment_file import load
from autograder.errors import ConfigError
from autograder.model.assignment import GIB, Assignment, Assurance, Firmness, GpuNeed, Visibility

EXAMPLE = Path(__file__).parent / "example_assignment.toml"
MINIMAL = 'schema = 1\nid = "small"\ntitle = "Small"\nnotebooks = ["a.ipynb"]\n'


def a_notebook(*sources: str) -> str:
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def an_assignment_folder(folder: Path, toml: str = MINIMAL) -> Path:
    (folder / "source").mkdir(parents=True, exist_ok=True)
    (folder / "checks").mkdir(exist_ok=True)
    (folder / "rubrics").mkdir(exist_ok=True)
    for name in ("a.ipynb", "Sentiment.ipynb"):
        (folder / "source" / name).write_text(a_notebook("1 + 1"))
    (folder / "source" / "helper.py").write_text("def help(): ...\n")
    (folder / "checks" / "test_part1.py").write_text("# checks\n")
    (folder / "rubrics" / "part1.toml").write_text('[[items]]\nid = "why"\ntext = "Says why"\npoints = 10\n')
    (folder / "assignment.toml").write_text(toml)
    return folder


def problem_with(folder: Path, toml: str) -> str:
    with pytest.raises(ConfigError) as problem:
        load(an_assignment_folder(folder, toml))
    return str(problem.value)


@pytest.fixture
def example(tmp_path: Path) -> Assignment:
    return load(an_assignment_folder(tmp_path, EXAMPLE.read_text()))


def test_the_published_example_is_read_with_every_table(example: Assignment) -> None:
    checks = {check.id: check for check in example.checks}
    assert [check.assurance for check in example.checks] == [
        Assurance.SHARED,
        Assurance.SEPARATED,
        Assurance.HUMAN,
        Assurance.HUMAN,
    ]
    assert checks["part1.generalises"].after == "part-1"
    assert checks["part1.generalises"].visibility is Visibility.AFTER_PUBLISHED
    assert checks["part1.discussion"].rubric[0].points == 10
    assert example.max_score == 35
    assert example.environment.gpu is GpuNeed.OPTIONAL and example.environment.legacy_keras
    assert example.limits.memory_bytes == 6 * GIB and example.limits.times_reference == 4
    assert example.holdout and example.holdout.share == Decimal("0.2")
    assert example.gate and example.gate.share == Decimal("0.5")
    assert example.deduction_cap == 10
    archive_name = next(rule for rule in example.rules if rule.id == "archive_name")
    assert archive_name.settings == {"accepted": ("HW_final",)} and archive_name.firmness is Firmness.PROPOSED
    assert example.contract == ("part1_head_only", "predict_sentiment")


def test_an_unknown_key_is_named_with_file_line_and_the_nearest_known_key(tmp_path: Path) -> None:
    problem = problem_with(
        tmp_path, MINIMAL + '[[checks]]\nid = "q1"\nkind = "cells"\ncell = "t1"\npionts = 2\npoints = 1\n'
    )
    assert problem == (
        f'{tmp_path}/assignment.toml:9: checks[0].pionts: unknown key "pionts"; did you mean "points"?'
    )


def test_an_unknown_key_at_the_top_is_named_too(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, MINIMAL + 'traning = "retrain"\n')
    assert 'assignment.toml:5: traning: unknown key "traning"; did you mean "training"?' in problem


def test_a_mistyped_key_of_a_rule_is_not_taken_for_a_setting(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, MINIMAL + "[guidelines]\ncap = 5\n[guidelines.rules.paths]\npiont = 5\n")
    assert (
        ':8: guidelines.rules.paths.piont: "piont" must be a list of strings; did you mean "points"?'
        in problem
    )


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, 'schema = 1\nid = "a b"\nnotebooks = ["a.ipynb"]\non_error = "ignore"\n')
    assert 'the key "title" is missing' in problem
    assert ":2: id:" in problem
    assert ":4: on_error:" in problem and "'continue' or 'stop'" in problem


def test_text_that_is_no_toml_is_reported_with_its_line(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, 'schema = 1\nid = "small\n')
    assert "assignment.toml" in problem and "line 2" in problem


def test_another_version_of_the_format_is_refused(tmp_path: Path) -> None:
    assert ":1: schema:" in problem_with(tmp_path, MINIMAL.replace("schema = 1", "schema = 2"))


def test_a_folder_without_the_file_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as problem:
        load(tmp_path)
    assert "there is no assignment.toml" in str(problem.value) and "autograder new" in problem.value.hint


CELL_CHECK = '[[checks]]\nid = "q1"\nkind = "cells"\ncell = "t1"\npoints = 1\n'
PYTEST_CHECK = '[[checks]]\nid = "p1"\nkind = "pytest"\nassurance = "reported"\npoints = 1\n'


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        (CELL_CHECK * 2, 'checks: id "q1" is given 2 times'),
        (CELL_CHECK + CELL_CHECK.replace("q1", "q2"), 'checks: cell "t1" is given 2 times'),
        (CELL_CHECK.replace("points = 1", 'points = "1"'), "must be a number without quotes"),
        (CELL_CHECK.replace("points = 1", "points = -1"), "greater than or equal to 0"),
        (CELL_CHECK.replace("points = 1", "points = nan"), "finite number"),
        (CELL_CHECK.replace("points = 1", "points = 0.00001"), "at most 4 decimals"),
        (CELL_CHECK.replace('cell = "t1"\n', ""), "must name its test cell"),
        (CELL_CHECK + 'assurance = "separated"\n', "a cells check is shared, not separated"),
        (CELL_CHECK + 'after = "part-1"\n', "only a pytest check asks at a checkpoint"),
        (CELL_CHECK + 'rubric = "rubrics/part1.toml"\n', "only a manual check has a rubric"),
        (PYTEST_CHECK.replace('assurance = "reported"\n', ""), "must say its assurance"),
        (
            PYTEST_CHECK + 'after = "par-1"\n[[checkpoints]]\nid = "part-1"\ncell = "c"\n',
            'did you mean "part-1"?',
        ),
        ('[[checkpoints]]\nid = "end"\ncell = "c"\n', '"end" is there by itself'),
        ('[[checkpoints]]\nid = "part-1"\n', "or the names that are bound there"),
        ('[gate]\ntitle = "Basic"\nchecks = ["q2"]\n' + CELL_CHECK, 'no required check is called "q2"'),
        (
            '[gate]\ntitle = "Basic"\nchecks = ["q1"]\n' + CELL_CHECK + "optional = true\n",
            "no required check",
        ),
        ("[limits]\nmemory_gib = 1\nwork_gib = 2\n", "memory_gib (1) must exceed"),
        ("[limits]\ncell_seconds = 0\n", "greater than 0"),
        ('[holdout]\ndataset = "d"\nsubset = "s"\nshare = 1\n', "no row is left to train on"),
        ('[environment]\ngpu = "yes"\n', "environment.gpu"),
        ('[environment]\nlegacy_keras = "true"\n', "valid boolean"),
        ("[guidelines.rules.paths]\npoints = 5\n", "so `cap` must be above 0"),
        (
            '[[checks]]\nid = "m"\nkind = "manual"\npoints = 1\nrubric = "../r.toml"\n',
            "stays below its folder",
        ),
        (
            '[[checks]]\nid = "m"\nkind = "manual"\npoints = 1\nrubric = "r.toml"\n',
            "lie in the folder rubrics/",
        ),
        ('course_files = ["a.ipynb"]\n', 'file "a.ipynb" is given 2 times'),
        ('course_files = ["../a.ipynb"]\n', 'file "a.ipynb" is given 2 times'),
        ('course_files = ["../../../../m.tex"]\n', "at most 3 folders up"),
        ('course_files = ["../a/../m.tex"]\n', "stays below its folder"),
        ('course_files = ["../"]\n', "must be a relative path"),
        ('[guidelines.rules."a b"]\n', "guidelines.rules.a b"),
        ("checks = 3\n", ":5: checks: Input should be a valid list"),
        (
            '[[checks]]\nid = "m"\nkind = "manual"\npoints = 1\nrubric = "rubrics/no.toml"\n',
            "there is no file",
        ),
        (
            '[[checks]]\nid = "m"\nkind = "manual"\npoints = 11\nrubric = "rubrics/part1.toml"\n',
            "cannot be earned",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, toml: str, expected: str) -> None:
    assert expected in problem_with(tmp_path, MINIMAL + toml)


def test_a_notebook_that_is_not_there_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, MINIMAL.replace("a.ipynb", "Sentimant.ipynb"))
    assert ":4: notebooks: there is no file" in problem and 'did you mean "Sentiment.ipynb"?' in problem


def test_a_notebook_that_is_no_notebook_is_a_clear_error(tmp_path: Path) -> None:
    folder = an_assignment_folder(tmp_path)
    (folder / "source" / "a.ipynb").write_text("not a notebook")
    with pytest.raises(ConfigError, match=r"a\.ipynb: is not a notebook"):
        load(folder)


def test_the_version_ignores_what_decides_nothing(tmp_path: Path) -> None:
    before = load(an_assignment_folder(tmp_path)).version
    (tmp_path / "samples" / "one").mkdir(parents=True)
    (tmp_path / "samples" / "one" / "expected.toml").write_text("x")
    (tmp_path / "checks" / "__pycache__").mkdir()
    (tmp_path / "checks" / "__pycache__" / "x.pyc").write_bytes(b"1")
    (tmp_path / "assignment.toml").write_text("# a comment\n" + MINIMAL)
    notebook = json.loads(a_notebook("1 + 1"))
    notebook["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2"}]
    (tmp_path / "source" / "a.ipynb").write_text(json.dumps(notebook, indent=1))
    assert load(tmp_path).version == before


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("assignment.toml", MINIMAL + CELL_CHECK),
        ("source/a.ipynb", a_notebook("1 + 2")),
        ("checks/test_part1.py", "# other checks\n"),
        ("rubrics/part1.toml", '[[items]]\nid = "why"\ntext = "Says why"\npoints = 9\n'),
    ],
)
def test_the_version_changes_with_everything_that_decides_a_score(
    tmp_path: Path, path: str, content: str
) -> None:
    before = load(an_assignment_folder(tmp_path)).version
    (tmp_path / path).write_text(content)
    assert load(tmp_path).version != before
