"""The pages in a real browser: hostile output does nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission
from autograder.model.ids import CheckId, StudentId, SubmissionId
from autograder.model.results import Place
from autograder.reporting.assignment_overview import render_overview
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import CommentView
from autograder.reporting.html import render_feedback, render_staff
from autograder.reporting.review_page import render_review
from autograder.reporting.review_values import Command, Neighbour, Review, RubricLine, ToMark
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
    error,
    prose,
    records,
    stream,
)

pytestmark = pytest.mark.browser

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
OWNED = "<title>owned</title>"
HOSTILE = (
    ALERT,
    "<svg><script>document.title='owned'</script></svg>",
    "<svg onload=\"document.title='owned'\"></svg>",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    "<details open ontoggle=\"document.title='owned'\">x</details>",
    "<math><mtext></mtext><style></math><img src=x onerror=\"document.title='owned'\"></style>",
    "</pre></td></table></div></main><script>document.title='owned'</script>",
    "</style><script>document.title='owned'</script>",
)


def in_chromium(page: str, folder: Path) -> str:
    """The document after the browser has loaded the page and run what it would run."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    assert browser is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'profile'}", "--window-size=1200,900",
            "--virtual-time-budget=2000", "--dump-dom", file.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


def hostile_notebook() -> str:
    outputs = [
        output
        for text in HOSTILE
        for output in (stream(text), stream(text, "stderr"), display(html=text, text=text), display(svg=text),
                       display(js="document.title='owned'"), display(markdown=text), error(text, text, text))
    ]  # fmt: skip
    return a_notebook([prose("\n\n".join(HOSTILE)), code("\n".join(HOSTILE), *outputs)])


def hostile_graded() -> GradedSubmission:
    words = "".join(HOSTILE)
    return a_graded(
        student=StudentId(words), suspicions=(words,), notes=(words,), reason=words,
        findings=tuple(
            replace(f, message=words, instead=words, places=(Place(file=words, text=words),))
            for f in a_graded().findings
        ),
        results=tuple(replace(r, message=words, staff_message=words) for r in a_graded().results),
    )  # fmt: skip


def hostile_run() -> Execution:
    return an_execution(executed={NOTEBOOK: hostile_notebook()}, detail="".join(HOSTILE))


def hostile_staff_page() -> str:
    return render_staff(
        hostile_graded(), hostile_run(), an_assignment(), stored={NOTEBOOK: hostile_notebook()},
        changes=["".join(HOSTILE)],
    )  # fmt: skip


def hostile_review_page() -> str:
    words = "".join(HOSTILE)
    command = Command(what=words, line=words)
    mark = ToMark(
        rubric=(RubricLine(id=words, text=words, points=Decimal(1), comment=words),), held_by=words,
        marked_by=words, commands=(command,), of=2, after=Neighbour(name=words, link="next.html"),
    )  # fmt: skip
    told = Review(name=words, to_mark={CheckId("part2.discussion"): mark}, changes=(words,))
    return render_review(
        hostile_graded(), hostile_run(), an_assignment(title=words), told,
        stored={NOTEBOOK: hostile_notebook()},
    )  # fmt: skip


def hostile_student_page() -> str:
    cells = (replace(records()[0], error_name=ALERT, error_value="".join(HOSTILE)),)
    execution = an_execution(
        executed={NOTEBOOK: hostile_notebook()}, cells=cells, exchanges=(), embargo_from=None
    )
    words = "".join(HOSTILE)
    feedback = feedback_for(
        a_graded(), execution, an_assignment(), role=Role.STUDENT, published=True,
        comments=[CommentView(about=words, words=words)],
    )  # fmt: skip
    return render_feedback(feedback)


def hostile_overview() -> str:
    one = replace(a_graded(), student=StudentId("".join(HOSTILE)), suspicions=HOSTILE)
    return render_overview([one], an_assignment(title=ALERT), links={one.submission: "javascript:alert(1)"})


@pytest.mark.parametrize(
    "page", [hostile_staff_page, hostile_student_page, hostile_overview, hostile_review_page]
)
def test_hostile_output_does_nothing_even_without_the_page_s_policy(
    page: Callable[[], str], tmp_path: Path
) -> None:
    """The sanitising alone must hold: the content policy is taken out first."""
    without_policy, number = POLICY.subn("", page())
    assert number == 1
    loaded = in_chromium(without_policy, tmp_path)
    assert "<footer>" in loaded
    assert OWNED not in loaded


def test_the_page_s_policy_alone_stops_a_script(tmp_path: Path) -> None:
    """The policy alone must hold: raw output is put into the page as if the sanitising had failed."""
    raw = hostile_staff_page().replace('<main id="main">', f'<main id="main">{"".join(HOSTILE)}')
    assert OWNED not in in_chromium(raw, tmp_path)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_hostile_output_would_act_on_a_page_without_protection(hostile: str, tmp_path: Path) -> None:
    """Otherwise the tests above could not fail."""
    page = f"<!doctype html><title>x</title><main>{hostile}</main>"
    assert OWNED in in_chromium(page, tmp_path)


def staff_page() -> str:
    long = [
        stream("x" * 4_000),
        display(png=a_png(2_000, 40)),
        display(html="<table><tr>" + "<td>123456</td>" * 40),
    ]
    executed = a_notebook([code("y" * 500, *long)])
    return render_staff(a_graded(), an_execution(executed={NOTEBOOK: executed}), an_assignment(), stored={})


def student_page() -> str:
    return render_feedback(
        feedback_for(a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=True)
    )


def overview_page() -> str:
    return render_overview(a_class(), an_assignment(), links={SubmissionId("s0"): "s0.html"})


@pytest.mark.parametrize("page", [staff_page, student_page, overview_page])
def test_a_page_opens_with_its_title_and_all_its_text(page: Callable[[], str], tmp_path: Path) -> None:
    loaded = in_chromium(page(), tmp_path)
    assert re.search(r"<title>Fine-tuning for financial sentiment: [^<]+</title>", loaded)
    assert "This page holds no program and needs no network." in loaded
