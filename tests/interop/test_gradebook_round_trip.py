"""What both gradebooks can hold goes there and back unchanged, and totals are the same on both sides."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from autograder.errors import GradebookError
from autograder.model.assignment import Gate
from autograder.model.ids import AssignmentId, CheckId, RuleId, StudentId
from autograder.model.results import CheckOutcome
from autograder.scoring.score import score
from gradebook.book import Gradebook, utc_now
from gradebook.layout import CellLine, Layout, NotebookLine, SourceText
from gradebook.nbgrader_course import ClassHere
from gradebook.nbgrader_export import Recorded, as_nbgrader
from gradebook.nbgrader_import import Arriving
from gradebook.nbgrader_names import Names
from gradebook.nbgrader_reading import read_book
from gradebook.nbgrader_values import Losses, NbAssignment, NbBook, NbComment, NbGrade, NbWork
from gradebook.nbgrader_writing import write_book
from gradebook.values import ChangeKind, Decision, Entry, Offering
from tests.interop.moves import move_in, move_out, moved
from tests.interop.nbgrader_books import contents
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_finding, a_graded, a_layout, an_assignment
from tests.unit.gradebook.conftest import empty_postgres

TERMS = itertools.count()
WINTER = datetime(2026, 2, 1, 23, 59, tzinfo=UTC)
NO_TIME = "no time of receipt: the deadline or, before it, the import stands in"


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gradebook]:
    """A gradebook for many examples, each in a term of its own."""
    with Gradebook.open(tmp_path_factory.mktemp("ours") / "all.sqlite3", survive_power_loss=False) as book:
        yield book


def test_a_course_comes_back_from_us_as_nbgrader_had_it(filled: Path, ours: str, tmp_path: Path) -> None:
    move_in(str(filled), ours)
    move_out(ours, str(tmp_path / "back.db"))
    assert contents(f"sqlite:///{tmp_path / 'back.db'}") == contents(f"sqlite:///{filled}")


def test_a_course_comes_back_on_postgresql_too(filled: Path, tmp_path: Path) -> None:
    """Both gradebooks in PostgreSQL: ours in one schema of the database, nbgrader's in another."""
    url = empty_postgres()
    from sqlalchemy import create_engine, text

    from gradebook.database import database_url

    engine = create_engine(database_url(url))
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA IF EXISTS theirs CASCADE"))
        db.execute(text("CREATE SCHEMA theirs"))
    theirs = f"{url}&options=-csearch_path%3Dtheirs"
    move_in(str(filled), url)
    with pytest.raises(GradebookError, match="gradebook of ours"):
        move_out(url, url)
    move_out(url, theirs)
    assert contents(database_url(theirs).render_as_string()) == contents(f"sqlite:///{filled}")
    with pytest.raises(GradebookError, match="holds a gradebook already"):
        move_out(url, theirs)
    move_out(url, theirs, add=True, dry_run=True)
    move_out(url, theirs, add=True)
    assert contents(database_url(theirs).render_as_string()) == contents(f"sqlite:///{filled}")
    again = f"sqlite:///{tmp_path / 'again.sqlite3'}"
    assert move_in(theirs, again)[0].startswith("ps-1: 3 submissions, 3 scores and 10 decisions")
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA theirs CASCADE"))
    engine.dispose()


def test_points_land_on_the_cell_of_their_own_notebook(filled: Path, ours: str) -> None:
    """Two notebooks have a cell `squares_test`; the second is called after its notebook here."""
    move_in(str(filled), ours)
    with Gradebook.open(ours) as book:
        (entry, *_) = book.scores(Offering("algebra", "2026-spring"), AssignmentId("ps-1"))
    assert entry.graded.score is not None
    earned = {str(check): points for check, points in entry.graded.score.earned.items()}
    assert earned == {
        "squares_test": Decimal("2.5"), "sum_test": Decimal("0.3333333333333333"), "essay": Decimal("3.5"),
        "problem2-squares_test": Decimal("0.5"), "plot": Decimal(0),
    }  # fmt: skip
    # 6.8333 for cells, 1.5 extra, 0.25 for lateness
    assert entry.total is not None and round(entry.total, 4) == Decimal("8.0833")


