"""What students' tools leave behind and what could configure a run: dropped, with a note.

Files that only look odd stay. A module that bears a library's name is kept and noted: it may be an accident,
and the grader never has the student's folder on its own path.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

_FOLDERS: Final = {
    "__macosx": "left by macOS",
    ".ipynb_checkpoints": "automatic copies of notebooks",
    "__pycache__": "compiled Python",
    ".pytest_cache": "left by pytest",
    ".mypy_cache": "left by mypy",
    ".git": "version control",
    ".svn": "version control",
    ".idea": "settings of an editor",
    ".vscode": "settings of an editor",
    ".venv": "a virtual environment",
    "venv": "a virtual environment",
    "node_modules": "installed packages",
    ".trashes": "left by macOS",
    ".ipython": "settings of IPython, which are never used",
    ".jupyter": "settings of Jupyter, which are never used",
    ".config": "settings, which are never used",
    ".local": "settings, which are never used",
    ".keras": "settings of Keras, which are never used",
    ".cache": "a cache",
}
_FILES: Final = (
    (".ds_store", "left by macOS"),
    ("._*", "left by macOS"),
    ("thumbs.db", "left by Windows"),
    ("desktop.ini", "left by Windows"),
    ("~$*", "left by an office program"),
    ("*.pyc", "compiled Python"),
    ("ipython_config.py", "settings of IPython, which are never used"),
    ("ipython_kernel_config.py", "settings of IPython, which are never used"),
    ("jupyter_*config.py", "settings of Jupyter, which are never used"),
    ("jupyter_*config.json", "settings of Jupyter, which are never used"),
)
_LIBRARIES: Final = frozenset(
    {
        "numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "tensorflow", "keras", "tf_keras",
        "transformers", "datasets", "tokenizers", "torch", "nbclient", "nbformat", "ipykernel", "IPython",
        "jupyter_client", "zmq", "pytest", "sitecustomize", "usercustomize", "conftest",
    }
)  # fmt: skip


def why_dropped(path: str) -> str:
    """Return why a file is left out ("" when it is kept). `path` is relative with forward slashes."""
    *folders, name = path.casefold().split("/")
    for folder in folders:
        if folder in _FOLDERS:
            return _FOLDERS[folder]
    if name in _FOLDERS:
        return _FOLDERS[name]
    return next((why for pattern, why in _FILES if fnmatchcase(name, pattern)), "")


def common_folder(paths: Iterable[str]) -> str:
    """Return the folder around everything, with its final slash, or "" when there is none."""
    listed = list(paths)
    if not listed:
        return ""
    shared = listed[0].split("/")[:-1]
    for path in listed[1:]:
        parts = path.split("/")[:-1]
        same = 0
        while same < min(len(shared), len(parts)) and shared[same] == parts[same]:
            same += 1
        shared = shared[:same]
    return "/".join(shared) + "/" if shared else ""


def shadowing(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the files that would be imported in place of a library or a standard module."""
    found = []
    for path in paths:
        first, _, rest = path.partition("/")
        module = first.removesuffix(".py") if first.endswith(".py") and not rest else first
        if rest and not rest.endswith("__init__.py"):
            continue
        if (module != first or rest) and (module in _LIBRARIES or module in sys.stdlib_module_names):
            found.append(path)
    return tuple(sorted(found))
