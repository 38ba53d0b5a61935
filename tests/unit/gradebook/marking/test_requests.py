"""Regrade requests: opened in their window, answered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.requests import RequestState, Window
from gradebook.marking.rubric import Mark, Worth
from tests.unit.gradebook.builders import LAB, SPRING
from tests.unit.gradebook.marking.builders import BY_HEAD, NOON, Clock, a_marked_class

KEPT, CHANGED, WITHDRAWN = RequestState.KEPT, RequestState.CHANGED, RequestState.WITHDRAWN


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[Gradebook]:
    with Gradebook.open(tmp_path / "g.sqlite3", clock=clock) as opened:
        yield opened


@pytest.fixture
def marking(book: Gradebook) -> MarkingBook:
    found = a_marked_class(book)
    found.mark(found.find("anna-1:essay"), Mark(items=("clear",)), "ann")
    return found


def total(book: Gradebook) -> Decimal | None:
    return book.scores(SPRING, LAB)[0].total


def test_a_request_is_open_until_it_is_answered(marking: MarkingBook) -> None:
    asked = marking.ask(marking.find("anna-1:essay"), "The second argument counts, too.")
    assert (asked.state, asked.who, marking.requests()) == (RequestState.OPEN, "", (asked,))
    marking.answer(asked.id, KEPT, "It repeats the first.", "bob")
    assert marking.requests() == ()
    (answered,) = marking.requests("lab1", every=True)
    assert answered.answer is not None
    assert (answered.state, answered.answer.words, answered.answer.who) == (
        KEPT,
        "It repeats the first.",
        "bob",
    )


def test_a_changed_answer_comes_with_its_mark_in_one_transaction(
    marking: MarkingBook, book: Gradebook
) -> None:
    asked = marking.ask(marking.find("anna-1:essay"), "It is right, too.")
    with pytest.raises(GradebookError, match="no item 'nope'"):
        marking.answer(asked.id, CHANGED, "True.", "bob", mark=Mark(items=("nope",)))
    assert marking.requests() == (asked,)
    done = marking.answer(asked.id, CHANGED, "True.", "bob", mark=Mark(items=("clear", "right")))
    assert done.answer is not None and done.answer.mark_id is not None
    assert total(book) == 9
    assert book.scores(SPRING, LAB)[0].changes[-1].why == f"request {asked.id}: True."


@pytest.mark.parametrize(
    ("outcome", "words", "mark", "said"),
    [
        (RequestState.OPEN, "words", None, "keeps, changes or withdraws"),
        (KEPT, " ", None, "needs words"),
        (KEPT, "words", Worth(points=Decimal(5)), "exactly where it changes"),
        (CHANGED, "words", None, "exactly where it changes"),
        (WITHDRAWN, "", Worth(points=Decimal(5)), "exactly where it changes"),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    marking: MarkingBook, outcome: RequestState, words: str, mark: Worth | None, said: str
) -> None:
    asked = marking.ask(marking.find("anna-1:essay"), "Please look again.")
    with pytest.raises(GradebookError, match=said):
        marking.answer(asked.id, outcome, words, "bob", mark=mark)
    assert marking.requests() == (asked,)


@pytest.mark.parametrize("outcome", [KEPT, WITHDRAWN])
def test_what_was_answered_or_withdrawn_stays_so(marking: MarkingBook, outcome: RequestState) -> None:
    asked = marking.ask(marking.find("anna-1:essay"), "Please look again.")
    marking.answer(asked.id, outcome, "As it is.", "bob")
    with pytest.raises(GradebookError, match=f"was {outcome.value} by bob already"):
        marking.answer(asked.id, KEPT, "Once more.", "ann")


def test_one_request_about_a_check_is_open_at_a_time(marking: MarkingBook) -> None:
    ref = marking.find("anna-1:essay")
    asked = marking.ask(ref, "Please look again.")
    with pytest.raises(GradebookError, match="is open already"):
        marking.ask(ref, "And again.")
    marking.ask(marking.find("anna-1:q1"), "This one too.")
    marking.answer(asked.id, KEPT, "As it is.", "bob")
    assert marking.ask(ref, "Really.").state is RequestState.OPEN


def test_there_is_nothing_to_ask_about_points_that_nobody_gave(marking: MarkingBook) -> None:
    with pytest.raises(GradebookError, match="has no points yet"):
        marking.ask(marking.find("bert-1:essay"), "Please.")
    with pytest.raises(GradebookError, match="needs words"):
        marking.ask(marking.find("anna-1:essay"), "  ")


def test_requests_are_taken_in_their_window_only(marking: MarkingBook, clock: Clock) -> None:
    ref = marking.find("anna-1:essay")
    window = Window(opens=NOON + timedelta(hours=1), closes=NOON + timedelta(hours=2))
    marking.set_window("lab1", window, BY_HEAD)
    with pytest.raises(GradebookError, match="requests open at 2026-03-02 13:00:00Z"):
        marking.ask(ref, "Please.")
    clock.move(hours=2)
    with pytest.raises(GradebookError, match="requests closed at 2026-03-02 14:00:00Z"):
        marking.ask(ref, "Please.")
    marking.set_window("lab1", Window(closes=NOON + timedelta(hours=3)), BY_HEAD)
    assert marking.ask(ref, "Please.", who="bob").who == "bob"


@given(some.datetimes(), some.datetimes(), some.datetimes())
def test_a_window_is_open_from_its_first_moment_and_closed_at_its_last(
    one: datetime, other: datetime, now: datetime
) -> None:
    first, last = sorted(moment.replace(tzinfo=NOON.tzinfo) for moment in (one, other))
    now = now.replace(tzinfo=NOON.tzinfo)
    if first == last:
        with pytest.raises(GradebookError, match="ends before it opens"):
            Window(opens=first, closes=last)
        return
    assert (Window(opens=first, closes=last).refusal(now) == "") is (first <= now < last)


def test_a_window_needs_times_with_a_zone() -> None:
    with pytest.raises(GradebookError, match="no time zone"):
        Window(opens=NOON.replace(tzinfo=None))


def test_a_request_that_is_not_there_is_named(marking: MarkingBook) -> None:
    with pytest.raises(GradebookError, match="there is no request 7"):
        marking.answer(7, KEPT, "words", "bob")


def test_a_piece_that_somebody_holds_is_not_changed_by_an_answer(marking: MarkingBook) -> None:
    held = marking.next("lab1", "ann")
    assert held is not None
    asked = marking.ask(marking.find(f"{held.piece.submission}:q1"), "Please.")
    marking.answer(asked.id, CHANGED, "True.", "bob", mark=Worth(points=Decimal(3)))
    with pytest.raises(GradebookError, match="is with ann"):
        marking.mark(held.piece.ref, Worth(points=Decimal(3)), "bob")
