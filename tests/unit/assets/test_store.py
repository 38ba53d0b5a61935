"""The store: bytes by digest, whole or not at all, found again by every name the hub knows."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from autograder.assets import phrasebank
from autograder.assets.blobs import Blobs, replacing
from autograder.assets.store import Store
from autograder.errors import AssetCorrupt, AssetMissing, StorageFull, UsageError
from tests.unit.assets.builders import (
    TEXT_AND_CLASS,
    a_bank,
    a_store,
    a_tiny_model,
    four_files,
    with_phrasebank,
)


def test_a_model_is_found_by_its_short_and_its_full_name(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    added = store.add_model(a_tiny_model(tmp_path / "m"), "distilbert-base-uncased", stand_in="tiny")
    assert (
        store.model("distilbert/distilbert-base-uncased") == store.model("distilbert-base-uncased") == added
    )
    assert added.names == ("distilbert-base-uncased", "distilbert/distilbert-base-uncased")


def test_adding_the_same_files_twice_changes_nothing(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    first = store.add_model(a_tiny_model(tmp_path / "m"), "some/model")
    before = sorted(path for path in store.root.rglob("*"))
    assert store.add_model(tmp_path / "m", "some/model") == first
    assert sorted(path for path in store.root.rglob("*")) == before


def test_the_digest_depends_on_the_bytes_and_not_on_the_name(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    one = store.add_model(a_tiny_model(tmp_path / "m"), "some/model")
    two = store.add_model(tmp_path / "m", "another/model")
    other = store.add_model(a_tiny_model(tmp_path / "n", layers=3), "some/model")
    assert one.digest == two.digest != other.digest


def test_pickled_weights_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    folder = a_tiny_model(tmp_path / "m")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x.json").write_text("{}")
    names = {file.path for file in a_store(tmp_path).add_model(folder, "some/model").files}
    assert names == {
        "NOTICE",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    }


@pytest.mark.parametrize("lost", ["config.json", "model.safetensors"])
def test_a_folder_without_config_or_weights_is_no_model(tmp_path: Path, lost: str) -> None:
    folder = a_tiny_model(tmp_path / "m")
    (folder / lost).unlink()
    with pytest.raises(UsageError, match="holds no model"):
        a_store(tmp_path).add_model(folder, "some/model")


@pytest.mark.parametrize("name", ["", "../x", "a/b/c", "/abs", "a b", "x--y", "x/..", ".hidden"])
def test_a_name_that_is_no_hub_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no hub name"):
        a_store(tmp_path).model(name)


def test_what_is_not_there_is_named_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="bert-base-cased") as error:
        a_store(tmp_path).model("bert-base-cased")
    assert "autograder assets add" in error.value.hint


def test_every_changed_or_lost_byte_is_found(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    store.add_model(a_tiny_model(tmp_path / "m"), "some/model")
    assert store.verify() == ()
    model = {file.path: store.blobs.path(file.digest) for file in store.model("some/model").files}
    model["config.json"].unlink()
    model["vocab.txt"].chmod(0o644)
    model["vocab.txt"].write_bytes(b"[PAD]\n")
    assert {(fault.asset, fault.file) for fault in store.verify()} == {
        ("some/model", "config.json"),
        ("some/model", "vocab.txt"),
    }


def test_adding_again_repairs_damaged_bytes(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    manifest = store.add_model(a_tiny_model(tmp_path / "m"), "some/model")
    damaged = store.blobs.path(manifest.files[0].digest)
    damaged.chmod(0o644)
    damaged.write_bytes(b"other")
    store.add_model(tmp_path / "m", "some/model")
    assert store.verify() == ()


def test_bytes_in_the_store_cannot_be_written_to(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    assert blobs.path(blobs.put_bytes(b"x")).stat().st_mode & 0o777 == 0o444


def test_a_write_that_fails_leaves_the_old_file_and_no_trace(tmp_path: Path) -> None:
    target = tmp_path / "manifest.json"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(target) as file:
        file.write(b"half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]
    assert target.read_bytes() == b"old"


def test_a_full_disk_has_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(StorageFull, match=r"weights\.h5"), replacing(tmp_path / "weights.h5"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_the_authors_files_are_told_from_others(tmp_path: Path) -> None:
    assert with_phrasebank(tmp_path).dataset("financial_phrasebank").stand_in
    assert set(phrasebank.ORIGINAL_DIGESTS) == set(phrasebank.FILES.values())


def test_a_phrasebank_has_four_subsets_with_the_hubs_classes(tmp_path: Path) -> None:
    store = with_phrasebank(
        tmp_path, a_bank([("Caf\u00e9 sales fell .", "negative"), ("It met .", "neutral")])
    )
    dataset = store.dataset("takala/financial_phrasebank")
    assert set(dataset.configs) == set(phrasebank.FILES)
    assert dataset.features[1].names == ("negative", "neutral", "positive")
    assert store.table(dataset, "sentences_66agree", "train") == (
        ("Caf\u00e9 sales fell .", 0),
        ("It met .", 1),
    )


@pytest.mark.parametrize("line", ["no label", "@neutral", "text@good", "a@b@"])
def test_a_broken_line_is_named_with_file_and_number(tmp_path: Path, line: str) -> None:
    folder = four_files(tmp_path / "texts")
    (folder / "Sentences_75Agree.txt").write_text(f"fine .@neutral\n{line}\n", encoding="latin-1")
    with pytest.raises(UsageError, match=r"Sentences_75Agree\.txt, line 2"):
        a_store(tmp_path).add_phrasebank(folder)


def test_a_missing_file_of_the_four_is_named(tmp_path: Path) -> None:
    folder = four_files(tmp_path / "texts")
    (folder / "Sentences_66Agree.txt").unlink()
    with pytest.raises(UsageError, match=r"Sentences_66Agree\.txt"):
        a_store(tmp_path).add_phrasebank(folder)


def test_an_at_sign_in_a_sentence_is_part_of_the_sentence() -> None:
    assert phrasebank.parse(b"mail a@b .@neutral\n", name="x") == (phrasebank.Row("mail a@b .", "neutral"),)


def test_rows_are_kept_as_they_were_given(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    rows = [("fine \u2028 day", 1), ("bad", 0), (None, -1)]
    dataset = store.add_dataset_rows(
        "someone/reviews", {"default": {"train": rows, "test": rows[:1]}}, TEXT_AND_CLASS
    )
    assert store.table(dataset, "default", "train") == tuple(rows)


@pytest.mark.parametrize("row", [("x",), ("x", 2), ("x", True), (1, 0), ("x", "good")])
def test_a_row_that_does_not_fit_its_columns_is_named(tmp_path: Path, row: tuple[object, ...]) -> None:
    with pytest.raises(UsageError, match="default/train, row 1"):
        a_store(tmp_path).add_dataset_rows("a/b", {"default": {"train": [("fine", 1), row]}}, TEXT_AND_CLASS)


def test_a_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    path = next((store.root / "datasets").iterdir())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"later": 1}))
    with pytest.raises(AssetCorrupt, match="no manifest of this version"):
        store.list()


def test_an_empty_store_lists_nothing(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").list() == ()
