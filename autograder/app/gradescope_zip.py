"""Make the `autograder.zip` that Gradescope runs: the scripts, this package and one assignment.

The zip holds solutions and hidden tests: it is for staff and for Gradescope, never for students. It carries
nothing of the asset store and no withheld rows; an assignment that needs them is refused.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path, PurePosixPath

from autograder.app.gradescope_scripts import RUN, SETUP, USER
from autograder.app.results_folder import write_file
from autograder.authoring.source import source_notebooks
from autograder.config.assignment_file import CHECKS, FILE_NAME, RUBRICS, SOURCE, course_file, load
from autograder.errors import AuthoringError, UsageError
from autograder.model.assignment import Assignment, GpuNeed
from autograder.model.surroundings import rest

DISTRIBUTION = "nbverdict"
PACKAGES = ("autograder", "gradebook")
EARLIEST = (1980, 1, 1, 0, 0, 0)
EXECUTABLE = {"setup.sh", "run_autograder"}
IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w[\w.]*)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.MULTILINE)
MACHINE = """\
# Made by `autograder gradescope`: how grading works inside Gradescope's container.
schema = 1
home = "state"

[sandbox]
default = "process"
user = "{user}"

[images]
{image} = "none"
"""


def write_gradescope_zip(
    assignment_folder: Path, out: Path, *, requirements: Path | None, replace: bool = False
) -> None:
    """Write the zip. Equal files give equal bytes. Only with `replace` another file that is there goes.

    `requirements` names the packages that notebooks of the assignment import, one per line.

    Raises AuthoringError for an assignment that cannot be graded there, UsageError when its notebooks import
    packages that nobody named, when this package is not installed in a way that its requirements are known,
    when the file with requirements cannot be read, or when another file is there already.
    """
    assignment = load(assignment_folder)
    refuse_what_is_not_there(assignment)
    if requirements is None:
        refuse_unnamed_packages(assignment)
    files = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        "requirements.txt": requirements_text(requirements).encode(),
        "autograder.toml": MACHINE.format(user=USER, image=toml_key(assignment.environment.image)).encode(),
        **{f"assignment/{name}": path.read_bytes() for name, path in assignment_files(assignment)},
        **{f"package/{name}": path.read_bytes() for name, path in package_files()},
    }
    made = zipped(files)
    if out.exists() and not replace and not (out.is_file() and out.read_bytes() == made):
        raise UsageError(
            f"{out}: is there already and differs", hint="Give another file with --out, or --replace."
        )
    write_file(out, made)


def refuse_what_is_not_there(assignment: Assignment) -> None:
    """Raise AuthoringError for what Gradescope's container does not have."""
    lacking = [
        *(["the asset store"] if assignment.assets.models or assignment.assets.datasets else []),
        *(["withheld rows"] if assignment.holdout else []),
        *(["a GPU"] if assignment.environment.gpu is GpuNeed.REQUIRED else []),
    ]
    if lacking:
        raise AuthoringError(
            f"{assignment.id} needs {' and '.join(lacking)}, which Gradescope's container does not have",
            hint="Grade it on a machine of your own, and upload the grades.",
        )


def refuse_unnamed_packages(assignment: Assignment) -> None:
    """Raise UsageError where the author's notebooks import what would not be installed there.

    Every submission would fail at its imports, and that would be our failure.
    """
    beside = {PurePosixPath(name).parts[0].removesuffix(".py") for name in assignment.course_files}
    ours = set(map(project_name, own_requirements()))
    made_by = packages_distributions()
    foreign = [
        module
        for module in sorted(imported_modules(assignment))
        if module not in sys.stdlib_module_names | beside | {"otter"}
        and not ours.intersection(name.lower() for name in made_by.get(module, ()))
    ]
    if foreign:
        raise UsageError(
            f"the notebooks of {assignment.id} import {', '.join(foreign)}; what installs them?",
            hint="Write the packages into a file, one per line, and name it with --requirements.",
        )


def imported_modules(assignment: Assignment) -> set[str]:
    """Names of the modules that code cells of the author's notebooks import, the first part of each."""
    found: set[str] = set()
    for notebook in source_notebooks(assignment).values():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                for one, several in IMPORT.findall(cell.source):
                    named = [one] if one else several.split(",")
                    found |= {name.split()[0].split(".")[0] for name in named if name.split()}
    return found


def assignment_files(assignment: Assignment) -> Iterator[tuple[str, Path]]:
    """What grading reads of an assignment, by its name in the folder. Samples are not among it."""
    folder = assignment.folder
    yield FILE_NAME, folder / FILE_NAME
    for name in assignment.notebooks:
        yield f"{SOURCE}/{name}", folder / SOURCE / name
    for name in assignment.course_files:
        yield f"{SOURCE}/{rest(name)}", course_file(folder, name)
    for part in (CHECKS, RUBRICS):
        for path in files_below(folder / part):
            yield path.relative_to(folder).as_posix(), path


def package_files() -> Iterator[tuple[str, Path]]:
    """This package as it is installed here, so that grading there is grading here."""
    root = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        for path in files_below(root / name):
            yield path.relative_to(root).as_posix(), path


def files_below(folder: Path) -> Iterable[Path]:
    """Regular files below a folder, byte code left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


def requirements_text(more: Path | None) -> str:
    """What pip installs there: our own requirements in the versions of this machine, and `more`."""
    lines = [f"{name}=={version(name)}" for name in sorted(map(project_name, own_requirements()))]
    if more is not None:
        try:
            lines += ["# for the notebooks", more.read_text(encoding="utf-8").rstrip("\n")]
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageError(f"{more}: cannot be read as a list of packages: {problem}") from problem
    return "\n".join(lines) + "\n"


def own_requirements() -> list[str]:
    """What this package requires, without its extras. Raises UsageError when nobody knows."""
    try:
        return [line for line in requires(DISTRIBUTION) or () if "extra ==" not in line]
    except PackageNotFoundError:
        raise UsageError(
            f"{DISTRIBUTION} is not installed here as a package, so what it requires is not known",
            hint="Install it with pip and run the command again.",
        ) from None


def project_name(requirement: str) -> str:
    """`rich` of `rich>=13.9`."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def toml_key(name: str) -> str:
    """A name as a quoted key of TOML."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Give the zip, with the two scripts executable and one fixed time for all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in EXECUTABLE else 0o100644) << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return buffer.getvalue()
