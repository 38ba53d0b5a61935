"""Commands on review pages are safe to paste into a shell, and tell no password."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from typer.main import get_command

from autograder.app.placeholders import written
from autograder.app.review_commands import Commands
from autograder.cli.commands import application
from autograder.errors import UsageError
from gradebook.database import without_password

NASTY = (
    "x; touch /tmp/pwned #", "$(id)", "`id`", "a'b\"c", "--help", "two words", "*", "~", "!!", "a\\b",
    "a\nid\n", "\x1b[201~\rid\r", "\x15id\r", "a'\x03\\'b", "\u202eid", "Zoë\x7f",
)  # fmt: skip


def lines_with(name: str, *, blind: bool = False) -> list[str]:
    commands = Commands(gradebook=name, course=name, term=name, config=name, blind=blind)
    return [
        command.line
        for found in (
            commands.of_piece(name, [name], marked=True),
            commands.of_check(name, name),
            commands.of_finding(name, name, name),
            commands.of_rule(name, name),
            commands.of_question(name, name),
        )
        for command in found
    ]


def words(line: str) -> list[str]:
    """What a shell makes of a command."""
    asked = "printf '%s\\0' " + line
    return subprocess.run(["bash", "-c", asked], capture_output=True, check=True).stdout.decode().split("\0")


@pytest.mark.parametrize("name", NASTY)
def test_a_shell_reads_each_value_as_one_word_and_a_terminal_sees_plain_signs(name: str) -> None:
    for line, harmless in zip(lines_with(name), lines_with("HARMLESS"), strict=True):
        assert line.isprintable()
        assert words(line) == [name if word == "HARMLESS" else word for word in words(harmless)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            "postgresql://ta:p%40ss@db.example.edu:543/grades",
            "postgresql+psycopg://ta@db.example.edu:543/grades",
        ),
        ("postgresql://db.example.edu/grades?password=pass", "postgresql+psycopg://db.example.edu/grades"),
        ("postgresql://ta@db.example.edu/grades", "postgresql://ta@db.example.edu/grades"),
        ("sqlite:////srv/a b/grades.sqlite3", "sqlite:////srv/a b/grades.sqlite3"),
        ("grades.sqlite3", "grades.sqlite3"),
    ],
)
def test_an_address_is_shown_without_its_password(given: str, shown: str) -> None:
    assert without_password(given) == shown


def test_a_page_s_commands_tell_no_password_of_the_gradebook() -> None:
    [command] = Commands("postgresql://ta:secret@db.example.edu/grades").of_piece("1:a", [], marked=False)
    assert "secret" not in command.line
    assert "ta@db.example.edu/grades" in command.line


def test_what_a_person_has_to_write_is_refused_as_it_was_copied() -> None:
    for line in lines_with("HARMLESS"):
        left = [word for word in words(line) if word in ("POINTS", "WORDS", "REASON", "NAME")]
        assert bool(left) is (" next " not in line)
        assert "..." not in line
        for word in left:
            with pytest.raises(UsageError, match=f"--what still says {word}"):
                written(word, "--what")
    assert written("Words", "--what") == "Words"


def test_blind_commands_print_no_names() -> None:
    lines = [line for line in lines_with("HARMLESS", blind=True) if "--submission" not in line]
    assert all(" --blind" in line for line in lines if " gradebook award " not in line)
    assert not [line for line in lines_with("HARMLESS") if "--blind" in line]


def test_every_command_with_its_options_is_one_that_there_is() -> None:
    for line in [*lines_with("HARMLESS"), *lines_with("HARMLESS", blind=True)]:
        found: Any = get_command(application)
        typed = words(line)[1:]
        while hasattr(found, "commands"):
            found = found.commands[typed.pop(0)]
        known = {name for parameter in found.params for name in parameter.opts}
        assert {word for word in typed if word.startswith("--")} <= known, line
