"""Due dates and extensions between nbgrader's gradebook and the policies here. Pure: values in, values out.

nbgrader has one due date per assignment, in UTC without saying so, and an extension per submission. The
policies are a text that staff wrote: a due date is put into it where there is none, and nothing else changes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from autograder.errors import ConfigError
from gradebook.nbgrader_values import WHY, Losses, NbAssignment, NbWork
from gradebook.policies.facts import Extension, Target
from gradebook.policies.file import parse_policies
from gradebook.policies.granting import Grants
from gradebook.policies.lateness import takes_points, windows
from gradebook.policies.lines import clock
from gradebook.policies.values import FIRST_YEAR, LAST_YEAR, AssignmentPolicy, Policies
from gradebook.roster import Member

_NEW = """\
# Made from nbgrader's gradebook: its due dates and nothing else. Lateness costs nothing but what it charged.
zone = "{zone}"

[categories.assignments]
title = "Assignments"
weight = 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDates:
    """What an import makes of the policies: their new text, None where nothing is new, and lines about it."""

    text: str | None
    lines: tuple[str, ...] = ()


def with_due_dates(
    text: str | None,
    due: Mapping[str, datetime],
    known: Collection[str],
    extensions: Iterable[Extension],
    zone: str,
    losses: Losses,
) -> DueDates:
    """The policies with due dates of nbgrader (`due`, by assignment) where they had none.

    Without policies some are made for all assignments that are `known`, in `zone`. A deadline that is there
    stays as it is; where it differs, and where a due date cannot be put in, `losses` says so.
    """
    wanted = {name: at for name, at in due.items() if _possible(name, at, losses)}
    granted = tuple(extensions)
    made = text is None
    text = None if text is None else text.removeprefix("\ufeff")
    if text is None:
        if not wanted:
            return DueDates(text=None)
        text = _NEW.format(zone=zone) + "".join(
            f'\n[assignments.{_key(name)}]\ncategory = "assignments"\n'
            for name in sorted({*known, *wanted})
            if _acceptable(name)
        )
    lines = []
    for name, at in sorted(wanted.items()):
        policies = parse_policies(text)
        policy = policies.assignments.get(name)
        here = None if policy is None else deadline_of_all(policy, granted)
        if here is not None:
            if at.replace(microsecond=0) not in (here, policy.due if policy else None):
                losses.add("due dates that are otherwise here: kept as they are here", _both(name, here, at))
            continue
        changed = _with_due(text, name, at.replace(microsecond=0), policies)
        if changed is None:
            losses.add(
                "due dates for which the policies have no place: add them by hand",
                f"{name}: due = {_said(at)}",
            )
            continue
        text = changed
        lines.append(f"policies: {name} is due {clock(at, policies.zone)}")
        late = parse_policies(text).assignments[name].late
        if not made and (takes_points(late) or late.accept_days is not None):
            lines.append(f"policies: what they say of lateness holds for {name} from now on")
    if not lines:
        return DueDates(text=None)
    if made:
        lines.insert(0, f"policies: made, since there were none; zone {zone}, lateness costs nothing")
    return DueDates(text=text, lines=tuple(lines))


def _possible(name: str, at: datetime, losses: Losses) -> bool:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        losses.add("due dates that are no time of a course", f"{name}: {_said(at)}")
        return False
    if at.microsecond:
        losses.add("parts of a second of due dates", name)
    return True


