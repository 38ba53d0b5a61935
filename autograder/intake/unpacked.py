"""Sort what came out of a hand-in: notebooks apart from other files, with remarks that cost nothing.

Everything is in memory; nothing is executed. Archives inside the hand-in stay closed files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from autograder.formats import file_type, notebook
from autograder.formats.file_type import ARCHIVES
from autograder.formats.notebook import NotebookRejected
from autograder.formats.notebook_names import same_name
from autograder.intake.archive import Contents
from autograder.intake.budgets import MIB, Budgets, NotTaken, size
from autograder.intake.entry_names import shown
from autograder.intake.junk import common_folder, shadowing
from autograder.model.submission import SubmittedFile

_MOST_NOTEBOOKS: Final = 50
_MOST_NOTEBOOK_BYTES: Final = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Notebooks as text without outputs, the same with outputs, all other files, and remarks."""

    notebooks: Mapping[str, str]
    stored: Mapping[str, str]
    files: tuple[SubmittedFile, ...]
    notes: tuple[str, ...]


def unpacked(contents: Contents, *, wanted: tuple[str, ...], budgets: Budgets) -> Unpacked:
    """Read the notebooks among the files. `wanted` are names of the notebooks that count.

    One that cannot be read is kept as a closed file, with a note, where another one of the `wanted` can be
    read, or where it is none of them.

    Raises:
        NotTaken: there is no notebook, or none that counts can be read; without `wanted` each counts.

    """
    around = common_folder(contents.files)
    files = {path.removeprefix(around): data for path, data in contents.files.items()}
    notes = _notes(contents, around, files)
    names = [path for path in files if path.casefold().endswith(".ipynb")]
    if not names:
        raise NotTaken(_no_notebook(files))
    if len(names) > _MOST_NOTEBOOKS:
        raise NotTaken(f"There are {len(names)} notebooks; at most {_MOST_NOTEBOOKS} are allowed.")
    together = sum(len(files[name]) for name in names)
    if together > _MOST_NOTEBOOK_BYTES:
        raise NotTaken(
            f"The notebooks have {size(together)} together; at most {size(_MOST_NOTEBOOK_BYTES)} are "
            "allowed. Clear their outputs."
        )
    notebooks: dict[str, str] = {}
    stored: dict[str, str] = {}
    unread: dict[str, str] = {}
    for name in names:
        try:
            found = notebook.read(files[name], at_most=budgets.notebook_bytes)
        except NotebookRejected as refusal:
            unread[name] = f"The notebook {shown(name)} cannot be read: {refusal.reason}."
        else:
            notebooks[name] = notebook.to_text(found, outputs=False)
            stored[name] = notebook.to_text(found, outputs=True)
            if found.language != "python":
                notes.append(f"The notebook {shown(name)} says that it is not written in Python.")
    if unread and not _enough(notebooks, unread, wanted):
        first, *others = sorted(unread, key=lambda name: not _is_one_of(name, wanted))
        more = f" Nor can {' and '.join(map(shown, others))}." if others else ""
        raise NotTaken(unread[first] + more)
    notes += [f"{message} It was not run; the others were." for message in unread.values()]
    return Unpacked(
        notebooks=notebooks,
        stored=stored,
        files=tuple(
            SubmittedFile(path=path, content=data) for path, data in files.items() if path not in notebooks
        ),
        notes=tuple(notes),
    )


def _enough(notebooks: Collection[str], unread: Collection[str], wanted: Collection[str]) -> bool:
    """Whether something can be graded although some notebooks cannot be read."""
    if any(_is_one_of(name, wanted) for name in notebooks):
        return True
    return bool(wanted and notebooks) and not any(_is_one_of(name, wanted) for name in unread)


def _is_one_of(name: str, wanted: Collection[str]) -> bool:
    return any(same_name(name, each, exactly=False) for each in wanted)


def _notes(contents: Contents, around: str, files: Mapping[str, bytes]) -> list[str]:
    notes = []
    for why, count in sorted(Counter(contents.dropped.values()).items()):
        notes.append(f"Left out {count} {'entry' if count == 1 else 'entries'}: {why}.")
    if around:
        notes.append(f"The folder {shown(around)} around everything was removed.")
    for path, data in files.items():
        if file_type.of(data[: file_type.HEAD_BYTES]) in ARCHIVES and not _is_package(path):
            notes.append(f"The archive {shown(path)} inside stays closed.")
    notes += [
        f"The file {shown(path)} has the name of a library, which is imported instead of it."
        for path in shadowing(files)
    ]
    return notes


def _is_package(path: str) -> bool:
    """Whether a zip is another kind of file by its ending: saved models, arrays and office files."""
    endings = (".keras", ".npz", ".docx", ".xlsx", ".pptx", ".whl", ".pt", ".pth", ".gz")
    return path.casefold().endswith(endings)


def _no_notebook(files: Mapping[str, bytes]) -> str:
    if not files:
        return "There is no file in it. Put your notebook (.ipynb) into the archive."
    nested = [
        path
        for path, data in files.items()
        if file_type.of(data[: file_type.HEAD_BYTES]) in ARCHIVES and not _is_package(path)
    ]
    if nested:
        return (
            f"There is no notebook in it, but another archive, {shown(nested[0])}. Put the notebook (.ipynb) "
            "itself into the archive you hand in."
        )
    return (
        f"There is no notebook (.ipynb) in it, only files such as {shown(min(files))}. Download the notebook "
        "as .ipynb and put it into the archive."
    )
