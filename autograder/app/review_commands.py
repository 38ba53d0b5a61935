"""The commands that a review page shows for copying. They are text: nothing is run here."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.reporting.review_values import Command

REASON = '--reason "..."'


@dataclass(frozen=True, slots=True)
class Commands:
    """Which gradebook the commands of a page mean, as they were given: empty for the machine's own."""

    gradebook: str = ""
    course: str = ""
    term: str = ""
    config: str = ""

    def of_piece(self, ref: str, items: Iterable[str], *, marked: bool) -> tuple[Command, ...]:
        """Mark one piece, by the items of its rubric or with points."""
        mark = f"autograder marking mark {shlex.quote(ref)}"
        again = ' --again "..."' if marked else ""
        chosen = " ".join(f"--item {shlex.quote(item)}" for item in items)
        found = [Command(what="With points", line=self._whole(f'{mark} --points 0 --comment "..."{again}'))]
        if chosen:
            what = "By the rubric: keep the items that hold"
            found.insert(0, Command(what=what, line=self._whole(f'{mark} {chosen} --comment "..."{again}')))
        return tuple(found)

    def of_check(self, submission: str, check: str) -> tuple[Command, ...]:
        """Set the points of a check that a program judged."""
        line = f"autograder gradebook award {shlex.quote(submission)} {shlex.quote(check)} 0 "
        line += f'--by "your name" {REASON}'
        return (Command(what="In place of the program's points", line=self._whole(line)),)

    def of_finding(self, assignment: str, submission: str, rule: str) -> tuple[Command, ...]:
        """Confirm or waive a finding of one submission."""
        return self._decide(assignment, rule, f" --submission {shlex.quote(submission)}", "")

    def of_rule(self, assignment: str, rule: str) -> tuple[Command, ...]:
        """Confirm or waive the findings of a rule for the whole class; first seen, with a dry run."""
        return self._decide(assignment, rule, " --dry-run", ", in every one of them (a dry run first)")

    def _decide(self, assignment: str, rule: str, more: str, of_whom: str) -> tuple[Command, ...]:
        begin = f"autograder marking findings {shlex.quote(assignment)} {shlex.quote(rule)}"
        return tuple(
            Command(what=what + of_whom, line=self._whole(f"{begin} {decision} {REASON}{more}"))
            for what, decision in (("It costs points", "confirm"), ("It costs nothing", "waive"))
        )

    def of_question(self, assignment: str, check: str, *, blind: bool) -> tuple[Command, ...]:
        """Take the next piece of a question, so that nobody else gets it."""
        line = f"autograder marking next {shlex.quote(assignment)} --check {shlex.quote(check)}"
        return (Command(what="Take the next one", line=self._whole(line + (" --blind" if blind else ""))),)

    def _whole(self, line: str) -> str:
        given = (
            ("--gradebook", self.gradebook), ("--course", self.course), ("--term", self.term),
            ("--config", self.config),
        )  # fmt: skip
        return " ".join([line, *(f"{name} {shlex.quote(value)}" for name, value in given if value)])
