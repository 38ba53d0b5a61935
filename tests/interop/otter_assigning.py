"""Run as a child process: what the installed `otter assign` makes of masters, in one start of Python."""

from __future__ import annotations

import contextlib
import sys


def main() -> None:
    from otter.assign import main as otter_assign

    with contextlib.redirect_stdout(sys.stderr):
        for folder in sys.argv[1:]:
            otter_assign(f"{folder}/lab.ipynb", f"{folder}/out", no_pdfs=True, no_run_tests=True)


if __name__ == "__main__":
    main()
