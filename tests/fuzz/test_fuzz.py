"""Every example that was ever worth keeping is read or refused, and so are a few new ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import LARGEST, kept
from tests.fuzz.targets import TARGETS

CASES = [(name, path) for name in TARGETS for path in kept(name)]


@pytest.mark.parametrize(("name", "path"), CASES, ids=[f"{name}-{path.stem}" for name, path in CASES])
def test_a_kept_example_is_read_or_refused(name: str, path: Path) -> None:
    data = path.read_bytes()
    assert len(data) <= LARGEST
    assert TARGETS[name].examine(data)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_new_examples_are_read_or_refused(name: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def examined(data: st.DataObject) -> None:
        assert TARGETS[name].examine(data.draw(TARGETS[name].examples))

    examined()


def test_both_accepted_and_refused_examples_are_in_the_corpus() -> None:
    for name, target in TARGETS.items():
        ends = [target.examine(path.read_bytes()) for path in kept(name)]
        assert any(not end.startswith(("refused", "False")) for end in ends)
        assert any(end.startswith(("refused", "False")) for end in ends)
