"""The main flow: inspect, run, judge, score. It joins the steps and knows none of their tools.

What a student did never raises here: it is an outcome. A broken sandbox gives `sandbox_failed` and a fault of
ours `grader_failed`, both without a score. Nothing is written: storing evidence and results is for the
caller, and so is ending a grading that hangs (`autograder.batch`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from autograder.checks.complete import complete
from autograder.checks.folder import digest
from autograder.checks.kinds import opened
from autograder.checks.stop import Stop
from autograder.checks.stored import stored_stop
from autograder.errors import GraderError, SandboxUnavailable, StorageFull
from autograder.execution.claims import with_claims
from autograder.execution.run import Progress
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.execution import Execution, RunOutcome, Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding
from autograder.model.submission import Submission
from autograder.scoring.score import score
from autograder.scoring.standing import standing
from autograder.steps import OpenJudge, PauseOfRun, Tools

REASON_LENGTH = 4_000


def grade(
    submission: Submission,
    assignment: Assignment,
    tools: Tools,
    *,
    run_key: str,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> tuple[GradedSubmission, Execution | None]:
    """Run a submission and judge it. Returns the result and its evidence, None when nothing ran.

    Raises:
        MemoryError: this process reached its limit; what that means only its parent can say.
        StorageFull: the disk is full.

    """
    grading = _Grading(submission, assignment, tools, run_key)
    execution = None
    try:
        grading.findings = tools.inspect(submission, assignment)
        grading.suspected = tools.suspect(submission)
        prepared = tools.prepare(submission, assignment)
        grading.notes = prepared.notes
        with opened(tools.kinds(assignment), assignment, tools.holdout) as checks, tools.judge(()) as judge:
            with tools.open_run(submission, prepared, assignment, on_progress) as run:
                checks.ready()
                try:
                    stops = (_stop(pause, judge) for pause in run.checkpoints())
                    reported = [result for stop in stops for result in checks.at(stop)]
                finally:  # the evidence is kept, whatever failed
                    execution = run.finish()
                    execution = replace(execution, exchanges=(*execution.exchanges, *judge.exchanges))
            reported += checks.after(execution)
        return grading.judged(execution, reported), execution
    except (MemoryError, StorageFull):
        raise
    except Exception as error:  # whatever it is, it must not cost a student points
        return grading.failed(error, execution), execution


def rejudge(
    graded: GradedSubmission,
    execution: Execution,
    submission: Submission,
    assignment: Assignment,
    tools: Tools,
) -> GradedSubmission:
    """Judge a stored run again, without student code. Nothing that ran is believed more or less than before.

    Only the judge sandbox may be opened, for calls that the evidence has no result of.

    Findings are kept as they are: guidelines look at files, which are not evidence. A check that asks what
    this run was never asked has no points, and the submission is pending until it is run again.

    Raises:
        ValueError: the result belongs to another submission.

    """
    if graded.submission != submission.id:
        raise ValueError(f"{graded.submission} is not the result of {submission.id}")
    grading = _Grading(submission, assignment, tools, graded.provenance.run_key, earlier=graded)
    grading.findings = graded.findings
    try:
        grading.suspected = tools.suspect(submission)
        return _from_evidence(grading, execution)
    except (MemoryError, StorageFull):
        raise
    except Exception as error:
        return grading.failed(error, execution)


def ended(
    submission: Submission, assignment: Assignment, tools: Tools, *, run_key: str, execution: Execution
) -> GradedSubmission:
    """Grade a submission of which only the end is known, because it took the grading process with it.

    `execution` names the outcome; what was reached before is lost with the process, so checks are not run.
    """
    grading = _Grading(submission, assignment, tools, run_key)
    try:
        grading.findings = tools.inspect(submission, assignment)
        grading.suspected = tools.suspect(submission)
        return _from_evidence(grading, execution)
    except (MemoryError, StorageFull):
        raise
    except Exception as error:
        return grading.failed(error, execution)


class _Grading:
    """What one grading has found so far, and the frozen value it becomes."""

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        tools: Tools,
        run_key: str,
        *,
        earlier: GradedSubmission | None = None,
    ) -> None:
        self.submission = submission
        self.assignment = assignment
        self.tools = tools
        self.findings: tuple[Finding, ...] = ()
        self.suspected: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = earlier.notes if earlier else ()
        self._run_key = run_key
        self._earlier = earlier
        self._started = tools.clock()

    def judged(
        self, execution: Execution, reported: Sequence[CheckResult], unknown: frozenset[CheckId] = frozenset()
    ) -> GradedSubmission:
        """Return the graded submission of a run whose checks were judged."""
        if execution.outcome is RunOutcome.SANDBOX_FAILED:
            return self.failed(SandboxUnavailable(execution.detail), execution)
        if self._earlier is None:
            self.findings = self.tools.inspect_run(self.submission, execution, self.assignment, self.findings)
        results = complete(self.assignment.checks, reported, execution)
        results = with_claims(results, self.submission, execution, self.assignment)
        status, reason = standing(self.assignment, execution, results, self.findings, unknown=sorted(unknown))
        points = score(self.assignment, results, self.findings, unknown=unknown)
        return replace(self._value(execution), status=status, reason=reason, score=points, results=results)

    def failed(self, error: Exception, execution: Execution | None) -> GradedSubmission:
        """Return a result without a score: the sandbox or we failed."""
        hint = f" {error.hint}" if isinstance(error, GraderError) and error.hint else ""
        outcome = None  # a run that was cut short by us has none
        if isinstance(error, SandboxUnavailable):
            status, reason = Status.SANDBOX_FAILED, f"The sandbox failed: {error}.{hint}"
            outcome = RunOutcome.SANDBOX_FAILED
        elif isinstance(error, GraderError):
            status, reason = Status.GRADER_FAILED, f"{error}{hint}"
        else:
            status, reason = Status.GRADER_FAILED, "".join(traceback.format_exception(error))
        results = tuple(
            CheckResult(
                check_id=spec.id,
                kind=spec.kind,
                assurance=spec.assurance,
                outcome=CheckOutcome.WAITING if spec.kind is CheckKind.MANUAL else CheckOutcome.NOT_RUN,
                message="This was not judged: something failed on our side.",
            )
            for spec in self.assignment.checks
        )
        return replace(
            self._value(execution),
            status=status,
            reason=reason[-REASON_LENGTH:],
            run_outcome=outcome,
            results=results,
        )

    def _value(self, execution: Execution | None) -> GradedSubmission:
        return GradedSubmission(
            submission=self.submission.id,
            student=self.submission.student,
            attempt=self.submission.attempt,
            received=self.submission.received,
            assignment=self.assignment.id,
            status=Status.GRADER_FAILED,
            reason="",
            run_outcome=execution.outcome if execution else None,
            score=None,
            results=(),
            findings=self.findings,
            usage=execution.usage if execution else Usage(),
            provenance=self._provenance(execution),
            suspicions=self._suspicions(execution),
            notes=tuple(dict.fromkeys((*self.submission.notes, *self.notes))),
        )

    def _suspicions(self, execution: Execution | None) -> tuple[str, ...]:
        """What was told before is kept: stored submissions have lost their files, which may have said it."""
        before = self._earlier.suspicions if self._earlier else ()
        ran = execution.suspicions if execution else ()
        return tuple(dict.fromkeys((*before, *ran, *self.suspected)))

    def _provenance(self, execution: Execution | None) -> Provenance:
        origin, holdout = self.tools.origin, self.tools.holdout
        ran = self._earlier.provenance if self._earlier else None
        return Provenance(
            run_key=self._run_key,
            submission_digest=self.submission.digest,
            assignment_version=self.assignment.version,
            image_digest=(execution.image_digest if execution else "") or origin.image_digest,
            sandbox=(execution.sandbox if execution else "") or origin.sandbox,
            asset_digests=ran.asset_digests if ran else origin.asset_digests,
            check_digests=digest(self.assignment.folder / "checks"),
            versions=origin.versions,
            holdout_digest=holdout.digest if holdout else "",
            stand_ins=ran.stand_ins if ran else origin.stand_ins,
            started=self._started,
            finished=self.tools.clock(),
        )


def _from_evidence(grading: _Grading, execution: Execution) -> GradedSubmission:
    assignment, tools = grading.assignment, grading.tools
    never_asked: set[CheckId] = set()
    reported: list[CheckResult] = []
    with (
        opened(tools.kinds(assignment), assignment, tools.holdout) as checks,
        tools.judge(execution.exchanges) as judge,
    ):
        checks.ready()
        for place in execution.checkpoints:
            if place.reached:
                recorded = tools.recorded(execution, place.id)
                reported += checks.at(
                    stored_stop(execution, place, recorded, never_asked, judge.at(place.id))
                )
        reported += checks.after(execution)
    return grading.judged(execution, reported, frozenset(never_asked))


def _stop(pause: PauseOfRun, judge: OpenJudge) -> Stop:
    judge.warm()  # whoever reached a checkpoint will probably reach the one at which it is called
    return Stop(
        checkpoint=pause.checkpoint,
        asker_for=pause.asker,
        judge_for=judge.at(pause.checkpoint),
        notebook=pause.notebook_so_far,
    )
