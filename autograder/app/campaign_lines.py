"""Regrade campaigns as lines for people and as JSON values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from autograder.app.placeholders import NAME, REASON

if TYPE_CHECKING:
    from autograder.app.campaign_ends import Ended
    from autograder.app.campaigns import Drafted
    from gradebook.campaigns.values import (
        Campaign,
        CampaignDiff,
        CheckDiff,
        Distribution,
        FindingDiff,
        Grade,
        StudentDiff,
        SubmissionDiff,
        Worth,
    )
    from gradebook.values import Change

ENDS = range(10, 101, 10)
BY_WHOM = f"--by {NAME} --reason {REASON}"


def draft_lines(made: Drafted, *, kept: bool) -> list[str]:
    """What a draft would change, and what comes next."""
    lines = diff_lines(made.campaign, made.diff)
    lines += [f"not in it: {name}: {why}" for name, why in made.skipped]
    if not kept:
        return [*lines, "dry run: no draft was kept"]
    number = made.campaign.id
    return [
        *lines,
        f"campaign {number} is a draft: nothing counts yet",
        f"apply it: `autograder regrade apply {number} {BY_WHOM}`",
        f"give it up: `autograder regrade cancel {number} {BY_WHOM}`",
    ]


def campaign_line(campaign: Campaign) -> str:
    """One line about a campaign."""
    about = campaign.assignment or "all assignments"
    last = campaign.steps[-1] if campaign.steps else None
    ended = "" if last is None else f"; {last.event} {last.at:%Y-%m-%d %H:%M} by {last.who}: {last.why}"
    made = f"{campaign.at:%Y-%m-%d %H:%M} by {campaign.who}: {campaign.why}"
    return f"{campaign.id}  {campaign.kind}  {about}  {campaign.state}  {made}{ended}"


def diff_lines(campaign: Campaign, diff: CampaignDiff, *, pseudonyms: bool = False) -> list[str]:
    """What a campaign changes: submissions, grades after all policies, and the class."""
    lines = [campaign_line(campaign)]
    if campaign.assignment is not None:
        lowering = ", no grade may fall" if campaign.forbid_lowering else ""
        chosen = campaign.selection
        if pseudonyms and chosen.students:
            chosen = replace(chosen, students=(f"({len(chosen.students)})",))
        lines.append(f"selected: {chosen}; {_counts(diff.submissions)}{lowering}")
    submissions, changed = list(diff.submissions), list(diff.changed_students)
    if pseudonyms:  # in the order of the ids each would tell whose it is
        submissions.sort(key=lambda one: (one.pseudonym, one.attempt))
        changed.sort(key=lambda one: one.pseudonym)
    for one in submissions:
        lines += _submission(one, pseudonyms)
    if changed:
        lines.append("grades after all policies:")
        lines += [f"  {_student(one, pseudonyms)}" for one in changed]
    else:
        lines.append("no grade changes")
    what = campaign.assignment or "the course"
    return [*lines, *_distribution(str(what), diff.before, diff.after)]


def applied_lines(ended: Ended) -> list[str]:
    """What applying did."""
    return _ended(ended, "was changed by a person since the draft; the change carries over")


def undone_lines(ended: Ended, *, dry_run: bool) -> list[str]:
    """What undoing did, or would do."""
    lines = _ended(ended, "was graded again or changed by a person since; that stays", dry_run)
    return [*lines, "dry run: nothing was undone"] if dry_run else lines


def _ended(ended: Ended, touched: str, dry_run: bool = False) -> list[str]:
    campaign, diff = ended.campaign, ended.diff
    lines = [campaign_line(campaign)]
    if diff is None:
        lines.append("it was so already; the files in the results folder follow now")
    else:
        changed = diff.changed_students
        lines += [f"  {_student(one, False)}" for one in changed]
        have = "would have" if dry_run else "has" if len(changed) == 1 else "have"
        lines.append(f"{len(changed)} {'student' if len(changed) == 1 else 'students'} {have} another grade")
    lines += [f"{name}: {touched}" for name in ended.touched]
    lines += [
        f"{name}: its folder holds something else by now and was left alone" for name in ended.elsewhere
    ]
    if campaign.staging and not dry_run:
        lines.append(
            f"the pages in {campaign.results} follow with `autograder report ASSIGNMENT {campaign.results}` "
            "(with --published if grades were published)"
        )
    return lines


def _counts(submissions: Sequence[SubmissionDiff]) -> str:
    taken = [one for one in submissions if not one.left_out]
    changed = sum(one.changed for one in taken)
    left = len(submissions) - len(taken)
    what = "submission" if len(taken) == 1 else "submissions"
    return f"{len(taken)} {what}, {changed} change" + (f", {left} left out" if left else "")


def _submission(one: SubmissionDiff, pseudonyms: bool) -> Iterator[str]:
    if not one.changed and not one.left_out:
        return
    who = one.pseudonym if pseudonyms else f"{one.submission}  {one.student}"
    left = f"  left out: {one.left_out}" if one.left_out else ""
    yield f"{who}  attempt {one.attempt}  {_worth(one.before)} -> {_worth(one.after)}{left}"
    for check in one.checks:
        yield f"  {_check(check)}"
    for finding in one.findings:
        yield f"  {_finding(finding)}"
    if one.total_by is not None:
        yield f"  the total stays {_number(one.total_by.points)}: {_who(one.total_by)}"


def _check(check: CheckDiff) -> str:
    outcomes = f"{check.before or 'absent'} -> {check.after or 'absent'}"
    if check.before == check.after:
        outcomes = f"{check.after or 'absent'}"
    line = f"{check.check}: {outcomes}, {_number(check.earned)} -> {_number(check.earned_after)}"
    if check.hidden_by is not None:
        line += f"; hidden, {_number(check.hidden_by.points)} by hand: {_who(check.hidden_by)}"
    return line


def _finding(finding: FindingDiff) -> str:
    line = f"{finding.rule}: costs {_number(finding.price)} -> {_number(finding.price_after)}"
    if finding.decided_by is not None:
        line += f"; {finding.decided_by.state}: {_who(finding.decided_by)}"
    return line


def _who(change: Change) -> str:
    return f"{change.who}, {change.why}"


def _worth(worth: Worth) -> str:
    maximum = "" if worth.maximum is None else f"/{_number(worth.maximum)}"
    status = "" if worth.status == "graded" else f" {worth.status}"
    return f"{_number(worth.points)}{maximum}{status}"


def _student(one: StudentDiff, pseudonyms: bool) -> str:
    said = [one.pseudonym if pseudonyms else one.student]
    for name in one.before:
        then, now = one.before[name], one.after.get(name)
        if now is not None and then != now:
            said.append(f"{name} {_grade(then)} -> {_grade(now)}")
    if one.course != one.course_after:
        then_, now_ = one.course, one.course_after
        said.append(
            f"course {_percent(then_.percent)} {then_.letter} -> {_percent(now_.percent)} {now_.letter}"
        )
    return "  ".join(" ".join(part.split()) for part in said)


def _grade(grade: Grade) -> str:
    state = "" if grade.state == "graded" else f" {grade.state}"
    return f"{_number(grade.points)}/{_number(grade.maximum)}{state}" + (" failed" if grade.failed else "")


def _distribution(what: str, before: Distribution, after: Distribution) -> Iterator[str]:
    if before == after:
        yield f"{what}: the distribution does not change ({_figures(before)})"
        return
    yield f"{what}: {_figures(before)} before"
    yield f"{' ' * len(what)}  {_figures(after)} after"
    for end, then, now in zip(ENDS, before.tenths, after.tenths, strict=True):
        if then or now:
            last = "  up" if end == ENDS[-1] else f"-{end:>3}"
            yield f"  {end - 10:>3}{last} %  {then:>4} -> {now}"


def _figures(found: Distribution) -> str:
    if not found.known:
        return f"no grades, {found.unknown} unknown"
    unknown = f", {found.unknown} unknown" if found.unknown else ""
    return (
        f"{found.known} grades, mean {_percent(found.mean)}, median {_percent(found.median)}, "
        f"{_percent(found.lowest)} to {_percent(found.highest)}{unknown}"
    )


def _percent(value: Decimal | None) -> str:
    return "-" if value is None else f"{_number(round(value, 2))} %"


def _number(value: Decimal | None) -> str:
    return "-" if value is None else f"{round(value, 6).normalize() + Decimal(0):f}"


def to_json(campaign: Campaign, diff: CampaignDiff | None = None) -> dict[str, Any]:
    """A campaign, and with `diff` what it changes, in JSON's own types. Points and percentages are text."""
    from gradebook.json_values import as_json

    said: dict[str, Any] = {
        "campaign": campaign.id,
        "kind": campaign.kind.value,
        "state": campaign.state.value,
        "assignment": campaign.assignment,
        "assignment_version": campaign.version,
        "forbid_lowering": campaign.forbid_lowering,
        "selection": str(campaign.selection),
        "who": campaign.who,
        "why": campaign.why,
        "at": campaign.at.isoformat(),
        "steps": as_json(campaign.steps),
    }
    if diff is not None:
        said |= {
            "submissions": [_submission_json(one) for one in diff.submissions],
            "students": [_student_json(one) for one in diff.changed_students],
            "before": as_json(diff.before),
            "after": as_json(diff.after),
        }
    return said


