"""Outputs of students on a page: what is shown, what is left out, and what cannot happen."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import pytest

from autograder.reporting.markdown import AT_MOST, shown_markdown
from autograder.reporting.outputs import (
    HTML_AT_MOST,
    OUTPUTS_AT_MOST,
    Block,
    BlockKind,
    Budget,
    blocks,
    clean_html,
)
from autograder.reporting.pictures import PictureRefused, picture
from tests.unit.reporting.samples import a_png, display, error, stream

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><use href='data:image/svg+xml,<svg onload=alert(1)>'/></svg>",
    "<svg onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='https://example.org/'>x</a>",
    "<form action='https://example.org/'><button>x</button></form>",
    "<math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
    "<table background='https://example.org/x.png'><tr><td style='position:fixed'>x</td></tr></table>",
    "<style>body{display:none}</style>",
    "<link rel=stylesheet href=//example.org/x.css>",
    "<base href='https://example.org/'>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<div onclick=alert(1) id=main class=banner>x</div>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<!--><script>alert(1)</script>-->",
    "<template><script>alert(1)</script></template>",
    "<b\x00 onmouseover=alert(1)>x</b>",
    "<td rowspan='1' onload=alert(1)>",
    "<video src=x onerror=alert(1)></video>",
)
ALLOWED = re.compile(
    r"</?(table|thead|tbody|tfoot|tr|th|td|caption|b|strong|i|em|code|pre|br|p|span|div|ul|ol|li|hr|sub|sup|h[456]|"
    r'blockquote|s)( (colspan|rowspan)="\d+")*>'
)


def only(*outputs: dict[str, Any]) -> Block:
    (block,) = blocks(outputs, Budget(1_000_000))
    return block


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_leaves_nothing_but_harmless_tags(html: str) -> None:
    cleaned = str(clean_html(f"<p>before</p>{html}<p>after</p>"))
    assert "<" not in ALLOWED.sub("", cleaned)
    assert "before" in cleaned


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_markdown_leaves_nothing_but_harmless_tags(html: str) -> None:
    sources = (html, f"[x]({html})", f"![x](https://example.org/{html})", f"`{html}`", f"# {html}")
    for source in sources:
        cleaned = str(shown_markdown(source, Budget(1_000_000)))
        assert "<" not in ALLOWED.sub("", cleaned)
        assert "href" not in ALLOWED.sub("", cleaned) or "&lt;" in cleaned


def test_markdown_links_and_pictures_leave_their_words() -> None:
    cleaned = str(shown_markdown("See [the paper](https://example.org/a) ![plot](x.png).", Budget(10_000)))
    assert "the paper" in cleaned
    assert "example.org" not in cleaned
    assert "<img" not in cleaned


def test_headings_of_a_student_stay_below_the_page_s_own() -> None:
    assert "<h4>Results</h4>" in str(shown_markdown("# Results", Budget(10_000)))


def test_a_table_of_numbers_is_shown_as_a_table() -> None:
    block = only(display(html="<style>x</style><table class=dataframe><tr><td colspan=2>1</td></tr></table>"))
    assert block.kind is BlockKind.TABLE
    assert block.content == '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'


def test_a_cell_over_ten_thousand_columns_is_not() -> None:
    assert "colspan" not in clean_html("<table><tr><td colspan=10000>1</td></tr></table>")


def test_a_picture_is_shown_with_its_size() -> None:
    block = only(display(png=a_png(30, 20), text="<Figure>"))
    assert block.kind is BlockKind.PICTURE
    assert 'width="30" height="20" alt="Picture made by this cell"' in block.content


def test_what_a_picture_is_is_decided_by_its_bytes() -> None:
    assert picture(a_png(), at_most=400_000).data.startswith("data:image/png;base64,")
    jpeg = base64.b64encode(b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x14\x00\x1e\x03" + b"\0" * 20).decode()
    found = picture(jpeg, at_most=400_000)
    assert (found.data[:23], found.width, found.height) == ("data:image/jpeg;base64,", 30, 20)
    for other in (b"GIF89a" + b"\0" * 40, b"<svg onload=alert(1)></svg>", b"RIFF....WEBP", b""):
        with pytest.raises(PictureRefused, match="neither PNG nor JPEG"):
            picture(base64.b64encode(other).decode(), at_most=400_000)


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ("!!!", "damaged"),
        ("\ud800", "damaged"),
        ('"><script>alert(1)</script>', "damaged"),
        ("A" * 8_000_000, "too large"),
        (base64.b64encode(base64.b64decode(a_png())[:20]).decode(), "broken PNG"),
        (base64.b64encode(b"\xff\xd8\xff\xe0\x00\x00").decode(), "broken JPEG"),
        (
            base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\x7f\xff" * 2 + b"\0" * 30).decode(),
            "32767 x 32767 pixels",
        ),
    ],
)
def test_a_picture_that_could_do_harm_is_left_out_with_a_reason(encoded: str, why: str) -> None:
    with pytest.raises(PictureRefused, match=why):
        picture(encoded, at_most=400_000)
    block = only(display(png=encoded))
    assert block.kind is BlockKind.NOTE
    assert "left out" in block.content


@pytest.mark.parametrize("mime", ["svg", "js", "widget"])
def test_svg_scripts_and_widgets_are_left_out_and_their_text_is_shown(mime: str) -> None:
    text, note = blocks([display(**{mime: "alert(1)", "text": "<Figure size 1>"})], Budget(10_000))
    assert (text.kind, text.content) == (BlockKind.TEXT, "&lt;Figure size 1&gt;")
    assert note.kind is BlockKind.NOTE
    assert "alert" not in note.content


def test_a_name_of_a_mime_type_cannot_carry_markup() -> None:
    output = {"output_type": "display_data", "data": {"<img src=x onerror=alert(1)>": "x"}, "metadata": {}}
    assert "<img" not in only(output).content


def test_errors_show_their_traceback_or_their_name() -> None:
    assert only(error("ValueError", "<b>", "a\x1b[31mb")).content == 'a<span class="a-red">b</span>'
    assert only(error("ValueError", "<b>")).content == "ValueError: &lt;b&gt;"


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": "banana"},
        {"output_type": "stream"},
        {"output_type": "stream", "text": 7},
        {"output_type": "error", "traceback": [1, None]},
        {"output_type": "display_data"},
        {"output_type": "display_data", "data": []},
        {"output_type": "display_data", "data": {"image/png": ["x"], "text/plain": 3}},
    ],
)
def test_an_output_of_a_wrong_shape_is_no_error_of_ours(output: dict[str, Any]) -> None:
    assert len(blocks([output], Budget(10_000))) <= 2


def test_a_page_s_budget_is_kept_and_said() -> None:
    shown = blocks([stream("x" * 4_000)] * 10, Budget(10_000))
    assert [block.kind for block in shown] == [BlockKind.TEXT] * 2 + [BlockKind.NOTE]
    assert "keep the page small" in shown[-1].content


def test_very_many_outputs_of_one_cell_are_counted_not_shown() -> None:
    shown = blocks([stream("x")] * 20_000, Budget(1_000_000))
    assert len(shown) == OUTPUTS_AT_MOST + 1
    assert f"{20_000 - OUTPUTS_AT_MOST} more outputs" in shown[-1].content


def test_html_beyond_its_limit_is_shown_as_the_text_beside_it() -> None:
    block = only(display(html="<b>" * HTML_AT_MOST, text="a big table"))
    assert (block.kind, block.content) == (BlockKind.TEXT, "a big table")


@pytest.mark.parametrize("piece", ["<ul><li>", "<b><p><i><div>"])
def test_hostile_html_takes_no_long_time(piece: str) -> None:
    raw = (piece * HTML_AT_MOST)[:HTML_AT_MOST]
    began = time.perf_counter()
    blocks([display(html=raw)] * OUTPUTS_AT_MOST, Budget(10_000_000))
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("piece", ["[", "![[", "*_", "> ", "`a", "|a", "[a](", "<", "a**b"])
def test_hostile_markdown_takes_no_long_time(piece: str) -> None:
    source = (piece * AT_MOST)[:AT_MOST]
    began = time.perf_counter()
    for _ in range(5):
        shown_markdown(source, Budget(10_000_000))
    assert time.perf_counter() - began < 10
