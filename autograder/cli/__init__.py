"""The command `autograder`. Commands parse, call `autograder.app` and show; nothing is decided here.

Commands import what they need when they are called, so that `--help` stays fast.
"""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line and turn our own errors into a message, a hint and an exit code."""
    from autograder.cli.commands import application
    from autograder.cli.console import explain
    from autograder.errors import GraderError

    # Whoever ends us politely gets what Ctrl-C gets: results are kept and containers removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        application()
    except GraderError as error:
        explain(error)
        sys.exit(error.exit_code)
