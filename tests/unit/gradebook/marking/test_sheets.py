"""Marks out to a spreadsheet and in again: checked row by row, previewed, all or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.rubric import Mark, Worth
from gradebook.marking.sheet_import import SheetDiff
from gradebook.marking.sheets import export_sheet, import_sheet
from tests.unit.gradebook.builders import LAB, SPRING
from tests.unit.gradebook.marking.builders import BY_HEAD, Clock, a_marked_class, a_rubric, hand_in

Row = dict[str, str]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def marking(tmp_path: Path, clock: Clock) -> Iterator[MarkingBook]:
    with Gradebook.open(tmp_path / "g.sqlite3", clock=clock) as book:
        yield a_marked_class(book)


def exported(marking: MarkingBook, **how: bool) -> list[Row]:
    raw, _ = export_sheet(marking, "lab1", **how)  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def written_out(rows: list[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def brought_in(marking: MarkingBook, rows: list[Row] | str, *, dry_run: bool = False) -> SheetDiff:
    raw = rows.encode() if isinstance(rows, str) else written_out(rows)
    return import_sheet(marking, "lab1", raw, "ann", name="marks.csv", dry_run=dry_run)


def of(rows: list[Row], student: str) -> Row:
    return next(row for row in rows if row["student"] == student)


def totals(marking: MarkingBook) -> Mapping[str, Decimal | None]:
    return {str(entry.graded.student): entry.total for entry in marking.book.scores(SPRING, LAB)}


def test_a_sheet_has_a_row_for_each_piece_in_the_order_of_the_queue(marking: MarkingBook) -> None:
    rows = exported(marking)
    assert [row["piece"] for row in rows] == [str(desk.piece.ref) for desk in marking.queue("lab1")]
    assert {"essay/clear", "essay/right", "essay/sloppy", "points", "comment"} <= set(rows[0])
    assert rows[0]["out of"] == "5"


def test_a_blind_sheet_tells_no_student_and_no_submission(marking: MarkingBook) -> None:
    raw, _ = export_sheet(marking, "lab1", blind=True)
    assert not any(name in raw.decode() for name in ("anna", "bert", "zoe"))
    rows = exported(marking, blind=True)
    rows[0]["essay/clear"] = "x"
    assert brought_in(marking, rows).marks[0].piece.pseudonym == rows[0]["student"]


def test_items_and_words_come_in_as_marks(marking: MarkingBook) -> None:
    rows = exported(marking)
    of(rows, "anna").update({"essay/clear": "x", "essay/sloppy": "X", "comment": "Name the axes."})
    of(rows, "bert").update({"essay/right": "1", "adjustment": "0.5", "reason": "a nice idea"})
    diff = brought_in(marking, rows)
    assert [(one.piece.student, one.after) for one in diff.marks] == [
        (row["student"], {"anna": 2, "bert": Decimal("2.5")}[row["student"]])
        for row in rows
        if row["student"] != "zoe"
    ]
    assert (diff.empty, totals(marking)) == (1, {"anna": 6, "bert": Decimal("6.5"), "zoe": None})
    message = marking.book.scores(SPRING, LAB)[0].graded.results[1].message
    assert message == "+3 It is clear\n-1 It is sloppy\nName the axes."


def test_a_dry_run_shows_the_same_and_writes_nothing(marking: MarkingBook) -> None:
    rows = exported(marking)
    of(rows, "anna")["points"] = "4"
    shown = brought_in(marking, rows, dry_run=True)
    assert totals(marking)["anna"] is None
    assert brought_in(marking, rows) == shown


def test_what_was_exported_and_not_touched_changes_nothing(marking: MarkingBook) -> None:
    marking.mark(marking.find("anna-1:essay"), Mark(items=("clear",), comment="=1+1"), "ann")
    marking.mark(
        marking.find("bert-1:essay"), Mark(items=("right",), adjustment=Decimal(-1), reason="late"), "ann"
    )
    marking.mark(marking.find("zoe-1:essay"), Worth(points=Decimal("2.5"), comment="short"), "ann")
    rows = exported(marking, marked_too=True)
    assert of(rows, "anna")["comment"] == "'=1+1", "no spreadsheet takes it for a formula"
    diff = brought_in(marking, rows)
    assert (diff.marks, diff.unchanged) == ((), 3)


def test_other_items_in_an_exported_row_count_though_its_points_are_the_old_ones(
    marking: MarkingBook,
) -> None:
    marking.mark(marking.find("anna-1:essay"), Mark(items=("clear",)), "ann")
    rows = exported(marking, marked_too=True)
    of(rows, "anna")["essay/right"] = "x"
    (one,) = brought_in(marking, rows).marks
    assert (one.before, one.after) == (3, 5)


def test_a_table_made_by_hand_needs_a_student_a_check_and_points(marking: MarkingBook) -> None:
    diff = brought_in(marking, "student;check;points;comment\nanna;essay;4,5;good\nbert;essay;0;\n")
    assert [(one.piece.student, one.after) for one in diff.marks] == [("anna", Decimal("4.5")), ("bert", 0)]
    assert totals(marking)["anna"] == Decimal("8.5")


def test_a_student_stands_for_the_submission_that_counts(marking: MarkingBook) -> None:
    hand_in(marking.book, "anna", attempt=2)
    (one,) = brought_in(marking, "student,check,points\nanna,essay,4\n").marks
    assert one.piece.submission == "anna-2"
    (one,) = brought_in(marking, "submission,check,points\nanna-1,essay,4\n").marks
    assert one.piece.submission == "anna-1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("student,check,points\nana,essay,4\n", "line 2: there is no student 'ana'; did you mean anna"),
        ("submission,check,points\nanna-9,essay,4\n", "line 2: there is no submission 'anna-9'"),
        ("student,check,points\nanna,esay,4\n", "line 2: there is no check 'esay'; did you mean essay"),
        ("piece,points\n99:essay,4\n", "line 2: there is no piece 99:essay"),
        ("piece,points\nessay,4\n", "line 2: the check is missing"),
        ("piece,check,points\n1:essay,q1,4\n", "line 2: the piece is 1:essay, but the column check says q1"),
        ("piece,student,points\n1:essay,bert,4\n", "line 2: 1:essay is not of bert"),
        ("piece,submission,points\n1:essay,bert-1,4\n", "line 2: 1:essay is not of the submission bert-1"),
        ("student,submission,check,points\nbert,anna-1,essay,4\n", "anna-1 is not of bert"),
        ("student,check,points\n,essay,4\n", "line 2: it names no piece, submission or student"),
        ("student,check,points\nanna,essay,5.01\n", "line 2: points must be between 0 and 5, not 5.01"),
        ("student,check,points\nanna,essay,-1\n", "line 2: points must be between 0 and 5"),
        ("student,check,points\nanna,essay,NaN\n", "line 2: 'NaN' in the column points is no number"),
        ("student,check,points\nanna,essay,inf\n", "line 2: 'inf' in the column points is no number"),
        ("student,check,points\nanna,essay,0.0000001\n", "at most 6 decimals"),
        ("student,check,points\nanna,essay,4\nanna,essay,4\n", "line 3: 1:essay is in line 2 already"),
        ("student,check,points\nanna,q1,3\n", "1:q1 has 4 points already; say why in a column reason"),
        ("student,check,essay/nope\nanna,essay,x\n", "line 2: the rubric of essay has no item 'nope'"),
        ("student,check,essay/clear\nanna,essay,maybe\n", "line 2: 'maybe' in the column essay/clear"),
        ("student,check,essay/clear\nanna,q1,x\n", "line 2: essay/clear is no item of q1"),
        ("student,check,essay/clear,points\nanna,essay,x,5\n", "give 3, but the column points says 5"),
        ("student,check,adjustment\nanna,essay,1\n", "line 2: an adjustment needs a reason"),
        ("student,check,comment\nanna,essay,good\n", "a comment, but neither points nor items"),
        ("student,check,pionts\nanna,essay,4\n", "line 1: no column 'pionts' is known; did you mean points"),
        ("name,check,points\nanna,essay,4\n", "line 1: there is no column piece, student or submission"),
        ("student,points\nanna,4\n", "line 1: there is no column check"),
        ("student,check,points\nanna,essay\n", "line 2 has 2 cells, the header has 3"),
        ("student,check,points,points\nanna,essay,4,4\n", "two columns 'points'"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(marking: MarkingBook, text: str, said: str) -> None:
    also_right = text + ("zoe,essay,1\n" if text.startswith("student,check,points\n") else "")
    before = totals(marking)
    for dry_run in (True, False):
        with pytest.raises(GradebookError) as caught:
            brought_in(marking, also_right, dry_run=dry_run)
        assert said in str(caught.value)
    assert totals(marking) == before


def test_every_wrong_row_is_named_at_once(marking: MarkingBook) -> None:
    with pytest.raises(GradebookError) as caught:
        brought_in(marking, "student,check,points\nana,essay,4\nbert,essay,9\nzoe,nope,1\n")
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "line 2",
        "line 3",
        "line 4",
    ]


def test_what_was_marked_after_the_export_is_not_overwritten(marking: MarkingBook) -> None:
    rows = exported(marking)
    of(rows, "anna")["points"] = "4"
    marking.mark(marking.find("anna-1:essay"), Worth(points=Decimal(1)), "bob")
    with pytest.raises(GradebookError, match="1:essay was marked or graded again after the sheet"):
        brought_in(marking, rows)
    rows = exported(marking, marked_too=True)
    of(rows, "anna")["points"] = "4"
    hand_in(marking.book, "anna", run_key="run-2")
    with pytest.raises(GradebookError, match="1:essay was marked or graded again after the sheet"):
        brought_in(marking, rows)
    assert totals(marking)["anna"] == 5


def test_a_piece_that_somebody_else_holds_stops_the_import(marking: MarkingBook, clock: Clock) -> None:
    rows = exported(marking)
    for row in rows:
        row["points"] = "4"
    held = marking.next("lab1", "bob")
    assert held is not None
    with pytest.raises(GradebookError, match=f"{held.piece.ref} is with bob until"):
        brought_in(marking, rows)
    clock.move(hours=1)
    assert len(brought_in(marking, rows).marks) == 3


def test_items_taken_off_a_marked_row_are_asked_about(marking: MarkingBook) -> None:
    marking.mark(marking.find("anna-1:essay"), Mark(items=("clear",)), "ann")
    rows = exported(marking, marked_too=True)
    of(rows, "anna")["essay/clear"] = ""
    with pytest.raises(GradebookError, match=r"marked 1:essay with items of the rubric \(clear\)") as caught:
        brought_in(marking, rows)
    assert "columns such as essay/clear, or empty the row" in str(caught.value)
    with pytest.raises(GradebookError, match=r"ann marked 1:essay with items .* this row chooses none"):
        brought_in(marking, "student,check,points,reason\nanna,essay,2,second look\n")


def test_points_without_a_rubric_stay_when_one_is_stored_later(marking: MarkingBook) -> None:
    brought_in(marking, "student,check,points\nanna,essay,4\n")
    marking.store_rubric("lab1", a_rubric(("clear", "1")), BY_HEAD)
    assert totals(marking)["anna"] == 8


CELLS = some.text(some.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.lists(CELLS, min_size=3, max_size=3), max_size=4))
def test_whatever_stands_in_a_file_it_is_read_or_refused(
    marking: MarkingBook, cells: list[list[str]]
) -> None:
    rows = [dict(zip(("student", "check", "points"), one, strict=True)) for one in cells]
    header: Row = {"student": "nobody", "check": "essay", "points": "1"}
    before = totals(marking)
    with pytest.raises(GradebookError, match=r"no student 'nobody'|cannot be imported"):
        brought_in(marking, [header, *rows])
    assert totals(marking) == before


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.text(max_size=40))
def test_any_comment_survives_the_spreadsheet(marking: MarkingBook, words: str) -> None:
    ref = marking.find("anna-1:essay")
    marking.mark(ref, Mark(items=("clear",), comment=words), "ann", again="again")
    assert brought_in(marking, exported(marking, marked_too=True)).marks == ()


def test_nothing_to_write_is_an_error_with_the_next_step(marking: MarkingBook) -> None:
    brought_in(marking, "student,check,points\nanna,essay,1\nbert,essay,1\nzoe,essay,1\n")
    with pytest.raises(GradebookError, match="nothing of lab1 waits") as caught:
        export_sheet(marking, "lab1")
    assert "--marked" in caught.value.hint
