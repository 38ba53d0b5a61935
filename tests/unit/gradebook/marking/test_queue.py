"""What waits, in which order, and who holds it."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.book import Gradebook
from gradebook.marking.leases import LONGEST
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.pieces import PieceRef, order_key
from gradebook.marking.rubric import Mark, Worth
from gradebook.values import ChangeKind, Offering
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_graded
from tests.unit.gradebook.course_builders import a_class
from tests.unit.gradebook.marking.builders import Clock, a_marked_class, hand_in, written

TEN = tuple(f"student{number}" for number in range(10))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[Gradebook]:
    with Gradebook.open(tmp_path / "g.sqlite3", clock=clock) as opened:
        yield opened


def refs(marking: MarkingBook, **how: bool) -> list[PieceRef]:
    return [desk.piece.ref for desk in marking.queue("lab1", **how)]


def test_what_waits_is_in_the_queue_and_what_is_marked_is_not(book: Gradebook) -> None:
    marking = a_marked_class(book)
    (first, *rest) = refs(marking)
    marking.mark(first, Mark(items=("clear",)), "ann")
    assert refs(marking) == rest
    assert set(refs(marking, marked_too=True)) == {first, *rest}


def test_a_withdrawn_mark_puts_the_piece_back_into_the_queue(book: Gradebook) -> None:
    marking = a_marked_class(book)
    piece = marking.queue("lab1")[0].piece
    marking.mark(piece.ref, Mark(items=("clear",)), "ann")
    book.withdraw(piece.score_id, ChangeKind.CHECK_POINTS, "essay", BY_TA)
    assert piece.ref in refs(marking)
    assert marking.look(piece.ref).given is None


def test_a_failure_on_our_side_waits_for_another_run_not_for_a_marker(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    hand_in(book, "bert", status=Status.SANDBOX_FAILED)
    assert [desk.piece.student for desk in marking.queue("lab1")] == ["anna"]


def test_without_policies_the_last_attempt_of_each_student_is_marked(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    hand_in(book, "anna", attempt=2)
    assert [desk.piece.submission for desk in marking.queue("lab1")] == ["anna-2"]
    assert len(marking.queue("lab1", every_attempt=True)) == 2


def test_with_policies_the_attempt_they_choose_is_marked_and_a_group_once(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna", "bert"])
    hand_in(book, "anna", attempt=2)
    course = a_class(book, ["anna", "bert", "zoe"])
    course.choose_attempt("lab1", "anna", "anna-1", BY_TA)
    assert {desk.piece.submission for desk in marking.queue("lab1")} == {"anna-1", "bert-1"}
    course.group("lab1", "team", ["bert", "zoe"], BY_TA)
    assert [desk.piece.submission for desk in marking.queue("lab1")].count("bert-1") == 1


def test_an_unknown_assignment_is_no_empty_queue(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    for ask in (marking.queue, marking.rubrics, marking.rules, lambda name: marking.next(name, "ann")):
        with pytest.raises(GradebookError, match="has no assignment 'lab'") as caught:
            ask("lab")
        assert caught.value.hint == "Did you mean lab1?"


def test_an_unknown_check_names_those_that_there_are(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="no submission for lab1 has the check 'nope'") as caught:
        a_marked_class(book).queue("lab1", check="nope")
    assert "essay" in caught.value.hint


PSEUDONYMS = some.lists(some.text("0123456789abcdef", min_size=16, max_size=16), unique=True, min_size=1)


@given(PSEUDONYMS, some.randoms())
def test_the_order_is_the_same_whoever_asks(found: list[str], random: some.DataObject) -> None:
    other = list(found)
    random.shuffle(other)  # type: ignore[attr-defined]

    def key(pseudonym: str) -> str:
        return order_key(SPRING, "lab1", "essay", pseudonym)

    assert sorted(found, key=key) == sorted(other, key=key)


def test_every_question_assignment_and_term_has_an_order_of_its_own() -> None:
    people = [f"p-{number:016x}" for number in range(40)]
    orders = {
        tuple(sorted(people, key=lambda one: order_key(offering, assignment, check, one)))
        for offering in (SPRING, Offering("deep-learning", "2026-fall"))
        for assignment in ("lab1", "lab2")
        for check in ("essay", "plot")
    }
    assert len(orders) == 8


def test_over_many_questions_everybody_comes_early_about_as_often() -> None:
    people = [f"p-{number:016x}" for number in range(20)]
    first_half = dict.fromkeys(people, 0)
    for question in range(400):
        order = sorted(people, key=lambda one: order_key(SPRING, "lab1", f"q{question}", one))
        for one in order[:10]:
            first_half[one] += 1
    assert all(140 < count < 260 for count in first_half.values()), "six standard deviations around 200"


def test_two_graders_are_given_different_pieces_and_one_gets_the_same_again(book: Gradebook) -> None:
    marking = a_marked_class(book)
    ann, bob = marking.next("lab1", "ann"), marking.next("lab1", "bob")
    again = marking.next("lab1", "ann")
    assert ann is not None and bob is not None and again is not None
    assert ann.piece.ref != bob.piece.ref
    assert again.piece.ref == ann.piece.ref


def test_mine_is_the_piece_that_one_holds_until_its_lease_ends(book: Gradebook, clock: Clock) -> None:
    marking = a_marked_class(book)
    with pytest.raises(GradebookError, match="ann holds nothing"):
        marking.find("mine", "ann")
    ann, bob = marking.next("lab1", "ann"), marking.next("lab1", "bob")
    assert ann is not None and bob is not None
    assert marking.find("mine", "ann") == ann.piece.ref
    assert marking.find("mine", "bob") == bob.piece.ref
    clock.move(hours=24)
    with pytest.raises(GradebookError, match="ann holds nothing"):
        marking.find("mine", "ann")


def test_when_all_pieces_are_with_somebody_there_is_nothing_to_take(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna"])
    assert marking.next("lab1", "ann") is not None
    assert marking.next("lab1", "bob") is None


def test_a_lease_that_ended_can_be_taken_and_the_late_mark_is_refused(book: Gradebook, clock: Clock) -> None:
    marking = a_marked_class(book, ["anna"])
    held = marking.next("lab1", "ann")
    assert held is not None
    clock.move(minutes=30)
    taken = marking.next("lab1", "bob")
    assert taken is not None and taken.piece.ref == held.piece.ref
    with pytest.raises(GradebookError, match=r"is with bob until 2026-03-02 13:00:00Z"):
        marking.mark(held.piece.ref, Mark(items=("clear",)), "ann")
    marking.mark(held.piece.ref, Mark(items=("right",)), "bob")
    with pytest.raises(GradebookError, match="has 2 points already"):
        marking.mark(held.piece.ref, Mark(items=("clear",)), "ann")
    assert [change.who for change in book.scores(SPRING, LAB)[0].changes] == ["bob", "bob"]


def test_a_lease_that_ended_and_nobody_took_still_lets_its_grader_mark(book: Gradebook, clock: Clock) -> None:
    marking = a_marked_class(book, ["anna"])
    held = marking.next("lab1", "ann")
    assert held is not None
    clock.move(hours=5)
    assert marking.mark(held.piece.ref, Mark(items=("clear",)), "ann").points == 3


def test_renewed_in_time_nobody_else_gets_the_piece(book: Gradebook, clock: Clock) -> None:
    marking = a_marked_class(book, ["anna"])
    held = marking.next("lab1", "ann")
    assert held is not None
    clock.move(minutes=29)
    lease = marking.renew(held.piece.ref, "ann")
    clock.move(minutes=29)
    assert marking.next("lab1", "bob") is None
    assert lease.taken == clock.time - timedelta(minutes=58), "it is the same lease"
    assert lease.expires == clock.time + timedelta(minutes=1)


def test_only_the_holder_renews_or_gives_back(book: Gradebook, clock: Clock) -> None:
    marking = a_marked_class(book, ["anna"])
    held = marking.next("lab1", "ann")
    assert held is not None
    for other in (marking.renew, marking.release):
        with pytest.raises(GradebookError, match="bob does not hold"):
            other(held.piece.ref, "bob")
    marking.release(held.piece.ref, "ann")
    assert marking.next("lab1", "bob") is not None
    clock.move(hours=1)
    marking.next("lab1", "ann")
    with pytest.raises(GradebookError, match="does not hold"):
        marking.renew(held.piece.ref, "bob")


@pytest.mark.parametrize("lasts", [timedelta(0), LONGEST + timedelta(seconds=1)])
def test_a_lease_without_an_end_is_refused(book: Gradebook, lasts: timedelta) -> None:
    with pytest.raises(GradebookError, match="a lease lasts up to 14 days"):
        a_marked_class(book).next("lab1", "ann", lasts=lasts)


@pytest.mark.parametrize("text", ["", "12", "12:", ":essay", "-1:essay", "x:essay", "1e3:essay", "٣:essay"])
def test_what_names_no_piece_is_refused(book: Gradebook, text: str) -> None:
    with pytest.raises(GradebookError, match="is no piece"):
        a_marked_class(book, ["anna"]).find(text)


def test_a_piece_is_found_by_its_submission_too(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna", "bert"])
    ref = marking.find("bert-1:essay")
    assert marking.look(ref).piece.student == "bert"
    assert marking.find(str(ref)) == ref


def test_an_id_that_is_the_number_of_another_submission_is_not_guessed(book: Gradebook) -> None:
    marking = a_marked_class(book, ["anna", "bert"])
    book.record(a_graded(submission="1", student="zoe", digest="z", assignment=written()), written(), SPRING)
    with pytest.raises(GradebookError, match="the number of one submission and the id of another"):
        marking.find("1:essay")


def test_eight_graders_at_once_mark_every_piece_exactly_once(url: str) -> None:
    with Gradebook.open(url) as book:
        eight_mark_everything(a_marked_class(book, [f"s{number}" for number in range(24)]))


def eight_mark_everything(marking: MarkingBook) -> None:
    start, got, troubles = threading.Barrier(8), [], []

    def work(grader: str) -> None:
        start.wait()
        while True:
            try:
                desk = marking.next("lab1", grader)
                if desk is None:
                    return
                got.append(desk.piece.ref)
                marking.mark(desk.piece.ref, Worth(points=desk.piece.most), grader)
            except GradebookError as trouble:
                troubles.append(trouble)
                return

    threads = [threading.Thread(target=work, args=(f"ta{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert sorted(got) == sorted(set(got)) and len(got) == 24
    assert marking.queue("lab1") == ()


def _take_all(url: str, grader: str, start: object, out: object) -> None:
    with Gradebook.open(url) as book:
        marking = MarkingBook(book, SPRING)
        start.wait()  # type: ignore[attr-defined]
        desk = marking.next("lab1", grader)
        out.put(None if desk is None else str(desk.piece.ref))  # type: ignore[attr-defined]


def test_eight_processes_at_once_get_eight_pieces(url: str) -> None:
    with Gradebook.open(url) as book:
        a_marked_class(book, TEN[:8])
    forked = multiprocessing.get_context("fork")
    start, out = forked.Barrier(8), forked.Queue()
    children = [forked.Process(target=_take_all, args=(url, f"ta{n}", start, out)) for n in range(8)]
    for child in children:
        child.start()
    got = [out.get(timeout=60) for _ in children]
    for child in children:
        child.join()
    assert None not in got
    assert len(set(got)) == 8
