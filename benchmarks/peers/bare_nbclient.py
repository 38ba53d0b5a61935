"""The peer of `overhead.py`: run notebooks one after another with nbclient alone, in one process.

Run by the peers' interpreter: `python bare_nbclient.py NOTEBOOK...`. It has no goal of its own.
"""

import sys
from pathlib import Path


def main(paths: list[str]) -> None:
    import nbformat
    from nbclient import NotebookClient

    for path in map(Path, paths):
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(path.parent)}}).execute()


if __name__ == "__main__":
    main(sys.argv[1:])
