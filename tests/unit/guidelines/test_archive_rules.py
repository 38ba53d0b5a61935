"""Name and type of the archive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState

Look = Callable[..., Finding | None]

RIGHT = [
    "ab1234_20250131_1_HW3.zip",
    "ab1234_20250130_12_HW3.zip",
    "ab1234_20250201_2_HW3.zip",
    "ab1234_20250131_1_HW3 (1).zip",
    "ab1234_20250131_1_HW3-1.zip",
    "ab1234_20250131_1_HW3 - Copy.zip",
    "doejane_4711_99123_ab1234_20250131_1_HW3.zip",
    "doejane_LATE_4711_99123_ab1234_20250131_1_HW3.zip",
    "123-456 - Jane Doe - Jan 31, 2025 1105 AM - ab1234_20250131_1_HW3.zip",
    "Jane Doe_4711_assignsubmission_file_ab1234_20250131_1_HW3.zip",
    "HW3_ab1234_attempt_2025-01-31-10-00-00_ab1234_20250131_1_HW3.zip",
    "A_20250131_1_HW3.zip",
    "ab1234_20250131_999_HW3.zip",
    "ab1234_20250131_1_HW3.zip.zip",
    "ab1234_20250131_1_HW3_2025-01-31.zip",
    "AB1234_20250131_1_HW3.zip",
    "some folder",
    "Lab.ipynb",
    "",
    "ab1234_20250131_1_HW3(12).zip",
    "ab1234_20250131_1_HW3 copy.zip",
    "ab1234_20250131_1_HW3 copy 2.zip",
    "ab1234_20250131_1_HW3 - Jan 31, 2025 1105 AM.zip",
    "doejane_4711_99123_ab1234_20250131_1_HW3-2.zip",
    "123-456 - Jane Doe - Jan 31, 2025 1105 AM - ab1234_20250131_2_HW3 (1).zip",
]
WRONG = [
    "homework.zip",
    "HW3.zip",
    "my_homework_final2.zip",
    "ab1234_HW3.zip",
    "ab1234_20250131_HW3.zip",
    "ab1234-20250131-1-HW3.zip",
    "ab1234_31012025_1_HW3.zip",
    "ab1234_2025-01-31_1_HW3.zip",
    "ab1234_20251331_1_HW3.zip",
    "ab1234_20250131_0_HW3.zip",
    "ab1234_20250131_v1_HW3.zip",
    "ab1234_20250131_1_hw3.zip",
    "ab1234_20250131_1_3.zip",
    "ab1234_20250131_1_HW3.rar",
    "Jane Doe_20250131_1_HW3.zip",
    "ab1234_20250131_1_HW.zip",
    "ab1234 20250131 1 HW3.zip",
    "final_ab1234_20250131_1_HW3.zip",
    "ab1234_20250131_01_HW3.zip",
    "{Net_ID}_20250131_1_HW3.zip",
    "ab1234_20250131_1_Homework3.zip",
]


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_name_is_clean_also_when_wrapped(look: Look, name: str) -> None:
    finding = look("archive_name", "x = 1", name=name)
    assert finding is None, finding


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name_is_found(look: Look, name: str) -> None:
    finding = look("archive_name", "x = 1", name=name)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)
    assert "autograder pack" in finding.instead


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ab1234_31012025_1_HW3.zip", '"31012025" is no date'),
        ("ab1234_20250131_v1_HW3.zip", '"v1" is no version'),
        ("Jane Doe_20250131_1_HW3.zip", '"Jane Doe" is no Net ID'),
        ("ab1234_20250131_1_hw3.zip", 'ends in "hw3"'),
        ("homework.zip", "1 of the four parts"),
    ],
)
def test_the_message_says_what_is_wrong(look: Look, name: str, words: str) -> None:
    finding = look("archive_name", "x = 1", name=name)
    assert finding is not None and words in finding.message


def test_the_accepted_endings_stand_in_the_assignment(look: Look) -> None:
    accepted = ("FinalProject", "7")
    for ending in ("FinalProject", "HW7"):
        assert look("archive_name", "x", name=f"ab1234_20250131_1_{ending}.zip", accepted=accepted) is None
    finding = look("archive_name", "x", name="ab1234_20250131_1_HW3.zip", accepted=accepted)
    assert finding is not None and "FinalProject" in finding.instead


@pytest.mark.parametrize(
    ("day", "clean"), [("20250130", True), ("20250201", True), ("20250129", False), ("20240131", False)]
)
def test_the_date_has_a_day_of_slack_and_is_proposed_beyond(look: Look, day: str, clean: bool) -> None:
    finding = look("archive_name", "x = 1", name=f"ab1234_{day}_1_HW3.zip")
    assert (finding is None) is clean
    if finding is not None:
        assert finding.firmness is Firmness.PROPOSED


INSIDE = ["data.zip", "w.keras", "x.npz", "notes.txt", "report.docx", "a/b/data.csv"]


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP", "folder", "a (1).zip", RIGHT[0]])
@pytest.mark.parametrize("inside", INSIDE)
def test_a_zip_or_a_folder_is_the_right_type(look: Look, name: str, inside: str) -> None:
    assert look("archive_type", "x = 1", name=name, files={inside: b"PK\x03\x04"}) is None


@pytest.mark.parametrize("ending", ["rar", "7z", "tar.gz", "tgz", "tar", "bz2", "xz", "RAR", "7Z"])
@pytest.mark.parametrize("stem", ["a", "ab1234_20250131_1_HW3"])
def test_a_zip_under_another_ending_is_found(look: Look, stem: str, ending: str) -> None:
    finding = look("archive_type", "x = 1", name=f"{stem}.{ending}")
    assert finding is not None and finding.firmness is Firmness.FIRM


@pytest.mark.parametrize(
    "name", ["Lab.ipynb", "LAB.IPYNB", "Lab (1).ipynb", "Lab.ipynb.json", "Lab.ipynb.txt"]
)
def test_a_bare_notebook_is_proposed(look: Look, name: str) -> None:
    finding = look("archive_type", "x = 1", name=name)
    assert finding is not None and finding.state is FindingState.PROPOSED


@pytest.mark.parametrize("head", [b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c"])
def test_a_closed_archive_inside_is_a_hint(look: Look, head: bytes) -> None:
    finding = look("archive_type", "x = 1", name="a.zip", files={"data/x.bin": head})
    assert finding is not None and finding.firmness is Firmness.HINT
    assert finding.places[0].file == "data/x.bin"
