"""What a guideline is for the program: what it looks for, how firm it may be, and what it cannot see.

A rule reads evidence and returns hits; the engine makes findings of them. A rule runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from autograder.formats.notebook import Notebook
from autograder.guidelines.reading import Reading
from autograder.model.assignment import Assignment, Firmness
from autograder.model.execution import Execution
from autograder.model.ids import RuleId
from autograder.model.results import Finding, Place, Severity
from autograder.model.submission import Submission


class Need(StrEnum):
    """The evidence a rule reads.

    A rule that needs `execution` is looked at after the run; if it also needs `syntax`, before it too.
    """

    ARCHIVE = "archive"
    NOTEBOOK = "notebook"
    SYNTAX = "syntax"
    EXECUTION = "execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a rule is broken. The strongest hits of a rule speak for its finding.

    `firmness` is the most this hit may do by itself; `cause` groups findings that have one cause.
    `from_run` says that its words or its place come from the run, where a kernel may have made them.
    """

    place: Place
    message: str
    firmness: Firmness
    severity: Severity
    instead: str = ""
    cause: str = ""
    from_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """What the grader gave to the run, as figures from outside of the student's kernel.

    `weights` holds the SHA-256 of the large weights of every base model that may be graded, as they are and
    transposed; it is empty where one of these models has no figures. `rows` counts the rows by data set and
    configuration ("owner/name/configuration"), without the withheld ones. Empty is "not known".
    """

    weights: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What rules read. `settings` are those of the rule in this assignment.

    `released` holds the notebooks as they were handed out, `released_files` the SHA-256 of the other files.
    `execution`, `supplied` and `before` (what was found before the run) are there for rules that need the
    run.
    """

    submission: Submission
    assignment: Assignment
    reading: Reading
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    released: Mapping[str, Notebook] = field(default_factory=dict)
    released_files: frozenset[str] = frozenset()
    execution: Execution | None = None
    supplied: Supplied = field(default_factory=Supplied)
    before: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One guideline. The texts are shown to students and staff and make up `docs/guidelines.md`.

    `firmness` is the most a finding may do by itself, whatever an assignment says. `settings` are the
    settings an assignment may give, each with what it means.
    """

    id: RuleId
    title: str
    statement: str
    firmness: Firmness
    severity: Severity
    needs: tuple[Need, ...]
    looks_for: tuple[str, ...]
    leaves_alone: tuple[str, ...]
    cannot_see: tuple[str, ...]
    example_bad: str
    example_good: str
    check: Callable[[Evidence], Iterable[Hit]]
    settings: Mapping[str, str] = field(default_factory=dict)
    always: bool = False
    """Looked at in every assignment; such a rule never costs points."""
