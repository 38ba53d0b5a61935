"""Policies, extensions, groups, chosen attempts and extras as they are kept, and the grades they lead to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from autograder.errors import ConfigError, GradebookError
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from gradebook import offering_tables, tables
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.policies.facts import GradeState, Target
from gradebook.policies.lines import Why
from gradebook.values import ChangeKind, Decision, Offering
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import BY_PROF, DUE, POLICIES, a_class, hand_in

ILL = Decision(who="prof", why="ill, letter seen")
DAY = timedelta(days=1)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[CourseBook]:
    """A class in a file, at a time after the deadline."""
    with Gradebook.open(tmp_path / "grades.sqlite3", clock=lambda: DUE + 30 * DAY) as book:
        yield a_class(book)


def points(course: CourseBook, student: str) -> Decimal | None:
    return course.standing(student).assignments["lab1"].points


def test_policies_are_kept_in_full_and_the_last_ones_count(book: Gradebook) -> None:
    course = CourseBook(book, SPRING)
    assert course.policies() is None
    _, new = course.store_policies(POLICIES, BY_PROF)
    _, again = course.store_policies(POLICIES, BY_TA)
    harder = POLICIES.replace("percent_per_day = 10", "percent_per_day = 50")
    course.store_policies(harder, Decision(who="dean", why="too mild"))
    assert (new, again) == (True, False)
    assert [(each.text, each.who, each.why) for each in course.policies_history()] == [
        (POLICIES, "prof", "start of term"),
        (harder, "dean", "too mild"),
    ]
    policies = course.policies()
    assert policies is not None
    assert policies.assignments["lab1"].late.percent_per_day == 50


def test_policies_that_contradict_themselves_are_not_stored(course: CourseBook) -> None:
    wrong = POLICIES.replace(
        "due = 2026-03-01T12:00:00", "due = 2026-03-01T12:00:00\nreleased = 2026-04-01T00:00:00"
    )
    with pytest.raises(ConfigError, match=r"assignments\.lab1\.due"):
        course.store_policies(wrong, BY_TA)
    assert len(course.policies_history()) == 1


def test_policies_of_one_offering_say_nothing_about_another(course: CourseBook) -> None:
    other = CourseBook(course.book, Offering("deep-learning", "2027-spring"))
    with pytest.raises(GradebookError, match="has no policies yet") as caught:
        other.standing("anna")
    assert "policies store" in caught.value.hint


def test_lateness_costs_what_the_policies_say_and_an_extension_takes_it_back(book: Gradebook) -> None:
    course = a_class(book)
    hand_in(book, "anna", late=timedelta(hours=25))
    hand_in(book, "zoe", late=timedelta(hours=25))
    assert (points(course, "anna"), points(course, "zoe")) == (8, 8)
    course.extend(Target.STUDENT, "anna", "lab1", ILL, until=DUE + 2 * DAY)
    assert (points(course, "anna"), points(course, "zoe")) == (10, 8)
    course.extend(Target.SECTION, "A", "lab1", ILL, days=1)
    assert (points(course, "anna"), points(course, "zoe")) == (10, 9)
    course.extend(Target.EVERYONE, "", "", ILL, days=2)
    assert (points(course, "anna"), points(course, "zoe")) == (10, 10)


def test_an_extension_comes_back_with_who_when_and_why(book: Gradebook) -> None:
    course = a_class(book)
    number = course.extend(Target.STUDENT, "anna", "lab1", ILL, until=DUE + 2 * DAY)
    (kept,) = course.extensions()
    assert (kept.id, kept.target, kept.name, kept.assignment) == (number, Target.STUDENT, "anna", "lab1")
    assert (kept.until, kept.days, kept.excused) == (DUE + 2 * DAY, None, False)
    assert (kept.who, kept.reason) == ("prof", "ill, letter seen")
    assert kept.at is not None
    assert kept.at.tzinfo is not None


def test_a_withdrawn_extension_no_longer_counts_and_stays_in_the_history(course: CourseBook) -> None:
    hand_in(course.book, "anna", late=timedelta(hours=1))
    number = course.extend(Target.STUDENT, "anna", "lab1", ILL, days=1)
    assert points(course, "anna") == 10
    course.withdraw_extension(number, BY_TA)
    assert points(course, "anna") == 9
    assert course.extensions() == ()
    with course.book.reading() as db:
        assert db.execute(select(func.count()).select_from(offering_tables.extensions)).scalar_one() == 2
    with pytest.raises(GradebookError, match=f"no extension {number} stands"):
        course.withdraw_extension(number, BY_TA)


def test_who_is_excused_is_not_counted(course: CourseBook) -> None:
    hand_in(course.book, "zoe")
    course.extend(Target.STUDENT, "anna", "lab1", ILL, excused=True)
    standing = course.standing("anna")
    assert standing.assignments["lab1"].state is GradeState.EXCUSED
    assert standing.course.percent is None
    assert course.standing("bert").course.percent == 0


@pytest.mark.parametrize(
    ("target", "name", "assignment", "said"),
    [
        (Target.STUDENT, "ana", "lab1", "no student 'ana'"),
        (Target.SECTION, "C", "lab1", "no section 'C'"),
        (Target.STUDENT, "anna", "lab2", "no assignment 'lab2'"),
        (Target.EVERYONE, "anna", "lab1", "no name is needed"),
        (Target.STUDENT, "", "lab1", "a name is needed"),
    ],
)
def test_an_extension_for_what_nobody_knows_is_refused(
    course: CourseBook, target: Target, name: str, assignment: str, said: str
) -> None:
    with pytest.raises(GradebookError, match=said):
        course.extend(target, name, assignment, ILL, days=1)
    assert course.extensions() == ()


def test_an_extension_that_ends_before_the_deadline_is_refused(course: CourseBook) -> None:
    with pytest.raises(GradebookError, match="is not after the deadline"):
        course.extend(Target.STUDENT, "anna", "lab1", ILL, until=DUE - DAY)


def test_work_of_one_counts_for_the_whole_group_and_so_does_extra_time(book: Gradebook) -> None:
    course = a_class(book)
    course.group("lab1", "team 1", ["anna", "bert"], BY_PROF)
    hand_in(book, "bert", late=timedelta(hours=1))
    assert (points(course, "anna"), points(course, "bert"), points(course, "zoe")) == (9, 9, 0)
    course.extend(Target.STUDENT, "anna", "lab1", ILL, days=1)
    assert (points(course, "anna"), points(course, "bert")) == (10, 10)
    ((name, group),) = course.groups()
    assert (name, group.assignment, group.members) == ("team 1", "lab1", {"anna", "bert"})


def test_nobody_is_in_two_groups_and_who_leaves_one_is_alone_again(course: CourseBook) -> None:
    course.group("lab1", "team 1", ["anna", "bert"], BY_PROF)
    with pytest.raises(GradebookError, match=r"bert: already in the group 'team 1'"):
        course.group("lab1", "team 2", ["bert", "zoe"], BY_PROF)
    hand_in(course.book, "bert")
    course.group("lab1", "team 1", ["bert"], BY_PROF)
    assert (points(course, "anna"), points(course, "bert")) == (0, 10)
    course.group("lab1", "team 1", [], BY_PROF)
    assert course.groups() == ()


def test_staffs_choice_of_attempt_counts_until_it_is_taken_back(book: Gradebook) -> None:
    course = a_class(book)
    hand_in(book, "anna", late=timedelta(hours=-1), attempt=1)
    hand_in(book, "anna", late=timedelta(hours=1), attempt=2)
    assert points(course, "anna") == 9
    course.choose_attempt("lab1", "anna", "anna-1", BY_TA)
    grade = course.standing("anna").assignments["lab1"]
    assert grade.points == 10
    assert any("ta7" in line.text for line in grade.lines)
    course.choose_attempt("lab1", "anna", None, BY_TA)
    assert points(course, "anna") == 9


def test_nobody_elses_submission_can_be_chosen(course: CourseBook) -> None:
    hand_in(course.book, "bert")
    with pytest.raises(GradebookError, match="'bert-1' is no submission of anna"):
        course.choose_attempt("lab1", "anna", "bert-1", BY_TA)


def test_points_for_an_open_extra_count_up_to_the_policys_limit(book: Gradebook) -> None:
    course = a_class(book)
    hand_in(book, "anna")
    course.award_extra("lab1", "anna", "other ranks", Decimal("1.5"), BY_TA)
    assert points(course, "anna") == Decimal("11.5")
    course.award_extra("lab1", "anna", "error analysis", Decimal(3), BY_TA)
    assert points(course, "anna") == 12
    course.award_extra("lab1", "anna", "error analysis", None, BY_TA)
    assert points(course, "anna") == Decimal("11.5")
    with pytest.raises(GradebookError, match="must be at least 0"):
        course.award_extra("lab1", "anna", "cheating", Decimal("NaN"), BY_TA)


def test_a_human_change_of_a_score_is_in_the_grade(course: CourseBook) -> None:
    graded = a_graded(outcomes={"q2": CheckOutcome.FAILED}, received=DUE)
    receipt = course.book.record(graded, an_assignment(), SPRING)
    assert points(course, "anna") == 4
    course.book.record_manual_points(receipt.score_id, CheckId("q2"), Decimal("2.5"), BY_TA)
    assert points(course, "anna") == Decimal("6.5")


def test_a_preview_charges_nothing(course: CourseBook) -> None:
    hand_in(course.book, "zoe")
    facts = course.facts(student="anna")
    assert facts.preview("anna", "lab1", DUE + timedelta(hours=25)).loses == 2
    assert facts.preview("anna", "lab1", DUE).loses == 0
    assert points(course, "anna") == 0


def test_one_students_facts_lead_to_the_same_grade_as_those_of_the_class(course: CourseBook) -> None:
    course.group("lab1", "team 1", ["anna", "bert"], BY_PROF)
    hand_in(course.book, "bert", late=timedelta(hours=3))
    hand_in(course.book, "zoe", late=timedelta(hours=30))
    course.extend(Target.SECTION, "A", "lab1", ILL, days=1)
    everybody = course.facts()
    now = course.book.now()
    for student in ("anna", "bert", "zoe"):
        assert course.standing(student) == everybody.standing(student, now)


def test_who_hands_in_without_being_in_the_roster_is_graded_all_the_same(course: CourseBook) -> None:
    hand_in(course.book, "guest")
    assert "guest" in course.facts().students
    assert points(course, "guest") == 10


def test_a_student_nobody_knows_is_an_error_with_the_nearest_ids(course: CourseBook) -> None:
    with pytest.raises(GradebookError, match="no student 'ana'") as caught:
        course.standing("ana")
    assert "anna" in caught.value.hint


@pytest.fixture
def full(url: str) -> Iterator[CourseBook]:
    """An offering with a row in every table."""
    with Gradebook.open(url) as book:
        course = a_class(book)
        hand_in(book, "anna")
        course.extend(Target.STUDENT, "anna", "lab1", ILL, days=1)
        course.group("lab1", "team 1", ["anna", "bert"], BY_PROF)
        course.choose_attempt("lab1", "anna", "anna-1", BY_TA)
        course.award_extra("lab1", "anna", "more", Decimal(1), BY_TA)
        with book.writing() as db:
            db.execute(
                text(
                    "INSERT INTO erasures (person_id, who, why, at) "
                    "SELECT id, 'x', 'y', created_at FROM people"
                )
            )
        yield course


def test_facts_of_an_offering_cannot_be_changed_or_removed(full: CourseBook) -> None:
    for table in offering_tables.APPEND_ONLY:
        column = tables.metadata.tables[table].columns.keys()[0]
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            with pytest.raises(GradebookError, match="history is never changed"), full.book.writing() as db:
                db.execute(text(statement))
        with full.book.reading() as db:
            assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0, table


def test_every_fact_has_one_audit_line_of_the_same_person_reason_and_time(full: CourseBook) -> None:
    log = tables.audit_log.c
    with full.book.reading() as db:
        for table in set(offering_tables.APPEND_ONLY) - {"sections", "erasures"}:
            facts = tables.metadata.tables[table].c
            kept = db.execute(select(facts.id, facts.who, facts.why, facts.at).order_by(facts.id)).all()
            lines = db.execute(
                select(log.about_id, log.who, log.why, log.at)
                .where(log.about == table)
                .order_by(log.about_id)
            ).all()
            assert kept == lines
            assert kept


def test_a_fact_without_its_audit_line_is_not_kept(course: CourseBook) -> None:
    with course.book.writing() as db:
        db.execute(text("ALTER TABLE audit_log RENAME TO audit_gone"))
    with pytest.raises(GradebookError):
        course.extend(Target.STUDENT, "anna", "lab1", ILL, days=1)
    assert course.extensions() == ()


def test_decisions_at_the_same_instant_are_all_kept(url: str) -> None:
    """Eight people grant, group and store at once; of two who take one extension back, one is told no."""
    with Gradebook.open(url) as book:
        course = a_class(book, [f"s{number}" for number in range(8)])
        shared = course.extend(Target.EVERYONE, "", "lab1", ILL, days=1)
        start = threading.Barrier(8)
        refused: list[str] = []
        failures: list[BaseException] = []

        def decide(number: int) -> None:
            me = Decision(who=f"ta{number}", why="at once")
            try:
                start.wait()
                course.extend(Target.STUDENT, f"s{number}", "lab1", me, days=2)
                course.group(
                    "lab1", f"team {number // 2}", [f"s{number // 2 * 2}", f"s{number // 2 * 2 + 1}"], me
                )
                course.store_policies(POLICIES + f"# {number}\n", me)
                try:
                    course.withdraw_extension(shared, me)
                except GradebookError as error:
                    refused.append(str(error))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=decide, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(refused) == 7
        assert sorted(each.name for each in course.extensions()) == [f"s{number}" for number in range(8)]
        assert len(course.groups()) == 4
        assert len(course.policies_history()) == 9
        for _, group in course.groups():
            assert len(group.members) == 2


def test_lateness_that_a_person_decided_is_charged_once_and_takes_no_late_days(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert", "zoe"])
    course.store_policies(POLICIES + "[late_days]\nbudget = 1\n", ILL)
    for student in ("anna", "bert", "zoe"):
        hand_in(book, student, late=timedelta(days=1))
    scores = {str(entry.graded.student): entry.score_id for entry in book.scores(SPRING, LAB)}
    book.penalise_lateness(scores["anna"], Decimal("0.5"), ILL)
    book.penalise_lateness(scores["bert"], Decimal("0.5"), ILL)
    book.withdraw(scores["bert"], ChangeKind.LATE_PENALTY, "", ILL)
    anna, bert, zoe = (course.standing(student) for student in ("anna", "bert", "zoe"))
    assert anna.assignments["lab1"].points == Decimal("9.5") and anna.late_days_left == 1
    assert Why.LATENESS_DECIDED in [line.kind for line in anna.assignments["lab1"].lines]
    assert (bert.assignments["lab1"].points, bert.late_days_left) == (10, 0)
    assert bert.assignments["lab1"].points == zoe.assignments["lab1"].points
