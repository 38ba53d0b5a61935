"""Keep an import short that a fork server waits for. Imported for its effect, before everything else.

jsonschema, which nbformat imports, looks for an optional package that checks addresses (RFC 3987) and that
builds a grammar when it is imported: more than a second of processor time, in every batch, where nbgrader or
otter brought it along. nbformat's schemas ask for no such check.
"""

from __future__ import annotations

import sys

SLOW = "rfc3987_syntax"


def leave_out() -> None:
    """Let `import rfc3987_syntax` fail in this process, which jsonschema takes for: it is not installed."""
    sys.modules.setdefault(SLOW, None)  # type: ignore[arg-type]


leave_out()
