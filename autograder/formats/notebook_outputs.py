"""Rebuild a notebook's outputs and mime bundles from their known fields, and from nothing else.

The result is valid nbformat 4. It is not sanitised: HTML and script inside it are the student's.
"""

from __future__ import annotations

from typing import Any


def output_of(raw: object) -> dict[str, Any] | None:
    """Rebuild one nbformat 4 output from its known fields; None when it is not one."""
    if not isinstance(raw, dict):
        return None
    match raw.get("output_type"):
        case "stream" if raw.get("name") in ("stdout", "stderr"):
            return {"output_type": "stream", "name": raw["name"], "text": joined_text(raw.get("text")) or ""}
        case "error":
            trace = raw.get("traceback")
            lines = [line for line in trace if isinstance(line, str)] if isinstance(trace, list) else []
            name, value = joined_text(raw.get("ename")) or "", joined_text(raw.get("evalue")) or ""
            return {"output_type": "error", "ename": name, "evalue": value, "traceback": lines}
        case "display_data" | "execute_result" as kind:
            output: dict[str, Any] = {"output_type": kind, "data": bundle_of(raw.get("data")), "metadata": {}}
            if kind == "execute_result":
                count = raw.get("execution_count")
                output["execution_count"] = count if type(count) is int and 0 <= count < 2**31 else None
            return output
    return None


def joined_text(value: object) -> str | None:
    """Return a text given whole or as a list of lines; None when it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None


def bundle_of(raw: object) -> dict[str, Any]:
    """Keep what a mime bundle may hold: text, or any JSON under a JSON type."""
    bundle: dict[str, Any] = {}
    for mime, value in raw.items() if isinstance(raw, dict) else ():
        if mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json")):
            bundle[mime] = value
        elif (text := joined_text(value)) is not None:
            bundle[mime] = text
    return bundle
