"""What the `assets` commands do: add, list, verify and plan the models and data sets of this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.assets.store import Store

DEMO_SEED = "seed of the demo, which is public and protects nothing"


def store_of(config: Path | None) -> Store:
    """The asset store of this machine."""
    from autograder.assets.store import Store
    from autograder.config.machine import load

    return Store(load(config).store)


def add_asset(source: str, *, name: str, stand_in_for: str, config: Path | None) -> list[str]:
    """Add a model's folder, the folder of the four PhraseBank files, or a hub name.

    Raises UsageError when a folder is neither, and AssetMissing when a hub name cannot be fetched.
    """
    from autograder.assets import phrasebank

    store, folder = store_of(config), Path(source)
    if folder.is_dir() and all((folder / file).is_file() for file in phrasebank.FILES.values()):
        dataset = store.add_phrasebank(folder, stand_in=stand_in_for)
        return [f"added the data set {dataset.name} ({dataset.digest[:12]})"]
    if folder.is_dir():
        if not (name or stand_in_for):
            raise UsageError(
                "a model's folder needs the hub name under which notebooks load it",
                hint="Add --as distilbert-base-uncased, or --stand-in-for when it is another model.",
            )
        model = store.add_model(
            folder, name or stand_in_for, stand_in=folder.resolve().name if stand_in_for else ""
        )
        return [f"added the model {model.name} ({model.digest[:12]})"]
    from autograder.assets.hub import add_from_hub

    return [f"added {added.name} ({added.digest[:12]})" for added in [add_from_hub(store, source)]]


def add_demo_assets(package: Path, *, layers: int, config: Path | None) -> list[str]:
    """Add the stand-in model cut to `layers` layers, and made-up sentences whose holdout has a known seed.

    Does nothing when both are there already. The seed is public: a demo's holdout hides nothing.
    """
    from autograder.assets import holdout, phrasebank, sentences, standin
    from autograder.assets.store import Store
    from autograder.config.machine import load

    settings = load(config)
    store = Store(settings.store)
    done: list[str] = []
    with tempfile.TemporaryDirectory(prefix="nbverdict-") as temporary:
        if not store.has_model(standin.STANDS_IN_FOR):
            folder = standin.make(
                standin.find_package(package), Path(temporary) / standin.NAME, layers=layers
            )
            store.add_model(
                folder, standin.STANDS_IN_FOR, stand_in=f"{standin.NAME}, {layers} of {standin.LAYERS} layers"
            )
            done.append(f"assets: {standin.NAME} stands in for {standin.STANDS_IN_FOR} ({layers} layers)")
        if not store.has_dataset(phrasebank.HUB_NAME):
            made = sentences.write_made_up(Path(temporary) / "sentences")
            store.add_phrasebank(made, stand_in="made-up sentences")
            holdout.keep_seed(store, phrasebank.HUB_NAME, DEMO_SEED)
            done.append(f"assets: made-up sentences stand in for {phrasebank.HUB_NAME}")
    return done or ["assets: the stand-in model and the made-up sentences are there"]


def list_assets(*, config: Path | None) -> list[str]:
    """One line per asset: kind, name, start of the digest, and whether it is a stand-in."""
    found = store_of(config).list()
    return [
        f"{asset.kind:8} {asset.name:45} {asset.digest[:12]}"
        + (f"  stand-in: {asset.stand_in}" if asset.stand_in else "")
        for asset in found
    ] or ["the store is empty; add something with `autograder assets add`"]


def verify_assets(*, config: Path | None) -> list[str]:
    """What differs from its digest; empty when all is well."""
    return [f"{fault.asset}: {fault.file}: {fault.problem}" for fault in store_of(config).verify()]


def plan_assets(paths: list[Path], *, assignment: Path | None, config: Path | None) -> list[str]:
    """What submissions ask for, most wanted first. Nothing is executed.

    Raises UsageError for a path that is not there, and ConfigError for a broken assignment.
    """
    from autograder.app.intake_entries import paths_of
    from autograder.assets.plan import plan
    from autograder.config.assignment_file import load
    from autograder.intake.reader import take_in
    from autograder.model.submission import Submission

    policy = load(assignment).assets if assignment else None
    taken = [take_in(path) for path in paths_of(paths)]
    unread = [one for one in taken if not isinstance(one, Submission)]
    found = plan(store_of(config), [one for one in taken if isinstance(one, Submission)], policy)
    lines = [
        f"{line.kind:8} {line.name or '(named only during the run)':45} {line.standing:12} "
        f"{len(line.submissions)} of {len(taken)}" + (f"  stand-in: {line.stand_in}" if line.stand_in else "")
        for line in found.lines
    ]
    lines += [
        f"{name}: names a cache folder of its own, where nothing is found"
        for name in dict.fromkeys(name for line in found.lines for name in line.own_cache)
    ]
    lines += [
        f"offered by the assignment, but not in the store: {name}" for name in found.offered_but_missing
    ]
    lines += [f"{one.archive_name} cannot be read: {one.reason}" for one in unread]
    return lines or ["the submissions ask for no model and no data set"]
