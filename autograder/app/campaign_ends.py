"""Apply, cancel, undo and show regrade campaigns, and let the files of the results folder follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.campaign_files import Staging
from autograder.app.campaigns import working
from autograder.app.course_people import decided, decided_unless
from autograder.app.records import offering_of, opened
from autograder.app.results_folder import ResultsFolder
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId

if TYPE_CHECKING:
    from rich.progress import Progress

    from gradebook.campaigns.book import CampaignBook
    from gradebook.campaigns.values import Campaign, CampaignDiff


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A campaign that was applied or undone. `diff` is None where only its files had to follow.

    `touched` are submissions to which something happened since; `elsewhere` those whose folder holds another
    result and was left alone.
    """

    campaign: Campaign
    diff: CampaignDiff | None
    touched: tuple[SubmissionId, ...] = ()
    elsewhere: tuple[SubmissionId, ...] = ()


class Campaigns:
    """The campaigns of one offering, and who decides about them."""

    def __init__(
        self, url: str | None, course: str, term: str, config: Path | None, by: str = "", reason: str = ""
    ) -> None:
        self._where = (url, config, course, term)
        self._by, self._reason = by, reason

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign, oldest first."""
        with self._opened() as campaigns:
            return campaigns.campaigns()

    def shown(self, number: int) -> tuple[Campaign, CampaignDiff]:
        """A campaign with what it would change, or did when it was applied."""
        with self._opened() as campaigns:
            return campaigns.shown(number)

    def apply(self, number: int, bar: Progress) -> Ended:
        """Let a draft count, and put its files in place. Done again after an interruption, it goes on."""
        from gradebook.campaigns.values import CampaignState

        decision = decided(self._by, self._reason)
        with self._opened() as campaigns:
            campaign = campaigns.campaign(number)
            pairs = _pairs(campaigns, campaign)
            if campaign.state is CampaignState.APPLIED and _unplaced(campaign, pairs):
                return Ended(campaign=campaign, diff=None, elsewhere=_place(campaign, pairs))
            task = bar.add_task("applying", total=len(pairs) or 1)
            done = campaigns.apply(number, decision, each=lambda: bar.advance(task))
            bar.update(task, completed=len(pairs) or 1)
        return Ended(
            campaign=done.campaign, diff=done.diff, touched=done.touched, elsewhere=_place(campaign, pairs)
        )

    def cancel(self, number: int) -> Campaign:
        """Give a draft up, and remove its files."""
        decision = decided(self._by, self._reason)
        with self._opened() as campaigns:
            campaign = campaigns.cancel(number, decision)
        staging = _staging(campaign)
        if staging is not None:
            staging.drop()
        return campaign

    def undo(self, number: int, bar: Progress, *, dry_run: bool) -> Ended:
        """Let count again what did before, and put the files back. Done again, it goes on."""
        from gradebook.campaigns.values import CampaignState

        decision = decided_unless(dry_run, self._by, self._reason)
        with self._opened() as campaigns:
            campaign = campaigns.campaign(number)
            pairs = _pairs(campaigns, campaign)
            if not dry_run and campaign.state is CampaignState.UNDONE and _placed(campaign, pairs):
                return Ended(campaign=campaign, diff=None, elsewhere=_put_back(campaign, pairs))
            with working(bar, "undoing"):
                done = campaigns.undo(number, decision, dry_run=dry_run)
        if dry_run:  # the campaign as it is, not as it would be
            return Ended(campaign=campaign, diff=done.diff, touched=done.touched)
        elsewhere = _put_back(campaign, pairs)
        return Ended(campaign=done.campaign, diff=done.diff, touched=done.touched, elsewhere=elsewhere)

    @contextmanager
    def _opened(self) -> Iterator[CampaignBook]:
        from gradebook.campaigns.book import CampaignBook

        url, config, course, term = self._where
        with opened(url, config) as (book, settings):
            yield CampaignBook(book, offering_of(settings, course, term))


_Pairs = list[tuple[GradedSubmission, GradedSubmission]]


def _pairs(campaigns: CampaignBook, campaign: Campaign) -> _Pairs:
    """What each candidate that takes part replaces, and the candidate, as the grader found them."""
    return [(one.base.recorded, one.recorded) for one in campaigns.candidates(campaign) if not one.left_out]


def _staging(campaign: Campaign) -> Staging | None:
    return Staging(ResultsFolder(Path(campaign.results)), campaign.staging) if campaign.staging else None


def _place(campaign: Campaign, pairs: _Pairs) -> tuple[SubmissionId, ...]:
    staging = _staging(campaign)
    return () if staging is None else tuple(staging.place(pairs))


def _put_back(campaign: Campaign, pairs: _Pairs) -> tuple[SubmissionId, ...]:
    staging = _staging(campaign)
    return () if staging is None else tuple(staging.put_back(pairs))


def _unplaced(campaign: Campaign, pairs: _Pairs) -> bool:
    """Whether files of candidates are still waiting to be put in place."""
    staging = _staging(campaign)
    return staging is not None and any(staging.after.graded(made.submission) for _, made in pairs)


def _placed(campaign: Campaign, pairs: _Pairs) -> bool:
    """Whether files of candidates still stand in the place of what counts again."""
    staging = _staging(campaign)
    return staging is not None and any(staging.before.graded(base.submission) for base, _ in pairs)
