"""Which files the code reads and writes, by the names given to the calls, in the order of the code.

Names made at run time are not known; a part of a name that is not known may be anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.meaning import UNKNOWN, Known, Meaning, texts

_WRITERS: Final = frozenset(
    {
        "save", "save_weights", "save_pretrained", "save_model", "save_to_preset", "save_to_disk", "export",
        "to_csv", "to_json", "to_pickle", "to_parquet", "to_excel", "to_feather", "savez",
        "savez_compressed", "savetxt", "savefig", "write_text", "write_bytes", "ModelCheckpoint", "CSVLogger",
        "BackupAndRestore", "imsave", "imwrite", "urlretrieve", "touch", "copy", "copy2", "copyfile", "move",
        "snapshot_download", "make_archive", "CheckpointManager", "TFRecordWriter", "save_file",
    }
)  # fmt: skip
_OPENERS: Final = frozenset({"open", "ZipFile", "File"})
_CACHES: Final = frozenset({"cache_dir", "cache_folder"})
"""Arguments that name a folder for what can be downloaded again."""
_MOST_USES: Final = 300
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class FileUse:
    """A file named in a call. `order` counts the calls of the submission in the order of the code."""

    name: str
    call: Call
    order: int
    known: Known


class FileUses:
    """The files that the code of one submission names."""

    def __init__(self, facts: Facts) -> None:
        self.written: list[FileUse] = []
        self.named: list[FileUse] = []
        for order, call in enumerate(facts.calls):
            writes = is_write(call)
            for known in _names(facts, call):
                use = FileUse(known.text, call, order, known)
                some = self.written if writes else self.named
                if len(some) < _MOST_USES:
                    some.append(use)
        self._commands = [word for command in facts.commands for word in command.words]

    def writes(self, path: str) -> bool:
        """Whether the code writes a file of the archive."""
        return any(matches(use.name, path) for use in self.written)

    def names(self, path: str) -> bool:
        """Whether the code reads or writes a file of the archive, or hands its name to a command."""
        used = (use.name for use in (*self.named, *self.written))
        return any(matches(name, path) for name in (*used, *self._commands))


def is_write(call: Call) -> bool:
    """Whether a call writes the file that it names."""
    if call.method in _WRITERS:
        return True
    if call.target.startswith("numpy.save") or call.target in ("joblib.dump", "json.dump"):
        return True
    if call.method in _OPENERS:
        mode = call.argument(0 if call.receiver.values and call.method == "open" else 1, "mode")
        return any(set(known.text) & set("wax") for known in texts(mode)) if mode is not None else False
    return False


def matches(name: str, path: str) -> bool:
    """Whether a name in the code means a file of the archive, or a folder that holds it."""
    wanted = plain_name(name)
    if not wanted or not any(char.isalnum() for char in wanted):
        return False
    path = path.casefold()
    if UNKNOWN in wanted:
        pattern = wanted.replace("[", "?").replace(UNKNOWN, "*")
        if len(pattern.strip("*?./")) < 3:
            return False
        return (
            fnmatchcase(path, pattern)
            or fnmatchcase(path, f"*/{pattern}")
            or fnmatchcase(path, f"{pattern}/*")
        )
    if path == wanted or path.endswith(f"/{wanted}") or wanted.endswith(f"/{path}"):
        return True
    if f"/{path}".startswith(f"/{wanted}/") or f"/{wanted}/" in f"/{path}":
        return True
    # TensorFlow writes `name.index` and `name.data-00000-of-00001` for `name`.
    stem = path.removesuffix(".index").partition(".data-0")[0]
    return stem != path and (stem == wanted or stem.endswith(f"/{wanted}"))


def plain_name(name: str) -> str:
    """Return a name for comparing: `*` and `{epoch}` are unknown parts, folders have one kind of slash."""
    while "{" in name and "}" in name[name.index("{") :]:
        before, _, rest = name.partition("{")
        name = before + UNKNOWN + rest.partition("}")[2]
    text = name.replace("*", UNKNOWN).strip().replace("\\", "/").casefold()
    parts = [part for part in text.split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def _names(facts: Facts, call: Call) -> Iterator[Known]:
    given: Iterable[Meaning] = (
        *call.arguments[:4],
        *(meaning for word, meaning in call.keywords.items() if word not in _CACHES),
    )
    if call.receiver.values and any(known.is_path for known in texts(call.receiver)):
        given = (call.receiver, *given)
    for meaning in given:
        for known in facts.texts_of(meaning):
            if 0 < len(known.text) <= _LONGEST and "\n" not in known.text:
                yield known
