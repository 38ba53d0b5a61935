"""Who a sender is: found for certain, or suggested to staff."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.intake.roster import Match, Roster, read_roster

LINES = """id,name,net_id,email,lms_id
s01,Student One,ab01,one@example.edu,1001
s02,"Etüde, Zoë",ab02,zoe@example.edu,1002
s03,Mary Ann Three,ab03,,
s04,Twin Name,ab04,,1004
s05,Twin Name,ab05,,
"""


def read(tmp_path: Path, text: str = LINES, encoding: str = "utf-8") -> Roster:
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


def whom(match: Match) -> str:
    return match.person.id if match.person else ""


@pytest.mark.parametrize(
    ("who", "numbers", "id"),
    [
        ("Student One", (), "s01"),
        ("One, Student", (), "s01"),
        ("Zoe Etude", (), "s02"),
        ("ZOË ETÜDE", (), "s02"),
        ("etüdezoë", (), "s02"),
        ("etudezoe", (), "s02"),
        ("threemaryann", (), "s03"),
        ("ab03 Somebody Else", (), "s03"),
        ("somebody", ("1001",), "s01"),
        ("Twin Name", ("1004-77", "1004", "77"), "s04"),
        ("ab05 Twin Name", (), "s05"),
        ("ONE@example.edu", (), "s01"),
    ],
)
def test_a_sender_is_found_by_number_id_or_name(
    tmp_path: Path, who: str, numbers: tuple[str, ...], id: str
) -> None:
    assert whom(read(tmp_path).match(who, numbers)) == id


def test_two_of_the_same_name_are_both_suggested_and_nobody_is_chosen(tmp_path: Path) -> None:
    match = read(tmp_path).match("Twin Name")
    assert match.person is None
    assert [one.id for one in match.suggestions] == ["s04", "s05"]


def test_a_number_and_a_name_that_contradict_each_other_choose_nobody(tmp_path: Path) -> None:
    match = read(tmp_path).match("Student One", ("1002",))
    assert match.person is None
    assert [one.id for one in match.suggestions] == ["s01", "s02"]
    assert "different people" in match.why


@pytest.mark.parametrize(
    ("who", "net_id", "id"),
    [("Studnet One", "", "s01"), ("onestudnet", "", "s01"), ("nobody", "AB03", "s03")],
)
def test_the_nearest_are_suggested(tmp_path: Path, who: str, net_id: str, id: str) -> None:
    match = read(tmp_path).match(who, net_id=net_id)
    assert match.person is None
    assert match.suggestions[0].id == id


def test_a_net_id_that_a_student_wrote_decides_nothing(tmp_path: Path) -> None:
    assert read(tmp_path).match("Nobody Known", net_id="ab01").person is None


@pytest.mark.parametrize("text", ["s01", "ab01", "one@example.edu", "1001", "Student One"])
def test_staff_may_name_a_student_in_any_way(tmp_path: Path, text: str) -> None:
    assert whom(read(tmp_path).given(text)) == "s01"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_files_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    text = LINES.replace('"Etüde, Zoë"', "Zoë Etüde").replace(",", ";").replace("\n", "\r\n")
    assert whom(read(tmp_path, text, encoding).match("Zoë Etüde")) == "s02"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,net_id\nA,b\n", "no column `id`"),
        ("id,name\ns1,A\ns1,B\n", 'line 3: "s1" is there twice'),
        ("id,name\n,A\n", "line 2"),
        ("id,name\n", "names nobody"),
    ],
)
def test_a_wrong_roster_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read(tmp_path, text)
