"""From the files of a download to one item per submission."""

from __future__ import annotations

from pathlib import Path

from autograder.intake.downloads import opened, safe_name
from autograder.intake.grouping import Grouped, grouped, is_bulk
from autograder.intake.lms import Lms

from .builders import found, zip_at

ONE = "1-22 - Student One - Oct 31, 2026 1159 PM"
TWO = "1-22 - Student Two - Oct 31, 2026 1158 PM"


def names(of: Grouped) -> list[tuple[str, str]]:
    return [(item.who, item.name) for item in of.handed_in]


def test_a_folder_of_the_system_is_one_submission() -> None:
    made = grouped(found(f"{ONE}/lab.ipynb", f"{ONE}/data/rows.csv", f"{TWO}/lab.zip", "index.html"), None)
    assert names(made) == [("Student One", "files"), ("Student Two", "lab.zip")]
    assert [path for path, _ in made.handed_in[0].files] == [("data", "rows.csv"), ("lab.ipynb",)]
    assert [page.path for page in made.pages] == [("index.html",)]


def test_files_with_the_systems_prefix_belong_together() -> None:
    made = grouped(found(f"{ONE} - lab.ipynb", f"{ONE} - helper.py", f"{TWO} - lab.zip"), None)
    assert names(made) == [("Student One", "files"), ("Student Two", "lab.zip")]
    assert [item.flat for item in made.handed_in] == [True, True]


def test_canvas_files_of_one_person_are_one_submission() -> None:
    made = grouped(found("one_11_1001_lab.ipynb", "one_11_1002_helper.py", "two_12_1003_lab.zip"), None)
    assert names(made) == [("one", "files"), ("two", "lab.zip")]
    assert made.handed_in[0].label == "one_11_1001_"


def test_several_archives_of_one_person_are_several_submissions_in_the_systems_order() -> None:
    made = grouped(found("one_11_1009_lab.zip", "one_11_1002_lab.zip", "one_11_1003_words.txt"), None)
    assert [item.order for item in made.handed_in] == [1002, 1009]
    assert [path for path, _ in made.left_over] == ["one_11_1003_words.txt"]


def test_an_archive_beside_a_notebook_is_part_of_the_submission() -> None:
    made = grouped(found(f"{ONE}/lab.ipynb", f"{ONE}/data.zip", f"{ONE}/more.zip"), None)
    assert len(made.handed_in) == 1


def test_a_folder_around_everything_is_passed_over() -> None:
    made = grouped(found(f"HW1 Download/{ONE}/lab.zip", "HW1 Download/index.html"), None)
    assert names(made) == [("Student One", "lab.zip")]
    assert made.handed_in[0].source == f"{ONE}/lab.zip"
    assert len(made.pages) == 1


def test_one_folder_of_a_download_can_be_given_alone() -> None:
    made = grouped(found("lab.ipynb"), None, around=ONE)
    assert names(made) == [("Student One", "lab.ipynb")]


def test_a_plain_folder_gives_an_item_for_each_archive_notebook_and_folder() -> None:
    made = grouped(found("ab1_20261031_1_HW1.zip", "work.ipynb", "cd2/lab.ipynb", "list.txt"), None)
    assert sorted(item.name for item in made.handed_in) == [
        "ab1_20261031_1_HW1.zip",
        "lab.ipynb",
        "work.ipynb",
    ]
    assert {item.lms for item in made.handed_in} == {Lms.FOLDER}
    assert [path for path, _ in made.left_over] == ["list.txt"]


def test_a_plain_folder_is_named_after_its_student() -> None:
    made = grouped(found("ab1_20261031_1_HW1/lab.ipynb", "cd2/lab.ipynb", "lab.ipynb"), None, around="all")
    assert [item.who for item in made.handed_in] == ["ab1", "cd2", ""]
    assert [item.source for item in made.handed_in][1:] == ["all/cd2/lab.ipynb", "all/lab.ipynb"]


def test_a_file_that_the_system_names_is_never_left_out() -> None:
    made = grouped(found(f"{ONE} - report.pdf", "one_11_text.html"), None)
    assert sorted(names(made)) == [("Student One", "report.pdf"), ("one", "text.html")]


def test_a_zip_is_a_bulk_download_by_its_names() -> None:
    assert is_bulk(found(f"{ONE}/lab.zip"), "HW1 Download (1).zip", None)
    assert is_bulk(found("a.zip", "b.zip"), "all.zip", None)
    assert not is_bulk(found("lab.ipynb", "data.zip"), "all.zip", None)
    assert not is_bulk(found("a.zip", "b.zip"), "ab1_20261031_1_HW1.zip", None)


def test_names_that_programs_wrote_badly_are_read_as_they_were_meant(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "all.zip", {"x/Zo__.ipynb": "{}", "__MACOSX/x": "", "x\\y.txt": "1"})
    path.write_bytes(path.read_bytes().replace(b"Zo__", "Zo\u00eb".encode()))  # no flag says that it is UTF-8
    with opened(path) as download:
        assert {file.path for file in download.files} == {("x", "Zo\u00eb.ipynb"), ("x", "y.txt")}


def test_a_link_in_a_folder_is_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lab.ipynb").symlink_to(tmp_path / "secret")
    with opened(tmp_path / "in") as download:
        assert not download.files
        assert [path for path, _ in download.unreadable] == ["lab.ipynb"]


def test_stored_names_are_safe_and_keep_their_ending() -> None:
    assert safe_name("..") == "_"
    assert safe_name("a/b\\c:d\n.zip") == "a_b_c_d_.zip"
    assert safe_name("Zoe\u0308.ipynb") == "Zo\u00eb.ipynb"
    long = safe_name("\u00e4" * 300 + ".ipynb")
    assert long.endswith(".ipynb")
    assert len(long.encode()) <= 180


def test_what_a_system_called_a_submission_is_not_its_name() -> None:
    moodle = "Student One_123_assignsubmission_file_"
    made = grouped(found(f"{moodle}/lab.ipynb", f"{moodle}/rows.csv", f"{TWO}.zip", f"{TWO} (1).ipynb"), None)
    assert {item.who for item in made.handed_in} == {"Student One", "Student Two"}
    handed_on = [item.name for item in made.handed_in]
    handed_on += [part for item in made.handed_in for path, _ in item.files for part in path]
    assert not [name for name in handed_on if "Student" in name]
