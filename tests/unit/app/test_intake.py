"""Downloads go in; what comes out says who, when and which attempt. Nothing is run here."""

from __future__ import annotations

import json
import os
import re
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from autograder.app.feedback_pack import pack_feedback
from autograder.app.grading import taken
from autograder.app.intake import take_in_all
from autograder.app.intake_entries import entries_of, paths_of
from autograder.app.intake_lines import Line, What, summary
from autograder.app.intake_sources import IntakeRequest
from autograder.app.results_folder import FEEDBACK, STAFF, ResultsFolder, write_file
from autograder.authoring.scaffold import new
from autograder.config.assignment_file import load
from autograder.errors import GraderError, UsageError
from autograder.intake.ledger import Ledger
from autograder.intake.lms import Lms
from autograder.intake.receipts import TimeFrom
from autograder.model.ids import StudentId, SubmissionId
from tests.fakes import a_graded

ROSTER = """id,name,net_id,email,lms_id
s1,Student One,ab01,,
s2,Zo\u00eb Two,ab02,,902
s3,Third Person,ab03,,903
"""
NOW = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
ONE = "1-22 - Student One - Oct 31, 2026 1159 PM"


def a_notebook(word: str = "") -> bytes:
    cell = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "source": f"print('{word}')",
        "outputs": [],
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def a_zip(word: str = "") -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("lab.ipynb"), a_notebook(word)
        )  # no clock in it: same word, same bytes
    return made.getvalue()


