"""Make the draft of a regrade campaign: new points, new judging or new runs, kept beside what counts."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.campaign_files import Staging, root_of
from autograder.app.campaign_selection import selection_of
from autograder.app.course_people import decided_unless
from autograder.app.layouts import layout_of
from autograder.app.records import offering_of, opened
from autograder.app.results_folder import ResultsFolder
from autograder.errors import UsageError
from autograder.model.assignment import Assignment, RuleSpec
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import RuleId

if TYPE_CHECKING:
    from rich.progress import Progress

    from autograder.app.site import Site
    from gradebook.book import Gradebook
    from gradebook.campaigns.selecting import Selection
    from gradebook.campaigns.values import Campaign, CampaignDiff, CampaignKind, Proposal
    from gradebook.values import Decision, Entry, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft and what it would change. `skipped` are selected submissions it leaves alone, and why."""

    campaign: Campaign
    diff: CampaignDiff
    skipped: tuple[tuple[str, str], ...] = ()


class Drafter:
    """Which gradebook and offering a draft is for, who makes it and why, and whether grades may fall."""

    def __init__(
        self, url: str | None, course: str, term: str, config: Path | None, by: str, reason: str, *,
        selection: Selection | None = None, forbid_lowering: bool = False, dry_run: bool = False,
    ) -> None:  # fmt: skip
        self._where = (url, config, course, term)
        self._by, self._reason = by, reason
        self._selection = selection or selection_of()
        self._forbid, self._dry_run = forbid_lowering, dry_run

    def score(self, assignment_folder: Path, results: Path | None, bar: Progress) -> Drafted:
        """New points for the same results, from what the gradebook holds.

        With a results folder, the results in it are replaced as well when the campaign is applied.
        """
        from autograder.app.campaign_checks import refuse_other_checks
        from autograder.config.assignment_file import load
        from gradebook.campaigns.rescoring import cannot_rescore, rescored
        from gradebook.campaigns.values import CampaignKind, Proposal

        assignment = load(assignment_folder)
        if results is not None:
            _holding(results, assignment)
        with self._opened() as (book, offering, decision):
            entries = self._selected(book, offering, assignment)
            versions = book.versions(offering, assignment.id)
            rules, token = rules_of(assignment), secrets.token_hex(4)
            bases: list[GradedSubmission] = []
            proposals: list[Proposal] = []
            skipped: list[tuple[str, str]] = []
            for entry in bar.track(entries, description="scoring"):
                old = entry.recorded
                why = cannot_rescore(old, assignment)
                if why:
                    hint = "; `autograder regrade judge` or `run` can" if "never judged" in why else ""
                    skipped.append((str(entry.submission), why + hint))
                    continue
                sheet = versions[old.provenance.assignment_version].sheet
                new = rescored(old, sheet, assignment, rules)
                if new == old:
                    skipped.append((str(entry.submission), "nothing would change"))
                    continue
                proposals.append(Proposal(base=entry.score_id, graded=with_key(new, token)))
                bases.append(old)
            refuse_other_checks(bases, versions, assignment)
            return self._drafted(
                book, offering, decision, CampaignKind.SCORE, assignment, proposals, results,
                f"score-{token}", skipped, bar,
            )  # fmt: skip

    def judge(self, site: Site, assignment_folder: Path, results: Path, bar: Progress) -> Drafted:
        """New results from the evidence in a results folder, with the checks as they are now."""
        from autograder.app.rejudging import judged_again
        from autograder.config.assignment_file import load
        from gradebook.campaigns.rescoring import repriced
        from gradebook.campaigns.values import CampaignKind, Proposal

        assignment = load(assignment_folder)
        folder = _holding(results, assignment)
        with self._opened() as (book, offering, decision):
            skipped: list[tuple[str, str]] = []
            bases: dict[str, Entry] = {}
            for entry in self._selected(book, offering, assignment):
                stored = folder.graded(entry.submission)
                if stored is None or root_of(stored.provenance.run_key) != _root(entry):
                    skipped.append((str(entry.submission), f"{results} does not hold the run that counts"))
                else:
                    bases[str(entry.submission)] = entry
            rules, token = rules_of(assignment), secrets.token_hex(4)
            graded = [
                dataclasses.replace(one.recorded, findings=repriced(one.recorded.findings, rules))
                for one in bases.values()
            ]
            proposals: list[Proposal] = []
            for found in judged_again(site, assignment, folder, graded, bar):
                name = str(found.before.submission)
                if found.after is None:
                    skipped.append((name, "nothing ran, so there is no evidence"))
                else:
                    proposals.append(Proposal(base=bases[name].score_id, graded=with_key(found.after, token)))
            return self._drafted(
                book, offering, decision, CampaignKind.JUDGE, assignment, proposals, results,
                f"judge-{token}", skipped, bar,
            )  # fmt: skip

    def run(
        self,
        site: Site,
        assignment_folder: Path,
        results: Path,
        submissions: Sequence[Path],
        *,
        latest: bool,
        bar: Progress,
        warn: Callable[[str], None],
    ) -> Drafted:
        """New runs of the selected submissions among those given. After an interruption it goes on.

        What was recorded is graded only: a new submission is the matter of `grade`.
        """
        from autograder.app.attempt_numbers import numbered
        from autograder.app.batching import grading_processes
        from autograder.app.grading import grade_entries, taken
        from autograder.app.intake_entries import entries_of
        from autograder.config.assignment_file import load
        from gradebook.campaigns.values import CampaignKind, Proposal

        assignment = load(assignment_folder)
        folder = _holding(results, assignment)
        if site.sandbox_name == "process":
            warn("warning: the process sandbox does not protect this machine; use it for your own notebooks")
        given = entries_of(submissions, assignment, latest=latest, warn=warn)
        with self._opened() as (book, offering, decision):
            wanted = {one.submission: one for one in self._selected(book, offering, assignment)}
            staging = Staging(folder, self._unused(book, offering, f"run-{assignment.version[:12]}"))
            given = numbered(given, assignment, book, offering)
            named = [(taken(entry, assignment).id, entry) for entry in given]
            chosen = [entry for name, entry in named if name in wanted]
            if not chosen:
                raise UsageError(
                    "none of these files is a selected submission",
                    hint=f"`autograder gradebook list {assignment.id}` names what is recorded.",
                )
            skipped = [
                (str(name), "it was not among the files")
                for name in sorted(wanted.keys() - {name for name, _ in named})
            ]
            proposals: list[Proposal] = []
            with grading_processes() as pool:
                for graded in grade_entries(site, assignment, chosen, staging.after, pool, bar=bar):
                    if graded.status is Status.REJECTED:
                        skipped.append((str(graded.submission), graded.reason))
                        continue
                    proposals.append(Proposal(base=wanted[graded.submission].score_id, graded=graded))
            return self._drafted(
                book,
                offering,
                decision,
                CampaignKind.RUN,
                assignment,
                proposals,
                results,
                staging.name,
                skipped,
                bar,
            )

    def policies(self, file: Path, bar: Progress) -> Drafted:
        """New policies for the whole offering."""
        from gradebook.campaigns.drafting import Drafting

        try:
            text = file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot be read as text ({error})", hint="Check the path.") from None
        with self._opened() as (book, offering, decision), working(bar, "comparing"):
            campaign, diff = Drafting(book, offering).draft_policies(
                text, decision, forbid_lowering=self._forbid, dry_run=self._dry_run
            )
        return Drafted(campaign=campaign, diff=diff)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Gradebook, Offering, Decision]]:
        url, config, course, term = self._where
        decision = decided_unless(self._dry_run, self._by, self._reason)
        with opened(url, config) as (book, settings):
            yield book, offering_of(settings, course, term), decision

    def _selected(self, book: Gradebook, offering: Offering, assignment: Assignment) -> list[Entry]:
        from gradebook.campaigns.drafting import Drafting

        return Drafting(book, offering).select(assignment.id, self._selection)

    @staticmethod
    def _unused(book: Gradebook, offering: Offering, name: str) -> str:
        """A name no campaign uses yet: the same one again after an interruption."""
        from gradebook.campaigns.book import CampaignBook

        used = {campaign.staging for campaign in CampaignBook(book, offering).campaigns()}
        numbers = range(1, len(used) + 2)
        return next(f"{name}-{number}" for number in numbers if f"{name}-{number}" not in used)

    def _drafted(
        self, book: Gradebook, offering: Offering, decision: Decision, kind: CampaignKind,
        assignment: Assignment, proposals: Sequence[Proposal], results: Path | None, staging: str,
        skipped: Sequence[tuple[str, str]], bar: Progress,
    ) -> Drafted:  # fmt: skip
        from gradebook.campaigns.drafting import Drafting, Plan

        if not proposals:
            reasons = {why: name for name, why in reversed(skipped)}
            told = "; ".join(f"{why} (such as {name})" for why, name in reversed(reasons.items()))
            raise UsageError(f"no draft was made: {told}")
        plan = Plan(
            kind=kind, selection=self._selection, forbid_lowering=self._forbid, dry_run=self._dry_run,
            results="" if results is None else str(results.absolute()),
            staging="" if results is None else staging,
        )  # fmt: skip
        staged = None if results is None else Staging(ResultsFolder(results.absolute()), staging)
        runs_nothing = plan.kind.value != "run"
        try:
            if staged is not None and runs_nothing and not self._dry_run:
                for one in proposals:
                    staged.after.save(one.graded)
            with working(bar, "comparing"):
                campaign, diff = Drafting(book, offering).draft(
                    plan, assignment, proposals, decision, layout=layout_of(assignment)
                )
        except BaseException:
            if staged is not None and runs_nothing:
                staged.drop()
            raise
        return Drafted(campaign=campaign, diff=diff, skipped=tuple(skipped))


