"""A kernel starts with a home folder that can be used, whatever an earlier one made of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.sandbox.docker.options import kernel_exec, usable_home


def home_of_the_next_kernel(home: Path) -> Path:
    command = usable_home("t0ken") + 'echo "$HOME"'
    printed = subprocess.run(
        ["/bin/sh", "-c", command], env={"HOME": str(home)}, capture_output=True, text=True, check=True
    )
    return Path(printed.stdout.strip())


def test_a_folder_stays_the_home(tmp_path: Path) -> None:
    assert home_of_the_next_kernel(tmp_path) == tmp_path


@pytest.mark.parametrize(
    "spoil", [lambda home: home.symlink_to(home), Path.touch, lambda home: None], ids=["loop", "file", "gone"]
)
def test_what_is_no_folder_is_replaced_by_a_new_one(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    home = tmp_path / "home"
    spoil(home)
    found = home_of_the_next_kernel(home)
    assert found == tmp_path / "home-t0ken"
    assert found.is_dir()


def test_every_kernel_is_started_so() -> None:
    assert usable_home("t0ken") in kernel_exec(2, "t0ken", fill=False)["cmd"][-1]
