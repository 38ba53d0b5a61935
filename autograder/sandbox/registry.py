"""Find a sandbox by name: the two built in, and those that installed packages offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import cast

from autograder.errors import UnknownPlugin
from autograder.sandbox.protocol import Sandbox

GROUP = "nbverdict.sandboxes"


def _docker() -> Sandbox:
    from autograder.sandbox.docker.backend import DockerSandbox

    return DockerSandbox()


def _process() -> Sandbox:
    from autograder.sandbox.process import ProcessSandbox

    return ProcessSandbox()


BUILT_IN: Mapping[str, Callable[[], Sandbox]] = {"docker": _docker, "process": _process}


def find(name: str) -> Sandbox:
    """Return the sandbox of that name. Raises `UnknownPlugin`, naming those there are.

    An installed package offers one through the entry-point group `nbverdict.sandboxes`: a callable without
    arguments that returns a `Sandbox`. It must pass `autograder.sandbox.conformance`.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]()
    installed = entry_points(group=GROUP)
    if name in installed.names:
        return cast(Callable[[], Sandbox], installed[name].load())()
    known = ", ".join(sorted({*BUILT_IN, *installed.names}))
    raise UnknownPlugin(f"there is no sandbox called {name!r}", hint=f"There are: {known}.")
