"""A grading process that is attacked with a message that never ends; a promise runs it as a process.

It limits its own memory as the batch does for every grading, so it is expected to die here: by a signal of
libzmq, by a refused allocation, or because the guard saw the connection break ("stopped").
"""

from __future__ import annotations

import resource
import sys

from autograder.sandbox.promises.bench import Bench
from autograder.sandbox.promises.floods import ATTACKED_BYTES, RAW_FRAMES
from autograder.sandbox.registry import find


def main(sandbox: str, image: str) -> str:
    """Run the attack and return what became of it, if this process lives to tell."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (ATTACKED_BYTES, ATTACKED_BYTES))
    with Bench(sandbox=find(sandbox), image=image).talk() as talk:
        said = talk.cell(RAW_FRAMES, seconds=30)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return "grew" if peak > ATTACKED_BYTES else f"stopped {said.status} {said.outcome} {peak}"


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1], sys.argv[2]) + "\n")
