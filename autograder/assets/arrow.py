"""Write rows as the `datasets` library keeps a loaded data set: an Arrow stream and `dataset_info.json`.

Arrow is only ever written here, never read: what is read back on the trusted side is text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from autograder.assets.rows import Feature, Values

VERSION = "0.0.0"
_ARROW: Mapping[str, str] = {
    "string": "string",
    "int64": "int64",
    "float64": "float64",
    "class_label": "int64",
}


def write_cache(
    folder: Path,
    *,
    name: str,
    config: str,
    features: Sequence[Feature],
    splits: Mapping[str, Sequence[Values]],
    description: str,
) -> None:
    """Fill `folder` (the innermost of the library's cache) with one configuration of data set `name`.

    `name` is without its owner, `splits` maps split names to rows. The library then finds it offline.
    """
    folder.mkdir(parents=True)
    sizes = {
        split: _write_stream(folder / f"{name}-{split}.arrow", features, rows)
        for split, rows in splits.items()
    }
    info = {
        "builder_name": name,
        "citation": "",
        "config_name": config,
        "dataset_name": name,
        "dataset_size": sum(sizes.values()),
        "description": description,
        "download_checksums": {},
        "download_size": 0,
        "features": {feature.name: _feature(feature) for feature in features},
        "homepage": "",
        "license": "",
        "size_in_bytes": sum(sizes.values()),
        "splits": {
            split: {"name": split, "num_bytes": sizes[split], "num_examples": len(rows), "dataset_name": name}
            for split, rows in splits.items()
        },
        "version": {"version_str": VERSION, "major": 0, "minor": 0, "patch": 0},
    }
    text = json.dumps(info, indent=1, sort_keys=True)
    (folder / "dataset_info.json").write_text(text, encoding="utf-8")


def _feature(feature: Feature) -> dict[str, object]:
    if feature.type == "class_label":
        return {"names": list(feature.names), "_type": "ClassLabel"}
    return {"dtype": feature.type, "_type": "Value"}


def _write_stream(path: Path, features: Sequence[Feature], rows: Sequence[Values]) -> int:
    pa: Any = import_module("pyarrow")  # imported here: it takes longer than all the rest of this package
    metadata = json.dumps({"info": {"features": {feature.name: _feature(feature) for feature in features}}})
    schema = pa.schema(
        [(feature.name, pa.type_for_alias(_ARROW[feature.type])) for feature in features],
        metadata={"huggingface": metadata},
    )
    columns = [[row[position] for row in rows] for position in range(len(features))]
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    with path.open("wb") as file, pa.ipc.new_stream(file, schema) as writer:
        writer.write_table(table, max_chunksize=1000)
    return int(table.nbytes)
