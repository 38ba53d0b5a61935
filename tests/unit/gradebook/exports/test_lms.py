"""Files for Brightspace and Canvas: what goes back as it came, what changes, and what is refused."""

from __future__ import annotations

import re
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import GradebookError
from gradebook.exports.brightspace import read_brightspace, write_brightspace
from gradebook.exports.canvas import read_canvas
from gradebook.exports.changes import Effect, Plan, plan
from gradebook.exports.delimited import Manner, write_delimited
from gradebook.exports.table import GradeRow, GradeState, GradeTable, check_maxima
from tests.unit.gradebook.exports.tables import HOSTILE, NAMES, POINTS, WORDS, a_grade, a_student, a_table

LAB1 = "Lab 1 Points Grade <Numeric MaxPoints:10 Weight:50 Category:Labs CategoryWeight:100>"
BRIGHTSPACE = [
    "OrgDefinedId,Username,Last Name,First Name,Email," + LAB1 + ",Quiz Text Grade,End-of-Line Indicator",
    "#N001,#ab1,Ødegård,Zoë,zoe@example.edu,6,fine,#",
    '#N002,#ab2,"O""Neil, Jr",=Max,max@example.edu,,,#',
]
CANVAS = [
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Lab 1 (4314282),Labs Final Score,Final Grade",
    ",,,,,,Manual Posting,,",
    "    Points Possible,,,,,,10.00,(read only),(read only)",
    '"Ødegård, Zoë",101,N001,ab1,A,,6.00,60.00,C',
    '"Neil, Max",102,N002,ab2,B,ask,,,',
    '"Student, Test",999,,6bd2c0,A,,,,',
]


def raw(*lines: str, end: str = "\r\n") -> bytes:
    return end.join([*lines, ""]).encode()


def brightspace(table: GradeTable, *lines: str) -> Plan:
    return plan(read_brightspace(raw(*(lines or BRIGHTSPACE)), "export.csv"), table, NAMES)


def canvas(table: GradeTable, *lines: str) -> Plan:
    return plan(read_canvas(raw(*(lines or CANVAS)), "export.csv"), table, NAMES)


def test_brightspace_gets_its_ids_the_items_and_the_sign_at_the_end() -> None:
    made = brightspace(a_table(a_student("N001", "7.5"), a_student("x", "3", net_id="AB2")))
    assert made.content == raw(
        f"OrgDefinedId,Username,{LAB1},End-of-Line Indicator", "#N001,#ab1,7.5,#", "#N002,#ab2,3,#"
    )


def test_canvas_gets_its_columns_in_their_order_and_the_line_points_possible() -> None:
    made = canvas(a_table(a_student("N001", "7.5"), a_student("N002", "10")))
    assert made.content == raw(
        "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (4314282)",
        ",,,,,Manual Posting",
        "    Points Possible,,,,,10.00",
        '"Ødegård, Zoë",101,N001,ab1,A,7.5',
        '"Neil, Max",102,N002,ab2,B,10',
        '"Student, Test",999,,6bd2c0,A,',
    )


def test_byte_order_mark_separator_and_line_ends_stay_as_they_came() -> None:
    text = raw(*CANVAS, end="\n").decode().replace(", ", "~").replace(",", ";").replace("~", ", ")
    export = read_canvas(text.encode("utf-8-sig"), "export.csv")
    made = plan(export, a_table(a_student("N001", "7.5")), NAMES).content
    assert made.startswith(b"\xef\xbb\xbfStudent;ID;")
    assert b"\r" not in made
    assert read_canvas(made, "ours").manner == export.manner


def test_the_diff_says_old_and_new_and_who_is_on_one_side_only() -> None:
    table = a_table(a_student("N001", "5"), a_student("N002", None), a_student("N003", "8"))
    lines = list(canvas(table).lines())
    assert lines == [
        "lab1 goes to Lab 1 (4314282)",
        "N001  lab1  6.00 -> 5  (lower)",
        "N002  lab1  - stays: a person has to look",
        "only in Canvas, line 6: Student, Test, ID 999, SIS Login ID 6bd2c0; stays as it is",
        "only in the gradebook, not in the file: N003 (lab1 8)",
        "0 new, 0 higher, 1 lower, 0 same, 1 stays; only in Canvas: 1, only in the gradebook: 1",
    ]


