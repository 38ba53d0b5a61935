"""Fuzz the readers for a given time: `nice python tests/fuzz/run.py --minutes 10`.

Examples that end in a way not seen before are kept in the corpus; one that breaks a rule is made small, kept
and shown, and the script ends with status 1. Each example has a budget of time and of memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import monotonic, process_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import keep, kept
from tests.fuzz.targets import TARGETS, Target
from tests.fuzz.zips import mutated

SECONDS = 2.0
MEMORY = 96 * 1024 * 1024
ADDRESS_SPACE = 3 * 1024**3
AT_ONCE = 400


class Fuzzer:
    """Runs one target in rounds and remembers how examples ended."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.ends: Counter[str] = Counter()
        self.slowest = 0.0
        self.largest = 0
        self.failed: bytes | None = None
        self.known = {self._end(path.read_bytes()) for path in kept(target.name)}

    def _end(self, data: bytes) -> str:
        try:
            return self.target.examine(data)
        except Exception:  # an old example that fails again is found by the rounds
            return "failed"

    def round(self, number: int) -> None:
        """Draw and examine a few hundred examples. Raises what an example raised, once it is small."""
        old = [path.read_bytes() for path in kept(self.target.name)]
        examples = self.target.examples
        if old:
            examples = examples | st.integers(0, len(old) - 1).flatmap(lambda at: mutated(old[at]))

        @seed(number)
        @settings(
            max_examples=AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink), print_blob=False,
        )  # fmt: skip
        @given(examples)
        def examined(data: bytes) -> None:
            self.failed = data
            began = process_time()
            tracemalloc.start()
            try:
                end = self.target.examine(data)
                used = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            seconds = process_time() - began
            self.slowest, self.largest = max(self.slowest, seconds), max(self.largest, used)
            assert seconds < SECONDS, f"{seconds:.1f} s"
            assert used < MEMORY, f"{used} bytes"
            self.ends[end] += 1
            if end not in self.known:
                self.known.add(end)
                keep(self.target.name, data)

        examined()
        self.failed = None


def main() -> int:
    """Read the command line and run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--target", choices=sorted(TARGETS), action="append")
    parser.add_argument("--seed", type=int, default=int(monotonic() * 1000) % 10**9)
    wanted = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    fuzzers = [Fuzzer(TARGETS[name]) for name in wanted.target or TARGETS]
    failures: Counter[str] = Counter()
    ends = monotonic() + 60 * wanted.minutes
    for turn in count():
        if monotonic() > ends:
            break
        fuzzer = fuzzers[turn % len(fuzzers)]
        _guarded(lambda fuzzer=fuzzer, turn=turn: fuzzer.round(wanted.seed + turn), fuzzer, failures)
    for fuzzer in fuzzers:
        accepted = sum(number for end, number in fuzzer.ends.items() if not end.startswith("refused"))
        print(
            f"{fuzzer.target.name}: {fuzzer.ends.total()} examples, {accepted} accepted, "
            f"{len(fuzzer.known)} kinds of ends, slowest {fuzzer.slowest:.2f} s, "
            f"most memory {fuzzer.largest / 1e6:.1f} MB, {failures[fuzzer.target.name]} rounds failed"
        )
    return 1 if failures else 0


def _guarded(run: Callable[[], None], fuzzer: Fuzzer, failures: Counter[str]) -> None:
    try:
        run()
    except Exception:
        failures[fuzzer.target.name] += 1
        path = keep(fuzzer.target.name, fuzzer.failed) if fuzzer.failed is not None else None
        print(f"{fuzzer.target.name} failed on {path}")
        lines = "".join(traceback.format_exc(limit=-3)).splitlines()
        print("\n".join(line[:300] for line in lines[:40]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
