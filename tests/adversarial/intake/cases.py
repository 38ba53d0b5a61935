"""Attacks by what is handed in: archives, notebooks, and files that would configure another's run."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from tests.adversarial.harness import (
    FULL_MARKS,
    MARK,
    NO_MARKS,
    Build,
    Case,
    Expect,
    as_bytes,
    bytes_of,
    notebook_zip,
    release_notebook,
    solved,
    wrong,
    zip_of,
)
from tests.adversarial.intake import raw_zip
from tests.adversarial.intake.archives import ARCHIVES, nested, rejected

LEAVES_A_MARK = f'import pathlib; pathlib.Path("/tmp/{MARK}-module").write_text("x")\n'
RIGHT = """
def mean(values): return sum(values) / len(values) if values else 0.0
def predict(texts):
    balance = lambda text: text.split().count("up") - text.split().count("down")
    return ["rising" if balance(t) > 0 else "falling" if balance(t) < 0 else "level" for t in texts]
count = 2
"""
OLD_AND_BROKEN = b'{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": {"x": []}}]}]}'
EVERYTHING_PASSES = f"""
{LEAVES_A_MARK}
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    return True
def pytest_runtest_makereport(item, call):
    report = pytest.TestReport.from_item_and_call(item, call)
    report.outcome = "passed"
    return report
