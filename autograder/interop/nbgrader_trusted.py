"""Run a course's `nbgrader_config.py` in a process of its own and take its settings as plain values.

Only for somebody who said that the file may be run: it can do whatever the person can who started the
command. The time is limited; nothing else is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from autograder.errors import AuthoringError
from autograder.interop.nbgrader_config import JSON_FILE, PYTHON_FILE, ConfigRead

_SECONDS: Final = 60.0
_LINES_AT_MOST: Final = 5


def run_config(folder: Path) -> ConfigRead:
    """Give the settings of the course in `folder` after running its configuration.

    Raises AuthoringError when the file fails, or does not end in a minute.
    """
    with tempfile.TemporaryDirectory(prefix="nbverdict-config-") as temporary:
        answer = Path(temporary) / "settings.json"
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", __name__, str(folder.absolute()), str(answer)],
                cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS,
                errors="replace",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise AuthoringError(f"{folder / PYTHON_FILE}: did not end within {_SECONDS:g} seconds") from None
        if done.returncode or not answer.is_file():
            told = "\n".join(done.stderr.strip().splitlines()[-_LINES_AT_MOST:])
            raise AuthoringError(f"{folder / PYTHON_FILE}: failed when it was run\n{told}")
        values: dict[str, dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))
    return ConfigRead(values=values)


def main() -> None:
    """Load the configuration as nbgrader does and write it as JSON. Runs in the process of its own."""
    from traitlets.config.loader import Config, JSONFileConfigLoader, PyFileConfigLoader

    folder, answer = Path(sys.argv[1]), Path(sys.argv[2])
    config = Config()
    for loader, name in ((PyFileConfigLoader, PYTHON_FILE), (JSONFileConfigLoader, JSON_FILE)):
        if (folder / name).is_file():
            config.merge(loader(name, path=str(folder)).load_config())
    values = {
        section: {name: _plain(value) for name, value in settings.items()}
        for section, settings in config.items()
        if isinstance(settings, dict)
    }
    answer.write_text(json.dumps(values), encoding="utf-8")


def _plain(value: object) -> object:
    """Give a value as JSON can hold it; what it cannot hold becomes text."""
    try:
        return json.loads(json.dumps(value, default=list))
    except (TypeError, ValueError):
        return str(value)


if __name__ == "__main__":
    main()