def _submission_json(one: SubmissionDiff) -> dict[str, Any]:
    return {
        "submission": str(one.submission),
        "student": one.student,
        "attempt": one.attempt,
        "before": _worth_json(one.before),
        "after": _worth_json(one.after),
        "checks": [
            {
                "check": str(check.check),
                "before": check.before,
                "after": check.after,
                "earned": _text(check.earned),
                "earned_after": _text(check.earned_after),
                "hidden_by": None if check.hidden_by is None else check.hidden_by.who,
            }
            for check in one.checks
        ],
        "findings": [
            {
                "rule": str(found.rule),
                "price": _text(found.price),
                "price_after": _text(found.price_after),
                "decided_by": None if found.decided_by is None else found.decided_by.who,
            }
            for found in one.findings
        ],
        "total_by": None if one.total_by is None else one.total_by.who,
        "left_out": one.left_out,
    }


def _worth_json(worth: Worth) -> dict[str, Any]:
    return {"points": _text(worth.points), "maximum": _text(worth.maximum), "status": worth.status.value}


def _student_json(one: StudentDiff) -> dict[str, Any]:
    return {
        "student": one.student,
        "before": {name: _grade_json(grade) for name, grade in one.before.items()},
        "after": {name: _grade_json(grade) for name, grade in one.after.items()},
        "course": _text(one.course.percent),
        "course_after": _text(one.course_after.percent),
        "letter": one.course.letter,
        "letter_after": one.course_after.letter,
    }


def _grade_json(grade: Grade) -> dict[str, Any]:
    return {
        "points": _text(grade.points),
        "maximum": _text(grade.maximum),
        "state": grade.state.value,
        "failed": grade.failed,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else _number(value)