def test_what_is_not_taken_over_is_listed(filled: Path, ours: str) -> None:
    *said, last = move_in(str(filled), ours)
    assert last.startswith("recorded in the gradebook ")
    assert said[2:] == [
        "class: 4 new students, new details of 0 others and 0 extensions recorded",
        "policies: made, since there were none; zone UTC, lateness costs nothing",
        "policies: ps-1 is due Sun 2026-03-01 23:59:59 UTC",
        f"not taken over: {NO_TIME}: 1 (ps 1, student03)",
    ]


# ---- any gradebook of nbgrader, there and back

POINTS = some.sampled_from([0.0, 0.5, 1.0, 1.25, 2.0])
NAMES = some.sampled_from(["q1", "q2", "a cell", "tâche-3"])
TIMES = some.none() | some.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2026, 12, 31),  # noqa: DTZ001
    timezones=some.just(UTC),
)
WORDS = some.none() | some.text("ab?\n é", min_size=1, max_size=8)
ROLES = some.sampled_from(["test", "essay", "task", "answer", "fixed"])


@some.composite
def lines(draw: some.DrawFn, notebook: str, name: str) -> CellLine:
    role = draw(ROLES)
    kind = "markdown" if role in ("essay", "task") else "code"
    text = SourceText(cell_type=kind, locked=role in ("test", "fixed"), text=draw(NAMES), checksum=None)
    return CellLine(
        notebook=notebook,
        name=name,
        cell_type=kind,
        graded=role in ("test", "essay"),
        answer=role in ("essay", "answer"),
        task=role == "task",
        source=text,
    )


@some.composite
def books(draw: some.DrawFn) -> NbBook:
    notebooks = draw(some.lists(some.sampled_from(["lab", "lab 2"]), min_size=1, unique=True).map(sorted))
    cells = [
        draw(lines(notebook, name))
        for notebook in notebooks
        for name in draw(some.lists(NAMES, min_size=1, unique=True))
    ]
    worth = {(c.notebook, c.name): draw(POINTS) for c in cells if c.graded or c.task}
    students = draw(some.lists(some.sampled_from(["anna", "ben", "çelik 3"]), unique=True).map(sorted))
    due = draw(some.none() | some.sampled_from([WINTER, WINTER + timedelta(days=150, seconds=1)]))
    longer = some.none() | some.sampled_from([timedelta(minutes=1), timedelta(days=3, hours=1)])
    works = tuple(
        replace(
            draw(submissions(student, notebooks, cells, worth)),
            extension=None if due is None else draw(longer),
        )
        for student in students
    )
    layout = Layout(
        notebooks=tuple(NotebookLine(name=n, kernelspec="{}") for n in notebooks), cells=tuple(cells)
    )
    return NbBook(
        students=tuple(students),
        assignments=(NbAssignment(name="lab-1", layout=layout, worth=worth, works=works, duedate=due),),
    )


@some.composite
def submissions(
    draw: some.DrawFn,
    student: str,
    notebooks: list[str],
    cells: list[CellLine],
    worth: dict[tuple[str, str], float],
) -> NbWork:
    grades, comments = {}, {}
    for cell in cells:
        place = (cell.notebook, cell.name)
        if place in worth:
            share = some.none() | some.sampled_from([0.0, 0.1, 1.0]).map(
                lambda part, most=worth[place]: part * most
            )
            auto, manual = draw(share), draw(share)
            grades[place] = NbGrade(
                auto=auto, manual=manual, extra=draw(some.none() | POINTS),
                needs_person=auto is None and manual is None,
            )  # fmt: skip
        if cell.answer or cell.task:
            comments[place] = NbComment(auto=draw(WORDS), manual=draw(WORDS))
    penalties = {notebook: draw(some.none() | POINTS) for notebook in notebooks}
    return NbWork(
        student=student, timestamp=draw(TIMES), grades=grades, comments=comments, penalties=penalties
    )


def stored(book: NbBook, folder: Path) -> NbBook:
    """The book as nbgrader's database gives it back."""
    file = folder / f"{next(TERMS)}.db"
    write_book(file, book)
    found = read_book(file)
    file.unlink()
    return found


