"""Checkpoints are found by their cell, else by the names they bind, else not at all."""

from __future__ import annotations

import pytest

from autograder.execution.recognise import (
    MOST_TRANSFORM_WORK,
    Place,
    names_bound,
    recognise,
    transform_work,
)
from autograder.model.assignment import Checkpoint
from autograder.model.ids import CheckpointId
from tests.unit.execution.builders import a_prepared_cell, a_prepared_notebook


def place_of(*notebooks: object, cell: str = "contract", binds: tuple[str, ...] = ("model",)) -> Place | None:
    checkpoint = Checkpoint(id=CheckpointId("part"), cell=cell, binds=binds)
    return recognise([checkpoint], notebooks).get(checkpoint.id)  # type: ignore[arg-type]


def plain(*sources: str) -> object:
    return a_prepared_notebook(*(a_prepared_cell(source, id=f"c{n}") for n, source in enumerate(sources)))


def test_the_marked_cell_wins_over_names() -> None:
    marked = a_prepared_cell("x = 1", grade_id="contract")
    assert place_of(a_prepared_notebook("y = 1", marked, "model = 2")) == Place(0, 1)


def test_without_its_cell_the_last_one_that_binds_all_names_stands_in() -> None:
    assert place_of(plain("model = 1", "model = 2", "print(model)")) == Place(0, 1)
    assert place_of(plain("a = b = 1", "a = 2"), binds=("a", "b")) == Place(0, 0)


def test_names_bound_in_several_cells_are_all_there_after_the_last() -> None:
    assert place_of(plain("a = 1", "x = 1"), plain("b = 2", "c = 3"), binds=("a", "b")) == Place(1, 0)


def test_what_is_bound_nowhere_is_not_recognised() -> None:
    assert place_of(plain("a = 1"), binds=("a", "b")) is None
    assert place_of(plain("a = 1"), binds=()) is None
    assert place_of(plain("print(model)", "def f():\n    model = 1")) is None
    assert place_of(a_prepared_notebook(a_prepared_cell("model = 1", cell_type="markdown"))) is None


@pytest.mark.parametrize("answer", ["%%time\nmodel = 1", "%time model = f()", "from helper import *"])
def test_a_whole_answer_is_not_taken_for_split_because_of_a_later_experiment(answer: str) -> None:
    marked = a_prepared_cell(answer, grade_id="contract")
    assert place_of(a_prepared_notebook(marked, a_prepared_cell("model = 2"))) == Place(0, 0)


@pytest.mark.parametrize(
    "source",
    [
        "model = 1", "model: int = 1", "model += 1", "a, (model, *b) = f()", "for model in x: pass",
        "with open('f') as model: pass", "import a.b as model", "import model.sub", "from m import model",
        "def model(): pass", "class model: pass", "if x:\n    try:\n        model = 1\n    except E: pass",
        "print(model := 2)", "%time model = 1\nmodel = 2", "!pip install x\nmodel = 1",
        "match x:\n    case [model]: pass", "for i in x:\n    model = i", "%time model = f()",
        "%%time\nmodel = 1", "%%capture out\n!ls\nmodel = 1", "%%time\n%%prun\ndef model(): pass",
    ],
)  # fmt: skip
def test_every_way_to_bind_a_name_is_seen(source: str) -> None:
    assert "model" in names_bound(source)


@pytest.mark.parametrize(
    "source",
    [
        "def broken(:",
        "\0",
        "%%html\nmodel = 1",
        "%%timeit\nmodel = 1",
        "%%time\n" * 3_000 + "model = 1",
        "(" * 5000,
        "x = " + "-" * 100_000 + "1",
        "",
        "!ls\n" * 600 + "model = 1",
        "!ls\n" * 40_000 + "model = 1",
        "x = 1\n" * 100_000 + "model = 1",
    ],
)
def test_what_is_no_python_binds_nothing_and_breaks_nothing(source: str) -> None:
    assert "model" not in names_bound(source)


MAGICS = ("x = !ls", "%time 1", "model?", "!ls", "x = %time 1", ",f a b", "/f a", ";f a", "?x", ">>> !ls",
          "In [1]: !ls")  # fmt: skip


@pytest.mark.parametrize("line", MAGICS)
def test_a_cell_of_magics_costs_no_more_than_a_moment_however_they_are_written(line: str) -> None:
    """IPython took up to 30 seconds for these."""
    many = f"{line}\n" * 700 + "model = 1\n"
    assert transform_work(many) > MOST_TRANSFORM_WORK
    assert names_bound(many) == frozenset()
    assert names_bound(f"model = 1\n%%time\n{many}") == frozenset()


@pytest.mark.parametrize("line", MAGICS[:5])
def test_a_cell_with_a_few_magics_is_read(line: str) -> None:
    assert "model" in names_bound("model = 1\n" + f"{line}\n" * 20)


def test_magics_in_magics_share_one_budget() -> None:
    half = "x = !ls\n" * 70
    assert transform_work(half) < MOST_TRANSFORM_WORK < 20 * transform_work(half)
    assert "y" not in names_bound("%%time\n" * 15 + half * 4 + "y = 1\n")
