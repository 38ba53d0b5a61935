"""What figures of the supplied models and rows add to the rules `base_model` and `data` after the run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from autograder.guidelines.engine import inspect, inspect_run
from autograder.guidelines.rule import Supplied
from autograder.model.assignment import Assignment, Checkpoint, Firmness, RuleSpec
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import CellRecord, Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId, RuleId
from autograder.model.results import Finding, Severity
from autograder.model.submission import Submission

SubmissionOf = Callable[..., Submission]
AssignmentOf = Callable[..., Assignment]
Looked = Callable[..., Finding | None]
Fit = dict[str, object]
GIVEN = Supplied(weights=frozenset({"base", "base-turned"}))
ROWS = {
    "takala/financial_phrasebank/sentences_allagree": 1800,
    "takala/financial_phrasebank/sentences_50agree": 3900,
    "owner/another/default": 9,
}
TRAINS = "part1_all = build()\npart1_all.fit(train)"
CELLS = (CellRecord(notebook="Lab.ipynb", position=0, cell_id="c0"),)


def weight(digest: str, size: int = 1_000_000, **more: object) -> dict[str, object]:
    return {
        "site": "a", "shape": [size], "dtype": "float32", "size": size, "digest": digest, "zero": False,
        "trainable": True, **more,
    }  # fmt: skip


def a_fit(
    *before: str | dict[str, object],
    after: tuple[str, ...] = (),
    names: tuple[str, ...] = ("part1_all",),
    **more: object,
) -> Fit:
    return {
        "names": list(names), "notebook": "Lab.ipynb", "cell": 0, "epochs": 1, "cut": False, "rows": 900,
        "before": [each if isinstance(each, dict) else weight(each) for each in before],
        "after": [weight(each) for each in after], **more,
    }  # fmt: skip


def ledger_of(*fits: Fit, at: CheckpointId = END_OF_RUN) -> Exchange:
    return Exchange(
        checkpoint=at,
        check=CheckId(""),
        question=Question(kind=QuestionKind.FITS, name=""),
        answer=Answer(status=AnswerStatus.ANSWERED, value=json.dumps(fits)),
    )


def a_run(*ledgers: Exchange) -> Execution:
    return Execution(outcome=RunOutcome.COMPLETED, exchanges=ledgers, cells=CELLS)


@pytest.fixture
def looked(submission: SubmissionOf, assignment: AssignmentOf) -> Looked:
    """Look with one rule before the run and after it; return what is found after it."""

    def look(
        rule: str,
        *fits: Fit,
        supplied: Supplied | None = GIVEN,
        source: str = TRAINS,
        run: Execution | None = None,
        rules: Assignment | None = None,
        **settings: tuple[str, ...],
    ) -> Finding | None:
        spec = RuleSpec(id=RuleId(rule), firmness=Firmness.FIRM, settings=settings)
        asked = rules or assignment(spec, contract=("part1_all",))
        handed_in = submission(source)
        before = inspect(handed_in, None, asked)
        run = run or a_run(ledger_of(*fits))
        found = inspect_run(handed_in, run, asked, before=before, supplied=supplied)
        assert len(found) <= 1
        return found[0] if found else None

    return look


@pytest.mark.parametrize(
    "fits",
    [
        [a_fit("base")],
        [a_fit("base-turned")],
        [a_fit("base", weight("new head", 590_000), weight("adapter", 9_999))],
        [a_fit("base", after=("a",)), a_fit("a")],
        [a_fit("base", after=("a",), names=()), a_fit("a", after=("b",)), a_fit("b")],
        [a_fit("base", after=("a",), epochs=0, raised="ValueError"), a_fit("a")],
        [a_fit("foreign", names=("compared",)), a_fit("base")],
        [a_fit("foreign", names=("compared",), after=("base",)), a_fit("base")],
        # What is absent is never failed.
        [],
        [a_fit()],
        [a_fit(weight("small", 9_999))],
        [a_fit(weight("nothing", zero=True))],
        [a_fit(weight("half", dtype="float16"))],
        [a_fit(cut=True), a_fit("other")],
        [a_fit("base", cut=True), a_fit("other")],
        [a_fit(after=("built in fit",)), a_fit("built in fit")],
        [a_fit("foreign", epochs=0)],
        [a_fit(before=[7, {"size": "x"}, {"size": True, "digest": []}])],
        [{"names": ["part1_all"], "before": "none"}],
    ],
)
def test_known_weights_and_unknown_ones_are_no_finding(looked: Looked, fits: list[Fit]) -> None:
    assert looked("base_model", *fits) is None


@pytest.mark.parametrize(
    ("fits", "figures"),
    [
        ([a_fit("foreign")], "0 of the 1,000,000 numbers"),
        ([a_fit(weight("base", 400_000), weight("foreign", 600_000))], "400,000 of the 1,000,000 numbers"),
        ([a_fit("foreign", after=("a",)), a_fit("a")], "0 of the 1,000,000"),
        ([a_fit("foreign", after=("a",), names=()), a_fit("a")], "0 of the 1,000,000"),
        ([a_fit("base", after=("a",), names=()), a_fit("b")], "0 of the 1,000,000"),
    ],
)
def test_other_weights_are_proposed_with_figures(looked: Looked, fits: list[Fit], figures: str) -> None:
    found = looked("base_model", *fits)
    assert found is not None and figures in found.message and "`part1_all`" in found.message
    assert found.firmness is Firmness.PROPOSED and found.severity is Severity.WARNING and found.from_run
    (place,) = found.places
    assert (place.file, place.cell, place.cell_id) == ("Lab.ipynb", 0, "c0")


def test_without_figures_nothing_is_compared(looked: Looked) -> None:
    for supplied in (None, Supplied()):
        assert looked("base_model", a_fit("foreign"), supplied=supplied) is None
        assert looked("data", a_fit(rows=1), supplied=supplied) is None
    assert looked("base_model", run=Execution(outcome=RunOutcome.COMPLETED)) is None


def test_only_names_that_are_asked_for_are_graded(looked: Looked) -> None:
    assert looked("base_model", a_fit("foreign", names=("another",))) is None


@pytest.mark.parametrize(
    ("source", "earlier", "firmness"),
    [
        ("with tf.GradientTape() as tape: pass", (), Firmness.HINT),
        ("model.train_on_batch(x, y)", (), Firmness.HINT),
        ("ModelCheckpoint('a.keras')", (), Firmness.PROPOSED),
        ("ModelCheckpoint('a.keras')", (a_fit("base", names=()),), Firmness.HINT),
    ],
)
def test_honest_code_that_makes_weights_unseen_leaves_a_hint(
    looked: Looked, source: str, earlier: tuple[Fit, ...], firmness: Firmness
) -> None:
    found = looked("base_model", *earlier, a_fit("foreign"), source=f"{TRAINS}\n{source}")
    assert found is not None and found.firmness is firmness


def test_a_name_is_judged_by_the_ledger_of_its_checkpoint(looked: Looked, assignment: AssignmentOf) -> None:
    point = Checkpoint(id=CheckpointId("one"), cell="one", binds=("part1_all",))
    rules = replace(assignment("base_model", contract=("part1_all",)), checkpoints=(point,))
    later = a_fit("foreign")  # an experiment that takes the name behind the checkpoint
    honest = a_run(ledger_of(a_fit("base"), at=point.id), ledger_of(a_fit("base", names=()), later))
    assert looked("base_model", run=honest, rules=rules) is None
    hidden = a_run(ledger_of(later, at=point.id), ledger_of(a_fit("foreign", names=()), a_fit("base")))
    assert looked("base_model", run=hidden, rules=rules) is not None


def test_what_the_code_shows_stays_as_it_was(looked: Looked) -> None:
    source = 'part1_all = TFAutoModel.from_pretrained("ProsusAI/finbert")\npart1_all.fit(x)'
    found = looked("base_model", a_fit("foreign"), source=source)
    assert found is not None and found.firmness is Firmness.FIRM and not found.from_run


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        ({"rows": 1900}, "1,900 rows, and 1,800 were supplied"),
        ({"rows": 200}, "200 rows of 1,800"),
        ({"rows": 200, "steps": 7}, "200 rows of 1,800"),
        ({"rows": 1800}, ""),
        ({"rows": 1824, "steps": 57}, ""),  # whole batches of 32
        ({"rows": 600}, ""),
        ({"rows": 57, "steps": 57}, ""),  # a generator's length is its number of batches
        ({"rows": -1}, ""),
        ({"rows": None}, ""),
        ({"rows": 200, "names": ["other"]}, ""),
    ],
)
def test_rows_are_counted_and_only_hinted_at(looked: Looked, fit: Mapping[str, object], words: str) -> None:
    supplied = Supplied(rows=ROWS)
    found = looked(
        "data", {**a_fit(), **fit}, supplied=supplied, source="part1_all = build()",
        required=("financial_phrasebank",),
    )  # fmt: skip
    assert (found is not None) is bool(words)
    if found is not None:
        assert words in found.message and "`part1_all`" in found.message
        assert found.firmness is Firmness.HINT and found.points == 0 and found.from_run


def test_rows_are_those_of_the_asked_subset_and_a_trial_before_does_no_harm(looked: Looked) -> None:
    supplied, asked = Supplied(rows=ROWS), {"required": ("financial_phrasebank",)}
    source = "part1_all = build()"
    more = looked(
        "data", a_fit(rows=1900), supplied=supplied, source=source, subset=("sentences_50agree",), **asked
    )
    assert more is None
    fits = (a_fit(rows=32), a_fit(rows=1500))
    assert looked("data", *fits, supplied=supplied, source=source, **asked) is None
    unknown = (a_fit(rows=32), a_fit(rows=-1))
    assert looked("data", *unknown, supplied=supplied, source=source, **asked) is None
    other = Supplied(rows={"owner/another/default": 9})
    assert looked("data", a_fit(rows=900), supplied=other, source=source, **asked) is None


def test_a_head_on_what_another_model_computed_is_no_base_model(looked: Looked) -> None:
    assert looked("base_model", a_fit(weight("own", size=999_999))) is None
    assert looked("base_model", a_fit(weight("own", size=1_000_000))) is not None
