"""A student's grade in the course, from the grades of its assignments, and why. Pure arithmetic.

What is pending, not due or excused does not count; an empty category leaves its weight to the others. Extra
credit adds to what was earned and never to what could be. Percentages keep 28 digits until the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from gradebook.policies.dropping import Result, average, kept
from gradebook.policies.facts import CategoryGrade, CourseGrade, Effective, GradeState
from gradebook.policies.lines import Line, Why
from gradebook.policies.values import (
    HUNDRED,
    ZERO,
    AssignmentPolicy,
    Category,
    Each,
    Letter,
    Policies,
)


def course_grade(policies: Policies, grades: Mapping[str, Effective]) -> CourseGrade:
    """The percentage and letter of one student. `grades` by assignment; who is not there does not count."""
    members: dict[str, list[AssignmentPolicy]] = {name: [] for name in policies.categories}
    for policy in policies.assignments.values():
        members[policy.category].append(policy)
    lines: list[Line] = []
    categories: list[CategoryGrade] = []
    earned = bonus = weights = all_weights = ZERO
    for name, category in policies.categories.items():
        found, on_top = _category(category, members[name], grades, lines)
        categories.append(found)
        if category.extra_credit:
            bonus += category.weight * (found.percent or ZERO)
            continue
        all_weights += category.weight
        if found.percent is None:
            earned += category.weight * on_top
        else:
            weights += category.weight
            earned += category.weight * found.percent
    percent: Decimal | None = None
    if weights:
        exact = earned / weights + bonus / all_weights
        capped = policies.cap_percent is not None and exact > policies.cap_percent
        if policies.cap_percent is not None:
            exact = min(exact, policies.cap_percent)
        percent = exact.quantize(Decimal(1).scaleb(-policies.decimals), rounding=ROUND_HALF_UP)
        lines.append(Line(Why.COURSE, (percent, exact, policies.cap_percent if capped else None)))
    else:
        lines.append(Line(Why.COURSE_EMPTY))
    still_open = [p.name for p in policies.assignments.values() if _is_open(grades.get(p.id))]
    if still_open:
        lines.append(Line(Why.OPEN, (tuple(still_open),)))
    failed = [policies.assignments[name].name for name, grade in grades.items() if grade.failed]
    if failed:
        lines.append(Line(Why.FAILED, (tuple(failed),)))
    letter = _letter(policies.letters, percent, bool(failed))
    if letter is not None:
        lines.append(Line(Why.LETTER, (letter.name, letter.from_percent, bool(failed))))
    return CourseGrade(
        percent=percent,
        letter="" if letter is None else letter.name,
        final=not still_open,
        failed=bool(failed),
        categories=tuple(categories),
        lines=tuple(lines),
    )


def _is_open(grade: Effective | None) -> bool:
    return grade is None or grade.state is GradeState.PENDING or grade.state is GradeState.NOT_DUE


def _category(
    category: Category,
    members: Sequence[AssignmentPolicy],
    grades: Mapping[str, Effective],
    lines: list[Line],
) -> tuple[CategoryGrade, Decimal]:
    """One category's grade and the percentage of extra credit inside it; its lines are added to `lines`."""
    results: list[Result] = []
    planned = extra = ZERO
    names = {}
    for policy in members:
        grade = grades.get(policy.id)
        maximum = policy.maximum if grade is None else grade.maximum
        weight = _weight(category, policy, maximum)
        if not policy.extra_credit:
            planned += weight
        if grade is None or grade.points is None:
            continue
        percent = grade.points * HUNDRED / grade.maximum
        names[policy.id] = policy.name
        if policy.extra_credit:
            extra += percent * weight
            if percent:
                lines.append(Line(Why.EXTRA_CREDIT, (policy.name, percent)))
        else:
            results.append(Result(policy.id, percent, weight))
    on_top = extra / planned if extra and planned else ZERO
    counted = kept(results, category.drop_lowest)
    stays = {result.assignment for result in counted}
    dropped = tuple(result for result in results if result.assignment not in stays)
    lines += [Line(Why.DROPPED, (names[result.assignment], result.percent)) for result in dropped]
    percent_of: Decimal | None = None
    if counted:
        whole = average(counted) + on_top
        percent_of = whole if category.cap_percent is None else min(whole, category.cap_percent)
        kind = Why.BONUS if category.extra_credit else Why.CATEGORY
        lines.append(
            Line(kind, (category.name, percent_of, len(counted), category.weight, percent_of < whole))
        )
    else:
        if category.cap_percent is not None:
            on_top = min(on_top, category.cap_percent)
        lines.append(Line(Why.CATEGORY_EMPTY, (category.name,)))
    names_dropped = tuple(result.assignment for result in dropped)
    grade_of = CategoryGrade(
        category=category.id,
        percent=percent_of,
        dropped=names_dropped,
        counted=tuple(result.assignment for result in counted),
    )
    return grade_of, on_top


def _weight(category: Category, policy: AssignmentPolicy, maximum: Decimal | None) -> Decimal:
    if policy.weight is not None:
        return policy.weight
    return (maximum or ZERO) if category.each is Each.POINTS else Decimal(1)


def _letter(letters: Sequence[Letter], percent: Decimal | None, failed: bool) -> Letter | None:
    if not letters:
        return None
    if failed:
        return letters[-1]
    if percent is None:
        return None
    return next(letter for letter in letters if percent >= letter.from_percent)
