"""Pages as files: small, closed, complete, and the same words for everyone who may read them."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from autograder.model.graded import Status
from autograder.model.ids import SubmissionId
from autograder.model.results import Place
from autograder.reporting.assignment_overview import ROWS_AT_MOST, render_overview
from autograder.reporting.feedback import feedback_for
from autograder.reporting.html import PAGE_BYTES, render_feedback, render_staff
from autograder.reporting.visibility import Role
from tests.unit.reporting.samples import (
    ALERT,
    NOTEBOOK,
    a_class,
    a_graded,
    a_notebook,
    a_png,
    an_assignment,
    an_execution,
    code,
    display,
    prose,
    records,
    stored,
    stream,
)


def student_page() -> str:
    return render_feedback(
        feedback_for(a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=True)
    )


def staff_page() -> str:
    return render_staff(a_graded(), an_execution(), an_assignment(), stored=stored(), changes=["ta7: 4.5"])


def overview_page() -> str:
    return render_overview(a_class(), an_assignment(), links={SubmissionId("s0"): "reports/s0.html"})


PAGES = pytest.mark.parametrize("page", [student_page, staff_page, overview_page])


class Reader(html.parser.HTMLParser):
    """Collects what a browser would see of a page's structure."""

    VOID = frozenset({"meta", "img", "br", "hr", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@PAGES
def test_a_page_is_well_formed_and_runs_nothing(page: Callable[[], str]) -> None:
    read = Reader(page())
    assert (read.open, read.wrong) == ([], [])
    names = {name for name, _ in read.tags}
    assert not names & {"script", "iframe", "object", "embed", "link", "form", "base", "video", "audio"}
    attributes = {name for _, given in read.tags for name in given}
    assert not {name for name in attributes if name.startswith("on")}
    assert all(
        (given.get("src") or "").startswith("data:image/") for name, given in read.tags if name == "img"
    )


@PAGES
def test_a_page_s_policy_allows_no_program_and_no_network(page: Callable[[], str]) -> None:
    metas = [given for name, given in Reader(page()).tags if name == "meta"]
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


@PAGES
def test_a_page_names_no_address_outside_itself(page: Callable[[], str]) -> None:
    body = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", page().split("</style>")[1])
    assert not re.findall(r"(?:https?:)?//[a-z0-9.]+", body)
    assert "url(" not in page()
    assert "@import" not in page()


@PAGES
def test_every_page_made_with_a_stand_in_says_so(page: Callable[[], str]) -> None:
    assert "Made with a stand-in" in page()


def test_no_page_made_with_the_real_thing_says_stand_in() -> None:
    graded = a_graded()
    real = replace(graded, provenance=replace(graded.provenance, stand_ins=()))
    for page in (
        render_staff(real, None, an_assignment()),
        render_feedback(feedback_for(real, None, an_assignment(), role=Role.STUDENT, published=True)),
        render_overview([real], an_assignment()),
    ):
        assert "stand-in" not in page


@PAGES
def test_a_page_has_a_language_a_title_and_labelled_parts(page: Callable[[], str]) -> None:
    read = Reader(page())
    tags = dict(read.tags)
    assert tags["html"]["lang"] == "en"
    assert "main" in tags
    ids = [given["id"] for _, given in read.tags if "id" in given]
    assert len(ids) == len(set(ids))
    labels = [given["aria-labelledby"] for _, given in read.tags if "aria-labelledby" in given]
    assert set(labels) <= set(ids)
    assert all(given.get("alt") for name, given in read.tags if name == "img")
    pictures = [given for name, given in read.tags if name == "svg"]
    assert all(given.get("role") == "img" for given in pictures)


def test_words_of_students_and_graders_cannot_become_markup() -> None:
    graded = a_graded(
        student=ALERT, reason=ALERT, notes=(ALERT,), suspicions=(ALERT,),
        results=tuple(replace(r, message=ALERT, staff_message=ALERT) for r in a_graded().results),
        findings=tuple(
            replace(f, message=ALERT, instead=ALERT, places=(Place(file=ALERT, text=ALERT),))
            for f in a_graded().findings
        ),
    )  # fmt: skip
    assignment = an_assignment(title=ALERT)
    for page in (
        render_staff(graded, an_execution(), assignment, stored={NOTEBOOK: ALERT}, changes=[ALERT]),
        render_feedback(feedback_for(graded, None, assignment, role=Role.STUDENT, published=True)),
        render_overview([graded], assignment, links={graded.submission: f'"{ALERT}'}),
    ):
        assert "<script" not in page
        assert "<img src=x" not in page
        read = Reader(page)
        assert (read.open, read.wrong) == ([], [])


def test_what_stands_in_backticks_in_a_message_is_code_and_nothing_else_is_interpreted() -> None:
    said = "Define `f(x) < 2` and `<b>`, **not** this; `two\nlines, ```three```, a lone `."
    graded = a_graded(
        results=tuple(replace(r, message=said) for r in a_graded().results),
        findings=tuple(replace(f, message=said, instead=said) for f in a_graded().findings),
    )
    shown = (
        "Define <code>f(x) &lt; 2</code> and <code>&lt;b&gt;</code>, **not** this; "
        "`two\nlines, ```three```, a lone `."
    )
    for page in (
        render_staff(graded, None, an_assignment()),
        render_feedback(feedback_for(graded, None, an_assignment(), role=Role.STUDENT, published=True)),
    ):
        assert page.count(shown) >= 1 + 2 * len(graded.findings)
        assert Reader(page).wrong == []


def test_a_link_of_the_overview_cannot_be_a_program() -> None:
    page = render_overview(
        [a_graded()], an_assignment(), links={a_graded().submission: "javascript:alert(1)"}
    )
    assert "javascript:" not in page


def test_the_staff_s_page_shows_what_ran_beside_what_was_handed_in() -> None:
    page = staff_page()
    assert page.count("In our run") == page.count("As handed in") > 3
    assert "25/25 [=========================] loss: 0.040" in page
    assert "25/25 loss: 0.010 accuracy: 0.991" in page
    assert "No such cell was handed in." in page


@pytest.mark.parametrize(
    "words",
    [
        "part1_head_only", "22,701,152", "predict_sentiment(", "hidden inputs", "batch-7:ab123-1", "ta7: 4.5",
        "95 % interval 0.808 to 0.879", "reaches 0.614", "from 0.75: 50 %", "moved: embeddings",
        "put back as handed out", "Look at this first", "seed_spread",
    ],
)  # fmt: skip
def test_the_staff_s_page_has_ledger_evidence_provenance_and_changes(words: str) -> None:
    assert words in staff_page()


def flood() -> tuple[str, str]:
    """A notebook with far more output than fits a page, and the same as handed in."""
    plot, lines = a_png(300, 200), "1 & <line>\n" * 5_000
    noisy = [
        code(f"x{n} = {n}", stream(lines), display(png=plot), display(text="y" * 9_000)) for n in range(150)
    ]
    return a_notebook([prose("word " * 3_000), *noisy]), a_notebook(noisy)


def test_two_megabytes_of_page_are_enough_for_any_run() -> None:
    executed, handed_in = flood()
    execution = an_execution(executed={NOTEBOOK: executed})
    page = render_staff(a_graded(), execution, an_assignment(), stored={NOTEBOOK: handed_in})
    assert len(page.encode()) <= PAGE_BYTES
    assert "To keep this page under 2 MB: 150 pictures made smaller; 300 texts shortened." in page
    assert "left out here to keep the page small" not in page
    assert "Provenance" in page


def test_a_student_s_page_stays_small_too() -> None:
    executed, _ = flood()
    cells = tuple(
        replace(records()[0], position=position, cell_id=f"c{position}") for position in range(1, 151)
    )
    execution = an_execution(
        executed={NOTEBOOK: executed}, embargo_from=None, exchanges=(), checkpoints=(), cells=cells
    )
    feedback = feedback_for(a_graded(), execution, an_assignment(), role=Role.STUDENT, published=True)
    page = render_feedback(feedback)
    assert 500_000 < len(page.encode()) <= PAGE_BYTES


def test_very_many_findings_and_suspicions_do_not_flood_the_page() -> None:
    places = tuple(Place(file=NOTEBOOK, cell=n, line=1, text="/home/" + "x" * 5_000) for n in range(3_000))
    findings = tuple(replace(f, places=places, message="m" * 50_000) for f in a_graded().findings)
    graded = a_graded(findings=findings, suspicions=("s" * 9_000,) * 2_000, notes=("n" * 9_000,) * 2_000)
    page = render_staff(graded, None, an_assignment())
    assert len(page.encode()) < 300_000
    assert "and 2960 more places" in page


def test_a_large_class_fits_the_overview() -> None:
    many = [replace(a_graded(), submission=SubmissionId(f"s{n}")) for n in range(ROWS_AT_MOST + 200)]
    page = render_overview(
        many, an_assignment(), links={one.submission: f"r/{one.submission}" for one in many}
    )
    assert len(page.encode()) <= PAGE_BYTES
    assert "200 more submissions are not listed here" in page


def test_the_overview_links_to_reports_and_names_what_is_open() -> None:
    page = overview_page()
    assert 'href="reports/s0.html"' in page
    assert "1 check to read" in page
    assert "The archive holds no notebook named FineTune.ipynb." in page
    assert "<svg" in page


def test_an_overview_of_nobody_is_a_page_too() -> None:
    assert "No score is known yet." in render_overview([], an_assignment())


def test_an_assignment_without_points_has_pages() -> None:
    assignment = an_assignment(checks=(), gate=None)
    graded = a_graded(results=(), score=None, findings=(), status=Status.GRADED)
    assert render_overview([graded], assignment)
    assert render_staff(graded, None, assignment)


def test_unknown_points_are_a_dash_and_never_a_zero() -> None:
    page = student_page()
    assert "Not known yet" in page
    assert "– / 5" in page


def test_what_was_handed_in_with_the_same_output_is_not_shown_twice() -> None:
    same = a_notebook([code("print(1)", stream("only once\n"))])
    page = render_staff(
        a_graded(), an_execution(executed={NOTEBOOK: same}), an_assignment(), stored={NOTEBOOK: same}
    )
    assert page.count("only once") == 1
    assert "The same output." in page
