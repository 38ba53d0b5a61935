"""The commands that a review page shows for copying. They are text: nothing is run here."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.app import placeholders
from autograder.reporting.review_values import Command

REASON = f'--reason "{placeholders.REASON}"'


@dataclass(frozen=True, slots=True)
class Commands:
    """Which gradebook the commands of a page mean, as they were given: empty for the machine's own.

    `blind`: what they print tells nobody's name or id. What a person has to write stands as a placeholder.
    """

    gradebook: str = ""
    course: str = ""
    term: str = ""
    config: str = ""
    blind: bool = False

    def of_piece(self, ref: str, items: Iterable[str], *, marked: bool) -> tuple[Command, ...]:
        """Mark one piece, by the items of its rubric or with points."""
        mark = f"autograder marking mark {_word(ref)}"
        words = f'--comment "{placeholders.WORDS}"'
        words += f' --again "{placeholders.REASON}"' if marked else ""
        words += self._blind
        chosen = " ".join(f"--item {_word(item)}" for item in items)
        line = f"{mark} --points {placeholders.POINTS} {words}"
        found = [Command(what="With points", line=self._whole(line))]
        if chosen:
            what = "By the rubric: keep the items that hold"
            found.insert(0, Command(what=what, line=self._whole(f"{mark} {chosen} {words}")))
        return tuple(found)

    def of_check(self, submission: str, check: str) -> tuple[Command, ...]:
        """Set the points of a check that a program judged."""
        line = f"autograder gradebook award {_word(submission)} {_word(check)} {placeholders.POINTS} "
        line += f'--by "{placeholders.NAME}" {REASON}'
        return (Command(what="In place of the program's points", line=self._whole(line)),)

    def of_finding(self, assignment: str, submission: str, rule: str) -> tuple[Command, ...]:
        """Confirm or waive a finding of one submission."""
        return self._decide(assignment, rule, f" --submission {_word(submission)}", "")

    def of_rule(self, assignment: str, rule: str) -> tuple[Command, ...]:
        """Confirm or waive the findings of a rule for the whole class; first seen, with a dry run."""
        return self._decide(assignment, rule, " --dry-run", ", in every one of them (a dry run first)")

    def _decide(self, assignment: str, rule: str, more: str, of_whom: str) -> tuple[Command, ...]:
        begin = f"autograder marking findings {_word(assignment)} {_word(rule)}"
        return tuple(
            Command(what=what + of_whom, line=self._whole(f"{begin} {decision} {REASON}{more}{self._blind}"))
            for what, decision in (("It costs points", "confirm"), ("It costs nothing", "waive"))
        )

    def of_question(self, assignment: str, check: str) -> tuple[Command, ...]:
        """Take the next piece of a question, so that nobody else gets it."""
        line = f"autograder marking next {_word(assignment)} --check {_word(check)}"
        return (Command(what="Take the next one", line=self._whole(line + self._blind)),)

    @property
    def _blind(self) -> str:
        return " --blind" if self.blind else ""

    def _whole(self, line: str) -> str:
        from gradebook.database import without_password

        given = (
            ("--gradebook", without_password(self.gradebook)), ("--course", self.course),
            ("--term", self.term), ("--config", self.config),
        )  # fmt: skip
        return " ".join([line, *(f"{name} {_word(value)}" for name, value in given if value)])


def _word(text: str) -> str:
    """One word for a shell. Control signs, which a terminal obeys when they are pasted, are written out."""
    if text.isprintable():
        return shlex.quote(text)
    told = (char if char.isprintable() and char not in "\\'" else _escaped(char) for char in text)
    return f"$'{''.join(told)}'"


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "replace"))
