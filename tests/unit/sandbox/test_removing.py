"""A container that the engine does not remove in time is a typed failure, and stops no sweep."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from autograder.errors import SandboxUnavailable
from autograder.sandbox.docker.backend import DockerSandbox
from autograder.sandbox.docker.engine import Engine
from autograder.sandbox.docker.labels import this_process


class SlowEngine:
    """An engine of which some containers are never removed. All their owners are gone."""

    def __init__(self, *names: str, stuck: tuple[str, ...]) -> None:
        self.left = list(names)
        self._stuck = stuck
        self.api = self

    def containers(self, **_: Any) -> list[dict[str, Any]]:
        labels = {**this_process().labels("run"), "org.nbverdict.owner.boot": "an earlier start"}
        return [{"Id": name, "Labels": labels} for name in self.left]

    def remove_container(self, name: str, **_: Any) -> None:
        if name in self._stuck:
            raise requests.exceptions.ReadTimeout
        self.left.remove(name)


def an_engine(slow: SlowEngine) -> Engine:
    engine = Engine()
    vars(engine).update(_client=SimpleNamespace(api=slow), _process=os.getpid())
    return engine


def test_an_engine_that_does_not_answer_is_a_sandbox_that_failed() -> None:
    with pytest.raises(SandboxUnavailable, match="not removed"):
        an_engine(SlowEngine("a", stuck=("a",))).remove("a")


def test_a_sweep_leaves_what_cannot_be_removed_to_the_next_one() -> None:
    slow = SlowEngine("a", "b", "c", stuck=("b",))
    sandbox = DockerSandbox()
    sandbox.engine = an_engine(slow)
    assert sandbox.sweep() == 2
    assert slow.left == ["b"]


def test_the_removal_of_one_run_tells_when_it_failed() -> None:
    sandbox = DockerSandbox()
    sandbox.engine = an_engine(SlowEngine("a", stuck=("a",)))
    with pytest.raises(SandboxUnavailable):
        sandbox.remove_run("run")
