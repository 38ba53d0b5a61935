"""The overview of a course: one page for staff. It works nothing out but counts and spreads of given grades.

Its size does not grow with the class: numbers are put into bins and lists of students are cut, and say so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from autograder.reporting.course_class import CourseClass, CourseStudent, Cut, Named
from autograder.reporting.html import fill
from autograder.reporting.plots import count_plot, range_plot, score_plot
from autograder.reporting.statistics import Bin, Spread, bins, spread

FEWEST_DRAWN: Final = 5
LISTED_AT_MOST: Final = 100
RANGES_AT_MOST: Final = 40
SECTIONS_AT_MOST: Final = 40
NEAR: Final = 0.5
"""Percentage points below the cut-off of a letter within which a student is listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentLine:
    """One assignment over the class: grades in per cent of its maximum, and how many stand where."""

    assignment: Named
    spread: Spread | None
    states: Counter[str]
    late: int
    ours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """How many students have a letter, and which share of those with a letter that is."""

    cut: Cut
    number: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLine:
    """A student just below a cut-off: how much is missing, in percentage points."""

    student: CourseStudent
    cut: Cut
    missing: float


def render_course(course: CourseClass) -> str:
    """The page."""
    students = course.students
    totals = [one.percent for one in students if one.percent is not None]
    found = bins(totals, 100.0, number=20 if len(totals) >= 60 else 10)
    lines = assignment_lines(course)
    categories = _categories(course)
    sections = _sections(students)
    letters, near = letter_lines(course), near_lines(course)
    absent = [one for one in students if not one.handed_in]
    failed = [one for one in students if one.failed]
    used = _late_days(course)
    return fill(
        "course_overview.html.j2",
        c=course,
        stand_ins=course.stand_ins,
        total=spread(totals),
        bins=found,
        totals_plot=_totals_plot(totals, found, course.letters),
        not_final=sum(not one.final for one in students),
        lines=lines,
        lines_plot=_ranges("assignments-plot", [(one.assignment, one.spread) for one in lines], "assignment"),
        categories=categories,
        categories_plot=_ranges("categories-plot", categories, "category"),
        sections=sections,
        letters=letters,
        letters_plot=_letters_plot(letters),
        near=near[:LISTED_AT_MOST],
        near_left_out=max(0, len(near) - LISTED_AT_MOST),
        near_points=NEAR,
        absent=absent[:LISTED_AT_MOST],
        absent_left_out=max(0, len(absent) - LISTED_AT_MOST),
        failed=failed[:LISTED_AT_MOST],
        failed_left_out=max(0, len(failed) - LISTED_AT_MOST),
        used=used,
        used_plot=_used_plot(used),
    )


def assignment_lines(course: CourseClass) -> tuple[AssignmentLine, ...]:
    """Every assignment over the class. What is missing counts as missing and is in no median."""
    lines = []
    for assignment in course.assignments:
        grades = [grade for one in course.students if (grade := one.grades.get(assignment.id)) is not None]
        known = (grade.percent for grade in grades if grade.state == "graded")
        lines.append(
            AssignmentLine(
                assignment=assignment,
                spread=spread(value for value in known if value is not None),
                states=Counter(grade.state for grade in grades),
                late=sum(grade.late for grade in grades),
                ours=sum(grade.ours for grade in grades),
            )
        )
    return tuple(lines)


def letter_lines(course: CourseClass) -> tuple[LetterLine, ...]:
    """How many students have which letter as they stand now, from the best."""
    counted = Counter(one.letter for one in course.students if one.letter)
    whole = counted.total()
    return tuple(
        LetterLine(cut=cut, number=counted[cut.letter], share=counted[cut.letter] / whole if whole else 0.0)
        for cut in course.letters
    )


def near_lines(course: CourseClass) -> tuple[NearLine, ...]:
    """Who is at most half a percentage point below the next letter, the nearest first.

    Who failed a basic part is left out: no percentage gives that student another letter.
    """
    found = []
    for one in course.students:
        if one.percent is None or one.failed:
            continue
        above = [cut for cut in course.letters if cut.percent > one.percent]
        if above:
            cut = min(above, key=lambda cut: cut.percent)
            if cut.percent - one.percent <= NEAR + 1e-9:
                found.append(NearLine(student=one, cut=cut, missing=cut.percent - one.percent))
    return tuple(sorted(found, key=lambda line: (line.missing, line.student.name)))


def _categories(course: CourseClass) -> tuple[tuple[Named, Spread | None], ...]:
    return tuple(
        (category, spread(p for one in course.students if (p := one.categories.get(category.id)) is not None))
        for category in course.categories
    )


def _sections(students: Sequence[CourseStudent]) -> tuple[tuple[str, Spread | None], ...]:
    """The totals by section; nothing where there is one section or far too many to compare."""
    by_section: defaultdict[str, list[float]] = defaultdict(list)
    for one in students:
        if one.percent is not None:
            by_section[one.section].append(one.percent)
    if not 1 < len(by_section) <= SECTIONS_AT_MOST:
        return ()
    return tuple((name or "no section", spread(by_section[name])) for name in sorted(by_section))


def _late_days(course: CourseClass) -> tuple[tuple[int, int], ...]:
    """How many students have used how many late days of their budget."""
    if course.budget is None:
        return ()
    counted = Counter(one.late_days for one in course.students)
    return tuple((days, counted[days]) for days in range(max(course.budget, *counted, 0) + 1))


def _totals_plot(totals: Sequence[float], found: Sequence[Bin], letters: Sequence[Cut]) -> Markup | None:
    if len(totals) < FEWEST_DRAWN:
        return None
    cuts = [(cut.letter, cut.percent) for cut in letters]
    return score_plot(
        "totals-plot", found, title="Students by the grade of the course", unit="per cent", cuts=cuts
    )


def _letters_plot(letters: Sequence[LetterLine]) -> Markup | None:
    if sum(line.number for line in letters) < FEWEST_DRAWN:
        return None
    counts = [(line.cut.letter, line.number) for line in letters]
    return count_plot("letters-plot", counts, title="Students by letter", unit="letter")


def _used_plot(used: Sequence[tuple[int, int]]) -> Markup | None:
    if sum(number for days, number in used if days) < FEWEST_DRAWN or len(used) > RANGES_AT_MOST:
        return None
    counts = [(str(days), number) for days, number in used]
    return count_plot("late-days-plot", counts, title="Students by late days used", unit="late days used")


def _ranges(name: str, rows: Sequence[tuple[Named, Spread | None]], what: str) -> Markup | None:
    shown = [(named.title, one) for named, one in rows if one is not None and one.number >= FEWEST_DRAWN]
    if not shown or len(shown) > RANGES_AT_MOST:
        return None
    return range_plot(name, shown, title=f"Grades by {what}, in per cent")
