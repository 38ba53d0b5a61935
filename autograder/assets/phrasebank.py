"""Financial PhraseBank: four text files, four subsets, three classes.

The authors' files are latin-1 with one `sentence@label` a line; subset `sentences_allagree` is contained in
`sentences_75agree`, that in `sentences_66agree`, that in `sentences_50agree`. This module reads and writes
that format. It holds no row of the data set: a site adds its own copy to the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError

HUB_NAME = "takala/financial_phrasebank"
ALIASES = ("financial_phrasebank", "takala/financial_phrasebank")
CLASSES = ("negative", "neutral", "positive")
"""In the order of the hub's integer labels 0, 1, 2."""
FILES: Mapping[str, str] = {
    "sentences_50agree": "Sentences_50Agree.txt",
    "sentences_66agree": "Sentences_66Agree.txt",
    "sentences_75agree": "Sentences_75Agree.txt",
    "sentences_allagree": "Sentences_AllAgree.txt",
}
"""Subset names as on the hub, with the authors' file names. From least to most agreement."""
ORIGINAL_DIGESTS: Mapping[str, str] = {
    "Sentences_50Agree.txt": "13388b8bf2f878c68fb4d47564fa0072756eb4e9ba4a16467d6d7f0a29a6a742",
    "Sentences_66Agree.txt": "6fcda6c07b5731fa075c81372413c921f95057b89ed611be0b2d1620ac94ac09",
    "Sentences_75Agree.txt": "8aa3210c6fc324ec2f5bd903f7767543280525cd88bb6cbed5d39b33f01a4f05",
    "Sentences_AllAgree.txt": "3d1acdf23036bdbfb48713548731b1ae82664e551081fec2f20bfe722d274d9a",
}
"""SHA-256 of the authors' four files, version 1.0."""


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence with the name of its class."""

    sentence: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseBank:
    """All four subsets, each in the order of its file."""

    subsets: Mapping[str, tuple[Row, ...]] = field(repr=False)

    def __post_init__(self) -> None:
        if set(self.subsets) != set(FILES):
            raise ValueError(f"a phrase bank has the subsets {sorted(FILES)}, not {sorted(self.subsets)}")


def parse(raw: bytes, *, name: str) -> tuple[Row, ...]:
    """Read one of the four files. Raises UsageError that names the file and the line."""
    rows = []
    for number, line in enumerate(raw.decode("latin-1").split("\n"), start=1):
        if not line.strip():
            continue
        sentence, separator, label = line.rstrip("\r").rpartition("@")
        if not separator or not sentence or label not in CLASSES:
            raise UsageError(
                f"{name}, line {number}: expected `sentence@label` with a label of {', '.join(CLASSES)}",
                hint="Use the four text files as their authors published them.",
            )
        rows.append(Row(sentence, label))
    if not rows:
        raise UsageError(f"{name} holds no sentence")
    return tuple(rows)


def read(folder: Path) -> PhraseBank:
    """Read the four files of `folder`. Raises UsageError when one is missing or not in the format."""
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"{folder} lacks {', '.join(missing)}")
    return PhraseBank(
        subsets={subset: parse((folder / name).read_bytes(), name=name) for subset, name in FILES.items()}
    )


def to_bytes(rows: tuple[Row, ...]) -> bytes:
    """Rows as one of the authors' files would hold them."""
    return "".join(f"{row.sentence}@{row.label}\n" for row in rows).encode("latin-1")


def write(bank: PhraseBank, folder: Path) -> None:
    """Write the four files into `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for subset, name in FILES.items():
        (folder / name).write_bytes(to_bytes(bank.subsets[subset]))


def is_original(name: str, raw: bytes) -> bool:
    """Whether these are the bytes the authors published under this file name."""
    return ORIGINAL_DIGESTS.get(name) == hashlib.sha256(raw).hexdigest()
