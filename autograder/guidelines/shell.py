"""Shell lines as commands: what a line starting with `!`, a magic or `os.system` would run.

Quotes, pipes and `&&` are understood; variables, loops and substitutions of the shell are not: their parts
are unknown. Nothing is ever run.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from autograder.guidelines.meaning import UNKNOWN

LONGEST: Final = 20_000
_MOST_COMMANDS: Final = 200
_SEPARATORS: Final = frozenset(";&|()<>")
_PREFIXES: Final = frozenset({"sudo", "time", "nohup", "env", "command", "exec", "then", "do", "else"})
_PYTHONS: Final = ("python", "pypy")
_INSTALLERS: Final = frozenset(
    {"pip", "pip3", "conda", "mamba", "micromamba", "uv", "poetry", "easy_install"}
)

Lookup = Callable[[str], str]
"""Gives the text of a Python variable, or `UNKNOWN`."""


def interpolated(text: str, lookup: Lookup) -> str:
    """Replace `{name}` and `$name` as IPython does in shell lines, where the value is known."""
    if "{" not in text and "$" not in text:
        return text
    made: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "{" and (end := text.find("}", at)) > 0:
            inner = text[at + 1 : end].strip()
            made.append(lookup(inner) if inner.isidentifier() else UNKNOWN)
            at = end + 1
        elif char == "$" and at + 1 < len(text) and (text[at + 1].isalpha() or text[at + 1] == "_"):
            end = at + 1
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            name = text[at + 1 : end]
            made.append("~" if name == "HOME" else lookup(name))
            at = end
        else:
            made.append(char)
            at += 1
    return "".join(made)


def commands(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give the words of each command with the number of its line, counted from 0.

    Words that only prepare a command (`sudo`, `A=b`) come first, as they are written.
    """
    found = 0
    for number, line in _logical_lines(text[:LONGEST]):
        for words in _split(line):
            if words:
                found += 1
                if found > _MOST_COMMANDS:
                    return
                yield number, tuple(words)


def program_of(words: Sequence[str]) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Return the program without its folder, what follows it, and variables set in front of it."""
    variables: dict[str, str] = {}
    rest = list(words)
    while rest:
        name, sign, value = rest[0].partition("=")
        if sign and name.isidentifier():
            variables[name] = value
        elif rest[0] not in _PREFIXES:
            break
        rest.pop(0)
    if not rest:
        return "", (), variables
    program = rest[0].rpartition("/")[2]
    if len(rest) > 2 and rest[1] == "-m" and (program.startswith(_PYTHONS) or UNKNOWN in program):
        return rest[2], tuple(rest[3:]), variables
    if program == "uv" and rest[1:2] == ["pip"]:
        return "pip", tuple(rest[2:]), variables
    return program, tuple(rest[1:]), variables


def installed(program: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the packages that a command installs, in lower case with `_` as `-`."""
    if program not in _INSTALLERS or not {"install", "add"} & set(words[:3]):
        return ()
    return tuple(
        name
        for word in words
        if not word.startswith("-") and (name := _package(word)) not in ("install", "add", "")
    )


def _package(word: str) -> str:
    """Reduce `peft==0.5`, `transformers[torch]>=4` or a repository's address to the package's name."""
    word = word.partition(" @ ")[0].strip("\"'")
    if "://" in word:
        word = word.partition("#egg=")[2] or word.rstrip("/").rpartition("/")[2].partition("@")[0]
        word = word.removesuffix(".git")
    end = next((at for at, char in enumerate(word) if not (char.isalnum() or char in "-_.")), len(word))
    return word[:end].lower().replace("_", "-")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    waiting, start = "", 0
    for number, line in enumerate(text.split("\n")):
        if not waiting:
            start = number
        if line.endswith("\\"):
            waiting += line[:-1] + " "
            continue
        yield start, waiting + line
        waiting = ""
    if waiting:
        yield start, waiting


def _split(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>()")
    lexer.whitespace_split = True
    lexer.escape = ""  # a backslash is a Windows path more often than an escape
    words: list[str] = []
    try:
        for word in lexer:
            if word and set(word) <= _SEPARATORS:
                if "<" not in word and ">" not in word:
                    yield words
                    words = []
            else:
                words.append(word)
    except ValueError:  # a quote is left open
        words = line.split()
    yield words
