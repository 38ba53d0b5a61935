"""Write the reference pages that are generated from code: `python -m autograder.cli.documentation DOCS`.

Tests compare the committed pages with what stands here. It does not write the pages that people wrote.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main


def commands_page() -> str:
    """Markdown of every command with its arguments and options."""
    from autograder.cli.commands import application

    root: Any = typer.main.get_command(application)  # of typer's own classes since it carries its own click
    lines = [
        "# Commands",
        "",
        "This page is generated from the code: `make docs`.",
        "",
        "Exit codes: 0 done; 1 something on our side failed; 2 wrong usage; 130 stopped by Ctrl-C.",
        "`grade` ends with 0 when every submission was graded, waits for a person, or was rejected.",
    ]
    for title, command in _leaves("autograder", root):
        lines += section(title, command)
    return "\n".join(lines) + "\n"


def _leaves(title: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Every command in a group and in the groups inside it, with its whole name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(f"{title} {name}", command)
        else:
            yield f"{title} {name}", command


def section(title: str, command: Any) -> list[str]:
    """One command: what it does, how it is called, and a table of its parameters."""
    context = command.context_class(command, info_name=title)
    usage = re.sub(r"[{}]", "", " ".join(command.collect_usage_pieces(context)))
    lines = [
        "",
        f"## `{title}`",
        "",
        " ".join((command.help or "").split()),
        "",
        "```",
        f"{title} {usage}",
        "```",
    ]
    rows = [row(parameter, context) for parameter in command.get_params(context) if parameter.name != "help"]
    return [*lines, "", "| parameter | meaning | default |", "|---|---|---|", *rows] if rows else lines


def row(parameter: Any, context: Any) -> str:
    """One table row. A default of None or an empty text is shown as nothing."""
    if parameter.param_type_name == "option":
        name = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
    else:
        name = f"`{parameter.metavar or parameter.name.upper()}`"
    default = parameter.get_default(context)
    plain = (str, int, float, Path)
    shown = (
        f"`{default}`"
        if isinstance(default, plain) and not isinstance(default, bool) and str(default)
        else ""
    )
    return f"| {name} | {getattr(parameter, 'help', '') or ''} | {shown} |"


def packages_page(locks: Path) -> str:
    """Markdown of what is installed in the sandbox images, read from the lock files in `docker/locks`."""
    titles = {
        "cpu": "Image `course`",
        "gpu": "Image `course`, with GPU: what is there besides",
        "small": "Image `small`",
    }
    listed = {kind: locked(locks / f"{kind}.lock") for kind in titles}
    lines = [
        "# Packages in the sandbox",
        "",
        "This page is generated from `docker/locks`: `make docs`. Python is 3.11. There is no network: what",
        "is not listed here cannot be installed during a run. A `pip install` of what is listed succeeds.",
    ]
    for kind, title in titles.items():
        found = listed[kind]
        if kind == "gpu":
            found = {name: version for name, version in found.items() if listed["cpu"].get(name) != version}
        lines += ["", f"## {title}", "", "| package | version |", "|---|---|"]
        lines += [f"| {name} | {version} |" for name, version in sorted(found.items())]
    return "\n".join(lines) + "\n"


def locked(lock: Path) -> dict[str, str]:
    """Names and versions in one lock file."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", lock.read_text(), flags=re.MULTILINE))


def pages(root: Path) -> dict[Path, str]:
    """Every generated page by its path below `docs/`. `root` is the project's root."""
    from autograder.app import policies_page
    from autograder.app.grade_exports import table_page
    from autograder.authoring import samples_page
    from autograder.config import reference as configuration
    from autograder.guidelines import page as guidelines
    from autograder.reporting import reference as results

    return {
        Path("reference/commands.md"): commands_page(),
        Path("reference/packages.md"): packages_page(root / "docker" / "locks"),
        Path("reference/grade-table.md"): table_page(),
        Path("guidelines.md"): guidelines.text(),
        samples_page.PATH: samples_page.samples_page(),
        policies_page.PATH: policies_page.policies_page(),
        **configuration.pages(),
        **{Path("reference") / name: text for name, text in results.pages().items()},
    }


def main() -> None:
    """Write every page below the project's `docs/`."""
    root = Path(sys.argv[1]).resolve()
    for path, text in pages(root).items():
        target = root / "docs" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        sys.stdout.write(f"{target.relative_to(root)}\n")


if __name__ == "__main__":
    main()
