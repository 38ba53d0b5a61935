"""What a sandbox sees: exactly what it needs, nothing that is withheld, and every byte verified."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pytest

from autograder.assets.holdout import Drawing, draw, group_of
from autograder.assets.phrasebank import FILES
from autograder.assets.sentences import made_up
from autograder.assets.store import Store
from autograder.assets.view import AssetView, view
from autograder.errors import AssetCorrupt, AssetMissing
from autograder.model.assignment import AssetNeeds, HoldoutSpec
from tests.unit.assets.builders import TEXT_AND_CLASS, a_tiny_model, with_phrasebank

SPEC = HoldoutSpec(dataset="financial_phrasebank", subset="sentences_allagree")
NEEDS = AssetNeeds(models=("distilbert-base-uncased",), datasets=("financial_phrasebank",))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = with_phrasebank(tmp_path, made_up(size=150))
    store.add_model(a_tiny_model(tmp_path / "m"), "distilbert-base-uncased", stand_in="a tiny model")
    return store


@pytest.fixture
def drawing(store: Store) -> Drawing:
    return draw(store, SPEC)


def rows_of(shown: AssetView, name: str, subset: str) -> list[tuple[str, int]]:
    (path,) = (shown.mount / "datasets" / name / subset).rglob("*.arrow")
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_stream(file).read_all()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_no_withheld_sentence_is_in_any_subset_under_any_name(store: Store, drawing: Drawing) -> None:
    shown = view(store, NEEDS, drawing)
    for name in ("financial_phrasebank", "takala___financial_phrasebank"):
        for subset in FILES:
            texts = {group_of(text) for text, _ in rows_of(shown, name, subset)}
            assert texts
            assert not texts & drawing.groups


def test_no_file_of_a_mount_holds_a_withheld_sentence_or_a_seed(store: Store, drawing: Drawing) -> None:
    shown = view(store, NEEDS, drawing, padded=True)
    seed = json.loads(next((store.root / "secrets").rglob("*.json")).read_text())["seed"]
    for path in shown.mount.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert seed.encode() not in raw
            assert not [text for text in drawing.holdout.inputs if text.encode() in raw], path


def test_a_mount_holds_what_is_needed_and_nothing_else(
    store: Store, drawing: Drawing, tmp_path: Path
) -> None:
    store.add_model(tmp_path / "m", "another/model")
    store.add_dataset_rows("someone/reviews", {"default": {"train": [("fine", 1)]}}, TEXT_AND_CLASS)
    mount = view(store, NEEDS, drawing).mount
    assert {path.name for path in mount.iterdir()} == {"hub", "datasets"}
    assert {path.name for path in (mount / "hub").iterdir()} == {
        "models--distilbert-base-uncased",
        "models--distilbert--distilbert-base-uncased",
    }
    assert {path.name for path in (mount / "datasets").iterdir()} == {
        "financial_phrasebank",
        "takala___financial_phrasebank",
    }
    assert not [path for path in mount.rglob("*") if path.is_symlink() or path.name.startswith(".")]


def test_rows_that_stay_keep_their_order_and_their_labels(store: Store, drawing: Drawing) -> None:
    kept = [
        (row.sentence, ("negative", "neutral", "positive").index(row.label))
        for row in made_up(size=150).subsets["sentences_75agree"]
        if not drawing.withholds(row.sentence)
    ]
    assert rows_of(view(store, NEEDS, drawing), "financial_phrasebank", "sentences_75agree") == kept


def test_without_a_holdout_every_row_is_there(store: Store) -> None:
    shown = view(store, NEEDS)
    assert len(rows_of(shown, "financial_phrasebank", "sentences_allagree")) == 150
    assert shown.shown["takala/financial_phrasebank/sentences_allagree"] == 150
    assert set(shown.withheld.values()) == {0}


def test_withheld_rows_are_counted_for_each_subset(store: Store, drawing: Drawing) -> None:
    shown = view(store, NEEDS, drawing)
    rows = len(rows_of(shown, "financial_phrasebank", "sentences_allagree"))
    assert shown.shown["takala/financial_phrasebank/sentences_allagree"] == rows
    assert shown.withheld["takala/financial_phrasebank/sentences_allagree"] == 150 - rows > 0


def test_padding_restores_the_number_of_rows_and_the_classes(store: Store, drawing: Drawing) -> None:
    whole = rows_of(view(store, NEEDS), "financial_phrasebank", "sentences_allagree")
    padded = rows_of(view(store, NEEDS, drawing, padded=True), "financial_phrasebank", "sentences_allagree")
    assert sorted(label for _, label in padded) == sorted(label for _, label in whole)
    assert not {group_of(text) for text, _ in padded} & drawing.groups


def test_a_withheld_sentence_is_missing_from_other_data_sets_too(store: Store, drawing: Drawing) -> None:
    stolen = drawing.holdout.inputs[0]
    store.add_dataset_rows("someone/copy", {"default": {"train": [(stolen, 1), ("fine", 1)]}}, TEXT_AND_CLASS)
    shown = view(store, AssetNeeds(datasets=("someone/copy",)), drawing)
    assert rows_of(shown, "someone___copy", "default") == [("fine", 1)]


def test_the_same_needs_give_the_same_folder(store: Store, drawing: Drawing) -> None:
    assert view(store, NEEDS, drawing) == view(store, NEEDS, drawing)
    aliases = AssetNeeds(
        models=("distilbert/distilbert-base-uncased",), datasets=("takala/financial_phrasebank",)
    )
    assert view(store, aliases, drawing) == view(store, NEEDS, drawing)


def test_other_needs_another_holdout_or_padding_give_another_folder(store: Store, drawing: Drawing) -> None:
    mounts = {
        view(store, NEEDS, drawing).mount,
        view(store, NEEDS, drawing, padded=True).mount,
        view(store, NEEDS, draw(store, SPEC, seed="other")).mount,
        view(store, NEEDS).mount,
        view(store, AssetNeeds(models=NEEDS.models), drawing).mount,
    }
    assert len(mounts) == 5


@pytest.mark.parametrize("damage", ["changed", "lost", "added"])
def test_a_damaged_mount_is_made_again(store: Store, drawing: Drawing, damage: str) -> None:
    shown = view(store, NEEDS, drawing)
    path = next((shown.mount / "datasets").rglob("*.arrow"))
    before = path.read_bytes()
    if damage == "changed":
        path.chmod(0o644)
        path.write_bytes(b"poison")
    elif damage == "lost":
        path.unlink()
    else:
        (shown.mount / "hub" / "extra.txt").write_text("x")
    assert view(store, NEEDS, drawing) == shown
    assert path.read_bytes() == before
    assert not (shown.mount / "hub" / "extra.txt").exists()
    assert [entry.name for entry in (store.root / "views").iterdir() if entry.name.startswith(".")] == []


def test_damaged_bytes_in_the_store_are_never_mounted(store: Store, drawing: Drawing) -> None:
    weights = next(f for f in store.model("distilbert-base-uncased").files if f.path == "model.safetensors")
    blob = store.blobs.path(weights.digest)
    view(store, NEEDS, drawing)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    with pytest.raises(AssetCorrupt):
        view(store, NEEDS, drawing)


def test_everything_that_is_missing_is_named_at_once(store: Store) -> None:
    needs = AssetNeeds(models=("bert-base-cased", "distilbert-base-uncased"), datasets=("imdb",))
    with pytest.raises(AssetMissing, match="bert-base-cased, imdb"):
        view(store, needs)


def test_another_user_can_read_everything_and_write_nothing(store: Store, drawing: Drawing) -> None:
    mount = view(store, NEEDS, drawing).mount
    for path in [mount, *mount.rglob("*")]:
        mode = path.stat().st_mode & 0o777
        assert mode == (0o755 if path.is_dir() else 0o444), path


def test_a_model_has_the_layout_of_the_hubs_cache(store: Store) -> None:
    root = view(store, NEEDS).mount / "hub" / "models--distilbert-base-uncased"
    revision = (root / "refs" / "main").read_text()
    assert revision == store.model("distilbert-base-uncased").revision
    assert (root / "snapshots" / revision / "config.json").is_file()


def test_a_models_weights_take_no_second_place_on_disk(store: Store) -> None:
    weights = next(view(store, NEEDS).mount.rglob("model.safetensors"))
    assert weights.stat().st_nlink >= 2


def test_links_make_a_writable_cache_of_every_data_set_file(store: Store, drawing: Drawing) -> None:
    shown = view(store, NEEDS, drawing)
    files = [path for path in (shown.mount / "datasets").rglob("*") if path.is_file()]
    assert len(shown.links) == len(files) == 16
    for link, target in shown.links:
        assert link.is_relative_to(PurePosixPath(shown.environment["HF_DATASETS_CACHE"]))
        assert (shown.mount / target.relative_to(shown.inside)).is_file()


def test_nothing_may_be_fetched_from_a_network(store: Store) -> None:
    environment = view(store, NEEDS).environment
    assert environment["HF_HUB_OFFLINE"] == environment["HF_DATASETS_OFFLINE"] == "1"
    assert environment["TRANSFORMERS_OFFLINE"] == environment["PIP_NO_INDEX"] == "1"
    assert environment["HF_HUB_CACHE"] == "/assets/hub"


def test_stand_ins_and_digests_are_named(store: Store, drawing: Drawing) -> None:
    shown = view(store, NEEDS, drawing)
    assert shown.stand_ins[0] == "distilbert-base-uncased: a tiny model"
    assert shown.stand_ins[1].startswith("financial_phrasebank: ")
    assert (
        shown.digests["distilbert/distilbert-base-uncased"] == store.model("distilbert-base-uncased").digest
    )
