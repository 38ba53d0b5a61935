"""The rule about what is in the archive: large files that nobody asked for. Small leftovers cost nothing.

It reads names and sizes, and whether the code reads a file. What is inside a file is not looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Final

from autograder.guidelines.file_uses import FileUses
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import MIB, Firmness, Training
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity
from autograder.model.submission import SubmittedFile

LARGE_MIB: Final = 10.0
_MODELS: Final = (
    ".h5", ".hdf5", ".keras", ".weights.h5", ".safetensors", ".tflite", ".pb", ".ckpt", ".index", ".npz",
    ".npy",
)  # fmt: skip


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look for large files that the grader does not need."""
    limit = _limit(evidence) * MIB
    wanted = evidence.settings.get("wanted", ())
    large = [file for file in evidence.submission.files if len(file.content) > limit]
    uses = FileUses(evidence.reading.facts) if large else None
    for file in large:
        if uses is None or _is_wanted(file.path, wanted):
            continue
        if evidence.assignment.training is Training.SUBMITTED_MODEL and _is_model(file.path):
            continue
        released = evidence.released_files
        unchanged = bool(released) and hashlib.sha256(file.content).hexdigest() in released
        if unchanged or not uses.names(file.path):
            yield _hit(file, unchanged=unchanged)


def _limit(evidence: Evidence) -> float:
    for text in evidence.settings.get("large_mib", ()):
        try:
            return float(text)
        except ValueError:
            continue
    return LARGE_MIB


def _is_wanted(path: str, wanted: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatch(path, pattern) or fnmatch(name, pattern) for pattern in wanted)


def _is_model(path: str) -> bool:
    return path.casefold().endswith(_MODELS) or ".data-0" in path


def _hit(file: SubmittedFile, *, unchanged: bool) -> Hit:
    size = f"{len(file.content) / MIB:.0f} MiB"
    why = "the grader has it already" if unchanged else "no cell reads or writes it"
    return Hit(
        place=Place(file=file.path, text=f"{file.path} ({size})"),
        message=f"The archive holds a large file that is not needed: {file.path}, {size}; {why}.",
        instead="Hand in the notebook and what it needs; leave out what it makes and what was handed out.",
        firmness=Firmness.PROPOSED,
        severity=Severity.WARNING,
    )


RULE: Final = Rule(
    id=RuleId("content"),
    title="No large extra files",
    statement="There is what you made or changed and what is needed to grade, nothing large beside it.",
    firmness=Firmness.PROPOSED,
    severity=Severity.WARNING,
    needs=(Need.ARCHIVE, Need.SYNTAX),
    looks_for=(
        f"files above {LARGE_MIB:.0f} MiB that no cell names and the assignment did not ask for",
        "handed-out files above that size",
    ),
    leaves_alone=(
        "everything small, whatever it is",
        "files that the code reads or writes: data, saved models",
        "saved models where the assignment asks for them",
    ),
    cannot_see=("whether a small file is needed", "reads and writes under names made at run time"),
    example_bad="part1_head_only.h5 25 MiB",
    example_good="adapters.py 1 MiB",
    settings={
        "large_mib": "from how many MiB on a file is large; 10 without it",
        "wanted": "names of files that may be large, with `*` for anything",
    },
    check=check,
)
