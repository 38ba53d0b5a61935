"""Only what certainly has no owner any more is swept."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from autograder.sandbox.docker.labels import BOOT, HOST, PID, Owner, owner_is_gone, start_time, this_process

HERE = Owner(host="grader-1", boot="boot-2", namespace="pid:[1]", pid=10, start="100")


def labels(**changes: object) -> dict[str, str]:
    return replace(HERE, pid=77, start="500", **changes).labels("a run")  # type: ignore[arg-type]


def test_a_dead_owner_is_gone() -> None:
    assert owner_is_gone(labels(), HERE, started=lambda pid: None)


def test_a_living_owner_is_not_gone() -> None:
    assert not owner_is_gone(labels(), HERE, started=lambda pid: "500")


def test_another_process_with_the_same_id_does_not_keep_it_alive() -> None:
    assert owner_is_gone(labels(), HERE, started=lambda pid: "900")


def test_an_owner_of_before_the_last_start_is_gone() -> None:
    assert owner_is_gone(labels(boot="boot-1"), HERE, started=lambda pid: "500")


@pytest.mark.parametrize(
    "changes", [{"host": "grader-2"}, {"host": "grader-2", "boot": "boot-1"}, {"namespace": "pid:[2]"}]
)
def test_another_machines_or_namespaces_owner_is_never_called_gone(changes: dict[str, object]) -> None:
    assert not owner_is_gone(labels(**changes), HERE, started=lambda pid: None)


@pytest.mark.parametrize("broken", [{}, {HOST: "grader-1"}, {HOST: "grader-1", BOOT: "boot-2", PID: "x"}])
def test_a_container_without_our_labels_is_left_alone(broken: dict[str, str]) -> None:
    assert not owner_is_gone(broken, HERE, started=lambda pid: None)


def test_this_process_is_alive_for_itself() -> None:
    here = this_process()
    assert here.pid == os.getpid() and here.start == start_time(os.getpid())
    assert not owner_is_gone(here.labels("a run"), here)


def test_the_run_is_named_by_a_digest_only() -> None:
    assert "ada" not in "".join(HERE.labels("lab 3 of ada").values())
