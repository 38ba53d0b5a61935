"""Where a file comes from that the code loads: unpacked, fetched, or written by the notebook itself before.

Names and the order of the code only; no file is looked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.file_uses import FileUses, matches, plain_name
from autograder.guidelines.flows import mark
from autograder.guidelines.meaning import UNKNOWN

_ARCHIVES: Final = (".zip", ".tar", ".tgz", ".gz", ".7z")
_UNPACKS: Final = frozenset({"unzip", "tar", "7z", "gunzip"})
_UNPACK_CALLS: Final = frozenset({"ZipFile", "unpack_archive", "TarFile"})
_FETCH_CALLS: Final = frozenset(
    {
        "urlretrieve",
        "get_file",
        "download",
        "urlopen",
        "cached_download",
        "hf_hub_download",
        "snapshot_download",
        "model_download",
        "cached_file",
        "download_file",
        "download_folder",
    }
)
_FETCHES: Final = frozenset({"wget", "curl", "gdown", "git"})


def unpacked(facts: Facts, uses: FileUses, paths: Sequence[str]) -> bool:
    """Whether a command or a call unpacks an archive that lies in the archive."""
    packed = [path for path in paths if path.endswith(_ARCHIVES)]
    words = [word for command in facts.commands if command.program in _UNPACKS for word in command.words]
    words += [use.name for use in uses.named if use.call.method in _UNPACK_CALLS]
    return any(matches(word, path) for word in words for path in packed)


def fetched(facts: Facts, name: str) -> bool:
    """Whether a command or a call fetches the file from somewhere, or the folder that it is in."""
    wanted = [part for part in name.replace("\\", "/").split("/") if len(part) > 3]
    if not wanted:
        return False
    words = [word for command in facts.commands if command.program in _FETCHES for word in command.words]
    for call in facts.calls:
        if call.method in _FETCH_CALLS or call.target == "gdown.download":
            words += [known.text for meaning in call.arguments for known in facts.texts_of(meaning)]
            words += [known.text for meaning in call.keywords.values() for known in facts.texts_of(meaning)]
    last = {word.rstrip("/").rpartition("/")[2].removesuffix(".git") for word in words}
    return bool(last & {wanted[0], wanted[-1]})


def gets_fetched(facts: Facts, call: Call) -> bool:
    """Whether what is loaded comes out of a call that fetches a file."""
    tokens = frozenset[str]().union(*(facts.tokens_of(meaning) for meaning in call.arguments[:1]))
    return any(
        other.method in _FETCH_CALLS and mark(number) in tokens for number, other in enumerate(facts.calls)
    )


def is_written_before(uses: FileUses, facts: Facts, call: Call, number: int, name: str) -> bool:
    """Whether the notebook itself made the file before it is loaded."""
    here = call.where
    for written in uses.written:
        there = written.call.where
        if written.call.method in _FETCH_CALLS:
            continue
        if written.call.method == "CheckpointManager" and not _saves(facts, written.name):
            continue
        same = matches(written.name, name) or matches(name, written.name) or _same(written.name, name)
        later = written.order > number and here.function < 0 and there.function < 0
        shared = {arm.number for arm in here.arms}
        idle = any((arm.off or arm.looks) and arm.number not in shared for arm in there.arms)
        if same and not later and not idle and not here.excludes(there):
            return True
    unit = here.unit
    return any(
        command.program in ("cp", "mv")
        and (command.where.unit.file != unit.file or command.where.unit.cell <= unit.cell)
        and command.words
        and matches(command.words[-1], name)
        for command in facts.commands
    )


def _saves(facts: Facts, name: str) -> bool:
    """Whether a manager of checkpoints is told to save into its folder."""
    return any(call.method == "save" and name in facts.tokens_of(call.receiver) for call in facts.calls)


def _same(written: str, name: str) -> bool:
    """Whether two names may be one: unknown parts that end alike, or a numbered checkpoint of the name."""
    one, other = plain_name(written), plain_name(name)
    if UNKNOWN not in one and UNKNOWN not in other:
        return len(one) > 3 and other.startswith((f"{one}-", f"{one}/"))
    ends = one.rpartition(UNKNOWN)[2], other.rpartition(UNKNOWN)[2]
    return ends[0].endswith(ends[1]) or ends[1].endswith(ends[0])
