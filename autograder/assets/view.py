"""What a sandbox may see of the store: a folder to mount read-only, and links for a writable cache.

    mount/hub/         models in the layout of the hub's cache: refs and snapshots; `HF_HUB_CACHE`
    mount/datasets/    data sets as the `datasets` library keeps them loaded, withheld rows left out

The library writes locks and results of `map` next to a data set, so its cache is a folder of the sandbox with
links into the mount. Nothing in a mount is hidden, and no seed, withheld row or original text file is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.assets import mount
from autograder.assets.holdout import Drawing
from autograder.assets.manifest import DatasetManifest, ModelManifest
from autograder.assets.store import Store
from autograder.errors import AssetMissing
from autograder.model.assignment import AssetNeeds

INSIDE = PurePosixPath("/assets")
CACHE = PurePosixPath("/tmp/huggingface")  # noqa: S108  (a tmpfs of the sandbox, not a folder of this machine)
_LAYOUT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """What a run needs to find its assets offline.

    `mount` is a folder of the host that goes read-only to `inside`. `links` are (link, target) pairs to make
    in the sandbox, below `cache`, before the kernel starts. `digests` maps the name of each asset to its
    digest; `stand_ins` says of each asset that is not what its name promises what it is. `shown` and
    `withheld` count rows by data set and configuration ("takala/financial_phrasebank/sentences_allagree");
    `padded` says that copies of shown rows take the places of withheld ones, which the counts leave out.
    """

    mount: Path
    inside: PurePosixPath = INSIDE
    cache: PurePosixPath = CACHE
    files: tuple[PurePosixPath, ...] = field(repr=False)
    digests: Mapping[str, str]
    stand_ins: tuple[str, ...]
    shown: Mapping[str, int]
    withheld: Mapping[str, int]
    padded: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make the libraries look there and nowhere else."""
        return {
            "HF_HOME": str(self.cache),
            "HF_HUB_CACHE": str(self.inside / "hub"),
            "HF_DATASETS_CACHE": str(self.cache / "datasets"),
            "HF_HUB_OFFLINE": "1",
            "HF_DATASETS_OFFLINE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    @property
    def links(self) -> tuple[tuple[PurePosixPath, PurePosixPath], ...]:
        """Links to make in the sandbox: where, and to what."""
        return tuple(
            (self.cache / path, self.inside / path) for path in self.files if path.parts[0] == "datasets"
        )


def view(
    store: Store, needs: AssetNeeds, drawing: Drawing | None = None, *, padded: bool = False
) -> AssetView:
    """Make the folder that shows exactly `needs` without the rows that `drawing` withholds, or find it made.

    With `padded`, copies of other rows of the same class take the places of withheld ones at the end of each
    split, for notebooks that count on the number of rows. Every byte is verified on each call: raises
    AssetMissing naming all that is not in the store, or AssetCorrupt.
    """
    missing = [name for name in needs.models if not store.has_model(name)]
    missing += [name for name in needs.datasets if not store.has_dataset(name)]
    if missing:
        raise AssetMissing(f"not in the asset store: {', '.join(missing)}")
    models = {model.name: model for model in map(store.model, needs.models)}
    datasets = {dataset.name: dataset for dataset in map(store.dataset, needs.datasets)}
    identity = {
        "layout": _LAYOUT,
        "models": {name: [model.digest, model.revision] for name, model in sorted(models.items())},
        "datasets": {name: dataset.digest for name, dataset in sorted(datasets.items())},
        "holdout": drawing.holdout.digest if drawing else "",
        "padded": padded,
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
    folder = store.root / "views" / key
    listing = mount.find(folder) or mount.build(
        store, folder, models.values(), datasets.values(), drawing, padded=padded
    )
    assets: list[ModelManifest | DatasetManifest] = [*models.values(), *datasets.values()]
    return AssetView(
        mount=folder / mount.MOUNT,
        files=tuple(PurePosixPath(path) for path in listing.files),
        digests={asset.name: asset.digest for asset in assets},
        stand_ins=tuple(f"{asset.names[0]}: {asset.stand_in}" for asset in assets if asset.stand_in),
        shown=listing.shown,
        withheld=listing.withheld,
        padded=padded,
    )
