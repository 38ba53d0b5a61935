"""Read all code of a submission once: its notebooks, and the modules beside them.

The notebooks of a submission are read each by itself, like kernels that do not know each other. Cells and
files unchanged from the release are read, since later cells build on them, and marked. Nothing is executed.
"""

from __future__ import annotations

import gc
import hashlib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from autograder.formats import notebook
from autograder.formats.notebook import Notebook, NotebookRejected
from autograder.guidelines.calls import CodeReader
from autograder.guidelines.facts import Facts, Unread
from autograder.guidelines.parsing import Budget
from autograder.guidelines.places import Unit, Where
from autograder.guidelines.scope import Modules, Scope
from autograder.model.submission import Submission

_MOST_MODULES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The facts of one submission, and its notebooks by path."""

    facts: Facts
    notebooks: Mapping[str, Notebook]


def same_code(source: str) -> str:
    """Return code in the form in which cells are compared with the release: without space at line ends."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def released_code(released: Mapping[str, Notebook] | None) -> frozenset[str]:
    """Return the code cells of a release, as `same_code` writes them."""
    cells = (cell for found in (released or {}).values() for cell in found.cells)
    return frozenset(
        same_code(cell.source) for cell in cells if cell.cell_type == "code" and cell.source.strip()
    )


def read(
    submission: Submission,
    *,
    released: Mapping[str, Notebook] | None = None,
    released_files: Mapping[str, str] | None = None,
    tracked: Iterable[str] = (),
    code: bool = True,
) -> Reading:
    """Read a submission's code. `released_files` maps paths to SHA-256, hexadecimal.

    `tracked` names variables and functions for which it is wanted what flowed into them. Without `code` only
    the notebooks' cells are read, and there are no facts.
    """
    facts = Facts()
    budget = Budget()
    library = _Library(submission, facts, budget, released_files or {})
    unchanged = released_code(released)
    notebooks: dict[str, Notebook] = {}
    with _no_collection(), warnings.catch_warnings():
        # Python warns about odd escapes in a student's text; that is no matter of ours.
        warnings.simplefilter("ignore")
        for path, text in submission.notebooks.items():
            try:
                notebooks[path] = notebook.read(text.encode())
            except (NotebookRejected, UnicodeEncodeError) as refusal:
                reason = getattr(refusal, "reason", "it is no text")
                unit = Unit(file=path, cell=-1, cell_id="", source="")
                facts.unread.append(Unread(reason, Where(unit, 0), True))
                continue
            if code:
                _read_notebook(path, notebooks[path], library, unchanged, frozenset(tracked))
        if code:
            library.read_all()
    return Reading(facts=facts, notebooks=notebooks)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Let no memory be collected meanwhile: syntax trees hold no cycles, and it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_notebook(
    path: str, found: Notebook, library: _Library, unchanged: frozenset[str], tracked: frozenset[str]
) -> None:
    reader = library.reader(tracked)
    for position, cell in enumerate(found.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        exempt = same_code(cell.source) in unchanged
        reader.unit = Unit(file=path, cell=position, cell_id=cell.id, source=cell.source, exempt=exempt)
        reader.code(cell.source)
    reader.finish()


@dataclass(frozen=True, slots=True, eq=False)
class _Module:
    """The text of a module, and where it stands: in a file of its own, or in a cell that writes it."""

    unit: Unit
    source: str
    offset: int = 0


class _Library:
    """The modules that lie beside the notebooks or are written by them."""

    def __init__(
        self, submission: Submission, facts: Facts, budget: Budget, released: Mapping[str, str]
    ) -> None:
        self.facts = facts
        self.budget = budget
        self.modules = Modules(self._read)
        self.found: list[_Module] = []
        self.names: dict[str, _Module] = {}
        self.scopes: dict[_Module, Scope] = {}
        unchanged = frozenset(released.values())
        for file in submission.files:
            if file.path.endswith(".py") and len(self.found) < _MOST_MODULES:
                exempt = hashlib.sha256(file.content).hexdigest() in unchanged
                text = file.content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
                unit = Unit(file=file.path, cell=-1, cell_id="", source=text, exempt=exempt)
                self._add(file.path, _Module(unit, text))

    def reader(self, tracked: frozenset[str] = frozenset()) -> CodeReader:
        """Return a reader for one notebook or module."""
        made = CodeReader(self.facts, self.modules, self.budget, tracked)
        made.write_module = self._write
        made.run_module = lambda path: made.starred_import("", self.run(path))
        return made

    def run(self, path: str) -> Scope | None:
        """Return the names that `%run path` brings, or None for a file that is not there."""
        names = _module_parts(path)
        return self.modules.scope(names[-1]) if path.endswith(".py") and names else None

    def read_all(self) -> None:
        """Read the modules that no notebook imported."""
        for module in self.found:
            self._scope_of(module)

    def _add(self, path: str, module: _Module) -> None:
        parts = _module_parts(path)
        self.found.append(module)
        for start in range(len(parts)):
            # A folder may be put on the path: `tools.models` is also found as `models`.
            name = ".".join(parts[start:])
            self.names[name] = module
            self.modules.scopes.pop(name, None)

    def _write(self, path: str, source: str, where: Where) -> None:
        if len(self.found) < _MOST_MODULES:
            self._add(path, _Module(where.unit, source, where.line))

    def _read(self, name: str) -> Scope | None:
        module = self.names.get(name)
        return self._scope_of(module) if module is not None else None

    def _scope_of(self, module: _Module) -> Scope:
        if module not in self.scopes:
            reader = self.reader()
            self.scopes[module] = reader.scope
            reader.unit, reader.offset = module.unit, module.offset
            reader.code(module.source)
            reader.finish()
        return self.scopes[module]


def _module_parts(path: str) -> list[str]:
    """Return the parts of the dotted name of a module file."""
    parts = [part for part in path.removesuffix(".py").split("/") if part not in ("", ".", "..")]
    return parts[:-1] if parts[-1:] == ["__init__"] else parts
