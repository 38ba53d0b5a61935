"""What a case of the adversarial corpus is, the builders of submissions, and the run of one family.

How to add a case
-----------------
1. Choose the family: a folder beside this file with a `cases.py` that defines `CASES: tuple[Case, ...]`. A
   new folder is found by itself.
2. Write a `Case`. `id` is the row of the list of attacks and a variant (`"D02-fake-json"`), own ones start
   with `X`. `title` is one plain sentence that says what the attack tries; it stands in the threat model.
   `promise` is a key of `PROMISES`. `build` makes the submission below the folder it is given and returns
   its path.
3. Say what must be recorded in `expect`. What is left out is not looked at, but these always are: nothing
   hidden in the student's page, no process, container, mount or file of the attack on this machine, and the
   same honest submission right behind the attack with full marks.
4. Run it: `pytest tests/adversarial -k D02`. Then `make docs`, which writes the index in the threat model.

Builders
--------
`solved(extra_before=[...], extra_between=[...], extra_after=[...], files={...})` gives a `build` for correct
work with attack cells around it, `wrong(...)` the same around work that is wrong in every part, so that any
mark in it is forged. `extra_between` stands behind the student's functions and before the hidden tests of
`mean`, which run last of all but `extra_after`. `notebook_zip(cells, files)` takes code cells alone,
`zip_of(files)` any files, `bytes_of(data)` any bytes, `release_notebook(...)` gives the notebook for cases
that change it.

A family may also define `JOBS` (how many run at one time, 2), `ASSIGNMENT` (name of a folder beside this
file, for tiny limits) and `check(batch: Batch) -> None`, which looks at the whole batch in the end. Attacks
that must be rejected at intake need no Docker engine; all others run in the real sandbox and nowhere else.

No attack opens a connection to any address outside the machine, and none may harm it if the sandbox fails:
attacks leave files whose names hold `MARK`, nothing worse.
"""

from __future__ import annotations

import base64
import csv
import functools
import html
import importlib.util
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission

HERE = Path(__file__).resolve().parent
ASSIGNMENT = "assignment"
MARK = "nbv-attack-was-here"
Build = Callable[[Path], Path]