def comparable(book: NbBook) -> NbBook:
    """The same book with what has an order put into one."""
    return replace(
        book,
        assignments=tuple(
            replace(each, layout=replace(each.layout, cells=tuple(sorted(each.layout.cells, key=repr))))
            for each in book.assignments
        ),
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books())
def test_any_gradebook_comes_back_from_us_unchanged(one: Gradebook, tmp_path: Path, theirs: NbBook) -> None:
    read = stored(theirs, tmp_path)
    assert comparable(read) == comparable(theirs)
    assert comparable(stored(through_us(read, one), tmp_path)) == comparable(theirs)


def through_us(theirs: NbBook, book: Gradebook) -> NbBook:
    losses = Losses()
    arriving = Arriving(names=Names(), version="0", now=utc_now(), losses=losses)
    ready = [arriving.assignment(each) for each in theirs.assignments]
    assert arriving.problems == []
    offering = Offering("any", str(next(TERMS)))
    moved(book, theirs, ready, offering, losses)
    here = ClassHere.of(book, offering)
    found = [
        replace(
            recorded(book, offering, each.assignment.id),
            dates=here.dates(each.assignment.id, theirs.students, losses),
        )
        for each in ready
    ]
    return as_nbgrader(found, losses)


def recorded(book: Gradebook, offering: Offering, assignment: AssignmentId) -> Recorded:
    return Recorded(
        assignment=assignment,
        entries=book.scores(offering, assignment),
        versions=book.versions(offering, assignment),
    )


# ---- any score of ours, there and back


@some.composite
def decided(draw: some.DrawFn) -> Callable[[Gradebook, int], None]:
    """Anything that people may do to a score."""
    extra = draw(some.none() | some.sampled_from(["0", "1.5", "0.333333"]))
    manual = draw(some.none() | some.sampled_from(["0", "2.25", "4"]))
    late = draw(some.none() | some.sampled_from(["0", "0.5", "15"]))
    total = draw(some.none() | some.sampled_from(["0", "7.5"]))
    words = draw(some.none() | some.sampled_from(["Well done.", "Why?\nSee above."]))
    confirmed = draw(some.booleans())

    def decide(book: Gradebook, score_id: int) -> None:
        if confirmed:
            book.confirm_finding(score_id, RuleId("paths"), BY_TA)
        if manual is not None:
            book.record_manual_points(score_id, CheckId("q1"), Decimal(manual), BY_TA)
        if extra is not None:
            book.award_extra(score_id, CheckId("q2"), Decimal(extra), BY_TA)
        if late is not None:
            book.penalise_lateness(score_id, Decimal(late), BY_TA)
        if total is not None:
            book.override_total(score_id, Decimal(total), BY_TA)
        if words is not None:
            book.comment_on(score_id, "essay", words, BY_TA)

    return decide


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outcomes=some.fixed_dictionaries(
        {name: some.sampled_from(CheckOutcome) for name in ("q1", "q2", "essay", "bonus")}
    ),
    gated=some.booleans(),
    decide=decided(),
)
def test_totals_are_the_same_on_both_sides_and_after_the_way_back(
    one: Gradebook,
    tmp_path: Path,
    outcomes: dict[str, CheckOutcome],
    gated: bool,
    decide: Callable[[Gradebook, int], None],
) -> None:
    gate = Gate(title="Basic", checks=(CheckId("q1"),), share=Decimal(1)) if gated else None
    assignment = an_assignment(
        {"q1": "4", "q2": "6", "essay": "3", "bonus": "2"}, manual=["essay"], optional=["bonus"], gate=gate
    )
    layout = a_layout("q1", "q2")
    essay = CellLine(
        notebook="lab1", name="answer", cell_type="markdown", graded=True, answer=True, check="essay"
    )
    graded = a_graded(assignment=assignment, outcomes=outcomes, findings=(a_finding(),))
    graded = replace(graded, score=score(assignment, graded.results, graded.findings))
    here, again = Offering("any", str(next(TERMS))), Offering("any", str(next(TERMS)))
    receipt = one.record(graded, assignment, here, layout=replace(layout, cells=(*layout.cells, essay)))
    decide(one, receipt.score_id)
    (before,) = one.scores(here, LAB)
    theirs = stored(as_nbgrader([recorded(one, here, LAB)], Losses()), tmp_path)
    (work,) = theirs.assignments[0].works
    if before.total is not None:
        assert nbgrader_total(work) == pytest.approx(float(before.total), abs=1e-6)
    said = [change.comment for change in before.changes if change.subject == "essay"]
    assert work.comments["lab1", "answer"].manual == (said[-1] if said else None)
    arriving = Arriving(names=Names(), version="0", now=utc_now(), losses=Losses())
    ready = [arriving.assignment(each) for each in theirs.assignments]
    assert arriving.problems == []
    (done,) = moved(one, theirs, ready, here, Losses())
    assert (done.scores, done.decisions) == (0, 0)
    assert one.scores(here, LAB) == (before,)
    moved(one, theirs, ready, again, Losses())
    (after,) = one.scores(again, LAB)
    assert after.graded.received == before.graded.received
    if before.total is not None:
        assert after.total == pytest.approx(before.total, abs=Decimal("0.000002"))
    assert points_by_hand(after) >= points_by_hand(before)