@contextmanager
def working(bar: Progress, what: str) -> Iterator[None]:
    """Show that something is under way which has no steps to count."""
    task = bar.add_task(what, total=1)
    yield
    bar.advance(task)


def _holding(results: Path, assignment: Assignment) -> ResultsFolder:
    """A results folder. UsageError where it holds no results of the assignment."""
    folder = ResultsFolder(results.absolute())
    if not any(one.assignment == assignment.id for one in folder.all_graded()):
        raise UsageError(
            f"{results} holds no results of {assignment.id}",
            hint="Give the folder that `autograder grade --out` wrote.",
        )
    return folder


def rules_of(assignment: Assignment) -> dict[RuleId, RuleSpec]:
    """The guidelines of an assignment by the ids that findings have."""
    from autograder.guidelines.registry import find

    return {RuleId(find(spec.id).id): spec for spec in assignment.rules}


def with_key(graded: GradedSubmission, token: str) -> GradedSubmission:
    """A new judging or scoring of a run is recorded by a key of its own."""
    key = f"{root_of(graded.provenance.run_key)}+{token}"
    return dataclasses.replace(graded, provenance=dataclasses.replace(graded.provenance, run_key=key))


def _root(entry: Entry) -> str:
    return root_of(entry.recorded.provenance.run_key)
