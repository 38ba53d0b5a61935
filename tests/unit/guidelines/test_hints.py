"""Hints about prose, comments, steps, machines and LoRA: seen where they should be, and never costing points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.guidelines.engine import inspect
from autograder.guidelines.registry import RULES
from autograder.guidelines.rule import Evidence, Hit, Rule
from autograder.model.assignment import Assignment, Firmness
from autograder.model.results import Finding
from autograder.model.submission import Submission

Look = Callable[..., Finding | None]
SubmissionOf = Callable[..., Submission]
AssignmentOf = Callable[..., Assignment]
HINTS = ("portable", "markdown", "comments", "recipe", "lora_start")
WORDS = "We tried a smaller rate because the loss went up again, and it helped on the validation rows. "


def notebook(*cells: tuple[str, str]) -> Notebook:
    return Notebook(
        cells=tuple(Cell(id=f"c{at}", cell_type=kind, source=text) for at, (kind, text) in enumerate(cells))
    )


@pytest.fixture
def hint(submission: SubmissionOf, assignment: AssignmentOf) -> Callable[..., Finding | None]:
    def looked(
        rule: str, *cells: tuple[str, str], name: str = "x.zip", released: Notebook | None = None
    ) -> Finding | None:
        handed_in = replace(
            submission("x = 1", name=name),
            notebooks={"Lab.ipynb": to_text(notebook(*cells), outputs=False)},
        )
        found = inspect(handed_in, {"Lab.ipynb": released} if released else None, assignment(rule))
        return next((finding for finding in found if finding.rule == rule), None)

    return looked


def code(count: int) -> list[tuple[str, str]]:
    return [("code", f"a{at} = build({at})") for at in range(count)]


@pytest.mark.parametrize("rule", HINTS)
def test_a_hint_never_costs_points(rule: str, look: Look) -> None:
    finding = look(rule, *RULES[rule].example_bad.split("\n# %%\n"))
    assert finding is not None and finding.firmness is Firmness.HINT and finding.points == 0


def test_code_with_words_between_the_cells_has_no_hint(hint: Callable[..., Finding | None]) -> None:
    cells = [each for pair in zip([("markdown", WORDS)] * 6, code(6), strict=True) for each in pair]
    assert hint("markdown", *cells) is None


def test_many_cells_of_code_in_a_row_are_named_by_the_first(hint: Callable[..., Finding | None]) -> None:
    finding = hint("markdown", ("markdown", WORDS * 20), *code(11))
    assert finding is not None and finding.places[0].cell == 1 and "without a word" in finding.message


def test_text_that_was_handed_out_is_not_the_students(hint: Callable[..., Finding | None]) -> None:
    given = notebook(("markdown", WORDS * 20))
    cells = [("markdown", WORDS * 20), *code(6)]
    assert hint("markdown", *cells) is None
    assert hint("markdown", *cells, released=given) is not None


@pytest.mark.parametrize(
    "text", ["实验表明学习率过大时损失上升因此我们减小了学习率并且效果更好" * 8, "слово " * 60]
)
def test_words_are_counted_in_any_language(hint: Callable[..., Finding | None], text: str) -> None:
    assert hint("markdown", ("markdown", text), *code(6)) is None


@pytest.mark.parametrize(
    "source",
    [
        "# model.fit(train)\n# model.evaluate(test)\n# print(model.summary())\n# history = model.history\n",
        "# short\nx = 1  # a word\n# again",
        'text = """\n# one of the headings of a report that we write\n# and a second one below it\n# x\n# y\n"""',
        "%%time\n# of the whole\nx = 1",
    ],
)
def test_code_in_comments_and_short_comments_are_no_prose(
    hint: Callable[..., Finding | None], source: str
) -> None:
    assert hint("comments", ("code", source)) is None


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('with tf.device("/GPU:0"):\n    f()', True),
        ('os.environ["CUDA_VISIBLE_DEVICES"] = "1"', True),
        ("import socket\nprint(socket.gethostname())", True),
        ('if "RTX 3090" == gpu_name:\n    batch = 64', True),
        ('open("results/ab1234/table.csv")', True),
        ('print(tf.config.list_physical_devices("GPU"))', False),
        ('os.environ["CUDA_VISIBLE_DEVICES"] = "-1"', False),
        ('open("results/table.csv")', False),
        ('print("my id is ab1234")', False),
    ],
)
def test_what_fits_one_machine_or_person_is_a_hint(
    hint: Callable[..., Finding | None], source: str, found: bool
) -> None:
    finding = hint("portable", ("code", source), name="ab1234_20250131_1_HW3.zip")
    assert (finding is not None) is found


GOOD = [
    ("markdown", "# Data"), ("code", "rows.label.value_counts()"), ("markdown", "## Model"), ("code", "m = build()"),
    ("code", "m.fit(train)"), ("markdown", WORDS), ("code", "n = build(2)"), ("code", "n.fit(train)"),
    ("markdown", WORDS), ("markdown", "## What goes wrong, error analysis"), ("code", "show(wrong)"),
]  # fmt: skip


def test_work_with_every_step_has_no_hint(hint: Callable[..., Finding | None]) -> None:
    assert hint("recipe", *GOOD) is None


@pytest.mark.parametrize(
    ("left_out", "words"),
    [(1, "looked at before"), (9, "errors of a model"), (5, "not discussed"), (8, "not discussed")],
)
def test_a_step_that_is_left_out_is_named(
    hint: Callable[..., Finding | None], left_out: int, words: str
) -> None:
    cells = [cell for at, cell in enumerate(GOOD) if at != left_out] + [("code", "x = 1")]
    finding = hint("recipe", *cells)
    assert finding is not None and words in finding.message


@pytest.mark.parametrize(
    "one",
    [
        "tf.Variable(tf.zeros((8, d)))",
        "Dense(d, use_bias=False, kernel_initializer='zeros')",
        "self.add_weight(shape=(8, d), initializer=keras.initializers.Zeros())",
    ],
)
def test_one_matrix_of_zeros_is_the_usual_start(hint: Callable[..., Finding | None], one: str) -> None:
    source = f"def lora(d):\n    a = tf.Variable(tf.random.normal((d, 8)))\n    b = {one}\n    return a, b"
    assert hint("lora_start", ("code", source)) is None
    both = source.replace(one, "tf.Variable(tf.random.normal((8, d)))")
    assert hint("lora_start", ("code", both)) is not None


def test_a_rule_that_fails_becomes_a_hint_for_a_person(
    submission: SubmissionOf, assignment: AssignmentOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(evidence: Evidence) -> tuple[Hit, ...]:
        raise RecursionError

    broken: Rule = replace(RULES["torch"], check=fails)
    monkeypatch.setitem(RULES, "torch", broken)
    found = inspect(submission("open('/home/x/y')"), None, assignment("torch", "paths"))
    assert [finding.rule for finding in found] == ["paths", "torch"]
    assert "A person has to look" in found[1].message and found[1].points == 0
