"""Commands about this machine: `doctor` and `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import progress, say, show
from autograder.cli.options import ConfigFile, SandboxName


def doctor(
    gpu: Annotated[bool, typer.Option("--gpu", help="Also prove that a sandbox can use the GPU.")] = False,
    config: ConfigFile = None,
) -> None:
    """Look whether this machine can grade: engine, images, assets, limits."""
    from autograder.app.site import diagnose

    ok = True
    for item in diagnose(config, gpu=gpu):
        ok &= item.ok
        show(f"{'ok  ' if item.ok else 'FAIL'} {item.name}: {item.detail}")
        if not item.ok and item.hint:
            show(f"     {item.hint}")
    if not ok:
        raise typer.Exit(1)


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pages go.")] = Path("demo-out"),
    sandbox: SandboxName = None,
    config: ConfigFile = None,
) -> None:
    """Grade a small class from release to report, in about a minute."""
    from autograder.app.demo import run_demo

    with progress() as bar:
        for line in run_demo(out, sandbox=sandbox, config=config, bar=bar, warn=say):
            show(line)
