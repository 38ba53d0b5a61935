"""What a fork server imports before it grades."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import importlib, sys
from autograder.app.preloaded import PRELOADED
for name in PRELOADED:
    importlib.import_module(name)
from nbformat.v4 import new_code_cell
new_code_cell("x = 1")
print(sys.modules.get("rfc3987_syntax"), "jsonschema" in sys.modules)
"""


def test_the_grammar_that_nobody_asks_for_is_not_built() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "True"]