def test_points_nobody_knows_take_nothing_away() -> None:
    made = brightspace(a_table(a_student("N001", None), a_student("N002", None)))
    assert {cell.effect for cell in made.cells} == {Effect.STAYS}
    assert b"#N001,#ab1,6,#" in made.content


def test_what_canvas_rounds_is_the_same() -> None:
    lines = [line.replace("6.00,60", "6.33,60") for line in CANVAS]
    (cell,) = canvas(a_table(a_student("N001", "6.333333")), *lines).cells
    assert (cell.effect, cell.new) == (Effect.SAME, "6.33")


def test_excused_work_is_excused_in_canvas_and_left_alone_in_brightspace() -> None:
    table = a_table(a_student("N001", a_grade(None, state=GradeState.EXCUSED, why="excused: ill")))
    assert canvas(table).cells[0].new == "EX"
    (cell,) = brightspace(table).cells
    assert (cell.effect, cell.why) == (Effect.STAYS, "excused: ill")


def test_what_canvas_did_not_assign_stays_and_is_said() -> None:
    lines = [line.replace("6.00,60", "N/A,60") for line in CANVAS]
    (cell,) = canvas(a_table(a_student("N001", "7")), *lines).cells
    assert (cell.new, cell.why) == ("N/A", "Canvas has not assigned it; the gradebook has 7")


def test_what_canvas_has_excused_stays_excused() -> None:
    lines = [line.replace("6.00,60", "EX,60") for line in CANVAS]
    (cell,) = canvas(a_table(a_student("N001", "0")), *lines).cells
    assert (cell.new, cell.why) == ("EX", "Canvas has excused it; the gradebook has 0")


def test_columns_that_brightspace_does_not_import_are_named() -> None:
    assert list(brightspace(a_table(a_student("N001", "7"))).lines())[1] == (
        "not imported by Brightspace, so left out: Quiz Text Grade"
    )


def test_what_was_missing_after_the_deadline_has_no_points() -> None:
    table = a_table(a_student("N001", a_grade("0", state=GradeState.MISSING)))
    assert "N001  lab1  6 -> 0  (lower)" in brightspace(table).lines()


def test_an_upload_written_twice_changes_nothing_the_second_time() -> None:
    table = a_table(a_student("N001", "7.5"), a_student("N002", "3"))
    again = brightspace(table, *brightspace(table).content.decode().splitlines())
    assert {cell.effect for cell in again.cells} == {Effect.SAME}
    assert again.content == brightspace(table).content


def refused(make: object, said: str, *lines: str, table: GradeTable | None = None) -> None:
    with pytest.raises(GradebookError, match=re.escape(said)):
        make(table or a_table(a_student("N001", "7.5")), *lines)  # type: ignore[operator]


@pytest.mark.parametrize("lms", [brightspace, canvas])
def test_an_item_needs_its_column(lms: object) -> None:
    refused(lms, "has no column for lab2", table=a_table(a_student("N001"), maxima={"lab2": "10"}))


@pytest.mark.parametrize(("lms", "lines"), [(brightspace, BRIGHTSPACE), (canvas, CANVAS)])
def test_another_maximum_is_refused(lms: object, lines: list[str]) -> None:
    refused(lms, "lab1 has 20 points", *lines, table=a_table(a_student("N001", "1"), maxima={"lab1": "20"}))


@pytest.mark.parametrize("cell", ["NaN", "A-", "1,000"])
@pytest.mark.parametrize(("lms", "lines"), [(brightspace, BRIGHTSPACE), (canvas, CANVAS)])
def test_a_grade_that_is_no_number_names_line_and_column(lms: object, lines: list[str], cell: str) -> None:
    changed = [re.sub(r",6(\.00)?,", f',"{cell}",', line) for line in lines]
    number = next(at for at, line in enumerate(changed, start=1) if cell in line)
    refused(lms, f"line {number}, 'Lab 1", *changed)


def test_ids_that_are_there_twice_name_both_lines() -> None:
    refused(brightspace, "line 4 has the same OrgDefinedId as line 2: N001", *BRIGHTSPACE, BRIGHTSPACE[1])
    refused(canvas, "line 7 has the same ID as line 4: 101", *CANVAS, CANVAS[3])


def test_a_line_that_fits_two_students_is_refused() -> None:
    table = a_table(a_student("N001", "1"), a_student("x", "2", net_id="ab1"))
    refused(brightspace, "line 2 fits x by Username and N001 by OrgDefinedId", table=table)