"""


def notebook(change: Callable[[dict[str, Any]], object]) -> Build:
    """Correct work in a notebook in which something was changed."""

    def files() -> dict[str, bytes]:
        made = copy.deepcopy(release_notebook())
        change(made)
        return {"lab.ipynb": as_bytes(made)}

    return zip_of(files)


def text(old: str, new: str) -> Build:
    """Correct work in a notebook whose text was changed once, without regard for JSON."""
    return zip_of(lambda: {"lab.ipynb": json.dumps(release_notebook()).replace(old, new, 1).encode()})


def beside(entry: str) -> Build:
    """Correct work in a notebook with one more entry at its top."""
    return text('"nbformat": 4', f'{entry}, "nbformat": 4')


def three_thousand_more(made: dict[str, Any]) -> None:
    made["cells"].extend(copy.deepcopy(made["cells"][1]) for _ in range(3000))


def raw(make: bytes | Callable[[], bytes]) -> Build:
    """These bytes as the notebook."""
    return bytes_of(make, "lab.ipynb")


def large() -> bytes:
    """A notebook of 40 MB by one output, in an archive that may unpack to that much."""
    made = release_notebook()
    code = next(cell for cell in made["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 40_000_000}]
    other = raw_zip.Entry(name=b"other.bin", data=bytes(range(256)) * 4000, method=0)
    return raw_zip.archive([raw_zip.Entry(name=b"lab.ipynb", data=as_bytes(made)), other])


def metadata(made: dict[str, Any]) -> None:
    made["metadata"] = {
        "kernelspec": {
            "name": "evil", "display_name": "Evil", "language": "julia",
            "argv": ["/bin/sh", "-c", f"touch /tmp/{MARK}"], "env": {"PYTHONPATH": "/tmp"},
        },
        "language_info": {"name": "julia", "file_extension": "../../x"},
        "jupytext": {"formats": "ipynb,py:percent"},
        "papermill": {"parameters": {"count": 2}},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": "Evil"}}}},
        "colab": {"provenance": [{"file_id": "x"}]},
        "celltoolbar": "<script>alert(1)</script>",
        "__proto__": {"polluted": True},
    }  # fmt: skip
    for cell in made["cells"]:
        cell["metadata"] |= {"execution": {"timeout": 1}, "tags": ["skip-execution", "raises-exception"]}


JSON_HORRORS = (
    rejected("A12-nan", "Write NaN where JSON has none.", beside('"x": NaN'), "NaN"),
    rejected("A12-infinity", "Write -Infinity.", beside('"x": -Infinity'), "Infinity"),
    rejected("A12-1e999", "Write a number too large for any.", beside('"x": 1e999'), "too large"),
    rejected(
        "A12-digits", "Write a number of a million digits.", beside(f'"x": {"9" * 1_000_000}'), "digits"
    ),
    rejected("A12-twice", "Give a key twice, with two sets of cells.", beside('"cells": []'), "twice"),
    rejected(
        "A12-surrogate",
        "Write half a character.",
        text("# Numbers and words", "\\\\udc80".replace("\\\\", "\\")),
        "surrogate",
    ),
    rejected("A12-surrogate-key", "Write half a character as a key.", beside('"\\ud800": 1'), "surrogate"),
    rejected("A12-deep-lists", "Nest lists a million deep.", raw(b"[" * 1_000_000), "parts"),
    rejected(
        "A12-deep-objects",
        "Nest objects in the metadata.",
        beside('"y": ' + '{"x": ' * 5000 + "1" + "}" * 5000),
        "deep",
    ),
    rejected(
        "A12-parts",
        "Make a million small objects of few bytes.",
        beside('"x": [' + "{}," * 1_000_000 + "1]"),
        "parts",
    ),
    rejected(
        "A12-endless-text",
        "Make the reader look for the end of millions of texts that have none.",
        raw(b"[" * 300_001 + b'"' + b'\\"' * 5_000_000),
        "parts",
    ),
    rejected("A12-500-mb", "Hand in an output of 40 MB.", bytes_of(large), "clear its outputs"),
    rejected(
        "A12-utf16",
        "Write it in UTF-16.",
        raw(lambda: json.dumps(release_notebook()).encode("utf-16")),
        "UTF-8",
    ),
    rejected(
        "A12-binary", "Hand in random bytes as the notebook.", raw(bytes(range(256)) * 50), "cannot be read"
    ),
    rejected(
        "A12-two-documents",
        "Put a second notebook behind the first.",
        raw(lambda: as_bytes(release_notebook()) * 2),
        "not JSON",
    ),
    rejected(
        "A12-version", "Claim a format that does not exist.", text('"nbformat": 4', '"nbformat": 99'), "newer"
    ),
    rejected(
        "A12-true", "Give true as the format's number.", text('"nbformat": 4', '"nbformat": true'), "format"
    ),
    rejected(
        "A12-cells",
        "Give an object for the list of cells.",
        notebook(lambda made: made.update(cells={"a": 1})),
        "list of cells",
    ),
    rejected(
        "A12-source",
        "Give a number for a cell's text.",
        notebook(lambda made: made["cells"][1].update(source=7)),
        "source",
    ),
    rejected(
        "A12-kind",
        "Invent a type of cell.",
        notebook(lambda made: made["cells"][1].update(cell_type="shell")),
        "not a code",
    ),
    rejected(
        "A12-many-cells", "Hand in three thousand cells.", notebook(three_thousand_more), "cells, limit"
    ),
    rejected("A12-v3", "Break the converter of old formats.", raw(OLD_AND_BROKEN), "cannot be upgraded"),
)

IGNORED = (
    Case(
        id="A13-metadata",
        title="Choose the kernel, its command, time limits and parameters in the notebook's metadata.",
        promise="no-configuration",
        build=notebook(metadata),
        expect=Expect(checks=FULL_MARKS),
    ),
    Case(
        id="A14-startup",
        title="Let a start-up file of IPython in the archive do the work of an empty notebook.",
        promise="no-configuration",
        build=notebook_zip(
            ["1 + 1"],
            {
                ".ipython/profile_default/startup/00-first.py": RIGHT.encode(),
                "sub/.IPython/profile_default/startup/00-first.py": RIGHT.encode(),
                "ipython_config.py": f"c.InteractiveShellApp.exec_lines = [{RIGHT!r}]".encode(),
                "ipython_kernel_config.py": f"c.IPKernelApp.exec_lines = [{RIGHT!r}]".encode(),
                "jupyter_notebook_config.py": LEAVES_A_MARK.encode(),
                "jupyter_server_config.json": b'{"ServerApp": {"ip": "0.0.0.0"}}',
                ".jupyter/jupyter_config.py": LEAVES_A_MARK.encode(),
                ".local/share/jupyter/kernels/python3/kernel.json": b'{"argv": ["/bin/false"]}',
                ".config/matplotlib/matplotlibrc": b"backend: module://evil",
                ".pythonrc.py": LEAVES_A_MARK.encode(),
                "autograder.toml": b'schema = 1\n[sandbox]\ndefault = "process"\n',
                "assignment.toml": b'schema = 1\nid = "adversarial"\n[[checks]]\nid = "mean"\npoints = 0\n',
            },
        ),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="A15-shadows",
        title="Shadow modules that the grader and the kernel import.",
        promise="no-configuration",
        build=solved(
            files={
                name: LEAVES_A_MARK.encode()
                for name in (
                    "numpy.py",
                    "json.py",
                    "keras/__init__.py",
                    "nbclient.py",
                    "nbformat/__init__.py",
                    "zmq.py",
                    "csv.py",
                    "pathlib.py",
                    "autograder/__init__.py",
                    "autograder/checks/api.py",
                    "pytest.py",
                    "ipykernel_launcher.py",
                    "ipykernel/__init__.py",
                    "IPython/__init__.py",
                    "re.py",
                )
            }
        ),
        expect=Expect(checks=FULL_MARKS, flagged="numpy.py"),
    ),
    Case(
        id="A15-wrong",
        title="Shadow `numpy`, `json` and `csv` with modules that make wrong work look right.",
        promise="no-configuration",
        build=wrong(
            ["import importlib, json, numpy\nimportlib.reload(json)"],
            files={
                "numpy.py": b"allclose = isclose = array_equal = lambda *a, **k: True\n",
                "json.py": b'dumps = lambda *a, **k: "[]"\nloads = lambda *a, **k: ["rising"] * 8\n',
                "csv.py": b"DictReader = lambda *a, **k: []\n",
            },
        ),
        expect=Expect(checks=NO_MARKS, flagged="json.py"),
    ),
    Case(
        id="A16-test-settings",
        title="Hand in settings of pytest and Python that pass every test.",
        promise="no-configuration",
        build=wrong(
            files={
                "conftest.py": EVERYTHING_PASSES.encode(),
                "checks/conftest.py": EVERYTHING_PASSES.encode(),
                "checks/test_lab.py": b"def test_nothing(): pass\n",
                "pytest.ini": b"[pytest]\naddopts = -p evil --co\n",
                "setup.cfg": b"[tool:pytest]\naddopts = -p evil\n",
                "tox.ini": b"[pytest]\naddopts = --co\n",
                "pyproject.toml": b'[tool.pytest.ini_options]\naddopts = "-p evil"\n',
                "evil.py": EVERYTHING_PASSES.encode(),
                "sitecustomize.py": LEAVES_A_MARK.encode(),
                "usercustomize.py": LEAVES_A_MARK.encode(),
                "evil.pth": LEAVES_A_MARK.encode(),
                "lib/python3.11/site-packages/evil.pth": LEAVES_A_MARK.encode(),
                ".env": b"PYTEST_ADDOPTS=--co\nPYTHONPATH=.\n",
                ".pdbrc": LEAVES_A_MARK.encode(),
            }
        ),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="A05-closed",
        title="Put a nested bomb beside correct work, for whoever unpacks what is inside.",
        promise="intake",
        build=solved(files={"inner.zip": nested(2)}),
        expect=Expect(checks=FULL_MARKS, flagged="stays closed"),
    ),
    Case(
        id="A12-outputs",
        title="Store megabytes of outputs that claim better results, with names of no type.",
        promise="evidence",
        build=notebook(
            lambda made: made["cells"][1].update(
                outputs=[
                    {"output_type": "stream", "name": "stdout", "text": "PASSED\n" * 400_000},
                    {"output_type": "display_data", "data": {"text/../../x": "y"}, "metadata": {"x": 1}},
                    {"output_type": "pickle", "data": "gASVBQAAAAAAAAB9lC4="},
                ]
            )
        ),
        expect=Expect(checks=FULL_MARKS, absent=("PASSED",)),
    ),
)

CASES: tuple[Case, ...] = (*ARCHIVES, *JSON_HORRORS, *IGNORED)
