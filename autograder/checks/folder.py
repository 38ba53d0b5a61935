"""What the check files were when a score was made: their digests, for the provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path


def digest(checks_folder: Path) -> Mapping[str, str]:
    """Return the SHA-256 of every file below the folder, by its path with forward slashes.

    Caches and hidden files are left out. A folder that is not there has no files.

    Raises:
        OSError: a file cannot be read.

    """
    files = (
        sorted(path for path in checks_folder.rglob("*") if path.is_file()) if checks_folder.is_dir() else []
    )
    relative = {path.relative_to(checks_folder): path for path in files}
    return {
        name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in relative.items()
        if not any(part.startswith((".", "__pycache__")) for part in name.parts)
    }
