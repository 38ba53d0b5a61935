"""Read and write safetensors files of 32-bit floats with the standard library and NumPy.

Enough for the checkpoints handled here; other element types are refused. A file from a student never gets
here: it is for models that staff add to the store.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograder.errors import UsageError

_HEADER_AT_MOST = 64 * 1024 * 1024
_DTYPES: Mapping[str, str] = {"F32": "<f4", "I64": "<i8"}


def read(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """All arrays of a file by name, as views of a memory map. Raises UsageError when the file is broken."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if length > min(size - 8, _HEADER_AT_MOST):
            raise UsageError(f"{path.name} is no safetensors file")
        try:
            header = json.loads(file.read(length))
            header.pop("__metadata__", None)
            data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)
            return {name: _array(data, entry) for name, entry in header.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path.name} is no safetensors file of 32-bit floats: {error}") from error


def digests(path: Path, *, at_least: int) -> frozenset[str]:
    """SHA-256 of the bytes of every array of 32-bit floats with so many numbers, as it is and transposed.

    The fit ledger counts weights in the same way; TensorFlow keeps the matrix of a dense layer transposed.
    Raises UsageError when the file is broken.
    """
    found = set()
    for array in read(path).values():
        if array.size >= at_least and array.dtype == np.dtype("<f4"):
            found.add(hashlib.sha256(np.ascontiguousarray(array).data).hexdigest())
            if array.ndim == 2:
                found.add(hashlib.sha256(np.ascontiguousarray(array.T).data).hexdigest())
    return frozenset(found)


def _array(data: np.ndarray[Any, Any], entry: Mapping[str, Any]) -> np.ndarray[Any, Any]:
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= data.size:
        raise ValueError("an array lies outside the file")
    return data[start:end].view(_DTYPES[entry["dtype"]]).reshape(entry["shape"])


def write(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]], *, metadata: Mapping[str, str]) -> None:
    """Write arrays of 32-bit floats, in order of name, so that equal arrays give equal bytes."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    offset = 0
    for name in sorted(arrays):
        array = arrays[name]
        if array.dtype != np.dtype("<f4"):
            raise ValueError(f"{name}: only 32-bit floats are written, not {array.dtype}")
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for name in sorted(arrays):
            file.write(np.ascontiguousarray(arrays[name]).tobytes())
