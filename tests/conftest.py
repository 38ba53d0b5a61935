"""What tests need of this machine, and a plain word about what was left out."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Shared machines stall for a moment now and then; that is no property of the code.
settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.load_profile("shared machine")

SMALL_IMAGE = "nbverdict-sandbox:small"
COURSE_IMAGE = "nbverdict-sandbox:cpu"


@functools.cache
def missing_for_docker(image: str) -> str:
    """Why the real sandbox cannot be used, or an empty text."""
    import docker
    from docker.errors import DockerException, ImageNotFound

    try:
        client = docker.from_env()
        client.images.get(image)
    except ImageNotFound:
        return f"the image {image} is not built (make image)"
    except DockerException:
        return "no Docker engine answers"
    return ""


def missing_for_browser() -> str:
    return "" if shutil.which("chromium") or shutil.which("google-chrome") else "Chromium is not installed"


def reason_to_leave_out(item: pytest.Item) -> tuple[str, bool]:
    """Why a test cannot run here, and whether that is a failure (in CI)."""
    if item.get_closest_marker("course") and (why := missing_for_docker(COURSE_IMAGE)):
        return why, bool(os.environ.get("NBVERDICT_REQUIRE_DOCKER"))
    if item.get_closest_marker("docker") and (why := missing_for_docker(SMALL_IMAGE)):
        return why, bool(os.environ.get("NBVERDICT_REQUIRE_DOCKER"))
    if item.get_closest_marker("browser") and (why := missing_for_browser()):
        return why, bool(os.environ.get("NBVERDICT_REQUIRE_BROWSER"))
    return "", False


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    why, required = reason_to_leave_out(item)
    if why and required:
        pytest.fail(f"needed here, but {why}", pytrace=False)
    if why:
        pytest.skip(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    reasons: dict[str, int] = {}
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] = reasons.get(reason.removeprefix("Skipped: "), 0) + 1
    terminalreporter.section("left out")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} tests: {reason}")


@pytest.fixture(autouse=True)
def own_state_folder(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Keep tests away from the user's asset store and gradebook, unless a test asks for the shared one."""
    home = os.environ.get("AUTOGRADER_HOME")
    if home:
        monkeypatch.setenv("NBVERDICT_SHARED_HOME", home)
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path_factory.mktemp("home")))
    yield