def points_by_hand(entry: Entry) -> set[tuple[str, Decimal | None]]:
    return {(c.subject, c.points) for c in entry.changes if c.kind is ChangeKind.CHECK_POINTS}


def nbgrader_total(work: NbWork) -> float:
    """What nbgrader's own CSV says: the sum of all cells, less what lateness costs, never below 0."""
    late = sum(penalty or 0.0 for penalty in work.penalties.values())
    return max(0.0, sum(grade.score for grade in work.grades.values()) - late)


def test_only_the_last_received_submission_goes_to_nbgrader(tmp_path: Path) -> None:
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    losses = Losses()
    with Gradebook.open(tmp_path / "ours.sqlite3") as book:
        first = a_graded(submission="s1", attempt=2, received=early, digest="d1")
        second = a_graded(
            submission="s2", attempt=1, received=late, digest="d2", outcomes={"q1": CheckOutcome.FAILED}
        )
        for graded in (second, first):
            book.record(graded, an_assignment(), SPRING, layout=a_layout())
        found = recorded(book, SPRING, LAB)
    (work,) = as_nbgrader([found], losses).assignments[0].works
    assert work.timestamp == late and work.grades["lab1", "q1"].auto == 0.0
    assert "other gradings and earlier attempts: 1 (lab1, anna)" in losses.lines()


def test_a_second_import_adds_only_what_changed(filled: Path, ours: str, tmp_path: Path) -> None:
    move_in(str(filled), ours)
    assert move_in(str(filled), ours)[0] == "ps-1: 3 submissions, 0 scores and 0 decisions recorded"
    changed = tmp_path / "changed.db"
    shutil.copy(filled, changed)
    theirs = read_book(changed)
    with sqlite3.connect(changed) as db:
        db.execute("UPDATE grade SET manual_score = 4.0 WHERE manual_score = 3.5")
        db.execute("UPDATE comment SET manual_comment = NULL WHERE manual_comment = 'No axes.'")
    db.close()
    assert theirs != read_book(changed)
    assert move_in(str(changed), ours)[0] == "ps-1: 3 submissions, 0 scores and 2 decisions recorded"
    move_out(ours, str(tmp_path / "back.db"))
    assert contents(f"sqlite:///{tmp_path / 'back.db'}") == contents(f"sqlite:///{changed}")


def test_a_decision_made_here_since_the_import_stays(filled: Path, ours: str) -> None:
    move_in(str(filled), ours)
    offering = Offering("algebra", "2026-spring")
    with Gradebook.open(ours) as book:
        entry = book.scores(offering, AssignmentId("ps-1"))[0]
        decision = Decision(who="ta8", why="regrade request")
        book.record_manual_points(entry.score_id, CheckId("essay"), Decimal(4), decision)
    said = move_in(str(filled), ours)
    assert "ps-1, student01, essay" in next(line for line in said if "decided otherwise here" in line)
    with Gradebook.open(ours) as book:
        kept = book.scores(offering, AssignmentId("ps-1"))[0]
    assert kept.graded.score is not None and kept.graded.score.earned[CheckId("essay")] == 4


