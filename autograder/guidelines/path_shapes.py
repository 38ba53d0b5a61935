"""Whether a text is an absolute path or one of the student's own machine. Texts only: no file is looked for.

Two strengths: some shapes, such as a home folder, are paths wherever they stand; others, such as
`/data/x.csv`, only where a path is expected.
"""

from __future__ import annotations

from typing import Final

from autograder.guidelines.meaning import UNKNOWN

LONGEST: Final = 400
_PERSONAL: Final = frozenset({"home", "Users", "Volumes", "media", "mnt", "scratch", "gpfs", "nfs"})
_HOSTED: Final = frozenset({"content", "kaggle", "gdrive", "root", "workspace", "notebooks"})
_SYSTEM: Final = frozenset(
    {"tmp", "dev", "proc", "sys", "usr", "bin", "sbin", "etc", "var", "opt", "lib", "lib64", "run"}
)
_DEVICES: Final = ("/gpu:", "/cpu:", "/tpu:", "/device:", "/job:", "/replica:", "/task:")
_WINDOWS_FOLDERS: Final = frozenset(
    {
        "users", "documents and settings", "program files", "windows", "temp", "data", "documents", "desktop",
        "downloads", "projects", "project", "school", "python", "anaconda3", "onedrive", "work", "datasets",
        "models", "code", "git", "repos", "my documents", "homework",
    }
)  # fmt: skip
_MATHS: Final = frozenset('{}$^|*<>"')


def is_absolute(text: str, *, expected: bool) -> bool:
    """Whether a text is a path that exists on somebody's machine only.

    `expected` says that a path is expected where the text stands.
    """
    path = text.strip()
    if not path or len(path) > LONGEST or "\n" in text or path[0] == UNKNOWN:
        return False
    if path[0] == "~":
        return _is_home(path, expected)
    if path[0] == "/":
        return _is_posix(path, expected)
    if len(path) > 2 and path[1] == ":" and path[0].isascii() and path[0].isalpha():
        return _is_drive(path, expected)
    if path.lower().startswith("file://"):
        return len(path) > len("file://")
    if path.startswith("\\\\"):
        return expected and len(path) > 4 and path[2].isalnum() and "\\" in path[3:]
    return bool(expected and path.startswith(("$HOME", "${HOME}", "%USERPROFILE%", "%HOMEPATH%")))


def _is_home(path: str, expected: bool) -> bool:
    if path == "~":
        return expected
    if path[1] == "/" or (path[1] == "\\" and expected):
        begins = path[2:3].isalnum() or path[2:3] in ("", ".", "_", UNKNOWN)
        return begins and (expected or len(path) > 2) and not any(char in _MATHS for char in path)
    name, slash, _ = path[1:].partition("/")
    return expected and bool(slash) and name.isalnum()


def _is_posix(path: str, expected: bool) -> bool:
    if path.startswith("//") or path.lower().startswith(_DEVICES):
        return False
    first, slash, rest = path[1:].partition("/")
    if not first or first in _SYSTEM or UNKNOWN in first:
        return False
    if first in _PERSONAL:
        return bool(rest) or expected
    if first in _HOSTED:
        return (bool(slash and rest) and (expected or " " not in rest.partition("/")[0])) or expected
    plain = not any(char in _MATHS - {"*"} for char in path) and not first.startswith(" ")
    return expected and plain


def _is_drive(path: str, expected: bool) -> bool:
    if path[2] == "/":
        rest = path[3:]
        named = "/" in rest or "." in rest or rest.lower() in _WINDOWS_FOLDERS
        plain = named and not any(char in _MATHS for char in path)
        return rest[:1] not in ("", "/", " ") and (expected or plain)
    if path[2] != "\\" or len(path) < 4:
        return False
    if expected:
        return True
    # Outside of a place for paths, `f:\mathbb{R}` is a formula.
    if any(char in _MATHS for char in path):
        return False
    rest = path[3:].lstrip("\\")
    first = rest.partition("\\")[0].lower()
    ending = rest.rpartition(".")[2]
    return first in _WINDOWS_FOLDERS or ("." in rest and ending.isalnum() and len(ending) <= 6)
