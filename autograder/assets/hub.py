"""Fetch an asset from the Hugging Face hub into the store, where there is a network and staff ask for it.

Nothing here runs during grading. Code from the hub is never run: data sets that need a loading script cannot
be fetched, except Financial PhraseBank, whose text files are read here.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from autograder.assets import phrasebank, rows
from autograder.assets.manifest import DatasetManifest, ModelManifest
from autograder.assets.names import DATASET_ALIASES, MODEL_ALIASES, all_names, check_hub_name
from autograder.assets.store import Store
from autograder.errors import AssetMissing, GraderError, UsageError

_MODEL_FILES = ("*.json", "*.txt", "*.model", "*.safetensors", "LICENSE*", "NOTICE*", "README.md")
_PHRASEBANK_ZIP = "data/FinancialPhraseBank-v1.0.zip"
_PARQUET = "refs/convert/parquet"
_ZIP_ENTRY_AT_MOST = 16 * 1024 * 1024

Kind = Literal["model", "dataset"]


def add_from_hub(
    store: Store, name: str, *, kind: Kind | None = None, revision: str = "main", hub: Any = None
) -> ModelManifest | DatasetManifest:
    """Fetch a model or a data set by its hub name and add it. Without `kind` the hub is asked which it is.

    `hub` is the module `huggingface_hub` unless another is given. Raises AssetMissing when that library is
    not installed, or the hub does not answer or has no such thing; UsageError when it cannot be used
    offline.
    """
    check_hub_name(name)
    library = hub if hub is not None else _library()
    try:
        with tempfile.TemporaryDirectory() as folder:
            if (kind or _kind(library, name)) == "model":
                return _add_model(store, library, name, revision, Path(folder))
            return _add_dataset(store, library, name, revision, Path(folder))
    except GraderError:
        raise
    except Exception as error:  # the library's errors have no common base, and differ between its versions
        raise AssetMissing(
            f"{name} could not be fetched from the hub: {error}",
            hint="Without a network, add a local folder: `autograder assets add FOLDER --as NAME`.",
        ) from error


def _kind(hub: Any, name: str) -> Kind:
    if name in {*DATASET_ALIASES, *DATASET_ALIASES.values()}:
        return "dataset"
    known = name in {*MODEL_ALIASES, *MODEL_ALIASES.values()}
    return "model" if known or hub.repo_exists(name, repo_type="model") else "dataset"


def _library() -> Any:
    try:
        return import_module("huggingface_hub")
    except ImportError as error:
        raise AssetMissing(
            "fetching from the hub needs the Python package huggingface_hub, which is not installed",
            hint="Install it, or add a local folder: `autograder assets add FOLDER --as NAME`.",
        ) from error


def _add_model(store: Store, hub: Any, name: str, revision: str, folder: Path) -> ModelManifest:
    full = all_names(name, MODEL_ALIASES)[-1]
    commit = str(hub.model_info(full, revision=revision).sha)
    hub.snapshot_download(full, revision=commit, local_dir=folder, allow_patterns=list(_MODEL_FILES))
    if not list(folder.glob("*.safetensors")):
        hub.snapshot_download(full, revision=commit, local_dir=folder, allow_patterns=["tf_model.h5"])
    return store.add_model(folder, full, revision=commit)


def _add_dataset(store: Store, hub: Any, name: str, revision: str, folder: Path) -> DatasetManifest:
    full = all_names(name, DATASET_ALIASES)[-1]
    if full == phrasebank.HUB_NAME:
        path = hub.hf_hub_download(
            full, _PHRASEBANK_ZIP, repo_type="dataset", revision=revision, local_dir=folder
        )
        return store.add_phrasebank(_unpacked(Path(path), folder / "texts"))
    hub.snapshot_download(
        full, repo_type="dataset", revision=_PARQUET, local_dir=folder, allow_patterns=["**/*.parquet"]
    )
    tables: dict[str, dict[str, list[tuple[object, ...]]]] = {}
    features: tuple[rows.Feature, ...] = ()
    for config, split, path in _parquet_files(folder):
        columns, table = _read_parquet(path, name)
        if features and columns != features:
            raise UsageError(f"{name}: its configurations have different columns, which is not handled")
        features = columns
        tables.setdefault(config, {}).setdefault(split, []).extend(table)
    if not tables:
        raise UsageError(f"{name}: the hub has no Parquet copy of it", hint="Only Parquet can be read here.")
    return store.add_dataset_rows(full, tables, features)


def _unpacked(archive: Path, target: Path) -> Path:
    target.mkdir()
    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            name = entry.filename.rpartition("/")[2]
            if name not in phrasebank.FILES.values() or "__MACOSX" in entry.filename:
                continue
            with zipped.open(entry) as file:
                raw = file.read(_ZIP_ENTRY_AT_MOST + 1)
            if len(raw) > _ZIP_ENTRY_AT_MOST:
                raise UsageError(f"{name} is larger than the authors' file can be")
            (target / name).write_bytes(raw)
    return target


def _parquet_files(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Configuration, split and path of each file: `CONFIG/SPLIT/0000.parquet`, in order."""
    for path in sorted(folder.rglob("*.parquet")):
        parts = path.relative_to(folder).parts
        if len(parts) == len(("configuration", "split", "file")):
            yield parts[0], parts[1].removeprefix("partial-"), path


def _read_parquet(path: Path, name: str) -> tuple[tuple[rows.Feature, ...], list[tuple[object, ...]]]:
    parquet: Any = import_module("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(path.read_bytes()))
    described = _described(table.schema.metadata or {})
    features = []
    for field in table.schema:
        names = described.get(field.name, ())
        types = {"string": "string", "large_string": "string", "double": "float64", "float": "float64"}
        types |= {f"{sign}int{bits}": "int64" for sign in ("", "u") for bits in (8, 16, 32, 64)}
        kind = "class_label" if names else types.get(str(field.type), "")
        if not kind:
            raise UsageError(f"{name}: column `{field.name}` of type {field.type} is not handled")
        features.append(rows.Feature.model_validate({"name": field.name, "type": kind, "names": names}))
    columns = [table.column(place).to_pylist() for place in range(table.num_columns)]
    return tuple(features), list(zip(*columns, strict=True))


def _described(metadata: Mapping[bytes, bytes]) -> dict[str, tuple[str, ...]]:
    """Class names by column, as the hub's Parquet files carry them."""
    info = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    return {
        column: tuple(what["names"])
        for column, what in info.items()
        if isinstance(what, dict)
        and what.get("_type") == "ClassLabel"
        and isinstance(what.get("names"), list)
    }
