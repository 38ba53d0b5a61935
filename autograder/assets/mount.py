"""Make the folder that a view mounts, once, and know it again: every file's digest is checked on each use.

A folder is made aside and renamed when it is complete. Models are hard links to the store's read-only bytes
where the file system allows it. A folder that was damaged is made again from the store.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from autograder.assets import arrow
from autograder.assets.blobs import READ_ONLY, digest_of, saying_when_full
from autograder.assets.holdout import Drawing, separated
from autograder.assets.manifest import DatasetManifest, ModelManifest
from autograder.assets.names import dataset_folder, dataset_stem, model_folder
from autograder.assets.padding import padded_rows
from autograder.assets.store import Store

MOUNT, _LISTING = "mount", "listing.json"


class Listing(BaseModel):
    """What is in a mount: digests by path, and rows shown and left out by configuration (without padding)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    files: dict[str, str]
    shown: dict[str, int]
    withheld: dict[str, int]


def find(folder: Path) -> Listing | None:
    """The listing of a folder that is complete and unchanged, else None."""
    try:
        listing = Listing.model_validate_json((folder / _LISTING).read_bytes())
        mount = folder / MOUNT
        there = {path.relative_to(mount).as_posix() for path in mount.rglob("*") if not path.is_dir()}
        whole = there == listing.files.keys()
        return (
            listing
            if whole and all(digest_of(mount / path) == d for path, d in listing.files.items())
            else None
        )
    except (OSError, ValidationError):
        return None


def build(
    store: Store,
    folder: Path,
    models: Iterable[ModelManifest],
    datasets: Iterable[DatasetManifest],
    drawing: Drawing | None,
    *,
    padded: bool,
) -> Listing:
    """Make `folder` from the store's verified bytes. Raises AssetMissing or AssetCorrupt, nothing stays."""
    with saying_when_full("the folder to mount"), _aside(folder) as aside:
        mount = aside / MOUNT
        for part in ("hub", "datasets"):
            (mount / part).mkdir(parents=True)
        for model in models:
            _put_model(store, model, mount / "hub")
        shown: dict[str, int] = {}
        withheld: dict[str, int] = {}
        for dataset in datasets:
            for config in dataset.configs:
                kept, removed = _put_rows(store, dataset, config, mount / "datasets", drawing, padded=padded)
                shown[f"{dataset.name}/{config}"] = kept
                withheld[f"{dataset.name}/{config}"] = removed
        files = {
            path.relative_to(mount).as_posix(): digest_of(path)
            for path in sorted(mount.rglob("*"))
            if path.is_file()
        }
        listing = Listing(files=files, shown=shown, withheld=withheld)
        (aside / _LISTING).write_text(listing.model_dump_json(indent=1), encoding="utf-8")
        _open_to_readers(aside)
        return _publish(aside, folder, listing)


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".new-"))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _publish(aside: Path, folder: Path, listing: Listing) -> Listing:
    for _ in range(3):
        try:
            aside.rename(folder)
        except OSError:
            if (other := find(folder)) is not None:
                return other  # somebody else made the same folder at the same time
            damaged = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".old-"))
            folder.rename(damaged / folder.name)
            shutil.rmtree(damaged, ignore_errors=True)
        else:
            return listing
    aside.rename(folder)
    return listing


def _put_model(store: Store, model: ModelManifest, hub: Path) -> None:
    for name in model.names:
        root = hub / model_folder(name)
        snapshot = root / "snapshots" / model.revision
        for file in model.files:
            target = snapshot / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            source = store.blobs.verified(file.digest)
            try:
                target.hardlink_to(source)
            except OSError:
                shutil.copyfile(source, target)
        (root / "refs").mkdir()
        (root / "refs" / "main").write_text(model.revision, encoding="ascii")


def _put_rows(
    store: Store,
    dataset: DatasetManifest,
    config: str,
    folder: Path,
    drawing: Drawing | None,
    *,
    padded: bool,
) -> tuple[int, int]:
    """Write one configuration under all names of its data set; how many rows are shown, how many not."""
    label = next((place for place, f in enumerate(dataset.features) if f.type == "class_label"), None)
    parts = {
        split: separated(store.table(dataset, config, split), drawing) for split in dataset.configs[config]
    }
    for name in dataset.names:
        arrow.write_cache(
            folder / dataset_folder(name) / config / arrow.VERSION / dataset.digest[:40],
            name=dataset_stem(name),
            config=config,
            features=dataset.features,
            splits={
                split: padded_rows(kept, removed, label) if padded else kept
                for split, (kept, removed) in parts.items()
            },
            description=dataset.stand_in,
        )
    return sum(len(kept) for kept, _ in parts.values()), sum(len(removed) for _, removed in parts.values())


def _open_to_readers(folder: Path) -> None:
    """The kernel's user is another than ours: it may read everything and write nothing."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else READ_ONLY)
