"""Take out of a submission what tells who handed it in, before somebody marks it blind. Pure functions.

Call `blinded(person, graded, execution, submission)` and make the page from what it returns: the same types,
with the pseudonym in the place of names. Taken out are: cells with NAME and COLLABORATORS (what they held is
looked for everywhere else, too), the student's ids, roster names, net id and e-mail addresses, names of
archives and of the student's own notebooks, Colab's users and all foreign metadata, user names in home
folders, and names of Macs. The content of other files is dropped. Positions and ids of cells stay, so
evidence still fits.

It does not protect from: the way somebody writes or codes, nicknames, initials, misspelt names, or what a
picture shows. In prose only the names that are known are found; a first name that is also an everyday
word or a term ("Adam", "Max", "May") is left where it stands alone; in code only whole names are
replaced. The time of receipt and digests stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import PurePosixPath
from typing import Any, Final

from autograder.formats.notebook import Cell, Notebook, NotebookRejected, read, to_text
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission
from autograder.model.submission import Submission
from autograder.reporting.blinding_header import (
    REMOVED,
    is_header,
    lines_with_names,
    names_in_metadata,
    names_of,
)
from autograder.reporting.blinding_words import Phrase, is_known, is_word, phrases

_OURS: Final = frozenset(
    {
        "check_id", "check", "checkpoint", "rule", "assignment", "assignment_version", "grade_id", "cell_id",
        "sandbox", "earned", "figures", "versions", "asset_digests", "check_digests",
    }
)  # fmt: skip
"""Fields whose text is the assignment's author's or ours, never the student's."""

