"""Read sample submissions: what they hand in and which verdict is expected of them.

A sample is a folder `samples/<name>/` with an `expected.toml`. Its notebooks lie there as files, or are made
from the reference by a recipe (`sample_files`). Nothing is run here, and no sample decides a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, model_validator

from autograder.config.toml_file import nearest, parse, read_toml
from autograder.config.values import Name, Points, RelativePath, Table, Text
from autograder.errors import ConfigError
from autograder.model.assignment import Assignment
from autograder.model.execution import RunOutcome
from autograder.model.graded import Status
from autograder.model.ids import CheckId, RuleId
from autograder.model.results import CheckOutcome

FOLDER = "samples"
FILE_NAME = "expected.toml"
EVIDENCE = "evidence"
REFERENCE = "reference"
UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to a base notebook: the cell `cell` gets a new source, or a cell is put in after it."""

    cell: str
    source: str
    is_new: bool = False
    cell_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one notebook of a sample is made. `first` and `last` are grade_ids of the cells that bound it."""

    name: str
    base: str = REFERENCE
    source: str = ""
    first: str = ""
    last: str = ""
    without: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The verdict a sample must get. Several statuses or outcomes mean that each of them is right.

    `findings` are the rules that must be found broken; `tolerated` ones may be. `score` holds the lowest and
    the highest right total, both inclusive, None where the total stays unknown.
    """

    statuses: frozenset[Status]
    run_outcomes: frozenset[RunOutcome]
    checks: Mapping[CheckId, frozenset[CheckOutcome]]
    score: tuple[Decimal, Decimal] | None = None
    findings: frozenset[RuleId] = frozenset()
    tolerated: frozenset[RuleId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample submission. `archive_name` is empty where the assignment's own naming rule is followed.

    `always_run` samples are run even when verdicts on recorded evidence would do. `evidence` is the folder of
    the recorded evidence, None where nothing was recorded. `notebooks` and `files` are paths below `folder`.
    """

    name: str
    folder: Path
    description: str
    expected: Expected
    recipes: tuple[Recipe, ...] = ()
    notebooks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    archive: str = ""
    archive_name: str = ""
    always_run: bool = False
    evidence: Path | None = None


def load_samples(assignment: Assignment) -> tuple[Sample, ...]:
    """Read all samples of an assignment, by name. Raises ConfigError with file, line and key."""
    root = assignment.folder / FOLDER
    if not root.is_dir():
        return ()
    return tuple(load_sample(folder, assignment) for folder in sorted(root.iterdir()) if folder.is_dir())


def load_sample(folder: Path, assignment: Assignment) -> Sample:
    """Read one sample's folder. Raises ConfigError with file, line and key."""
    file = read_toml(folder / FILE_NAME)
    table = parse(file, SampleTable)
    wrong = [file.located(where, message) for where, message in _wrong(table, assignment, folder)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    recipes = tuple(_recipe(notebook, assignment, folder) for notebook in table.notebooks)
    found = tuple(sorted(path.name for path in folder.glob("*.ipynb")))
    evidence = folder / EVIDENCE
    return Sample(
        name=folder.name,
        folder=folder,
        description=table.description,
        expected=_expected(table),
        recipes=recipes,
        notebooks=() if recipes or table.archive else found,
        files=tuple(table.files),
        archive=table.archive,
        archive_name=table.archive_name,
        always_run=table.always_run,
        evidence=evidence if evidence.is_dir() else None,
    )


def _listed(value: object) -> object:
    """Let one value stand for a list of one."""
    return [value] if isinstance(value, str) else value


class ReplaceTable(Table):
    """A cell of the base that gets another source: from a file of the sample's folder, or written here."""

    cell: Name = Field(description="`grade_id` of the cell")
    file: RelativePath | None = Field(default=None, description="file with the new source")
    source: StrictStr | None = Field(default=None, description="the new source itself")

    @model_validator(mode="after")
    def _has_one_source(self) -> ReplaceTable:
        if (self.file is None) == (self.source is None):
            raise ValueError("give either `file` or `source`")
        return self


class InsertTable(ReplaceTable):
    """A cell that is put in after a cell of the base."""

    cell: Name = Field(description="`grade_id` of the cell before it")
    cell_type: Literal["code", "markdown"] = Field(default="code", description="its type")


class NotebookTable(Table):
    """One notebook of the sample, made from a base."""

    name: RelativePath | None = Field(default=None, description="its name; the base's name where left out")
    base: Literal["reference", "untouched"] = Field(
        default="reference", description="the author's solution, or the release as students get it"
    )
    source: RelativePath | None = Field(
        default=None, description="which of the assignment's notebooks; the first where left out"
    )
    first: Name | None = Field(default=None, description="`grade_id` of the first cell that is kept")
    last: Name | None = Field(default=None, description="`grade_id` of the last cell that is kept")
    without: list[Name] = Field(default_factory=list, description="`grade_id`s of cells that are left out")
    replace: list[ReplaceTable] = Field(default_factory=list, description="cells with another source")
    insert: list[InsertTable] = Field(default_factory=list, description="cells that are put in")


class SampleTable(Table):
    """The keys at the top of `expected.toml`."""

    format: Literal[1] = Field(alias="schema", description="version of this format: 1")
    description: Text = Field(description="one line: what is special about this submission")
    status: Annotated[list[Status], BeforeValidator(_listed)] = Field(
        min_length=1,
        description="where it ends: `graded`, `pending`, `rejected`, ...; a list where several are right",
    )
    run_outcome: Annotated[list[RunOutcome], BeforeValidator(_listed)] = Field(
        default_factory=list, description="how its run ends; left out for a submission that is not run"
    )
    checks: dict[Name, Annotated[list[CheckOutcome], BeforeValidator(_listed)]] = Field(
        default_factory=dict, description="outcome of each check; a list where several are right"
    )
    score: list[Points] | None = Field(
        default=None, min_length=2, max_length=2, description="lowest and highest right total"
    )
    findings: list[Name] = Field(
        default_factory=list, description="rules that must be found broken, and no others"
    )
    tolerated_findings: list[Name] = Field(default_factory=list, description="rules that may be found broken")
    archive: StrictStr = Field(
        default="", description="a file that is handed in as it is, instead of notebooks"
    )
    archive_name: StrictStr = Field(
        default="", description="name it is handed in under; left out: the right name"
    )
    files: list[RelativePath] = Field(default_factory=list, description="other files that are handed in")
    always_run: StrictBool = Field(default=False, description="run it even where recorded evidence would do")
    notebooks: list[NotebookTable] = Field(
        default_factory=list, description="notebooks made by a recipe; left out: the notebooks in the folder"
    )


def _wrong(
    table: SampleTable, assignment: Assignment, folder: Path
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    declared = [check.id for check in assignment.checks]
    for name in table.checks:
        if name not in declared:
            yield ("checks", name), f'no check is called "{name}"{nearest(name, declared)}'
    missing = [name for name in declared if name not in table.checks]
    if missing and table.run_outcome:
        yield ("checks",), f"the outcome of each check must be named; missing: {', '.join(missing)}"
    for index, notebook in enumerate(table.notebooks):
        if notebook.source and notebook.source not in assignment.notebooks:
            why = f'no notebook is called "{notebook.source}"{nearest(notebook.source, assignment.notebooks)}'
            yield ("notebooks", index, "source"), why
        for key, changes in (("replace", notebook.replace), ("insert", notebook.insert)):
            for number, change in enumerate(changes):
                if change.file and not (folder / change.file).is_file():
                    yield (
                        ("notebooks", index, key, number, "file"),
                        f"there is no file {folder / change.file}",
                    )
    for key, names in (("files", table.files), ("archive", [table.archive] if table.archive else [])):
        for name in names:
            if not (folder / name).is_file():
                yield (key,), f"there is no file {folder / name}"
    if not table.archive and not table.notebooks and not any(folder.glob("*.ipynb")):
        yield (), "this sample hands in nothing: give notebooks, a recipe ([[notebooks]]) or an archive"


def _expected(table: SampleTable) -> Expected:
    return Expected(
        statuses=frozenset(table.status),
        run_outcomes=frozenset(table.run_outcome),
        checks={CheckId(name): frozenset(outcomes) for name, outcomes in table.checks.items()},
        score=(table.score[0], table.score[1]) if table.score else None,
        findings=frozenset(RuleId(rule) for rule in table.findings),
        tolerated=frozenset(RuleId(rule) for rule in table.tolerated_findings),
    )


def _recipe(table: NotebookTable, assignment: Assignment, folder: Path) -> Recipe:
    source = table.source or assignment.notebooks[0]
    return Recipe(
        name=table.name or source,
        base=table.base,
        source=source,
        first=table.first or "",
        last=table.last or "",
        without=tuple(table.without),
        changes=(
            *(Change(cell=change.cell, source=_source(change, folder)) for change in table.replace),
            *(
                Change(cell=new.cell, source=_source(new, folder), is_new=True, cell_type=new.cell_type)
                for new in table.insert
            ),
        ),
    )


def _source(change: ReplaceTable, folder: Path) -> str:
    if change.source is not None:
        return change.source
    return (folder / str(change.file)).read_text(encoding="utf-8").rstrip("\n")
