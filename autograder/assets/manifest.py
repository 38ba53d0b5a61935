"""What the store knows about an asset: names, files by digest, and whether it stands in for another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from autograder.assets.names import DATASET_ALIASES, MODEL_ALIASES, all_names
from autograder.assets.rows import Feature


class StoredFile(BaseModel):
    """One file of an asset: its relative path there, and its bytes by digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    size: int


class _Manifest(BaseModel):
    """What all assets have. `stand_in` says what it really is when it is not what its name promises."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    added: AwareDatetime
    stand_in: str = ""

    def _digest(self, content: Mapping[str, object]) -> str:
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class ModelManifest(_Manifest):
    """A model: the files `from_pretrained` reads. `revision` is the hub's commit, or made from the bytes."""

    kind: Literal["model"] = "model"
    revision: str = Field(pattern="^[0-9a-f]{40}$")
    files: tuple[StoredFile, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every hub name that leads to this model."""
        return all_names(self.name, MODEL_ALIASES)

    @property
    def stored(self) -> tuple[StoredFile, ...]:
        """All files whose bytes are in the store."""
        return self.files

    @property
    def digest(self) -> str:
        """SHA-256 that identifies the model's bytes; when and by which name it was added does not count."""
        return self._digest({file.path: file.digest for file in self.files})


class DatasetManifest(_Manifest):
    """A data set: rows by configuration and split, as JSON lines.

    `originals` are the text files a PhraseBank was read from, kept to recognise them in submissions.
    """

    kind: Literal["dataset"] = "dataset"
    features: tuple[Feature, ...]
    configs: Mapping[str, Mapping[str, StoredFile]]
    originals: tuple[StoredFile, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every hub name that leads to this data set."""
        return all_names(self.name, DATASET_ALIASES)

    @property
    def stored(self) -> tuple[StoredFile, ...]:
        """All files whose bytes are in the store."""
        rows = tuple(file for splits in self.configs.values() for file in splits.values())
        return rows + self.originals

    @property
    def digest(self) -> str:
        """SHA-256 that identifies the rows, their order and their columns."""
        rows = {
            config: {split: file.digest for split, file in splits.items()}
            for config, splits in self.configs.items()
        }
        return self._digest({"rows": rows, "features": [feature.model_dump() for feature in self.features]})


AnyManifest = Annotated[ModelManifest | DatasetManifest, Field(discriminator="kind")]
