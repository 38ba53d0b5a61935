"""What somebody who marks blind is shown, and what not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.formats.notebook import read
from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import CellRecord, CellStatus, Execution, RunOutcome
from autograder.model.ids import CheckId, CheckpointId, StudentId, SubmissionId
from autograder.model.submission import Submission, SubmittedFile
from autograder.reporting.blinding import Blinder, Person, blinded, written_names
from tests.unit.gradebook.builders import a_finding, a_graded

NYU = Person(
    pseudonym="p-7",
    ids=("jd1234", "N12345678", "jane.doe@example.edu"),
    names=("Doe, Jane Álvarez",),
    others=("Rob Roy", "rr99"),
)


def code(source: str, *outputs: Mapping[str, Any], **metadata: object) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "outputs": list(outputs),
        "metadata": metadata,
        "execution_count": None,
    }


def prose(source: str, **metadata: object) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": metadata}


def printed(text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def notebook(*cells: dict[str, Any], **metadata: object) -> str:
    numbered = [{"id": f"c{number}", **cell} for number, cell in enumerate(cells)]
    return json.dumps({"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def sources(text: str) -> list[str]:
    return [cell.source for cell in read(text.encode()).cells]


@pytest.fixture
def blinder() -> Blinder:
    return Blinder.of(NYU, files=("jane_final.ipynb",))


@pytest.mark.parametrize(
    "text",
    [
        "by Jane Álvarez Doe",
        "by jane doe",
        "DOE, JANE",
        "Jane Alvarez-Doe",
        "jane_doe_hw1.zip",
        "janedoe",
        "Doe Jane",
        "jd1234_20260301_1_HW2.zip",
        "JD1234",
        "n12345678",
        "jane.doe@example.edu",
        "write to jane.doe@gmail.com",
        '{"author": "Jane \\u00c1lvarez Doe"}',
        "Jane%20Doe",
        "Jane, she said",
        "/home/jane/hw/data.csv",
        "C:\\Users\\Jane Doe\\x.csv",
        "'C:\\\\Users\\\\jdoe\\\\x.csv'",
        "/Users/jdoe/hw",
        "/scratch/jd1234/run",
        "File jane_final.ipynb, line 3",
    ],
)
def test_who_it_is_does_not_stand_in_a_text(blinder: Blinder, text: str) -> None:
    hidden = blinder.text(text)
    assert not any(part in hidden.lower() for part in ("jane", "doe", "lvarez", "d1234", "12345678"))


@pytest.mark.parametrize(
    "text",
    [
        "jd12345 is somebody else",
        "the model is done",
        "model.fit(x)",
        "n = 112345678",
        "/content/drive/MyDrive/hw",
        "/home/jovyan/work",
        "a janitor's data",
        "x @ w.T and h@self.shape",
    ],
)
def test_what_only_looks_alike_is_left_as_it_is(blinder: Blinder, text: str) -> None:
    assert blinder.text(text) == text
    assert blinder.text(text, code=True) == text


def test_other_people_of_the_class_become_somebody(blinder: Blinder) -> None:
    assert blinder.text("with Rob Roy (rr99)") == "with [somebody] ([somebody])"


def test_other_people_are_found_in_every_script_and_manner() -> None:
    others = ("王小明", "Doe-Álvarez, Zoë", "zz4321", "z.alvarez@example.edu", "Else There")
    blinder = Blinder.of(Person(pseudonym="p-7", others=others))
    said = blinder.text("我和王小明, zoe doe-alvarez, ZZ4321_hw1, z.alvarez@example.edu, nobody Else")
    assert said == "我和[somebody], [somebody], [somebody]_hw1, [somebody], nobody Else"


def test_a_first_name_that_is_a_term_is_left_where_it_stands_alone() -> None:
    blinder = Blinder.of(Person(pseudonym="p-7", names=("Adam Smith",)))
    assert blinder.text("optimizers.Adam(1e-3)  # Smith's idea", code=True) == (
        "optimizers.Adam(1e-3)  # p-7's idea"
    )
    assert blinder.text("I, Adam Smith, used Adam.") == "I, p-7, used Adam."


def test_in_code_a_single_word_of_a_name_is_a_word_of_the_code() -> None:
    blinder = Blinder.of(Person(pseudonym="p-7", names=("Jo Sample",)))
    assert blinder.text("y = Sample(x)  # by Sample", code=True) == "y = Sample(x)  # by p-7"


def test_an_initial_is_no_name() -> None:
    blinder = Blinder.of(Person(pseudonym="p-7", names=("Jo Q Sample", "De De")))
    assert blinder.text("q, q = q q; de de") == "q, q = q q; de de"
    assert blinder.text("Jo Q. Sample, said Sample") == "p-7, said p-7"


def test_names_are_found_in_scripts_without_spaces() -> None:
    assert Blinder.of(Person(pseudonym="p-7", names=("王小明",))).text("我叫王小明。") == "我叫p-7。"


HEADERS = [
    code('NAME = "Jane Doe"\nCOLLABORATORS = "Rob Roy"'),
    code(
        '# your name\nNAME="Jane Doe"\nCOLLABORATORS = ["Rob Roy",\n  "Ann Other"]\nprint(NAME)', printed("x")
    ),
    code('name = "Jane Doe"\nnet_id = "jd1234"'),
    code("print('Jane Doe')", printed("Jane Doe"), tags=["names"]),
    code("who('Jane Doe')", nbgrader={"grade_id": "student-info", "schema_version": 3, "grade": False}),
    prose("Jane Doe and Rob Roy", tags=["collaborators"]),
]


@pytest.mark.parametrize("cell", HEADERS)
def test_cells_with_names_are_removed_and_keep_their_place(cell: dict[str, Any]) -> None:
    text = notebook(cell, code("x = 1"))
    hidden = Blinder.of(Person(pseudonym="p-7")).notebook(text)
    first, second = read(hidden.encode()).cells
    assert "are not shown to whoever marks blind" in first.source
    assert (first.id, first.outputs, second.source) == ("c0", (), "x = 1")


@pytest.mark.parametrize(
    "cell",
    [
        code('model_name = "distilbert"\nx = 1'),
        code('NAME = "distilbert-base-uncased"\nmodel = load(NAME)'),
        code("answer(1)", nbgrader={"grade_id": "name", "schema_version": 3, "grade": True}),
        prose("The name of the model does not matter."),
        prose("| Name | What it is | Where |\n|---|---|---|\n| x | a number | here |"),
    ],
)
def test_cells_of_the_work_stay(cell: dict[str, Any]) -> None:
    assert sources(Blinder.of(Person(pseudonym="p-7")).notebook(notebook(cell))) == [cell["source"]]


def test_a_line_of_prose_that_says_who_loses_the_name_only() -> None:
    cell = prose("# Homework 2\n**Name:** Jane Doe\n- NetID: jd1234\n\nWe fine-tune a model.")
    (hidden,) = sources(Blinder.of(Person(pseudonym="p-7")).notebook(notebook(cell)))
    assert hidden == "# Homework 2\n**Name:** p-7\n- NetID: p-7\n\nWe fine-tune a model."


def test_a_table_of_two_columns_may_say_who() -> None:
    (hidden,) = sources(Blinder.of(Person(pseudonym="p-7")).notebook(notebook(prose("| Name | Jane Doe |"))))
    assert hidden == "| Name | p-7"


def test_a_name_later_in_the_work_may_be_a_models_name() -> None:
    cells = [code("x = 1")] * 8 + [prose("Name: DistilBERT\nSubmitted by: Jane")]
    hidden = sources(Blinder.of(Person(pseudonym="p-7")).notebook(notebook(*cells)))
    assert hidden[-1] == "Name: DistilBERT\nSubmitted by: p-7"


def test_colabs_users_and_authors_are_learned_and_foreign_metadata_is_dropped() -> None:
    user = {"displayName": "Jay Dee", "userId": "11112222333344445555", "photoUrl": "https://x"}
    text = notebook(
        code("x = 1", executionInfo={"user": user}),
        authors=[{"name": "J. D. Alias"}],
        colab={"name": "Copy of jd.ipynb", "authorship_tag": "ABX9"},
    )
    assert written_names(text) == ("J. D. Alias", "Jay Dee", "11112222333344445555")
    hidden = Blinder.of(Person(pseudonym="p-7")).notebook(text)
    assert not any(word in hidden for word in ("Jay", "1111", "Alias", "Copy", "ABX9", "https"))


def test_a_notebook_that_cannot_be_read_is_not_shown() -> None:
    assert Blinder.of(NYU).notebook("{not json Jane Doe") == ""
    assert written_names("{not json") == ()


def test_pictures_stay_and_texts_in_outputs_do_not() -> None:
    data = {"text/plain": "jd1234", "image/png": "amQxMjM0", "application/json": {"by": ["Jane Doe"]}}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    (cell,) = read(Blinder.of(NYU).notebook(notebook(code("x", output))).encode()).cells
    assert cell.outputs[0]["data"] == {
        "text/plain": "p-7",
        "image/png": "amQxMjM0",
        "application/json": {"by": ["p-7"]},
    }


def a_submission(text: str) -> Submission:
    return Submission(
        id=SubmissionId("jd1234-2"),
        student=StudentId("jd1234"),
        attempt=2,
        digest="aa" * 32,
        received=datetime(2026, 3, 1, tzinfo=UTC),
        archive_name="jd1234_20260301_2_HW2.zip",
        notebooks={"jane_final.ipynb": text},
        stored={"jane_final.ipynb": text},
        files=(SubmittedFile(path="jane_doe/notes.txt", content=b"I am Jane Doe"),),
        notes=("the archive jd1234_20260301_2_HW2.zip is fine",),
    )


def an_execution(text: str) -> Execution:
    record = CellRecord(
        notebook="jane_final.ipynb",
        position=2,
        cell_id="c2",
        grade_id="q1",
        status=CellStatus.ERROR,
        error_name="FileNotFoundError",
        error_value="/home/jane/data.csv of Nickname",
    )
    exchange = Exchange(
        checkpoint=CheckpointId("end"),
        check=CheckId("q1"),
        question=Question(kind=QuestionKind.VALUE, name="author"),
        answer=Answer(status=AnswerStatus.ANSWERED, value='{"me": "Jane \\u00c1lvarez Doe", "n": 0.5}'),
    )
    return Execution(
        outcome=RunOutcome.CELL_FAILED,
        cells=(record,),
        exchanges=(exchange,),
        executed={"jane_final.ipynb": text},
        embargo_from=("jane_final.ipynb", 2),
        detail="in jane_final.ipynb",
    )


def test_nothing_of_a_whole_submission_tells_who_it_is_and_the_evidence_still_fits() -> None:
    text = notebook(
        code('NAME = "Nickname Person"\nCOLLABORATORS = ""'),
        prose("I am Jane. Nickname Person is my other name."),
        code("open('/home/jane/data.csv')  # Doe", printed("jd1234 and N12345678")),
    )
    graded = dataclasses.replace(
        a_graded(submission="jd1234-2", student="jd1234", findings=(a_finding(),)),
        notes=("jane_final.ipynb was found",),
    )
    found = blinded(NYU, graded, an_execution(text), a_submission(text))
    said = repr(dataclasses.asdict(dataclasses.replace(found, blinder=Blinder.of(Person(pseudonym="p-7")))))
    words = ("jane", "doe", "lvarez", "nickname", "jd1234", "12345678", "c1lvarez")
    assert [word for word in words if word in said.lower()] == []
    assert found.execution is not None and found.submission is not None
    (name,) = found.execution.executed
    assert name.endswith(".ipynb") and name.startswith("p-7")
    assert found.execution.cells[0].notebook == name == found.execution.embargo_from[0]  # type: ignore[index]
    assert list(found.submission.stored) == list(found.submission.notebooks) == [name]
    assert (found.graded.student, found.graded.submission, found.submission.id) == ("p-7", "p-7", "p-7")
    assert found.graded.score == graded.score
    assert [result.check_id for result in found.graded.results] == ["q1", "q2"]
    assert json.loads(found.execution.exchanges[0].answer.value) == {"me": "p-7", "n": 0.5}
    assert found.submission.files[0].content == b""


def test_names_of_the_assignments_own_notebooks_are_kept() -> None:
    text = notebook(code("x = 1"))
    submission = dataclasses.replace(
        a_submission(text), notebooks={"lab1.ipynb": text}, stored={}, archive_name="lab1.zip"
    )
    found = blinded(NYU, a_graded(), submission=submission, ours=["part/lab1.ipynb"])
    assert found.submission is not None
    assert list(found.submission.notebooks) == ["lab1.ipynb"]


def test_what_only_the_copy_as_handed_in_says_is_taken_out_of_the_run_too() -> None:
    stored = notebook(code('NAME = "Nickname Person"\nCOLLABORATORS = ""'))
    ran = notebook(code("x = 1", printed("made by Nickname Person")))
    submission = dataclasses.replace(
        a_submission(ran), stored={"a.ipynb": stored}, notebooks={"a.ipynb": ran}
    )
    execution = Execution(outcome=RunOutcome.COMPLETED, executed={"a.ipynb": ran})
    found = blinded(NYU, a_graded(), execution, submission)
    assert found.execution is not None
    (text,) = found.execution.executed.values()
    assert "made by p-7" in text


def test_an_assignments_words_are_not_taken_for_a_student_of_that_name() -> None:
    graded = a_graded(student="q1", submission="s-q1")
    found = blinded(Person(pseudonym="p-7"), graded)
    assert found.graded.assignment == graded.assignment
    assert [result.check_id for result in found.graded.results] == ["q1", "q2"]
    assert found.graded.score is not None
    assert set(found.graded.score.earned) == {"q1", "q2"}
    assert found.graded.student == "p-7"


@given(some.text(max_size=200), some.text(max_size=30), some.text(max_size=30))
def test_whatever_a_student_wrote_blinding_ends_and_gives_a_notebook(
    source: str, name: str, output: str
) -> None:
    text = notebook(code(f"NAME = {name!r}\nCOLLABORATORS = ''"), code(source, printed(output)))
    found = blinded(NYU, a_graded(), Execution(outcome=RunOutcome.COMPLETED, executed={"a.ipynb": text}))
    assert found.execution is not None
    (made,) = found.execution.executed.values()
    assert made == "" or len(read(made.encode("utf-8", "surrogatepass")).cells) == 2


@pytest.mark.parametrize(
    "text",
    ["a@" * 50_000, "name: " * 20_000, "=" * 100_000, "/home/" * 20_000, "jane " * 20_000, "#" * 100_000,
     "NAME = " + "[" * 100_000, '"' * 100_000, "-" * 100_000, "j.d+" * 30_000 + "@x"],
)  # fmt: skip
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    blinder = Blinder.of(NYU)
    start = datetime.now(UTC)
    blinder.text(text)
    blinder.text(text, code=True)
    blinder.notebook(notebook(code(text), prose(text)))
    written_names(notebook(code(text), prose(text)))
    assert (datetime.now(UTC) - start).total_seconds() < 5
