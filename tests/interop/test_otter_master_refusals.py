"""A master that is broken is refused with the file, the cell and what to do; nothing of it is executed."""

from __future__ import annotations

import copy
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder.app.importing import write
from autograder.authoring.source import roles, source_notebooks
from autograder.config.assignment_file import load
from autograder.errors import AuthoringError
from autograder.formats.notebook import read
from autograder.interop.converted import Converted
from autograder.interop.otter_master import convert_otter_master
from tests.interop.otter_masters import (
    CORPUS,
    Cell,
    block,
    checked,
    code,
    master,
    question,
    raw,
    solution,
    text,
    written,
)

Q = [raw("# BEGIN QUESTION\nname: q1"), text("Bind x.")]
DONE = [*solution("x = 1 # SOLUTION"), *checked(code("x", shown="1")), raw("# END QUESTION")]


def made(folder: Path, *parts: Cell | list[Cell], config: str | None = "name: lab") -> Converted:
    return convert_otter_master(written(folder, master(*parts, config=config)), "otter master")


BROKEN: dict[str, tuple[list[Any], str]] = {
    "a question that never ends": ([*Q, *solution("x = 1")], 'cell 2: BEGIN QUESTION of "q1" without an END'),
    "a block that never ends": ([*Q, raw("# BEGIN SOLUTION"), code("x")], "cell 4: BEGIN SOLUTION without"),
    "an end without a begin": ([text("a"), raw("# END TESTS")], "cell 3: END TESTS without a BEGIN"),
    "an end of another block": ([*Q, raw("# BEGIN SOLUTION"), raw("# END TESTS")], "cell 5: END TESTS"),
    "a question in a question": ([*Q, *Q], 'cell 4: BEGIN QUESTION inside the question "q1"'),
    "a block in a block": (
        [*Q, raw("# BEGIN SOLUTION"), raw("# BEGIN TESTS")],
        "cell 5: BEGIN TESTS inside the block solution",
    ),
    "a block outside": ([raw("# BEGIN PROMPT")], "cell 2: BEGIN PROMPT outside of a question"),
    "a prompt behind its solution": ([*Q, *solution("x"), raw("# BEGIN PROMPT")], "cell 7: BEGIN PROMPT"),
    "two questions of one name": ([*Q, *DONE, *Q, *DONE], 'a question called "q1" is there already: '),
    "a question without a name": ([*question("points: 1")], "cell 2: the question has no name"),
    "a name with a comma": ([*question('name: "a,b"')], "cannot be the name of a question"),
    "a mistyped key of a question": (
        [*question("name: q\npionts: 1")],
        'cell 2: otter knows no key "pionts"; did you mean "points"?',
    ),
    "YAML that is none": ([*question("name: [")], "cell 2: its YAML cannot be read"),
    "YAML that is a list": ([*question("- a")], "cell 2: it must hold lines like `key: value`"),
    "a flag that is none": ([*question("name: q\nmanual: perhaps")], "manual is 'perhaps'"),
    "points that are none": (
        [*question("name: q\npoints: many", checked(code("x", shown="1")))],
        "its points are 'many'",
    ),
    "points of a person that are none": ([*question("name: q\nmanual: true\npoints: [1]")], "are [1]"),
    "another rule for points": (
        [*question("name: q\npoints: {every: 1}", checked(code("x")))],
        "otter knows `each: NUMBER`",
    ),
    "fewer points than cases": (
        [*question("name: q\npoints: [1]", checked(code("x"), code("y")))],
        "1 cases and has 2",
    ),
    "a test that is no Python": ([*question("name: q", checked(code("x +")))], "4: this test is no Python"),
    "a test without code": ([*question("name: q", checked(code("# nothing")))], "4: this test has no code"),
    "a test in Markdown": (
        [*question("name: q", checked(text("x")))],
        "cell 4: a block of tests holds a cell",
    ),
    "a test config that never ends": (
        [*question("name: q", checked(code('""" # BEGIN TEST CONFIG\nx')))],
        "cell 4: BEGIN TEST CONFIG without",
    ),
    "a mistyped key of a test": (
        [*question("name: q", checked(code('""" # BEGIN TEST CONFIG\npoint: 1\n""" # END TEST CONFIG\nx')))],
        'cell 4: a test cell knows no key "point"',
    ),
    "a person and tests": (
        [*question("name: q\nmanual: true", checked(code("x", shown="1")))],
        "graded by a person and has tests",
    ),
    "a solution that never ends": (
        [*question("name: q", solution("# BEGIN SOLUTION\nx = 1"))],
        "cell 4, line 1: it is never ended",
    ),
    "a prompt that never ends": (
        [*question("name: q", solution('x = 1\n""" # BEGIN PROMPT'))],
        "cell 4, line 2: it is never ended",
    ),
    "an end of a solution alone": (
        [*question("name: q", solution("# END SOLUTION"))],
        "cell 4, line 1: END SOLUTION without",
    ),
    "a solution in a solution": (
        [*question("name: q", solution("# BEGIN SOLUTION\n# BEGIN SOLUTION"))],
        "2: BEGIN SOLUTION inside",
    ),
    "ignored lines that never end": ([code("# BEGIN IGNORE\nx")], "cell 2: BEGIN IGNORE without"),
    "the old way to mark a solution": ([text("## Solution ##\nIt is 7.")], "cell 2: `## Solution ##`"),
    "a seed line without a seed": ([*Q, *solution("s = 1 # SEED"), *DONE[3:]], "cell 5: a line seeds"),
    "a fence that never closes": ([text("```otter\n# BEGIN QUESTION")], "2: the block ```otter is never"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_master_names_file_and_cell(name: str, tmp_path: Path) -> None:
    parts, words = BROKEN[name]
    with pytest.raises(AuthoringError) as raised:
        made(tmp_path, *parts)
    assert words in str(raised.value) and str(tmp_path / "lab.ipynb") in str(raised.value)
    assert raised.value.hint and "zip" not in raised.value.hint


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("nmae: lab", 'otter knows no key "nmae"; did you mean "name"?'),
        ("tests:\n  ok_fromat: true", 'tests: otter knows no key "ok_fromat"; did you mean "ok_format"?'),
        ("files: data.csv", "files is no list of names"),
        ("files: [../secret.csv]", "'../secret.csv' does not lie in the master's folder"),
        ("files: [none.csv]", "none.csv cannot be read"),
        ("files: [lab.ipynb]", "the master itself is among the files"),
        ("config_file: none.yml", "config_file none.yml cannot be read"),
        ("requirements: none.txt", "requirements cannot be read"),
        ("seed: {variable: 'a b', autograder_value: 1}", "cannot be the name of the seed's variable"),
        ("seed: {variable: s, autograder_value: many}", "seed is 'many', no whole number"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(config: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(AuthoringError) as raised:
        made(tmp_path, *Q, *DONE, config=config)
    assert words in str(raised.value) and "lab.ipynb" in str(raised.value)


def test_two_tests_of_one_name_are_refused_where_otter_would_lose_one(tmp_path: Path) -> None:
    twice = checked(code("def test_x(x):\n    assert x"), code("def test_x(x):\n    assert not x"))
    with pytest.raises(AuthoringError, match=r"cell 5: .*cell 4 has a test called test_x too"):
        made(tmp_path, question("name: q", twice), config="tests: {ok_format: false}")


def test_another_language_is_refused(tmp_path: Path) -> None:
    notebook = master(*Q, *DONE)
    notebook["metadata"] = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    with pytest.raises(AuthoringError, match="only Python can be graded"):
        convert_otter_master(written(tmp_path, notebook), "otter master")


def test_yaml_makes_plain_data_only(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="its YAML cannot be read"):
        made(tmp_path, *question("name: !!python/object/apply:os.getcwd []"))


@pytest.mark.parametrize(
    "config",
    [
        "name: ["
        + ", ".join(
            f"&n{turn} [" + ", ".join([f"*n{turn - 1}" if turn else "x"] * 9) + "]" for turn in range(9)
        )
        + "]",
        "name: &all [" + "x, " * 5_000 + "*all]",
    ],
    ids=["aliases of aliases", "an alias of itself"],
)
def test_a_few_lines_that_stand_for_billions_of_values_are_refused(config: str, tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="more than 10000 values"):
        made(tmp_path, *Q, *DONE, config=config)


def test_a_config_file_is_read_and_the_notebook_wins(tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text(
        "name: from the file\nfiles: [data.csv]\ngenerate: {points_possible: 3}\n"
    )
    found = made(tmp_path, *Q, *DONE, config="config_file: more.yml\nname: from the notebook")
    assert found.id == "from-the-notebook" and "source/data.csv" in found.files
    assert found.notes == ("points_possible is not used: the total is the sum of the questions",)


def test_a_folder_given_as_file_brings_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("1\n")
    found = made(tmp_path, *Q, *DONE, config="files: [tables]\nrequirements: [scikit-learn, pandas]")
    assert found.files["source/tables/a.csv"] == b"1\n"
    assert b"The master asks for scikit-learn." in found.files["assignment.toml"]


def test_a_link_out_of_the_master_s_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "link.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(AuthoringError, match=r"'link\.txt' does not lie"):
        made(tmp_path / "lab", *Q, *DONE, config="files: [link.txt]")


def test_a_question_that_nothing_grades_is_told(tmp_path: Path) -> None:
    found = made(tmp_path, *question("name: free", text("Play."), solution("x = 1 # SOLUTION")))
    assert found.notes == (
        "these questions have no tests and no person grades them, so they are worth nothing: free",
    )


def test_a_prompt_in_code_is_what_a_person_reads_nothing_of(tmp_path: Path) -> None:
    prompt = block("PROMPT", code("plot = ..."))
    found = made(
        tmp_path, *question("name: q\nmanual: true\npoints: 2", prompt, block("SOLUTION", text("So.")))
    )
    checks = found.files["assignment.toml"].decode().split("[[checks]]")[1]
    assert 'kind = "manual"' in checks and "cell =" not in checks


def test_a_block_for_a_plugin_is_left_out(tmp_path: Path) -> None:
    found = made(tmp_path, code("a = 1\n# BEGIN PLUGIN\nplugin: some.Plugin\n# END PLUGIN\nb = 2"), *Q, *DONE)
    assert read(found.files["source/lab.ipynb"]).cells[1].source == "a = 1\nb = 2"


def test_a_plugin_that_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match="cell 2: BEGIN PLUGIN without"):
        made(tmp_path, code("# BEGIN PLUGIN\nplugin: some.Plugin"))


def test_a_damaged_master_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    """Cells lost, doubled, moved or cut: what comes out is an assignment or an error that names the file."""
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        notebook = copy.deepcopy(chance.choice(list(CORPUS.values())))
        cells = notebook["cells"]
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(cells))
            match chance.randrange(4):
                case 0:
                    del cells[at]
                case 1:
                    cells.insert(chance.randrange(len(cells)), {**cells[at], "id": f"d{len(cells)}-{at}"})
                case 2:
                    cells.insert(chance.randrange(len(cells)), cells.pop(at))
                case _:
                    text = cells[at]["source"]
                    cells[at] = {**cells[at], "source": text[: chance.randrange(len(text) + 1)]}
        try:
            made_of = convert_otter_master(written(tmp_path, notebook), "otter master")
        except AuthoringError as problem:
            assert str(tmp_path / "lab.ipynb") in str(problem)
            refused += 1
        else:
            write(made_of.files, tmp_path / made_of.id)
            roles("lab.ipynb", source_notebooks(load(tmp_path / made_of.id))["lab.ipynb"])
            shutil.rmtree(tmp_path / made_of.id)
    assert 30 < refused < 140