def test_two_lines_that_fit_one_student_are_refused() -> None:
    refused(brightspace, "lines 2 and 3 are both N001", table=a_table(a_student("N001", "1", net_id="ab2")))


def test_a_file_in_which_nobody_is_known_is_refused() -> None:
    refused(
        brightspace,
        "nobody in the file of Brightspace is in the gradebook",
        table=a_table(a_student("x", "1")),
    )


@pytest.mark.parametrize(
    ("lms", "row", "known"),
    [
        (brightspace, a_student("n001", "1"), True),
        (brightspace, a_student("x", "1", lms_id="N001"), False),
        (brightspace, a_student("x", "1", net_id="N001"), False),
        (brightspace, a_student("ab1", "1"), True),
        (brightspace, a_student("x", "1", net_id="AB1"), True),
        (brightspace, a_student("x", "1", email="Zoe@example.edu"), True),
        (canvas, a_student("x", "1", lms_id="101"), True),
        (canvas, a_student("101", "1"), False),
        (canvas, a_student("N001", "1"), True),
        (canvas, a_student("x", "1", lms_id="N001"), False),
        (canvas, a_student("x", "1", net_id="ab1"), True),
    ],
)
def test_an_id_is_compared_with_its_own_kind_only(lms: object, row: GradeRow, known: bool) -> None:
    if known:
        assert [cell.line for cell in lms(a_table(row)).cells] == [2 if lms is brightspace else 4]  # type: ignore[operator]
    else:
        refused(lms, "nobody in the file", table=a_table(row))


def test_two_students_with_one_net_id_are_refused() -> None:
    table = a_table(a_student("a", "1", net_id="ab1"), a_student("b", "2", net_id="AB1"))
    refused(brightspace, "a and b have the same net_id, AB1", table=table)


def test_a_row_that_was_cut_off_is_refused() -> None:
    refused(brightspace, "line 3 does not end with #", *BRIGHTSPACE[:2], BRIGHTSPACE[2][:-1])


def test_headers_of_the_sample_file_are_understood_whatever_their_capitals() -> None:
    lines = [
        "OrgDefinedID,First Name,Last Name,Lab 1 Points Grade,End-of-line indicator",
        "N001,Zoë,Ødegård,6,#",
    ]
    made = brightspace(a_table(a_student("N001", "7")), *lines)
    assert made.content == raw("OrgDefinedID,Lab 1 Points Grade,End-of-Line Indicator", "N001,7,#")
    assert not made.left_out
    assert read_brightspace(raw(*lines), "x").students[0].name == "Zoë Ødegård"


def test_a_row_without_ids_is_refused() -> None:
    refused(brightspace, "line 3 names nobody", *BRIGHTSPACE[:2], "#,,,,,,,#")


def test_files_of_another_kind_are_refused() -> None:
    refused(brightspace, "no column OrgDefinedId", *CANVAS)
    refused(canvas, "does not begin with the columns Student", *BRIGHTSPACE)
    refused(canvas, 'no line "Points Possible"', *(CANVAS[0], *CANVAS[3:]))
    refused(canvas, "Nickname", *(line.replace("SIS User ID", "Nickname") for line in CANVAS))


def test_a_column_canvas_computes_is_refused() -> None:
    lines = [line.replace("10.00", "(read only)") for line in CANVAS]
    refused(canvas, "cannot be written: Canvas computes it", *lines)


def test_two_columns_of_one_name_need_the_whole_header() -> None:
    header, hidden, possible, *students = CANVAS
    lines = [header.replace("Notes", "Lab 1 (77)"), hidden, possible.replace(",,10", ",5,10"), *students]
    lines = [line.replace(",B,ask,", ",B,4,") for line in lines]
    refused(canvas, "2 columns called 'Lab 1'", *lines)
    table, export = a_table(a_student("N001", "7")), read_canvas(raw(*lines), "export.csv")
    assert plan(export, table, {"lab1": ("Lab 1 (4314282)",)}).columns == {"lab1": "Lab 1 (4314282)"}


