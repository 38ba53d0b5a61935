"""Withhold rows of a published data set: who is judged on them has not seen them in our sandbox.

Rows are drawn by groups (texts equal up to case, spaces and digits stay together), stratified by class, with
a random seed that stays in the trusted store. Every row of a drawn group is missing from every configuration
and split that the sandbox sees. Whoever memorises the public data elsewhere is outside of what this
promises.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from autograder.assets.blobs import replacing
from autograder.assets.manifest import DatasetManifest
from autograder.assets.names import check_part
from autograder.assets.rows import Feature, Values
from autograder.assets.store import Store
from autograder.errors import AssetCorrupt, UsageError
from autograder.model.assignment import HoldoutSpec
from autograder.model.holdout import Holdout

DEFAULT_COURSE = "default"
_NOISE = re.compile(r"[\s\d]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A holdout and what must be missing from the sandbox. `groups` are keys as `group_of` makes them."""

    holdout: Holdout
    dataset: str
    groups: frozenset[str] = field(repr=False)

    def withholds(self, text: str) -> bool:
        """Whether a row with this text is withheld."""
        return group_of(text) in self.groups


def group_of(text: str) -> str:
    """Equal for texts that differ in case, spaces and digits only."""
    return _NOISE.sub("", text.casefold())


def keep_seed(store: Store, dataset: str, seed: str, *, course: str = DEFAULT_COURSE) -> None:
    """Keep a seed that is given, for a demo or a test whose holdout need not be secret.

    Does nothing when this data set already has one in this course: a holdout never changes by accident.
    Raises AssetMissing without the data set, UsageError when it is no stand-in: a known seed would give away
    the holdout of the real one.
    """
    found = store.dataset(dataset)
    if not found.stand_in:
        raise UsageError(f"{found.name} is no stand-in: its holdout needs a random seed")
    _keep(_seed_path(store, found, course), seed)


def draw(
    store: Store, spec: HoldoutSpec, *, course: str = DEFAULT_COURSE, seed: str | None = None
) -> Drawing:
    """The holdout that `spec` asks for: always the same for one data set, course and store.

    The seed is made once and kept; a `seed` given here is used instead and not kept (for tests). Raises
    AssetMissing without the data set, UsageError when it has no such subset or no text and class columns.
    """
    dataset = store.dataset(spec.dataset)
    if spec.subset not in dataset.configs:
        raise UsageError(
            f"{dataset.name} has no subset {spec.subset!r}; there are {', '.join(dataset.configs)}"
        )
    text, label = text_and_label(dataset)
    classes = dataset.features[label].names
    tables = [store.table(dataset, spec.subset, split) for split in dataset.configs[spec.subset]]
    pairs = [
        (sentence, classes[number])
        for table in tables
        for sentence, number in ((row[text], row[label]) for row in table)
        if isinstance(sentence, str) and isinstance(number, int) and number >= 0
    ]
    key = _seed(_seed_path(store, dataset, course)) if seed is None else seed
    chosen, groups = drawn(pairs, classes, spec.share, key)
    identity = [dataset.digest, spec.subset, str(spec.share), hashlib.sha256(key.encode()).hexdigest()]
    holdout = Holdout(
        inputs=tuple(sentence for sentence, _ in chosen),
        labels=tuple(name for _, name in chosen),
        classes=classes,
        digest=hashlib.sha256(json.dumps(identity).encode()).hexdigest(),
    )
    return Drawing(holdout=holdout, dataset=dataset.name, groups=groups)


def drawn(
    pairs: Iterable[tuple[str, str]], classes: Sequence[str], share: Decimal, seed: str
) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Withheld (text, class) pairs in the order in which they are asked, and the keys of their groups.

    Of each class the share is taken, to the nearest whole group; a text counts once however often it occurs.
    A group whose texts have different classes is never drawn. Raises UsageError when nothing would be left
    on either side.
    """
    if not 0 < share < 1:
        raise UsageError(f"the holdout's share must be between 0 and 1, not {share}")
    members: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for text, label in pairs:
        members[group_of(text)][label].add(text)
    chosen: list[tuple[str, str]] = []
    groups: set[str] = set()
    for label in classes:
        pure = {key: by_label[label] for key, by_label in members.items() if by_label.keys() == {label}}
        wanted = round(share * sum(len(texts) for texts in pure.values()))
        taken = 0
        for key in sorted(pure, key=lambda key: _rank(seed, "group", key)):
            if taken + len(pure[key]) > wanted:
                continue
            taken += len(pure[key])
            groups.add(key)
            chosen += [(text, label) for text in pure[key]]
    if not groups or len(groups) == len(members):
        raise UsageError(f"{len(members)} different rows are too few for a holdout of {share}")
    chosen.sort(key=lambda pair: _rank(seed, "order", pair[0]))
    return tuple(chosen), frozenset(groups)


def text_and_label(dataset: DatasetManifest) -> tuple[int, int]:
    """Places of the text column and the class column. Raises UsageError unless there is one of each."""
    text = _only(dataset.features, "string", dataset.name)
    return text, _only(dataset.features, "class_label", dataset.name)


def separated(
    rows: Iterable[Values], drawing: Drawing | None
) -> tuple[tuple[Values, ...], tuple[Values, ...]]:
    """Rows to show and rows to withhold, in order. One withheld text in a row is enough, in any data set."""
    shown: list[Values] = []
    withheld: list[Values] = []
    for row in rows:
        hidden = drawing and any(isinstance(cell, str) and drawing.withholds(cell) for cell in row)
        (withheld if hidden else shown).append(row)
    return tuple(shown), tuple(withheld)


def _only(features: Sequence[Feature], kind: str, name: str) -> int:
    places = [place for place, feature in enumerate(features) if feature.type == kind]
    if len(places) != 1:
        raise UsageError(f"a holdout of {name} needs exactly one column of type {kind}, not {len(places)}")
    return places[0]


def _rank(seed: str, purpose: str, text: str) -> bytes:
    return hmac.digest(seed.encode(), f"{purpose}\0{text}".encode(), "sha256")


def _seed_path(store: Store, dataset: DatasetManifest, course: str) -> Path:
    # Apart from the real data set's: a demo's seed is known, and its sentences may be replaced by real ones.
    kind = ".stand-in" if dataset.stand_in else ""
    return store.root / "secrets" / check_part(course) / f"{dataset.name.replace('/', '--')}{kind}.json"


def _seed(path: Path) -> str:
    if not path.is_file():
        _keep(path, secrets.token_hex(32))
    try:
        seed = json.loads(path.read_bytes())["seed"]
    except (ValueError, KeyError, TypeError):
        seed = None
    if not isinstance(seed, str) or not seed:
        raise AssetCorrupt(
            f"{path} holds no seed", hint="Restore it from a backup: another seed is another holdout."
        )
    return seed


def _keep(path: Path, seed: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.parent.chmod(0o700)
    fresh = path.with_name(f"{path.stem}.{secrets.token_hex(8)}")
    try:
        with replacing(fresh, mode=0o600) as file:
            file.write(json.dumps({"seed": seed}).encode())
        with suppress(FileExistsError):  # whoever was first wins, and all read the same seed
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
