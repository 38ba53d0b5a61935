"""Names as Brightspace and Canvas write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from autograder.intake.lms import Lms, read

FOLDER = "12345-678901 - Student Seven - Oct 31, 2026 1159 PM"


@pytest.mark.parametrize(
    ("name", "who", "when", "file"),
    [
        (FOLDER, "Student Seven", "2026-10-31 23:59", ""),
        (f"{FOLDER} (1)", "Student Seven", "2026-10-31 23:59", ""),
        (f"{FOLDER} - my - lab.zip", "Student Seven", "2026-10-31 23:59", "my - lab.zip"),
        (f"{FOLDER}.zip", "Student Seven", "2026-10-31 23:59", "files.zip"),
        (f"{FOLDER} (1).ipynb", "Student Seven", "2026-10-31 23:59", "files.ipynb"),
        ("1-2 - ab12 Student Seven - Sep 5, 2026 905 AM", "ab12 Student Seven", "2026-09-05 09:05", ""),
        ("1-2 - Mary-Ann - X - June 5, 2026 9:05 AM", "Mary-Ann - X", "2026-06-05 09:05", ""),
        ("1-2 - Student Seven - Oct 31, 2026 11_59 PM", "Student Seven", "2026-10-31 23:59", ""),
        ("1-2 - Student Seven- Feb 11, 2026 205 AM-lab.py", "Student Seven", "2026-02-11 02:05", "lab.py"),
    ],
)
def test_brightspace_names_tell_who_and_when(name: str, who: str, when: str, file: str) -> None:
    named = read(name, None)
    assert named is not None
    assert named.lms is Lms.BRIGHTSPACE
    assert (named.who, named.file) == (who, file)
    assert named.when == datetime.fromisoformat(when)
    assert "(1)" not in named.label


def test_a_students_file_name_cannot_give_another_sender_or_time() -> None:
    named = read(f"{FOLDER} - 9-9 - Student Two - Oct 1, 2026 100 AM - x.zip", None)
    assert named is not None
    assert (named.who, named.when) == ("Student Seven", datetime.fromisoformat("2026-10-31 23:59"))


@pytest.mark.parametrize(
    ("name", "who", "person", "late", "order", "file"),
    [
        ("sevenstudent_12345_678901_lab.zip", "sevenstudent", "12345", False, 678901, "lab.zip"),
        ("sevenstudent_LATE_12345_678901_lab-1.zip", "sevenstudent", "12345", True, 678901, "lab-1.zip"),
        ("etüdezoë_12345_678901_a_b.ipynb", "etüdezoë", "12345", False, 678901, "a_b.ipynb"),
        ("anon_x1Yz2_678901_lab.zip", "anon_x1Yz2", "x1Yz2", False, 678901, "lab.zip"),
        ("LATE_anon_x1Yz2_678901_lab.zip", "anon_x1Yz2", "x1Yz2", True, 678901, "lab.zip"),
        ("sevenstudent_12345_text.html", "sevenstudent", "12345", False, 0, "text.html"),
        ("a_12345_678901_ab12_20261031_1_HW1.zip", "a", "12345", False, 678901, "ab12_20261031_1_HW1.zip"),
    ],
)
def test_canvas_names_tell_who_and_whether_late(
    name: str, who: str, person: str, late: bool, order: int, file: str
) -> None:
    named = read(name, None)
    assert named is not None
    assert named.lms is Lms.CANVAS
    assert (named.who, named.numbers, named.late) == (who, (person,), late)
    assert (named.order, named.file, named.when) == (order, file, None)


@pytest.mark.parametrize("name", ["ab12_20261031_1_HW1.zip", "ab12_20261031_123_HW1 (1).zip"])
def test_a_students_own_archive_name_is_no_canvas_name(name: str) -> None:
    named = read(name, None)
    assert named is None or named.lms is Lms.FOLDER


@pytest.mark.parametrize("name", ["index.html", "lab.ipynb", "my work", "x" * 300])
def test_other_names_tell_nothing(name: str) -> None:
    assert read(name, None) is None


def test_a_named_system_excludes_the_others() -> None:
    assert read(FOLDER, Lms.CANVAS) is None
    assert read("sevenstudent_12345_678901_lab.zip", Lms.BRIGHTSPACE) is None