_CODE: Final = frozenset({"source", "name", "part"})
_FILES: Final = frozenset({"notebook", "file", "path", "embargo_from"})
_JSON: Final = frozenset({"value", "arguments"})
_NOTEBOOKS: Final = frozenset({"executed", "notebooks", "stored"})
_ADDRESS: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,40}\.){1,4}(?:edu|com|org|net|gov|io|info|[a-z]{2})\b(?![.(\[])"
)
_HOME: Final = re.compile(
    r"((?<![\w.])/(?:home|Users|scratch|gpfs)/"
    r"|\b[A-Za-z]:(?:\\\\?|/)(?:Users|Documents and Settings)(?:\\\\?|/))"
    r"(?!(?:jovyan|student|user|runner|Shared|Public)\b)"
    r"(?:[^/\\\r\n\"'<>:;|?*]{1,64}(?=\\)|[^/\\\s\"'<>:,;)\]]{1,64})"
)
_COMPUTER: Final = re.compile(
    r"(?<![\w-])[\w’'-]{1,40}-(?:macbook|mbp|imac|mac-?mini|mac-?studio)(?:-(?:pro|air))?(?:-\d{1,3})?"
    r"(?:\.(?:local|lan|home))?(?![\w-])",
    re.IGNORECASE,
)
_COLOUR: Final = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")
_MOST_WRITTEN: Final = 60
_COMMENT: Final = re.compile(r"#[^\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who handed in (one, or all of a group), and what stands for them.

    `ids` are student, net and LMS ids and e-mail addresses, `names` those of the roster. `others` are names
    and ids of other people (such as the rest of the class): they become "[somebody]" where a whole name or
    an id stands.
    """

    pseudonym: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinded:
    """A submission without what tells whose it is. `blinder` does the same to any further text."""

    graded: GradedSubmission
    execution: Execution | None
    submission: Submission | None
    blinder: Blinder


def blinded(
    person: Person,
    graded: GradedSubmission,
    execution: Execution | None = None,
    submission: Submission | None = None,
    *,
    ours: Collection[str] = (),
) -> Blinded:
    """Give the three values as somebody may see them who marks blind.

    `ours` are names of the assignment's notebooks and files, which are kept. A notebook that cannot be read
    is left out whole. Nothing here raises for what a student wrote.
    """
    notebooks = [
        *(submission.notebooks.items() if submission else ()),
        *(execution.executed.items() if execution else ()),
        *(submission.stored.items() if submission else ()),
    ]
    texts = dict.fromkeys(text for _, text in notebooks)
    written = list(dict.fromkeys(name for text in texts for name in written_names(text)))[:_MOST_WRITTEN]
    archive = submission.archive_name if submission else ""
    kept = {
        str(graded.assignment),
        *(part for name in map(PurePosixPath, ours) for part in (name.name, name.stem)),
    }
    files = {PurePosixPath(name).name for name, _ in notebooks}
    files |= {archive, PurePosixPath(archive).stem}
    blinder = Blinder.of(
        replace(
            person,
            ids=(*person.ids, str(graded.student), str(graded.submission), *filter(_is_id, written)),
            names=(*person.names, *(name for name in written if not _is_id(name))),
        ),
        files=sorted(files - kept),
        submission=str(graded.submission),
    )
    return Blinded(
        graded=blinder.value(graded),
        execution=None if execution is None else blinder.value(execution),
        submission=None if submission is None else _without_content(blinder.value(submission)),
        blinder=blinder,
    )


def written_names(notebook: str) -> tuple[str, ...]:
    """Names and ids in a notebook's header cells and in its metadata; none where it cannot be read."""
    try:
        found = read(notebook.encode("utf-8", "surrogatepass")).cells
    except NotebookRejected:
        return ()
    cells = [name for position, cell in enumerate(found) for name in names_of(cell, position)]
    return tuple(dict.fromkeys([*names_in_metadata(notebook), *cells]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blinder:
    """Replaces what is known of a person in texts, notebooks and values. Make it with `Blinder.of`."""

    pseudonym: str
    exact: Mapping[str, str]
    known: tuple[Phrase, ...]
    others: tuple[Phrase, ...]

    @classmethod
    def of(cls, person: Person, *, files: Iterable[str] = (), submission: str = "") -> Blinder:
        """For one person. `files` are names that the student chose; `submission` is the submission's id."""
        addresses = [one for one in person.ids if "@" in one]
        local = [one.split("@")[0] for one in addresses]
        ids = [*person.ids, *(one for one in local if len(one) > 3)]
        chosen = [name for name in files if len(name) > 4]
        exact = {one: person.pseudonym for one in ids if one}
        for number, name in enumerate(chosen, start=1):
            suffix = PurePosixPath(name).suffix
            exact[name] = f"{person.pseudonym}-{number}{suffix}" if suffix else person.pseudonym
        if submission:
            exact[submission] = person.pseudonym
        return cls(
            pseudonym=person.pseudonym,
            exact=exact,
            known=phrases(ids=ids, names=person.names, files=chosen),
            others=phrases(
                ids=filter(_is_id, person.others),
                names=[name for name in person.others if not _is_id(name)],
                alone=False,
            ),
        )

    def text(self, text: str, *, code: bool = False) -> str:
        """A text without names, ids, addresses and home folders. `code`: prose stands in comments only."""
        if text in self.exact:
            return self.exact[text]
        if "\x1b" in text:  # the signs of a colour can stand in a name, or look like letters before it
            text = _COLOUR.sub("", text)
        hidden = self._replaced(text, prose=not code)
        if code:
            hidden = _COMMENT.sub(lambda found: self._replaced(found[0], prose=True), hidden)
        hidden = _HOME.sub(lambda found: f"{found[1]}{self.pseudonym}", hidden)
        hidden = _COMPUTER.sub("[computer]", hidden)
        return _ADDRESS.sub("[e-mail]", hidden) if "@" in hidden else hidden

    def notebook(self, text: str) -> str:
        """A notebook's text without header cells, names and foreign metadata; "" when it cannot be read."""
        try:
            found = read(text.encode("utf-8", "surrogatepass"))
        except NotebookRejected:
            return ""
        cells = tuple(self._cell(cell, position) for position, cell in enumerate(found.cells))
        return to_text(Notebook(cells=cells, language=found.language), outputs=True)

    def value(self, value: Any, field: str = "") -> Any:
        """Any of our frozen values, blinded in every text that the student may have influenced."""
        if value is None or isinstance(value, Enum) or field in _OURS:
            return value
        if isinstance(value, str):
            return self._field(value, field)
        if isinstance(value, Mapping):
            if field in _NOTEBOOKS:
                return {self._file(name): self.notebook(text) for name, text in value.items()}
            return {self.value(key, field): self.value(one, field) for key, one in value.items()}
        if isinstance(value, tuple | list | frozenset):
            return type(value)(self.value(one, field) for one in value)
        if is_dataclass(value) and not isinstance(value, type):
            changed = {one.name: self.value(getattr(value, one.name), one.name) for one in fields(value)}
            return replace(value, **changed)
        return value

    def _field(self, text: str, field: str) -> str:
        if field in _FILES:
            return self._file(text)
        if field == "id":
            return self.exact.get(text, text)
        if field in _JSON:
            return self._json(text)
        return self.text(text, code=field in _CODE)

    def _file(self, path: str) -> str:
        """A path below the submission: a name that the student chose becomes one that tells nothing."""
        folder, slash, name = path.rpartition("/")
        return self.text(folder) + slash + self.text(name)

    def _json(self, text: str) -> str:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        return json.dumps(self._plain(found), ensure_ascii=False)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self._plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._plain(one) for one in value]
        return value

    def _replaced(self, text: str, *, prose: bool) -> str:
        for phrase in is_known(text, self.known, prose=prose):
            text = phrase.pattern.sub(lambda found: self.exact.get(found[0], self.pseudonym), text)
        for phrase in is_word(text, self.others, prose=prose):
            text = phrase.pattern.sub("[somebody]", text)
        return text

    def _cell(self, cell: Cell, position: int) -> Cell:
        code = cell.cell_type == "code"
        if is_header(cell, position):
            return replace(cell, source=f"# {REMOVED}" if code else REMOVED, outputs=(), attachments={})
        lines = cell.source.split("\n")
        for number, (lead, _) in lines_with_names(cell, position).items():
            lines[number] = f'{lead}"{self.pseudonym}"' if code else lead + self.pseudonym
        return replace(
            cell,
            source=self.text("\n".join(lines), code=code),
            outputs=tuple(self._output(output) for output in cell.outputs),
            attachments={self.text(name): self._bundle(bundle) for name, bundle in cell.attachments.items()},
        )

    def _output(self, output: Mapping[str, Any]) -> dict[str, Any]:
        shown = {key: self._plain(value) for key, value in output.items() if key != "data"}
        if "data" in output:
            shown["data"] = self._bundle(output["data"])
        return shown

    def _bundle(self, bundle: Mapping[str, Any]) -> dict[str, Any]:
        pictures = ("image/", "video/", "audio/", "application/pdf")
        return {
            mime: value if mime.startswith(pictures) and mime != "image/svg+xml" else self._plain(value)
            for mime, value in bundle.items()
        }


def _is_id(text: str) -> bool:
    return " " not in text and ("@" in text or any(char.isdigit() for char in text))


def _without_content(submission: Submission) -> Submission:
    """Other files cannot be searched for names: of them only the paths stay."""
    return replace(submission, files=tuple(replace(file, content=b"") for file in submission.files))
