"""Where rows come from: each call that loads data, and whether that is the assignment's data set.

Names and addresses only; nothing is opened. A name that is not known is neither right nor wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autograder.guidelines.facts import Call
from autograder.guidelines.file_uses import FileUses, matches
from autograder.guidelines.flows import MARK, marks_of
from autograder.guidelines.meaning import UNKNOWN
from autograder.guidelines.rule import Evidence

_MOST_SOURCES: Final = 100
_BUILDERS: Final = frozenset(
    {"csv", "json", "text", "parquet", "pandas", "arrow", "xml", "sql", "imagefolder", "webdataset"}
)
_ENDINGS: Final = (
    ".csv", ".tsv", ".json", ".jsonl", ".txt", ".xlsx", ".xls", ".parquet", ".pkl", ".pickle", ".npy", ".npz",
    ".feather", ".arrow", ".tfrecord", ".zip", ".gz", ".dat", ".h5", ".joblib", ".db", ".sqlite", ".xml",
)  # fmt: skip
_SETS: Final = ("tensorflow_datasets.", "tfds.", "torchtext.", "nltk.corpus.")
_FILE_WORDS: Final = (
    "path", "filepath_or_buffer", "data_files", "fname", "file", "filename", "io", "url",
    "origin",
)  # fmt: skip
_NOT_DATA: Final = frozenset(
    {
        "from_pretrained", "load_model", "load_weights", "restore", "predict", "File", "pipeline",
        "polarity_scores",
    }
)  # fmt: skip
_FOLDERS: Final = frozenset({"load_from_disk", "text_dataset_from_directory"})


class Kind(StrEnum):
    """Whether a source is the assignment's data set."""

    RIGHT = "right"
    UNCLEAR = "unclear"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Source:
    """One call that loads rows. `words` say what it loads, `is_data_set` that it is one with a name."""

    call: Call
    number: int
    kind: Kind
    words: str = ""
    is_data_set: bool = False


