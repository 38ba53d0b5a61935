"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.config.toml_lines import key_lines, line_of

TEXT = '''# comment with [brackets] = "and a sign"
a = "x = 1" # [no.table]
b = [
  "one", # ]
  "two",
]
"quoted key".c = """
d = 1
"quote" \\"""
"""
[table]
e = \'\'\'
f = 2\'\'\'
[[rows]]
id = 1
[[rows]]
id = { x = 2 }
[rows.inner]
g = 1
[x.y]
h = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("b",), 3),
        (("quoted key", "c"), 7),
        (("table",), 11),
        (("table", "e"), 12),
        (("rows",), 14),
        (("rows", 0, "id"), 15),
        (("rows", 1), 16),
        (("rows", 1, "id"), 17),
        (("rows", 1, "inner", "g"), 19),
        (("x", "y", "h"), 21),
    ],
)
def test_each_key_is_found_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert key_lines(TEXT)[path] == line


def test_what_has_no_line_gets_the_line_of_what_holds_it() -> None:
    assert line_of(("rows", 1, "id", "x"), key_lines(TEXT)) == 17
    assert line_of(("nowhere",), key_lines(TEXT)) == 1


values: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(['"a#b"', "'c\"'", "1", "true", '"""d\ne"""', "'''f\n[g]'''", '"\\""', "1979-05-27"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[\n" + ",\n".join(items) + "]")
        | st.lists(inner.filter(lambda text: "\n" not in text), max_size=2).map(
            lambda items: "{" + ", ".join(f"k{n} = {item}" for n, item in enumerate(items)) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.lists(values, max_size=6))
def test_any_valid_text_gives_the_keys_that_the_parser_finds(written: list[str]) -> None:
    text = "".join(f"key{n} = {value}\n" for n, value in enumerate(written))
    content: dict[str, Any] = tomllib.loads(text)
    lines = key_lines(text)
    assert set(lines) == {(key,) for key in content}
    for (key, *_), line in lines.items():
        assert text.split("\n")[line - 1].startswith(f"{key} =")
