"""Where autograder.toml is looked for and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.config.machine import GpuDriver, MachineConfig, load
from autograder.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "autograder.toml"
    path.write_text(text)
    return path


def found(tmp_path: Path, named: Path | None = None, **environment: str) -> MachineConfig:
    folder = tmp_path / "here"
    folder.mkdir(exist_ok=True)
    return load(named, folder=folder, environment=environment, user_folder=tmp_path / "user")


def test_without_a_file_the_defaults_count(tmp_path: Path) -> None:
    machine = found(tmp_path, AUTOGRADER_HOME=str(tmp_path / "state"))
    assert machine.file is None
    assert machine.home == tmp_path / "state"
    assert machine.store == tmp_path / "state" / "store"
    assert machine.gradebook_url == f"sqlite:///{tmp_path}/state/gradebook.sqlite"
    assert machine.sandbox == "docker"
    assert machine.image("course") != machine.image("course", gpu=True)


def test_the_named_file_wins_over_the_current_folder_and_that_over_the_users_folder(tmp_path: Path) -> None:
    written(tmp_path / "user", "schema = 1\n[run]\njobs = 2\n")
    assert found(tmp_path).jobs == 2
    written(tmp_path / "here", "schema = 1\n[run]\njobs = 3\n")
    assert found(tmp_path).jobs == 3
    assert found(tmp_path, written(tmp_path / "other", "schema = 1\n[run]\njobs = 4\n")).jobs == 4


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        found(tmp_path, tmp_path / "no.toml")


def test_every_key_is_read_and_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    text = """
schema = 1
home = "state"
[images]
course = { cpu = "site/tf:cpu", gpu = "site/tf:gpu" }
plain = "site/plain:1"
[sandbox]
default = "process"
[gpu]
driver = "cdi"
devices = ["nvidia.com/gpu=0"]
[assets]
store = "../assets"
[gradebook]
url = "sqlite:///grades.sqlite"
course = "DL"
term = "2026-fall"
[intake]
time_zone = "America/Chicago"
[run]
jobs = 2
"""
    machine = found(tmp_path, written(tmp_path / "site", text))
    assert machine.home == tmp_path / "site" / "state"
    assert machine.store.resolve() == tmp_path / "assets"
    assert machine.image("plain") == "site/plain:1"
    assert machine.image("course", gpu=True) == "site/tf:gpu"
    assert (machine.gpu_driver, machine.gpu_devices) == (GpuDriver.CDI, ("nvidia.com/gpu=0",))
    assert (machine.sandbox, machine.gradebook_url) == ("process", "sqlite:///grades.sqlite")
    assert (machine.course, machine.term, machine.jobs) == ("DL", "2026-fall", 2)
    assert machine.time_zone == "America/Chicago"


def test_the_environment_variable_wins_over_the_key_home(tmp_path: Path) -> None:
    written(tmp_path / "here", 'schema = 1\nhome = "state"\n')
    assert found(tmp_path, AUTOGRADER_HOME=str(tmp_path / "elsewhere")).home == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "schema = 1\n[gpu]\ndrivers = 'cdi'\n",
            ':3: gpu.drivers: unknown key "drivers"; did you mean "driver"?',
        ),
        ("schema = 1\n[sandbox]\ndefault = 'none'\n", ":3: sandbox.default:"),
        ("schema = 1\n[images]\ncourse = { cpus = 'x' }\n", 'unknown key "cpus"; did you mean "cpu"?'),
        ("schema = 1\n[run]\njobs = 0\n", ":3: run.jobs:"),
        ("jobs = 2\n", 'the key "schema" is missing'),
    ],
)
def test_a_wrong_key_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as problem:
        found(tmp_path, written(tmp_path / "site", text))
    assert expected in str(problem.value)


def test_an_image_that_nobody_defined_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    machine = found(tmp_path)
    with pytest.raises(ConfigError, match='no image is called "corse"; did you mean "course"'):
        machine.image("corse")
    with pytest.raises(ConfigError, match="no GPU variant"):
        machine.image("small", gpu=True)
