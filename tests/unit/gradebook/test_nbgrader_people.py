"""nbgrader's two names and our one, there and back; what is known here stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gradebook.nbgrader_people import apart, described, joined, moving_in, with_people
from gradebook.nbgrader_values import Losses, NbBook, NbPerson
from gradebook.roster import Member

NAMES = {
    "Ada Lovelace": ("Ada", "Lovelace"),
    "Maria Garcia Lopez": ("Maria Garcia", "Lopez"),
    "Garcia Lopez, Maria": ("Maria", "Garcia Lopez"),
    "van der Berg, Jan": ("Jan", "van der Berg"),
    "Martin Luther King, Jr.": ("Martin Luther", "King, Jr."),
    "Zoë": ("Zoë", ""),
    "Plato,": ("", "Plato"),
    ", Ada Maria": ("Ada Maria", ""),
    "": ("", ""),
}
WORDS = some.text("abé'-. ", max_size=9).map(lambda text: " ".join(text.split()))


@pytest.mark.parametrize(("name", "two"), NAMES.items())
def test_a_name_is_taken_apart_as_a_person_would_and_put_together_again(
    name: str, two: tuple[str, str]
) -> None:
    assert apart(name) == two
    assert joined(*two) == name


def test_a_last_name_written_first_is_the_same_name() -> None:
    assert apart("Lovelace, Ada") == apart("Ada Lovelace") == apart(" Lovelace,Ada ")
    assert apart("King, Jr., Martin Luther") == apart("Martin Luther King, Jr.")


@given(WORDS, WORDS)
def test_any_two_names_without_commas_come_back(first: str, last: str) -> None:
    assert apart(joined(first, last)) == (first, last)


def a_member(student: str, *, enrolled: bool = True, **details: str) -> Member:
    return Member(person_id=1, student=student, pseudonym=f"p-{student}", enrolled=enrolled, **details)  # type: ignore[arg-type]


def a_book(**people: NbPerson) -> NbBook:
    return NbBook(students=tuple(people), assignments=(), people=people)


def test_what_is_known_here_stays_and_what_differs_is_listed() -> None:
    losses = Losses()
    theirs = a_book(
        anna=NbPerson(first="Anna", last="Able", email="anna@example.edu", lms_id="77"),
        bert=NbPerson(first="Bert", last="Other", email="B@example.edu"),
        carl=NbPerson(first=" Carl\n", last="Cash"),
        dora=NbPerson(email="Anna@Example.edu"),
        left=NbPerson(first="Left"),
    )
    members = {
        "anna": a_member("anna", name="Able, Anna"),
        "bert": a_member("bert", name="Bert Brown", email="b@example.edu"),
        "left": a_member("left", enrolled=False),
        "zoe": a_member("zoe"),
    }
    known = {one.student: {"name": one.name, "email": one.email, "lms_id": ""} for one in members.values()}
    diff = moving_in(theirs, members, known, losses)
    assert [str(change) for change in diff.changes] == [
        "corrected anna: email (none) -> anna@example.edu; lms_id (none) -> 77",
        "added     carl: name Carl Cash",
        "added     dora",
    ]
    kept = "bert, name: 'Bert Brown' here, 'Bert Other' in nbgrader"
    assert losses.lines() == (
        "addresses and LMS ids that another student has: 1 (dora, email: anna has it, too)",
        f"described otherwise here: kept as it is here: 1 ({kept})",
        "students who left the class here: 1 (left)",
    )


def test_a_name_with_a_comma_in_its_first_part_is_kept_and_listed() -> None:
    losses = Losses()
    diff = moving_in(a_book(anna=NbPerson(first="Anna, B", last="Able")), {}, {}, losses)
    assert [change.row.name for change in diff.changes] == ["Able, Anna, B"]
    assert "cannot be told apart again: 1 (anna)" in losses.lines()[0]


def test_the_class_goes_out_without_who_left_or_was_erased_and_with_what_fits() -> None:
    losses = Losses()
    members = [
        a_member("anna", name="Anna Able", section="A", net_id="aa1"),
        a_member("bert", name="Bert " + "B" * 129, lms_id="7"),
        a_member("gone", enrolled=False, name="Gone Girl"),
        a_member("left", enrolled=False, name="Left Hand"),
        Member(person_id=2, student="p-1", pseudonym="p-1"),
        a_member("zoe"),
    ]
    made = with_people(NbBook(students=("left", "p-1"), assignments=()), members, losses)
    assert made.students == ("anna", "bert", "left", "p-1", "zoe")
    assert made.people == {
        "anna": NbPerson(first="Anna", last="Able"),
        "bert": NbPerson(first="Bert", lms_id="7"),
        "left": NbPerson(first="Left", last="Hand"),
    }
    assert losses.lines() == (
        "Net IDs and sections: 1 (anna)",
        "names and addresses of more than 128 characters: 1 (bert, last)",
        "that a student left the class: 1 (left)",
    )


def test_what_nbgrader_says_of_a_student_stays() -> None:
    losses = Losses()
    ours = NbPerson(first="Anna", last="Able", email="anna@example.edu", lms_id="77")
    assert described("anna", ours, NbPerson(), losses) == ours
    theirs = NbPerson(last="Abel", lms_id="77")
    assert described("anna", ours, theirs, losses) == NbPerson(
        last="Abel", email="anna@example.edu", lms_id="77"
    )
    (line,) = losses.lines()
    assert line.endswith(": kept as it is there: 1 (anna, name: 'Anna Able' here, 'Abel,' in nbgrader)")
