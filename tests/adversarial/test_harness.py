"""What the corpus asserts after every attack can fail: each look finds what was planted for it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adversarial import traces
from tests.adversarial.harness import leaked
from tests.adversarial.pages import POLICY, unsafe
from tests.adversarial.reports.cases import XSS, is_formula

PLANTED = f"nbv-planted-{os.getpid()}"
SECRET = 'assert mean([]) == 0.0, "HIDDEN-TEST-c41d"'
HEAD = f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>x</title>'


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        SECRET[::-1],
        SECRET.replace('"', "&#34;").replace("=", "&#61;"),
        SECRET.replace(" ", "\n  "),
        "<b>".join(SECRET),
        SECRET.encode().hex(),
        *(base64.b64encode(b"x" * shift + SECRET.encode() + b"tail").decode() for shift in range(3)),
    ],
)
def test_a_hidden_text_is_found_however_it_is_written(shown: str) -> None:
    assert leaked(f"<p>before {shown} after</p>", (SECRET,)) == [SECRET]
    assert leaked("<p>before after</p>", (SECRET,)) == []


DRESSED = (
    '<path style="fill:url(#a)">',
    '<path style="fill:var(--accent);background:red">',
    '<text style="font-size:expression(1)">',
    '<div tabindex="1">',
    '<use href="http://127.0.0.1/x.svg#a">',
    '<g transform="var(--a)">',
    "<figure onclick=a()>",
)


@pytest.mark.parametrize("piece", [*(piece for piece in XSS if "<" in piece and "{{" not in piece), *DRESSED])
def test_a_page_with_markup_of_a_student_is_found(piece: str) -> None:
    assert unsafe(f"{HEAD}<p>fine</p>") == []
    assert unsafe(f"{HEAD}{piece}") != []


def test_a_page_without_a_content_policy_is_found() -> None:
    assert unsafe("<title>x</title><p>fine</p>") == ["no content policy before everything else"]


@pytest.mark.parametrize("cell", ["=1", " +1", '"@x', "\t-1", "＝1"])
def test_a_formula_is_found(cell: str) -> None:
    assert is_formula(cell)
    assert not is_formula(f"'{cell}")


@pytest.mark.docker
def test_what_an_attack_leaves_is_found(tmp_path: Path) -> None:
    for name in ("in", "out", "t"):
        (tmp_path / name).mkdir()
    (tmp_path / "in" / "lab.zip").write_bytes(b"x")
    marked = Path("/tmp", PLANTED)
    with traces.looked_for(tmp_path, PLANTED) as found:
        left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        (tmp_path / "in" / "lab.zip").write_bytes(b"y")
        (tmp_path / "in" / "new").write_bytes(b"")
        (tmp_path / "beside").write_bytes(b"")
        (tmp_path / "t" / "left").write_bytes(b"")
        (tmp_path / "out" / "link").symlink_to("/etc/passwd")
        marked.write_bytes(b"")
    marked.unlink()
    left.communicate(b"\n")
    report = "\n".join(found.report)
    wanted = ["file: ", "lab.zip", "in/new", "beside", "temporary file: ", "t/left", "out/link", PLANTED]
    for words in (f"process: {left.pid}", *wanted):
        assert words in report
    with traces.looked_for(tmp_path, PLANTED) as found:
        (tmp_path / "out" / "result.json").write_text("{}")
    assert [line for line in found.report if "t/left" not in line and "out/link" not in line] == []
