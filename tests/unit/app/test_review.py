"""Review pages of a results folder: whose work they show, in which order, and what a blind reader learns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.progress import Progress

from autograder.app.decided import decided_in
from autograder.app.results_folder import ResultsFolder
from autograder.app.review import write_review
from autograder.errors import UsageError
from autograder.execution.evidence import save as save_evidence
from autograder.model.graded import GradedSubmission
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.results import FindingState
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.erasing import Erasing
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.rubric import Mark
from gradebook.values import Decision, Offering
from tests.unit.reporting.samples import a_graded, an_assignment, an_execution

OFFERING = Offering("deep-learning", "2026-spring")
STUDENTS = ("ab1234", "cd2345", "ef3456")
CHECK = "part2.discussion"


def graded(student: str) -> GradedSubmission:
    one = a_graded(student=StudentId(student), submission=SubmissionId(f"{student}-1-77"))
    return replace(
        one, provenance=replace(one.provenance, run_key=f"run:{student}", submission_digest=student)
    )


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = ResultsFolder(tmp_path / "graded")
    for student in STUDENTS:
        folder.save(graded(student))
        save_evidence(an_execution(), folder.evidence(graded(student).submission))
    return folder.root


@pytest.fixture
def gradebook(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'gradebook.sqlite3'}"
    with Gradebook.open(url, create=True) as book:
        for student in STUDENTS:
            book.record(graded(student), an_assignment(), OFFERING)
    return url


def written(
    results: Path,
    out: Path,
    gradebook: str | None,
    *only: str,
    blind: bool = False,
    told: list[str] | None = None,
    replace_other_kind: bool = False,
) -> dict[str, str]:
    """The pages by their file names."""
    config = out.parent / "autograder.toml"
    config.write_text(f'schema = 1\n\n[gradebook]\nurl = "sqlite:///{out.parent / "nothing.sqlite3"}"\n')
    with Progress(disable=True) as bar:
        paths = write_review(
            an_assignment(), results, only, out, blind=blind, gradebook=gradebook,
            course=OFFERING.course, term=OFFERING.term, config=config, bar=bar,
            told=(told if told is not None else list[str]()).append, replace_other_kind=replace_other_kind,
        )  # fmt: skip
    return {path.name: path.read_text() for path in paths}


def order_in(index: str) -> Sequence[str]:
    return re.findall(rf'href="([^"#]+)#check-{re.escape(CHECK)}"', index)


def test_every_submission_has_a_page_and_the_index_follows_the_queue(
    results: Path, gradebook: str, tmp_path: Path
) -> None:
    pages = written(results, tmp_path / "review", gradebook)
    assert list(pages)[-1] == "index.html"
    with Gradebook.open(gradebook) as book:
        queue = MarkingBook(book, OFFERING).queue(an_assignment().id, check=CHECK)
    assert order_in(pages["index.html"]) == [f"{desk.piece.submission}.html" for desk in queue]
    first, second, third = order_in(pages["index.html"])
    assert f'href="{first}#check-{CHECK}">before: ' in pages[second]
    assert f'href="{third}#check-{CHECK}">next: ' in pages[second]
    assert "Piece 2 of 3" in pages[second]


def test_a_page_shows_what_was_decided_and_how_to_decide(
    results: Path, gradebook: str, tmp_path: Path
) -> None:
    with Gradebook.open(gradebook) as book:
        marking = MarkingBook(book, OFFERING)
        marking.mark(marking.find(f"ab1234-1-77:{CHECK}"), Mark(comment="Clear."), "ta7")
        marking.decide_findings(
            an_assignment().id, "paths", FindingState.WAIVED, Decision(who="ta7", why="Colab"),
            submissions=["ab1234-1-77"],
        )  # fmt: skip
    pages = written(results, tmp_path / "review", gradebook)
    marked, other = pages["ab1234-1-77.html"], pages["cd2345-1-77.html"]
    for words in ("marked by ta7", "Clear.", "Waived", "(Colab)", f"mark 1:{CHECK} --item", "--again"):
        assert words in marked
    for words in ("Waits", "Not decided yet", "findings fpb paths confirm", "--submission cd2345-1-77"):
        assert words in other.replace(str(an_assignment().id), "fpb")
    assert "2 of 3 pieces wait to be marked" in pages["index.html"]
    assert gradebook in other


def test_blind_pages_say_nothing_of_whose_they_are(results: Path, gradebook: str, tmp_path: Path) -> None:
    pages = written(results, tmp_path / "review", gradebook, blind=True)
    for name, page in pages.items():
        for student in STUDENTS:
            assert student not in name + page
    assert len(order_in(pages["index.html"])) == 3
    assert all("marking mark" in page for name, page in pages.items() if name != "index.html")
    commands = re.findall(r"<pre[^>]*>(autograder [^<]*)</pre>", "".join(pages.values()))
    assert {line.split()[2] for line in commands} == {"mark", "next", "findings"}
    assert all(" --blind" in line for line in commands)


@pytest.mark.parametrize("blind", [True, False])
def test_blind_pages_and_those_with_names_are_never_in_one_folder(
    results: Path, gradebook: str, tmp_path: Path, blind: bool
) -> None:
    out = tmp_path / "review"
    before = written(results, out, gradebook, blind=not blind)
    (out / "notes.html").write_text("mine")
    kind = "with names" if blind else "that are blind"
    with pytest.raises(UsageError, match=f"holds review pages {kind}: ") as refused:
        written(results, out, gradebook, blind=blind)
    assert "another --out" in refused.value.hint and "--replace" in refused.value.hint
    assert {path.name for path in out.iterdir()} == {*before, "notes.html"}
    after = written(results, out, gradebook, blind=blind, replace_other_kind=True)
    assert {path.name for path in out.iterdir()} == {*after, "notes.html"}
    assert written(results, out, gradebook, blind=blind).keys() == after.keys()


@pytest.mark.parametrize("blind", [True, False])
def test_two_works_with_one_number_have_a_page_each(tmp_path: Path, blind: bool) -> None:
    """Files that came without intake are all the first attempt; nobody may mark one and read the other."""
    folder, url = ResultsFolder(tmp_path / "graded"), f"sqlite:///{tmp_path / 'gradebook.sqlite3'}"
    with Gradebook.open(url, create=True) as book:
        for digest in ("77", "88"):
            one = replace(
                graded("ab1234"), submission=SubmissionId(f"ab1234-1-{digest}"), reason=f"work {digest}"
            )
            made = replace(one.provenance, run_key=f"run:{digest}", submission_digest=digest)
            folder.save(replace(one, provenance=made))
            book.record(replace(one, provenance=made), an_assignment(), OFFERING)
    pages = written(folder.root, tmp_path / "review", url, blind=blind)
    linked = set(re.findall(r'href="([^"#]+\.html)', pages["index.html"])) - {"index.html"}
    assert len(linked) == 2
    assert sorted(re.findall(r"work \d\d", "".join(pages[name] for name in linked))) == ["work 77", "work 88"]


def test_without_a_gradebook_the_order_is_the_same_every_time_and_the_rubric_the_author_s(
    results: Path, tmp_path: Path
) -> None:
    pages = written(results, tmp_path / "review", None)
    again = written(results, tmp_path / "again", None)
    assert order_in(pages["index.html"]) == order_in(again["index.html"])
    assert len(order_in(pages["index.html"])) == 3
    item = next(spec for spec in an_assignment().checks if spec.id == CHECK).rubric[0]
    assert item.text in pages["ab1234-1-77.html"]
    assert "autograder marking" not in "".join(pages.values())


def test_blind_works_without_a_gradebook(results: Path, tmp_path: Path) -> None:
    pages = written(results, tmp_path / "review", None, blind=True)
    for student in STUDENTS:
        assert not [name for name, page in pages.items() if student in name + page]


def test_only_the_submissions_that_were_named_get_pages(
    results: Path, gradebook: str, tmp_path: Path
) -> None:
    pages = written(results, tmp_path / "review", gradebook, "cd2345-1-77")
    assert list(pages) == ["cd2345-1-77.html", "index.html"]


def test_an_unknown_submission_and_a_folder_without_results_are_named(results: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="zz9") as unknown:
        written(results, tmp_path / "review", None, "zz9")
    assert "ab1234-1-77" in unknown.value.hint
    with pytest.raises(UsageError, match="no results of"):
        written(tmp_path / "empty", tmp_path / "review", None)
    assert not (tmp_path / "review").exists()


def test_what_is_undecided_is_listed_by_rule_with_a_dry_run_for_the_class(
    results: Path, gradebook: str, tmp_path: Path
) -> None:
    index = written(results, tmp_path / "review", gradebook)["index.html"]
    assert "3 submissions" in index
    assert re.search(
        r"autograder marking findings \S+ paths confirm --reason &#34;REASON&#34; --dry-run", index
    )
    assert Decimal(2) == max(finding.points for finding in graded("ab1234").findings)


def test_results_of_who_was_erased_are_left_out_and_the_reader_is_told(
    results: Path, gradebook: str, tmp_path: Path
) -> None:
    with Gradebook.open(gradebook) as book:
        Erasing(book).erase(["cd2345"], Decision(who="registrar", why="on request"))
    told: list[str] = []
    pages = written(results, tmp_path / "review", gradebook, told=told)
    assert list(pages) == ["ab1234-1-77.html", "ef3456-1-77.html", "index.html"]
    assert not [name for name, page in pages.items() if "cd2345" in page]
    assert "no longer recorded under that id" in told[0] and told[0].endswith("graded/cd2345-1-77")
    assert "their files remain in" in told[1]


def test_a_report_leaves_out_who_was_erased_and_keeps_what_no_gradebook_has(
    results: Path, gradebook: str
) -> None:
    ResultsFolder(results).save(graded("zz9999"))
    with Gradebook.open(gradebook) as book:
        Erasing(book).erase(["cd2345"], Decision(who="registrar", why="on request"))
    decided = decided_in(gradebook, OFFERING.course, OFFERING.term, None, an_assignment().id)
    kept = {student: decided(graded(student)) is not None for student in (*STUDENTS, "zz9999")}
    assert kept == {"ab1234": True, "cd2345": False, "ef3456": True, "zz9999": True}


def test_times_are_by_the_clock_of_the_course(results: Path, tmp_path: Path, gradebook: str) -> None:
    assert "21:58 UTC" in written(results, tmp_path / "utc", gradebook)["ab1234-1-77.html"]
    with Gradebook.open(gradebook) as book:
        toml = (
            'zone = "America/New_York"\n\n[categories.all]\nweight = 100\n\n'
            f'[assignments.{an_assignment().id}]\ncategory = "all"\n'
        )
        CourseBook(book, OFFERING).store_policies(toml, Decision(who="prof", why="term begins"))
        (entry,) = book.attempts(OFFERING, an_assignment().id, StudentId("ab1234"))
        book.override_total(entry.score_id, Decimal(5), Decision(who="prof", why="agreed"))
    page = written(results, tmp_path / "here", gradebook)["ab1234-1-77.html"]
    assert "received 2 March 2026, 16:58 EST" in page
    assert re.search(r"\d\d:\d\d E[SD]T, prof: total 5 \(agreed\)", page)
    assert "UTC" not in page
