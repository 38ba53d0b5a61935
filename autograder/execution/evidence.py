"""Keep a run on disk: one `execution.json` per run, written whole or not at all, read back strictly.

The file holds student output and the source of hidden tests: it belongs where only staff can read. It is not
compressed and not signed here.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autograder.errors import GraderFailed, StorageFull
from autograder.model.execution import Execution

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FILE: Final = "execution.json"
SCHEMA: Final = 1
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


def save(execution: Execution, folder: Path) -> Path:
    """Write the run below `folder`, which is made if need be, and return the file.

    Raises:
        StorageFull: there is no room; an earlier file is still whole.

    """
    wanted = folder / FILE
    unfinished = folder / f".{FILE}.{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as stream:
            stream.write(b'{"schema":%d,"execution":' % SCHEMA)
            stream.write(_adapter().dump_json(execution))
            stream.write(b"}\n")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(wanted)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        if error.errno in _NO_ROOM:
            raise StorageFull(f"no room to write {wanted}") from error
        raise
    return wanted


def load(folder: Path) -> Execution:
    """Read a run that `save` wrote.

    Raises:
        FileNotFoundError: there is none.
        GraderFailed: the file is damaged or of another version.

    """
    raw = (folder / FILE).read_bytes()
    try:
        parsed: Any = json.loads(raw)
        if parsed["schema"] != SCHEMA:
            raise GraderFailed(f"{folder / FILE} has the version {parsed['schema']}, not {SCHEMA}")
        return _adapter().validate_python(parsed["execution"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GraderFailed(f"{folder / FILE} cannot be read: {type(error).__name__}") from error


@cache
def _adapter() -> TypeAdapter[Execution]:
    from pydantic import TypeAdapter

    return TypeAdapter(Execution)
