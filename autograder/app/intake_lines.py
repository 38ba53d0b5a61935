"""What `intake` says about each thing that came in, for a person and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autograder.intake.receipts import Receipt, TimeFrom, to_json
from autograder.intake.roster import Match


class What(StrEnum):
    """What became of something in a download."""

    TAKEN = "taken"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    KNOWN = "known"
    LEFT_OUT = "left_out"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing of a download. `why` says why it has no receipt."""

    what: What
    source: str
    receipt: Receipt | None = None
    match: Match | None = None
    why: str = ""

    @property
    def unmatched(self) -> bool:
        """Whether nobody in the roster was recognised as the sender."""
        return self.receipt is not None and self.receipt.provisional

    def as_json(self) -> dict[str, Any]:
        """One object for `--json`. The keys are a promise: see docs/how-to/lms.md."""
        match = self.match or Match()
        return {
            "outcome": self.what.value,
            "source": self.source,
            "why": self.why,
            "matched": None if self.receipt is None else not self.unmatched,
            "mismatch": match.why if self.unmatched else "",
            "suggestions": [str(one) for one in match.suggestions] if self.unmatched else [],
            "receipt": None if self.receipt is None else to_json(self.receipt),
        }

    def words(self) -> Iterator[str]:
        """The same for a person, with what must be done. What was known is only counted, at the end."""
        receipt = self.receipt
        if self.what is What.KNOWN:
            return
        if receipt is None:
            yield f"{self.what.value:10} {printable(self.source)}: {self.why}"
            return
        attempt = f"attempt {receipt.attempt}" if receipt.attempt else "no attempt"
        when = f"{receipt.received:%Y-%m-%d %H:%M} UTC"
        source = printable(self.source)
        yield f"{self.what.value:10} {receipt.student:18} {attempt:10} {when}  {receipt.id}  {source}"
        if self.what is What.REJECTED:
            yield f"           to change: {receipt.reason}"
        yield from (f"           note: {note}" for note in (*receipt.notes, *receipt.for_staff))


def printable(text: str) -> str:
    """What a student may have named, without what a terminal takes for a command."""
    return "".join(char if char.isprintable() else "?" for char in text)


def summary(lines: Sequence[Line], *, with_roster: bool, dry_run: bool) -> Iterator[str]:
    """What a person should know at the end: how many, and who could not be matched."""
    unmatched = [line for line in lines if line.unmatched and line.receipt]
    if unmatched and with_roster:
        yield f"Not recognised in the roster ({len(unmatched)}), taken in under provisional ids:"
    for line in unmatched if with_roster else ():
        assert line.receipt is not None and line.match is not None
        near = ", ".join(str(one) for one in line.match.suggestions)
        yield (
            f'  "{printable(line.receipt.sender)}" in {printable(line.source)}: {line.match.why}; '
            f"now {line.receipt.student}" + (f". Nearest: {near}" if near else "")
        )
    if unmatched and with_roster:
        yield "  Correct the roster and run the same command again: the provisional ids are replaced."
    elif unmatched:
        yield f"{len(unmatched)} have provisional ids, since no roster was given (--roster)."
    guessed = sum(
        1
        for line in lines
        if line.what is What.TAKEN and line.receipt and line.receipt.time_from is TimeFrom.INTAKE
    )
    if guessed:
        yield f"{guessed} came without a time of receipt; --received says when, for example the deadline."
    counts = Counter(line.what for line in lines)
    told = ", ".join(f"{counts[what]} {what.value.replace('_', ' ')}" for what in What if counts[what])
    yield (told or "nothing was found") + (" (dry run: nothing was written)" if dry_run else "")
