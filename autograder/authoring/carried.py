"""Give a released notebook the metadata that its source has, as nbgrader's own release does.

Only for sources that came from nbgrader: their authors rely on kernels, slides, tags of other tools. Outputs
are never carried over. It does not look for what must not reach students; `leaks` reads the result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from autograder.formats.nbgrader import NEWEST_SCHEMA
from autograder.formats.notebook import MARKS, Notebook, to_text

_OURS: Final = ("nbgrader", "deletable", "editable", "tags")
_OF_OUTPUTS: Final = ("collapsed", "scrolled")
_OF_A_VIEW: Final = ("celltoolbar", "signature", "orig_nbformat", "orig_nbformat_minor")
_TRUST: Final = "trusted"


def with_metadata_of(source: bytes, released: Notebook) -> str:
    """Give `released` as text, with the metadata of the notebook `source` that it was made from.

    The cells must be the same ones. A source in format 3 has no metadata that could be carried over.
    """
    text = to_text(released, outputs=False)
    top = json.loads(source.decode("utf-8-sig"))
    if top["nbformat"] != 4:
        return text
    made = json.loads(text)
    made["metadata"] = {
        key: value for key, value in _mapping(top.get("metadata")).items() if key not in _OF_A_VIEW
    }
    for cell, origin in zip(made["cells"], top["cells"], strict=True):
        cell["metadata"] = _merged(_mapping(origin.get("metadata")), cell["metadata"], cell["cell_type"])
    return json.dumps(made, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _merged(origin: Mapping[str, Any], made: Mapping[str, Any], cell_type: str) -> dict[str, Any]:
    dropped = {*_OURS, _TRUST, *(_OF_OUTPUTS if cell_type == "code" else ())}
    merged = {key: value for key, value in origin.items() if key not in dropped} | dict(made)
    marks = _marks(origin.get("nbgrader"), made.get("nbgrader"))
    return merged | ({"nbgrader": marks} if marks else {})


def _marks(origin: object, made: Mapping[str, Any] | None) -> dict[str, Any]:
    """Bring nbgrader's marks to its newest schema as it does: old keys stay, `task` is not made up."""
    marks = dict(made or {})
    old = _mapping(origin)
    if old.get("schema_version", 0) == 0:
        return _without_made_up(marks, old)
    kept = {key: value for key, value in old.items() if key in MARKS}
    return _without_made_up({**kept, "schema_version": NEWEST_SCHEMA, **marks}, old)


def _without_made_up(marks: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in marks.items() if key != "task" or value or "task" in old}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