class Sources:
    """The sources of rows in one submission."""

    def __init__(self, evidence: Evidence, required: tuple[str, ...]) -> None:
        self._facts = evidence.reading.facts
        self._required = tuple(plain(name.rpartition("/")[2]) for name in required)
        self._subsets = asked_subsets(evidence.settings, required)
        self._uses = FileUses(self._facts)
        self._handed_out = [
            file.path
            for file in evidence.submission.files
            if hashlib.sha256(file.content).hexdigest() in evidence.released_files
        ]
        loads = [
            (number, call)
            for number, call in enumerate(self._facts.calls)
            if not call.where.exempt and call.method not in _NOT_DATA and marks_of(call, number)
        ][:_MOST_SOURCES]
        found = (self._source(call, number) for number, call in loads)
        self.all = [source for source in found if source is not None]

    def _source(self, call: Call, number: int) -> Source | None:
        names = self._texts(call, 0, "path", "name")
        if call.method in ("hf_hub_download", "dataset_download"):
            return self._of_hub(call, number, names or self._texts(call, 0, "repo_id"))
        if call.target.startswith("nltk.corpus."):
            return Source(call, number, Kind.OTHER, f'the data set "{call.owner}"', is_data_set=True)
        if call.method == "load_dataset" and not set(names) & _BUILDERS:
            return self._of_hub(call, number, names)
        known_set = call.target.startswith(_SETS) or (call.method == "load" and call.owner == "tfds")
        if (
            known_set
            or (call.method == "load_data" and "dataset" in call.target)
            or (call.method.startswith("fetch_") and "sklearn" in call.target)
        ):
            named = next((name for name in names if UNKNOWN not in name), call.target.split(".")[-2:][0])
            right = any(self._is_required(name) for name in names)
            kind = Kind.RIGHT if right else Kind.OTHER
            return Source(call, number, kind, f'the data set "{named}"', is_data_set=True)
        return self._of_file(call, number)

    def _of_hub(self, call: Call, number: int, names: tuple[str, ...]) -> Source:
        if not names or any(UNKNOWN in name for name in names):
            return Source(call, number, Kind.UNCLEAR)
        if any(self._is_required(name) for name in names):
            subsets = self._texts(call, 1, "name", "data_dir")
            wrong = [subset for subset in subsets if not self._is_subset(subset)]
            if subsets and len(wrong) == len(subsets):
                return Source(call, number, Kind.OTHER, f'the subset "{wrong[0]}"')
            return Source(call, number, Kind.RIGHT)
        if any(required in plain(name) for name in names for required in self._required):
            return Source(call, number, Kind.UNCLEAR)  # somebody's copy of it
        if all(name.startswith((".", "/", "~")) for name in names):
            return Source(call, number, Kind.UNCLEAR)
        return Source(call, number, Kind.OTHER, f'the data set "{names[0]}"', is_data_set=True)

    def _of_file(self, call: Call, number: int) -> Source | None:
        names = [name for name in self._file_names(call) if name.strip()]
        if not names:
            # What reads from another source that is known says nothing itself.
            inner = any(token.startswith(MARK) for meaning in call.arguments for token in meaning.tokens)
            return None if inner or call.method == "open" else Source(call, number, Kind.UNCLEAR)
        kinds = [self._kind_of_file(name, folder=call.method in _FOLDERS) for name in names]
        if Kind.RIGHT in kinds or Kind.UNCLEAR in kinds:
            return Source(call, number, Kind.RIGHT if Kind.RIGHT in kinds else Kind.UNCLEAR)
        return Source(call, number, Kind.OTHER, f'rows from "{names[0].replace(UNKNOWN, "...")}"')

    def _kind_of_file(self, name: str, *, folder: bool) -> Kind:
        file = plain(name.rstrip("/").replace("\\", "/").rpartition("/")[2])
        if file.startswith("sentences") and "agree" in file:
            return Kind.RIGHT if self._is_subset(file.removesuffix("txt")) else Kind.OTHER
        if any(f"takala/{each}" in name.casefold() for each in ("financial_phrasebank",)):
            return Kind.RIGHT
        if self._uses.writes(name) or any(matches(name, use.name) for use in self._uses.written):
            return Kind.RIGHT
        if any(matches(name, path) for path in self._handed_out):
            return Kind.UNCLEAR
        lowered = name.casefold().partition("?")[0]
        if folder or "://" in lowered or lowered.endswith(_ENDINGS):
            return Kind.OTHER
        return Kind.UNCLEAR

    def _is_required(self, name: str) -> bool:
        return plain(name.rpartition("/")[2]) in self._required and name.partition("/")[0] in (
            name,
            "takala",
        )

    def _is_subset(self, name: str) -> bool:
        if not self._subsets or UNKNOWN in name:
            return True
        return plain(name) in self._subsets or "agree" not in plain(name)

    def _file_names(self, call: Call) -> list[str]:
        given = [call.argument(0, *_FILE_WORDS)] + [call.keywords.get(word) for word in _FILE_WORDS]
        if call.method == "load_dataset":
            given = [call.keywords.get("data_files")]
        found: list[str] = []
        for meaning in (*given, call.receiver):
            if meaning is None:
                continue
            for value in meaning.values:
                inside = getattr(value, "items", None)
                if isinstance(inside, dict):
                    found += [
                        k.text for each in list(inside.values())[:20] for k in self._facts.texts_of(each)
                    ]
            found += [known.text for known in self._facts.texts_of(meaning)]
        return found

    def _texts(self, call: Call, position: int, *names: str) -> tuple[str, ...]:
        given = call.argument(position, *names if position else names[:1])
        meaning = given if given is not None else call.argument(-1, *names)
        return tuple(known.text for known in self._facts.texts_of(meaning)) if meaning is not None else ()


def asked_subsets(settings: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> tuple[str, ...]:
    """Return the subsets that graded work is trained on, as `plain` writes them; empty for any."""
    return tuple(plain(name) for name in settings.get("subset", _default(required)))


def _default(required: tuple[str, ...]) -> tuple[str, ...]:
    """Return the subset of the only data set whose subsets are known: the one all annotators agree on."""
    return ("sentences_allagree",) if any("phrasebank" in plain(name) for name in required) else ()


def plain(name: str) -> str:
    """Return the name of a data set or a subset in the form in which names are compared."""
    return "".join(char for char in name.casefold() if char.isalnum() or char == UNKNOWN)
