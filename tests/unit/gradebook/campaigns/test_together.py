"""Two who apply at once, and processes killed while they apply: a campaign counts whole or not at all."""

from __future__ import annotations

import os
import random
import select as polling
import signal
import threading
import time
from pathlib import Path

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.campaigns.book import CampaignBook
from gradebook.campaigns.values import CampaignState
from gradebook.values import Decision
from tests.unit.gradebook.builders import LAB, SPRING, an_assignment
from tests.unit.gradebook.campaigns.campaign_builders import BY_HEAD, Q1_FAILED, draft_rescore, record

KILLS = 15
LONGEST_APPLY = 0.06
HARDER = an_assignment({"q1": "2", "q2": "8"}, version="v2")


def test_of_two_who_apply_at_once_one_does(url: str) -> None:
    with Gradebook.open(url) as book:
        for number in range(8):
            record(book, f"student{number}", Q1_FAILED)
        campaign, _ = draft_rescore(book, HARDER)
    started = threading.Barrier(4)
    told: list[str] = []

    def apply(name: str) -> None:
        with Gradebook.open(url) as own:
            started.wait()
            try:
                CampaignBook(own, SPRING).apply(campaign.id, Decision(who=name, why="now"))
                told.append("applied")
            except GradebookError as error:
                told.append(str(error))

    threads = [threading.Thread(target=apply, args=(f"head{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = f"campaign {campaign.id} is applied, not a draft; nothing was done"
    assert sorted(told) == sorted(["applied", *[refused] * 3])
    with Gradebook.open(url) as book:
        assert {entry.total for entry in book.scores(SPRING, LAB)} == {8}
        assert len(book.history(SPRING, LAB, book.scores(SPRING, LAB)[0].submission)) == 2


def test_a_score_recorded_while_a_campaign_is_applied_is_never_lost_behind_it(url: str) -> None:
    with Gradebook.open(url) as book:
        for number in range(12):
            record(book, f"student{number:02}", Q1_FAILED)
        campaign, _ = draft_rescore(book, HARDER)
    started = threading.Barrier(2)
    refused: list[str] = []

    def apply() -> None:
        with Gradebook.open(url) as own:
            started.wait()
            try:
                CampaignBook(own, SPRING).apply(campaign.id, BY_HEAD)
            except GradebookError as error:
                refused.append(str(error))

    thread = threading.Thread(target=apply)
    thread.start()
    with Gradebook.open(url) as book:
        started.wait()
        record(book, "student11", {}, run_key="run-2")
    thread.join()
    with Gradebook.open(url) as book:
        counts = {entry.submission: entry for entry in book.scores(SPRING, LAB)}
        assert counts["student11-1"].recorded.provenance.run_key == "run-2"
        others = {entry.total for name, entry in counts.items() if name != "student11-1"}
    assert others == ({6} if refused else {8})
    assert all("student11-1" in said for said in refused)


def test_a_process_killed_while_it_applies_leaves_all_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "grades.sqlite3"
    with Gradebook.open(file) as book:
        for number in range(25):
            record(book, f"student{number:02}", Q1_FAILED)
    moments = random.Random(3)
    ended: set[CampaignState] = set()
    for _ in range(KILLS):
        with Gradebook.open(file) as book:
            campaign, _ = draft_rescore(book, HARDER)
        _killed(file, campaign.id, moments)
        with Gradebook.open(file) as book:
            campaigns = CampaignBook(book, SPRING)
            state = campaigns.campaign(campaign.id).state
            counting = {entry.total for entry in book.scores(SPRING, LAB)}
            assert counting == ({8} if state is CampaignState.APPLIED else {6})
            ended.add(state)
            if state is CampaignState.APPLIED:
                campaigns.undo(campaign.id, BY_HEAD)
            else:
                campaigns.cancel(campaign.id, BY_HEAD)
    assert CampaignState.DRAFT in ended, "at least one was killed before it had finished"


def _killed(file: Path, number: int, moments: random.Random) -> None:
    """Apply in another process and kill it some moments after it began."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with Gradebook.open(file) as book:
                os.write(writer, b"begins")
                CampaignBook(book, SPRING).apply(number, BY_HEAD)
        finally:
            os._exit(0)
    ready, _, _ = polling.select([reader], [], [], 60)
    assert ready
    # Not a wait for something: the moment of the kill is what is tried.
    time.sleep(moments.uniform(0, LONGEST_APPLY))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    os.close(writer)
