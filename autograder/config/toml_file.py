"""Read a TOML file into a pydantic table, with errors that name file, line, key and the nearest known key.

It reads files of staff only. It does not check that what a file refers to exists: its callers do.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from autograder.config.toml_lines import KeyPath, key_lines, line_of
from autograder.errors import ConfigError

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """A TOML file that was read: its content as plain values and the line of each key."""

    path: Path
    content: Mapping[str, Any] = field(repr=False)
    lines: Mapping[KeyPath, int] = field(repr=False)

    def error(self, where: KeyPath, message: str) -> ConfigError:
        """Make an error that names this file, the line of `where`, the key and what is wrong with it."""
        return ConfigError(self.located(where, message))

    def located(self, where: KeyPath, message: str) -> str:
        """Put file, line and key before `message`."""
        key = f"{written(where)}: " if where else ""
        return f"{self.path}:{line_of(where, self.lines)}: {key}{message}"


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file; numbers with a point become `Decimal`. Raises ConfigError with the line."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {problem.start})") from problem
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: is not valid TOML: {problem}") from problem
    return TomlFile(path=path, content=content, lines=key_lines(text))


def parse(file: TomlFile, table: type[T]) -> T:
    """Turn a file into its table. Raises one ConfigError that lists everything that is wrong."""
    try:
        return table.model_validate(file.content)
    except ValidationError as problem:
        raise ConfigError("\n".join(_describe(problem, file, table))) from None


def written(path: Iterable[str | int]) -> str:
    """Write a key path the way a person would: `checks[2].points` (counted from 0)."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word nearest to `word`, as the end of a sentence; or list the known ones."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known here: {', '.join(words)}" if words else ""


def _describe(problem: ValidationError, file: TomlFile, table: type[BaseModel]) -> list[str]:
    described = []
    for error in problem.errors(include_url=False):
        where = tuple(part for part in error["loc"] if part not in ("[key]", "function-before[]"))
        holder = _table_at(table, where[:-1])
        known = [field.alias or name for name, field in holder.model_fields.items()] if holder else []
        last = str(where[-1]) if where else ""
        if error["type"] == "extra_forbidden":
            message = f'unknown key "{last}"{nearest(last, known)}'
        elif holder is not None and last not in known and holder.model_config.get("extra") == "allow":
            message = f'"{last}" must be a list of strings{nearest(last, known)}'
        elif error["type"] == "missing":
            message = f'the key "{last}" is missing'
            where = where[:-1]
        else:
            message = _plain(error["msg"])
        described.append(file.located(where, message))
    return list(dict.fromkeys(described))


def _plain(message: str) -> str:
    """Take away the words that pydantic puts before a message of ours."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _table_at(table: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Find the table class that describes `path`, or None where there is none."""
    current: Any = table
    for part in path:
        if isinstance(part, str) and isinstance(current, type) and issubclass(current, BaseModel):
            info = current.model_fields.get(part)
            current = info.annotation if info else None
        else:
            current = _member(current)
        current = _without_none(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _member(annotation: Any) -> Any:
    """Give what a list or a dictionary holds."""
    members = [member for member in get_args(annotation) if member is not Ellipsis]
    return members[-1] if members else None


def _without_none(annotation: Any) -> Any:
    choices = get_args(annotation)
    if type(None) in choices:
        tables = [c for c in choices if isinstance(c, type) and issubclass(c, BaseModel)]
        return tables[0] if tables else None
    return annotation
