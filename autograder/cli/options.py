"""Arguments and options that several commands share, with one wording each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AssignmentArgument = Annotated[
    Path,
    typer.Argument(
        metavar="ASSIGNMENT",
        help="Folder with an assignment.toml or an nbgrader source (COURSE/source/NAME), an otter "
        "autograder.zip, or an otter master notebook.",
        show_default=False,
    ),
]
SubmissionsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="SUBMISSION...",
        help="Zip files, notebooks, folders, or an intake folder.",
        show_default=False,
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where results and reports go.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Use this autograder.toml.", show_default=False),
]
SandboxName = Annotated[
    str | None,
    typer.Option(
        "--sandbox", metavar="docker|process", help="Where notebooks run. `process` does not protect.",
        show_default=False,
    ),
]  # fmt: skip
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Gradings at the same time.", show_default=False),
]
GradebookUrl = Annotated[
    str | None,
    typer.Option(
        "--gradebook",
        metavar="URL",
        help="The gradebook, such as sqlite:///gradebook.sqlite3; default in autograder.toml.",
        show_default=False,
    ),
]
Course = Annotated[str, typer.Option("--course", help="Course of the offering; default in autograder.toml.")]
Term = Annotated[str, typer.Option("--term", help="Term of the offering; default in autograder.toml.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line on stdout, nothing else.")]
Published = Annotated[
    bool,
    typer.Option("--published", help="Write the feedback as it is after everything hidden was published."),
]
JunitFile = Annotated[
    Path | None,
    typer.Option(
        "--junit", metavar="FILE", help="Also write the results as JUnit XML, for a CI. For staff.",
        show_default=False,
    ),
]  # fmt: skip
OtterCsvFile = Annotated[
    Path | None,
    typer.Option(
        "--otter-csv", metavar="FILE", help="Also write the grades as CSV in the columns of `otter grade`.",
        show_default=False,
    ),
]  # fmt: skip
By = Annotated[str, typer.Option("--by", help="Who decides.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why.", show_default=False)]
ByUnlessDry = Annotated[
    str, typer.Option("--by", help="Who decides. A dry run needs nobody.", show_default=False)
]
ReasonUnlessDry = Annotated[
    str, typer.Option("--reason", help="Why. A dry run needs no reason.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