def test_two_assignments_do_not_share_a_column() -> None:
    table = a_table(a_student("N001", "7", "8"), maxima={"lab1": "10", "lab2": "10"})
    with pytest.raises(GradebookError, match="lab2 and lab1 both go to"):
        plan(read_brightspace(raw(*BRIGHTSPACE), "x"), table, {"lab1": ("Lab 1",), "lab2": ("lab 1",)})


def test_a_header_that_begins_like_a_formula_is_refused() -> None:
    lines = [line.replace("Lab 1 (4314282)", "=Lab 1 (4314282)") for line in CANVAS]
    table = a_table(a_student("N001", "7"))
    with pytest.raises(GradebookError, match="begins like a formula"):
        plan(read_canvas(raw(*lines), "x"), table, {"lab1": ("4314282",)})


def test_without_an_export_brightspace_gets_everybody() -> None:
    table = a_table(a_student("N001", "7.50", net_id="ab1"), a_student("N002", None))
    made = write_brightspace(table, key="Username", names={"lab1": "Lab 1"})
    assert made == raw("Username,Lab 1 Points Grade,End-of-Line Indicator", "#ab1,7.5,#", "#N002,,#")
    by_id = write_brightspace(table, key="OrgDefinedId", names={"lab1": "Lab 1"})
    assert by_id.startswith(b"OrgDefinedId,Lab 1 Points Grade")


def test_without_an_export_ids_must_tell_students_apart() -> None:
    table = a_table(a_student("a", "1", net_id="x"), a_student("b", "1", net_id="x"))
    with pytest.raises(GradebookError, match="two students with 'x'"):
        write_brightspace(table, key="Username", names={"lab1": "Lab 1"})
    with pytest.raises(GradebookError, match="cannot be called '=1'"):
        write_brightspace(a_table(a_student("a", "1")), key="Username", names={"lab1": "=1"})


def test_a_grade_above_the_maximum_names_the_student() -> None:
    table = a_table(a_student("N001", "10.5"))
    with pytest.raises(GradebookError, match=r"N001, lab1: 10\.5 of 10"):
        check_maxima(table)
    check_maxima(table, ["lab1"])
    with pytest.raises(GradebookError, match="lab9"):
        check_maxima(table, ["lab9"])


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_names_of_every_kind_go_to_canvas_and_back(people: list[tuple[str, str]]) -> None:
    names = list(enumerate(people))
    header, *before = (line.split(",") for line in (CANVAS[0], CANVAS[2]))
    lines = [[f"{one}, {two}", str(at), "", f"u{at}", "A", "", "1", "", ""] for at, (one, two) in names]
    theirs = read_canvas(write_delimited(header, [*before, *lines], Manner()), "theirs")
    table = a_table(*(a_student(f"u{at}", "2") for at, _ in names))
    ours = read_canvas(plan(theirs, table, NAMES).content, "ours")
    assert [one.name for one in ours.students] == [f"{one}, {two}".strip() for _, (one, two) in names]
    assert [one.ids for one in ours.students] == [one.ids for one in theirs.students]
    assert all(one.line.cells[-1] == "2" for one in ours.students)


IDS = HOSTILE.map(str.strip).filter(lambda text: bool(text) and text.isprintable())
"""What a student's id can be in the gradebook, at its worst."""


@given(st.lists(IDS, min_size=1, max_size=4, unique_by=str.casefold), POINTS)
def test_every_id_comes_back_from_our_own_file(students: list[str], points: Decimal) -> None:
    rows = [a_student(student, str(points)) for student in students]
    table = a_table(*rows, maxima={"lab1": "10000"})
    ours = read_brightspace(write_brightspace(table, key="Username", names={"lab1": "Lab 1"}), "ours")
    assert [one.ids["Username"] for one in ours.students] == students
    assert [ours.old(one, ours.columns[0]) for one in ours.students] == [points] * len(students)
    assert {cell.effect for cell in plan(ours, table, NAMES).cells} == {Effect.SAME}


@given(
    st.binary(max_size=80), st.integers(min_value=0, max_value=400), st.sampled_from([BRIGHTSPACE, CANVAS])
)
def test_damaged_files_are_read_or_refused(noise: bytes, at: int, lines: list[str]) -> None:
    whole = raw(*lines)
    damaged = whole[:at] + noise + whole[at + len(noise) :]
    for read in (read_brightspace, read_canvas):
        with suppress(GradebookError):
            plan(read(damaged, "damaged.csv"), a_table(a_student("N001", "7")), NAMES)
