"""On which line of a TOML text each key stands, so that an error can name the place.

The text has been accepted by `tomllib` before: this scanner only finds lines and accepts more than TOML does.
Keys inside an inline table are given the line of the key that holds the inline table.
"""

from __future__ import annotations

from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_SPACE = " \t\r"
_CLOSING = {"[": "]", "{": "}"}


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Map each key path, as in `("checks", 2, "points")`, to its line, counted from 1."""
    return _Scanner(text).scan()


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """Give the line of `path` or of the nearest thing around it that has one; 1 for the file as a whole."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.arrays: dict[KeyPath, int] = {}

    def scan(self) -> Mapping[KeyPath, int]:
        table: KeyPath = ()
        while self._skip_blank():
            line = self.line
            if self.text[self.at] == "[":
                table = self._header()
                self._note(table, line)
            else:
                self._note(table + tuple(self._key()), line)
                self._step(1)
                self._value()
        return self.lines

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _step(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def _skip_blank(self) -> bool:
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                self._comment()
            elif self.text[self.at] in _SPACE + "\n":
                self._step(1)
            else:
                return True
        return False

    def _comment(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def _header(self) -> KeyPath:
        is_array = self.text.startswith("[[", self.at)
        self._step(2 if is_array else 1)
        names = self._key()
        self._step(2 if is_array else 1)
        path: KeyPath = ()
        for name in names[:-1]:
            path += (name,)
            if path in self.arrays:
                path += (self.arrays[path],)
        path += (names[-1],)
        if is_array:
            self._note(path, self.line)
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path += (self.arrays[path],)
        return path

    def _key(self) -> list[str]:
        names: list[str] = []
        while True:
            self._skip_spaces()
            if self.text[self.at] in "\"'":
                start = self.at
                self._string()
                names.append(self.text[start + 1 : self.at - 1])
            else:
                start = self.at
                while self.at < len(self.text) and self.text[self.at] not in _SPACE + ".=]\n":
                    self.at += 1
                names.append(self.text[start : self.at])
            self._skip_spaces()
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _skip_spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def _value(self) -> None:
        open_brackets: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign in "\"'":
                self._string()
            elif sign == "#":
                self._comment()
            elif sign in _CLOSING:
                open_brackets.append(_CLOSING[sign])
                self._step(1)
            elif open_brackets and sign == open_brackets[-1]:
                open_brackets.pop()
                self._step(1)
            elif sign == "\n" and not open_brackets:
                return
            else:
                self._step(1)

    def _string(self) -> None:
        quote = self.text[self.at]
        mark = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        end = self.at + len(mark)
        while end < len(self.text) and not self.text.startswith(mark, end):
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        end += len(mark)
        # A multi-line string may end in up to two more quotes that belong to its content.
        while len(mark) == 3 and self.text.startswith(quote, end):
            end += 1
        self._step(end - self.at)
