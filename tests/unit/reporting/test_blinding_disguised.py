"""Names that are coloured, joined by a hyphen, or part of a computer's name are found as well."""

from __future__ import annotations

import pytest

from autograder.reporting.blinding import Blinder, Person

PARK = Blinder.of(
    Person(pseudonym="p-7", ids=("apn4242",), names=("Amelia Park-Nguyen",), others=("Jean-Luc Picard",))
)
STRANGER = Blinder.of(Person(pseudonym="p-7"))


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[39m\x1b[33mAmelia Park-Nguyen.csv\x1b[39m",
        "\x1b[0;32mapn4242\x1b[0m",
        "\x1b[31mAmel\x1b[0mia",
        "'\x1b[38;5;28m/home/amelia/hw\x1b[39m'",
        "Amelia Park",
        "amelia park nguyen",
        "Amelia\u00a0Park\u2011Nguyen",
        "Nguyen thinks so",
        "github.com/ameliapark",
        "by Jean Luc Picard",
    ],
)
def test_a_known_name_is_found_under_colours_and_hyphens(text: str) -> None:
    hidden = PARK.text(text).lower()
    assert not [part for part in ("amelia", "amel", "park", "nguyen", "4242", "picard") if part in hidden]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Darwin Amelias-MacBook-Pro.local 23.1", "Darwin [computer] 23.1"),
        ("amelias-mbp", "[computer]"),
        ("Kims-Mac-mini-2.lan", "[computer]"),
        ("Amelia’s-iMac", "[computer]"),
        ("C:\\Users\\Amelia Park\\lab.py", "C:\\Users\\p-7\\lab.py"),
        ("C:\\\\Users\\\\Amelia Park\\\\lab.py", "C:\\\\Users\\\\p-7\\\\lab.py"),
    ],
)
def test_computers_and_folders_tell_no_name_that_nobody_knew(text: str, shown: str) -> None:
    assert STRANGER.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "state-of-the-art",
        "a MacBook Pro",
        "non-macbook-like",
        "group-alpha did it",
        "/home/jovyan and then /tmp",
    ],
)
def test_other_hyphens_are_left(text: str) -> None:
    assert Blinder.of(Person(pseudonym="p-7", names=("group-alpha3", "Zoe Zed"))).text(text) == text
