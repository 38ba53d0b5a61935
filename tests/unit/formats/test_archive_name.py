"""Names of archives, as students and their systems write them."""

from __future__ import annotations

from datetime import date

import pytest

from autograder.formats.archive_name import homework, parse, unwrapped, wrapping

RIGHT = "abc123_20241122_1_HW3.zip"


def test_a_right_name_gives_its_parts() -> None:
    found = parse(RIGHT)
    assert found is not None
    assert (found.net_id, found.day, found.version, found.ending) == ("abc123", date(2024, 11, 22), 1, "HW3")
    assert str(found) == RIGHT


@pytest.mark.parametrize(
    "name",
    [
        "HW3.zip",
        "abc123_HW3.zip",
        "abc123-20241122-1-HW3.zip",
        "abc123_20241322_1_HW3.zip",
        "abc123_22112024_1_HW3.zip",
        "abc123_20241122_0_HW3.zip",
        "abc123_20241122_v1_HW3.zip",
        "abc123_20241122_1_HW3.rar",
        "abc123_20241122_1_HW3",
        "abc123_2024112_1_HW3.zip",
        "abc 123_20241122_1_HW3.zip",
        "abc123_20241122_1_.zip",
        "abc123_\u0662\u0660\u0662\u0664\u0661\u0661\u0662\u0662_1_HW3.zip",
        "",
    ],
)
def test_a_wrong_name_gives_nothing(name: str) -> None:
    assert parse(name) is None


@pytest.mark.parametrize(
    "name",
    [
        RIGHT,
        "abc123_20241122_1_HW3 (1).zip",
        "abc123_20241122_1_HW3(2).zip",
        "abc123_20241122_1_HW3-1.zip",
        "abc123_20241122_1_HW3 copy.zip",
        "abc123_20241122_1_HW3 copy 2.zip",
        "abc123_20241122_1_HW3 - Copy.zip",
        "abc123_20241122_1_HW3 - Copy (1).zip",
        "abc123_20241122_1_HW3.zip.zip",
        "abc123_20241122_1_HW3_2024-11-22.zip",
        "abc123_20241122_1_HW3_2024-11-22-10-05-11.zip",
        "abc123_20241122_1_HW3 - Nov 22, 2024 1105 AM.zip",
        "123-456 - Jane Doe - Nov 22, 2024 1105 AM - abc123_20241122_1_HW3.zip",
        "doejane_4711_998123_abc123_20241122_1_HW3.zip",
        "doejane_LATE_4711_998123_abc123_20241122_1_HW3-2.zip",
        "Jane Doe_12345_assignsubmission_file_abc123_20241122_1_HW3.zip",
        "HW3_abc123_attempt_2024-11-22-10-05-11_abc123_20241122_1_HW3.zip",
    ],
)
def test_the_wrapping_of_systems_and_browsers_is_removed(name: str) -> None:
    assert str(homework(name)) == RIGHT


@pytest.mark.parametrize("name", ["final abc123_20241122_1_HW3.zip", "my_abc123_20241122_1_HW3.zip"])
def test_words_of_a_students_own_are_no_wrapping(name: str) -> None:
    assert homework(name) is None


def test_the_least_changed_name_comes_first() -> None:
    assert unwrapped(RIGHT)[0] == RIGHT


@pytest.mark.parametrize(
    ("name", "who", "when"),
    [
        ("123-456 - Jane Doe - Nov 22, 2024 1105 AM", "Jane Doe", "2024-11-22T11:05:00"),
        ("123-456 - Jane Doe - Nov 2, 2024 905 PM", "Jane Doe", "2024-11-02T21:05:00"),
        ("123-456 - Jane Doe - September 2, 2024 9:05 PM - x.zip", "Jane Doe", "2024-09-02T21:05:00"),
        ("HW3_abc123_attempt_2024-11-22-10-05-11_x.zip", "abc123", "2024-11-22T10:05:11"),
        ("doejane_4711_998123_x.zip", "doejane", None),
        ("x.zip", "", None),
    ],
)
def test_the_wrapping_tells_who_and_when(name: str, who: str, when: str | None) -> None:
    found = wrapping(name)
    assert found.who == who
    assert (found.when.isoformat()[:19] if found.when else None) == when


def test_a_date_long_ago_is_written_as_it_was_read() -> None:
    assert str(parse("abc123_09990101_1_HW3.zip")) == "abc123_09990101_1_HW3.zip"


@pytest.mark.parametrize("when", ["Jan 1, 0001 1159 PM", "Dec 31, 9999 1159 PM"])
def test_a_time_at_the_end_of_the_calendar_is_none(when: str) -> None:
    found = wrapping(f"12-34 - student seven - {when} - {RIGHT}")
    assert (found.who, found.when) == ("student seven", None)
