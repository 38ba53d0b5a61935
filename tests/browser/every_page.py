"""One of each page that the project makes, with a bit of everything on it."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

from autograder.model.ids import CheckId, RuleId, SubmissionId
from autograder.reporting.assignment_overview import render_overview
from autograder.reporting.course_class import CourseClass, CourseStudent, Cut, GradeLine, Named
from autograder.reporting.course_overview import render_course
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import AskedView, CommentView, GradeView
from autograder.reporting.html import render_feedback, render_staff
from autograder.reporting.review_page import render_review, render_review_index
from autograder.reporting.review_values import (
    Command,
    IndexFinding,
    IndexPiece,
    IndexQuestion,
    Neighbour,
    Review,
    ReviewIndex,
    RubricLine,
    ToMark,
)
from autograder.reporting.visibility import Role
from tests.unit.reporting.samples import (
    NOTEBOOK,
    a_class,
    a_graded,
    a_notebook,
    a_png,
    an_assignment,
    an_execution,
    code,
    display,
    records,
    stored,
    stream,
)

DISCUSSION = CheckId("part2.discussion")


@cache
def staff() -> str:
    return render_staff(
        a_graded(), an_execution(), an_assignment(), stored=stored(), changes=["ta7: 4.5 points"]
    )


@cache
def wide_staff() -> str:
    """Long lines, a wide picture and a table of forty columns."""
    long = [
        stream("x" * 4_000),
        display(png=a_png(2_000, 40)),
        display(html="<table><tr>" + "<td>123456</td>" * 40),
    ]
    executed = a_notebook([code("y" * 500, *long)])
    return render_staff(a_graded(), an_execution(executed={NOTEBOOK: executed}), an_assignment(), stored={})


@cache
def feedback() -> str:
    lines = ("The deadline is Sun 2026-03-01 17:00:00 EST.", "2 late days cost 20 % of the maximum.")
    shown = feedback_for(
        a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=True,
        grade=GradeView(counts=True, points=Decimal("8.1"), maximum=Decimal(45), lines=lines),
        comments=[CommentView(about="lab/cell-4", words="A good idea."), CommentView(about="", words="Yes!")],
        asked={an_assignment().checks[0].id: [AskedView(question="Why?", outcome="Answered", answer="So.")]},
    )  # fmt: skip
    return render_feedback(shown)


@cache
def early_feedback() -> str:
    shown = feedback_for(a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=False)
    return render_feedback(shown)


@cache
def overview() -> str:
    return render_overview(a_class(), an_assignment(), links={SubmissionId("s0"): "s0.html"})


@cache
def course_overview() -> str:
    labs = tuple(Named(f"lab{n}", f"Lab {n}", datetime(2026, 2, n, 23, 59, tzinfo=UTC)) for n in (1, 2, 3))

    def a_student(n: int) -> CourseStudent:
        grades = {lab.id: GradeLine("graded", 40.0 + (n * 7 + at * 5) % 60) for at, lab in enumerate(labs)}
        mean = sum(grade.percent or 0 for grade in grades.values()) / 3
        return CourseStudent(
            name=f"st{n:03}", section="AB"[n % 2], percent=mean, letter="A" if mean > 70 else "B", final=True,
            failed=n == 7, categories={"labs": mean}, grades=grades, late_days=n % 4, handed_in=3,
        )  # fmt: skip

    return render_course(
        CourseClass(
            title="Deep Learning, 2026-spring", students=tuple(map(a_student, range(24))), assignments=labs,
            categories=(Named("labs", "Labs"),), letters=(Cut("A", 70.0), Cut("B", 0.0)), budget=5,
            as_of=datetime(2026, 3, 3, tzinfo=UTC),
        )
    )  # fmt: skip


COMMANDS = (
    Command(
        what="By the rubric", line=f"autograder marking mark 12:{DISCUSSION} --item compares --item errors"
    ),
    Command(what="With points", line=f"autograder marking mark 12:{DISCUSSION} --points 0 --comment '...'"),
)


@cache
def review() -> str:
    neighbour = Neighbour(name="p-0002", link=f"p-0002.html#check-{DISCUSSION}")
    mark = ToMark(
        rubric=(
            RubricLine(id="compares", text="Compares out of sample", points=Decimal(4), comment="Well done"),
            RubricLine(id="errors", text="Looks at errors", points=Decimal(1), chosen=True),
        ),
        held_by="ta7", place=3, of=24, before=neighbour, after=neighbour, commands=COMMANDS,
    )  # fmt: skip
    told = Review(
        name="p-0003", index="index.html", to_mark={DISCUSSION: mark}, changes=("ta7: 4.5 points",),
        check_commands={spec.id: COMMANDS for spec in an_assignment().checks},
        finding_commands={RuleId("paths"): COMMANDS},
    )  # fmt: skip
    return render_review(a_graded(), an_execution(), an_assignment(), told, stored=stored())


@cache
def review_index() -> str:
    pieces = tuple(
        IndexPiece(
            name=f"p-{n:04}", attempt=1 + n % 2, link=f"p-{n:04}.html", waiting=n % 3 > 0,
            points=None if n % 3 else Decimal(4), held_by="ta7" if n == 4 else "",
        )
        for n in range(12)
    )  # fmt: skip
    question = IndexQuestion(
        check=DISCUSSION, title="Discussion", most=Decimal(5), pieces=pieces, commands=COMMANDS
    )
    other = replace(question, check=CheckId("part1.discussion"), title="Another discussion")
    some = (Neighbour(name="p-0001", link="p-0001.html#finding-paths"),)
    rule = IndexFinding(rule=RuleId("paths"), points=Decimal(2), pieces=some, commands=COMMANDS)
    return render_review_index(
        ReviewIndex(
            title="Fine-tuning", blind=True, questions=(question, other), findings=(rule,), others=some
        )
    )


def noise(seed: int, width: int = 260) -> str:
    """A PNG of about 200 kB in base64 that cannot be packed any better."""
    raw = random.Random(seed).randbytes(width * width * 3)
    rows = b"".join(b"\0" + raw[at : at + width * 3] for at in range(0, len(raw), width * 3))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows, 1)), chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


@cache
def flood() -> str:
    """A notebook with fifty pictures of 200 kB and five megabytes of text."""
    lines = "".join(f"step {n}: loss < 0.{n:04} & falling\n" for n in range(3_000))[:100_000]
    return a_notebook([code(f"plot({n})", display(png=noise(n)), stream(lines)) for n in range(50)])


def flooded_staff() -> str:
    return render_staff(
        a_graded(), an_execution(executed={NOTEBOOK: flood()}), an_assignment(), stored={NOTEBOOK: flood()}
    )


def flooded_feedback() -> str:
    cells = tuple(replace(records()[0], position=n, cell_id=f"c{n}") for n in range(50))
    execution = an_execution(
        executed={NOTEBOOK: flood()}, cells=cells, exchanges=(), checkpoints=(), embargo_from=None
    )
    return render_feedback(
        feedback_for(a_graded(), execution, an_assignment(), role=Role.STUDENT, published=True)
    )


def flooded_review() -> str:
    return render_review(
        a_graded(), an_execution(executed={NOTEBOOK: flood()}), an_assignment(), Review(name="p-0001"),
        stored={NOTEBOOK: flood()},
    )  # fmt: skip


PAGES: tuple[Callable[[], str], ...] = (
    staff, wide_staff, feedback, early_feedback, overview, course_overview, review, review_index,
)  # fmt: skip
FLOODED: tuple[Callable[[], str], ...] = (flooded_staff, flooded_feedback, flooded_review)