PROMISES: Mapping[str, str] = {
    "intake": "What is handed in is read safely: an archive or notebook that cannot be is rejected with a "
    "reason and costs no attempt.",
    "no-configuration": "Nothing in a submission configures anything: no kernel, no grader, no check.",
    "hidden": "Hidden things are absent, not merely unreadable, and reach no page of a student.",
    "separated": "A `separated` check cannot be forged: it judges content whose answer the kernel never had.",
    "plain-data": "Only plain data of exact types crosses the line, and what does not fit is a failed check.",
    "shared": "Known tricks against `shared` and `reported` checks earn nothing, or are shown to staff.",
    "verdict-outside": "Verdicts are made outside, from answers taken once while the kernel lives: nothing "
    "that is printed, written or left behind is one.",
    "bounded": "Every limit is kept from outside and has a name, and the grader outlives the attack.",
    "offline": "A sandbox has no network but its own loopback.",
    "contained": "A run changes nothing on this machine outside its own folder, and has no privileges.",
    "clean": "The next submission meets a clean place.",
    "readers": "Whoever opens a report or a table is safe from what a student wrote.",
    "artefacts": "A file that executes when it is loaded is never loaded outside the sandbox.",
    "evidence": "Only what happened in our own run counts: not stored outputs, printed logs or flags.",
    "no-hiding": "Who breaks the run on purpose earns nothing by it, and our own failure is never a zero.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must be recorded about an attack. Empty fields are not looked at.

    `status` is the status of the graded submission (graded, pending, rejected, ...). `reason` must stand in
    the reason of a rejection. `outcome` is a `RunOutcome` value. `checks` maps ids to outcomes. Several that
    are all right are divided by "|", such as "failed|not_run". `flagged` must stand in what staff read
    (suspicions, findings, notes, messages for staff). `absent` must not stand in the student's page; the
    hidden texts of the assignment never may.
    """

    status: str = "graded"
    reason: str = ""
    outcome: str | None = None
    checks: Mapping[str, str] = field(default_factory=dict)
    flagged: str = ""
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One attack. `student` is the name it is handed in under; empty: one is made from the id."""

    id: str
    title: str
    promise: str
    build: Build
    expect: Expect
    student: str = ""

    def __post_init__(self) -> None:
        if self.promise not in PROMISES:
            raise ValueError(f"{self.id}: no promise is called {self.promise}; there are: {sorted(PROMISES)}")


NO_MARKS: Mapping[str, str] = {
    "mean": "failed|not_run", "predict": "failed|not_run", "count": "failed|not_run",
}  # fmt: skip
FULL_MARKS: Mapping[str, str] = {"mean": "passed", "predict": "passed", "count": "passed"}

WRONG: Mapping[str, str] = {
    "mean": "def mean(values):\n    return -1.0",
    "predict": 'def predict(texts):\n    return ["sideways" for text in texts]',
    "count": "count = -5",
}


def release_notebook(
    *,
    right: bool = True,
    extra_before: Sequence[str] = (),
    extra_between: Sequence[str] = (),
    extra_after: Sequence[str] = (),
    replaced: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Give the notebook a student hands in, as nbformat 4 JSON. `replaced` maps grade ids to other texts."""
    source = json.loads((HERE / ASSIGNMENT / "source" / "lab.ipynb").read_text())
    cells: list[dict[str, Any]] = []
    test_cell: dict[str, Any] | None = None
    for cell in source["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        text = without_regions("".join(cell["source"]))
        if not right and name in WRONG:
            text = WRONG[name]
        text = (replaced or {}).get(name, text)
        cell = cell | {"source": text}
        if name == "test_mean":
            test_cell = cell
        else:
            cells.append(cell)
    assert test_cell is not None
    made = [
        *(code_cell(text, f"before-{number}") for number, text in enumerate(extra_before)),
        *cells,
        *(code_cell(text, f"between-{number}") for number, text in enumerate(extra_between)),
        test_cell,
        *(code_cell(text, f"after-{number}") for number, text in enumerate(extra_after)),
    ]
    return source | {"cells": made}


def without_regions(text: str) -> str:
    """Give a cell as a student hands it in: solutions stay, hidden tests and all markers go."""
    text = re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", text, flags=re.DOTALL)
    return "\n".join(line for line in text.splitlines() if "### " not in line)


def code_cell(text: str, cell_id: str) -> dict[str, Any]:
    """Give a code cell without metadata."""
    return {
        "cell_type": "code", "id": cell_id, "metadata": {}, "source": text, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def solved(
    extra_before: Sequence[str] = (),
    extra_after: Sequence[str] = (),
    *,
    extra_between: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
) -> Build:
    """Correct work with attack cells around it."""
    return zip_of(lambda: {"lab.ipynb": as_bytes(release_notebook(
        extra_before=extra_before, extra_between=extra_between, extra_after=extra_after,
    )), **(files or {})})  # fmt: skip


def wrong(
    extra_before: Sequence[str] = (),
    extra_after: Sequence[str] = (),
    *,
    extra_between: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
) -> Build:
    """Work that is wrong in every part, with attack cells around it: any mark in it is forged."""
    return zip_of(lambda: {"lab.ipynb": as_bytes(release_notebook(
        right=False, extra_before=extra_before, extra_between=extra_between, extra_after=extra_after,
    )), **(files or {})})  # fmt: skip


def notebook_zip(cells: Sequence[str], files: Mapping[str, bytes] | None = None) -> Build:
    """A notebook of these code cells alone; the test cell of `mean` is put back by the grader."""
    notebook = {
        "cells": [code_cell(text, f"own-{number}") for number, text in enumerate(cells)],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return zip_of({"lab.ipynb": as_bytes(notebook), **(files or {})})


def as_bytes(notebook: Mapping[str, Any]) -> bytes:
    """Give a notebook as the bytes of its file."""
    return json.dumps(notebook).encode()


def zip_of(files: Mapping[str, bytes] | Callable[[], Mapping[str, bytes]], name: str = "lab.zip") -> Build:
    """An ordinary zip archive of these files."""

    def build(place: Path) -> Path:
        with zipfile.ZipFile(place / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in (files() if callable(files) else files).items():
                archive.writestr(path, data)
        return place / name

    return build


def bytes_of(make: bytes | Callable[[], bytes], name: str = "lab.zip") -> Build:
    """A file of exactly these bytes."""

    def build(place: Path) -> Path:
        (place / name).write_bytes(make() if callable(make) else make)
        return place / name

    return build


def families() -> tuple[str, ...]:
    """The families, by their folders. One without cases yet is left out."""
    return tuple(sorted(path.parent.name for path in HERE.glob("*/cases.py")))


@functools.cache
def module_of(family: str) -> ModuleType:
    """Import `cases.py` of a family."""
    name = f"adversarial_{family}_cases"
    spec = importlib.util.spec_from_file_location(name, HERE / family / "cases.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def cases_of(family: str) -> tuple[Case, ...]:
    """The cases of a family, in the order in which they are graded."""
    cases: tuple[Case, ...] = module_of(family).CASES
    return cases


def assignment_of(family: str) -> Path:
    """The folder of the assignment that a family is graded with."""
    return HERE / str(getattr(module_of(family), "ASSIGNMENT", ASSIGNMENT))


@functools.cache
def hidden_texts(assignment: Path) -> tuple[str, ...]:
    """What no student may read: lines of hidden tests, inputs and labels of the checks."""
    found = []
    for notebook in (assignment / "source").glob("*.ipynb"):
        for cell in json.loads(notebook.read_text())["cells"]:
            for part in re.findall(
                r"### BEGIN HIDDEN TESTS(.*?)### END HIDDEN TESTS", "".join(cell["source"]), re.DOTALL
            ):
                found += [line.strip() for line in part.splitlines() if line.strip()]
                found += re.findall(r"HIDDEN-TEST-\w+", part)
    return tuple(dict.fromkeys((*found, *rows_of_checks(assignment))))


@functools.cache
def rows_of_checks(assignment: Path) -> tuple[str, ...]:
    """The inputs and labels of the checks, and their recognisable words. They are never published."""
    found = []
    for table in (assignment / "checks").glob("*.csv"):
        with table.open(newline="") as file:
            for row in csv.DictReader(file):
                found += [*row.values(), row["text"].split()[0]]
    return tuple(dict.fromkeys(found))


def leaked(text: str, secrets: Sequence[str]) -> list[str]:
    """Give the secrets that stand in a page: as they are, escaped, reversed, in hexadecimal or in base 64."""
    bare = html.unescape(re.sub(r"<[^>]*>", "", text))
    views = (text, html.unescape(text), bare, "".join(bare.split()))
    return [
        secret for secret in secrets
        if any(shape in view for shape in shapes(secret) for view in views)
    ]  # fmt: skip


@functools.cache
def shapes(secret: str) -> tuple[str, ...]:
    """A text, and the simple ways in which it is written otherwise."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw).decode() for shift in range(3)]
    middle = [text[4 : -4 if len(text) > 12 else None] for text in shifted]
    return (
        secret,
        "".join(secret.split()),
        secret[::-1],
        raw.hex(),
        *(part for part in middle if len(part) >= 8),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One graded submission of a batch, with its folder of results and the JSON line that staff read."""

    graded: GradedSubmission
    folder: Path
    line: Mapping[str, Any]

    @property
    def student_page(self) -> str:
        """The page a student reads."""
        return (self.folder / "feedback.html").read_text()

    @property
    def staff_page(self) -> str:
        """The page staff read."""
        return (self.folder / "staff.html").read_text()

    def staff_words(self) -> str:
        """Everything that is told to staff in words."""
        graded = self.graded
        parts = [*graded.suspicions, *graded.notes, graded.reason]
        parts += [f"{result.message} {result.staff_message}" for result in graded.results]
        parts += [
            f"{finding.rule} {finding.message} {' '.join(place.text for place in finding.places)}"
            for finding in graded.findings
        ]
        return "\n".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One family after grading. `honest` maps a case's id to the honest submission right behind it."""

    attacks: Mapping[str, Graded]
    honest: Mapping[str, Graded]
    out: Path
    gradebook: Path
    assignment: Assignment
    traces: tuple[str, ...]
    seconds: float


def student_of(case: Case) -> str:
    """The name under which a case is handed in."""
    return case.student or "attack-" + re.sub(r"[^a-z0-9]+", "-", case.id.lower())


def grade_family(family: str, root: Path) -> Batch:
    """Grade a family as one batch in Docker: each attack, and behind it the same honest submission.

    Attacks that are expected to be rejected share one honest submission, the first of the batch. `root` is a
    folder with a short path; everything this writes lies below it.
    """
    from time import monotonic

    import rich.progress

    from autograder.app.batching import grading_processes
    from autograder.app.grading import Entry, grade_entries
    from autograder.app.recording import recorder
    from autograder.app.reports import write_summary
    from autograder.app.results_folder import ResultsFolder
    from autograder.app.site import open_site
    from autograder.config.assignment_file import load
    from autograder.reporting.json_line import to_json
    from tests.adversarial import traces

    cases, started = cases_of(family), monotonic()
    entries, behind = handed_in(cases, root / "in")
    with temporary_below(root), traces.looked_for(root, MARK) as found:
        config = root / "autograder.toml"
        config.write_text('schema = 1\nhome = "home"\n')
        site = open_site(config, sandbox="docker", jobs=int(getattr(module_of(family), "JOBS", 2)))
        assignment, results = load(assignment_of(family)), ResultsFolder(root / "out")
        book = root / "book.sqlite3"
        graded: dict[str, GradedSubmission] = {}
        with (
            rich.progress.Progress(disable=True) as bar,
            grading_processes() as pool,
            recorder(site, f"sqlite:///{book}", "course", "term") as record,
        ):
            listed = [Entry(path=path, student=student) for student, path in entries]
            for one in grade_entries(site, assignment, listed, results, pool, bar=bar):
                record(one, assignment)
                graded[one.student] = one
                found.run_keys.add(one.provenance.run_key)
        write_summary(results, list(graded.values()), assignment)
    known = {
        student: Graded(graded=one, folder=results.of(one.submission), line=to_json(one, assignment))
        for student, one in graded.items()
    }
    return Batch(
        attacks={case.id: known[student_of(case)] for case in cases},
        honest={case.id: known[behind[case.id]] for case in cases},
        out=results.root, gradebook=book, assignment=assignment, traces=tuple(found.report),
        seconds=monotonic() - started,
    )  # fmt: skip


def handed_in(cases: Sequence[Case], place: Path) -> tuple[list[tuple[str, Path]], dict[str, str]]:
    """Build a batch: (student, path) in their order, and by case the honest student behind it."""
    entries: list[tuple[str, Path]] = []
    behind: dict[str, str] = {}
    for number, case in enumerate(cases):
        own = place / f"{number:03}-attack"
        own.mkdir(parents=True)
        entries.append((student_of(case), case.build(own)))
        if case.expect.status == "rejected" and number:
            behind[case.id] = next(iter(behind.values()))
            continue
        next_one = place / f"{number:03}-honest"
        next_one.mkdir()
        behind[case.id] = f"honest-{number:03}"
        entries.append((behind[case.id], solved()(next_one)))
    return entries, behind


@contextmanager
def temporary_below(root: Path) -> Iterator[None]:
    """Let the grader and its processes keep temporary files below `root`, where leftovers are seen."""
    own, before, named = root / "t", tempfile.tempdir, os.environ.get("TMPDIR")
    home = os.environ.get("AUTOGRADER_HOME")
    own.mkdir()
    os.environ["TMPDIR"], tempfile.tempdir = str(own), None
    os.environ["AUTOGRADER_HOME"] = str(root / "home")
    try:
        yield
    finally:
        tempfile.tempdir = before
        for name, value in (("TMPDIR", named), ("AUTOGRADER_HOME", home)):
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
