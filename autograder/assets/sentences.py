"""Made-up financial news in the format of Financial PhraseBank, for tests and for the demo.

Templates of our own are filled with invented companies. The class of a sentence follows from its words, but
not from one of them: "rose" is good for profits and bad for losses, and neutral sentences rise and fall too.
The same size and seed give the same bytes on every Python. It measures nothing about real news.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.assets import phrases
from autograder.assets.phrasebank import FILES, PhraseBank, Row, write

DEFAULT_SIZE = 760
SHARES = {"negative": 303, "neutral": 1391, "positive": 570}
"""How often each class occurs in the subset of the original on which all readers agree."""
GROWTH = {"sentences_75agree": 1.2, "sentences_66agree": 1.35, "sentences_50agree": 1.5}
"""Size of the other subsets, as multiples of the one on which all agree."""
TWINS, REPEATS = 12, 4
"""Pairs of sentences that differ in digits only, and sentences that occur twice."""

_BANKS = ("Nordhaven Bank", "Castellan Securities", "Evrin Capital", "Merisaari Asset Management")


class _Writer:
    """Fills templates. Only `random()` is drawn from: its sequence is the same on every Python version."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  (made-up text must be the same everywhere; no secret)
        self._seen: set[str] = set()

    def pick(self, items: Sequence[str]) -> str:
        return items[int(self._random.random() * len(items))]

    def number(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def shuffled(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(
            row for _, row in sorted(((self._random.random(), row) for row in rows), key=lambda p: p[0])
        )

    def _fill(self, template: str) -> str:
        low = self.number(11, 480) / 10
        good, bad = self.pick(phrases.GOOD), self.pick(phrases.BAD)
        company, city, market = (
            self.pick(pool) for pool in (phrases.COMPANIES, phrases.CITIES, phrases.MARKETS)
        )
        slots = {
            "good": good, "Good": good[0].upper() + good[1:], "bad": bad, "Bad": bad[0].upper() + bad[1:],
            "co": company, "co2": self._another(phrases.COMPANIES, company),
            "city": city, "city2": self._another(phrases.CITIES, city),
            "market": market, "market2": self._another(phrases.MARKETS, market),
            "product": self.pick(phrases.PRODUCTS), "person": self.pick(phrases.PERSONS),
            "role": self.pick(phrases.ROLES), "period": self.pick(phrases.PERIODS), "bank": self.pick(_BANKS),
            "up": self.pick(phrases.UP), "down": self.pick(phrases.DOWN),
            "low": f"{low:.1f}", "high": f"{low * self.number(12, 30) / 10:.1f}",
            "pct": f"{self.number(11, 390) / 10:.1f}", "n": str(self.number(3, 90) * 10),
        }  # fmt: skip
        slots["help"] = self.pick(phrases.HELP).format(**slots)
        slots["harm"] = self.pick(phrases.HARM).format(**slots)
        return template.format(**slots)

    def _another(self, pool: Sequence[str], taken: str) -> str:
        return self.pick([item for item in pool if item != taken])

    def sentence(self, templates: Sequence[str]) -> str:
        """A sentence unlike all earlier ones, even when digits are left out."""
        while True:
            text = self._fill(self.pick(templates))
            bare = re.sub(r"\d", "", text)
            if bare not in self._seen:
                self._seen.add(bare)
                return text


def made_up(*, size: int = DEFAULT_SIZE, seed: int = 1) -> PhraseBank:
    """A phrase bank of invented sentences; `size` is the number of rows on which all agree (at least 120).

    The subset on which all agree has `size` - 4 distinct sentences.
    """
    if size < 120:
        raise ValueError(f"size must be at least 120, not {size}")
    writer = _Writer(seed)
    plain = {"negative": phrases.NEGATIVE, "neutral": phrases.NEUTRAL, "positive": phrases.POSITIVE}
    rows = _by_class(size - TWINS - REPEATS, lambda label: writer.sentence(plain[label]))
    with_digits = [row for row in rows if re.search(r"\d", row.sentence)]
    rows += [
        Row(_other_digits(row.sentence), row.label)
        for row in with_digits[:: len(with_digits) // TWINS][:TWINS]
    ]
    rows += rows[5 : 5 + REPEATS * 7 : 7]
    agreed = writer.shuffled(rows)
    subsets = {"sentences_allagree": agreed}
    for subset, growth in GROWTH.items():
        more = [_divided(writer) for _ in range(round(size * growth) - len(agreed))]
        agreed = writer.shuffled([*agreed, *more])
        subsets[subset] = agreed
    return PhraseBank(subsets={subset: subsets[subset] for subset in FILES})


def write_made_up(folder: Path, *, size: int = DEFAULT_SIZE, seed: int = 1) -> Path:
    """Write the four files of a made-up phrase bank into `folder` and return it."""
    write(made_up(size=size, seed=seed), folder)
    return folder


def _by_class(count: int, sentence: Callable[[str], str]) -> list[Row]:
    total = sum(SHARES.values())
    counts = {label: round(count * share / total) for label, share in SHARES.items()}
    counts["neutral"] += count - sum(counts.values())
    return [Row(sentence(label), label) for label, wanted in counts.items() for _ in range(wanted)]


def _divided(writer: _Writer) -> Row:
    label, template = phrases.DIVIDED[writer.number(0, len(phrases.DIVIDED) - 1)]
    return Row(writer.sentence([template]), label)


def _other_digits(sentence: str) -> str:
    """The sentence with the last digit of each number changed, so little that its meaning stays."""
    last_digit = r"\d(?![\d.]*\d)"
    return re.sub(
        last_digit, lambda digit: "8" if digit.group() == "9" else str(int(digit.group()) + 1), sentence
    )
