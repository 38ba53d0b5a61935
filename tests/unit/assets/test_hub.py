"""Fetching from the hub, against a fake of the few functions of its library that are used."""

from __future__ import annotations

import importlib.util
import json
import shutil
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from autograder.assets.hub import add_from_hub
from autograder.assets.phrasebank import FILES
from autograder.errors import AssetMissing, UsageError
from tests.unit.assets.builders import a_store, a_tiny_model, four_files

COMMIT = "c0ffee" + "0" * 34


@dataclass
class FakeHub:
    """A hub that serves one folder under every name."""

    folder: Path
    is_model: bool = True
    asked: list[str] = field(default_factory=list)

    def model_info(self, name: str, *, revision: str) -> Any:
        self.asked.append(f"{name}@{revision}")
        return SimpleNamespace(sha=COMMIT)

    def repo_exists(self, name: str, *, repo_type: str) -> bool:
        return self.is_model == (repo_type == "model")

    def snapshot_download(self, name: str, *, local_dir: Path, allow_patterns: list[str], **_: Any) -> None:
        for path in self.folder.rglob("*"):
            if path.is_file() and any(path.match(pattern.removeprefix("**/")) for pattern in allow_patterns):
                target = local_dir / path.relative_to(self.folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)

    def hf_hub_download(self, name: str, path: str, *, local_dir: Path, **_: Any) -> str:
        self.asked.append(f"{name}/{path}")
        return str(self.folder / "bank.zip")


class SilentHub:
    """A hub that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise ConnectionError("no route to host")


def test_a_model_keeps_its_commit_and_loses_its_pickles(tmp_path: Path) -> None:
    folder = a_tiny_model(tmp_path / "m")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    hub = FakeHub(folder)
    manifest = add_from_hub(a_store(tmp_path), "distilbert-base-uncased", hub=hub)
    assert manifest.kind == "model"
    assert manifest.revision == COMMIT
    assert manifest.stand_in == ""
    assert hub.asked == ["distilbert/distilbert-base-uncased@main"]
    assert "pytorch_model.bin" not in {file.path for file in manifest.files}


def test_the_phrase_bank_is_read_from_its_archive_without_running_its_script(tmp_path: Path) -> None:
    four_files(tmp_path / "texts")
    (tmp_path / "hub").mkdir()
    with zipfile.ZipFile(tmp_path / "hub" / "bank.zip", "w") as zipped:
        for name in FILES.values():
            zipped.write(tmp_path / "texts" / name, f"FinancialPhraseBank-v1.0/{name}")
            zipped.writestr(f"__MACOSX/FinancialPhraseBank-v1.0/._{name}", b"x")
        zipped.writestr("../outside.txt", b"x")
    store = a_store(tmp_path)
    manifest = add_from_hub(store, "financial_phrasebank", hub=FakeHub(tmp_path / "hub"))
    assert manifest.kind == "dataset"
    assert set(manifest.configs) == set(FILES)
    assert not (tmp_path / "outside.txt").exists()


def test_a_data_set_comes_from_the_hubs_parquet_copy_with_its_class_names(tmp_path: Path) -> None:
    info = {"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}
    schema = pa.schema(
        [("text", pa.string()), ("label", pa.int64())], metadata={"huggingface": json.dumps(info)}
    )
    for split, rows in {"train": [["a", "b"], [0, 1]], "test": [["c"], [1]]}.items():
        path = tmp_path / "hub" / "default" / split / "0000.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_arrays([pa.array(column) for column in rows], schema=schema), path)
    store = a_store(tmp_path)
    manifest = add_from_hub(store, "someone/reviews", hub=FakeHub(tmp_path / "hub", is_model=False))
    assert manifest.kind == "dataset"
    assert manifest.features[1].names == ("neg", "pos")
    assert store.table(manifest, "default", "train") == (("a", 0), ("b", 1))


def test_a_column_of_images_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "hub" / "default" / "train" / "0000.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"picture": [b"x"]}), path)
    with pytest.raises(UsageError, match="picture"):
        add_from_hub(a_store(tmp_path), "a/b", kind="dataset", hub=FakeHub(tmp_path / "hub"))


def test_a_data_set_without_a_parquet_copy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    with pytest.raises(UsageError, match="no Parquet copy"):
        add_from_hub(a_store(tmp_path), "a/b", kind="dataset", hub=FakeHub(tmp_path / "hub"))


@pytest.mark.parametrize("name", ["distilbert-base-uncased", "financial_phrasebank", "a/b"])
def test_a_hub_that_does_not_answer_leaves_the_store_as_it_was(tmp_path: Path, name: str) -> None:
    store = a_store(tmp_path)
    with pytest.raises(AssetMissing, match="no route to host") as error:
        add_from_hub(store, name, hub=SilentHub())
    assert "local folder" in error.value.hint
    assert not store.root.exists()


@pytest.mark.skipif(
    importlib.util.find_spec("huggingface_hub") is not None, reason="huggingface_hub is installed"
)
def test_without_the_library_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="huggingface_hub") as error:
        add_from_hub(a_store(tmp_path), "gpt2")
    assert "local folder" in error.value.hint