class Desk:
    """A person at work: an assignment, a roster, an intake folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        new(folder / "lab")
        self.assignment = load(folder / "lab")
        self.ledger = Ledger(folder / "in")
        self.roster = folder / "roster.csv"
        self.roster.write_text(ROSTER)

    def download(self, files: dict[str, bytes], name: str = "download.zip") -> Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w") as archive:
            for inner, data in files.items():
                archive.writestr(inner, data)
        return path

    def take_in(self, *sources: Path, now: datetime = NOW, **options: Any) -> list[Line]:
        options = {"roster": self.roster, "zone": "America/Chicago", **options}
        request = IntakeRequest(
            sources=sources, assignment=self.folder / "lab", out=self.folder / "in", **options
        )
        with Progress(disable=True) as bar:
            return list(take_in_all(request, config=None, now=now, bar=bar))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def told(lines: list[Line]) -> list[tuple[str, str, int]]:
    return [
        (
            line.what.value,
            line.receipt.student if line.receipt else "",
            line.receipt.attempt if line.receipt else 0,
        )
        for line in lines
    ]


def test_attempts_are_ordered_by_receipt_and_times_have_the_systems_zone(desk: Desk) -> None:
    lines = desk.take_in(
        desk.download(
            {
                "1-22 - Student One - Nov 1, 2026 905 AM/ab01_20261031_1_HW1.zip": a_zip("late"),
                f"{ONE}/ab01_20261031_2_HW1 (1).zip": a_zip("second"),
                "1-22 - Student One - Oct 31, 2026 1158 PM/ab01_20261031_1_HW1.zip": a_zip("first"),
            }
        )
    )
    assert told(lines) == [("taken", "s1", 1), ("taken", "s1", 2), ("taken", "s1", 3)]
    times = [line.receipt.received.isoformat() for line in lines if line.receipt]
    assert times == ["2026-11-01T04:58:00+00:00", "2026-11-01T04:59:00+00:00", "2026-11-01T15:05:00+00:00"]
    assert {line.receipt.time_from for line in lines if line.receipt} == {TimeFrom.LMS}


def test_equal_times_are_ordered_by_the_version_in_the_name(desk: Desk) -> None:
    lines = desk.take_in(
        desk.download(
            {f"{ONE}/ab01_20261031_10_HW1.zip": a_zip("ten"), f"{ONE}/ab01_20261031_9_HW1.zip": a_zip("nine")}
        )
    )
    assert [line.source.rpartition("/")[2][:16] for line in lines] == ["ab01_20261031_9_", "ab01_20261031_10"]


def test_the_clock_in_the_archive_is_never_looked_at(desk: Desk) -> None:
    path = desk.folder / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("one_11_1001_lab.zip", date_time=(2020, 1, 1, 0, 0, 0)), a_zip())
    [line] = desk.take_in(path)
    assert line.receipt is not None
    assert (line.receipt.received, line.receipt.time_from) == (NOW, TimeFrom.INTAKE)
    assert any("does not say when" in note for note in line.receipt.notes)


def test_a_second_run_adds_only_what_is_new(desk: Desk) -> None:
    files = {
        f"{ONE}/lab.zip": a_zip("a"),
        "1-22 - Zoe Two - Oct 31, 2026 100 PM/lab.zip": b"Rar!\x1a\x07\x00",
    }
    desk.take_in(desk.download(files))
    before = desk.ledger.receipts()
    files["1-22 - Student One - Nov 2, 2026 905 AM/lab.zip"] = a_zip("b")
    lines = desk.take_in(desk.download(files, "newer (1).zip"), now=NOW.replace(day=12))
    assert sorted(told(lines)) == [("known", "s1", 1), ("known", "s2", 0), ("taken", "s1", 2)]
    assert desk.ledger.receipts()[: len(before)] == before
    assert len(desk.ledger.receipts()) == len(before) + 1


def test_the_same_bytes_are_one_attempt_and_keep_the_earliest_time(desk: Desk) -> None:
    again = "1-22 - Student One - Oct 30, 2026 100 PM/lab.zip"
    desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip("a")}))
    lines = desk.take_in(desk.download({again: a_zip("a")}))
    assert told(lines) == [("duplicate", "s1", 1)]
    [entry] = entries_of([desk.folder / "in"], desk.assignment)
    assert entry.received == datetime(2026, 10, 30, 18, tzinfo=UTC)


def test_who_goes_back_to_earlier_bytes_makes_a_new_attempt(desk: Desk) -> None:
    folder = "1-22 - Student One - Nov {} PM/lab.zip"
    files = {folder.format(f"{day}, 2026 100"): a_zip(text) for day, text in ((1, "a"), (2, "b"), (3, "a"))}
    lines = desk.take_in(desk.download(files))
    assert told(lines) == [("taken", "s1", 1), ("taken", "s1", 2), ("taken", "s1", 3)]
    [entry] = entries_of([desk.folder / "in"], desk.assignment, latest=True)
    assert entry.attempt == 3
    files[folder.format("4, 2026 100")] = a_zip("a")
    assert ("duplicate", "s1", 3) in told(desk.take_in(desk.download(files, "newer.zip")))


def test_a_rejection_uses_no_attempt_and_says_what_to_change(desk: Desk) -> None:
    lines = desk.take_in(
        desk.download(
            {
                "1-22 - Student One - Oct 30, 2026 100 PM/lab.rar": b"Rar!\x1a\x07\x01\x00",
                "1-22 - Student One - Oct 30, 2026 200 PM - words.pdf": b"%PDF-1.4",
                f"{ONE}/lab.zip": a_zip("a"),
            }
        )
    )
    assert told(lines) == [("rejected", "s1", 0), ("rejected", "s1", 0), ("taken", "s1", 1)]
    assert "Hand in a .zip" in "\n".join(lines[0].words())
    assert lines[1].receipt is not None
    assert lines[1].receipt.reason


def test_a_rejection_that_the_assignment_no_longer_means_is_taken_in(desk: Desk) -> None:
    toml = desk.folder / "lab" / "assignment.toml"
    strict = toml.read_text()
    toml.write_text(strict.replace("work_gib = 0.25", "work_gib = 0.000001"))
    desk.assignment = load(desk.folder / "lab")
    source = desk.download({f"{ONE}/lab.ipynb": a_notebook("a"), f"{ONE}/rows.csv": b"1" * 5_000})
    assert told(desk.take_in(source)) == [("rejected", "s1", 0)]
    assert told(desk.take_in(source)) == [("known", "s1", 0)]
    toml.write_text(strict)
    assert told(desk.take_in(source)) == [("taken", "s1", 1)]
    assert [entry.attempt for entry in entries_of([desk.folder / "in"], load(desk.folder / "lab"))] == [1]


def test_whoever_is_not_found_is_taken_in_listed_and_found_after_the_roster_was_corrected(desk: Desk) -> None:
    source = desk.download({"1-22 - Studnet One - Oct 31, 2026 1159 PM/lab.zip": a_zip("a")})
    lines = desk.take_in(source)
    [line] = lines
    assert line.unmatched
    assert line.as_json()["suggestions"] == ["s1 Student One"]
    assert "Studnet One" in "\n".join(summary(lines, with_roster=True, dry_run=False))
    [entry] = entries_of([desk.folder / "in"], desk.assignment)
    assert entry.student is not None
    assert entry.student.startswith("unknown-")
    desk.roster.write_text(ROSTER.replace("Student One", "Studnet One"))
    assert told(desk.take_in(source)) == [("taken", "s1", 1)]
    assert [entry.student for entry in entries_of([desk.folder / "in"], desk.assignment)] == ["s1"]
    assert len(desk.ledger.receipts()) == 2


def test_without_a_roster_everybody_has_a_provisional_id_without_a_name(desk: Desk) -> None:
    lines = desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip()}), roster=None)
    assert told(lines)[0][1].startswith("unknown-")
    assert any("no roster" in words for words in summary(lines, with_roster=False, dry_run=False))


def test_files_of_one_name_in_two_plain_folders_are_two_peoples(desk: Desk) -> None:
    for name in ("one", "two"):
        (desk.folder / name).mkdir()
        (desk.folder / name / "lab.ipynb").write_bytes(a_notebook())
    lines = desk.take_in(desk.folder / "one", desk.folder / "two" / "lab.ipynb")
    assert [line.what for line in lines] == [What.TAKEN, What.TAKEN]
    assert len({line.receipt.student for line in lines if line.receipt}) == 2


def test_a_plain_folder_for_each_student_is_matched_by_the_folders_name(desk: Desk) -> None:
    for name in ("ab01", "ab02_20261031_1_HW1", "Third Person"):
        (desk.folder / "all" / name).mkdir(parents=True)
        (desk.folder / "all" / name / "lab.ipynb").write_bytes(a_notebook())
    lines = desk.take_in(desk.folder / "all", received="2026-11-01 23:59")
    assert {line.receipt.student for line in lines if line.receipt} == {"s1", "s2", "s3"}


def test_a_mail_has_the_time_and_the_way_that_staff_vouch_for(desk: Desk) -> None:
    (desk.folder / "mail").mkdir()
    mail = desk.folder / "mail" / "ab03_20261031_1_HW1.zip"
    mail.write_bytes(a_zip())
    [line] = desk.take_in(mail, student="ab03", received="2026-11-03 08:15", via="e-mail", by="ta5")
    assert line.receipt is not None
    assert (line.receipt.student, line.receipt.via, line.receipt.by) == ("s3", "e-mail", "ta5")
    assert line.receipt.received == datetime(2026, 11, 3, 14, 15, tzinfo=UTC)
    assert line.receipt.time_from is TimeFrom.GIVEN


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"student": "s1"}, "--student is for one file"),
        ({"received": "yesterday"}, "is no time"),
        ({"received": "2026-11-03"}, "is no time"),
        ({"received": "2999-11-03 08:15"}, "in the future"),
        ({"zone": "Chicago"}, "no time zone"),
    ],
)
def test_a_wrong_request_writes_nothing(desk: Desk, options: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip()}), **options)
    assert not (desk.folder / "in").exists()


def test_a_source_that_is_not_there_writes_nothing(desk: Desk) -> None:
    with pytest.raises(UsageError, match="there is nothing"):
        desk.take_in(desk.folder / "no.zip")
    assert not (desk.folder / "in").exists()


def test_a_folder_that_cannot_be_written_is_named(desk: Desk) -> None:
    (desk.folder / "in").write_text("a file")
    with pytest.raises(UsageError, match="is no folder"):
        desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip()}))


def test_an_intake_folder_inside_what_is_taken_in_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="lies in"):
        desk.take_in(desk.folder)
    assert not (desk.folder / "in").exists()


def test_a_download_that_is_cut_off_is_no_single_submission(desk: Desk) -> None:
    source = desk.download(
        {f"{ONE}/lab.zip": a_zip(), "1-22 - Zoe Two - Oct 3, 2026 100 PM/lab.zip": a_zip()}
    )
    source.write_bytes(source.read_bytes()[:-40])
    with pytest.raises(UsageError, match="damaged"):
        desk.take_in(source)
    assert not (desk.folder / "in").exists()


def test_the_keys_of_the_json_are_the_documented_ones(desk: Desk) -> None:
    [line] = desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip()}))
    page = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "lms.md").read_text()
    table = page[page.index("| key | meaning |") : page.index("## The intake folder")]
    assert set(line.as_json()) == set(
        re.findall(
            r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("|"))
        )
    )
    assert all(f"`{what}`" in table for what in What)


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    source = desk.download({f"{ONE}/lab.zip": a_zip(), "notes.txt": b"x"})
    would = told(desk.take_in(source, dry_run=True))
    assert not (desk.folder / "in").exists()
    assert would == told(desk.take_in(source))


def test_canvas_files_of_one_person_are_one_submission_under_the_handed_out_name(desk: Desk) -> None:
    lines = desk.take_in(
        desk.download(
            {"twozoe_LATE_902_7001_lab-1.ipynb": a_notebook(), "twozoe_LATE_902_7002_rows.csv": b"1"}
        ),
        lms=Lms.CANVAS,
        received="2026-11-02 23:59",
    )
    [line] = lines
    assert line.receipt is not None
    assert (line.receipt.student, line.receipt.late) == ("s2", True)
    assert [file.path for file in line.receipt.files] == ["lab.ipynb", "rows.csv"]
    [entry] = entries_of([desk.folder / "in"], desk.assignment)
    assert taken(entry, desk.assignment).student == "s2"


def test_hostile_names_stay_inside_the_folder(desk: Desk) -> None:
    lines = desk.take_in(
        desk.download(
            {
                f"{ONE}/../../../outside.ipynb": a_notebook(),
                f"{ONE}/a\nb:c.ipynb": a_notebook("x"),
                "/etc/x": b"",
            }
        )
    )
    assert What.TAKEN in {line.what for line in lines}
    written = {path.relative_to(desk.folder).parts[0] for path in desk.folder.rglob("*.ipynb")}
    assert written == {"in", "lab"}
    assert not list(desk.folder.parent.glob("outside*"))


def test_what_cannot_be_read_is_listed_and_the_rest_is_taken_in(desk: Desk) -> None:
    source = desk.download(
        {f"{ONE}/lab.zip": a_zip("a"), "1-22 - Zoe Two - Oct 31, 2026 100 PM/lab.zip": a_zip("bbbb")}
    )
    raw = source.read_bytes()
    source.write_bytes(raw.replace(a_zip("a")[:60], a_zip("a")[:59] + b"?", 1))
    lines = desk.take_in(source)
    assert sorted(line.what for line in lines) == [What.TAKEN, What.UNREADABLE]


def test_the_newest_attempt_and_later_rejections_are_chosen(desk: Desk) -> None:
    desk.take_in(
        desk.download(
            {
                "1-22 - Student One - Oct 30, 2026 100 PM/lab.zip": a_zip("1"),
                "1-22 - Student One - Oct 30, 2026 130 PM/lab.zip": b"not one",
                "1-22 - Student One - Oct 30, 2026 200 PM/lab.zip": a_zip("2"),
                "1-22 - Student One - Oct 30, 2026 300 PM/lab.zip": b"no zip",
                "1-22 - Zoe Two - Oct 30, 2026 300 PM/lab.zip": b"no zip either",
            }
        )
    )
    chosen = entries_of([desk.folder / "in"], desk.assignment, latest=True)
    assert [(entry.student, entry.attempt) for entry in chosen] == [("s1", 2), ("s1", 0), ("s2", 0)]
    assert len(entries_of([desk.folder / "in"], desk.assignment)) == 5
    assert len(paths_of([desk.folder / "in"])) == 2
    with pytest.raises(UsageError, match="--latest"):
        entries_of([desk.folder / "lab"], desk.assignment, latest=True)


def test_bytes_that_changed_after_they_were_received_are_not_graded(desk: Desk) -> None:
    desk.take_in(desk.download({f"{ONE}/lab.ipynb": a_notebook("a")}))
    [entry] = entries_of([desk.folder / "in"], desk.assignment)
    entry.path.unlink()
    entry.path.write_bytes(a_notebook("another"))
    with pytest.raises(GraderError, match="not the bytes that were received"):
        taken(entry, desk.assignment)


def test_another_net_id_in_the_archives_name_is_noted_for_staff(desk: Desk) -> None:
    [line] = desk.take_in(desk.download({f"{ONE}/ab03_20261031_1_HW1.zip": a_zip()}))
    assert line.receipt is not None
    assert line.receipt.student == "s1"
    assert any("another Net ID" in words for words in line.words())
    assert "another Net ID" not in line.receipt.text(None)


def graded_pages(desk: Desk) -> ResultsFolder:
    """Results as `grade` leaves them, without a run."""
    results = ResultsFolder(desk.folder / "graded")
    for entry in entries_of([desk.folder / "in"], desk.assignment):
        assert entry.receipt is not None
        name = entry.receipt.submission
        results.save_receipt(name, entry.receipt)
        write_file(results.of(name) / FEEDBACK, f"page of {name}")
        write_file(results.of(name) / STAFF, "for staff")
        results.save(
            a_graded(submission=name, student=StudentId(entry.student or ""), assignment=desk.assignment)
        )
    return results


def test_feedback_goes_back_under_the_systems_names_and_no_staff_page_does(desk: Desk) -> None:
    desk.take_in(
        desk.download(
            {
                f"{ONE}/lab.zip": a_zip("1"),
                f"{ONE} (1)/lab.zip": a_zip("2"),
                "1-22 - Zoe Two - Oct 30, 2026 300 PM - lab.zip": b"no zip",
                "personthird_903_7001_lab.zip": a_zip("3"),
                "twozo\u00eb_902_text.html": b"<html>my words</html>",
                "index.html": b"<html></html>",
            }
        )
    )
    mail = desk.folder / "x.zip"
    mail.write_bytes(a_zip("mail"))
    desk.take_in(mail, student="s1", received="2026-11-03 08:15", via="e-mail", by="ta5")
    results = graded_pages(desk)
    packed = pack_feedback(desk.folder / "lab", results.root, desk.folder / "in", desk.folder / "back.zip")
    with zipfile.ZipFile(packed.path) as archive:
        assert set(archive.namelist()) == {
            f"{ONE}/feedback.html",
            f"{ONE}/feedback 2.html",
            "1-22 - Zoe Two - Oct 30, 2026 300 PM - feedback.html",
            "personthird_903_7001_feedback.html",
        }
        assert all(archive.read(name).startswith(b"page of") for name in archive.namelist())
    assert sorted(why for _, why in packed.left_out) == [
        "Canvas takes no file back where a text or a link was handed in",
        "no download names it (it came by e-mail)",
    ]
    first = packed.path.read_bytes()
    pack_feedback(desk.folder / "lab", results.root, desk.folder / "in", desk.folder / "back.zip")
    assert packed.path.read_bytes() == first


def test_packing_without_pages_or_without_an_intake_folder_is_a_usage_error(desk: Desk) -> None:
    out = desk.folder / "back.zip"
    with pytest.raises(UsageError, match="no intake folder"):
        pack_feedback(desk.folder / "lab", desk.folder / "graded", desk.folder / "in", out)
    desk.take_in(desk.download({f"{ONE}/lab.zip": a_zip()}))
    results = ResultsFolder(desk.folder / "graded")
    results.save(a_graded(submission=SubmissionId("s9-1-x")))
    with pytest.raises(UsageError, match="no page that belongs"):
        pack_feedback(desk.folder / "lab", results.root, desk.folder / "in", out)
    assert not out.exists()


def test_no_name_of_a_student_lies_in_the_results(desk: Desk) -> None:
    desk.take_in(
        desk.download(
            {
                f"{ONE}/ab01_20261031_1_HW1.zip": a_zip(),
                "1-22 - Nobody Known - Oct 3, 2026 100 PM/lab.zip": a_zip("x"),
            }
        )
    )
    results = graded_pages(desk)
    for path in results.root.rglob("*"):
        text = str(path.relative_to(results.root)) + (path.read_text() if path.is_file() else "")
        assert "Student One" not in text
        assert "nobody" not in text.casefold()


def test_names_that_are_no_utf8_are_taken_in_and_can_be_written(desk: Desk) -> None:
    folder = desk.folder / "unpacked" / os.fsdecode(b"1-22 - Zo\xeb Two - Oct 31, 2026 1159 PM")
    folder.mkdir(parents=True)
    (folder / os.fsdecode(b"caf\xe9.zip")).write_bytes(a_zip())
    mailed = desk.folder / os.fsdecode(b"th\xe8se.zip")
    mailed.write_bytes(a_zip("mailed"))
    lines = desk.take_in(folder.parent)
    lines += desk.take_in(mailed, student="s3", received="2026-11-03 08:15", via="e-mail", by="staff")
    assert [line.what for line in lines] == [What.TAKEN, What.TAKEN]
    assert "".join(words for line in lines for words in line.words()).encode()
    assert len(entries_of([desk.ledger.root], desk.assignment)) == 2


def test_names_send_no_commands_to_the_terminal(desk: Desk) -> None:
    named = "1-22 - No\x1b[2Jbody - Oct 31, 2026 1159 PM/wo\x1b[2Jrk.zip"
    lines = desk.take_in(desk.download({named: a_zip(), "a\x1b[2J.txt": b""}))
    said = [words for line in lines for words in line.words()]
    said += summary(lines, with_roster=True, dry_run=False)
    assert len(lines) == 2 and "\x1b" not in "".join(said)


def test_a_submission_that_goes_back_to_its_first_student_counts(desk: Desk) -> None:
    download = desk.download({f"{ONE}/work.zip": a_zip()})
    for student in ("s1", "s9", "s1"):
        desk.roster.write_text(f"id,name\n{student},Student One\n")
        desk.take_in(download)
        assert [entry.student for entry in entries_of([desk.ledger.root], desk.assignment)] == [student]


def test_an_intake_folder_among_submissions_may_be_a_students_and_is_refused(desk: Desk) -> None:
    desk.take_in(desk.download({f"{ONE}/work.zip": a_zip()}))
    other = desk.folder / "other.zip"
    other.write_bytes(a_zip("other"))
    for given in ([other, desk.ledger.root], [desk.ledger.root, desk.ledger.root]):
        with pytest.raises(UsageError, match="among other submissions"):
            entries_of(given, desk.assignment)
        with pytest.raises(UsageError, match="among other submissions"):
            paths_of(given)


def test_a_roster_in_the_place_of_a_download_is_refused(desk: Desk) -> None:
    with pytest.raises(UsageError, match="is a roster, no download") as caught:
        desk.take_in(desk.roster, roster=None)
    assert f"--roster {desk.roster}" in caught.value.hint
    assert not (desk.folder / "in").exists()
    other = desk.folder / "numbers.csv"
    other.write_text("x,y\n1,2\n")
    assert told(desk.take_in(other, roster=None))[0][0] == "rejected"
