"""The page with comments of a Brightspace download, in several forms."""

from __future__ import annotations

from datetime import datetime

import pytest

from autograder.intake.comments_page import read_page

PEOPLE = ["Student One", "Zo\u00eb Two"]
LATE = datetime.fromisoformat("2026-10-31 23:59")

TABLE = """<html><head><style>Student One</style></head><body><table>
<tr><th>Student One</th></tr>
<tr><td><a href="1-2%20-%20x/lab.zip">lab.zip</a></td><td>Oct 31, 2026 11:59 PM</td></tr>
<tr><td>Comments:</td><td>please take &lt;this&gt; one</td></tr>
<tr><th>Two, Zoë</th></tr>
<tr><td>other.zip</td><td>Oct 30, 2026 9:05 AM</td></tr>
<tr><td>Comments: none of it is mine</td></tr>
</table></body></html>"""
BLOCKS = """<h2>Student One</h2><p>Oct 31, 2026 11:59 PM</p><p>Student Comments</p>
<div>please take &lt;this&gt; one</div>
<h2>Zo&euml; Two</h2><p>Comment: none of it<br>is mine</p>"""


@pytest.mark.parametrize("page", [TABLE, BLOCKS])
def test_comments_go_to_the_person_above_them(page: str) -> None:
    told = read_page(page.encode(), PEOPLE)
    assert told.comment("One, Student", LATE) == "please take <this> one"
    assert told.comment("Zoe Two", None).split() == ["none", "of", "it", "is", "mine"]


def test_comments_of_one_submission_are_not_those_of_another() -> None:
    told = read_page(TABLE.encode(), PEOPLE)
    assert told.comment("Student One", datetime.fromisoformat("2026-10-30 12:00")) == ""


def test_times_stand_beside_files() -> None:
    told = read_page(TABLE.encode(), PEOPLE)
    assert told.time("Student One", "lab.zip") == LATE
    assert told.time("Zo\u00eb Two", "OTHER.zip") == datetime.fromisoformat("2026-10-30 09:05")
    assert told.time("Student One", "other.zip") is None


def test_what_a_page_does_not_show_is_not_read() -> None:
    page = """<h2>Student One</h2><!-- <p>Comments: not this --><script>x = "<p>Comments: nor this"</script>
    <p>Comments: a < b &amp;&amp; <b>b</b> > c</p>"""
    assert read_page(page.encode(), PEOPLE).comment("Student One", None) == "a < b && b > c"


@pytest.mark.parametrize("page", [b"", b"\xff\xfe\x00<tr", b"<tr>" * 5_000, b"<html>Comments: mine</html>"])
def test_a_page_that_tells_nothing_is_no_error(page: bytes) -> None:
    assert not read_page(page, PEOPLE).comments


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", [b"<a ", b"<!--", b"</", b"&#", b"<br>x", b"<a b="])
def test_a_page_made_to_be_slow_is_read_in_linear_time(piece: bytes) -> None:
    """The library's own parser takes minutes for these."""
    page = b"<td>Student One</td><td>Comments: x" + piece * (300_000 // len(piece))
    assert read_page(page, PEOPLE).comment("Student One", None).startswith("x")