def test_a_later_submission_in_nbgrader_is_a_second_attempt_here(
    filled: Path, ours: str, tmp_path: Path
) -> None:
    move_in(str(filled), ours)
    changed = tmp_path / "changed.db"
    shutil.copy(filled, changed)
    theirs = read_book(changed)
    assert theirs.assignments[0].works[0].timestamp is not None
    with sqlite3.connect(changed) as db:
        db.execute(
            "UPDATE submitted_assignment SET timestamp = '2026-03-05 10:00:00.000000' "
            "WHERE student_id = 'student01'"
        )
    db.close()
    move_in(str(changed), ours)
    with Gradebook.open(ours) as book:
        attempts = book.attempts(
            Offering("algebra", "2026-spring"), AssignmentId("ps-1"), StudentId("student01")
        )
    assert [(each.graded.attempt, each.graded.received.day) for each in attempts] == [(1, 1), (2, 5)]
    assert attempts[1].graded.received - attempts[0].graded.received > timedelta(days=3)


def test_what_is_graded_in_formgrader_lands_on_our_own_score(one: Gradebook, tmp_path: Path) -> None:
    here = Offering("formgrader", str(next(TERMS)))
    assignment = an_assignment({"q1": "4", "essay": "3", "bonus": "2"}, manual=["essay"], optional=["bonus"])
    answer = CellLine(
        notebook="lab1", name="answer", cell_type="markdown", graded=True, answer=True, check="essay"
    )
    layout = replace(a_layout("q1"), cells=(*a_layout("q1").cells, answer))
    graded = a_graded(assignment=assignment, outcomes={"essay": CheckOutcome.WAITING})
    score_id = one.record(graded, assignment, here, layout=layout).score_id
    one.penalise_lateness(score_id, Decimal("0.5"), BY_TA)
    theirs = stored(as_nbgrader([recorded(one, here, LAB)], Losses()), tmp_path)
    (work,) = theirs.assignments[0].works
    assert work.grades["lab1", "answer"] == NbGrade(needs_person=True)
    assert work.grades["nbverdict", "bonus"] == NbGrade(auto=0.0, extra=2.0)
    graded_there = replace(
        work,
        grades={
            **work.grades,
            ("lab1", "answer"): NbGrade(manual=2.0, extra=0.5),
            ("nbverdict", "bonus"): NbGrade(auto=0.0, extra=2.25),
        },
        comments={("lab1", "answer"): NbComment(manual="Nearly.")},
    )
    changed = replace(theirs, assignments=(replace(theirs.assignments[0], works=(graded_there,)),))
    losses = Losses()
    arriving = Arriving(names=Names(), version="0", now=utc_now(), losses=losses)
    ready = [arriving.assignment(each) for each in changed.assignments]
    for wanted in (4, 0):
        (done,) = moved(one, changed, ready, here, losses)
        assert (done.scores, done.decisions) == (0, wanted)
    (entry,) = one.scores(here, LAB)
    assert entry.total == Decimal("8.25")  # 4 + 2 + 2, 0.5 and 0.25 on top, 0.5 for lateness
    assert {result.check_id: result.message for result in entry.graded.results}["essay"] == "Nearly."
    assert "graded here as well: our automatic points count: 2" in losses.lines()[0]


def test_an_assignment_that_changed_is_exported_with_all_its_cells(one: Gradebook) -> None:
    here = Offering("changed", str(next(TERMS)))
    older, newer = an_assignment({"q1": "4"}), an_assignment({"q1": "5", "q2": "6"}, version="v2")
    one.record(a_graded(assignment=older), older, here, layout=a_layout("q1"))
    second = a_graded(assignment=newer, submission="s2", student="ben", digest="d2")
    one.record(second, newer, here, layout=a_layout("q1", "q2"))
    losses = Losses()
    (made,) = as_nbgrader([recorded(one, here, LAB)], losses).assignments
    assert made.worth == {("lab1", "q1"): 5.0, ("lab1", "q2"): 6.0}
    anna, ben = made.works
    assert anna.grades == {("lab1", "q1"): NbGrade(auto=4.0)}
    assert ben.grades == {("lab1", "q1"): NbGrade(auto=5.0), ("lab1", "q2"): NbGrade(auto=6.0)}
    assert any(line.startswith("graded with an older version") for line in losses.lines())
