"""The threat model's index is made from the corpus of attacks, and every promise has one that proves it."""

from __future__ import annotations

import pytest

from tests.adversarial.harness import PROMISES, cases_of, families
from tests.adversarial.index import BEGIN, END, PAGE, page


def test_the_index_of_attacks_is_current() -> None:
    text = PAGE.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    assert text == page(text), "run `make docs`"


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_is_proved_by_an_attack(promise: str) -> None:
    assert any(case.promise == promise for family in families() for case in cases_of(family))
