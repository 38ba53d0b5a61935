"""Read a notebook from untrusted bytes, strictly, and write one that every tool accepts.

Sizes, depth, keys and structure are checked by us; nbformat is imported only to upgrade version 3. What a
reader returns holds known fields only: metadata that could configure a run (kernel names, widget state,
Colab's) is gone, apart from nbgrader's, otter's, tags and the two lock flags. Outputs are rebuilt from their
known fields but NOT sanitised: they still hold whatever HTML or script a student put there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from autograder.formats.notebook_outputs import bundle_of, joined_text, output_of

MIB: Final = 1024 * 1024
MOST_PARTS: Final = 300_000
MOST_VALUES: Final = 2_000_000
"""JSON objects with lists, and values in them: a few bytes of text become a hundred of memory each."""
CELL_TYPES: Final = ("code", "markdown", "raw")
_SAVE_ANEW: Final = "save it anew as .ipynb, and see that it opens in Jupyter"
_CLEAR: Final = "clear its outputs"
_OPEN: Final = "open it in Jupyter and save it again"
_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TEXT: Final = re.compile(r'"(?:[^"\\]++|\\.)*+\\?(?:"|\Z)', re.DOTALL)
"""A text, also one that never ends: whatever it is, it is looked at once."""
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9+#._ -]{1,40}")
MARKS: Final = frozenset(
    ["schema_version", "grade_id", "grade", "solution", "locked", "task", "points", "checksum", "cell_type"]
)
_KERNEL: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookRejected(Exception):
    """The bytes are not a notebook that can be read safely. `reason` says why, and what to do."""

    def __init__(self, why: str, instead: str = _SAVE_ANEW) -> None:
        self.reason = f"{why}; {instead}"
        super().__init__(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. `source` has "\\n" line ends only; `outputs` are nbformat 4 outputs of known fields."""

    id: str
    cell_type: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    attachments: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def grade_id(self) -> str:
        """nbgrader's name of the cell, or "" when it has none."""
        found = self.metadata.get("nbgrader", {}).get("grade_id", "")
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook as it was read. `language` is in lower case ("python" when it does not say)."""

    cells: tuple[Cell, ...]
    language: str = "python"


def read(
    raw: bytes,
    *,
    at_most: int = 32 * MIB,
    cells_at_most: int = 2_000,
    depth_at_most: int = 100,
) -> Notebook:
    """Read nbformat 3 or 4; a byte order mark and Windows line ends are tolerated.

    Cells without a usable id, and later cells with an id that was there before, are given one by position.

    Raises:
        NotebookRejected: too large, too deep, not strict JSON, or not a notebook.

    """
    top = _strict_json(raw, at_most)
    if not isinstance(top, dict):
        raise NotebookRejected("the file is JSON, but not a notebook")
    _limit_depth(top, depth_at_most)
    version = top.get("nbformat")
    if type(version) is not int or "nbformat" not in top:
        raise NotebookRejected("the file does not say which notebook format it has")
    if version == 3:
        top = _upgraded(top, cells_at_most)
    elif version < 3:
        raise NotebookRejected(f"notebook format {version} is too old", _OPEN)
    elif version > 4:
        raise NotebookRejected(f"notebook format {version} is newer than this program knows")
    cells = top.get("cells")
    if not isinstance(cells, list):
        raise NotebookRejected("the notebook has no list of cells")
    if len(cells) > cells_at_most:
        raise NotebookRejected(f"{len(cells)} cells, limit {cells_at_most}")
    seen: set[str] = set()
    return Notebook(
        cells=tuple(_cell(cell, position, seen) for position, cell in enumerate(cells)),
        language=_language(top.get("metadata")),
    )


def to_text(notebook: Notebook, *, outputs: bool) -> str:
    """Return the notebook as nbformat 4.5 JSON with our own kernel metadata, with or without its outputs."""
    cells = [_cell_json(cell, outputs=outputs) for cell in notebook.cells]
    top = {"cells": cells, "metadata": _KERNEL, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(top, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _strict_json(raw: bytes, at_most: int) -> object:
    if len(raw) > at_most:
        raise NotebookRejected(f"the notebook has {len(raw)} bytes, limit {at_most}", _CLEAR)
    try:
        text = raw.decode("utf-8-sig")
        _limit_parts(text)
        top = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_int=_integer,
            parse_constant=_not_a_number,
        )
        if "\\ud" in text or "\\uD" in text:  # only an escape can make a lone surrogate
            json.dumps(top, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NotebookRejected("a text of the notebook holds half a character (a lone surrogate)") from None
    except UnicodeDecodeError:
        raise NotebookRejected("the notebook is not UTF-8 text") from None
    except RecursionError:
        raise NotebookRejected("the notebook is nested too deep") from None
    except ValueError as error:
        raise NotebookRejected(f"the notebook is not JSON: {error}") from None
    return top


def _limit_parts(text: str) -> None:
    if _within(text):
        return
    if not _within(_TEXT.sub("", text)):  # what stands inside texts makes no parts
        raise NotebookRejected("the notebook's outputs have too many parts", _CLEAR)


def _within(text: str) -> bool:
    return text.count("{") + text.count("[") <= MOST_PARTS and text.count(",") <= MOST_VALUES


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotebookRejected("the notebook has an object with the same key twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise NotebookRejected("the notebook holds an integer of more than 20 digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise NotebookRejected("the notebook holds a number that is too large")
    return number


def _not_a_number(name: str) -> NoReturn:
    raise NotebookRejected(f"the notebook holds {name}, which is not JSON", _CLEAR)


def _limit_depth(top: object, at_most: int) -> None:
    level = [top]
    for _ in range(at_most):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)  # type: ignore[attr-defined]
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise NotebookRejected(f"the notebook is nested deeper than {at_most}")


def _upgraded(top: dict[str, Any], cells_at_most: int) -> dict[str, Any]:
    sheets = top.get("worksheets")
    cells = (
        [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        if isinstance(sheets, list)
        else []
    )
    if sum(len(cell) for cell in cells if isinstance(cell, list)) > cells_at_most:
        raise NotebookRejected(f"more than {cells_at_most} cells")
    import nbformat

    try:
        upgraded = nbformat.convert(nbformat.from_dict(top), 4)  # type: ignore[no-untyped-call]
    except Exception as error:  # the converter meets student data and names no errors of its own
        why = f"notebook format 3 cannot be upgraded ({type(error).__name__})"
        raise NotebookRejected(why, _OPEN) from None
    plain = json.loads(json.dumps(upgraded))
    return plain if isinstance(plain, dict) else {}


def _language(metadata: object) -> str:
    if isinstance(metadata, dict):
        for part, key in (("language_info", "name"), ("kernelspec", "language")):
            table = metadata.get(part)
            found = table.get(key) if isinstance(table, dict) else None
            if isinstance(found, str) and _LANGUAGE.fullmatch(found):
                return found.lower()
    return "python"


def _cell(raw: object, position: int, seen: set[str]) -> Cell:
    if not isinstance(raw, dict) or raw.get("cell_type") not in CELL_TYPES:
        raise NotebookRejected(f"cell {position + 1} is not a code, Markdown or raw cell")
    source = joined_text(raw.get("source"))
    if source is None:
        raise NotebookRejected(f"cell {position + 1} has no source text")
    cell_id = raw.get("id")
    if not isinstance(cell_id, str) or not _ID.fullmatch(cell_id) or cell_id in seen:
        cell_id = _free_id(position, seen)
    seen.add(cell_id)
    outputs = raw.get("outputs") if raw["cell_type"] == "code" else None
    rebuilt = map(output_of, outputs) if isinstance(outputs, list) else ()
    attachments = raw.get("attachments") if raw["cell_type"] == "markdown" else None
    return Cell(
        id=cell_id,
        cell_type=raw["cell_type"],
        source=source.replace("\r\n", "\n").replace("\r", "\n"),
        metadata=_metadata(raw.get("metadata")),
        outputs=tuple(output for output in rebuilt if output is not None),
        attachments={
            name: bundle_of(bundle)
            for name, bundle in (attachments.items() if isinstance(attachments, dict) else ())
        },
    )


def _free_id(position: int, seen: set[str]) -> str:
    wanted, turn = f"cell-{position}", 1
    while wanted in seen:
        turn += 1
        wanted = f"cell-{position}-{turn}"
    return wanted


def _metadata(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        return {}
    kept: dict[str, Any] = {}
    if isinstance(raw.get("nbgrader"), dict):
        kept["nbgrader"] = {
            key: value
            for key, value in raw["nbgrader"].items()
            if key in MARKS and not isinstance(value, dict | list)
        }
    if isinstance(raw.get("tags"), list):
        tags = dict.fromkeys(tag for tag in raw["tags"] if isinstance(tag, str) and tag and "," not in tag)
        kept["tags"] = list(tags)
    if isinstance(raw.get("otter"), dict) and (otter := _of_otter(raw["otter"])):
        kept["otter"] = otter
    kept |= {flag: raw[flag] for flag in ("deletable", "editable") if isinstance(raw.get(flag), bool)}
    return kept


def _of_otter(raw: dict[str, Any]) -> dict[str, Any]:
    """Keep what otter reads when it grades: whether it leaves the cell out, and the tests it runs behind."""
    tests = raw.get("tests") if isinstance(raw.get("tests"), list) else []
    named = [test for test in tests or [] if isinstance(test, str)]
    return {**({"ignore": True} if raw.get("ignore") else {}), **({"tests": named} if named else {})}


def _cell_json(cell: Cell, *, outputs: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": cell.id,
        "metadata": _metadata(dict(cell.metadata)),
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.cell_type == "code":
        made |= {"execution_count": None, "outputs": list(cell.outputs) if outputs else []}
    elif cell.attachments:
        made["attachments"] = dict(cell.attachments)
    return made
