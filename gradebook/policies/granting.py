"""Which extensions apply to whom: a student's own, those of sections and of everyone, and a group's.

A group hands in one piece of work, so extra time of one member is extra time of all. To be excused is
personal: it is not shared. Whether an extension makes sense is decided when it is granted (`refuse`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from copy import copy

from autograder.errors import GradebookError
from gradebook.policies.facts import Extension, Group, Target
from gradebook.policies.lateness import extended
from gradebook.policies.lines import clock
from gradebook.policies.values import AssignmentPolicy

_EVERYONE = (Target.EVERYONE, "")


class Grants:
    """All standing extensions of an offering, made ready to be asked student by student."""

    def __init__(self, extensions: Collection[Extension], groups: Iterable[Group] = ()) -> None:
        self._found: dict[tuple[Target, str, str], list[Extension]] = defaultdict(list)
        self._names = {(extension.target, extension.name) for extension in extensions}
        for extension in extensions:
            self._found[extension.target, extension.name, extension.assignment].append(extension)
        self._partners: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._grouped: set[str] = set()
        for group in groups:
            self._grouped |= group.members
            for member in group.members:
                self._partners[member, group.assignment] |= group.members - {member}

    def and_also(self, extension: Extension) -> Grants:
        """The same with one more extension, to see what it would change."""
        more = copy(self)
        more._names = {*self._names, (extension.target, extension.name)}
        more._found = defaultdict(list, {key: [*found] for key, found in self._found.items()})
        more._found[extension.target, extension.name, extension.assignment].append(extension)
        return more

    def nothing_for(self, student: str, sections: Iterable[str]) -> bool:
        """Whether no extension applies to this student for any assignment; a quick look before `of`.

        For members of groups it says no without looking further.
        """
        return student not in self._grouped and self._names.isdisjoint(_whom(student, sections))

    def of(self, student: str, sections: Iterable[str], assignment: str) -> tuple[Extension, ...]:
        """The extensions that apply to one student's work for one assignment."""
        if not self._found:
            return ()
        whom = _whom(student, sections)
        found: list[Extension] = []
        for target, name in self._names.intersection(whom) and whom:
            found += self._about(target, name, assignment)
        for partner in sorted(self._partners.get((student, assignment), ())):
            shared = self._about(Target.STUDENT, partner, assignment)
            found += [extension for extension in shared if not extension.excused]
        return tuple(found)

    def _about(self, target: Target, name: str, assignment: str) -> list[Extension]:
        """Extensions of one assignment and those of every assignment."""
        return [*self._found.get((target, name, assignment), ()), *self._found.get((target, name, ""), ())]


def _whom(student: str, sections: Iterable[str]) -> list[tuple[Target, str]]:
    """Of whom an extension can be that applies to this student."""
    return [(Target.STUDENT, student), *((Target.SECTION, section) for section in sections), _EVERYONE]


def refuse(policy: AssignmentPolicy, extension: Extension) -> None:
    """GradebookError when an extension of this assignment would change nothing."""
    if extension.excused:
        return
    if policy.due is None:
        raise GradebookError(f"{policy.name} has no deadline that could be extended")
    until = extended(policy, extension)
    if until is not None and until <= policy.due:
        raise GradebookError(
            f"the extension until {clock(until, policy.zone)} is not after the deadline of {policy.name}, "
            f"{clock(policy.due, policy.zone)}"
        )
