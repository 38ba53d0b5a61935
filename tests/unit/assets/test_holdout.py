"""The holdout: drawn by groups, stratified, secret, and always the same."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assets import holdout
from autograder.assets.authors_files import without_holdout
from autograder.assets.holdout import draw, drawn, group_of
from autograder.assets.phrasebank import CLASSES, to_bytes
from autograder.assets.sentences import made_up
from autograder.errors import AssetCorrupt, AssetMissing, UsageError
from autograder.model.assignment import HoldoutSpec
from autograder.model.submission import SubmittedFile
from tests.unit.assets.builders import a_bank, many_rows, with_phrasebank

SPEC = HoldoutSpec(dataset="financial_phrasebank", subset="sentences_allagree")
SHARE = Decimal("0.2")


def test_a_fifth_of_each_class_is_drawn(tmp_path: Path) -> None:
    drawing = draw(with_phrasebank(tmp_path), SPEC)
    assert Counter(drawing.holdout.labels) == {"negative": 4, "neutral": 12, "positive": 4}
    assert drawing.holdout.classes == CLASSES


def test_labels_belong_to_their_inputs(tmp_path: Path) -> None:
    truth = dict(many_rows())
    found = draw(with_phrasebank(tmp_path), SPEC).holdout
    assert all(truth[text] == label for text, label in zip(found.inputs, found.labels, strict=True))


def test_the_order_does_not_follow_class_or_file(tmp_path: Path) -> None:
    found = draw(with_phrasebank(tmp_path), SPEC, seed="x").holdout
    assert list(found.labels) != sorted(found.labels)
    assert list(found.inputs) != sorted(found.inputs)


def test_the_same_store_always_draws_the_same_rows(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    assert draw(store, SPEC) == draw(store, SPEC)


def test_two_stores_and_two_courses_draw_different_rows(tmp_path: Path) -> None:
    one, two = with_phrasebank(tmp_path / "1"), with_phrasebank(tmp_path / "2")
    drawings = [draw(one, SPEC), draw(two, SPEC), draw(one, SPEC, course="another")]
    assert len({drawing.holdout.inputs for drawing in drawings}) == 3
    assert len({drawing.holdout.digest for drawing in drawings}) == 3


def test_the_seed_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    draw(store, SPEC)
    (seed,) = (store.root / "secrets").rglob("*.json")
    assert seed.stat().st_mode & 0o077 == 0
    assert (store.root / "secrets").stat().st_mode & 0o077 == 0


def test_the_digest_does_not_contain_the_seed(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    found = draw(store, SPEC).holdout
    (path,) = (store.root / "secrets").rglob("*.json")
    assert json.loads(path.read_text())["seed"] not in found.digest + repr(found)


def test_a_given_seed_is_used_and_not_kept(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    assert draw(store, SPEC, seed="1") == draw(store, SPEC, seed="1")
    assert not (store.root / "secrets").exists()


def test_graders_that_start_together_agree_on_one_seed(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        digests = {drawing.holdout.digest for drawing in pool.map(lambda _: draw(store, SPEC), range(16))}
    assert len(digests) == 1
    assert len(list((store.root / "secrets").rglob("*.*"))) == 1


def test_a_seed_that_is_kept_already_is_never_replaced(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    first = draw(store, SPEC)
    holdout.keep_seed(store, "financial_phrasebank", "a demo's seed")
    assert draw(store, SPEC) == first


def test_a_kept_seed_draws_what_the_same_given_seed_draws(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    holdout.keep_seed(store, "financial_phrasebank", "a demo's seed")
    assert draw(store, SPEC) == draw(store, SPEC, seed="a demo's seed")


def test_a_known_seed_never_becomes_the_real_data_sets(tmp_path: Path) -> None:
    """The demo's sentences may be replaced by the real ones in the same store."""
    store = with_phrasebank(tmp_path)
    holdout.keep_seed(store, "financial_phrasebank", "a demo's seed")
    dataset = store.dataset("financial_phrasebank")
    rows = {config: {"train": store.table(dataset, config, "train")} for config in dataset.configs}
    store.add_dataset_rows("financial_phrasebank", rows, dataset.features)
    assert draw(store, SPEC).holdout.inputs != draw(store, SPEC, seed="a demo's seed").holdout.inputs
    with pytest.raises(UsageError, match="needs a random seed"):
        holdout.keep_seed(store, "financial_phrasebank", "a demo's seed")


