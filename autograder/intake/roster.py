"""The class: who is who, read from a CSV with the columns id, name, net_id, email and lms_id.

A person is found by what the learning management system says, never by what a student wrote into a file.
Where that fits nobody, or two, nobody is chosen; the nearest names are suggested to staff.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path
from typing import Final

from autograder.errors import UsageError
from autograder.model.ids import StudentId

COLUMNS: Final = ("id", "name", "net_id", "email", "lms_id")
_SUGGESTIONS: Final = 3
_MOST_BYTES: Final = 32 * 1024 * 1024
_WORDS: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One student of the roster. What is not known is empty."""

    id: StudentId
    name: str = ""
    net_id: str = ""
    email: str = ""
    lms_id: str = ""

    def __str__(self) -> str:
        return f"{self.id} {self.name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whom a sender is: `person`, found by `by`; or nobody, `why` and who may be meant."""

    person: Person | None = None
    by: str = ""
    why: str = ""
    suggestions: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """The students of a class."""

    people: tuple[Person, ...]

    def match(self, who: str, numbers: Sequence[str] = (), *, net_id: str = "") -> Match:
        """Find the sender by the system's numbers, by an id that stands in `who`, and by name.

        All that fits anybody must fit the same person. `net_id`, which a student wrote, only suggests.
        """
        said = {word.casefold() for word in re.split(r"[\s,;]+", who) if word}
        by_number = {one for one in self.people if one.lms_id and one.lms_id in numbers}
        by_id = {one for one in self.people if said & _keys(one)}
        rest = " ".join(word for word in who.split() if not any(word.casefold() in _keys(p) for p in by_id))
        by_name = {one for one in self.people if _same_name(rest, one.name)}
        found = {"lms_id": by_number, "id": by_id, "name": by_name}
        told = [people for people in found.values() if people]
        common = set.intersection(*told) if told else set()
        if len(common) == 1:
            return Match(person=common.pop(), by=next(how for how, people in found.items() if people))
        if not told:
            return Match(why="nobody in the roster fits", suggestions=self._nearest(who, net_id))
        meant = tuple(sorted(set.union(*told), key=lambda one: one.id))
        why = "it fits more than one" if common else "the number and the name fit different people"
        return Match(why=why, suggestions=meant)

    def given(self, text: str) -> Match:
        """Find the person whom staff named, by id, Net ID, address, number or full name."""
        word = text.strip()
        exact = [one for one in self.people if one.id == word]
        found = exact or [
            one for one in self.people if word.casefold() in _keys(one) or _same_name(word, one.name)
        ]
        if len(found) == 1:
            return Match(person=found[0], by="given")
        if found:
            return Match(why="it fits more than one", suggestions=tuple(found))
        return Match(why="nobody in the roster fits", suggestions=self._nearest(word, word))

    def _nearest(self, who: str, net_id: str) -> tuple[Person, ...]:
        by_key = {key: one for one in self.people for key in _keys(one)}
        near = [by_key[net_id.casefold()]] if net_id.casefold() in by_key else []
        names = {" ".join(sorted(tokens(one.name))): one for one in self.people if one.name}
        wanted = " ".join(sorted(tokens(who)))
        near += [names[name] for name in get_close_matches(wanted, names, n=_SUGGESTIONS, cutoff=0.6)]
        joined = {"".join(tokens(one.name)): one for one in self.people if one.name}
        near += [
            one
            for spelled, one in joined.items()
            if max(_likeness("".join(tokens(who)), turn) for turn in _turns(one.name, spelled)) >= 0.75
        ]
        keys = get_close_matches(who.casefold(), by_key, n=_SUGGESTIONS, cutoff=0.75)
        near += [by_key[key] for key in keys]
        return tuple(dict.fromkeys(near))[:_SUGGESTIONS]


def tokens(name: str) -> list[str]:
    """The words of a name without accents and case: `Etüde, Zoë` gives `etude` and `zoe`."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", name.replace("ß", "ss"))
        if not unicodedata.combining(char)
    )
    return _WORDS.findall(plain.casefold())


@dataclass(frozen=True, slots=True)
class RosterTable:
    """A roster file: its columns, and every row that is not blank with its line and cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_roster(path: Path) -> Roster:
    """Read the CSV. Other columns than ours are left alone.

    Raises:
        UsageError: the file cannot be read, has no column `id`, or names two students alike.

    """
    table = read_table(path)
    people: dict[StudentId, Person] = {}
    for line, row in table.rows:
        cells = dict(zip(table.columns, row, strict=False))
        number = StudentId(cells.get("id", ""))
        if not number or number in people:
            what = f'"{number}" is there twice' if number else "the column `id` is empty"
            raise UsageError(f"{path}, line {line}: {what}", hint="Give every student an own id.")
        people[number] = Person(id=number, **{key: cells.get(key, "") for key in COLUMNS[1:]})
    if not people:
        raise UsageError(f"{path}: the roster names nobody")
    return Roster(tuple(people.values()))


def read_table(path: Path) -> RosterTable:
    """Read the CSV as it is: commas, semicolons or tabs, UTF-8 or what spreadsheets on Windows write.

    Raises UsageError when it cannot be read or has no column `id`.
    """
    try:
        with path.open("rb") as opened:
            raw = opened.read(_MOST_BYTES)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})", hint="Check the path.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # how spreadsheets on Windows save
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        header = tuple(title.strip().casefold().replace(" ", "_") for title in next(reader, []))
        begins = reader.line_num + 1
        for row in reader:
            cells = tuple(cell.strip() for cell in row)
            if any(cells):
                rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: this is no line of a CSV: {error}") from None
    if "id" not in header:
        raise UsageError(
            f"{path}: the roster has no column `id`", hint=f"The first line must be: {','.join(COLUMNS)}"
        )
    return RosterTable(columns=header, rows=tuple(rows))


def _keys(one: Person) -> set[str]:
    return {key.casefold() for key in (one.id, one.net_id, one.email, one.lms_id) if key}


def _same_name(who: str, name: str) -> bool:
    """Whether two spellings are one name, in any order of its words, also written without spaces."""
    ours, theirs = tokens(name), tokens(who)
    if not ours or not theirs:
        return False
    return sorted(ours) == sorted(theirs) or (len(theirs) == 1 and theirs[0] in _turns(name, "".join(ours)))


def _turns(name: str, joined: str) -> Iterable[str]:
    """A name without spaces, with the last name first or not, as Canvas writes it."""
    words = tokens(name)
    return {joined, *("".join(words[at:] + words[:at]) for at in range(len(words)))}


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
