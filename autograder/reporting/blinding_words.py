"""How names, ids and file names of known persons are found in a text: patterns for `blinding`.

A person's words are looked for as they stand, without accents, and as JSON, HTML and addresses write them.
Nicknames, initials, misspelt names and names in pictures are not found.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Final
from urllib.parse import quote

LONGEST: Final = 120
_LEAST: Final = 3
_NUMBER_AT_LEAST: Final = 5
_SHORT: Final = 7
_MOST_WORDS: Final = 6
_MOST_KEPT: Final = 50_000
_HYPHEN: Final = re.compile(r"[\u2010\u2011-]")
_WORD: Final = re.compile(r"[^\W_]+")
_TERMS: Final = frozenset(
    re.findall(
        r"[a-z]+",
        """
        ada adam adams april art august autumn bank banks bayes bert bond brown cash chase china clip dash
        data deep else false first fit gan gauss grace grant gray green group hand he hope huber joy june
        just keras king last law lee line long lora love mark markov may max mean min model moon name
        newton note page paris park part past price ray rich rose rule see so step stock student sun team
        test the train true white will young you
        """,
    )
)
"""First or family names that are also words of the course or of every day: alone they are left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One thing to look for. `needles` are in lower case: without one of them in a text, it is not there.

    `words` are the words of the needles, None where the script has no spaces between words. `prose` marks
    what is looked for in prose only: in code the same letters are likely something else.
    """

    needles: tuple[str, ...]
    words: frozenset[str] | None
    pattern: re.Pattern[str]
    prose: bool = False


def phrases(
    *, ids: Iterable[str], names: Iterable[str], files: Iterable[str] = (), alone: bool = True
) -> tuple[Phrase, ...]:
    """What to look for, the longest first. Empty and too short ones are left out.

    `alone` says that a single word of a name is looked for, too.
    """
    found: list[tuple[int, Phrase]] = []
    for text in _some(files):
        found.append((len(text) + 100, _literal(text, whole=True)))
    for text in _some(ids):
        if len(text) >= _LEAST and not (text.isdigit() and len(text) < _NUMBER_AT_LEAST):
            found.append((len(text), _literal(text, whole=False)))
    for name in _some(names):
        words = [word for word in _parts(name) if len(word) > 1 or word > "\x7f"]
        words = list(dict.fromkeys(words))[:_MOST_WORDS]
        if len("".join(words)) >= 2 * _LEAST - 2 and len(words) > 1:
            found.append((len(name) + 50, _name(tuple(words))))
        found.extend(
            (len(word), _word(word)) for word in words if _tells(word) and (alone or not _cased(word[0]))
        )
    return tuple(phrase for _, phrase in sorted(found, key=lambda one: -one[0]))


def is_known(text: str, wanted: Iterable[Phrase], *, prose: bool) -> Iterator[Phrase]:
    """Those of `wanted` that can be in `text`, also as a part of a longer word."""
    low = text.lower()
    for phrase in wanted:
        if (prose or not phrase.prose) and any(needle in low for needle in phrase.needles):
            yield phrase


def is_word(text: str, wanted: Iterable[Phrase], *, prose: bool) -> Iterator[Phrase]:
    """Those of `wanted` of which a word is in `text`: for many phrases, since the text is read once."""
    low = text.lower()
    there = frozenset(_WORD.findall(low))
    for phrase in wanted:
        if phrase.prose and not prose:
            continue
        if phrase.words is None:
            if any(needle in low for needle in phrase.needles):
                yield phrase
        elif not phrase.words.isdisjoint(there):
            yield phrase


def _some(texts: Iterable[str]) -> list[str]:
    stripped = (" ".join(text.split())[:LONGEST] for text in texts)
    return list(dict.fromkeys(text for text in stripped if text))


def _parts(name: str) -> Iterator[str]:
    """The words of a name. Of "Park-Nguyen" both: many write it with a space, or leave one away."""
    for word in re.split(r"[\s,._]+", name):
        parts = _HYPHEN.split(word)
        yield from parts if all(part[:1].isupper() for part in parts) else [word]


def _tells(word: str) -> bool:
    """Whether a word of a name says who somebody is where it stands alone."""
    latin = word[:1].isascii() or _cased(word[:1])
    return word.lower() not in _TERMS and len(word) >= (_LEAST if latin else 2)


@lru_cache(maxsize=_MOST_KEPT)
def _literal(text: str, *, whole: bool) -> Phrase:
    """An id or a file's name. A further digit makes another id of it; where `whole`, a letter does, too."""
    first, last = text[0], text[-1]
    no = "0-9A-Za-z" if whole else ""
    before = no or ("0-9" if first.isdigit() else "A-Za-z")
    after = no or ("0-9" if last.isdigit() else "A-Za-z")
    variants = _variants(text)
    pattern = rf"(?<![{before}])(?:{_either(variants)})(?![{after}])"
    return _phrase(variants, re.compile(pattern, re.IGNORECASE))


@lru_cache(maxsize=_MOST_KEPT)
def _name(words: tuple[str, ...]) -> Phrase:
    """Two or more words of a name beside each other, in any order: joined by a sign, a space or nothing."""
    forms = {word: f"(?:{_either(_variants(word))})" for word in words}
    joint = rf"[\s._,+\u2010\u2011-]{{{int(sum(map(len, words)) < _SHORT)},3}}(?:[A-Za-z]\. ?)?"
    pairs = "|".join(f"{forms[one]}{joint}{forms[other]}" for one, other in permutations(forms, 2))
    more = rf"(?:{joint}(?:{'|'.join(forms.values())})){{0,4}}"
    begin, end = _edges(words[0][0]), _edges(words[-1][-1])
    pattern = re.compile(rf"(?<!{begin})(?:{pairs}){more}(?!{end})", re.IGNORECASE)
    return _phrase({form for word in words for form in _variants(word)}, pattern)


@lru_cache(maxsize=_MOST_KEPT)
def _word(word: str) -> Phrase:
    """One word of a name, written as a name is."""
    variants = {*_variants(word), *_variants(word.upper()), *_variants(word.capitalize())}
    edge = _edges(word[0])
    pattern = re.compile(rf"(?<!{edge})(?:{_either(variants)})(?!{edge})")
    return _phrase(variants, pattern, prose=True)


def _edges(letter: str) -> str:
    """What must not stand beside a word that begins or ends so. Scripts without spaces have no such edge."""
    return r"[^\W\d_]" if _cased(letter) else r"[^\s\S]"


def _cased(letter: str) -> bool:
    return letter.lower() != letter.upper()


def _variants(text: str) -> set[str]:
    composed = unicodedata.normalize("NFC", text)
    apart = unicodedata.normalize("NFD", text)
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return {
        form
        for one in (composed, apart, plain)
        for form in (one, json.dumps(one)[1:-1], html.escape(one), quote(one))
    }


def _either(variants: Iterable[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(variants, key=lambda one: (-len(one), one)))


def _phrase(variants: Iterable[str], pattern: re.Pattern[str], *, prose: bool = False) -> Phrase:
    needles = tuple(sorted({one.lower() for one in variants}))
    spaced = all(_cased(char) for needle in needles for char in needle if char.isalpha())
    words = frozenset(word for needle in needles for word in _WORD.findall(needle)) if spaced else None
    return Phrase(needles=needles, words=words, pattern=pattern, prose=prose)