def test_a_broken_seed_is_an_error_and_no_new_holdout(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    draw(store, SPEC)
    (path,) = (store.root / "secrets").rglob("*.json")
    path.write_text("{}")
    with pytest.raises(AssetCorrupt, match="holds no seed"):
        draw(store, SPEC)


@pytest.mark.parametrize(
    ("one", "two"), [("A 5 b", "a 7 B"), ("x1", "X 22 "), ("\u00c4 2,5 %", "\u00e4 , %"), ("a\u00a0b", "ab")]
)
def test_case_spaces_and_digits_do_not_make_another_group(one: str, two: str) -> None:
    assert group_of(one) == group_of(two)


def test_rows_of_one_group_stay_together() -> None:
    pairs = [(f"{word} rose {n} %", "positive") for word in "abcdefghij" for n in range(3)]
    for seed in "pqrst":
        chosen, groups = drawn(pairs, ["positive"], SHARE, seed)
        assert {group_of(text) for text, _ in chosen} == groups
        assert len(chosen) == 3 * len(groups) == 6


def test_a_text_counts_once_however_often_it_occurs() -> None:
    pairs = [(f"{word} rose", "positive") for word in "abcdefghij"] * 4
    chosen, _ = drawn(pairs, ["positive"], SHARE, "s")
    assert len(chosen) == len(set(chosen)) == 2


def test_a_group_with_two_classes_is_never_drawn() -> None:
    pairs = [(f"{word} rose", "positive") for word in "abcdefghij"] + [("a rose 5", "negative")]
    for seed in range(40):
        _, groups = drawn(pairs, ["negative", "positive"], SHARE, str(seed))
        assert "arose" not in groups


@given(
    st.lists(
        st.tuples(st.text("ab1 ", min_size=1, max_size=6), st.sampled_from(CLASSES)), min_size=30, max_size=80
    ),
    st.text(min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_no_group_is_on_both_sides_and_no_class_is_overdrawn(pairs: list[tuple[str, str]], seed: str) -> None:
    try:
        chosen, groups = drawn(pairs, CLASSES, SHARE, seed)
    except UsageError:
        return  # too few groups to share out
    for label in CLASSES:
        whole = {text for text, its in pairs if its == label}
        assert sum(its == label for _, its in chosen) <= len(whole) * SHARE + 1
    assert {text for text, _ in pairs if group_of(text) in groups} == {text for text, _ in chosen}


@pytest.mark.parametrize("share", ["0", "1", "-0.2", "1.5"])
def test_a_share_that_leaves_one_side_empty_is_refused(tmp_path: Path, share: str) -> None:
    spec = HoldoutSpec(dataset=SPEC.dataset, subset=SPEC.subset, share=Decimal(share))
    with pytest.raises(UsageError, match="between 0 and 1"):
        draw(with_phrasebank(tmp_path), spec)


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path, a_bank([("It rose .", "positive"), ("It met .", "neutral")]))
    with pytest.raises(UsageError, match="too few"):
        draw(store, SPEC)


def test_an_unknown_subset_is_named_with_those_there_are(tmp_path: Path) -> None:
    spec = HoldoutSpec(dataset="financial_phrasebank", subset="sentences_90agree")
    with pytest.raises(UsageError, match=r"sentences_90agree.*sentences_66agree"):
        draw(with_phrasebank(tmp_path), spec)


def test_a_data_set_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="imdb"):
        draw(with_phrasebank(tmp_path), HoldoutSpec(dataset="imdb", subset="plain_text"))


def test_withheld_sentences_leave_the_authors_files_of_a_submission(tmp_path: Path) -> None:
    bank = made_up(size=150)
    drawing = draw(with_phrasebank(tmp_path, bank), SPEC)
    raw = to_bytes(bank.subsets["sentences_50agree"])
    for content in (raw, raw.decode("latin-1").encode("utf-8-sig"), raw.replace(b"\n", b"\r\n")):
        cleaned = without_holdout([SubmittedFile(path="data/x.txt", content=content)], drawing)
        (file,) = cleaned.files
        assert cleaned.changed == ("data/x.txt",)
        text = file.content.decode("latin-1")
        assert not [s for s in drawing.holdout.inputs if s in text or s.encode().decode("latin-1") in text]
        kept = len(content.splitlines()) - len(file.content.splitlines())
        assert 0 < kept <= 2 * len(drawing.holdout.inputs)


@pytest.mark.parametrize(
    "content", [b"", b"import os\n", b"a,b\n1,2\n", b"mail me@home\n\x00", b"@neutral is a handle\nx\ny\n"]
)
def test_other_files_of_a_submission_are_left_alone(tmp_path: Path, content: bytes) -> None:
    drawing = draw(with_phrasebank(tmp_path), SPEC)
    file = SubmittedFile(path="x", content=content)
    assert without_holdout([file], drawing).files == (file,)
    assert without_holdout([file], drawing).changed == ()
