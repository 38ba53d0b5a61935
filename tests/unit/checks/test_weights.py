from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.fits import read_fits
from autograder.checks.weights import NoListing, Weight, moved, read_listing


def a_weight(
    site: str, content: str = "a", shape: tuple[int, ...] = (2, 3), dtype: str = "float32"
) -> Weight:
    return Weight(site=site, shape=shape, dtype=dtype, digest=content, zero=False, trainable=True)


def sites(before: list[Weight], now: list[Weight]) -> list[tuple[str, bool]]:
    return [(array.site, array.new) for array in moved(before, now)]


def test_an_array_in_its_place_moved_if_its_content_differs() -> None:
    before = [a_weight("head.kernel", "a"), a_weight("base.kernel", "b")]
    now = [a_weight("head.kernel", "z"), a_weight("base.kernel", "b")]
    found = moved(before, now)
    assert [(array.site, array.shape, array.size, array.new) for array in found] == [
        ("head.kernel", (2, 3), 6, False)
    ]


def test_an_array_behind_an_inserted_wrapper_has_not_moved() -> None:
    before = [a_weight("ffn.lin1.kernel", "a")]
    now = [a_weight("ffn.lin1.base.kernel", "a"), a_weight("ffn.lin1.lora_a", "r", (2, 8))]
    assert sites(before, now) == [("ffn.lin1.lora_a", True)]


def test_an_array_that_moved_behind_its_wrapper_is_found() -> None:
    before = [a_weight("ffn.lin1.kernel", "a")]
    now = [a_weight("ffn.lin1.base.kernel", "z")]
    assert sites(before, now) == [("ffn.lin1.base.kernel", True)]


def test_equal_content_excuses_one_array_only() -> None:
    before = [a_weight("a", "0"), a_weight("b", "x")]
    now = [a_weight("w.a", "0"), a_weight("w.c", "0"), a_weight("b", "x")]
    assert sites(before, now) == [("w.c", True)]


def test_an_array_that_stayed_in_its_place_excuses_no_other() -> None:
    before = [a_weight("bias", "0")]
    now = [a_weight("bias", "0"), a_weight("added", "0")]
    assert sites(before, now) == [("added", True)]


def test_equal_content_in_another_shape_is_another_array() -> None:
    assert sites([a_weight("a", "0", (6,))], [a_weight("b", "0", (2, 3))]) == [("b", True)]


def test_a_site_with_another_shape_is_another_array() -> None:
    assert sites([a_weight("lora", "x", (2, 8))], [a_weight("lora", "y", (2, 4))]) == [("lora", True)]


@pytest.mark.parametrize("dtype", ["int64", "uint32", "bool"])
def test_counters_and_seeds_do_not_count(dtype: str) -> None:
    assert moved([a_weight("seed", "a", dtype=dtype)], [a_weight("seed", "b", dtype=dtype)]) == ()


def test_half_precision_counts() -> None:
    assert moved([a_weight("w", "a", dtype="bfloat16")], [a_weight("w", "b", dtype="bfloat16")])


def test_an_array_that_is_gone_is_not_reported() -> None:
    assert moved([a_weight("a")], []) == ()


weights = st.lists(
    st.builds(
        a_weight,
        site=st.sampled_from("abcdef"),
        content=st.sampled_from("xyz"),
        shape=st.sampled_from([(2,), (3,)]),
    ),
    unique_by=lambda weight: weight.site,
    max_size=6,
)


@given(weights)
def test_a_model_compared_with_itself_has_not_moved(listing: list[Weight]) -> None:
    assert moved(listing, listing) == ()


@given(weights)
def test_a_model_that_was_wrapped_as_a_whole_has_not_moved(listing: list[Weight]) -> None:
    wrapped = [a_weight(f"outer.{w.site}", w.digest, w.shape) for w in listing]
    assert moved(listing, wrapped) == ()


@given(weights, weights)
def test_what_moved_is_part_of_what_is_there_now(before: list[Weight], now: list[Weight]) -> None:
    assert {array.site for array in moved(before, now)} <= {weight.site for weight in now}


GOOD = {
    "site": "a", "shape": [2], "dtype": "float32", "size": 2, "digest": "d", "zero": False, "trainable": True,
}  # fmt: skip


def test_a_listing_is_read() -> None:
    assert read_listing([GOOD]) == (a_weight("a", "d", (2,)),)


@pytest.mark.parametrize(
    "value",
    [
        None, "a", {"a": GOOD}, [None], [GOOD, GOOD],
        *([{**GOOD, key: wrong}] for key, wrong in [
            ("site", 1), ("shape", [-1]), ("shape", [True]), ("shape", 2), ("dtype", None), ("digest", 3),
            ("zero", 0), ("trainable", "yes"),
        ]),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_listing_is_refused(value: object) -> None:
    with pytest.raises(NoListing):
        read_listing(value)


A_FIT = {
    "cell": 3, "model": "m1", "names": ["model"], "before": [GOOD], "after": [{**GOOD, "digest": "e"}],
    "rows": 480, "epochs": 2, "seconds": 1.5, "history": {"loss": [0.5, 0.4]},
    "trainable_size": 2, "total_size": 2,
}  # fmt: skip


def test_a_ledger_is_read() -> None:
    (fit,) = read_fits([A_FIT])
    assert (fit.cell, fit.model, fit.names, fit.rows, fit.epochs) == (3, "m1", ("model",), 480, 2)
    assert fit.history == {"loss": (0.5, 0.4)}
    assert [array.site for array in moved(fit.before, fit.after)] == ["a"]


def test_a_fit_whose_figures_are_not_known_is_read() -> None:
    (fit,) = read_fits([{"names": [], "before": [], "after": [], "rows": None, "history": None}])
    assert (fit.rows, fit.epochs, fit.seconds, fit.history) == (-1, -1, 0.0, {})


@pytest.mark.parametrize("value", [None, {}, [1], [{**A_FIT, "names": "m"}], [{**A_FIT, "before": None}]])
def test_what_is_no_ledger_is_refused(value: object) -> None:
    with pytest.raises(NoListing):
        read_fits(value)
