"""Before any training: which models and data sets a class asks for, against the policy and the store.

A plan says what will load, what is missing from the store, what the assignment does not offer, and what
cannot be told before the run. It runs no student code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograder.assets.asked import Asked, AssetKind, asked_for
from autograder.assets.names import DATASET_ALIASES, MODEL_ALIASES, all_names
from autograder.assets.store import Store
from autograder.model.assignment import AssetNeeds
from autograder.model.ids import SubmissionId
from autograder.model.submission import Submission


class Standing(StrEnum):
    """What will become of a request. `offered` loads, `missing` is for staff to add, the others fail."""

    OFFERED = "offered"
    MISSING = "missing"
    NOT_OFFERED = "not_offered"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One asset that is asked for, or, without a name, all requests that cannot be told before the run.

    `name` is the hub's full name, `submissions` ask for it at `places`. `stand_in` says what the store has
    under that name when it is something else. `own_cache` lists submissions that name a cache folder of
    their own.
    """

    kind: AssetKind
    name: str | None
    standing: Standing
    submissions: tuple[SubmissionId, ...]
    places: tuple[tuple[SubmissionId, Asked], ...]
    stand_in: str = ""
    own_cache: tuple[SubmissionId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a class asks for, most wanted first, and what the assignment offers that is not in the store."""

    lines: tuple[PlanLine, ...]
    offered_but_missing: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether everything that is offered is in the store."""
        return not self.offered_but_missing


def plan(store: Store, submissions: Sequence[Submission], policy: AssetNeeds | None) -> Plan:
    """What the submissions ask for.

    `policy` names what the assignment offers: nothing else loads in a run. Without one (None) everything
    counts as offered, and the plan compares with the store only.
    """
    wanted: dict[tuple[AssetKind, str | None], list[tuple[SubmissionId, Asked]]] = defaultdict(list)
    for submission in submissions:
        for request in asked_for(submission.notebooks):
            name = None if request.name is None else _full(request.kind, request.name)
            wanted[request.kind, name].append((submission.id, request))
    needs = policy or AssetNeeds()
    offered = {AssetKind.MODEL: needs.models, AssetKind.DATASET: needs.datasets}
    lines = []
    for (kind, name), places in wanted.items():
        allowed = policy is None or name in {_full(kind, one) for one in offered[kind]}
        lines.append(_line(store, kind, name, places, allowed=allowed))
    lines.sort(key=lambda line: (-len(line.submissions), line.kind, line.name or ""))
    missing = [name for kind, names in offered.items() for name in names if not _has(store, kind, name)]
    return Plan(lines=tuple(lines), offered_but_missing=tuple(missing))


def _line(
    store: Store,
    kind: AssetKind,
    name: str | None,
    places: Sequence[tuple[SubmissionId, Asked]],
    *,
    allowed: bool,
) -> PlanLine:
    stand_in = ""
    if name is None:
        standing = Standing.UNKNOWN
    elif not allowed:
        standing = Standing.NOT_OFFERED
    elif not _has(store, kind, name):
        standing = Standing.MISSING
    else:
        standing = Standing.OFFERED
        stand_in = (store.model(name) if kind is AssetKind.MODEL else store.dataset(name)).stand_in
    return PlanLine(
        kind=kind,
        name=name,
        standing=standing,
        submissions=tuple(dict.fromkeys(submission for submission, _ in places)),
        places=tuple(places),
        stand_in=stand_in,
        own_cache=tuple(dict.fromkeys(submission for submission, asked in places if asked.own_cache)),
    )


def _full(kind: AssetKind, name: str) -> str:
    return all_names(name, _ALIASES[kind])[-1]


def _has(store: Store, kind: AssetKind, name: str) -> bool:
    return store.has_model(name) if kind is AssetKind.MODEL else store.has_dataset(name)


_ALIASES: Mapping[AssetKind, Mapping[str, str]] = {
    AssetKind.MODEL: MODEL_ALIASES,
    AssetKind.DATASET: DATASET_ALIASES,
}
