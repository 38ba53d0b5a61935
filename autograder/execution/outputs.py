"""What a cell showed, in the form it is kept: known fields, consecutive prints joined, progress bars
collapsed.

Sizes were bounded by the guard of the sandbox. Nothing is sanitised here: a page that shows it has to do
that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from autograder.formats.notebook_outputs import output_of


def kept_outputs(raw: Iterable[object]) -> tuple[Mapping[str, Any], ...]:
    """Return a cell's outputs rebuilt; of a line that was overwritten in place, its last state stays."""
    kept: list[dict[str, Any]] = []
    texts: list[list[str]] = []
    for output in map(output_of, raw):
        if output is None:
            continue
        if output["output_type"] != "stream":
            kept.append(output)
            texts.append([])
        elif kept and kept[-1].get("name") == output["name"]:
            texts[-1].append(output["text"])
        else:
            kept.append(output)
            texts.append([output["text"]])
    for output, parts in zip(kept, texts, strict=True):
        if parts:
            output["text"] = "\n".join(_last_state(line) for line in "".join(parts).split("\n"))
    return tuple(kept)


def _last_state(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def displayed_text(outputs: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of the cell's execute result, "" when it had none."""
    texts = [
        output["data"].get("text/plain", "")
        for output in outputs
        if output["output_type"] == "execute_result"
    ]
    return texts[-1] if texts and isinstance(texts[-1], str) else ""
