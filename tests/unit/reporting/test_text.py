"""Text of students on a page: it cannot act, confuse or flood."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.reporting.text import plain, shown_text, trimmed


def shown(raw: str, at_most: int = 10_000) -> str:
    return str(shown_text(raw, at_most=at_most))


def test_markup_in_text_stays_text() -> None:
    assert shown("<script>alert('1')</script> & more") == (
        "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp; more"
    )


def test_colours_become_classes_and_end_where_they_end() -> None:
    assert shown("\x1b[1;31mNameError\x1b[0m: x") == '<span class="a-red a-bold">NameError</span>: x'


def test_a_colour_of_the_large_palette_is_not_shown() -> None:
    assert shown("\x1b[38;5;196mred\x1b[0m") == "red"


@pytest.mark.parametrize(
    "sequence", ["\x1b[2J", "\x1b[10;10H", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x1bc", "\x1b[?25l"]
)
def test_other_escape_sequences_are_dropped(sequence: str) -> None:
    assert shown(f"a{sequence}b") == "ab"


def test_a_progress_bar_is_shown_as_it_ended() -> None:
    assert shown("\r 1/3\r 2/3\r 3/3 done\nnext\r\n") == " 3/3 done\nnext\n"
    assert shown("1/2 [=>.]\x08\x08\x08\x08\x08\x08\x08\x08\x082/2 [===]") == "2/2 [===]"


def test_characters_that_turn_the_direction_of_reading_are_shown_by_number() -> None:
    assert shown("if x:\u202e evil") == "if x:[U+202E] evil"


def test_control_characters_and_lone_surrogates_do_not_reach_the_page() -> None:
    assert shown("a\x00b\x07c\x9bd\ud800e\tf\n") == "abcd\ufffde\tf\n"


def test_long_text_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text = trimmed("a" * 700 + "b" * 700, 100)
    assert text.startswith("a" * 60)
    assert text.endswith("b" * 40)
    assert "1,300 characters left out" in text


def test_a_colour_for_every_letter_does_not_flood_the_page() -> None:
    assert len(shown("\x1b[31ma\x1b[32mb" * 5_000, at_most=100_000)) < 25_000


@pytest.mark.parametrize(
    "piece", ["\x1b]", "\x1b[", "\r", "\x08", "\x1b[31", "\u202e", "\x1b[;;;", "a\rb\x08"]
)
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    began = time.perf_counter()
    shown(piece * (1_000_000 // len(piece)), at_most=12_000)
    assert time.perf_counter() - began < 3


@given(some.text(some.characters(codec=None), max_size=300))
def test_whatever_the_text_no_tag_but_ours_comes_out(raw: str) -> None:
    page = shown(f"\x1b[31m{raw}")
    without_ours = page.replace("</span>", "")
    assert without_ours.count("<") == without_ours.count('<span class="a-')
    page.encode()


@given(some.text(max_size=200))
def test_plain_text_has_no_escape_and_no_control_characters(raw: str) -> None:
    assert all(letter in "\n\t" or letter.isprintable() or ord(letter) > 0x9F for letter in plain(raw))
