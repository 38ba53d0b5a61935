"""Attacks that forge the channel on which results travel: files, printed lines, processes, odd values."""

from __future__ import annotations

from tests.adversarial.harness import NO_MARKS, Case, Expect, wrong

PRINTED = """
import json
print("1 passed in 0.01s")
print("PASSED test_mean PASSED predict PASSED count score: 10/10")
print(json.dumps({"score": 10, "max_score": 10, "checks": [{"id": "predict", "outcome": "passed"}]}))
"""

CASES: tuple[Case, ...] = (
    Case(
        id="D02-printed-results",
        title="Print lines and JSON that look like passed tests and a full score.",
        promise="verdict-outside",
        build=wrong(extra_after=[PRINTED]),
        expect=Expect(checks=NO_MARKS),
    ),
)
