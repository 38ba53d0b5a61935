"""What a person decides about one submission, and everything that happened to it. Nothing is graded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.placeholders import written
from autograder.app.records import offering_of, opened, points_in, points_of
from autograder.errors import GradebookError, UsageError
from autograder.model.ids import CheckId, RuleId, SubmissionId

if TYPE_CHECKING:
    from gradebook.book import Gradebook
    from gradebook.values import Decision, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Which submission is meant, who decides about it, and why.

    The offering matters only where several have a submission of this id. Every method gives one line that
    says what became of it, and raises GradebookError where there is no such submission.
    """

    submission: str
    url: str | None
    course: str
    term: str
    config: Path | None
    by: str = ""
    reason: str = ""

    def history(self) -> list[str]:
        """Everything that happened to the submission, oldest first."""
        with self._entry() as (book, entry):
            events = book.history(entry.offering, entry.assignment, entry.submission)
        lines = []
        for event in events:
            when, who = f"{event.at:%Y-%m-%d %H:%M:%SZ}", f"by {event.who}"
            parts = (
                when, event.kind, event.subject, event.points, event.state, event.comment, who, event.why,
            )  # fmt: skip
            lines.append("  ".join(str(part) for part in parts if part not in (None, "")))
        return lines

    def award(self, check: str, points: str, words: str, *, extra: bool) -> str:
        """Set a check's points, or with `extra` those on top of them. UsageError for what is no number."""
        value, decision, words = points_in(points), self._decision(), written(words, "--comment")
        with self._entry() as (book, entry):
            if extra:
                book.award_extra(entry.score_id, CheckId(check), value, decision)
                if words:
                    book.comment_on(entry.score_id, check, words, decision)
            else:
                book.record_manual_points(entry.score_id, CheckId(check), value, decision, comment=words)
            said = f"{check} {'earns extra' if extra else 'is worth'} {value} now"
            return f"{self.submission}: {said}, {_now(book, entry)} in all"

    def penalise(self, points: str) -> str:
        """Set what lateness costs. UsageError for what is no number."""
        value, decision = points_in(points), self._decision()
        with self._entry() as (book, entry):
            book.penalise_lateness(entry.score_id, value, decision)
            return f"{self.submission}: lateness costs {value} now, {_now(book, entry)} in all"

    def override(self, points: str, words: str) -> str:
        """Set the total. UsageError for what is no number."""
        value, decision = points_in(points), self._decision()
        with self._entry() as (book, entry):
            book.override_total(entry.score_id, value, decision, comment=written(words, "--comment"))
            return f"{self.submission}: the total is {_now(book, entry)} by hand now"

    def comment(self, subject: str, words: str) -> str:
        """Set the words for the student about a check or a cell; empty words take them back."""
        decision = self._decision()
        with self._entry() as (book, entry):
            book.comment_on(entry.score_id, subject, written(words, "the comment"), decision)
        return f"{self.submission}: {'a comment on' if words else 'no comment on'} {subject} now"

    def finding(self, rule: str, verb: str) -> str:
        """Confirm or waive the findings of a rule. UsageError for anything else."""
        said = {"confirm": "confirmed", "waive": "waived"}.get(verb)
        if said is None:
            raise UsageError(f"{verb!r} is no decision", hint="Write confirm or waive.")
        decision = self._decision()
        with self._entry() as (book, entry):
            change = book.confirm_finding if verb == "confirm" else book.waive_finding
            change(entry.score_id, RuleId(rule), decision)
            return f"{self.submission}: {rule} is {said}, {_now(book, entry)} in all"

    def withdraw(self, what: str, subject: str) -> str:
        """Take back what a person changed. UsageError when no such change stands."""
        from gradebook.effective import standing_of
        from gradebook.values import ChangeKind

        decision, about = self._decision(), f"{what} {subject}".strip()
        with self._entry() as (book, entry):
            standing = {(change.kind.value, change.subject) for change in standing_of(entry.changes)}
            if (what, subject) not in standing:
                there = "; ".join(" ".join(key).strip() for key in sorted(standing)) or "nothing"
                raise UsageError(
                    f"no person's {about!r} stands for {self.submission}",
                    hint=f"What stands, named as in `autograder gradebook history`: {there}.",
                )
            book.withdraw(entry.score_id, ChangeKind(what), subject, decision)
            return f"{self.submission}: {about} is taken back, {_now(book, entry)} in all"

    def _decision(self) -> Decision:
        from gradebook.values import Decision

        return Decision(who=written(self.by, "--by"), why=written(self.reason, "--reason"))

    @contextmanager
    def _entry(self) -> Iterator[tuple[Gradebook, Entry]]:
        with opened(self.url, self.config) as (book, settings):
            found = book.locate(SubmissionId(self.submission))
            offering = offering_of(settings, self.course, self.term)
            if len(found) > 1 or self.course or self.term:
                found = tuple(entry for entry in found if entry.offering == offering)
            if not found:
                raise GradebookError(
                    f"no submission {self.submission!r} is recorded",
                    hint="`autograder gradebook list ASSIGNMENT-ID` names them; --course, --term: of which.",
                )
            if len(found) > 1:
                raise GradebookError(
                    f"{self.submission!r} is recorded for {len(found)} assignments of {offering.course}, "
                    f"{offering.term}"
                )
            yield book, found[0]


def _now(book: Gradebook, entry: Entry) -> str:
    found = book.latest(entry.offering, entry.assignment, entry.submission)
    return points_of(found or entry)
