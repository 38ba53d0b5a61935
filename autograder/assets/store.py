"""The asset store: models and data sets kept by digest, added by staff, read by every grading here.

    blobs/ab/abcd...       bytes by SHA-256, never changed
    models/, datasets/     one manifest an asset: names, files by digest
    secrets/               seeds of the holdouts: readable by the owner only, never part of a mount
    views/                 folders made from the rest for sandboxes; may be deleted at any time

The store is trusted. It is not a cache of the hub: nothing is fetched unless staff ask for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from autograder.assets import phrasebank, rows
from autograder.assets.blobs import Blobs, replacing
from autograder.assets.manifest import AnyManifest, DatasetManifest, ModelManifest, StoredFile
from autograder.assets.names import DATASET_ALIASES, MODEL_ALIASES, all_names, check_hub_name, check_part
from autograder.errors import AssetCorrupt, AssetMissing, GraderError, UsageError

_MANIFEST: TypeAdapter[ModelManifest | DatasetManifest] = TypeAdapter(AnyManifest)
_PICKLED = (".bin", ".ckpt", ".msgpack", ".ot", ".pkl", ".pickle", ".pt", ".pth")
_WEIGHTS = (".safetensors", ".h5", ".keras")
_PHRASEBANK_FEATURES = (
    rows.Feature(name="sentence", type="string"),
    rows.Feature(name="label", type="class_label", names=phrasebank.CLASSES),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something `verify` found: which asset, which of its files, and what is wrong with it."""

    asset: str
    file: str
    problem: str


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The assets of one machine, below one folder. Adding the same bytes twice changes nothing."""

    def __init__(self, root: Path, *, clock: Callable[[], datetime] = _now) -> None:
        self.root = root.absolute()
        self.blobs = Blobs(self.root / "blobs")
        self._clock = clock

    def add_model(
        self, folder: Path, name: str, *, revision: str | None = None, stand_in: str = ""
    ) -> ModelManifest:
        """Add the files of a saved model under a hub name, in place of what had that name before.

        `revision` is the hub's commit (40 hexadecimal digits); `stand_in` says what the model really is when
        it is not the one of that name. Hidden files and pickled weights are left out. Raises UsageError when
        the folder holds no model.
        """
        check_hub_name(name)
        paths = sorted(
            path for path in folder.rglob("*") if path.is_file() and not _left_out(path.relative_to(folder))
        )
        found = {path.relative_to(folder).as_posix() for path in paths}
        if "config.json" not in found or not any(path.endswith(_WEIGHTS) for path in found):
            raise UsageError(
                f"{folder} holds no model: config.json and weights are needed",
                hint="Save the model with `save_pretrained`; weights must be .safetensors or .h5.",
            )
        files = tuple(self._keep_file(path, path.relative_to(folder).as_posix()) for path in paths)
        digest = hashlib.sha256("".join(file.path + file.digest for file in files).encode()).hexdigest()
        manifest = ModelManifest(
            name=all_names(name, MODEL_ALIASES)[-1],
            added=self._clock(),
            stand_in=stand_in,
            revision=revision or digest[:40],
            files=files,
        )
        self._write(manifest)
        return manifest

    def add_phrasebank(self, folder: Path, *, stand_in: str = "") -> DatasetManifest:
        """Add Financial PhraseBank from its authors' four text files.

        Other sentences in the same format are taken too, and marked as a stand-in. Raises UsageError that
        names the file and the line when the format is broken.
        """
        bank = phrasebank.read(folder)
        texts = {name: (folder / name).read_bytes() for name in phrasebank.FILES.values()}
        authentic = all(phrasebank.is_original(name, raw) for name, raw in texts.items())
        return self.add_dataset_rows(
            phrasebank.HUB_NAME,
            {
                subset: {
                    "train": [
                        (row.sentence, phrasebank.CLASSES.index(row.label)) for row in bank.subsets[subset]
                    ]
                }
                for subset in phrasebank.FILES
            },
            _PHRASEBANK_FEATURES,
            stand_in="" if authentic else stand_in or "sentences that are not the authors'",
            originals=texts,
        )

    def add_dataset_rows(
        self,
        name: str,
        configs: Mapping[str, Mapping[str, Iterable[Sequence[object]]]],
        features: Sequence[rows.Feature],
        *,
        stand_in: str = "",
        originals: Mapping[str, bytes] | None = None,
    ) -> DatasetManifest:
        """Add a data set given as rows by configuration and split (`{"default": {"train": [...]}}`).

        The cells of a row are in the order of `features`. Raises UsageError that names a row that does not
        fit.
        """
        check_hub_name(name)
        for part in (*configs, *(split for splits in configs.values() for split in splits)):
            check_part(part)
        stored = {
            config: {
                split: self._keep_bytes(
                    rows.to_bytes(rows.check(table, features, name=f"{config}/{split}")),
                    f"{config}/{split}.jsonl",
                )
                for split, table in splits.items()
            }
            for config, splits in configs.items()
        }
        manifest = DatasetManifest(
            name=all_names(name, DATASET_ALIASES)[-1],
            added=self._clock(),
            stand_in=stand_in,
            features=tuple(features),
            configs=stored,
            originals=tuple(self._keep_bytes(raw, path) for path, raw in (originals or {}).items()),
        )
        self._write(manifest)
        return manifest

    def list(self) -> tuple[ModelManifest | DatasetManifest, ...]:
        """All assets, models first, each kind in order of name. Raises AssetCorrupt for a broken manifest."""
        paths = sorted((self.root / "models").glob("*.json")) + sorted(
            (self.root / "datasets").glob("*.json")
        )
        return tuple(_read(path) for path in paths)

    def has_model(self, name: str) -> bool:
        """Whether a model of that hub name is here."""
        return self._path("model", name).is_file()

    def has_dataset(self, name: str) -> bool:
        """Whether a data set of that hub name is here."""
        return self._path("dataset", name).is_file()

    def model(self, name: str) -> ModelManifest:
        """The model of that hub name, short or with its owner. Raises AssetMissing."""
        found = self._find("model", name)
        assert isinstance(found, ModelManifest)
        return found

    def dataset(self, name: str) -> DatasetManifest:
        """The data set of that hub name, short or with its owner. Raises AssetMissing."""
        found = self._find("dataset", name)
        assert isinstance(found, DatasetManifest)
        return found

    def table(self, dataset: DatasetManifest, config: str, split: str) -> tuple[rows.Values, ...]:
        """The rows of one split, their bytes verified. Raises AssetMissing or AssetCorrupt."""
        file = dataset.configs[config][split]
        return rows.from_bytes(
            self.blobs.read(file.digest), dataset.features, name=f"{dataset.name} {file.path}"
        )

    def verify(self) -> tuple[Fault, ...]:
        """Read every byte of every asset; what is missing or has changed. Empty when all is well."""
        faults = []
        for asset in self.list():
            for file in asset.stored:
                try:
                    self.blobs.verified(file.digest)
                except GraderError as error:
                    faults.append(Fault(asset=asset.name, file=file.path, problem=str(error)))
        return tuple(faults)

    def _find(self, kind: str, name: str) -> ModelManifest | DatasetManifest:
        path = self._path(kind, name)
        if not path.is_file():
            what = "data set" if kind == "dataset" else "model"
            raise AssetMissing(
                f"the {what} {name!r} is not in the asset store",
                hint="Add it with `autograder assets add`; `autograder assets list` shows what is there.",
            )
        return _read(path)

    def _path(self, kind: str, name: str) -> Path:
        aliases = MODEL_ALIASES if kind == "model" else DATASET_ALIASES
        full = all_names(check_hub_name(name), aliases)[-1]
        return self.root / f"{kind}s" / (full.replace("/", "--") + ".json")

    def _keep_file(self, path: Path, name: str) -> StoredFile:
        return StoredFile(path=name, digest=self.blobs.put_file(path), size=path.stat().st_size)

    def _keep_bytes(self, raw: bytes, name: str) -> StoredFile:
        return StoredFile(path=name, digest=self.blobs.put_bytes(raw), size=len(raw))

    def _write(self, manifest: ModelManifest | DatasetManifest) -> None:
        with replacing(self._path(manifest.kind, manifest.name)) as file:
            file.write(manifest.model_dump_json(indent=1).encode())


def _read(path: Path) -> ModelManifest | DatasetManifest:
    try:
        return _MANIFEST.validate_json(path.read_bytes())
    except ValidationError as error:
        raise AssetCorrupt(f"{path} is no manifest of this version", hint="Add the asset again.") from error


def _left_out(path: Path) -> bool:
    return path.suffix in _PICKLED or any(part.startswith(".") for part in path.parts)
