"""Run the real command in a process of its own, as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

AUTOGRADER = Path(sys.executable).parent / "autograder"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; fails on anything else there."""
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Done]


def run(*words: object, cwd: Path | None = None, seconds: float = 280, home: str | None = None) -> Done:
    environment = dict(os.environ) | ({"AUTOGRADER_HOME": home} if home else {})
    done = subprocess.run(
        [str(word) for word in (AUTOGRADER, *words)], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def autograder(tmp_path: Path) -> Command:
    def command(*words: object, **keywords: Any) -> Done:
        return run(*words, **{"cwd": tmp_path, **keywords})

    return command


@pytest.fixture
def shared_home() -> str:
    """The state folder that `make test` has filled with the stand-in model and the made-up sentences."""
    home = os.environ.get("NBVERDICT_SHARED_HOME", "")
    if not home:
        pytest.skip("AUTOGRADER_HOME names no folder with the test assets (make test sets it)")
    return home
