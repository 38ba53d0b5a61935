"""Every sandbox keeps every promise, or names the gap."""

from __future__ import annotations

import inspect

import pytest

from autograder.sandbox import conformance
from autograder.sandbox.conformance import Promise
from autograder.sandbox.promises.bench import Bench
from autograder.sandbox.registry import find

IMAGE = "nbverdict-sandbox:small"
BACKENDS = ["process", pytest.param("docker", marks=pytest.mark.docker)]


@pytest.mark.parametrize("promise", conformance.PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore::autograder.sandbox.process.UnprotectedWarning")
def test_a_backend_keeps_its_promises(backend: str, promise: Promise, request: pytest.FixtureRequest) -> None:
    if why := conformance.KNOWN_GAPS.get((backend, promise.__name__)):
        request.applymarker(pytest.mark.xfail(reason=why, raises=AssertionError, strict=True))
    promise(Bench(sandbox=find(backend), image=IMAGE))


def test_a_backend_that_protects_has_no_known_gap() -> None:
    assert {backend for backend, _ in conformance.KNOWN_GAPS} == {"process"}


def test_every_known_gap_is_about_a_promise_that_exists() -> None:
    names = [promise.__name__ for promise in conformance.PROMISES]
    assert len(names) == len(set(names))
    assert {name for _, name in conformance.KNOWN_GAPS} <= set(names)


@pytest.mark.parametrize("promise", conformance.PROMISES, ids=lambda promise: promise.__name__)
def test_every_promise_says_what_it_promises(promise: Promise) -> None:
    assert inspect.getdoc(promise)