def _said(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _both(name: str, here: datetime, there: datetime) -> str:
    return f"{name}: {_said(here)} here, {_said(there)} in nbgrader"


def _acceptable(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name) is not None


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _with_due(text: str, name: str, at: datetime, policies: Policies) -> str | None:
    """The text with a due date; None where nobody can say where it belongs."""
    content = tomllib.loads(text)
    table = content.get("assignments", {}).get(name)
    due = f"due = {at.astimezone(policies.zone).isoformat()}  # from nbgrader's gradebook"
    if table is not None:
        header = rf"""^[ \t]*\[[ \t]*assignments[ \t]*\.[ \t]*["']?{re.escape(name)}["']?[ \t]*\].*$"""
        changed = re.sub(header, lambda found: f"{found[0]}\n{due}", text, count=1, flags=re.MULTILINE)
        return changed if _differs_by(content, changed, name, {**table, "due": at}) else None
    if len(policies.categories) != 1 or not _acceptable(name):
        return None
    category = next(iter(policies.categories))
    changed = f'{text.rstrip()}\n\n[assignments.{_key(name)}]\ncategory = "{category}"\n{due}\n'
    return changed if _differs_by(content, changed, name, {"category": category, "due": at}) else None


def _differs_by(content: Mapping[str, Any], changed: str, name: str, table: Mapping[str, Any]) -> bool:
    """Whether the text says the same as `content`, but for what it says of one assignment."""
    expected = deepcopy(dict(content))
    expected.setdefault("assignments", {})[name] = dict(table)
    try:
        parse_policies(changed)
        return tomllib.loads(changed) == expected
    except (ConfigError, tomllib.TOMLDecodeError):
        return False


def deadline_of_all(policy: AssignmentPolicy, extensions: Iterable[Extension]) -> datetime | None:
    """The deadline with what everyone was granted; None for an assignment without one."""
    found = windows(policy, [each for each in extensions if _for_all(each, policy.id)])
    return found[-1].deadline.at if found else None


def _for_all(extension: Extension, assignment: str) -> bool:
    return extension.target is Target.EVERYONE and extension.assignment in ("", assignment)


def moved_extensions(
    source: NbAssignment,
    assignment: str,
    policies: Policies | None,
    grants: Grants,
    extensions: Iterable[Extension],
    members: Mapping[str, Member],
    *,
    by: str,
    losses: Losses,
) -> list[Extension]:
    """The extensions that nbgrader's submissions have and students here do not have yet."""
    policy = None if policies is None else policies.assignments.get(assignment)
    due = None if policy is None else deadline_of_all(policy, extensions)
    new = []
    for work in source.works:
        if work.extension is None:
            continue
        place = f"{source.name}, {work.student}"
        found = _moved(source, work, policy, due, grants, members.get(work.student), by)
        if isinstance(found, str):
            losses.add(found, place)
        elif found is not None:
            new.append(found)
    return new


def _moved(
    source: NbAssignment,
    work: NbWork,
    policy: AssignmentPolicy | None,
    due: datetime | None,
    grants: Grants,
    member: Member | None,
    by: str,
) -> Extension | str | None:
    """The extension to grant, None where it stands already, or why there is none. `due` is all students'."""
    if source.duedate is None or policy is None or due is None or work.extension is None:
        return "extensions of an assignment without a due date here"
    if source.duedate.replace(microsecond=0) not in (policy.due, due):
        return "extensions of an assignment that is due at another time here"
    until = (source.duedate + work.extension).replace(microsecond=0)
    sections = (member.section,) if member is not None and member.section else ()
    granted = grants.of(work.student, sections, policy.id)
    if windows(policy, granted)[-1].deadline.at == until:
        return None
    if any(each.target is Target.STUDENT for each in granted):
        return "extensions that are otherwise here: kept as they are here"
    if until <= due or not FIRST_YEAR <= until.year <= LAST_YEAR:
        return "extensions that give no more time"
    return Extension(
        target=Target.STUDENT, name=work.student, assignment=policy.id, until=until, reason=WHY, who=by
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What nbgrader can hold of an assignment's dates: when it is due, and who has how much more time."""

    due: datetime | None = None
    extensions: Mapping[str, timedelta] = field(default_factory=dict)


def dates_out(
    assignment: str,
    policies: Policies | None,
    grants: Grants,
    extensions: Iterable[Extension],
    members: Mapping[str, Member],
    handed_in: Collection[str],
    losses: Losses,
) -> Dates:
    """The dates of one assignment, and in `losses` what nbgrader cannot hold of them."""
    policy = None if policies is None else policies.assignments.get(assignment)
    if policy is None:
        return Dates()
    granted = tuple(extensions)
    due = deadline_of_all(policy, granted)
    if any(_for_all(each, assignment) for each in granted):
        losses.add("extensions for everyone: the due date is the later one", assignment)
    later = {}
    for student in sorted({*members, *handed_in}):
        member = members.get(student)
        sections = (member.section,) if member is not None and member.section else ()
        mine = grants.of(student, sections, assignment)
        place = f"{assignment}, {student}"
        if any(each.excused for each in mine):
            losses.add("that students are excused", place)
            continue
        found = windows(policy, mine)
        if due is None or not found or found[-1].deadline.at <= due:
            continue
        if student in handed_in:
            later[student] = found[-1].deadline.at - due
            losses.add("who extended a deadline, when and why", place)
        else:
            losses.add("extensions of students who have not handed in", place)
    return Dates(due=due, extensions=later)


def zone_or_utc(name: str) -> str:
    """A zone that this machine knows: `name`, or UTC where it is empty."""
    return ZoneInfo(name or "UTC").key
